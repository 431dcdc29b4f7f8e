"""Sends money back through Wix: which payments it comes from, and that it goes once."""

import hashlib
from collections.abc import Mapping
from typing import Any

from oms_app.domain import money
from oms_app.domain.channels import Done, Refund
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.wix import orders
from oms_app.integrations.channels.wix.client import Client

_LONGEST_REASON = 200


def refund(client: Client, wanted: Refund, *, notify: bool) -> Done:
    """Send it once: a refund that carries our mark in its reason is this one, unless it failed."""
    order = orders.standing(client, wanted.external_id)
    mark = f"[{hashlib.sha256(wanted.key.encode()).hexdigest()[:10]}]"
    told = orders.transactions(client, [wanted.external_id]).get(wanted.external_id, {})
    for each in told.get("refunds") or []:
        if mark in ((each.get("details") or {}).get("reason") or "") and not failed(each):
            return Done(each["id"])
    if wanted.currency != order["currency"]:
        raise Rejected(f"This order is kept in {order['currency']} at Wix, not in {wanted.currency}.")
    can = client.post("/ecom/v1/order-billing/get-order-refundability", orderId=wanted.external_id)
    said: dict[str, Any] = {"paymentRefunds": payments(can, wanted)}
    if wanted.units:
        said["refundItems"] = {"lineItems": [{"lineItemId": line, "quantity": count} for line, count in wanted.units]}
    said["sideEffects"] = {"notifications": {"sendCustomerEmail": notify}}
    said["customerReason"] = f"{wanted.reason[: _LONGEST_REASON - len(mark) - 1]} {mark}".strip()
    done = client.post("/ecom/v1/order-billing/refund-payments", orderId=wanted.external_id, **said)["refund"]
    if failed(done):
        raise Rejected("Wix could not send the money back; its order page says why.")
    return Done(done["id"])


def payments(can: Mapping[str, Any], wanted: Refund) -> list[dict[str, Any]]:
    """The payments the money comes from, each with what may go back. Raises Rejected where that is too little.

    What was paid outside of Wix (cash, bank) goes back outside of it: there Wix is only told so.
    """
    left, taken, why = wanted.amount, [], ""
    for each in can.get("payments") or []:
        payment = each.get("payment") or {}
        outside = (each.get("manuallyRefundable") or {}).get("reason") == "OFFLINE"
        if not each.get("refundable") and not outside:
            why = why or _why(each)
            continue
        most = money.to_minor(
            ((payment.get("monetary") or {}).get("maxRefund") or {}).get("amount") or 0, wanted.currency
        )
        part = min(most, left)
        if part <= 0:
            continue
        left -= part
        amount = {"amount": money.to_major(part, wanted.currency)}
        taken.append({"paymentId": payment["paymentId"], "amount": amount, "externalRefund": outside})
    if left > 0:
        has = money.show(wanted.amount - left, wanted.currency)
        raise Rejected(f"Wix can send back only {has} of this order.{why} Pay the rest outside of Wix.")
    return taken


def failed(refund: Mapping[str, Any]) -> bool:
    """Whether none of its money went anywhere."""
    parts = refund.get("transactions") or []
    return bool(parts) and all(each.get("refundStatus") == "FAILED" for each in parts)


def _why(payment: Mapping[str, Any]) -> str:
    for kind in ("nonRefundable", "manuallyRefundable"):
        if reason := (payment.get(kind) or {}).get("reason"):
            where = f", at {payment['providerLink']}" if payment.get("providerLink") else ""
            return f" It says {reason.lower().replace('_', ' ')}{where}."
    return ""
