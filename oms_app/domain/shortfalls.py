"""The shortfall queue as values: lines that wait for stock, and what may be done about each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Waiting(StrEnum):
    """How a line waits: somebody decides; by itself, until stock comes; or until somebody keeps units by hand."""

    OPEN = "open"
    BACKORDER = "backorder"
    PREORDER = "preorder"
    BY_HAND = "by_hand"


TITLES = {
    Waiting.OPEN: "Needs a decision",
    Waiting.BACKORDER: "Backorder",
    Waiting.PREORDER: "Preorder",
    Waiting.BY_HAND: "Released by hand",
}
BY_ITSELF = (Waiting.OPEN, Waiting.BACKORDER, Waiting.PREORDER)
"""Kept as soon as stock comes."""


@dataclass(frozen=True, slots=True)
class ShortLine:
    """A line that waits. `units` are missing of `ordered`; `available` is what open locations have of it now.

    lacks  the component, where it is a kit: `available` counts that
    """

    line_id: int
    number: str
    stage: str
    version: int
    sku: str
    name: str
    known: bool
    units: int
    ordered: int
    allocated: int
    available: int
    state: Waiting
    customer: str
    city: str
    channel: str
    priority: int
    due: datetime
    at: datetime
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class ShortPage:
    """Some of the queue; `next_cursor` continues it, None at its end."""

    lines: tuple[ShortLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class KeptView:
    """Units of a line kept at a location, and why there; `lots` are those that go first now, where it has lots."""

    id: int
    line_id: int
    sku: str
    location: str
    units: int
    why: str
    at: datetime
    lots: str = ""
