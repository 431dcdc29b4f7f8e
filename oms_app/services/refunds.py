"""Recording money that goes back: what was paid too much, or for an order that is cancelled, or goodwill."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import orders as rows
from oms_app.db.queries import projections
from oms_app.domain import money
from oms_app.domain import payments as rules
from oms_app.domain.changes import RefundDraft
from oms_app.domain.errors import Malformed, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView, balance, payment_status
from oms_app.domain.payments import Method
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events, moves, orders
from oms_app.settings import get_settings

_LIMITS = "refund_limits"


def record(actor: Actor, number: str, refund: RefundDraft, *, version: int, reason: str) -> OrderView:
    """Record a refund on an order. Raises Refused where more would go back than was paid, StaleVersion."""
    actor.require(Permission.SEE_ORDERS)
    if not reason.strip():
        raise Malformed("Say why in a few words.", details={"field": "reason"})
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        if before.version != version:
            raise moves.stale(tx, before)
        after = give(tx, actor, before, refund, reason=reason.strip(), at=datetime.now(UTC))
        return orders.load(tx, actor, after)


def limits(actor: Actor) -> Mapping[str, int]:
    """How much of an order each role may refund, minor units; a role left out has no limit."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return rules.read_limits(settings.setting(tx, _LIMITS))


def set_limits(actor: Actor, wanted: Mapping[str, int]) -> Mapping[str, int]:
    """Set all limits at once. Raises Malformed."""
    actor.require(Permission.MANAGE_SETTINGS)
    after = rules.write_limits(wanted)
    with transaction() as tx:
        before = dict(rules.read_limits(settings.setting(tx, _LIMITS)))
        if before != after:
            settings.set_setting(tx, _LIMITS, after)
            events.record(
                tx, actor, "refund_limits_changed", subject="payments", subject_id=1, before=before, after=after
            )
    return after


def due(order: Any) -> int:
    """Minor units that were paid for nothing and are not given back yet, of an order row."""
    kept = int(order.captured - order.refunded)
    if order.stage == Stage.CANCELLED:
        return kept
    return min(max(-balance(order.total, order.captured, order.refunded_excess), 0), kept)


def give(tx: Connection, actor: Actor, order: Any, refund: RefundDraft, *, reason: str, at: datetime) -> Any:
    """Record a refund of a locked order inside the caller's transaction: all that is due unless it says an amount."""
    actor.require(Permission.REFUND_ORDERS)
    owed, kept = due(order), order.captured - order.refunded
    amount = owed if refund.amount is None else refund.amount
    if refund.method not in set(Method):
        raise Malformed(f"A refund goes by one of {', '.join(Method)}.", details={"field": "refund.method"})
    if amount <= 0:
        raise Refused("Nothing is to go back.", code="nothing_to_refund")
    if amount > kept:
        raise Refused(f"Only {money.show(kept, order.currency)} can go back.", code="more_than_captured")
    rules.check_limit(
        rules.read_limits(settings.setting(tx, _LIMITS)),
        actor.role,
        order.refunded + amount,
        currency=order.currency,
        shop_currency=get_settings().currency,
    )
    rows.add_payment(
        tx,
        {
            "order_id": order.id,
            "kind": "refund",
            "method": refund.method,
            "amount": amount,
            "currency": order.currency,
            "reference": refund.reference,
            "actor": actor.name,
            "at": at,
        },
    )
    refunded = order.refunded + amount
    excess = order.refunded_excess + (0 if order.stage == Stage.CANCELLED else min(amount, owed))
    status = payment_status(order.total, order.captured, refunded, excess, authorised=order.authorised)
    rows.change(tx, order, refunded=refunded, refunded_excess=excess, payment_status=status, updated_at=at)
    events.record(
        tx,
        actor,
        "refunded",
        subject_id=order.id,
        before={"payment_status": order.payment_status},
        after={
            "payment_status": status,
            "amount": money.to_major(amount, order.currency),
            "method": refund.method,
            "reference": refund.reference,
        },
        reason=reason,
        at=at,
    )
    after = rows.by_id(tx, order.id)
    projections.order_changed(tx, order, after)
    return after
