"""Recording money: authorisations, captures and voids as facts; the payment status follows from their sums."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import orders as rows
from oms_app.db.queries import projections
from oms_app.domain import money
from oms_app.domain import payments as rules
from oms_app.domain.errors import Malformed, Refused
from oms_app.domain.lifecycle import MoveDetails, Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.payments import RECORDED, Method, PaymentKind, Sums
from oms_app.domain.permissions import TO_ENTER, Actor, Permission
from oms_app.domain.validation import Check
from oms_app.services import events, holds, moves, orders

_EVENTS = {
    PaymentKind.AUTHORISE: "authorised",
    PaymentKind.CAPTURE: "paid",
    PaymentKind.VOID: "payment_voided",
    PaymentKind.RELEASE: "payment_voided",
}


def record(actor: Actor, number: str, *, kind: str, amount: int, method: str, reference: str = "") -> OrderView:
    """Record a payment on an order. `amount` in minor units of its currency.

    Raises Refused where a capture is more than is owed, or a void more than was captured and not refunded.
    """
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.RECORD_PAYMENTS)
    if kind not in RECORDED or method not in set(Method):
        raise Malformed(f"A payment is one of {', '.join(RECORDED)}, by one of {', '.join(Method)}.")
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        after = _record(
            tx, actor, before, kind=kind, amount=amount, method=method, reference=reference, at=datetime.now(UTC)
        )
        return orders.load(tx, actor, after)


def capture_and_move(
    actor: Actor,
    number: str,
    to: Stage,
    *,
    version: int,
    method: str,
    reference: str = "",
    parcel_id: int | None = None,
) -> OrderView:
    """Record all that is owed and send the order (or a parcel of it) on, both or neither. Raises what they would."""
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.RECORD_PAYMENTS)
    actor.require(TO_ENTER[to])
    if method not in set(Method):
        raise Malformed(f"Money comes by one of {', '.join(Method)}.", details={"field": "method"})
    now = datetime.now(UTC)
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        if before.version != version:
            raise moves.stale(tx, before)
        if owed := _sums(before).owed:
            before = _record(tx, actor, before, kind="capture", amount=owed, method=method, reference=reference, at=now)
        return orders.load(tx, actor, moves.send(tx, actor, before, to, MoveDetails(), now, parcel_id=parcel_id))


def take_over(tx: Connection, actor: Actor, order: Any, amount: int, reference: str, at: datetime) -> Any:
    """Capture on a locked order what was paid for another one; the other gives it back in the same transaction."""
    values = {"kind": "capture", "amount": amount, "method": Method.OTHER, "reference": reference}
    return _record(tx, actor, order, **values, at=at)


def record_payment(
    tx: Connection,
    actor: Actor,
    order: Any,
    *,
    kind: str,
    amount: int,
    method: str,
    reference: str,
    at: datetime,
) -> Any:
    """Write a payment, the order's sums and the event inside the caller's transaction; returns the new order row."""
    said, after = rules.record(_sums(order), PaymentKind(kind), amount, order.currency)
    sums = {"authorised": after.authorised, "captured": after.captured, "payment_status": after.status}
    if not rows.change(tx, order, **sums, updated_at=at):
        raise Refused("The order changed while the payment was recorded. Try again.", code="busy")
    now = rows.by_id(tx, order.id)
    enter(tx, actor, now, said, was=order.payment_status, amount=amount, method=method, reference=reference, at=at)
    return now


def enter(
    tx: Connection,
    actor: Actor,
    order: Any,
    kind: PaymentKind,
    *,
    was: str,
    amount: int,
    method: str,
    reference: str,
    at: datetime,
) -> None:
    """Write a payment that is in the order's sums already, and its event. was: the payment status before it."""
    rows.add_payment(
        tx,
        {
            "order_id": order.id,
            "kind": kind,
            "method": method,
            "amount": amount,
            "currency": order.currency,
            "reference": reference,
            "actor": actor.name,
            "at": at,
        },
    )
    events.record(
        tx,
        actor,
        _EVENTS[kind],
        subject_id=order.id,
        before={"payment_status": was},
        after={
            "payment_status": order.payment_status,
            "amount": money.to_major(amount, order.currency),
            "method": method,
            "reference": reference,
        },
        at=at,
    )


def _record(tx: Connection, actor: Actor, before: Any, **values: Any) -> Any:
    """The same, with the projections, and without the hold that waited for this money."""
    after = record_payment(tx, actor, before, **values)
    projections.order_changed(tx, before, after)
    return holds.settle(tx, actor, after, Check.PAYMENT, after.updated_at) if after.captured else after


def _sums(order: Any) -> Sums:
    return Sums(order.total, order.authorised, order.captured, order.refunded, order.refunded_excess)
