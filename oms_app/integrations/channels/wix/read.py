"""An order as Wix's REST tells it, with its parcels and payments, made one of ours. Pure functions."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from oms_app.domain import company, money
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
from oms_app.domain.payments import Method, PaymentKind

_METHODS = (
    (re.compile(r"upi|phonepe|bhim|google[\s_]*pay|gpay", re.IGNORECASE), Method.UPI),
    (re.compile(r"wallet|amazon[\s_]*pay|mobikwik|gift[\s_]*card|store[\s_]*credit", re.IGNORECASE), Method.WALLET),
    (re.compile(r"bank|neft|rtgs|imps|wire|check|cheque|money[\s_]*order", re.IGNORECASE), Method.BANK),
    (re.compile(r"credit|debit|card|stripe|wix[\s_]*payments", re.IGNORECASE), Method.CARD),
    (re.compile(r"cash|\bcod\b|on[\s_-]*deliver|^offline$|in[\s_]*person", re.IGNORECASE), Method.CASH),
)
"""By the name of a payment method. "Offline" without a name of its own is Wix's manual payment: cash at the door."""

_CAME = ("APPROVED", "REFUNDED", "PARTIALLY_REFUNDED")
_UNPAID = ("NOT_PAID", "PENDING", "PENDING_MERCHANT", "CANCELED", "DECLINED", "UNSPECIFIED")
_OFFLINE = ("FULL_PAYMENT_OFFLINE", "MEMBERSHIP_OFFLINE")
_ONLY = "00000000-0000-0000-0000-000000000000"
"""The variant of a product that has no options."""
_GSTIN = re.compile(r"gst", re.IGNORECASE)


def read(body: str) -> ChannelOrder:
    """The order in the JSON that `orders.py` keeps. Raises Malformed."""
    try:
        said = json.loads(body)
        return _order(said["order"], said["fulfillments"], said["transactions"])
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise Malformed(f"This is no order of Wix's: {error}.") from error


def method(name: str) -> str:
    """How money came, by the name of the payment method."""
    return next((known for pattern, known in _METHODS if pattern.search(name)), Method.OTHER)


def is_cod(order: Mapping[str, Any], transactions: Mapping[str, Any]) -> bool:
    """Whether the buyer pays at the door: an offline payment that is no bank transfer, come or not."""
    regular = [each.get("regularPaymentDetails") or {} for each in transactions.get("payments") or []]
    offline = [each for each in regular if each.get("offlinePayment")]
    if offline:
        return any(method(_payment_name(each)) is Method.CASH for each in offline)
    unpaid = order.get("paymentStatus") in _UNPAID and not regular
    return unpaid and any(line.get("paymentOption") in _OFFLINE for line in order["lineItems"])


def _order(order: Mapping[str, Any], parcels: list[Mapping[str, Any]], money_moved: Mapping[str, Any]) -> ChannelOrder:
    currency = order["currency"]
    shipped = _shipped(parcels)
    refunds = tuple(_refunds(money_moved, currency))
    back = _refunded_units(order, refunds)
    lines = tuple(
        _line(each, order, shipped.get(each["id"], 0), back.get(each["id"], 0)) for each in order["lineItems"]
    )
    cod = is_cod(order, money_moved)
    total = _amount(order["priceSummary"]["total"], currency)
    shipping = _charged((order.get("shippingInfo") or {}).get("cost") or {}, currency)
    fees = [(each.get("name") or "Fee", _charged(each, currency)) for each in order.get("additionalFees") or []]
    charges = shipping + sum(amount for _, amount in fees)
    over = sum(_asked(line, currency) for line in lines) + charges - total
    ship_to, bill_to = _address(_recipient(order)), _address(order.get("billingInfo"))
    return ChannelOrder(
        external_id=order["id"],
        number=f"#{order['number']}",
        status=_status(order, money_moved, cod=cod, total=total),
        placed_at=_moment(order.get("purchasedDate") or order["createdDate"]),
        updated_at=_moment(order["updatedDate"]),
        currency=currency,
        total=total,
        customer=_customer(order, bill_to, ship_to),
        lines=lines,
        ship_to=ship_to,
        bill_to=bill_to if order.get("billingInfo") else None,
        payment_method=PaymentMethod.COD if cod else PaymentMethod.PREPAID,
        payments=tuple(_payments(money_moved, currency)),
        refunds=refunds,
        parcels=tuple(_parcel(each) for each in parcels),
        shipping=charges + max(-over, 0),  # what no line and no fee explains was charged all the same
        discount=max(over, 0),
        gstin=_gstin(order),
        note="\n".join(_notes(order, fees, currency)),
        service=(order.get("shippingInfo") or {}).get("title") or "",
    )


