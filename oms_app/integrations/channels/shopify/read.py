"""An order as Shopify's GraphQL tells it, made one of ours. Pure functions."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from oms_app.domain import company, money
from oms_app.domain.channels import (
    ChannelLine,
    ChannelOrder,
    ChannelParcel,
    ChannelPayment,
    ChannelRefund,
    ChannelReturn,
    ChannelStatus,
)
from oms_app.domain.errors import Malformed
from oms_app.domain.orders import AddressDraft, CustomerDraft, PaymentMethod
from oms_app.domain.payments import Method, PaymentKind

_COD = re.compile(r"\bcash[\s_-]*on[\s_-]*deliver|\bcod\b|\bpay[\s_-]*on[\s_-]*deliver", re.IGNORECASE)
"""As stores in India have it: "Cash on Delivery (COD)", "cash_on_delivery", "COD", "GoKwik COD"."""

_METHODS = (
    (re.compile(r"upi|phonepe|bhim|google[\s_]*pay|gpay", re.IGNORECASE), Method.UPI),
    (re.compile(r"wallet|amazon[\s_]*pay|mobikwik|gift[\s_]*card|store[\s_]*credit", re.IGNORECASE), Method.WALLET),
    (re.compile(r"bank|neft|rtgs|imps|money[\s_]*order", re.IGNORECASE), Method.BANK),
    (re.compile(r"shopify[\s_]*payments|stripe|credit|debit|card", re.IGNORECASE), Method.CARD),
    (re.compile(r"\bcash\b", re.IGNORECASE), Method.CASH),
)
"""Razorpay, PayU, Cashfree, CCAvenue, PayTM … take all of them and do not say which: "other"."""

_KINDS = {
    "SALE": PaymentKind.CAPTURE,
    "CAPTURE": PaymentKind.CAPTURE,
    "AUTHORIZATION": PaymentKind.AUTHORISE,
    "EMV_AUTHORIZATION": PaymentKind.AUTHORISE,
    "VOID": PaymentKind.VOID,
}
_CLOSED = {"CLOSED", "CANCELLED", "INCOMPLETE"}
_GSTIN = re.compile(r"gst", re.IGNORECASE)


def read(body: str) -> ChannelOrder:
    """The order in the JSON of `order.graphql`. Raises Malformed."""
    try:
        return _order(json.loads(body))
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise Malformed(f"This is no order of Shopify's: {error}.") from error


def number(gid: str) -> str:
    """The number inside a global id: "gid://shopify/Order/17" → "17"."""
    return gid.rsplit("/", 1)[-1].split("?", 1)[0]


def gid(kind: str, external_id: str) -> str:
    """The global id of a thing: ("Order", "17") → "gid://shopify/Order/17"."""
    return f"gid://shopify/{kind}/{external_id}"


def moment(text: str) -> datetime:
    """A moment as Shopify writes it."""
    return datetime.fromisoformat(text)


def is_cod(order: Mapping[str, Any]) -> bool:
    """Whether the buyer pays at the door."""
    names = order["paymentGatewayNames"] or [each["gateway"] or "" for each in order["transactions"]]
    return any(_COD.search(name) for name in names)


def _order(order: Mapping[str, Any]) -> ChannelOrder:
    currency = order["currencyCode"]
    shipped = _units_shipped(order)
    lines = tuple(_line(each, order["taxesIncluded"], shipped, currency) for each in order["lineItems"]["nodes"])
    cod = is_cod(order)
    shipping = order["shippingLines"]["nodes"]
    ship_to = _address(order["shippingAddress"] or order["billingAddress"])
    return ChannelOrder(
        external_id=number(order["id"]),
        number=order["name"],
        status=_status(order, cod),
        placed_at=moment(order["processedAt"] or order["createdAt"]),
        updated_at=moment(order["updatedAt"]),
        currency=currency,
        total=_money(order["totalPriceSet"], currency),
        customer=_customer(order, ship_to),
        lines=lines,
        ship_to=ship_to,
        bill_to=_address(order["billingAddress"]) if order["billingAddress"] else None,
        payment_method=PaymentMethod.COD if cod else PaymentMethod.PREPAID,
        payments=tuple(_payments(order, currency)),
        refunds=tuple(_refund(each, currency) for each in order["refunds"]),
        returns=tuple(_return(each) for each in order.get("returns", {}).get("nodes", ())),
        parcels=tuple(_parcel(each) for each in order["fulfillments"] if each["status"] == "SUCCESS"),
        shipping=sum(_shipping(each, order["taxesIncluded"], currency) for each in shipping),
        gstin=_gstin(order["customAttributes"]),
        note="\n".join([order["note"] or "", *_attributes(order["customAttributes"])]).strip(),
        tags=tuple(order["tags"]),
        service=shipping[0]["title"] if shipping else "",
        cancel_reason=(order["cancelReason"] or "").lower(),
        ship_by=min(
            (moment(each["fulfillBy"]) for each in order["fulfillmentOrders"]["nodes"] if each["fulfillBy"]),
            default=None,
        ),
    )


def _status(order: Mapping[str, Any], cod: bool) -> ChannelStatus:
    if order["cancelledAt"]:
        return ChannelStatus.CANCELLED
    if order["displayFulfillmentStatus"] == "FULFILLED":
        sent = [each for each in order["fulfillments"] if each["status"] == "SUCCESS"]
        delivered = sent and all(each["deliveredAt"] for each in sent)
        return ChannelStatus.DELIVERED if delivered else ChannelStatus.SHIPPED
    open_parts = [each for each in order["fulfillmentOrders"]["nodes"] if each["status"] not in _CLOSED]
    held = bool(open_parts) and all(each["status"] in ("ON_HOLD", "SCHEDULED") for each in open_parts)
    unpaid = not cod and order["displayFinancialStatus"] in ("PENDING", "EXPIRED")
    return ChannelStatus.PENDING if held or unpaid else ChannelStatus.OPEN


def _line(line: Mapping[str, Any], tax_included: bool, shipped: Mapping[str, int], currency: str) -> ChannelLine:
    quantity = line["quantity"]
    return ChannelLine(
        external_id=number(line["id"]),
        sku=(line["sku"] or "").strip(),
        name=line["name"],
        quantity=quantity,
        unit_price_micros=money.to_micros(line["originalUnitPriceSet"]["shopMoney"]["amount"]),
        tax_included=tax_included,
        discount=sum(_money(each["allocatedAmountSet"], currency) for each in line["discountAllocations"]),
        tax=_taxes(line, currency),
        cancelled=max(quantity - shipped.get(line["id"], 0) - line["unfulfilledQuantity"], 0),
        personalisation=tuple(
            (each["key"], each["value"] or "")
            for each in line["customAttributes"]
            if not each["key"].startswith("_")  # by Shopify's own rule not for buyers' eyes
        ),
    )


def _units_shipped(order: Mapping[str, Any]) -> dict[str, int]:
    units: dict[str, int] = {}
    for parcel in order["fulfillments"]:
        if parcel["status"] == "SUCCESS":
            for each in parcel["fulfillmentLineItems"]["nodes"]:
                units[each["lineItem"]["id"]] = units.get(each["lineItem"]["id"], 0) + (each["quantity"] or 0)
    return units


def _customer(order: Mapping[str, Any], ship_to: AddressDraft) -> CustomerDraft:
    customer = order["customer"] or {}
    email = order["email"] or (customer.get("defaultEmailAddress") or {}).get("emailAddress")
    phone = order["phone"] or (customer.get("defaultPhoneNumber") or {}).get("phoneNumber") or ship_to.phone
    return CustomerDraft(
        name=ship_to.name or customer.get("displayName") or email or phone or "Guest",
        email=email or "",
        phone=phone or "",
        external_id=number(customer["id"]) if customer else None,
    )


def _address(address: Mapping[str, Any] | None) -> AddressDraft:
    if not address:
        return AddressDraft()
    return AddressDraft(
        name=", ".join(filter(None, (address["name"], address["company"]))),
        phone=address["phone"] or "",
        line1=address["address1"] or "",
        line2=address["address2"] or "",
        city=address["city"] or "",
        state=address["province"] or "",
        postal_code=address["zip"] or "",
        country=address["countryCodeV2"] or "",
    )


def _payments(order: Mapping[str, Any], currency: str) -> Iterator[ChannelPayment]:
    for each in order["transactions"]:
        if each["status"] == "SUCCESS" and (kind := _KINDS.get(each["kind"])):
            yield ChannelPayment(
                number(each["id"]),
                kind,
                _money(each["amountSet"], currency),
                method(each["gateway"] or ""),
                moment(each["processedAt"] or each["createdAt"]),
            )


def method(gateway: str) -> str:
    """How money came, by the gateway's name."""
    if _COD.search(gateway):
        return Method.CASH
    return next((known for pattern, known in _METHODS if pattern.search(gateway)), Method.OTHER)


