"""A parcel that somebody sent on the channel's side: the same units leave here, in a parcel of their own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import channel_tasks as tasks
from oms_app.db.queries import holds as queues
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import parcels as rows
from oms_app.domain import parcels as rules
from oms_app.domain.channel_tasks import TaskKind
from oms_app.domain.channels import ChannelParcel
from oms_app.domain.errors import Refused
from oms_app.domain.lifecycle import OPEN_STAGES, MoveDetails, Stage
from oms_app.domain.parcels import CLOSED, GONE, Box
from oms_app.domain.permissions import Actor
from oms_app.services import moves, parcel_moves, parcels


def follow(
    tx: Connection, actor: Actor, number: str, theirs: ChannelParcel, units: Mapping[int, int] | None
) -> int | None:
    """Send from here what they sent; returns our parcel, None where it is one that we told the channel of.

    units  by our line; None: all that is still here
    Raises Refused where these units are not here, or packed with others: somebody decides.
    """
    order: Any = order_rows.find(tx, number, lock=True)
    at = datetime.now(UTC)
    if Stage(order.stage) not in OPEN_STAGES or _is_ours(tx, order, theirs):
        return None
    boxes = _boxes(tx, order)
    here = _together(box.units for box in boxes if box.status not in GONE)
    wanted = here if units is None else {line: count for line, count in units.items() if count}
    if not wanted or any(count > here.get(line, 0) for line, count in wanted.items()):
        raise Refused("It holds units that are not here any more. Cancel or send the rest by hand.")
    box_id = next((box.id for box in boxes if box.status not in GONE and _units(box) == wanted), None)
    if box_id is None:
        box_id = _take_out(tx, order, boxes, wanted)
    rows.change(tx, box_id, status=Stage.PACKED, packed_at=at)
    boxes = rows.boxes(tx, order.id)
    if lacks := rules.missing(boxes, parcel_moves.allocated(tx, order))[box_id]:
        raise Refused(f"{lacks} units of it are on none of our shelves. Count them, or cancel the order.")
    [sent] = [box for box in boxes if box.id == box_id]
    details = MoveDetails(courier=theirs.courier, awb=theirs.tracking, reason="Sent on the channel")
    parcel_moves.carry_out(tx, actor, order, boxes, [sent], Stage.SHIPPED, details, at)
    after = parcels.settle(tx, actor, order, at)
    if after.holds and after.stage in GONE:
        queues.release_all(tx, order.id, actor.name, at)
        moves.restage(tx, actor, after, Stage(after.stage), at, holds=0)
    return box_id


def _is_ours(tx: Connection, order: Any, theirs: ChannelParcel) -> bool:
    """Whether it is a parcel of ours, by its number, by our name of it, or by being what the channel is just told."""
    gone = [row for row in rows.open_boxes(tx, order.id) if row.status in GONE]
    if theirs.tracking and theirs.tracking in {
        name for row in gone for name in (row.awb, f"{TaskKind.FULFIL}:{row.id}")
    }:
        return True
    told = tasks.unanswered(tx, order.id, TaskKind.FULFIL)
    return any(not theirs.units or sorted(map(tuple, given["units"])) == sorted(theirs.units) for given in told)


def _boxes(tx: Connection, order: Any) -> list[Box]:
    """The order's parcels; one that is whole has its one made."""
    found = rows.boxes(tx, order.id)
    if not found:
        left = {line.id: line.quantity - line.cancelled for line in order_rows.lines(tx, order.id)}
        _add(tx, order, order.stage, {line: count for line, count in left.items() if count})
        found = rows.boxes(tx, order.id)
    return found


def _take_out(tx: Connection, order: Any, boxes: Sequence[Box], wanted: Mapping[int, int]) -> int:
    """A parcel of these units, taken from those that are not packed yet."""
    left = dict(wanted)
    for box in rules.in_turn(boxes):
        taken = {line: min(count, left.get(line, 0)) for line, count in box.units.items()}
        if box.status not in CLOSED and any(taken.values()):
            rows.fill(tx, box.id, {line: count - taken[line] for line, count in box.units.items()})
            left = {line: count - taken.get(line, 0) for line, count in left.items()}
    if any(left.values()):
        raise Refused("A part of it is packed here with other units. Send that parcel back to Picking first.")
    return _add(tx, order, Stage.PACKED, wanted)


def _add(tx: Connection, order: Any, status: str, units: Mapping[int, int]) -> int:
    values = {"order_id": order.id, "location_id": order.location_id, "weight_g": 0, "status": status}
    return order_rows.add_parcel(tx, values, list(units.items()))


def _units(box: Box) -> dict[int, int]:
    return {line: count for line, count in box.units.items() if count}


def _together(contents: Any) -> dict[int, int]:
    found: dict[int, int] = {}
    for units in contents:
        for line, count in units.items():
            found[line] = found.get(line, 0) + count
    return found
