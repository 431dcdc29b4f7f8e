"""What a move means for the parcels of an order that is split, and the stage the order stands in afterwards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import catalogue
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import parcels as rows
from oms_app.domain import parcels
from oms_app.domain.errors import NotFound, Refused
from oms_app.domain.kits import is_stocked
from oms_app.domain.lifecycle import LIFECYCLE, MoveDetails, Stage
from oms_app.domain.parcels import GONE, Box
from oms_app.domain.permissions import Actor
from oms_app.services import allocation, events


def allocated(tx: Connection, order: Any) -> dict[int, int]:
    """Units kept or issued by line, of those lines of an order that need stock."""
    lines = order_rows.lines(tx, order.id)
    products = catalogue.products_by_sku(tx, [line.sku for line in lines if line.product_id])
    charges = {sku for sku, product in products.items() if not is_stocked(product.kind)}
    return {line.id: line.allocated for line in lines if line.sku not in charges}


def chosen(boxes: Sequence[Box], parcel_id: int | None, to: Stage) -> list[Box]:
    """The parcels a move means: the one that is named, or those that stand where the order does."""
    if parcel_id is not None:
        if named := [box for box in boxes if box.id == parcel_id]:
            return named
        raise NotFound(f"The order has no parcel {parcel_id}.", details={"parcel": parcel_id})
    found = parcels.going(boxes)
    if len(found) > 1 and to in (Stage.PACKED, Stage.SHIPPED):
        raise Refused(
            f"{len(found)} parcels go to {LIFECYCLE[to].title}, each with its own weight and tracking number: "
            "move them one by one.",
            code="one_by_one",
            details={"parcels": [box.id for box in found]},
        )
    return found


def refuse_if_gone(boxes: Sequence[Box], number: str) -> None:
    """Raise Refused where a parcel of the order has left the building: the order is not cancelled then."""
    if any(box.status in GONE for box in boxes):
        raise Refused(f"A parcel of order {number} has left: cancel the lines that are still here.", code="too_late")


def carry_out(
    tx: Connection,
    actor: Actor,
    order: Any,
    boxes: Sequence[Box],
    going: Sequence[Box],
    to: Stage,
    details: MoveDetails,
    at: datetime,
) -> tuple[Stage, dict[str, Any]]:
    """Do what the stage means for these parcels; returns the order's stage by now, and the columns that go with it."""
    for box in going:
        _enter(tx, actor, order, box, to, details, at)
        place = [each.id for each in boxes].index(box.id) + 1
        before, after = {"stage": parcels.standing(box)}, {"stage": to, "parcel": place}
        events.record(
            tx, actor, "parcel_moved", subject_id=order.id, before=before, after=after, reason=details.reason, at=at
        )
    rows.recount(tx, order.id)
    moved = {box.id for box in going}
    stage = parcels.stage_of(to if box.id in moved else box.status for box in boxes)
    return stage, closing(tx, order, stage, at)


def closing(tx: Connection, order: Any, stage: Stage, at: datetime) -> dict[str, Any]:
    """What else an order whose last parcel has left, or has arrived, is given; it waits for nothing any more."""
    columns: dict[str, Any] = {}
    if stage in GONE and order.shipped_at is None:
        columns["shipped_at"] = at
        allocation.forget_missing(tx, order)
    if stage is Stage.DELIVERED:
        columns["delivered_at"] = at
    return columns


def _enter(tx: Connection, actor: Actor, order: Any, box: Box, to: Stage, details: MoveDetails, at: datetime) -> None:
    match to:
        case Stage.PACKED:
            rows.change(tx, box.id, status=to, weight_g=details.weight_g, packed_at=at)
        case Stage.SHIPPED:
            rows.change(tx, box.id, status=to, courier=details.courier, awb=details.awb, shipped_at=at)
            allocation.issue_parcel(tx, actor, order, box.id, box.units, at)
        case Stage.DELIVERED:
            rows.change(tx, box.id, status=to, delivered_at=at)
        case _:
            rows.change(tx, box.id, status=to, weight_g=0, packed_at=None)
