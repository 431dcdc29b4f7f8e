"""Holding an order for a reason, and letting it go."""

from datetime import UTC, datetime
from enum import StrEnum

from oms_app.db.engine import transaction
from oms_app.db.queries import orders as rows
from oms_app.db.queries import projections
from oms_app.domain import clock
from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.permissions import Actor, Permission, Role
from oms_app.services import events, orders


class HoldKind(StrEnum):
    """Why an order waits."""

    PAYMENT = "payment"
    ADDRESS = "address"
    FRAUD = "fraud"
    STOCK = "stock"
    CUSTOMER = "customer"
    MANUAL = "manual"


_ONLY = {Role.INVENTORY: {HoldKind.STOCK}, Role.SERVICE: {HoldKind.CUSTOMER}}


def place(
    actor: Actor, number: str, *, kind: str, reason: str, until: datetime | None = None, at: datetime | None = None
) -> OrderView:
    """Put an order on hold; it keeps its stock, and goes nowhere beyond processing until every hold is released.

    at  when it happened, for history; now by default
    """
    held = _allowed(actor, kind)
    if not reason.strip():
        raise Malformed("A hold needs a reason.", details={"field": "reason"})
    now = at or datetime.now(UTC)
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        if Stage(before.stage) not in OPEN_STAGES:
            raise Refused(f"Order {number} has left the building or is final: there is nothing to hold.")
        values = {
            "order_id": before.id,
            "kind": held,
            "reason": reason.strip(),
            "until": until,
            "opened_by": actor.name,
            "opened_at": now,
        }
        hold_id = rows.add_hold(tx, values)
        rows.change(tx, before, holds=before.holds + 1, updated_at=now)
        events.record(
            tx,
            actor,
            "held",
            subject_id=before.id,
            after={"hold": hold_id, "kind": held, "until": clock.rfc3339(until) if until else None},
            reason=reason.strip(),
            at=now,
        )
        after = rows.by_id(tx, before.id)
        projections.order_changed(tx, before, after)
        return orders.load(tx, actor, after)


def release(actor: Actor, number: str, hold_id: int, *, at: datetime | None = None) -> OrderView:
    """Release one hold (`at` for history). Raises NotFound where it is not open on this order."""
    actor.require(Permission.HOLD_ORDERS)
    now = at or datetime.now(UTC)
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        released = rows.release_hold(tx, hold_id, before.id, actor.name, now)
        if released is None:
            raise NotFound(f"Order {number} has no open hold {hold_id}.")
        _allowed(actor, released.kind)
        rows.change(tx, before, holds=before.holds - 1, updated_at=now)
        events.record(
            tx, actor, "released", subject_id=before.id, before={"hold": hold_id, "kind": released.kind}, at=now
        )
        after = rows.by_id(tx, before.id)
        projections.order_changed(tx, before, after)
        return orders.load(tx, actor, after)


def _allowed(actor: Actor, kind: str) -> HoldKind:
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.HOLD_ORDERS)
    if kind not in set(HoldKind):
        raise Malformed(f"A hold is one of {', '.join(HoldKind)}.", details={"field": "kind"})
    only = _ONLY.get(actor.role)
    if only and kind not in only:
        raise Forbidden(f"The role “{actor.role}” handles {', '.join(only)} holds only. Ask a manager.")
    return HoldKind(kind)
