"""Purchase orders: their states, what may be done in each, whole packs, receipts and money."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from oms_app.domain import money
from oms_app.domain.errors import Malformed, NotFound, Refused

MOST_LINES = 500
MOST_UNITS = 1_000_000


class PurchaseState(StrEnum):
    """How far a purchase order is."""

    DRAFT = "draft"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    PART_RECEIVED = "part_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


S = PurchaseState
EXPECTED = (S.SENT, S.ACKNOWLEDGED, S.PART_RECEIVED)
"""States in which units are incoming."""

OPEN = (S.DRAFT, *EXPECTED, S.RECEIVED)


class Act(StrEnum):
    """What may be done to a purchase order."""

    CHANGE = "change"
    SEND = "send"
    ACKNOWLEDGE = "acknowledge"
    RECEIVE = "receive"
    CLOSE = "close"
    CANCEL = "cancel"


MAY: Mapping[Act, tuple[PurchaseState, ...]] = {
    Act.CHANGE: (S.DRAFT,),
    Act.SEND: (S.DRAFT, *EXPECTED),
    Act.ACKNOWLEDGE: EXPECTED,
    Act.RECEIVE: (*EXPECTED, S.RECEIVED),
    Act.CLOSE: (S.PART_RECEIVED, S.RECEIVED),
    Act.CANCEL: (S.DRAFT, S.SENT, S.ACKNOWLEDGED),
}
"""States in which each may be done. Sending what was sent is a second letter, never a second order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of a product to be ordered. `cost_micros` of a unit; None: the supplier's price list says it."""

    sku: str
    quantity: int
    cost_micros: int | None = None


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """Units of one product. `gst_rate` in per cent, None where it is not known."""

    sku: str
    name: str
    supplier_sku: str
    quantity: int
    received: int
    pack_size: int
    cost_micros: int
    gst_rate: Decimal | None
    barcode: str = ""
    lots: bool = False

    @property
    def expected(self) -> int:
        """Units that did not come yet."""
        return max(self.quantity - self.received, 0)

    @property
    def packs(self) -> str:
        """How many packs the units are, empty where a pack is one unit."""
        return f"{self.quantity // self.pack_size:,} × {self.pack_size:,}" if self.pack_size > 1 else ""

    def total(self, currency: str) -> int:
        """What the units cost without tax, in minor units."""
        return money.line_total(self.cost_micros, self.quantity, currency)

    def tax(self, currency: str) -> int:
        """GST on them where the rate is known, in minor units."""
        return money.percentage(self.total(currency), self.gst_rate) if self.gst_rate else 0


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A purchase order in a list: units, and money in minor units without tax."""

    id: int
    number: str
    state: str
    supplier_id: int
    supplier: str
    location: str
    currency: str
    total: int
    tax: int
    units: int
    received: int
    expected_on: date | None
    promised_on: date | None
    created_by: str
    created_at: datetime
    version: int

    @property
    def due_on(self) -> date | None:
        """When the goods should come: as promised, else by the lead time."""
        return self.promised_on or self.expected_on

    def is_late(self, today: date) -> bool:
        """Whether goods are still expected after their day."""
        return self.state in EXPECTED and self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class PurchaseView:
    """A purchase order with its lines by SKU. `may` is what can be done to it in its state."""

    row: PurchaseRow
    email: str
    note: str
    supplier_reference: str
    sent_at: datetime | None
    done_at: datetime | None
    lines: tuple[PurchaseLine, ...]

    @property
    def may(self) -> tuple[Act, ...]:
        """What can be done to it in its state."""
        return tuple(act for act, states in MAY.items() if self.row.state in states)


@dataclass(frozen=True, slots=True)
class Coming:
    """Units of a product on an open purchase order."""

    number: str
    supplier: str
    location: str
    state: str
    units: int
    due_on: date | None


def number_of(purchase_id: int) -> str:
    """What people call a purchase order."""
    return f"PO-{purchase_id}"


def id_of(number: str) -> int:
    """The id in a number, with or without its letters. Raises NotFound."""
    found = re.fullmatch(r"(?:PO-)?(\d{1,18})", number.strip(), re.ASCII | re.IGNORECASE)
    if found is None:
        raise NotFound(f"There is no purchase order “{number}”.")
    return int(found[1])


def in_whole_packs(units: int, pack_size: int, moq: int) -> int:
    """The fewest units in whole packs that are enough and that the supplier sells.

    >>> in_whole_packs(30, 12, 1), in_whole_packs(3, 10, 25), in_whole_packs(24, 12, 24)
    (36, 30, 24)
    """
    return -(-max(units, moq, 1) // pack_size) * pack_size


def check_units(sku: str, units: int, pack_size: int, moq: int) -> None:
    """Raise Malformed or Refused where a supplier does not sell so many."""
    if not 0 < units <= MOST_UNITS:
        raise Malformed(f"{sku}: the quantity is 1 to {MOST_UNITS:,}.", details={"field": "quantity"})
    least = in_whole_packs(moq, pack_size, moq)
    facts = {"sku": sku, "pack_size": pack_size, "moq": moq}
    if units % pack_size:
        above = in_whole_packs(units, pack_size, moq)
        below = above - pack_size
        raise Refused(
            f"{sku} comes in packs of {pack_size:,}: {units:,} units are no whole packs. "
            f"Order {f'{below:,} or ' if below >= least else ''}{above:,}.",
            code="no_whole_packs",
            details=facts,
        )
    if units < least:
        packs = f", in packs of {pack_size:,}" if pack_size > 1 else ""
        raise Refused(
            f"{sku} is sold from {moq:,} units{packs}. Order at least {least:,}.", code="below_moq", details=facts
        )


def check_wanted(lines: Sequence[Wanted]) -> dict[str, Wanted]:
    """Lines by SKU, the same SKU added up at its last cost. Raises Malformed."""
    found: dict[str, Wanted] = {}
    for line in lines:
        before = found.get(line.sku)
        units = line.quantity + (before.quantity if before else 0)
        found[line.sku] = Wanted(line.sku, units, line.cost_micros)
    if not 0 < len(found) <= MOST_LINES:
        raise Malformed(f"A purchase order has 1 to {MOST_LINES} products.", details={"field": "lines"})
    return found


def check_receipt(line: PurchaseLine, units: int, reason: str) -> None:
    """Raise where these units cannot be taken in: more than ordered needs a reason."""
    if not 0 < units <= MOST_UNITS:
        raise Malformed(f"{line.sku}: 1 to {MOST_UNITS:,} units came.", details={"field": "quantity"})
    if units > line.expected and not reason.strip():
        raise Refused(
            f"{line.sku}: {line.expected:,} are expected, {units:,} came. Say why more is taken in, or count again.",
            code="over_receipt",
            details={"sku": line.sku, "ordered": line.quantity, "expected": line.expected},
        )


def find_line(lines: Sequence[PurchaseLine], code: str) -> PurchaseLine:
    """The line that a scanned or typed code means: our SKU, a barcode, the supplier's SKU. Raises NotFound."""
    wanted = code.strip()
    for field in ("sku", "barcode", "supplier_sku"):
        for line in lines:
            if wanted and getattr(line, field) == wanted:
                return line
    raise NotFound(f"“{code}” is not on this order: no SKU or barcode of it.", details={"field": "code"})


