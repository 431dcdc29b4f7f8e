"""Moving orders: what each stage brings about, what going back undoes, and nothing after a refusal."""

import threading

import pytest

from oms_app.domain.errors import Forbidden, NotFound
from oms_app.domain.lifecycle import FLOW, GuardsFailed, IllegalMove, MoveDetails, Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.permissions import Role
from oms_app.services import events, holds, moves, notes, orders, stock
from oms_app.services.moves import StaleVersion
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_an_order_walks_to_the_door_and_its_stock_leaves_the_shelf() -> None:
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 2), stage=Stage.PACKED)
    assert _units(order) == (2, 2, 2, 0)
    assert _stock(sku) == (5, 2, 3)
    order = make.move(order, Stage.SHIPPED, courier="Delhivery", awb="123")
    assert (_units(order), _stock(sku)) == ((2, 2, 2, 2), (3, 0, 3))
    assert order.shipped_at is not None
    order = make.move(order, Stage.DELIVERED)
    [parcel] = order.parcels
    assert (parcel.status, parcel.weight_g, parcel.courier, parcel.awb) == ("delivered", 500, "Delhivery", "123")
    assert order.delivered_at is not None
    ledger = stock.movements(make.ADMIN, sku)
    assert [(each.kind, each.quantity, each.cause) for each in ledger][0] == ("issued", -2, f"order:{order.id}")
    assert sum(each.quantity for each in ledger) == 3


def test_each_move_is_one_event_with_who_and_where_from() -> None:
    order = make.order(stage=Stage.PROCESSING)
    moved = moves.move(make.actor("service"), order.number, Stage.READY, version=order.version)
    last = events.timeline(make.ADMIN, order.number)[-1]
    assert (last.kind, last.actor, last.before, last.after) == (
        "moved",
        "service@shop.example",
        {"stage": "processing"},
        {"stage": "ready"},
    )
    assert moved.version == order.version + 1


def test_going_back_from_packed_unpicks_and_voids_the_parcel() -> None:
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 2), stage=Stage.PACKED)
    order = make.move(order, Stage.READY)
    assert (_units(order), order.parcels) == ((2, 0, 0, 0), ())
    assert _stock(sku) == (5, 2, 3)
    order = make.move(make.move(order, Stage.PICKING), Stage.PACKED, weight_g=700)
    assert [parcel.weight_g for parcel in order.parcels] == [700]


@pytest.mark.parametrize("stage", [Stage.PLACED, Stage.READY, Stage.PICKING, Stage.PACKED])
def test_cancelling_frees_the_stock(stage: Stage) -> None:
    there = 1 if stage is Stage.PLACED else 3  # an order that lacks units gets no further than Processing
    sku = make.product(on_hand=there)
    order = make.order(make.line(sku, 3), stage=stage)
    assert order.shortfall == 3 - there
    order = make.move(order, Stage.CANCELLED, reason="changed their mind")
    assert _stock(sku) == (there, 0, there)
    assert (order.cancel_reason, order.shortfall, order.parcels) == ("changed their mind", 0, ())
    assert (order.lines[0].cancelled, order.lines[0].allocated) == (3, 0)


@pytest.mark.parametrize(
    ("stage", "to"),
    [
        (Stage.PLACED, Stage.SHIPPED),
        (Stage.PLACED, Stage.PLACED),
        (Stage.SHIPPED, Stage.PACKED),
        (Stage.SHIPPED, Stage.CANCELLED),
        (Stage.DELIVERED, Stage.SHIPPED),
    ],
)
def test_a_move_the_lifecycle_lacks_changes_nothing(stage: Stage, to: Stage) -> None:
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 2), stage=stage)
    before = _everything(order, sku)
    with pytest.raises(IllegalMove):
        make.move(order, to)
    assert _everything(order, sku) == before


@pytest.mark.parametrize(
    ("to", "guards"),
    [
        (Stage.PACKED, ["weight"]),
        (Stage.SHIPPED, ["courier", "awb"]),
        (Stage.DELIVERED, ["reason"]),
        (Stage.CANCELLED, ["reason"]),
    ],
)
def test_a_guard_that_says_no_changes_nothing(to: Stage, guards: list[str]) -> None:
    sku = make.product(on_hand=5)
    reached = FLOW[FLOW.index(to) - 1] if to in FLOW else Stage.PLACED
    order = make.order(make.line(sku, 2), stage=reached)
    before = _everything(order, sku)
    with pytest.raises(GuardsFailed) as refusal:
        moves.move(make.ADMIN, order.number, to, version=order.version)
    assert [failure["guard"] for failure in refusal.value.details["failed"]] == guards
    assert _everything(order, sku) == before