def _refund(refund: Mapping[str, Any], currency: str) -> ChannelRefund:
    return ChannelRefund(
        number(refund["id"]),
        _money(refund["totalRefundedSet"], currency),
        moment(refund["createdAt"]),
        refund["note"] or "",
        tuple((number(each["lineItem"]["id"]), each["quantity"]) for each in refund["refundLineItems"]["nodes"]),
    )


def _return(back: Mapping[str, Any]) -> ChannelReturn:
    lines = back["returnLineItems"]["nodes"]
    return ChannelReturn(
        number(back["id"]),
        back["name"],
        back["status"].lower(),
        moment(back["createdAt"]),
        tuple(
            (number(each["fulfillmentLineItem"]["lineItem"]["id"]), each["quantity"])
            for each in lines
            if each.get("fulfillmentLineItem")
        ),
        "; ".join(filter(None, (_why(each) for each in lines))),
    )


def _why(line: Mapping[str, Any]) -> str:
    named = (line["returnReasonDefinition"] or {}).get("name", "")
    return ": ".join(filter(None, (named, line["customerNote"] or line["returnReasonNote"])))


def _parcel(parcel: Mapping[str, Any]) -> ChannelParcel:
    tracked = parcel["trackingInfo"][0] if parcel["trackingInfo"] else {}
    return ChannelParcel(
        number(parcel["id"]),
        tracked.get("company") or "",
        tracked.get("number") or "",
        moment(parcel["createdAt"]),
        tuple(
            (number(each["lineItem"]["id"]), each["quantity"] or 0) for each in parcel["fulfillmentLineItems"]["nodes"]
        ),
        moment(parcel["deliveredAt"]) if parcel["deliveredAt"] else None,
    )


def _shipping(line: Mapping[str, Any], tax_included: bool, currency: str) -> int:
    """What the buyer pays for it: its tax is part of it, whether the store shows it so or not."""
    return _money(line["discountedPriceSet"], currency) + (0 if tax_included else _taxes(line, currency))


def _taxes(line: Mapping[str, Any], currency: str) -> int:
    return sum(_money(each["priceSet"], currency) for each in line["taxLines"])


def _gstin(attributes: list[Mapping[str, Any]]) -> str:
    """A buyer's GSTIN as checkout apps leave it in the note attributes; none where it is not one."""
    for each in attributes:
        if _GSTIN.search(each["key"]):
            try:
                return company.read_gstin(each["value"] or "").gstin
            except Malformed:
                continue
    return ""


def _attributes(attributes: list[Mapping[str, Any]]) -> Iterator[str]:
    for each in attributes:
        if each["value"] and not each["key"].startswith("_") and not _GSTIN.search(each["key"]):
            yield f"{each['key']}: {each['value']}"


def _money(bag: Mapping[str, Any], currency: str) -> int:
    return money.to_minor(Decimal(bag["shopMoney"]["amount"]), currency)
