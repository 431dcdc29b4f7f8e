"""Orders that staff write down before they are placed: by phone, or sold over the counter."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from oms_app.domain import money
from oms_app.domain.errors import Malformed
from oms_app.domain.orders import MAX_LINES, AddressDraft, CustomerDraft, LineDraft, OrderDraft, PaymentMethod

STRANGER = "Walk-in customer"


class DraftKind(StrEnum):
    """How the order is taken."""

    PHONE = "phone"
    COUNTER = "counter"


class DraftState(StrEnum):
    """What became of a draft."""

    OPEN = "open"
    PLACED = "placed"
    DISCARDED = "discarded"


CHANNELS: Mapping[DraftKind, str] = {DraftKind.PHONE: "Phone", DraftKind.COUNTER: "Counter"}
"""Titles of the channels that staff sell on; their names are the kinds."""


class Pays(StrEnum):
    """How the buyer pays, as the form asks it."""

    LATER = "later"
    COD = "cod"
    UPI = "upi"
    CASH = "cash"
    CARD = "card"
    BANK = "bank"


@dataclass(frozen=True, slots=True)
class Draft:
    """An order on paper: nothing is reserved. `location`: where it is handed over, for a sale over the counter."""

    kind: DraftKind
    order: OrderDraft
    location: str = ""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft in the list; `total` in minor units, as it was worth when it was saved."""

    id: int
    kind: DraftKind
    state: DraftState
    customer: str
    units: int
    total: int
    currency: str
    number: str
    created_by: str
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft with everything in it."""

    row: DraftRow
    draft: Draft


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A line as it would be placed now: minor units, and units that are available. `problem` says what is wrong."""

    sku: str
    name: str
    unit_price_micros: int
    tax_included: bool
    total: int
    available: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a draft would cost if it were placed now, minor units; tax is what stands on top of the prices."""

    currency: str
    lines: tuple[QuoteLine, ...] = ()
    subtotal: int = 0
    discount: int = 0
    shipping: int = 0
    tax_added: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class BuyerHit:
    """Somebody who bought before, with the address of their newest order."""

    id: int
    name: str
    phone: str
    email: str
    gstin: str
    address: AddressDraft = field(default_factory=AddressDraft)


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article somebody may mean, with its price and the units that are available."""

    sku: str
    name: str
    barcode: str
    price_micros: int
    currency: str
    tax_included: bool
    available: int


def paying(order: OrderDraft, pays: Pays, reference: str = "") -> OrderDraft:
    """The order with the way it is paid."""
    if pays is Pays.COD:
        return replace(order, payment_method=PaymentMethod.COD, paid=False, paid_by="other", payment_reference="")
    paid = pays is not Pays.LATER
    by = str(pays) if paid else "other"
    return replace(
        order,
        payment_method=PaymentMethod.PREPAID,
        paid=paid,
        paid_by=by,
        payment_reference=reference.strip() if paid else "",
    )


def pays_by(order: OrderDraft) -> Pays:
    """The way an order is paid, as the form asks it."""
    if order.payment_method == PaymentMethod.COD:
        return Pays.COD
    if not order.paid:
        return Pays.LATER
    return Pays(order.paid_by) if order.paid_by in set(Pays) else Pays.BANK


def check(draft: Draft) -> None:
    """Raise Malformed for what cannot be kept even as a draft."""
    lines: Sequence[LineDraft] = draft.order.lines
    if len(lines) > MAX_LINES:
        raise Malformed(f"An order has at most {MAX_LINES} lines.")
    if draft.kind is DraftKind.COUNTER and not draft.location:
        raise Malformed("A sale over the counter needs a location it is handed over at.", details={"field": "location"})
    if draft.kind is DraftKind.COUNTER and draft.order.payment_method == PaymentMethod.COD:
        raise Malformed("Over the counter there is no cash on delivery.", details={"field": "payment"})


def number(draft_id: int) -> str:
    """What a draft is called, and the order that becomes of it on its channel."""
    return f"D-{draft_id}"


def written(draft: Draft) -> dict[str, Any]:
    """The draft as it is kept."""
    return asdict(replace(draft, order=replace(draft.order, placed_at=None)))


def read(kept: Mapping[str, Any]) -> Draft:
    """A draft as it was kept."""
    given: dict[str, Any] = dict(kept["order"])
    lines = tuple(
        LineDraft(**{**line, "personalisation": tuple((name, text) for name, text in line["personalisation"])})
        for line in given.pop("lines")
    )
    customer, ship_to, bill_to = given.pop("customer"), given.pop("ship_to"), given.pop("bill_to")
    order = OrderDraft(
        **{**given, "tags": tuple(given["tags"]), "payment_method": PaymentMethod(given["payment_method"])},
        customer=CustomerDraft(**customer),
        ship_to=AddressDraft(**ship_to),
        bill_to=AddressDraft(**bill_to) if bill_to else None,
        lines=lines,
    )
    return Draft(DraftKind(kept["kind"]), order, kept["location"])


def discount(text: str, worth: int, currency: str) -> int:
    """Minor units of a discount as somebody types it: an amount, or per cent of what it is taken off ("10%")."""
    said = text.replace(",", "").strip()
    if not said:
        return 0
    if said.endswith("%"):
        rate = money.to_decimal(said[:-1])
        if not 0 <= rate <= 100:
            raise Malformed("A discount is between 0 and 100 per cent.")
        return money.percentage(worth, rate)
    return money.to_minor(said, currency or "INR")