def test_a_hold_blocks_the_way_forward_but_not_back() -> None:
    order = make.order(stage=Stage.READY)
    held = holds.place(make.ADMIN, order.number, kind="fraud", reason="check the card")
    with pytest.raises(GuardsFailed):
        make.move(held, Stage.PICKING)
    assert make.move(held, Stage.PROCESSING).stage is Stage.PROCESSING


def test_a_stale_version_is_told_who_was_first() -> None:
    order = make.order()
    moved = moves.move(make.actor("service"), order.number, Stage.PROCESSING, version=1)
    with pytest.raises(StaleVersion) as conflict:
        moves.move(make.ADMIN, order.number, Stage.CANCELLED, version=1, details=MoveDetails(reason="late"))
    details = conflict.value.details
    assert (details["by"], details["stage"], details["version"]) == ("service@shop.example", "processing", 2)
    assert orders.get(make.ADMIN, order.number) == orders.get(make.ADMIN, moved.number)


def test_a_note_does_not_make_a_version_stale_and_a_hold_does() -> None:
    order = make.order()
    notes.add(make.ADMIN, order.number, "call first")
    assert make.move(order, Stage.PROCESSING).version == 2
    holds.place(make.ADMIN, order.number, kind="manual", reason="wait")
    with pytest.raises(StaleVersion):
        moves.move(make.ADMIN, order.number, Stage.PLACED, version=2)


def test_of_two_who_move_at_once_one_wins_and_one_is_told() -> None:
    order = make.order()
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def move(to: Stage) -> None:
        barrier.wait()
        try:
            outcomes.append(make.move(order, to).stage)
        except StaleVersion as conflict:
            outcomes.append(f"told of {conflict.details['stage']}")

    threads = [threading.Thread(target=move, args=(to,)) for to in (Stage.PROCESSING, Stage.CANCELLED)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = orders.get(make.ADMIN, order.number)
    assert sorted(outcomes) == sorted([winner.stage, f"told of {winner.stage}"])
    assert winner.version == 2
    assert len(events.timeline(make.ADMIN, order.number)) == 2


@pytest.mark.parametrize(
    ("role", "to", "may"),
    [
        (Role.WAREHOUSE, Stage.PROCESSING, False),
        (Role.SERVICE, Stage.PROCESSING, True),
        (Role.ANALYST, Stage.PROCESSING, False),
        (Role.INVENTORY, Stage.CANCELLED, False),
    ],
)
def test_a_role_moves_only_what_is_its_work(role: Role, to: Stage, may: bool) -> None:
    order = make.order()
    if may:
        assert moves.move(make.actor(role), order.number, to, version=1).stage is to
        return
    with pytest.raises(Forbidden):
        moves.move(make.actor(role), order.number, to, version=1, details=MoveDetails(reason="x"))
    assert orders.get(make.ADMIN, order.number).version == 1


def test_customer_service_does_not_cancel_what_is_packed() -> None:
    order = make.order(stage=Stage.PACKED)
    with pytest.raises(Forbidden):
        moves.move(
            make.actor(Role.SERVICE),
            order.number,
            Stage.CANCELLED,
            version=order.version,
            details=MoveDetails(reason="x"),
        )
    assert orders.get(make.ADMIN, order.number).stage is Stage.PACKED


def test_an_order_of_another_location_is_not_there() -> None:
    order = make.order(stage=Stage.READY)
    with pytest.raises(NotFound):
        moves.move(make.actor(Role.WAREHOUSE, location_id=999), order.number, Stage.PICKING, version=order.version)


def _units(order: OrderView) -> tuple[int, int, int, int]:
    [line] = order.lines
    return line.quantity, line.picked, line.packed, line.shipped


def _stock(sku: str) -> tuple[int, int, int]:
    shown = stock.get(make.ADMIN, sku)
    return shown.on_hand, shown.reserved, shown.available


def _everything(order: OrderView, sku: str) -> tuple[object, ...]:
    now = orders.get(make.ADMIN, order.number)
    return now, stock.get(make.ADMIN, sku), stock.movements(make.ADMIN, sku), events.timeline(make.ADMIN, order.number)
