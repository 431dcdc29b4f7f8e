"""Sends money back through Shopify: which payments it comes from, and that it goes once."""

import hashlib
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from oms_app.domain import money
from oms_app.domain.channels import Done, Refund
from oms_app.domain.errors import NotFound, Rejected
from oms_app.integrations.channels.shopify.client import Client
from oms_app.integrations.channels.shopify.read import gid, number
from oms_app.integrations.channels.shopify.stock import act_key

_PAID = ("SALE", "CAPTURE")
_PENDING_OR_DONE = ("SUCCESS", "PENDING")


def refund(client: Client, refund: Refund) -> Done:
    """Send it once: a refund that carries our mark in its note is this one."""
    order = client.call("to_refund", {"id": gid("Order", refund.external_id)})["order"]
    if order is None:
        raise NotFound(f"Shopify has no order {refund.external_id}.")
    mark = f"[{hashlib.sha256(refund.key.encode()).hexdigest()[:10]}]"
    for each in order["refunds"]:
        if mark in (each["note"] or ""):
            return Done(number(each["id"]))
    if refund.currency != order["currencyCode"]:
        raise Rejected(f"The store keeps its money in {order['currencyCode']}, not in {refund.currency}.")
    said = {
        "orderId": gid("Order", refund.external_id),
        "note": f"{refund.reason} {mark}".strip(),
        "currency": order["presentmentCurrencyCode"],
        "notify": False,
        "transactions": transactions(order, refund),
        "refundLineItems": [
            {"lineItemId": gid("LineItem", line), "quantity": count, "restockType": "NO_RESTOCK"}
            for line, count in refund.units
        ],
    }
    done = client.act("refund", {"input": said, "key": act_key(refund.key, said)})
    return Done(number(done["refund"]["id"]))


def transactions(order: Mapping[str, Any], refund: Refund) -> list[dict[str, Any]]:
    """The payments the money comes from, each with what is left of it. Raises Rejected where that is too little.

    Shopify takes the amount in the buyer's currency; ours is the store's, changed at the rate of that payment.
    """
    currency, paid_in = order["currencyCode"], order["presentmentCurrencyCode"]
    gone: dict[str, int] = {}
    for each in order["transactions"]:
        if each["kind"] == "REFUND" and each["status"] in _PENDING_OR_DONE and each["parentTransaction"]:
            parent = each["parentTransaction"]["id"]
            gone[parent] = gone.get(parent, 0) + money.to_minor(each["amountSet"]["shopMoney"]["amount"], currency)
    left, taken = refund.amount, []
    for each in order["transactions"]:
        if each["kind"] not in _PAID or each["status"] != "SUCCESS" or left <= 0:
            continue
        whole = money.to_minor(each["amountSet"]["shopMoney"]["amount"], currency)
        part = min(whole - gone.get(each["id"], 0), left)
        if part <= 0:
            continue
        left -= part
        paid = Decimal(each["amountSet"]["presentmentMoney"]["amount"])
        step = Decimal(1).scaleb(-money.digits(paid_in))
        amount = (paid * part / whole).quantize(step, ROUND_HALF_UP)
        taken.append(
            {
                "orderId": gid("Order", refund.external_id),
                "parentId": each["id"],
                "gateway": each["gateway"] or "",
                "kind": "REFUND",
                "amount": str(amount),
            }
        )
    if left > 0:
        has = money.show(refund.amount - left, currency)
        raise Rejected(f"Shopify holds only {has} of this order that can go back; pay the rest outside of Shopify.")
    return taken
