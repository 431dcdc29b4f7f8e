"""An order as Amazon's Orders API 2026-01-01 tells it, made one of ours. Pure functions."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    ChannelStatus,
)
from oms_app.domain.errors import Malformed
from oms_app.domain.orders import AddressDraft, CustomerDraft, PaymentMethod
from oms_app.domain.payments import Method, PaymentKind
from oms_app.integrations.channels.amazon.marketplaces import TAX_ON_TOP

EASY_SHIP = "AMAZON_EASY_SHIP"
"""Amazon's own courier fetches these parcels, and tells of them itself."""

_STATUS = {
    "PENDING_AVAILABILITY": ChannelStatus.PENDING,
    "PENDING": ChannelStatus.PENDING,
    "UNSHIPPED": ChannelStatus.OPEN,
    "PARTIALLY_SHIPPED": ChannelStatus.OPEN,
    "SHIPPED": ChannelStatus.SHIPPED,
    "CANCELLED": ChannelStatus.CANCELLED,
    "UNFULFILLABLE": ChannelStatus.CANCELLED,
}
_LEFT = {"SHIPPED", "IN_TRANSIT", "DELIVERED", "UNDELIVERABLE"}
_SERVICES = {
    "STANDARD": "Standard",
    "EXPEDITED": "Express",
    "PRIORITY": "Priority",
    "NEXT_DAY": "Next day",
    "SECOND_DAY": "Second day",
    "SAME_DAY": "Same day",
    "SCHEDULED": "Scheduled",
    "FREE_ECONOMY": "Economy",
}
_METHODS = (
    (re.compile(r"upi", re.IGNORECASE), Method.UPI),
    (re.compile(r"cash|convenience", re.IGNORECASE), Method.CASH),
    (re.compile(r"gift|points|wallet|balance", re.IGNORECASE), Method.WALLET),
    (re.compile(r"card|credit|debit", re.IGNORECASE), Method.CARD),
    (re.compile(r"bank|invoice|pix|transfer", re.IGNORECASE), Method.BANK),
)
_COD = re.compile(r"cash\s*on\s*delivery|\bcod\b", re.IGNORECASE)
_GOODS = "ITEM"


def read(body: str) -> ChannelOrder:
    """The order in Amazon's JSON. Raises Malformed."""
    try:
        return _order(json.loads(body))
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise Malformed(f"This is no order of Amazon's: {error}.") from error


def moment(text: str) -> datetime:
    """A moment as Amazon writes it. Raises Malformed for one without a zone."""
    said = datetime.fromisoformat(text)
    if said.tzinfo is None:
        raise Malformed(f"“{text}” names no zone.")
    return said


def programs(order: Mapping[str, Any]) -> frozenset[str]:
    """Programs of Amazon's that the order runs under."""
    return frozenset(order.get("programs") or ())


def by_amazon(order: Mapping[str, Any]) -> bool:
    """Whether Amazon ships it out of its own warehouse."""
    return (order.get("fulfillment") or {}).get("fulfilledBy") == "AMAZON"


@dataclass(frozen=True, slots=True)
class _Sums:
    """What an item comes to, minor units; `extra` is shipping, gift wrap and COD fee."""

    goods: int = 0
    discount: int = 0
    tax: int = 0
    extra: int = 0
    extra_tax: int = 0
    total: int | None = None

    @property
    def without_tax(self) -> int:
        """What was asked for, whether its tax is in it or not."""
        return self.goods - self.discount + self.extra


