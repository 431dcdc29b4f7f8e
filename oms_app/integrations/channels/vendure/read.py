"""An order of Vendure's as ours: pure, from the answer of order.graphql."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from oms_app.domain import money
from oms_app.domain.channels import (
    ChannelLine,
    ChannelOrder,
    ChannelParcel,
    ChannelPayment,
    ChannelRefund,
    ChannelStatus,
)
from oms_app.domain.errors import Malformed
from oms_app.domain.orders import AddressDraft, CustomerDraft, PaymentMethod
from oms_app.domain.payments import PaymentKind

# What a shop's own process adds to these is open as soon as payments cover it.
_STATUS = {
    "Created": ChannelStatus.PENDING,
    "Draft": ChannelStatus.PENDING,
    "AddingItems": ChannelStatus.PENDING,
    "ArrangingPayment": ChannelStatus.PENDING,
    "ArrangingAdditionalPayment": ChannelStatus.PENDING,
    "Modifying": ChannelStatus.PENDING,
    "PaymentAuthorized": ChannelStatus.OPEN,
    "PaymentSettled": ChannelStatus.OPEN,
    "PartiallyShipped": ChannelStatus.OPEN,
    "Shipped": ChannelStatus.SHIPPED,
    "Delivered": ChannelStatus.DELIVERED,
    "Cancelled": ChannelStatus.CANCELLED,
}
_PAID = {"Authorized": PaymentKind.AUTHORISE, "Settled": PaymentKind.CAPTURE}
_LEFT = ("Shipped", "Delivered")
_OURS = re.compile(r"\s*\[(refund:[0-9]+(?:-[0-9]+)?)]$")
_ON_DELIVERY = re.compile(r"\b(cod|cash[ _-]?on[ _-]?delivery|pay[ _-]?on[ _-]?delivery)\b", re.IGNORECASE)


def read(body: str) -> ChannelOrder:
    """The order. Raises Malformed."""
    try:
        shop = json.loads(body)
        return _order(shop["order"], shop)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(f"This is no order of Vendure's: {type(error).__name__} at {error}.") from error


def moment(text: str) -> datetime:
    """An instant as Vendure writes it."""
    return datetime.fromisoformat(text).astimezone(UTC)


def to_minor(amount: int, shop: dict[str, Any], currency: str = "") -> int:
    """Vendure keeps one number of decimals for every currency, two unless the shop says otherwise."""
    shift = money.digits(currency or _currency(shop)) - _precision(shop)
    return amount * 10**shift if shift >= 0 else _rounded(amount, 10**-shift)


def to_theirs(minor: int, shop: dict[str, Any]) -> int:
    """Our minor units of an order's currency as Vendure counts them."""
    shift = _precision(shop) - money.digits(_currency(shop))
    return minor * 10**shift if shift >= 0 else _rounded(minor, 10**-shift)


def price_micros(amount: int, shop: dict[str, Any]) -> int:
    """A price of Vendure's in millionths of the currency."""
    return int(amount * 10 ** (6 - _precision(shop)))


def to_price(micros: int, shop: dict[str, Any]) -> int:
    """A price in millionths of the currency as Vendure counts it."""
    return _rounded(micros, 10 ** (6 - _precision(shop)))


def _order(order: dict[str, Any], shop: dict[str, Any]) -> ChannelOrder:
    def minor(amount: int) -> int:
        return to_minor(amount, shop, order["currencyCode"])

    included = shop["activeChannel"]["pricesIncludeTax"]
    payments, parcels = order["payments"] or [], order["fulfillments"] or []
    surcharges = [minor(each["priceWithTax"]) for each in order["surcharges"]]
    cancellations = order["cancellations"]["items"] if order["state"] == "Cancelled" else []
    status = _status(order, parcels, payments)
    return ChannelOrder(
        external_id=order["id"],
        number=order["code"],
        status=status,
        placed_at=moment(order["orderPlacedAt"] or order["createdAt"]),
        updated_at=moment(order["updatedAt"]),
        currency=order["currencyCode"],
        total=minor(order["totalWithTax"]),
        customer=_customer(order),
        lines=tuple(_line(line, shop, order["currencyCode"], included=included) for line in order["lines"]),
        ship_to=_address(order["shippingAddress"]) or AddressDraft(),
        bill_to=_address(order["billingAddress"]),
        payment_method=PaymentMethod.COD if any(_on_delivery(paid) for paid in payments) else PaymentMethod.PREPAID,
        payments=tuple(
            ChannelPayment(
                external_id=paid["id"],
                kind=_PAID[paid["state"]],
                amount=minor(paid["amount"]),
                method=paid["method"],
                at=moment(paid["createdAt"]),
            )
            for paid in payments
            if paid["state"] in _PAID and not (paid["state"] == "Authorized" and _on_delivery(paid))
        ),
        refunds=tuple(
            ChannelRefund(
                external_id=back["id"],
                amount=minor(back["total"]),
                at=moment(back["createdAt"]),
                reason=_OURS.sub("", back["reason"] or ""),
                units=_units(back),
                key=ours[1] if (ours := _OURS.search(back["reason"] or "")) else "",
            )
            for paid in payments
            for back in paid["refunds"]
            if back["state"] == "Settled"
        ),
        parcels=tuple(
            ChannelParcel(
                external_id=parcel["id"],
                courier=parcel["method"],
                tracking=parcel["trackingCode"] or "",
                at=moment(parcel["createdAt"]),
                units=_units(parcel),
                delivered_at=moment(parcel["updatedAt"]) if parcel["state"] == "Delivered" else None,
            )
            for parcel in parcels
            if parcel["state"] in _LEFT
        ),
        shipping=minor(order["shippingWithTax"]) + sum(each for each in surcharges if each > 0),
        discount=-sum(each for each in surcharges if each < 0),
        service=next((each["shippingMethod"]["code"] for each in order["shippingLines"]), ""),
        cancel_reason=next((entry["data"].get("reason") or "" for entry in reversed(cancellations)), ""),
    )


