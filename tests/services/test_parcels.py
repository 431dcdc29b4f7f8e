"""Orders in several parcels: the ready guard and its fix, stages computed from parcels, units that add up."""

import pytest

from oms_app.domain.changes import Edit, LineEdit
from oms_app.domain.errors import Forbidden, Malformed, NotFound, OmsError, Refused
from oms_app.domain.lifecycle import FLOW, GuardsFailed, MoveDetails, Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.permissions import Role
from oms_app.services import cancellation, change_records, changes, checks, events, moves, orders, parcels, stock
from oms_app.services import shortfalls as queue
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def drift() -> list[str]:
    return [difference for name in checks.CHECKS for difference in checks.CHECKS[name](make.ADMIN)]


def now(order: OrderView) -> OrderView:
    return orders.get(make.ADMIN, order.number)


def send(order: OrderView, place: int, *stages: Stage) -> OrderView:
    """Send one parcel of the order along."""
    parcel = now(order).parcels[place]
    details = MoveDetails(reason="x", weight_g=500, courier="Delhivery", awb=f"AWB{place}")
    for to in stages:
        version = now(order).version
        moves.move(make.ADMIN, order.number, to, version=version, details=details, parcel_id=parcel.id)
    return now(order)


def content(order: OrderView) -> list[tuple[str, list[int]]]:
    return [(parcel.status, [units for _, units in parcel.lines]) for parcel in now(order).parcels]


def test_an_order_that_lacks_units_is_not_ready_and_is_told_how_it_could_be() -> None:
    order = make.order(make.line(make.product(on_hand=2), 5), stage=Stage.PROCESSING)
    with pytest.raises(GuardsFailed) as refusal:
        make.move(order, Stage.READY)
    (failure,) = refusal.value.details["failed"]
    assert (failure["guard"], failure["message"]) == ("allocated", "3 units wait for stock.")
    assert failure["fix"].startswith("Ship what is there")
    assert {move.to: bool(move.blocked) for move in order.next_moves}[Stage.READY]
    nothing = make.order(make.line(make.product(), 1), stage=Stage.PROCESSING)
    with pytest.raises(GuardsFailed, match="shortfall queue"):
        make.move(nothing, Stage.READY)


def test_what_is_there_goes_and_the_rest_waits_as_a_backorder_until_stock_comes() -> None:
    sku = make.product(on_hand=2)
    order = make.order(make.line(sku, 5), stage=Stage.PROCESSING)
    split = parcels.ship_what_is_there(make.ADMIN, order.number, version=order.version)
    assert (split.stage, content(order)) == (Stage.PROCESSING, [("processing", [2]), ("waiting", [3])])
    assert [line.state for line in queue.page(make.ADMIN).lines] == ["backorder"]
    for to in (Stage.READY, Stage.PICKING, Stage.PACKED):
        split = make.move(split, to)
        assert split.stage is to
    split = make.move(split, Stage.SHIPPED)
    assert (split.stage, split.shipped_at, content(order)) == (
        Stage.PROCESSING,
        None,
        [("shipped", [2]), ("waiting", [3])],
    )
    assert (split.lines[0].packed, split.lines[0].shipped) == (2, 2)
    assert (stock.get(make.ADMIN, sku).on_hand, stock.get(make.ADMIN, sku).reserved) == (0, 0)
    with pytest.raises(GuardsFailed):
        make.move(split, Stage.READY)
    stock.adjust(make.ADMIN, sku, "MAIN", 3, reason="received")
    split = now(order)
    assert split.shortfall == 0
    for to in FLOW[2:]:
        split = make.move(split, to, awb="AWB2")
    assert (split.stage, content(order)) == (Stage.DELIVERED, [("delivered", [2]), ("delivered", [3])])
    assert split.shipped_at is not None
    assert [each.quantity for each in stock.movements(make.ADMIN, sku)][:1] == [-3]
    assert drift() == []


def test_the_order_stands_where_its_least_advanced_parcel_stands() -> None:
    order = make.order(make.line(make.product(on_hand=9), 3), make.line(make.product(on_hand=9), 2))
    first, second = order.lines
    parcels.split(make.ADMIN, order.number, {first.id: 1, second.id: 2}, version=1)
    assert content(order) == [("placed", [2]), ("placed", [1, 2])]
    assert send(order, 0, Stage.PROCESSING, Stage.READY).stage is Stage.PLACED
    assert send(order, 1, Stage.PROCESSING).stage is Stage.PROCESSING
    assert send(order, 1, Stage.READY, Stage.PICKING, Stage.PACKED).stage is Stage.READY
    assert send(order, 0, Stage.PICKING, Stage.PACKED).stage is Stage.PACKED
    assert send(order, 0, Stage.SHIPPED).stage is Stage.PACKED
    assert send(order, 1, Stage.SHIPPED).stage is Stage.SHIPPED
    after = make.move(now(order), Stage.DELIVERED)
    assert (after.stage, content(order)) == (Stage.DELIVERED, [("delivered", [2]), ("delivered", [1, 2])])
    assert [line.shipped for line in after.lines] == [3, 2]
    moved = [event.after["stage"] for event in events.timeline(make.ADMIN, order.number) if event.kind == "moved"]
    assert moved == ["processing", "ready", "picking", "packed", "shipped", "delivered"]
    assert drift() == []


