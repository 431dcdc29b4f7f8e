"""An order as WooCommerce's REST tells it, made one of ours. Pure functions."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from oms_app.domain import company, money, states
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
from oms_app.integrations.channels.woocommerce import parcels

REFUNDS = "order_refunds"
"""Under this name an order carries its refunds with their lines; WooCommerce's own `refunds` has sums only."""
NUMBER, CANCEL_REASON = "_oms_number", "_oms_cancel_reason"

_STATUSES = {
    "auto-draft": ChannelStatus.PENDING,
    "checkout-draft": ChannelStatus.PENDING,
    "pending": ChannelStatus.PENDING,
    "on-hold": ChannelStatus.PENDING,
    "processing": ChannelStatus.OPEN,
    "completed": ChannelStatus.SHIPPED,
    "cancelled": ChannelStatus.CANCELLED,
    "failed": ChannelStatus.CANCELLED,
    "trash": ChannelStatus.CANCELLED,
    # of the usual plugins
    "shipped": ChannelStatus.SHIPPED,
    "dispatched": ChannelStatus.SHIPPED,
    "in-transit": ChannelStatus.SHIPPED,
    "delivered": ChannelStatus.DELIVERED,
}
_COD = re.compile(r"\bcash[\s_-]*on[\s_-]*deliver|\bcod\b|\bpay[\s_-]*on[\s_-]*deliver", re.IGNORECASE)
_METHODS = (
    (re.compile(r"upi|phonepe|bhim|google[\s_]*pay|gpay", re.IGNORECASE), Method.UPI),
    (re.compile(r"wallet|amazon[\s_]*pay|mobikwik|gift[\s_]*card|store[\s_]*credit", re.IGNORECASE), Method.WALLET),
    (re.compile(r"bacs|cheque|bank|neft|rtgs|imps", re.IGNORECASE), Method.BANK),
    (re.compile(r"stripe|woocommerce[\s_]*payments|credit|debit|card", re.IGNORECASE), Method.CARD),
    (re.compile(r"\bcash\b", re.IGNORECASE), Method.CASH),
)
_GSTIN = re.compile(r"gst", re.IGNORECASE)
_GIFT = re.compile(r"gift.*(message|note|text)|(message|note).*gift", re.IGNORECASE)


def read(body: str) -> ChannelOrder:
    """The order in the JSON of `orders/{id}`. Raises Malformed."""
    try:
        return _order(json.loads(body))
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise Malformed(f"This is no order of WooCommerce's: {error}.") from error


def moment(text: str) -> datetime:
    """A moment as WooCommerce writes it in the fields that end in `_gmt`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_cod(order: Mapping[str, Any]) -> bool:
    """Whether the buyer pays at the door."""
    return order["payment_method"] == "cod" or bool(_COD.search(order["payment_method_title"] or ""))


def _order(order: Mapping[str, Any]) -> ChannelOrder:
    currency, included, cod = order["currency"], bool(order["prices_include_tax"]), is_cod(order)
    sent = tuple(parcels.read(order))
    status = _status(order, cod, sent)
    off = _units_off(order, status, sent)
    lines = tuple(_line(each, included, off, currency) for each in order["line_items"] if int(each["quantity"]))
    charges, taken_off = _beside(order, lines, currency)
    ship_to = _address(order["shipping"], order["billing"])
    if status in (ChannelStatus.SHIPPED, ChannelStatus.DELIVERED):
        sent += tuple(parcels.of_plugins(order))
    return ChannelOrder(
        external_id=str(order["id"]),
        number=f"#{order['number']}",
        status=status,
        placed_at=moment(order["date_created_gmt"]),
        updated_at=moment(order["date_modified_gmt"]),
        currency=currency,
        total=_minor(order["total"], currency),
        customer=_customer(order, ship_to),
        lines=lines,
        ship_to=ship_to,
        bill_to=_address(order["billing"], order["shipping"]),
        payment_method=PaymentMethod.COD if cod else PaymentMethod.PREPAID,
        payments=() if cod else tuple(_payment(order, currency)),
        refunds=tuple(_refund(each, currency) for each in order.get(REFUNDS, ())),
        parcels=sent,
        shipping=charges,
        discount=taken_off,
        gstin=_gstin(order["meta_data"]),
        note="\n".join([order["customer_note"] or "", *_more_notes(order)]).strip(),
        tags=() if order["status"] in _STATUSES or order["status"] == "refunded" else (order["status"],),
        service=order["shipping_lines"][0]["method_title"] if order["shipping_lines"] else "",
        cancel_reason=_cancel_reason(order) if status is ChannelStatus.CANCELLED else "",
    )


def _status(order: Mapping[str, Any], cod: bool, sent: Sequence[ChannelParcel]) -> ChannelStatus:
    """Where WooCommerce has it. A word of a plugin's says nothing by itself: what is paid, or COD, is to be shipped."""
    status = order["status"]
    if status == "refunded":  # all the money went back, whether the goods had left or not
        left = sent or order["date_completed_gmt"]
        return ChannelStatus.SHIPPED if left else ChannelStatus.CANCELLED
    known = _STATUSES.get(status)
    if known is None:
        return ChannelStatus.OPEN if cod or order["date_paid_gmt"] else ChannelStatus.PENDING
    return known


