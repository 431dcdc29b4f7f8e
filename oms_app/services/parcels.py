"""Splitting an order into parcels by units of its lines, combining parcels, and keeping them true to the lines."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import parcels as rows
from oms_app.db.queries import shortfalls as queue
from oms_app.domain import parcels
from oms_app.domain.changes import ChangeKind
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.orders import OrderView
from oms_app.domain.parcels import CLOSED, VOIDED, WAITING, Box
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.shortfalls import Waiting
from oms_app.services import change_records, events, moves, orders, parcel_moves
from oms_app.services.shortfalls import BEFORE_PACKING


def split(
    actor: Actor, number: str, units: Mapping[int, int], *, version: int, parcel_id: int | None = None
) -> OrderView:
    """Put units of lines (by line id) into a parcel of their own; the rest stays where it is.

    parcel_id  the parcel they come from, of an order that is split already; by default the first that is not packed
    Raises Refused where the rest, or the new parcel, would be empty, or what it names is packed; Malformed, NotFound.
    """
    actor.require(Permission.PROCESS_ORDERS)
    with transaction() as tx:
        order, boxes = _open(tx, actor, number, version)
        source = _source(boxes, parcel_id)
        after = _split(tx, actor, order, boxes, source, units, datetime.now(UTC))
        return orders.load(tx, actor, after)


def ship_what_is_there(actor: Actor, number: str, *, version: int) -> OrderView:
    """Put the units that are kept into a parcel that goes on; the rest waits as a backorder.

    Raises Refused where everything is there, or nothing.
    """
    actor.require(Permission.PROCESS_ORDERS)
    with transaction() as tx:
        order, boxes = _open(tx, actor, number, version)
        there = parcels.covered(boxes, parcel_moves.allocated(tx, order))
        lacking = [box for box in boxes if sum(there[box.id].values()) < sum(box.units.values())]
        source = next((box for box in lacking if any(there[box.id].values())), None)
        if not lacking:
            raise Refused(f"Every unit of order {number} is there.", code="nothing_waits")
        if source is None:
            raise Refused(f"Nothing of order {number} is there yet.", code="insufficient_stock")
        at = datetime.now(UTC)
        for entry in queue.of_orders(tx, [order.id]):
            if entry.state == Waiting.OPEN:
                queue.set_entry(tx, entry.order_line_id, state=Waiting.BACKORDER)
        waits = {line_id: count - there[source.id][line_id] for line_id, count in source.units.items()}
        after = _split(tx, actor, order, boxes, source, waits, at)
        return orders.load(tx, actor, after)


def combine(actor: Actor, number: str, parcel_ids: Sequence[int], *, version: int) -> OrderView:
    """Put parcels that are not packed yet into one, the first that is named. Raises Refused, NotFound, Malformed."""
    actor.require(Permission.PROCESS_ORDERS)
    if len(set(parcel_ids)) < 2:
        raise Malformed("Name two parcels at least.", details={"field": "parcels"})
    with transaction() as tx:
        order, boxes = _open(tx, actor, number, version)
        named = [_source(boxes, parcel_id) for parcel_id in dict.fromkeys(parcel_ids)]
        units: dict[int, int] = {}
        for box in named:
            for line_id, count in box.units.items():
                units[line_id] = units.get(line_id, 0) + count
        first, at = named[0], datetime.now(UTC)
        stage = parcels.stage_of(box.status for box in named)
        for box in named[1:]:
            rows.change(tx, box.id, status=VOIDED)
        rows.fill(tx, first.id, units)
        rows.change(tx, first.id, status=stage)
        _record(tx, actor, order, ChangeKind.COMBINE, "combined", at)
        return orders.load(tx, actor, settle(tx, actor, order_rows.by_id(tx, order.id), at))


def follow(tx: Connection, actor: Actor, order: Any, at: datetime) -> Any:
    """Bring the parcels of a locked order to its lines, whose units somebody changed; returns the order row.

    What is gone leaves the parcel that waits first, then the least advanced; what is new joins the least advanced.
    Raises Refused where units are gone that are packed.
    """
    if not order.parcels:
        return order
    boxes = rows.boxes(tx, order.id)
    free = [box for box in reversed(parcels.in_turn(boxes)) if box.status not in CLOSED]
    content = {box.id: dict(box.units) for box in boxes}
    for line in order_rows.lines(tx, order.id):
        more = line.quantity - line.cancelled - sum(units.get(line.id, 0) for units in content.values())
        if more > 0:
            if not free:
                parcel_id = _add(tx, order, WAITING, {}, at)
                free, content = [Box(parcel_id, WAITING, {})], content | {parcel_id: {}}
            content[free[0].id][line.id] = content[free[0].id].get(line.id, 0) + more
        for box in free:
            gone = min(-more, content[box.id].get(line.id, 0)) if more < 0 else 0
            content[box.id][line.id] = content[box.id].get(line.id, 0) - gone
            more += gone
        if more < 0:
            raise Refused(f"{-more} of {line.sku} are packed or gone already.", code="too_late")
    for box in free:
        rows.fill(tx, box.id, content[box.id])
    return settle(tx, actor, order, at)


def settle(tx: Connection, actor: Actor, order: Any, at: datetime) -> Any:
    """Work out anew which parcels wait, drop those that are empty, and the order's stage; returns the order row.

    Where one parcel is left that is not packed, the order is whole again.
    """
    boxes = []
    for box in rows.boxes(tx, order.id):
        if any(box.units.values()):
            boxes.append(box)
        else:
            rows.change(tx, box.id, status=VOIDED)
    statuses = parcels.settled(boxes, parcel_moves.allocated(tx, order))
    stage = parcels.stage_of(statuses.values())
    if len(boxes) == 1 and boxes[0].status not in CLOSED:
        rows.change(tx, boxes[0].id, status=VOIDED)
        boxes = []
    else:
        for box in boxes:
            if statuses[box.id] != box.status:
                rows.change(tx, box.id, status=statuses[box.id])
    rows.recount(tx, order.id)
    closing = parcel_moves.closing(tx, order, stage, at)
    return moves.restage(tx, actor, order, stage, at, parcels=len(boxes), **closing)


def _open(tx: Connection, actor: Actor, number: str, version: int) -> tuple[Any, list[Box]]:
    """The locked order and its parcels; an order that is whole has its one parcel made."""
    actor.require(Permission.SEE_ORDERS)
    order = orders.visible(tx, actor, number, lock=True)
    if order.version != version:
        raise moves.stale(tx, order)
    if order.stage not in BEFORE_PACKING:
        raise Refused(f"Order {number} is packed or gone: its parcels cannot change any more.", code="too_late")
    if not order.parcels:
        lines = order_rows.lines(tx, order.id)
        units = {line.id: line.quantity - line.cancelled for line in lines if line.quantity > line.cancelled}
        _add(tx, order, order.stage, units, datetime.now(UTC))
    return order, rows.boxes(tx, order.id)


def _source(boxes: Sequence[Box], parcel_id: int | None) -> Box:
    if parcel_id is None:
        return next(box for box in boxes if box.status not in CLOSED)
    found = next((box for box in boxes if box.id == parcel_id), None)
    if found is None:
        raise NotFound(f"The order has no parcel {parcel_id}.", details={"parcel": parcel_id})
    if found.status in CLOSED:
        raise Refused("The parcel is packed: send it back to Picking first.", code="too_late")
    return found


def _split(
    tx: Connection,
    actor: Actor,
    order: Any,
    boxes: Sequence[Box],
    source: Box,
    units: Mapping[int, int],
    at: datetime,
) -> Any:
    wanted = {line_id: count for line_id, count in units.items() if count}
    for line_id, count in wanted.items():
        if not 0 < count <= source.units.get(line_id, 0):
            raise Malformed(
                f"Of line {line_id} between 1 and {source.units.get(line_id, 0)} units can go into another parcel.",
                details={"field": "lines"},
            )
    if not wanted or sum(wanted.values()) == sum(source.units.values()):
        raise Refused("A parcel would be empty: name some of the units, not all and not none.", code="empty_parcel")
    rows.fill(tx, source.id, {line_id: count - wanted.get(line_id, 0) for line_id, count in source.units.items()})
    _add(tx, order, source.status, wanted, at)
    _record(tx, actor, order, ChangeKind.SPLIT, "split", at)
    return settle(tx, actor, order, at)


def _add(tx: Connection, order: Any, status: str, units: Mapping[int, int], at: datetime) -> int:
    values = {"order_id": order.id, "location_id": order.location_id, "weight_g": 0, "status": status}
    return order_rows.add_parcel(tx, values, list(units.items()))


def _record(tx: Connection, actor: Actor, order: Any, kind: ChangeKind, event: str, at: datetime) -> None:
    skus = {line.id: line.sku for line in order_rows.lines(tx, order.id)}
    after = {
        f"parcel {place}": ", ".join(f"{count} × {skus[line_id]}" for line_id, count in box.units.items())
        for place, box in enumerate(rows.boxes(tx, order.id), 1)
    }
    number = change_records.write(tx, actor, order, kind, {}, after, reason="", at=at)
    events.record(tx, actor, event, subject_id=order.id, after={**after, "change": number}, at=at)
