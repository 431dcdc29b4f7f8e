"""The shortfall queue: who stands in it, who is served first, and what people do about it."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from oms_app.db.engine import reading, transaction
from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.holds import HoldKind
from oms_app.domain.lifecycle import GuardsFailed, Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.permissions import Role
from oms_app.domain.routing import Missing, Rules, Ships
from oms_app.domain.search import Count
from oms_app.domain.shortfalls import ShortLine, Waiting
from oms_app.services import catalogue, checks, events, holds, orders, reservations, routing, shortfalls, stock
from oms_app.state import tallies
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def queue(**wanted: str) -> list[ShortLine]:
    return list(shortfalls.page(make.ADMIN, **wanted).lines)


def again(order: OrderView) -> OrderView:
    return orders.get(make.ADMIN, order.number)


def receive(sku: str, units: int, location: str = "MAIN") -> None:
    stock.adjust(make.ADMIN, sku, location, units, reason="received")


def test_a_line_that_lacks_units_stands_in_the_queue() -> None:
    sku = make.product(on_hand=2)
    order = make.order(make.line(sku, 5))
    (line,) = queue()
    assert (line.number, line.sku, line.units, line.ordered, line.allocated) == (order.number, sku, 3, 5, 2)
    assert (line.state, line.available, line.known) == (Waiting.OPEN, 0, True)
    assert checks.stock(make.ADMIN) == ()


def test_an_unknown_article_waits_too_but_a_charge_does_not() -> None:
    make.product("POSTAGE", kind="charge")
    make.order(make.line("WHAT-1", unit_price_micros=1_000_000), make.line("POSTAGE"))
    assert [(line.sku, line.known) for line in queue()] == [("WHAT-1", False)]


def test_stock_that_comes_goes_to_the_highest_priority_then_the_oldest() -> None:
    sku = make.product()
    first, second, third = (make.order(make.line(sku, 2)) for _ in range(3))
    with transaction() as tx:
        tx.execute(text("UPDATE shortfall SET rank = -9 WHERE order_id = :id"), {"id": third.id})
    receive(sku, 3)
    assert [again(each).shortfall for each in (first, second, third)] == [1, 2, 0]
    receive(sku, 3)
    assert queue() == []
    assert stock.get(make.ADMIN, sku).reserved == 6
    assert checks.stock(make.ADMIN) == ()


def test_units_that_a_cancelled_order_frees_go_to_who_waits() -> None:
    sku = make.product(on_hand=2)
    lucky, waiting = make.order(make.line(sku, 2)), make.order(make.line(sku, 2))
    make.move(lucky, Stage.CANCELLED)
    assert shortfalls.refill() == 2
    seen = again(waiting)
    assert (seen.shortfall, seen.lines[0].allocated, seen.location) == (0, 2, "MAIN")
    event = events.timeline(make.ADMIN, waiting.number)[-1]
    assert (event.kind, event.actor, event.before, event.after["short"]) == ("allocated", "Allocation", {"short": 2}, 0)
    assert [checks.CHECKS[name](make.ADMIN) for name in ("stock", "rollups", "search")] == [(), (), ()]


def test_an_order_that_ships_or_is_cancelled_waits_no_more() -> None:
    sku = make.product(on_hand=2)
    order = make.order(make.line(sku, 2), stage=Stage.READY)
    (kept,) = reservations.of_order(make.ADMIN, order.number)
    reservations.release(make.ADMIN, kept.id, reason="broken")
    with pytest.raises(GuardsFailed):
        make.move(orders.get(make.ADMIN, order.number), Stage.PICKING)
    assert shortfalls.allocate_now(make.ADMIN, kept.line_id) == 2
    order = orders.get(make.ADMIN, order.number)
    for stage in (Stage.PICKING, Stage.PACKED, Stage.SHIPPED):
        order = make.move(order, stage)
    make.move(make.order(make.line(sku, 3)), Stage.CANCELLED)
    assert queue() == []
    assert checks.stock(make.ADMIN) == ()


def test_pages_follow_each_other() -> None:
    sku = make.product()
    placed = [make.order(make.line(sku)).number for _ in range(5)]
    first = shortfalls.page(make.ADMIN, limit=3)
    second = shortfalls.page(make.ADMIN, limit=3, cursor=first.next_cursor or "")
    assert [line.number for line in (*first.lines, *second.lines)] == placed
    assert second.next_cursor is None
    assert [line.number for line in queue(words=placed[2])] == [placed[2]]
    with pytest.raises(Malformed):
        shortfalls.page(make.ADMIN, cursor="yesterday")


def test_somebody_keeps_units_from_another_location() -> None:
    catalogue.add_location(make.ADMIN, code="DEL", name="Delhi")
    sku = make.product()
    order = make.order(make.line(sku, 3))
    (line,) = queue()
    with transaction() as tx:  # only somebody's hand may serve it
        tx.execute(text("UPDATE shortfall SET state = 'by_hand'"))
    receive(sku, 1)
    receive(sku, 2, "DEL")
    assert again(order).shortfall == 3
    with pytest.raises(NotFound):
        shortfalls.allocate_now(make.ADMIN, line.line_id, location="NOWHERE")
    assert shortfalls.allocate_now(make.actor(Role.MANAGER), line.line_id, location="DEL", reason="closer") == 2
    assert shortfalls.allocate_now(make.ADMIN, line.line_id) == 1
    assert again(order).shortfall == 0
    with pytest.raises(NotFound):
        shortfalls.allocate_now(make.ADMIN, line.line_id)
    assert checks.stock(make.ADMIN) == ()


def test_where_nothing_is_there_nothing_is_kept() -> None:
    sku = make.product()
    order = make.order(make.line(sku))
    (line,) = queue()
    with pytest.raises(Refused):
        shortfalls.allocate_now(make.ADMIN, line.line_id)
    assert again(order) == replace(order, customer=again(order).customer)


def test_a_backorder_waits_by_itself() -> None:
    sku = make.product()
    order = make.order(make.line(sku))
    (line,) = queue()
    shortfalls.set_waiting(make.ADMIN, line.line_id, "backorder")
    assert (queue(state="open"), [each.state for each in queue(state="backorder")]) == ([], [Waiting.BACKORDER])
    with pytest.raises(Malformed):
        shortfalls.set_waiting(make.ADMIN, line.line_id, "by_hand")
    receive(sku, 1)
    assert again(order).shortfall == 0


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.SERVICE, Role.ANALYST])
def test_only_who_may_allocate_does(role: Role) -> None:
    make.order(make.line(make.product()))
    (line,) = queue()
    for act in (
        lambda who: shortfalls.allocate_now(who, line.line_id),
        lambda who: shortfalls.set_waiting(who, line.line_id, "backorder"),
    ):
        with pytest.raises(Forbidden):
            act(make.actor(role))
    assert queue() == [line]


def test_the_rules_say_how_a_line_waits_and_whether_an_order_is_split() -> None:
    catalogue.add_location(make.ADMIN, code="DEL", name="Delhi")
    new, sku = make.product("NEW-1"), make.product(on_hand=2)
    receive(sku, 2, "DEL")
    routing.set_rules(
        make.ADMIN,
        Rules(ships=Ships.COMPLETE, missing=Missing.BACKORDER, product_missing={new: Missing.PREORDER}),
    )
    order = make.order(make.line(sku, 3), make.line(new))
    assert order.shortfall == 4
    assert {line.sku: line.state for line in queue()} == {sku: Waiting.BACKORDER, new: Waiting.PREORDER}
    receive(new, 1)
    assert again(order).shortfall == 4
    receive(sku, 1, "DEL")
    assert again(order).shortfall == 4
    receive(new, 1, "DEL")
    assert (again(order).shortfall, again(order).location) == (0, "DEL")


def test_rules_that_name_what_is_not_there_are_refused() -> None:
    before = routing.rules(make.ADMIN)
    for wrong in (
        Rules(locations=("NOWHERE",)),
        Rules(channel_ships={"ebay": Ships.SPLIT}),
        Rules(product_missing={"NOTHING": Missing.PREORDER}),
    ):
        with pytest.raises(Malformed):
            routing.set_rules(make.ADMIN, wrong)
    with pytest.raises(Forbidden):
        routing.set_rules(make.actor(Role.MANAGER), Rules())
    assert routing.rules(make.ADMIN) == before


def test_two_receipts_at_once_serve_each_line_once() -> None:
    sku = make.product()
    for _ in range(6):
        make.order(make.line(sku, 2))
    barrier = threading.Barrier(4)

    def act() -> None:
        barrier.wait()
        receive(sku, 3)
        shortfalls.refill()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shortfalls.refill()
    with reading() as tx:
        assert tx.scalar(text("SELECT sum(quantity) FROM reservation WHERE state = 'open'")) == 12
    assert queue() == []
    assert checks.stock(make.ADMIN) == ()


def test_the_count_of_a_queue_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortfalls, "MOST_IN_QUEUE", 2)
    monkeypatch.setattr(holds, "MOST_IN_QUEUE", 2)
    sku = make.product()
    held = [make.order(make.line(sku)) for _ in range(3)]
    for order in held:
        holds.place(make.ADMIN, order.number, kind="fraud", reason="odd")
    holds.place(make.ADMIN, held[0].number, kind="address", reason="no street")
    assert shortfalls.counts(make.ADMIN)[Waiting.OPEN] == Count(2, more=True)
    counts = holds.counts(make.ADMIN)
    found = (counts[HoldKind.FRAUD], counts[HoldKind.ADDRESS], counts[HoldKind.SKU])
    assert found == (Count(2, more=True), Count(1), Count(0))
    assert tallies.said(tallies.total(counts.values())) == "3+"
    assert (tallies.said(Count(1_000, more=True)), tallies.said(Count(999))) == ("1,000+", "999")
