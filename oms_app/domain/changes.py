"""Changing an order after it was placed: what somebody wants, what it brings about, and the record it leaves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oms_app.domain.errors import Malformed
from oms_app.domain.orders import MAX_LINES, MAX_QUANTITY, AddressDraft


class ChangeKind(StrEnum):
    """What sort of change a record is of."""

    EDIT = "edit"
    CANCEL_LINES = "cancel_lines"
    CANCEL = "cancel"
    SPLIT = "split"
    COMBINE = "combine"
    MERGE = "merge"


TITLES = {
    ChangeKind.EDIT: "Order changed",
    ChangeKind.CANCEL_LINES: "Lines cancelled",
    ChangeKind.CANCEL: "Order cancelled",
    ChangeKind.SPLIT: "Split into parcels",
    ChangeKind.COMBINE: "Parcels combined",
    ChangeKind.MERGE: "Another order merged into it",
}


@dataclass(frozen=True, slots=True)
class LineEdit:
    """What becomes of a line (`line_id`), or an article to add (`sku`, without a line). None leaves a value as it is.

    quantity  units that are ordered from then on; none takes the line off
    discount  minor units off the whole line
    """

    line_id: int | None = None
    sku: str = ""
    quantity: int | None = None
    unit_price_micros: int | None = None
    discount: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be changed; lines that are not named stay. Money in minor units of the order's currency."""

    lines: tuple[LineEdit, ...] = ()
    discount: int | None = None
    shipping: int | None = None
    ship_to: AddressDraft | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class RefundDraft:
    """Money that goes back with a change: all that is due unless `amount` says less (minor units)."""

    method: str
    amount: int | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Sums:
    """The bill of an order. Minor units; `tax` is all tax in the total, `balance` above zero is still to be paid,
    below zero is to go back."""

    subtotal: int
    discount: int
    shipping: int
    tax: int
    total: int
    captured: int
    refunded: int
    balance: int
    payment_status: str
    units: int


@dataclass(frozen=True, slots=True)
class LineDifference:
    """A line before and after: units, price of one in micros, discount and total in minor units; a new one had none."""

    sku: str
    name: str
    units: tuple[int, int]
    unit_price_micros: tuple[int, int]
    discount: tuple[int, int]
    total: tuple[int, int]


@dataclass(frozen=True, slots=True)
class StockDifference:
    """Units of an article that a change reserves (above zero) or frees (below) at a location; `location` is empty
    where they wait for stock."""

    sku: str
    location: str
    units: int


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change with everything it brings about.

    version  of the order after it      number  of the change within the order
    refund   minor units that go back with it, `refund_due` those that are still to go back after it
    """

    order: str
    version: int
    currency: str
    number: int
    before: Sums
    after: Sums
    lines: tuple[LineDifference, ...]
    stock: tuple[StockDifference, ...]
    effects: tuple[str, ...]
    documents: tuple[str, ...]
    refund: int
    refund_due: int

    @property
    def balance_due(self) -> int:
        """What is still to be paid after it, minor units; nothing on a cancelled order."""
        return max(self.after.balance, 0) if self.after.units else 0


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A change that was made: what changed by field, as (name, before, after). Money in minor units of `currency`."""

    number: int
    kind: str
    actor: str
    source: str
    changed: tuple[tuple[str, str, str], ...]
    total: int
    refunded: int
    currency: str
    reason: str
    at: datetime


def check(edit: Edit) -> None:
    """Raise Malformed for a change that nobody can mean."""
    if len(edit.lines) > MAX_LINES:
        raise Malformed(f"An order has at most {MAX_LINES} lines.", details={"field": "lines"})
    if (edit.discount or 0) < 0 or (edit.shipping or 0) < 0:
        raise Malformed("Shipping and discount cannot be negative.")
    named = [line.line_id for line in edit.lines if line.line_id is not None]
    if len(named) != len(set(named)):
        raise Malformed("A line is named twice.", details={"field": "lines"})
    for index, line in enumerate(edit.lines):
        what, at = line.sku or f"line {index + 1}", f"lines.{index}"
        if line.line_id is None and not line.sku.strip():
            raise Malformed("An article to add has no SKU.", details={"field": f"{at}.sku"})
        least = 0 if line.line_id is not None else 1
        if line.quantity is not None and not least <= line.quantity <= MAX_QUANTITY:
            raise Malformed(
                f"{what}: the quantity must be between {least} and {MAX_QUANTITY:,}.",
                details={"field": f"{at}.quantity"},
            )
        if (line.unit_price_micros or 0) < 0 or (line.discount or 0) < 0:
            raise Malformed(f"{what}: price and discount cannot be negative.", details={"field": f"{at}.price"})
