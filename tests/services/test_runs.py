"""One action done to many orders: judged before, each on its own, stopped, taken back."""

from datetime import UTC, datetime

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.permissions import Role
from oms_app.domain.runs import Run, RunState, Selection
from oms_app.services import checks, events, holds, orders, run_work, runs, users
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def chosen(*views: OrderView) -> Selection:
    return Selection(tuple((each.number, each.version) for each in views))


def some(count: int) -> list[OrderView]:
    sku = make.product("ANY")
    return [make.order(make.line(sku)) for _ in range(count)]


def work_off() -> None:
    while run_work.work():
        pass


def result(run: Run) -> dict[str, str]:
    return {row.number: row.message or str(row.state) for row in runs.results(make.ADMIN, run.id)}


def now(number: str):
    return orders.get(make.ADMIN, number)


def test_a_preview_says_how_many_can_and_why_the_others_cannot():
    free, held = [make.order(stage=Stage.READY) for _ in range(2)], make.order(stage=Stage.READY)
    holds.place(make.ADMIN, held.number, kind="manual", reason="call first")
    early = make.order()

    seen = runs.preview(make.ADMIN, "move", {"to": "picking"}, chosen(*free, held, early))

    assert (seen.total, seen.can, seen.cannot) == (4, 2, 2)
    assert {each.sentence: each.numbers for each in seen.reasons} == {
        "On hold: manual. Release the hold first.": (held.number,),
        "An order in Placed goes to Processing before Picking.": (early.number,),
    }
    assert runs.preview(make.ADMIN, "move", {"to": "packed"}, chosen(*free)).can == 0


def test_a_preview_says_what_the_dialog_must_ask_for():
    picked = make.order(stage=Stage.PICKING)
    assert runs.preview(make.ADMIN, "move", {"to": "packed"}, chosen(picked)).fields == {"weight_g"}


def test_each_order_moves_on_its_own_and_a_refused_one_says_why():
    free, held = make.order(stage=Stage.READY), make.order(stage=Stage.READY)
    held = holds.place(make.ADMIN, held.number, kind="manual", reason="call first")
    before = len(events.timeline(make.ADMIN, held.number))

    run = runs.start(make.ADMIN, "move", {"to": "picking"}, chosen(free, held))

    assert (run.state, run.background, run.total, run.done, run.refused) == (RunState.DONE, False, 2, 1, 1)
    assert result(run) == {free.number: "done", held.number: "On hold: manual. Release the hold first."}
    assert now(free.number).stage is Stage.PICKING
    assert now(held.number).stage is Stage.READY
    assert len(events.timeline(make.ADMIN, held.number)) == before
    assert runs.reasons(make.ADMIN, run.id) == (("On hold: manual. Release the hold first.", 1),)


def test_an_order_that_changed_since_it_was_seen_does_not_move():
    order = make.order()
    make.move(make.move(order, Stage.PROCESSING), Stage.PLACED)
    run = runs.start(make.ADMIN, "move", {"to": "processing"}, chosen(order))
    assert run.refused == 1
    assert "Your change was not applied" in result(run)[order.number]


def test_nothing_starts_for_a_role_that_may_not():
    order = make.order()
    with pytest.raises(Forbidden):
        runs.start(make.actor(Role.ANALYST), "move", {"to": "processing"}, chosen(order))
    with pytest.raises(Forbidden):
        runs.preview(make.actor(Role.ANALYST), "tag", {}, chosen(order))
    assert runs.page(make.ADMIN) == ()
    assert now(order.number).stage is Stage.PLACED


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("dance", {}),
        ("move", {"to": "nowhere"}),
        ("hold", {"kind": "manual"}),
        ("tag", {"tags": ""}),
        ("note", {"body": " "}),
        ("priority", {"points": "many", "reason": "x"}),
        ("priority", {"points": "20"}),
    ],
)
def test_what_cannot_be_read_starts_nothing(action: str, given: dict[str, str]):
    with pytest.raises(Malformed):
        runs.start(make.ADMIN, action, given, chosen(make.order()))
    assert runs.page(make.ADMIN) == ()


TRIED = {
    "hold": ({"kind": "fraud", "reason": "odd"}, lambda o: [h.kind for h in o.holds], [], ["fraud"]),
    "tag": ({"tags": "vip, old"}, lambda o: o.tags, ("old",), ("old", "vip")),
    "untag": ({"tags": ["old"]}, lambda o: o.tags, ("old",), ()),
    "assign": ({"assignee": "asha@shop.example"}, lambda o: o.assignee, "", "asha@shop.example"),
    "priority": ({"points": "40", "reason": "VIP"}, lambda o: (o.boost, o.priority), (0, 0), (40, 40)),
    "move": ({"to": "processing"}, lambda o: o.stage, Stage.PLACED, Stage.PROCESSING),
}


