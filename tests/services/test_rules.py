"""Rules: written, tried on the past, acting once on each event, in order, and stopping where rules follow rules."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import transaction
from oms_app.domain.errors import Forbidden, Malformed, NotFound
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Actor, Role
from oms_app.domain.rules import MOST_DEPTH, Draft, Outcome, Rule
from oms_app.services import checks, events, holds, notes, notices, orders, rule_work, rules, users
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def begun() -> None:
    rule_work.forget()


def draft(name: str = "Dear orders", kind: str = "placed", q: str = "", *steps: dict[str, object]) -> Draft:
    return Draft(name, kind, q, rules.read_steps(steps or ({"do": "tag", "tags": "seen"},)))


def rule(*given: object, on: bool = True, **named: object) -> Rule:
    made = rules.save(make.ADMIN, draft(*given, **named))  # type: ignore[arg-type]
    return rules.switch(make.ADMIN, made.id, True) if on else made


def work_off() -> None:
    while rule_work.work():
        pass


def now(number: str):
    return orders.get(make.ADMIN, number)


def log(**asked: object) -> list[tuple[str, str, Outcome]]:
    return [(each.rule, each.number, each.outcome) for each in reversed(rules.firings(make.ADMIN, **asked))]  # type: ignore[arg-type]


def test_a_rule_acts_on_what_happens_from_when_it_is_on_and_fits():
    before = make.order(lines=3)
    dear = rule("Dear", "placed", "total:>1000", {"do": "hold", "kind": "fraud", "reason": "dear"})
    big, small = make.order(lines=3), make.order()
    work_off()
    assert [hold.reason for hold in now(big.number).holds] == ["dear"]
    assert now(small.number).holds == now(before.number).holds == ()
    assert log() == [("Dear", big.number, Outcome.DONE)]
    made = rules.get(make.ADMIN, dear.id)
    assert (made.fired, made.fired_at is not None) == (1, True)
    [held] = [each for each in events.timeline(make.ADMIN, big.number) if each.kind == "held"]
    assert (held.actor, held.source) == ("Rule “Dear”", "rule:1")


def test_it_acts_once_on_an_event_however_often_the_event_is_read():
    rule("Note", "placed", "", {"do": "note", "body": "once"})
    order = make.order()
    work_off()
    with transaction() as tx:
        from oms_app.db.tables.spine import ReaderCursor

        tx.execute(ReaderCursor.__table__.delete())  # type: ignore[attr-defined]
    for _ in range(2):
        rule_work.forget()
        work_off()
    assert [note.body for note in now(order.number).notes] == ["once"]
    assert len(log()) == 1


def test_a_worker_that_begins_anew_acts_on_what_happened_meanwhile():
    rule()
    first = make.order()
    work_off()
    rule_work.forget()
    second = make.order()
    work_off()
    assert now(first.number).tags == now(second.number).tags == ("seen",)


def test_rules_act_in_their_order_each_on_what_the_one_before_left():
    late = rule("Second", "placed", "tag:vip", {"do": "priority", "points": 30, "reason": "VIP"})
    rule("First", "placed", "city:Pune", {"do": "tag", "tags": "vip"})
    order = make.order()
    work_off()
    assert (now(order.number).tags, now(order.number).boost) == (("vip",), 0)
    rules.move(make.ADMIN, late.id, 1)
    order = make.order()
    work_off()
    assert (now(order.number).tags, now(order.number).boost) == (("vip",), 30)


def test_several_things_are_done_and_what_could_not_says_why():
    rule("Try", "placed", "", {"do": "release"}, {"do": "tag", "tags": "tried"}, {"do": "move", "to": "processing"})
    order = make.order()
    work_off()
    assert (now(order.number).tags, now(order.number).stage) == (("tried",), Stage.PROCESSING)
    [fired] = rules.firings(make.ADMIN, number=order.number)
    assert fired.outcome is Outcome.PARTLY
    assert [why for _, why in fired.steps] == ["It has no such hold.", "", ""]


def test_rules_that_follow_each_other_stop():
    rule("Ping", "tagged", "-tag:ping", {"do": "tag", "tags": "ping"}, {"do": "untag", "tags": "pong"})
    rule("Pong", "tagged", "tag:ping", {"do": "tag", "tags": "pong"}, {"do": "untag", "tags": "ping"})
    order = make.order()
    notes.change_tags(make.ADMIN, order.number, add=("start",))
    work_off()
    outcomes = [outcome for _, _, outcome in log()]
    assert Outcome.STOPPED in outcomes
    deepest = max(int(each.source[5:]) for each in events.timeline(make.ADMIN, order.number) if "rule:" in each.source)
    assert deepest == MOST_DEPTH
    assert checks.search(make.ADMIN) == ()


def test_off_is_off_for_one_and_for_all_and_what_passed_meanwhile_is_left():
    one = rule()
    rules.switch(make.ADMIN, one.id, False)
    first = make.order()
    work_off()
    rules.switch(make.ADMIN, one.id, True)
    rules.switch_all(make.ADMIN, False)
    second = make.order()
    work_off()
    rules.switch_all(make.ADMIN, True)
    third = make.order()
    work_off()
    assert [now(each.number).tags for each in (first, second, third)] == [(), (), ("seen",)]


def test_a_removed_rule_does_nothing_and_its_log_stays():
    one = rule()
    order = make.order()
    work_off()
    rules.remove(make.ADMIN, one.id)
    make.order()
    work_off()
    assert rules.every(make.ADMIN) == ()
    assert log() == [("Dear orders", order.number, Outcome.DONE)]
    with pytest.raises(NotFound):
        rules.switch(make.ADMIN, one.id, True)


def test_a_dry_run_counts_what_it_would_have_touched_and_touches_nothing():
    old = make.order(placed_at=datetime.now(UTC) - timedelta(days=40))
    big, gone = make.order(lines=3), make.order(lines=3, stage=Stage.SHIPPED)
    found = rules.dry_run(
        make.ADMIN, draft("Dear", "placed", "total:>1000", {"do": "hold", "kind": "fraud", "reason": "dear"})
    )
    assert (found.count, found.whole) == (2, True)
    assert {each.number: each.why for each in found.orders} == {
        big.number: "",
        gone.number: "It is shipped: it has left the building or is final.",
    }
    assert now(big.number).holds == now(old.number).holds == ()
    assert log() == []


def test_a_dry_run_of_another_event_finds_the_orders_it_happened_to():
    held, free = make.order(), make.order()
    holds.place(make.ADMIN, held.number, kind="manual", reason="x")
    found = rules.dry_run(make.ADMIN, draft("Held", "held", "city:Pune"))
    assert [each.number for each in found.orders] == [held.number]
    assert rules.dry_run(make.ADMIN, draft("Held", "held", "city:Goa")).count == 0
    assert free.number not in {each.number for each in found.orders}


def test_everybody_with_a_role_is_told_and_reads_it():
    users.add(make.ADMIN, "mira@shop.example", role="manager")
    users.add(make.ADMIN, "ravi@shop.example", role="service")
    rule("Tell", "placed", "", {"do": "notify", "to": "manager", "body": "Look at this one"})
    order = make.order()
    work_off()
    mira = Actor("mira@shop.example", Role.MANAGER, users.get(make.ADMIN, "mira@shop.example").id)
    ravi = Actor("ravi@shop.example", Role.SERVICE, users.get(make.ADMIN, "ravi@shop.example").id)
    [told] = notices.page(mira)
    assert (told.number, told.body, told.sender, told.read) == (order.number, "Look at this one", "Rule “Tell”", False)
    assert (notices.unread(mira)[1], notices.page(ravi)) == (1, ())
    assert notices.read(mira) == 1
    assert notices.unread(mira)[1] == 0


def test_units_are_kept_where_a_rule_prefers():
    from oms_app.services import catalogue, reservations, stock

    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    sku = make.product(on_hand=5)
    stock.adjust(make.ADMIN, sku, "BHI", 1, reason="opening")
    rule("Bhiwandi first", "placed", "city:Pune", {"do": "route", "location": "BHI"})
    order = make.order(make.line(sku, 1))
    assert [kept.location for kept in reservations.of_order(make.ADMIN, order.number)] == ["MAIN"]
    work_off()
    assert [kept.location for kept in reservations.of_order(make.ADMIN, order.number)] == ["BHI"]
    assert checks.stock(make.ADMIN) == ()


@pytest.mark.parametrize(
    "wrong",
    [("", "placed"), ("x", "dreamt"), ("x", "placed", "y" * 3_000)],
)
def test_what_cannot_be_a_rule_is_not_kept(wrong: tuple[str, ...]):
    with pytest.raises(Malformed):
        rules.save(make.ADMIN, draft(*wrong))
    with pytest.raises(NotFound):
        rules.save(make.ADMIN, draft("x", "placed", "", {"do": "route", "location": "NOWHERE"}))
    assert rules.every(make.ADMIN) == ()


def test_only_who_may_writes_rules():
    one = rule()
    for act in (
        lambda actor: rules.save(actor, draft()),
        lambda actor: rules.switch(actor, one.id, False),
        lambda actor: rules.switch_all(actor, False),
        lambda actor: rules.remove(actor, one.id),
        lambda actor: rules.move(actor, one.id, 1),
        lambda actor: rules.dry_run(actor, draft()),
    ):
        with pytest.raises(Forbidden):
            act(make.actor(Role.SERVICE))
    assert rules.get(make.actor(Role.SERVICE), one.id).active