def _units_off(order: Mapping[str, Any], status: ChannelStatus, sent: Sequence[ChannelParcel]) -> dict[str, int]:
    """Units by line id that are not to leave any more: the whole rest of a cancelled order, else what was refunded
    before it left. WooCommerce does not tell those from what came back, so what had left counts as come back."""
    gone: dict[str, int] = {}
    for parcel in sent:
        for line, count in parcel.units:
            gone[line] = gone.get(line, 0) + count
    completed = order["date_completed_gmt"]
    back: dict[str, int] = {}
    for refund in order.get(REFUNDS, ()):
        if status is ChannelStatus.OPEN or not completed or refund["date_created_gmt"] < completed:
            for line, count in _units(refund):
                back[line] = back.get(line, 0) + count
    off = {}
    for each in order["line_items"]:
        line, left = str(each["id"]), int(each["quantity"]) - gone.get(str(each["id"]), 0)
        off[line] = max(left if status is ChannelStatus.CANCELLED else min(back.get(line, 0), left), 0)
    return off


def _line(line: Mapping[str, Any], included: bool, off: Mapping[str, int], currency: str) -> ChannelLine:
    """A line. WooCommerce keeps it without tax, however the prices were entered, and its discount as what is left."""
    quantity = int(line["quantity"])
    before = Decimal(line["subtotal"]) + (_tax(line, "subtotal_tax") if included else 0)
    after = _minor(Decimal(line["total"]) + (_tax(line, "total_tax") if included else 0), currency)
    if included:  # the tax was rounded and the rest was not: to the minor unit it is the price again
        before = Decimal(money.to_major(_minor(before, currency), currency))
    price = money.to_micros(before / quantity)
    return ChannelLine(
        external_id=str(line["id"]),
        sku=(line["sku"] or "").strip(),
        name=line["name"] or "",
        quantity=quantity,
        unit_price_micros=price,
        tax_included=included,
        discount=money.line_total(price, quantity, currency) - after,
        tax=_minor(_tax(line, "total_tax"), currency),
        cancelled=off[str(line["id"])],
        personalisation=tuple(_wishes(line)),
    )


