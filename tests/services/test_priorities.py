"""Priorities: scored as they arrive, scored anew after a change of the rules and as time passes, explained always."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import orders as rows
from oms_app.domain.clock import from_ms, to_ms
from oms_app.domain.errors import Forbidden, Malformed
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.domain.priorities import Rule, When
from oms_app.services import assignment, board, events, live, notes, orders, priorities, search, shortfalls
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
BIG = Rule(When.VALUE_OVER, "900", 14)
VIP = Rule(When.TAG, "vip", 25)


def score(number: str) -> tuple[int, str]:
    found = orders.get(make.ADMIN, number)
    assert found.score.total == found.priority
    return found.priority, found.score.why


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker do what is due, without waiting for other processes."""
    monkeypatch.setattr(priorities, "SETTLED", timedelta(0))
    while priorities.keep_up():
        pass


def set_ship_by(number: str, moment: datetime) -> None:
    with transaction() as tx:
        rows.change(tx, rows.find(tx, number), ship_by=moment)


def test_an_order_is_scored_as_it_arrives() -> None:
    priorities.save(make.ADMIN, [VIP, BIG, Rule(When.SERVICE, "express", 20)])
    plain = make.order()
    assert score(plain.number) == (0, "")
    rich = make.order(lines=2, tags=("VIP",), service="express")
    assert score(rich.number)[0] == 59
    assert set(orders.get(make.ADMIN, rich.number).score.parts) == {
        ("tag vip", 25),
        ("value over 900", 14),
        ("express", 20),
    }


def test_a_column_is_ordered_by_score_then_promise_then_age_and_pages_so() -> None:
    priorities.save(make.ADMIN, [VIP])
    low, high, soon, other = make.order(), make.order(tags=("vip",)), make.order(), make.order(tags=("vip",))
    set_ship_by(soon.number, datetime.now(UTC) + timedelta(hours=30))
    expected = [high.number, other.number, soon.number, low.number]
    [column] = board.columns(make.ADMIN, [Stage.PLACED])
    assert [card.number for card in column.cards] == expected
    assert [(card.priority, card.why) for card in column.cards][0] == (25, "tag vip +25")
    paged, cursor = [], None
    [first] = board.columns(make.ADMIN, [Stage.PLACED], limits={Stage.PLACED: 1})
    paged, cursor = [first.cards[0].number], first.next_cursor
    while cursor:
        page = board.more(make.ADMIN, Stage.PLACED, cursor, limit=1)
        paged, cursor = [*paged, *(card.number for card in page.cards)], page.next_cursor
    assert paged == expected


def test_a_changed_rule_scores_open_orders_anew_and_leaves_versions_and_timelines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order, gone = make.order(lines=2), make.order(lines=2, stage=Stage.SHIPPED)
    before = events.timeline(make.ADMIN, order.number)
    priorities.save(make.ADMIN, [BIG])
    assert score(order.number) == (0, "")
    settle(monkeypatch)
    assert score(order.number) == (14, "value over 900 +14")
    assert score(gone.number) == (0, "")
    assert orders.get(make.ADMIN, order.number).version == order.version
    assert events.timeline(make.ADMIN, order.number) == before
    assert [row.number for row in search.orders(make.ADMIN, "priority:14").rows] == [order.number]
    assert priorities.keep_up() == 0


def test_open_boards_hear_of_the_columns_in_which_scores_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    make.order(lines=2), make.order(lines=2, stage=Stage.READY), make.order(stage=Stage.PICKING)
    heard: list[object] = []
    hub = live.Hub().start()
    remove = live.subscribe(heard.extend)
    try:
        priorities.save(make.ADMIN, [BIG])
        settle(monkeypatch)
        deadline = datetime.now(UTC) + timedelta(seconds=10)
        while not any(event.kind == "rescored" for event in heard) and datetime.now(UTC) < deadline:
            pass
    finally:
        remove()
        hub.stop()
    told = [event for event in heard if event.kind == "rescored"]
    assert board.touched(told) == {Stage.PLACED, Stage.READY}


def test_after_a_crash_the_worker_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priorities, "AT_ONCE", 2)
    monkeypatch.setattr(priorities, "SETTLED", timedelta(0))
    numbers = [make.order(lines=2).number for _ in range(5)]
    settle(monkeypatch)
    priorities.save(make.ADMIN, [BIG])
    monkeypatch.setattr(priorities, "STEPS", 1)
    assert priorities.keep_up() == 2
    assert [score(number)[0] for number in numbers] == [14, 14, 0, 0, 0]

    real, broken = priorities.rescore, []

    def rescore(tx, order_ids):
        real(tx, order_ids)
        if not broken:
            broken.append(order_ids)
            raise OSError("the power went")
        return [Stage.PLACED]

    monkeypatch.setattr(priorities, "rescore", rescore)
    with pytest.raises(OSError, match="power"):
        priorities.keep_up()
    assert [score(number)[0] for number in numbers] == [14, 14, 0, 0, 0]
    seen = []
    while done := priorities.keep_up():
        seen.append(done)
    assert (seen, [score(number)[0] for number in numbers]) == ([2, 1], [14] * 5)