def _status(order: Mapping[str, Any], money_moved: Mapping[str, Any], *, cod: bool, total: int) -> ChannelStatus:
    if order["status"] in ("CANCELED", "REJECTED"):
        return ChannelStatus.CANCELLED
    if order["status"] in ("INITIALIZED", "PENDING"):
        return ChannelStatus.PENDING
    if order.get("fulfillmentStatus") == "FULFILLED":
        return ChannelStatus.SHIPPED
    held = any(_state(each) == "AUTHORIZED" for each in money_moved.get("payments") or [])
    unpaid = total > 0 and not cod and not held and order.get("paymentStatus") in _UNPAID
    return ChannelStatus.PENDING if unpaid else ChannelStatus.OPEN


def _line(line: Mapping[str, Any], order: Mapping[str, Any], shipped: int, back: int) -> ChannelLine:
    """A line whose price, less its discount, is what Wix asks for it: its own totals are believed before its prices."""
    currency, quantity = order["currency"], int(line["quantity"])
    tax = line.get("taxInfo") or {}
    included = bool(tax.get("taxIncludedInPrice", order.get("taxIncludedInPrices")))
    unit = money.to_micros((line.get("priceBeforeDiscounts") or line["price"])["amount"])
    gross = money.line_total(unit, quantity, currency)
    asked = line.get("totalPriceAfterTax" if included else "totalPriceBeforeTax")
    net = _amount(asked, currency) if asked else gross - _amount(line.get("totalDiscount"), currency)
    if net > gross:  # what was chosen with it has a price of its own that the unit's does not show
        scale = 10 ** (6 - money.digits(currency))
        unit = int((Decimal(net * scale) / quantity).to_integral_value(ROUND_CEILING))
        gross = money.line_total(unit, quantity, currency)
    catalogue = (line.get("catalogReference") or {}).get("options") or {}
    options = catalogue.get("options") or {}
    name = line["productName"].get("original") or ""
    cancelled = quantity - shipped if order["status"] == "CANCELED" else min(back, quantity - shipped)
    return ChannelLine(
        external_id=line["id"],
        sku=_sku(line, name),
        name=", ".join(filter(None, (name, *(str(each) for each in options.values())))),
        quantity=quantity,
        unit_price_micros=unit,
        tax_included=included,
        discount=gross - net,
        tax=_amount(tax.get("taxAmount"), currency),
        cancelled=max(cancelled, 0),
        personalisation=tuple(_wishes(line, options, catalogue.get("customTextFields") or {})),
    )


def _sku(line: Mapping[str, Any], name: str) -> str:
    """The SKU; sellers need not give one: then the ids of product and variant, or the name where there are none."""
    if sku := ((line.get("physicalProperties") or {}).get("sku") or "").strip():
        return str(sku)
    article = line.get("catalogReference") or {}
    variant = (article.get("options") or {}).get("variantId") or _ONLY
    return f"{article['catalogItemId']}/{variant}" if article.get("catalogItemId") else name


def _asked(line: ChannelLine, currency: str) -> int:
    """What the buyer pays for a line."""
    gross = money.line_total(line.unit_price_micros, line.quantity, currency)
    return gross - line.discount + (0 if line.tax_included else line.tax)