def _wishes(line: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the buyer asked for: meta fields that are neither hidden nor the variation's own attributes."""
    for meta in line["meta_data"]:
        key, value = meta["key"], meta["value"]
        if not key.startswith(("_", "pa_")) and isinstance(value, str | int | float) and str(value):
            yield str(meta.get("display_key") or key), str(value)


def _beside(order: Mapping[str, Any], lines: Iterable[ChannelLine], currency: str) -> tuple[int, int]:
    """What is asked for beside the goods, and what is taken off the order, with their tax.

    A fee is a charge, a negative one a discount. WooCommerce rounds its total once where we round each line: that
    difference of a minor unit a line goes where it belongs.
    """
    sums = [_gross(each, currency) for each in (*order["shipping_lines"], *order["fee_lines"])]
    charges, taken_off = sum(each for each in sums if each > 0), -sum(each for each in sums if each < 0)
    goods = sum(_asked(each, currency) for each in lines)
    difference = _minor(order["total"], currency) - (goods + charges - taken_off)
    if abs(difference) <= len(order["line_items"]) + len(sums):
        charges, taken_off = charges + max(difference, 0), taken_off + max(-difference, 0)
    return charges, taken_off


def _asked(line: ChannelLine, currency: str) -> int:
    goods = money.line_total(line.unit_price_micros, line.quantity, currency) - line.discount
    return goods if line.tax_included else goods + line.tax


def _gross(charge: Mapping[str, Any], currency: str) -> int:
    return _minor(Decimal(charge["total"]) + _tax(charge, "total_tax"), currency)


def _tax(of: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(of[name] or 0)


def _customer(order: Mapping[str, Any], ship_to: AddressDraft) -> CustomerDraft:
    billing = order["billing"]
    name = _name(billing) or ship_to.name or billing.get("company") or billing.get("email") or billing.get("phone")
    return CustomerDraft(
        name=name or "Guest",
        email=billing.get("email") or "",
        phone=billing.get("phone") or ship_to.phone,
        external_id=str(order["customer_id"]) if order["customer_id"] else None,
    )


def _address(wanted: Mapping[str, Any], other: Mapping[str, Any]) -> AddressDraft:
    """An address; WooCommerce leaves one empty where it is the other, and knows the phone of the buyer alone."""
    given = wanted if wanted.get("address_1") or wanted.get("city") or wanted.get("postcode") else other
    country = given.get("country") or ""
    state = given.get("state") or ""
    return AddressDraft(
        name=", ".join(filter(None, (_name(given), given.get("company")))),
        phone=given.get("phone") or other.get("phone") or wanted.get("phone") or "",
        line1=given.get("address_1") or "",
        line2=given.get("address_2") or "",
        city=given.get("city") or "",
        state=states.state_name(state) if country == "IN" else state,
        postal_code=given.get("postcode") or "",
        country=country,
    )


def _name(address: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (address.get("first_name"), address.get("last_name"))))


def _payment(order: Mapping[str, Any], currency: str) -> Iterator[ChannelPayment]:
    """What was paid: WooCommerce keeps one payment an order, by when it was paid."""
    if order["date_paid_gmt"]:
        said = f"{order['payment_method']} {order['payment_method_title']}"
        yield ChannelPayment(
            order["transaction_id"] or str(order["id"]),
            PaymentKind.CAPTURE,
            _minor(order["total"], currency),
            next((known for pattern, known in _METHODS if pattern.search(said)), Method.OTHER),
            moment(order["date_paid_gmt"]),
        )


def _refund(refund: Mapping[str, Any], currency: str) -> ChannelRefund:
    return ChannelRefund(
        str(refund["id"]),
        _minor(refund["amount"], currency),
        moment(refund["date_created_gmt"]),
        refund["reason"] or "",
        tuple(_units(refund)),
    )


def _units(refund: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Units by the order's line id; a refund's lines have ids of their own, and count below zero."""
    for line in refund["line_items"]:
        of = next((meta["value"] for meta in line["meta_data"] if meta["key"] == "_refunded_item_id"), None)
        if of and int(line["quantity"]):
            yield str(of), abs(int(line["quantity"]))


def _gstin(metas: Iterable[Mapping[str, Any]]) -> str:
    """A buyer's GSTIN as checkout plugins leave it; none where it is not one."""
    for meta in metas:
        if _GSTIN.search(meta["key"]) and isinstance(meta["value"], str):
            try:
                return company.read_gstin(meta["value"]).gstin
            except Malformed:
                continue
    return ""


def _more_notes(order: Mapping[str, Any]) -> Iterator[str]:
    for meta in order["meta_data"]:
        if _GIFT.search(meta["key"]) and isinstance(meta["value"], str) and meta["value"]:
            yield f"{meta['key'].strip('_').replace('_', ' ').capitalize()}: {meta['value']}"
    for fee in order["fee_lines"]:
        yield f"{fee['name'] or 'Fee'}: {money.show(_gross(fee, order['currency']), order['currency'])}"


def _cancel_reason(order: Mapping[str, Any]) -> str:
    ours = next((meta["value"] for meta in order["meta_data"] if meta["key"] == CANCEL_REASON), "")
    return str(ours or order["status"])


def _minor(amount: str | Decimal, currency: str) -> int:
    return money.to_minor(amount, currency)