def _order(order: Mapping[str, Any]) -> ChannelOrder:
    items = order["orderItems"]
    currency = _currency(order)
    sums = [_sums(item, currency) for item in items]
    on_top = _tax_on_top(order, sums)
    status = _order_status(order)
    total = _total(order, sums, currency, on_top)
    cod, payments = _payments(order, currency, status, total)
    delivery = order.get("recipient") or {}
    ship_to = _address(delivery.get("deliveryAddress") or {})
    fulfilment = order.get("fulfillment") or {}
    cancelled = [_cancellation(item) for item in items]
    return ChannelOrder(
        external_id=order["orderId"],
        number=order["orderId"],
        status=status,
        placed_at=moment(order["createdTime"]),
        updated_at=moment(order["lastUpdatedTime"]),
        currency=currency,
        total=total,
        customer=_customer(order.get("buyer") or {}, ship_to),
        lines=tuple(_line(item, each, on_top, status, currency) for item, each in zip(items, sums, strict=True)),
        ship_to=ship_to,
        payment_method=PaymentMethod.COD if cod else PaymentMethod.PREPAID,
        payments=payments,
        refunds=_given_back(order, status, payments),
        parcels=tuple(_parcels(order)),
        shipping=sum(each.extra + (each.extra_tax if on_top else 0) for each in sums) + _tip(order, currency),
        gstin=_gstin(order),
        note="\n".join(_notes(order)),
        tags=tuple(_tags(order)),
        service=_SERVICES.get(fulfilment.get("fulfillmentServiceLevel") or "", ""),
        cancel_reason=next((reason for reason in cancelled if reason), "").lower(),
        ship_by=_until(fulfilment.get("shipByWindow")),
    )


def _currency(order: Mapping[str, Any]) -> str:
    """The one currency of an order; an order without any amount is one that Amazon does not release yet."""
    amounts = [(order.get("proceeds") or {}).get("grandTotal")]
    for item in order["orderItems"]:
        amounts.append((item.get("proceeds") or {}).get("proceedsTotal"))
        amounts.append((item["product"].get("price") or {}).get("unitPrice"))
    found = {each["currencyCode"] for each in amounts if each}
    if len(found) > 1:
        raise Malformed(f"An order of Amazon's in several currencies: {', '.join(sorted(found))}.")
    return str(next(iter(found), ""))


def _order_status(order: Mapping[str, Any]) -> ChannelStatus:
    fulfilment = order.get("fulfillment") or {}
    status = _STATUS[fulfilment.get("fulfillmentStatus") or "PENDING"]
    if status is ChannelStatus.OPEN and by_amazon(order):
        return ChannelStatus.SHIPPED  # nothing of it is ours to send
    packages = [each for each in order.get("packages") or () if _package_status(each) != "CANCELLED"]
    arrived = packages and all(_package_status(each) == "DELIVERED" for each in packages)
    return ChannelStatus.DELIVERED if status is ChannelStatus.SHIPPED and arrived else status


def _sums(item: Mapping[str, Any], currency: str) -> _Sums:
    proceeds = item.get("proceeds") or {}
    found = {each["type"]: each for each in proceeds.get("breakdowns") or ()}
    if not found:
        price = (item["product"].get("price") or {}).get("unitPrice")
        return _Sums(goods=_money(price, currency) * item["quantityOrdered"]) if price else _Sums()
    whole = {name: _money(each["subtotal"], currency) for name, each in found.items()}
    parts = {
        name: {
            part["subtype"]: _money(part["value"], currency)
            for part in each.get("detailedBreakdowns") or ()
            if part.get("subtype") and part.get("value")
        }
        for name, each in found.items()
    }
    tax, discount = whole.pop("TAX", 0), abs(whole.pop("DISCOUNT", 0))
    off_extra = sum(abs(value) for name, value in parts.get("DISCOUNT", {}).items() if name != _GOODS)
    tax_of_extra = sum(value for name, value in parts.get("TAX", {}).items() if name not in (_GOODS, "DISCOUNT"))
    goods = whole.pop(_GOODS, 0)
    said = proceeds.get("proceedsTotal")
    return _Sums(
        goods=goods,
        discount=discount - off_extra,
        tax=tax - tax_of_extra,
        extra=sum(whole.values()) - off_extra,
        extra_tax=tax_of_extra,
        total=_money(said, currency) if said else None,
    )