def _wishes(line: Mapping[str, Any], options: Mapping[str, Any], texts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the buyer wrote or chose beside the variant itself."""
    shown = set(options)
    for each in line.get("descriptionLines") or []:
        name = (each.get("name") or {}).get("original") or ""
        said = (each.get("plainText") or each.get("colorInfo") or {}).get("original") or ""
        if name not in options and said:
            yield name, said
        shown.add(name)
    yield from ((name, str(said)) for name, said in texts.items() if said and name not in shown)
    for group in line.get("modifierGroups") or []:
        chosen = [_text(each.get("label")) for each in group.get("modifiers") or []]
        yield _text(group.get("name")), ", ".join(filter(None, chosen))


def _charged(price: Mapping[str, Any], currency: str) -> int:
    """What the buyer pays for shipping or a fee, its tax in it."""
    for name in ("totalPriceAfterTax", "priceAfterTax", "price"):
        if price.get(name):
            return _amount(price[name], currency)
    return 0


def _recipient(order: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Who gets it. Where it is picked up, the destination is the shop's own address."""
    logistics = (order.get("shippingInfo") or {}).get("logistics") or {}
    there = None if logistics.get("pickupDetails") else logistics.get("shippingDestination")
    return there or order.get("recipientInfo") or order.get("billingInfo")


def _address(place: Mapping[str, Any] | None) -> AddressDraft:
    if not place:
        return AddressDraft()
    address, contact = place.get("address") or {}, place.get("contactDetails") or {}
    street = address.get("streetAddress") or {}
    first = address.get("addressLine") or address.get("addressLine1")
    return AddressDraft(
        name=", ".join(filter(None, (_name(contact), contact.get("company")))),
        phone=contact.get("phone") or "",
        line1=first or " ".join(filter(None, (street.get("number"), street.get("name")))),
        line2=address.get("addressLine2") or street.get("apt") or "",
        city=address.get("city") or "",
        state=address.get("subdivisionFullname") or (address.get("subdivision") or "").rpartition("-")[2],
        postal_code=address.get("postalCode") or "",
        country=address.get("country") or "",
    )


def _customer(order: Mapping[str, Any], bill_to: AddressDraft, ship_to: AddressDraft) -> CustomerDraft:
    buyer = order.get("buyerInfo") or {}
    contact = (order.get("billingInfo") or {}).get("contactDetails") or {}
    phone = bill_to.phone or ship_to.phone
    return CustomerDraft(
        name=_name(contact) or ship_to.name or buyer.get("email") or phone or "Guest",
        email=buyer.get("email") or "",
        phone=phone,
        external_id=buyer.get("memberId") or None,
    )


def _payments(money_moved: Mapping[str, Any], currency: str) -> Iterator[ChannelPayment]:
    """A promise, the money and its being let go are three facts: each has an id of its own."""
    for each in money_moved.get("payments") or []:
        state, amount = _state(each), _amount(each.get("amount"), currency)
        held = (each.get("regularPaymentDetails") or {}).get("authorizationDetails")
        how = _method(each)
        at = _moment(each["createdDate"])
        if state in ("AUTHORIZED", "VOIDED") or (state in _CAME and held):
            yield ChannelPayment(f"{each['id']}:authorised", PaymentKind.AUTHORISE, amount, how, at)
        if state in _CAME:
            yield ChannelPayment(each["id"], PaymentKind.CAPTURE, amount, how, at)
        if state == "VOIDED":
            yield ChannelPayment(
                f"{each['id']}:voided",
                PaymentKind.VOID,
                amount,
                how,
                _moment(each.get("updatedDate") or each["createdDate"]),
            )


def _state(payment: Mapping[str, Any]) -> str:
    return payment.get("status") or (payment.get("regularPaymentDetails") or {}).get("status") or ""


def _method(payment: Mapping[str, Any]) -> str:
    if payment.get("giftcardPaymentDetails"):
        return Method.WALLET
    return method(_payment_name(payment.get("regularPaymentDetails") or {}))


def _payment_name(details: Mapping[str, Any]) -> str:
    names = details.get("paymentMethodName") or {}
    own = names.get("userDefinedName") or {}
    return (
        own.get("custom")
        or (own.get("predefined") or "").replace("_", " ")
        or names.get("siteLanguageName")
        or names.get("buyerLanguageName")
        or details.get("paymentMethod")
        or ""
    )


def _refunds(money_moved: Mapping[str, Any], currency: str) -> Iterator[ChannelRefund]:
    """Money that is back; what the provider still sends, or could not, is none yet."""
    for each in money_moved.get("refunds") or []:
        parts = [part for part in each.get("transactions") or [] if part.get("refundStatus") in (None, "SUCCEEDED")]
        if not parts:
            continue
        details = each.get("details") or {}
        yield ChannelRefund(
            each["id"],
            sum(_amount(part.get("amount"), currency) for part in parts),
            _moment(each["createdDate"]),
            details.get("reason") or "",
            tuple(
                (line["lineItemId"], int(line["quantity"]))
                for line in details.get("lineItems") or details.get("items") or []
            ),
        )


def _refunded_units(order: Mapping[str, Any], refunds: tuple[ChannelRefund, ...]) -> dict[str, int]:
    """Units that were paid back, by line; of an order whose refunds do not say, as the line itself does."""
    units = {line["id"]: 0 for line in order["lineItems"]}
    for refund in refunds:
        for line, count in refund.units:
            units[line] = units.get(line, 0) + count
    return {line["id"]: max(units[line["id"]], int(line.get("refundQuantity") or 0)) for line in order["lineItems"]}


def _shipped(parcels: list[Mapping[str, Any]]) -> dict[str, int]:
    units: dict[str, int] = {}
    for parcel in parcels:
        for line in parcel.get("lineItems") or []:
            units[line["id"]] = units.get(line["id"], 0) + int(line.get("quantity") or 0)
    return units


def _parcel(parcel: Mapping[str, Any]) -> ChannelParcel:
    tracked = parcel.get("trackingInfo") or {}
    return ChannelParcel(
        parcel["id"],
        tracked.get("shippingProvider") or "",
        tracked.get("trackingNumber") or "",
        _moment(parcel["createdDate"]),
        tuple((line["id"], int(line.get("quantity") or 0)) for line in parcel.get("lineItems") or []),
    )


def _gstin(order: Mapping[str, Any]) -> str:
    """A buyer's GSTIN: a custom field of the checkout, of the order's own schema, or the tax id of the address."""
    contact = (order.get("billingInfo") or {}).get("contactDetails") or {}
    named = [(str(title), value) for title, value in _fields(order) if _GSTIN.search(str(title))]
    for _, value in [*named, ("", (contact.get("vatId") or {}).get("id"))]:
        try:
            return company.read_gstin(str(value or "")).gstin
        except Malformed:
            continue
    return ""


def _fields(order: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for each in order.get("customFields") or []:
        yield each.get("title") or "", each.get("value")
    for fields in ((order.get("extendedFields") or {}).get("namespaces") or {}).values():
        yield from fields.items()


def _notes(order: Mapping[str, Any], fees: list[tuple[str, int]], currency: str) -> Iterator[str]:
    logistics = (order.get("shippingInfo") or {}).get("logistics") or {}
    yield from filter(None, (order.get("buyerNote"), logistics.get("instructions")))
    for each in order.get("customFields") or []:
        if each.get("value") and not _GSTIN.search(each.get("title") or ""):
            yield f"{each.get('title')}: {each['value']}"
    for name, amount in fees:
        yield f"{name}: {money.show(amount, currency)}"


def _name(contact: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (contact.get("firstName"), contact.get("lastName"))))


def _text(translated: Mapping[str, Any] | None) -> str:
    return (translated or {}).get("original") or ""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _amount(price: Mapping[str, Any] | None, currency: str) -> int:
    return money.to_minor((price or {}).get("amount") or 0, currency)