def test_parcels_that_are_weighed_and_tracked_apart_are_not_packed_at_once() -> None:
    order = make.order(make.line(make.product(on_hand=9), 3), stage=Stage.PICKING)
    split = parcels.split(make.ADMIN, order.number, {order.lines[0].id: 1}, version=order.version)
    with pytest.raises(Refused, match="one by one"):
        make.move(split, Stage.PACKED)
    assert now(order).version == split.version


def test_parcels_are_combined_and_one_that_is_left_makes_the_order_whole_again() -> None:
    order = make.order(make.line(make.product(on_hand=9), 4))
    split = parcels.split(make.ADMIN, order.number, {order.lines[0].id: 1}, version=1)
    split = parcels.split(make.ADMIN, order.number, {order.lines[0].id: 2}, version=split.version)
    assert (content(order), split.split) == ([("placed", [1]), ("placed", [1]), ("placed", [2])], 3)
    one, two, three = (parcel.id for parcel in split.parcels)
    two_left = parcels.combine(make.ADMIN, order.number, [one, three], version=split.version)
    assert content(order) == [("placed", [3]), ("placed", [1])]
    whole = parcels.combine(make.ADMIN, order.number, [one, two], version=two_left.version)
    assert (whole.split, whole.parcels, whole.stage) == (0, (), Stage.PLACED)
    assert [record.kind for record in change_records.of_order(make.ADMIN, order.number)][:1] == ["combine"]
    assert make.move(make.move(whole, Stage.PROCESSING), Stage.READY).stage is Stage.READY
    assert drift() == []


def test_lines_that_change_change_the_parcels_that_are_not_packed() -> None:
    order = make.order(make.line(make.product(on_hand=9), 4))
    line = order.lines[0].id
    split = parcels.split(make.ADMIN, order.number, {line: 2}, version=1)
    split = send(order, 0, Stage.PROCESSING, Stage.READY, Stage.PICKING, Stage.PACKED)
    done = changes.apply(make.ADMIN, order.number, Edit((LineEdit(line, quantity=3),)), version=split.version)
    assert content(order) == [("packed", [2]), ("placed", [1])]
    with pytest.raises(Refused, match="packed or gone"):
        changes.apply(make.ADMIN, order.number, Edit((LineEdit(line, quantity=1),)), version=done.version)
    changes.apply(make.ADMIN, order.number, Edit((LineEdit(line, quantity=5),)), version=done.version)
    assert content(order) == [("packed", [2]), ("placed", [3])]
    assert drift() == []


def test_what_waits_is_cancelled_and_the_order_is_shipped_with_what_left() -> None:
    order = make.order(make.line(make.product(on_hand=2), 3), stage=Stage.PROCESSING)
    parcels.ship_what_is_there(make.ADMIN, order.number, version=order.version)
    split = send(order, 0, Stage.READY, Stage.PICKING, Stage.PACKED, Stage.SHIPPED)
    with pytest.raises(OmsError, match="has left"):
        cancellation.cancel(make.ADMIN, order.number, version=split.version, reason="x")
    lines = {order.lines[0].id: 1}
    cancellation.cancel(make.ADMIN, order.number, version=split.version, reason="discontinued", lines=lines)
    after = now(order)
    assert (after.stage, after.shortfall, content(order)) == (Stage.SHIPPED, 0, [("shipped", [2])])
    assert after.shipped_at is not None
    assert drift() == []


def test_a_split_order_is_cancelled_whole_while_all_of_it_is_here() -> None:
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 4))
    split = parcels.split(make.ADMIN, order.number, {order.lines[0].id: 1}, version=1)
    cancellation.cancel(make.ADMIN, order.number, version=split.version, reason="x")
    assert (now(order).stage, now(order).parcels, stock.get(make.ADMIN, sku).reserved) == (Stage.CANCELLED, (), 0)
    assert drift() == []


def test_a_parcel_goes_back_and_is_unpacked() -> None:
    order = make.order(make.line(make.product(on_hand=9), 4), stage=Stage.PICKING)
    parcels.split(make.ADMIN, order.number, {order.lines[0].id: 1}, version=order.version)
    assert send(order, 0, Stage.PACKED).lines[0].packed == 3
    after = send(order, 0, Stage.READY)
    assert (after.lines[0].packed, after.stage, after.parcels[0].weight_g) == (0, Stage.READY, 0)


@pytest.mark.parametrize(
    ("error", "units", "parcel"),
    [(Malformed, 5, None), (Malformed, -1, None), (Refused, 4, None), (Refused, 0, None), (NotFound, 1, 999_999)],
)
def test_a_split_that_cannot_be_leaves_nothing_behind(error: type[OmsError], units: int, parcel: int | None) -> None:
    order = make.order(make.line(make.product(on_hand=9), 4))
    with pytest.raises(error):
        parcels.split(make.ADMIN, order.number, {order.lines[0].id: units}, version=1, parcel_id=parcel)
    assert (now(order).parcels, now(order).version) == ((), 1)


def test_who_may_not_process_orders_splits_nothing() -> None:
    order = make.order(make.line(make.product(on_hand=2), 4))
    for role in (Role.INVENTORY, Role.WAREHOUSE, Role.ANALYST):
        with pytest.raises(Forbidden):
            parcels.split(make.actor(role), order.number, {order.lines[0].id: 1}, version=1)
        with pytest.raises(Forbidden):
            parcels.ship_what_is_there(make.actor(role), order.number, version=1)
        with pytest.raises(Forbidden):
            parcels.combine(make.actor(role), order.number, [1, 2], version=1)
    assert now(order).version == 1