def _tax_on_top(order: Mapping[str, Any], sums: list[_Sums]) -> bool:
    """Whether the amounts lack their tax, by what they add up to; where that tells nothing, by the marketplace."""
    told = [each for each in sums if each.total is not None]
    tax = sum(each.tax + each.extra_tax for each in told)
    over = sum(each.total or 0 for each in told) - sum(each.without_tax for each in told)
    if tax and over in (0, tax):
        return over == tax
    return order["salesChannel"].get("marketplaceId") in TAX_ON_TOP


def _total(order: Mapping[str, Any], sums: list[_Sums], currency: str, on_top: bool) -> int:
    said = (order.get("proceeds") or {}).get("grandTotal")
    if said:
        return _money(said, currency)
    return sum(each.without_tax + (each.tax + each.extra_tax if on_top else 0) for each in sums)


def _tip(order: Mapping[str, Any], currency: str) -> int:
    breakdowns = (order.get("proceeds") or {}).get("breakdowns") or ()
    return sum(_money(each["subtotal"], currency) for each in breakdowns if each["type"] == "DELIVERY_TIP")


def _line(
    item: Mapping[str, Any], sums: _Sums, on_top: bool, status: ChannelStatus, currency: str
) -> ChannelLine:  # fmt: skip
    product, quantity, fulfilment = item["product"], item["quantityOrdered"], item.get("fulfillment") or {}
    asked = Decimal(money.to_major(sums.goods, currency)) if currency else Decimal(0)
    sent = fulfilment.get("quantityFulfilled", 0)
    waiting = fulfilment.get("quantityUnfulfilled", 0 if status is ChannelStatus.CANCELLED else quantity - sent)
    return ChannelLine(
        external_id=item["orderItemId"],
        sku=(product.get("sellerSku") or "").strip(),
        name=product.get("title") or product.get("asin") or "",
        quantity=quantity,
        unit_price_micros=money.to_micros(asked / quantity) if quantity else 0,
        tax_included=not on_top,
        discount=sums.discount,
        tax=sums.tax,
        cancelled=max(quantity - sent - waiting, 0),
        personalisation=tuple(_wishes(item)),
    )


