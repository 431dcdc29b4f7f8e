"""Recording money: captures and voids as facts; the payment status follows from their sum."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import orders as rows
from oms_app.db.queries import projections
from oms_app.domain import money
from oms_app.domain.errors import Malformed, Refused
from oms_app.domain.orders import OrderView, balance, payment_status
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.validation import Check
from oms_app.services import events, holds, orders

KINDS = ("capture", "void")
METHODS = ("upi", "card", "cash", "bank", "wallet", "other")


def record(actor: Actor, number: str, *, kind: str, amount: int, method: str, reference: str = "") -> OrderView:
    """Record a payment on an order. `amount` in minor units of its currency.

    Raises Refused where a capture is more than is owed, or a void more than was captured and not refunded.
    """
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.RECORD_PAYMENTS)
    if kind not in KINDS or method not in METHODS:
        raise Malformed(f"A payment is one of {', '.join(KINDS)}, by one of {', '.join(METHODS)}.")
    if amount <= 0:
        raise Malformed("The amount must be more than zero.")
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        after = record_payment(
            tx,
            actor,
            before,
            kind=kind,
            amount=amount,
            method=method,
            reference=reference,
            at=datetime.now(UTC),
        )
        projections.order_changed(tx, before, after)
        if after.captured:
            after = holds.settle(tx, actor, after, Check.PAYMENT, after.updated_at)
        return orders.load(tx, actor, after)


def record_payment(
    tx: Connection, actor: Actor, order: Any, *, kind: str, amount: int, method: str, reference: str, at: datetime
) -> Any:
    """Write a payment, the order's sums and the event inside the caller's transaction; returns the new order row."""
    change = amount if kind == "capture" else -amount
    captured = order.captured + change
    owed, kept = balance(order.total, order.captured, order.refunded_excess), order.captured - order.refunded
    if kind == "capture" and amount > owed:
        raise Refused(f"Only {money.show(owed, order.currency)} is still to be paid.", code="more_than_owed")
    if kind == "void" and amount > kept:
        raise Refused(f"Only {money.show(kept, order.currency)} can be voided.", code="more_than_captured")
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
    status = payment_status(order.total, captured, order.refunded, order.refunded_excess)
    if not rows.change(tx, order, captured=captured, payment_status=status, updated_at=at):
        raise Refused("The order changed while the payment was recorded. Try again.", code="busy")
    events.record(
        tx,
        actor,
        "paid" if kind == "capture" else "payment_voided",
        subject_id=order.id,
        before={"payment_status": order.payment_status},
        after={
            "payment_status": status,
            "amount": money.to_major(amount, order.currency),
            "method": method,
            "reference": reference,
        },
        at=at,
    )
    return rows.by_id(tx, order.id)
