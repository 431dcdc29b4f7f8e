"""Transfers between locations: their states, what may be done in each, and when one is a taxed supply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oms_app.domain.errors import Malformed, Refused

MOST_LINES = 500
MOST_UNITS = 1_000_000


class TransferState(StrEnum):
    """How far the goods are."""

    DRAFT = "draft"
    SENT = "sent"
    PART_RECEIVED = "part_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"


S = TransferState
ON_THE_WAY = (S.SENT, S.PART_RECEIVED)
"""States in which units have left one location and are incoming at the other."""

OPEN = (S.DRAFT, *ON_THE_WAY)


@dataclass(frozen=True, slots=True)
class TransferLine:
    """Units of one product: sent = received + missing + on the way."""

    sku: str
    name: str
    quantity: int
    received: int
    missing: int

    @property
    def expected(self) -> int:
        """Units that neither came nor were given up."""
        return self.quantity - self.received - self.missing


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer in a list, in units."""

    id: int
    number: str
    state: str
    origin: str
    destination: str
    taxed: bool
    units: int
    received: int
    missing: int
    created_by: str
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer with its lines. GSTINs are those of the two locations' States, empty where there is none."""

    row: TransferRow
    note: str
    origin_gstin: str
    destination_gstin: str
    sent_at: datetime | None
    done_at: datetime | None
    lines: tuple[TransferLine, ...]


def is_supply(origin_gstin: str, destination_gstin: str) -> bool:
    """Whether goods between these registrations of one seller are a taxed supply.

    Source: CGST Act 2017 s. 25(4), distinct persons, and Schedule I, paragraph 2.
    """
    return bool(origin_gstin and destination_gstin) and origin_gstin != destination_gstin


def check_lines(lines: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Units by SKU, the same SKU added up. Raises Malformed."""
    units: dict[str, int] = {}
    for sku, quantity in lines:
        if not 0 < quantity <= MOST_UNITS:
            raise Malformed(f"{sku}: the quantity is 1 to {MOST_UNITS:,}.", details={"field": "quantity"})
        units[sku] = units.get(sku, 0) + quantity
    if not 0 < len(units) <= MOST_LINES:
        raise Malformed(f"A transfer has 1 to {MOST_LINES} products.", details={"field": "lines"})
    return units


def after_receipt(lines: Sequence[TransferLine], came: Mapping[str, int]) -> tuple[TransferLine, ...]:
    """The lines once these units came. Raises Refused where more came than is on the way, Malformed."""
    unknown = came.keys() - {line.sku for line in lines}
    if unknown:
        raise Malformed(f"{min(unknown)} is not in this transfer.", details={"field": "sku"})
    if not any(came.values()) or min(came.values()) < 0:
        raise Malformed("Say how many units came.", details={"field": "quantity"})
    for line in lines:
        if came.get(line.sku, 0) > line.expected:
            raise Refused(
                f"{line.sku}: {line.expected} are on the way, {came[line.sku]} came. Receive {line.expected} and "
                "adjust the stock by what is too many.",
                code="too_many_received",
                details={"sku": line.sku, "expected": line.expected},
            )
    return tuple(
        TransferLine(line.sku, line.name, line.quantity, line.received + came.get(line.sku, 0), line.missing)
        for line in lines
    )


def state_of(lines: Sequence[TransferLine]) -> TransferState:
    """The state that the lines of a sent transfer add up to."""
    if not any(line.expected for line in lines):
        return S.RECEIVED
    return S.PART_RECEIVED if any(line.received or line.missing for line in lines) else S.SENT


def read_lines(text: str) -> list[tuple[str, int]]:
    """Lines as people type and paste them: a SKU and a quantity, a space, tab or comma between. Raises Malformed."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.replace(",", " ").replace("\t", " ").replace(";", " ").split()
        if not words:
            continue
        if len(words) < 2 or not words[-1].isdecimal():
            raise Malformed(f"Line {number}: write a SKU and a quantity, like KUR-1 12.")
        found.append((" ".join(words[:-1]), int(words[-1])))
    return found