def _wishes(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    gift = ((item.get("fulfillment") or {}).get("packing") or {}).get("giftOption") or {}
    if gift.get("giftMessage"):
        yield "Gift message", gift["giftMessage"]
    if gift.get("giftWrapLevel"):
        yield "Gift wrap", gift["giftWrapLevel"]
    if url := (item["product"].get("customization") or {}).get("customizedUrl"):
        yield "Amazon Custom", url


def _cancellation(item: Mapping[str, Any]) -> str:
    done = (item.get("cancellation") or {}).get("cancellationExecution") or {}
    return str(done.get("cancelReason") or done.get("cancelledBy") or "")


def _customer(buyer: Mapping[str, Any], ship_to: AddressDraft) -> CustomerDraft:
    name = buyer.get("buyerName") or ship_to.name or buyer.get("buyerCompanyName") or "Amazon customer"
    return CustomerDraft(name=name, email=buyer.get("buyerEmail") or "", phone=ship_to.phone)


def _address(address: Mapping[str, Any]) -> AddressDraft:
    more = (address.get("addressLine2"), address.get("addressLine3"))
    district = address.get("districtOrCounty") or ""
    return AddressDraft(
        name=", ".join(filter(None, (address.get("name"), address.get("companyName")))),
        phone=address.get("phone") or "",
        line1=address.get("addressLine1") or "",
        line2=", ".join(filter(None, more)),
        city=address.get("city") or district,
        state=address.get("stateOrRegion") or "",
        postal_code=address.get("postalCode") or "",
        country=address.get("countryCode") or "IN",
    )


def _payments(
    order: Mapping[str, Any], currency: str, status: ChannelStatus, total: int
) -> tuple[bool, tuple[ChannelPayment, ...]]:
    """Whether the courier collects, and what Amazon has taken: it takes it before it releases an order."""
    told = (order.get("payment") or {}).get("paymentExecutions") or []
    cod = any(_COD.search(each.get("paymentMethod") or "") for each in told)
    at = moment(order["createdTime"])
    if status is ChannelStatus.PENDING or (status is ChannelStatus.CANCELLED and not told):
        return cod, ()
    if not told:
        told = [{"paymentMethod": "", "paymentAmount": {"amount": money.to_major(total, currency)}}] if total else []
    return cod, tuple(
        ChannelPayment(
            f"{order['orderId']}-{place}", PaymentKind.CAPTURE, amount, _method(each.get("paymentMethod") or ""), at
        )
        for place, each in enumerate(told, 1)
        if not _COD.search(each.get("paymentMethod") or "")
        and (amount := _money(each.get("paymentAmount") or {"amount": "0"}, currency)) > 0
    )


def _given_back(
    order: Mapping[str, Any], status: ChannelStatus, payments: tuple[ChannelPayment, ...]
) -> tuple[ChannelRefund, ...]:
    """What was taken for an order goes back with its cancelling. Of any other refund only settlements tell."""
    taken = sum(each.amount for each in payments)
    if status is not ChannelStatus.CANCELLED or not taken:
        return ()
    return (ChannelRefund(f"{order['orderId']}-cancelled", taken, moment(order["lastUpdatedTime"]), "Cancelled"),)


def _method(said: str) -> str:
    return next((known for pattern, known in _METHODS if pattern.search(said)), Method.OTHER)


def _parcels(order: Mapping[str, Any]) -> Iterator[ChannelParcel]:
    for each in order.get("packages") or ():
        status = _package_status(each)
        if status not in _LEFT:
            continue
        at = moment(each.get("shipTime") or each.get("createdTime") or order["lastUpdatedTime"])
        yield ChannelParcel(
            each["packageReferenceId"],
            each.get("carrier") or "",
            each.get("trackingNumber") or "",
            at,
            tuple((item["orderItemId"], item["quantity"]) for item in each.get("packageItems") or ()),
            moment(order["lastUpdatedTime"]) if status == "DELIVERED" else None,
        )


def _package_status(package: Mapping[str, Any]) -> str:
    return str((package.get("packageStatus") or {}).get("status") or "SHIPPED")


def _gstin(order: Mapping[str, Any]) -> str:
    """A business buyer's GSTIN; none where what Amazon has is not one."""
    for each in (order.get("tax") or {}).get("taxRegistrations") or ():
        if each.get("entityType", "BUYER") == "BUYER":
            try:
                return company.read_gstin(each.get("taxRegistrationNumber") or "").gstin
            except Malformed:
                continue
    return ""


def _notes(order: Mapping[str, Any]) -> Iterator[str]:
    wish = (order.get("recipient") or {}).get("deliveryPreference") or {}
    yield from filter(None, (wish.get("addressInstruction"), wish.get("dropOffLocation")))
    if number := (order.get("buyer") or {}).get("buyerPurchaseOrderNumber"):
        yield f"Purchase order: {number}"
    for item in order["orderItems"]:
        if asked := _asked_to_cancel(item):
            reason = asked.get("cancelReason") or "no reason given"
            yield f"The buyer asks to cancel {item['product'].get('sellerSku') or item['orderItemId']}: {reason}"


def _asked_to_cancel(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the buyer asks for and nobody has done yet."""
    told = item.get("cancellation") or {}
    return {} if told.get("cancellationExecution") else told.get("cancellationRequest") or {}


def _tags(order: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(programs(order)):
        yield name.lower().removeprefix("amazon_").replace("_", "-")
    if by_amazon(order):
        yield "fba"
    if any(_asked_to_cancel(item) for item in order["orderItems"]):
        yield "cancellation-requested"
    if order.get("associatedOrders"):
        yield "replacement"


def _until(window: Mapping[str, Any] | None) -> datetime | None:
    latest = (window or {}).get("latestDateTime")
    return moment(latest) if latest else None


def _money(amount: Mapping[str, Any], currency: str) -> int:
    return money.to_minor(Decimal(amount["amount"]), currency)