@pytest.mark.parametrize("action", TRIED)
def test_an_action_is_done_and_taken_back(action: str):
    users.add(make.ADMIN, "asha@shop.example", role="service")
    order = make.order(tags=("old",))
    given, read, before, after = TRIED[action]
    run = runs.start(make.ADMIN, action, given, Selection(((order.number, None),)))
    assert (run.done, run.undoable, read(now(order.number))) == (1, True, after)
    back = runs.undo(make.ADMIN, run.id)
    assert (back.done, back.undoes, read(now(order.number))) == (1, run.id, before)
    assert not runs.get(make.ADMIN, run.id).undoable
    assert checks.search(make.ADMIN) == ()


def test_releasing_every_hold_is_taken_back_with_what_it_was_for():
    order = make.order()
    for kind in ("fraud", "address"):
        holds.place(make.ADMIN, order.number, kind=kind, reason=f"{kind}!")
    run = runs.start(make.ADMIN, "release", {}, chosen(order))
    assert now(order.number).holds == ()
    runs.undo(make.ADMIN, run.id)
    assert {(hold.kind, hold.reason) for hold in now(order.number).holds} == {
        ("fraud", "fraud!"),
        ("address", "address!"),
    }


def test_a_note_and_what_has_ended_are_not_taken_back():
    order = make.order()
    run = runs.start(make.ADMIN, "note", {"body": "Call before noon"}, chosen(order))
    assert not run.undoable
    with pytest.raises(Refused):
        runs.undo(make.ADMIN, run.id)
    assert [note.body for note in now(order.number).notes] == ["Call before noon"]


def test_an_order_that_changed_since_stays_as_it_is_when_a_run_is_taken_back():
    moved, kept = make.order(), make.order()
    run = runs.start(make.ADMIN, "move", {"to": "processing"}, chosen(moved, kept))
    make.move(now(moved.number), Stage.READY)
    back = runs.undo(make.ADMIN, run.id)
    assert result(back) == {moved.number: "It has changed since.", kept.number: "done"}
    assert (now(moved.number).stage, now(kept.number).stage) == (Stage.READY, Stage.PLACED)
    with pytest.raises(Refused):
        runs.undo(make.ADMIN, run.id)


def test_more_than_fifty_orders_are_the_workers():
    many = some(51)
    run = runs.start(make.ADMIN, "tag", {"tags": "sale"}, chosen(*many))
    assert (run.state, run.background, run.done) == (RunState.RUNNING, True, 0)
    work_off()
    assert (runs.get(make.ADMIN, run.id).state, runs.get(make.ADMIN, run.id).done) == (RunState.DONE, 51)


def test_a_search_is_done_as_it_was_when_it_started():
    inside = [make.order(tags=("sale",)).number for _ in range(3)]
    make.order()
    run = runs.start(make.ADMIN, "untag", {"tags": "sale"}, Selection(q="tag:sale"))
    assert (run.state, run.total) == (RunState.GATHERING, 0)
    later = make.order(tags=("sale",), placed_at=datetime.now(UTC).replace(microsecond=0))
    work_off()
    done = runs.get(make.ADMIN, run.id)
    assert done.state is RunState.DONE
    assert set(inside) <= set(result(run)) <= {*inside, later.number}
    assert all(now(number).tags == () for number in inside)


def test_a_stopped_run_leaves_the_rest():
    many = some(52)
    run = runs.start(make.ADMIN, "tag", {"tags": "sale"}, chosen(*many))
    stopped = runs.cancel(make.ADMIN, run.id)
    work_off()
    assert (stopped.state, stopped.done, stopped.why) == (RunState.CANCELLED, 0, "Stopped by tests.")
    assert now(many[0].number).tags == ()
    with pytest.raises(Refused):
        runs.cancel(make.ADMIN, run.id)


def test_a_run_goes_on_only_with_the_rights_its_starter_still_has():
    users.add(make.ADMIN, "ravi@shop.example", role="manager")
    account = users.get(make.ADMIN, "ravi@shop.example")
    ravi = make.actor(Role.MANAGER)
    ravi = type(ravi)("ravi@shop.example", Role.MANAGER, account.id)
    [order] = some(1)
    run = runs.start(ravi, "priority", {"points": 5, "reason": "x"}, Selection(q="sku:ANY"))
    users.change(make.ADMIN, account.id, name="Ravi", role="warehouse")
    work_off()
    assert (runs.get(make.ADMIN, run.id).refused, now(order.number).boost) == (1, 0)
    other = runs.start(ravi, "priority", {"points": 5, "reason": "x"}, Selection(q="sku:ANY"))
    users.disable(make.ADMIN, account.id)
    work_off()
    assert runs.get(make.ADMIN, other.id).why == "ravi@shop.example may not sign in any more."


def test_who_sees_one_location_sees_only_their_own_runs():
    run = runs.start(make.ADMIN, "tag", {"tags": "sale"}, chosen(make.order()))
    picker = make.actor(Role.WAREHOUSE, location_id=1)
    assert runs.page(picker) == ()
    with pytest.raises(NotFound):
        runs.get(picker, run.id)