def test_a_rule_changed_half_way_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priorities, "AT_ONCE", 2)
    monkeypatch.setattr(priorities, "STEPS", 1)
    monkeypatch.setattr(priorities, "SETTLED", timedelta(0))
    numbers = [make.order(lines=2).number for _ in range(3)]
    priorities.save(make.ADMIN, [BIG])
    priorities.keep_up()
    priorities.save(make.ADMIN, [Rule(When.VALUE_OVER, "900", 33)])
    settle(monkeypatch)
    assert [score(number)[0] for number in numbers] == [33, 33, 33]


def test_time_alone_raises_the_score_of_who_comes_within_the_hours_of_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    priorities.save(make.ADMIN, [Rule(When.DUE_WITHIN, "0", 60), Rule(When.DUE_WITHIN, "4", 40)])
    near, late, far = make.order(), make.order(), make.order()
    settle(monkeypatch)
    now = datetime.now(UTC)
    set_ship_by(near.number, now + timedelta(hours=4) - timedelta(minutes=1))
    set_ship_by(late.number, now - timedelta(minutes=1))
    with transaction() as tx:
        done = settings.setting(tx, "priorities_done")
        settings.set_setting(tx, "priorities_done", done | {"until": to_ms(now - timedelta(minutes=5))})
    assert priorities.keep_up() == 2
    assert [score(each.number) for each in (near, late, far)] == [(40, "due within 4 h +40"), (60, "late +60"), (0, "")]
    with reading() as tx:
        assert from_ms(settings.setting(tx, "priorities_done")["until"]) >= now - timedelta(seconds=1)


def test_a_tag_scores_its_order_at_once() -> None:
    priorities.save(make.ADMIN, [VIP])
    order = make.order()
    notes.change_tags(make.ADMIN, order.number, add=("vip",))
    assert score(order.number) == (25, "tag vip +25")
    notes.change_tags(make.ADMIN, order.number, remove=("vip",))
    assert score(order.number) == (0, "")


def test_who_bought_before_is_known_when_placed_and_when_scored_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    priorities.save(make.ADMIN, [Rule(When.REPEAT, "", 5), Rule(When.NEW, "", 3)])
    first, second = make.order(), make.order()
    assert (score(first.number)[0], score(second.number)[0]) == (3, 5)
    priorities.save(make.ADMIN, [Rule(When.REPEAT, "", 7), Rule(When.NEW, "", 4)])
    settle(monkeypatch)
    assert (score(first.number)[0], score(second.number)[0]) == (4, 7)


def test_what_waits_for_stock_waits_at_its_new_place(monkeypatch: pytest.MonkeyPatch) -> None:
    priorities.save(make.ADMIN, [])
    sku = make.product()
    one, two = make.order(make.line(sku)), make.order(make.line(sku, 3))
    priorities.save(make.ADMIN, [Rule(When.VALUE_OVER, "1000", 14)])
    settle(monkeypatch)
    assert [line.number for line in shortfalls.page(make.ADMIN).lines] == [two.number, one.number]


def test_a_preview_tells_score_and_place_and_changes_nothing() -> None:
    priorities.save(make.ADMIN, [])
    small, big = make.order(), make.order(lines=2)
    found = priorities.preview(make.actor(Role.MANAGER), [BIG])
    assert (found.looked_at, found.changed) == (2, 1)
    assert [(row.number, row.before, row.after, row.place_before, row.place_after, row.why) for row in found.rows] == [
        (big.number, 0, 14, 2, 1, "value over 900 +14"),
        (small.number, 0, 0, 1, 2, ""),
    ]
    assert (score(big.number), priorities.read(make.ADMIN)) == ((0, ""), ())


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.SERVICE, Role.INVENTORY, Role.ANALYST])
def test_only_admins_and_managers_write_rules(role: Role) -> None:
    before = priorities.read(make.ADMIN)
    for act in (priorities.save, priorities.preview):
        with pytest.raises(Forbidden):
            act(make.actor(role), [BIG])
    assert priorities.read(make.actor(role)) == before


def test_rules_that_cannot_be_meant_change_nothing() -> None:
    before = priorities.read(make.ADMIN)
    with pytest.raises(Malformed):
        priorities.save(make.ADMIN, [Rule(When.DUE_WITHIN, "soon", 1)])
    assert priorities.read(make.ADMIN) == before


def test_orders_that_were_written_without_a_score_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    priorities.save(make.ADMIN, [BIG])
    order = make.order(lines=2)
    settle(monkeypatch)
    with transaction() as tx:
        rows.change(tx, rows.find(tx, order.number), priority=0, priority_why="")
        priorities.score_all_soon(tx)
    settle(monkeypatch)
    assert score(order.number) == (14, "value over 900 +14")


def test_points_that_somebody_adds_are_explained_and_stay_when_rules_change(monkeypatch: pytest.MonkeyPatch) -> None:
    priorities.save(make.ADMIN, [VIP])
    order = make.order(tags=("vip",))
    assignment.boost(make.ADMIN, order.number, 30, reason="Birthday on Friday")
    assert score(order.number) == (55, "tag vip +25, Birthday on Friday +30")
    priorities.save(make.ADMIN, [])
    settle(monkeypatch)
    assert score(order.number) == (30, "Birthday on Friday +30")
    assignment.boost(make.ADMIN, order.number, 0, reason="")
    assert score(order.number) == (0, "")
