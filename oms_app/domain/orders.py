"""An order as values: what arrives (drafts), what people see (views), and the sums that hold between them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from oms_app.domain.errors import Malformed
from oms_app.domain.kits import Part
from oms_app.domain.lifecycle import Stage
from oms_app.domain.pickups import Forecast
from oms_app.domain.priorities import Score
from oms_app.domain.sla import Sla

MAX_LINES = 1_000
MAX_QUANTITY = 1_000_000
MAX_TOTAL = 10**15
"""Minor units; sums of many orders still fit the database's 64 bits."""

_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class PaymentMethod(StrEnum):
    """How the buyer said they would pay."""

    PREPAID = "prepaid"
    COD = "cod"


class PaymentStatus(StrEnum):
    """Computed from the recorded payments, never set by hand."""

    UNPAID = "unpaid"
    AUTHORISED = "authorised"
    PART_PAID = "part_paid"
    PAID = "paid"
    PART_REFUNDED = "part_refunded"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """An address as given. `country` is ISO 3166-1 alpha-2."""

    name: str = ""
    phone: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = "IN"


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A buyer as the channel names them."""

    name: str
    email: str = ""
    phone: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One article. Without a price the product's own is taken; `discount` is minor units off the whole line.

    tax_included     whether the price holds its tax; None: as the product's own price does, else as the channel's do
    personalisation  what the buyer wants on it, as (name, text)
    """

    sku: str
    quantity: int
    unit_price_micros: int | None = None
    tax_included: bool | None = None
    discount: int = 0
    name: str = ""
    personalisation: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order on its way in. Money in minor units of the channel's currency.

    paid_by, payment_reference  how the money came that is `paid`
    """

    channel: str
    customer: CustomerDraft
    lines: tuple[LineDraft, ...]
    ship_to: AddressDraft = field(default_factory=AddressDraft)
    bill_to: AddressDraft | None = None
    external_id: str | None = None
    placed_at: datetime | None = None
    gstin: str = ""
    payment_method: PaymentMethod = PaymentMethod.PREPAID
    paid: bool = False
    paid_by: str = "other"
    payment_reference: str = ""
    shipping: int = 0
    discount: int = 0
    note: str = ""
    tags: tuple[str, ...] = ()
    service: str = ""


@dataclass(frozen=True, slots=True)
class LineView:
    """A line as people see it: `total` in minor units, the rest in units; `parts`: components of one, of a kit."""

    id: int
    position: int
    sku: str
    name: str
    quantity: int
    allocated: int
    picked: int
    packed: int
    shipped: int
    returned: int
    cancelled: int
    unit_price_micros: int
    tax_included: bool
    discount: int
    total: int
    personalisation: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressView:
    """An address on an order."""

    name: str
    phone: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class CustomerView:
    """The buyer, with what they have bought so far where it was asked for (minor units of this order's currency)."""

    id: int
    name: str
    email: str
    phone: str
    orders: int | None = None
    spent: int | None = None


@dataclass(frozen=True, slots=True)
class ParcelView:
    """A box of the order."""

    id: int
    status: str
    weight_g: int
    courier: str
    awb: str
    lines: tuple[tuple[int, int], ...]
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A recorded payment fact."""

    id: int
    kind: str
    method: str
    amount: int
    reference: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldView:
    """An open hold. `check` names the check that opened it, empty where somebody did; `fix` says what to do."""

    id: int
    kind: str
    reason: str
    until: datetime | None
    opened_by: str
    opened_at: datetime
    check: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note on an order."""

    id: int
    body: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NextMove:
    """A stage the order may be sent to: fields a dialog asks for, and why a guard says no just now.

    pays  what must come in first, ready to read, where that payment is all that is missing and the actor may record it
    """

    to: Stage
    asks: tuple[str, ...] = ()
    blocked: str = ""
    pays: str = ""


@dataclass(frozen=True, slots=True)
class OrderView:
    """The whole order. Money in minor units of `currency`."""

    id: int
    number: str
    channel: str
    channel_title: str
    external_id: str | None
    stage: Stage
    stage_at: datetime
    version: int
    placed_at: datetime
    updated_at: datetime
    ship_by: datetime | None
    sla: Sla
    shipped_at: datetime | None
    delivered_at: datetime | None
    priority: int
    score: Score
    service: str
    forecast: Forecast | None
    gstin: str
    currency: str
    subtotal: int
    discount: int
    shipping: int
    tax_added: int
    total: int
    authorised: int
    captured: int
    refunded: int
    refunded_excess: int
    on_account: bool
    payment_method: str
    payment_status: str
    units: int
    shortfall: int
    split: int
    cancel_reason: str
    location: str
    demo: bool
    customer: CustomerView | None
    ship_to: AddressView | None
    bill_to: AddressView | None
    lines: tuple[LineView, ...]
    parcels: tuple[ParcelView, ...]
    payments: tuple[PaymentView, ...]
    holds: tuple[HoldView, ...]
    notes: tuple[NoteView, ...]
    tags: tuple[str, ...]
    next_moves: tuple[NextMove, ...]
    assignee: str = ""
    boost: int = 0
    boost_reason: str = ""

    @property
    def refundable(self) -> int:
        """Captured and not yet refunded, minor units."""
        return self.captured - self.refunded

    @property
    def balance_due(self) -> int:
        """Still to be paid, minor units; nothing on a cancelled order."""
        owed = balance(self.total, self.captured, self.refunded_excess)
        return 0 if self.stage is Stage.CANCELLED else max(owed, 0)

    @property
    def refund_due(self) -> int:
        """Paid for nothing and not yet given back, minor units."""
        over = -balance(self.total, self.captured, self.refunded_excess)
        return self.refundable if self.stage is Stage.CANCELLED else min(max(over, 0), self.refundable)


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Some of the orders a search finds; `next_cursor` continues it, None at its end; `hints` say what was not read."""

    orders: tuple[OrderView, ...]
    next_cursor: str | None
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the timeline."""

    id: int
    kind: str
    actor: str
    source: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    at: datetime
    order_id: int | None = None
    subject: str = "order"
    subject_id: int = 0


def balance(total: int, captured: int, refunded_excess: int) -> int:
    """Still to be paid (above zero), or paid too much and not yet given back (below), in minor units.

    refunded_excess  of what was refunded, what went back because the order costs less than was paid
    """
    return total - (captured - refunded_excess)


def payment_status(
    total: int, captured: int, refunded: int, refunded_excess: int = 0, *, authorised: int = 0
) -> PaymentStatus:
    """Where the money stands. An order that costs nothing is paid."""
    if refunded_excess and balance(total, captured, refunded_excess) > 0:  # it cost less, and then more again
        return PaymentStatus.PART_PAID if captured > refunded_excess else PaymentStatus.UNPAID
    if refunded:
        return PaymentStatus.REFUNDED if refunded >= captured else PaymentStatus.PART_REFUNDED
    if captured >= total:
        return PaymentStatus.PAID
    if captured:
        return PaymentStatus.PART_PAID
    return PaymentStatus.AUTHORISED if authorised else PaymentStatus.UNPAID


def tag(word: str) -> str:
    """A tag as it is kept, in lower case. Raises Malformed for anything but letters, digits, - and _."""
    kept = word.strip().lower()
    if not _TAG.fullmatch(kept):
        raise Malformed(f"“{word[:60]}” cannot be a tag: use up to 40 letters, digits, - and _.")
    return kept


def check_total(total: int) -> None:
    """Raise Malformed for a sum nobody means."""
    if total > MAX_TOTAL:
        raise Malformed("The order adds up to more than can be meant: look at its prices and quantities.")


def order_total(line_totals: Sequence[int], *, discount: int, shipping: int) -> int:
    """Minor units the buyer owes: lines (tax included), less the order's discount, plus shipping. Never below zero."""
    return max(sum(line_totals) - discount, 0) + shipping
