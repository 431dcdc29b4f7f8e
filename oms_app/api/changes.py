"""Changing orders: edits with their preview, cancelled lines, refunds, and what was changed so far."""

from oms_app.api import change_shapes as shapes
from oms_app.api import order_shapes
from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Name, minor
from oms_app.domain.changes import RefundDraft
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import cancellation, change_records, changes, orders, refunds

endpoints = Endpoints("orders")


@endpoints.post("/orders/{number}/edits", P.CREATE_ORDERS, status=200, refusals=(404, 409, 422))
def change_order(actor: Actor, number: Name, body: shapes.NewChange) -> shapes.Change:
    """Change an order before it is packed, or see what a change would bring about (`dry_run`).

    Add an article (`sku`), take a line off or change its quantity, price or discount (`line_id`), the order's discount,
    the shipping charge, the address. `before` and `after` are the bill, `stock` what is reserved, freed, and waits.
    With `refund` what was paid too much goes back in the same transaction; that needs `refund_orders` too. 409 where
    somebody changed the order since `version`.
    """
    currency = orders.currency_of(actor, number)
    edit, refund = shapes.edit(body, currency), shapes.refund(body.refund, currency)
    if body.dry_run:
        return shapes.change(changes.preview(actor, number, edit, version=body.version, refund=refund), kept=False)
    done = changes.apply(actor, number, edit, version=body.version, reason=body.reason, refund=refund)
    return shapes.change(done, kept=True)


@endpoints.get("/orders/{number}/edits", P.SEE_ORDERS, refusals=(404,))
def list_order_changes(actor: Actor, number: Name) -> shapes.Versions:
    """What was changed on an order after it was placed, newest first."""
    return shapes.versions(change_records.of_order(actor, number))


@endpoints.post("/orders/{number}/cancel", P.CANCEL_ORDERS, status=200, refusals=(404, 409, 422))
def cancel_order(actor: Actor, number: Name, body: shapes.Cancel) -> order_shapes.Order:
    """Cancel an order before it leaves the building, or units of its lines.

    Its stock is free again. With `refund` what was paid for it goes back in the same transaction; that needs
    `refund_orders` too.
    """
    refund = shapes.refund(body.refund, orders.currency_of(actor, number))
    units = shapes.units(body.lines)
    cancellation.cancel(actor, number, version=body.version, reason=body.reason, lines=units, refund=refund)
    return order_shapes.order(orders.get(actor, number, history=False))


@endpoints.post("/orders/{number}/cancel/preview", P.CANCEL_ORDERS, status=200, refusals=(404, 409, 422))
def preview_cancel(actor: Actor, number: Name, body: shapes.CancelPreview) -> shapes.Change:
    """What a cancellation would bring about; nothing is kept of it."""
    refund = shapes.refund(body.refund, orders.currency_of(actor, number))
    units = shapes.units(body.lines)
    found = cancellation.preview(actor, number, version=body.version, lines=units, refund=refund)
    return shapes.change(found, kept=False)


@endpoints.post("/orders/{number}/refunds", P.REFUND_ORDERS, status=201, refusals=(404, 409, 422))
def refund_order(actor: Actor, number: Name, body: shapes.NewRefund) -> order_shapes.Order:
    """Record money that went back: what was paid too much, what a cancelled order cost, or goodwill."""
    amount = minor(body.amount, orders.currency_of(actor, number), "amount")
    draft = RefundDraft(body.method, amount, body.reference)
    return order_shapes.order(refunds.record(actor, number, draft, version=body.version, reason=body.reason))