def _line(line: dict[str, Any], shop: dict[str, Any], currency: str, *, included: bool) -> ChannelLine:
    """A line, its discounts and its share of the order's: Vendure reckons tax and refunds with them taken off."""
    price = line["unitPriceWithTax" if included else "unitPrice"]
    due = line["proratedLinePriceWithTax" if included else "proratedLinePrice"]
    ordered = max(line["orderPlacedQuantity"], line["quantity"])
    # `lineTax` is reckoned before the order's discounts come off.
    tax = line["proratedLinePriceWithTax"] - line["proratedLinePrice"]
    return ChannelLine(
        external_id=line["id"],
        sku=line["productVariant"]["sku"],
        name=line["productVariant"]["name"],
        quantity=ordered,
        unit_price_micros=price_micros(price, shop),
        tax_included=included,
        discount=to_minor(price * line["quantity"], shop, currency) - to_minor(due, shop, currency),
        tax=to_minor(tax, shop, currency),
        cancelled=ordered - line["quantity"],
    )


def _status(order: dict[str, Any], parcels: list[dict[str, Any]], payments: list[dict[str, Any]]) -> ChannelStatus:
    if order["state"] == "PartiallyDelivered":  # all may be on its way, or some may not have left
        left: dict[str, int] = {}
        for line, units in [each for parcel in parcels if parcel["state"] in _LEFT for each in _units(parcel)]:
            left[line] = left.get(line, 0) + units
        whole = all(left.get(line["id"], 0) >= line["quantity"] for line in order["lines"])
        return ChannelStatus.SHIPPED if whole else ChannelStatus.OPEN
    if order["state"] in _STATUS:
        return _STATUS[order["state"]]
    covered = sum(paid["amount"] for paid in payments if paid["state"] in _PAID) >= order["totalWithTax"]
    return ChannelStatus.OPEN if covered else ChannelStatus.PENDING


def _customer(order: dict[str, Any]) -> CustomerDraft:
    address, who = order["shippingAddress"] or {}, order["customer"]
    if who is None:
        return CustomerDraft(address.get("fullName") or "Guest", phone=address.get("phoneNumber") or "")
    name = f"{who['firstName'] or ''} {who['lastName'] or ''}".strip()
    return CustomerDraft(
        name or address.get("fullName") or who["emailAddress"],
        email=who["emailAddress"] or "",
        phone=who["phoneNumber"] or address.get("phoneNumber") or "",
        external_id=who["id"],
    )


def _address(given: dict[str, Any] | None) -> AddressDraft | None:
    """The address, None where it was left empty."""
    if not given or not any(given.values()):
        return None
    return AddressDraft(
        name=", ".join(each for each in (given["fullName"], given["company"]) if each),
        phone=given["phoneNumber"] or "",
        line1=given["streetLine1"] or "",
        line2=given["streetLine2"] or "",
        city=given["city"] or "",
        state=given["province"] or "",
        postal_code=given["postalCode"] or "",
        country=(given["countryCode"] or "IN").upper(),
    )


def _units(counted: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple((line["orderLineId"], line["quantity"]) for line in counted["lines"])


def _on_delivery(paid: dict[str, Any]) -> bool:
    """Vendure keeps a promise to pay at the door as an authorised payment: it is none of ours."""
    return bool(_ON_DELIVERY.search(paid["method"]))


def _currency(shop: dict[str, Any]) -> str:
    return str(shop["order"]["currencyCode"] if "order" in shop else shop["activeChannel"]["defaultCurrencyCode"])


def _precision(shop: dict[str, Any]) -> int:
    return int(shop["globalSettings"]["serverConfig"]["moneyStrategyPrecision"])


def _rounded(amount: int, scale: int) -> int:
    """Divided, its magnitude rounded half up."""
    magnitude = (abs(amount) + scale // 2) // scale
    return magnitude if amount >= 0 else -magnitude
