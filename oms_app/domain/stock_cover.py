"""Days of cover: how long what is available lasts at the pace of the last four weeks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WINDOW_DAYS = 28
LOW_DAYS = (7, 14, 30)
OVER_DAYS = (60, 120, 365)


class View(StrEnum):
    """Which articles a list shows."""

    LOW = "low"
    OVER = "over"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class CoverRow:
    """An article; `issued` units went to orders in 28 days, `days` is None where none went.

    number  what the list is sorted by, for the next page
    """

    product_id: int
    sku: str
    name: str
    available: int
    incoming: int
    issued: int
    days: int | None
    number: int


@dataclass(frozen=True, slots=True)
class CoverPage:
    """Some of the articles, and when they were worked out (None: not yet)."""

    at: datetime | None
    rows: tuple[CoverRow, ...]


def days_of_cover(available: int, issued: int) -> int | None:
    """Whole days that `available` units last where `issued` went in 28 days; None where none went.

    >>> days_of_cover(10, 56), days_of_cover(5, 0), days_of_cover(-3, 28)
    (5, None, 0)
    """
    return None if issued <= 0 else max(available, 0) * WINDOW_DAYS // issued