def after_receipt(lines: Sequence[PurchaseLine]) -> PurchaseState:
    """The state that the lines add up to once something came."""
    return S.PART_RECEIVED if any(line.expected for line in lines) else S.RECEIVED


def read_lines(text: str) -> list[Wanted]:
    """Lines as people type and paste them: a SKU and units, with `@` and a cost where it is not the list's.

    >>> read_lines("KUR-1 24\\nKUR-2 12 @ 310.50")[1]
    Wanted(sku='KUR-2', quantity=12, cost_micros=310500000)
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        goods, at, cost = line.partition("@")
        words = goods.replace(",", " ").replace(";", " ").split()
        if not words and not at:
            continue
        if len(words) < 2 or not words[-1].isdecimal() or (at and not cost.strip()):
            raise Malformed(f"Line {number}: write a SKU and units, like KUR-1 24, or KUR-1 24 @ 310.50 with a cost.")
        found.append(Wanted(" ".join(words[:-1]), int(words[-1]), money.to_micros(cost) if at else None))
    return found


def write_lines(lines: Sequence[PurchaseLine], currency: str) -> str:
    """The text that `read_lines` reads."""
    cost = money.micros_to_major
    return "\n".join(f"{line.sku} {line.quantity} @ {cost(line.cost_micros, currency)}" for line in lines)
