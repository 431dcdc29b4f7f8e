"""Stock movements: their kinds, which way each goes, and what the ledger must add up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oms_app.domain.errors import Malformed


class MovementKind(StrEnum):
    """Why units came or went."""

    RECEIVED = "received"
    ISSUED = "issued"
    RETURNED = "returned"
    ADJUSTED = "adjusted"
    TRANSFERRED_OUT = "transferred_out"
    TRANSFERRED_IN = "transferred_in"
    COUNTED = "counted"
    DAMAGED = "damaged"


K = MovementKind
SIGN: Mapping[MovementKind, int] = {
    K.RECEIVED: 1,
    K.ISSUED: -1,
    K.RETURNED: 1,
    K.ADJUSTED: 0,
    K.TRANSFERRED_OUT: -1,
    K.TRANSFERRED_IN: 1,
    K.COUNTED: 0,
    K.DAMAGED: -1,
}
"""Which way a kind goes: 1 comes, -1 goes, 0 either."""

BY_HAND = (K.ADJUSTED, K.RECEIVED, K.DAMAGED, K.COUNTED, K.RETURNED)
"""Kinds that somebody may write by hand; the others follow from orders and transfers."""


def check_movement(kind: str, quantity: int, reason: str) -> MovementKind:
    """The kind, where a movement of it may be this large and for this reason. Raises Malformed."""
    if kind not in tuple(MovementKind):
        raise Malformed(f"“{kind}” is no kind of movement: {', '.join(MovementKind)}.", details={"field": "kind"})
    known = MovementKind(kind)
    if not quantity:
        raise Malformed("The quantity must not be zero.", details={"field": "quantity"})
    if quantity * SIGN[known] < 0:
        way = "above zero: units come" if SIGN[known] > 0 else "below zero: units go"
        raise Malformed(f"What was {known.replace('_', ' ')} is {way}.", details={"field": "quantity"})
    if not reason.strip():
        raise Malformed("An adjustment needs a reason.", details={"field": "reason"})
    return known


@dataclass(frozen=True, slots=True)
class TruthRow:
    """A product at a location: what is stored, and what it must add up to, in units.

    ledger  sum of the movements        kept  sum of the open reservations
    lots    sum of its lots, None where the article has none        uneven  lots that are not the sum of their entries
    """

    sku: str
    name: str
    location: str
    on_hand: int
    ledger: int
    reserved: int
    kept: int
    lots: int | None = None
    uneven: int = 0

    @property
    def is_true(self) -> bool:
        """Whether stored and computed agree, and no unit is promised that is not there."""
        in_lots = self.lots in (None, self.on_hand) and not self.uneven
        return self.on_hand == self.ledger and self.reserved == self.kept <= self.on_hand and in_lots

    @property
    def wrong(self) -> str:
        """What does not add up, as a sentence; empty where all does."""
        found = []
        if self.on_hand != self.ledger:
            found.append(f"on hand says {self.on_hand}, the ledger {self.ledger}")
        if self.reserved != self.kept:
            found.append(f"reserved says {self.reserved}, open reservations {self.kept}")
        if not found and self.kept > self.on_hand:
            found.append(f"{self.kept} are reserved, {self.on_hand} on hand")
        if self.lots not in (None, self.on_hand):
            found.append(f"its lots hold {self.lots}, {self.on_hand} on hand")
        if self.uneven:
            word = "lots do" if self.uneven > 1 else "lot does"
            found.append(f"{self.uneven} {word} not hold what its entries add up to")
        return "; ".join(found)


@dataclass(frozen=True, slots=True)
class LineTruth:
    """An order line: units that it says are kept or issued for it, and what its reservations add up to.

    uneven  a kit whose components are not kept in step: no number of kits is right
    """

    line_id: int
    order: str
    sku: str
    allocated: int
    kept: int
    uneven: bool = False

    @property
    def is_true(self) -> bool:
        """Whether both agree."""
        return self.allocated == self.kept and not self.uneven

    @property
    def wrong(self) -> str:
        """What does not add up, as a sentence; empty where all does."""
        if self.uneven:
            return f"allocated says {self.allocated}, its components are kept for {self.kept} and more"
        return "" if self.is_true else f"allocated says {self.allocated}, its reservations {self.kept}"


@dataclass(frozen=True, slots=True)
class StockCheck:
    """What a check found. `differences` counts levels and order lines; `lines` are ids of lines that differ."""

    at: datetime
    levels: int
    movements: int
    reservations: int
    differences: int
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """The last check (None: not yet), levels and order lines that still differ, and a page of all levels."""

    check: StockCheck | None
    differing: tuple[TruthRow, ...]
    lines: tuple[LineTruth, ...]
    rows: tuple[TruthRow, ...]
