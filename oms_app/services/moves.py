"""The one transition service: drag, menu, keyboard, bulk, API, webhook and job all move an order here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import events as event_rows
from oms_app.db.queries import holds as queues
from oms_app.db.queries import orders as rows
from oms_app.db.queries import parcels as parcel_rows
from oms_app.db.queries import projections
from oms_app.domain import clock, lifecycle, parcels, timeline
from oms_app.domain.errors import Conflict, Forbidden, NotFound
from oms_app.domain.lifecycle import OPEN_STAGES, Facts, GuardsFailed, MoveDetails, Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.parcels import Box
from oms_app.domain.permissions import TO_ENTER, Actor, Permission, Role
from oms_app.domain.validation import Check
from oms_app.services import allocation, events, orders, parcel_moves


class StaleVersion(Conflict):
    """Somebody changed the order since it was read; `details` say who, when, and where it stands now."""

    code = "stale_version"


def move(
    actor: Actor,
    number: str,
    to: Stage,
    *,
    version: int,
    details: MoveDetails | None = None,
    at: datetime | None = None,
    parcel_id: int | None = None,
) -> OrderView:
    """Send an order to another stage, with everything that stage brings about.

    version    the version the actor saw; a later one raises StaleVersion
    at         when it happened, for history; now by default
    parcel_id  only this parcel of an order that is split; by default those that stand where the order does
    Raises IllegalMove, GuardsFailed (each with its fix), Refused, Forbidden, NotFound.
    """
    actor.require(Permission.SEE_ORDERS)
    actor.require(TO_ENTER[to])
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        if before.version != version:
            raise stale(tx, before)
        after = send(tx, actor, before, to, details or MoveDetails(), at or datetime.now(UTC), parcel_id)
        return orders.load(tx, actor, after)


def send(
    tx: Connection,
    actor: Actor,
    before: Any,
    to: Stage,
    details: MoveDetails,
    at: datetime,
    parcel_id: int | None = None,
) -> Any:
    """Move an order inside the caller's transaction, if the lifecycle lets it; returns the new order row."""
    stage = Stage(before.stage)
    if to is Stage.CANCELLED and actor.role is Role.SERVICE and stage is Stage.PACKED:
        raise Forbidden("Customer service cancels before an order is packed. Ask a manager.")
    boxes = parcel_rows.boxes(tx, before.id) if before.parcels else []
    if parcel_id is not None and not boxes:
        raise NotFound(f"Order {before.number} is not split into parcels.", details={"parcel": parcel_id})
    facts = _facts(before, rows.open_holds(tx, before.id) if before.holds else (), details)
    if boxes and to is not Stage.CANCELLED:
        going = parcel_moves.chosen(boxes, parcel_id, to)
        short, kept = _lacks(tx, before, boxes, going)
        for box in going:
            _guard(actor, parcels.standing(box), to, replace(facts, short=short, kept=kept))
        reached, changes = parcel_moves.carry_out(tx, actor, before, boxes, going, to, details, at)
    else:
        parcel_moves.refuse_if_gone(boxes, before.number)
        short, kept = (before.shortfall, _kept(tx, before)) if before.shortfall else (0, 0)
        _guard(actor, stage, to, replace(facts, short=short, kept=kept))
        reached, changes = to, _effects(tx, actor, before, to, details, at)
    return _enter(tx, actor, before, reached, at, details=details, **changes)


def restage(tx: Connection, actor: Actor, before: Any, stage: Stage, at: datetime, **columns: Any) -> Any:
    """Write the stage that the parcels of a locked order add up to; returns the new order row."""
    return _enter(tx, actor, before, stage, at, details=MoveDetails(), **columns)


def _enter(
    tx: Connection, actor: Actor, before: Any, stage: Stage, at: datetime, *, details: MoveDetails, **columns: Any
) -> Any:
    """The one place where an order's stage is written, with its event."""
    moved = {"stage": stage, "stage_at": at} if stage != before.stage else {}
    if not rows.change(tx, before, updated_at=at, **moved, **columns):
        raise stale(tx, rows.by_id(tx, before.id))
    if moved:
        events.record(
            tx,
            actor,
            "moved",
            subject_id=before.id,
            before={"stage": Stage(before.stage)},
            after={"stage": stage, **_said(details)},
            reason=details.reason,
            at=at,
        )
    after = rows.by_id(tx, before.id)
    projections.order_changed(tx, before, after)
    return after


def _lacks(tx: Connection, order: Any, boxes: Sequence[Box], going: Sequence[Box]) -> tuple[int, int]:
    """(units that wait for stock, units that are there) of the parcels that move."""
    there = parcels.covered(boxes, parcel_moves.allocated(tx, order))
    kept = sum(sum(there[box.id].values()) for box in going)
    return sum(sum(box.units.values()) for box in going) - kept, kept


def _kept(tx: Connection, order: Any) -> int:
    return sum(line.allocated for line in rows.lines(tx, order.id))


def _facts(order: Any, held: Sequence[Any], details: MoveDetails) -> Facts:
    return Facts(
        holds=tuple(hold.kind for hold in held),
        owed=orders.owed_first(order),
        payment_settles=all(hold.code == Check.PAYMENT for hold in held),
        details=details,
    )


def _guard(actor: Actor, stage: Stage, to: Stage, facts: Facts) -> None:
    """Raise what stands against a move; `details.pays` is the sum where only a payment does, for who may record it."""
    try:
        lifecycle.move(stage, to, facts)
    except GuardsFailed as refusal:
        if actor.may(Permission.RECORD_PAYMENTS) and (pays := lifecycle.pays(stage, to, facts)):
            refusal.details["pays"] = pays
        raise


def _effects(
    tx: Connection, actor: Actor, order: Any, to: Stage, details: MoveDetails, now: datetime
) -> dict[str, Any]:
    """Do what entering a stage means (or leaving one backwards undoes); returns the order columns it sets."""
    if order.stage == Stage.PACKED and to in OPEN_STAGES:
        rows.change_parcels(tx, order.id, status="voided")
        rows.count_units(tx, order.id, picked=0, packed=0)
    units = rows.line.c.quantity - rows.line.c.cancelled
    match to:
        case Stage.PACKED:
            rows.count_units(tx, order.id, picked=units, packed=units)
            content = [(line.id, line.quantity - line.cancelled) for line in rows.lines(tx, order.id)]
            parcel = {
                "order_id": order.id,
                "location_id": order.location_id,
                "weight_g": details.weight_g,
                "packed_at": now,
                "status": "packed",
            }
            rows.add_parcel(tx, parcel, content)
        case Stage.SHIPPED:
            rows.count_units(tx, order.id, shipped=units)
            rows.change_parcels(
                tx, order.id, status="shipped", courier=details.courier, awb=details.awb, shipped_at=now
            )
            allocation.issue(tx, actor, order, now)
            return {"shipped_at": now}
        case Stage.DELIVERED:
            rows.change_parcels(tx, order.id, status="delivered", delivered_at=now)
            return {"delivered_at": now}
        case Stage.CANCELLED:
            if order.stage == Stage.PACKED or order.parcels:
                rows.change_parcels(tx, order.id, status="voided")
            allocation.release(tx, order)
            queues.release_all(tx, order.id, actor.name, now)
            rows.count_units(tx, order.id, picked=0, packed=0, cancelled=rows.line.c.quantity)
            return {"cancel_reason": details.reason, "shortfall": 0, "holds": 0, "parcels": 0}
    return {}


def _said(details: MoveDetails) -> dict[str, Any]:
    given = {"weight_g": details.weight_g, "courier": details.courier, "awb": details.awb}
    return {name: value for name, value in given.items() if value}


def stale(tx: Connection, order: Any) -> StaleVersion:
    """The conflict with whoever changed a locked order since it was read."""
    last = event_rows.last_change(tx, order.id)
    did = timeline.title(events.view(last))
    return StaleVersion(
        f"{last.actor} changed order {order.number} in {lifecycle.LIFECYCLE[Stage(order.stage)].title}: {did}. "
        "Your change was not applied: look at it again.",
        details={
            "by": last.actor,
            "did": did,
            "at": clock.rfc3339(last.at),
            "stage": order.stage,
            "version": order.version,
        },
    )
