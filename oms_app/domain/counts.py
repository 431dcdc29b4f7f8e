"""Cycle counts: requested, counted, counted again where the books disagree, reviewed, posted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oms_app.domain.errors import Malformed, Refused

MOST_LINES = 2_000
MOST_UNITS = 10_000_000


class CountState(StrEnum):
    """How far a count is."""

    REQUESTED = "requested"
    RECOUNT = "recount"
    COUNTED = "counted"
    REVIEWED = "reviewed"
    POSTED = "posted"
    CANCELLED = "cancelled"


S = CountState
OPEN = (S.REQUESTED, S.RECOUNT, S.COUNTED, S.REVIEWED)
ENTERING = (S.REQUESTED, S.RECOUNT)
"""States in which somebody walks along the shelves."""


@dataclass(frozen=True, slots=True)
class CountLine:
    """A product in a count. Each number of units stands beside what the books said at that moment.

    So the difference stays right when orders ship between the count and its posting.
    """

    sku: str
    name: str
    book: int | None
    counted: int | None
    recount_book: int | None
    recounted: int | None
    posted: bool

    @property
    def first(self) -> int | None:
        """Difference of the first count to the books then; None before it."""
        return None if self.counted is None else self.counted - (self.book or 0)

    @property
    def difference(self) -> int | None:
        """Difference that is posted: the second count's where there is one."""
        return self.first if self.recounted is None else self.recounted - (self.recount_book or 0)

    @property
    def waits(self) -> bool:
        """Whether the books disagree with the first count and nobody counted again."""
        return bool(self.first) and self.recounted is None


@dataclass(frozen=True, slots=True)
class CountRow:
    """A count in a list. `lines` products, `counted` of them counted, `differing` from the books."""

    id: int
    number: str
    state: str
    location: str
    scope: str
    lines: int
    counted: int
    differing: int
    created_by: str
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class CountView:
    """A count and its lines by SKU."""

    row: CountRow
    lines: tuple[CountLine, ...]


def check_units(quantity: int) -> int:
    """Units somebody counted. Raises Malformed."""
    if not 0 <= quantity <= MOST_UNITS:
        raise Malformed(f"A count is 0 to {MOST_UNITS:,} units.", details={"field": "quantity"})
    return quantity


def after_counting(state: CountState, lines: Sequence[CountLine]) -> CountState:
    """Where a count goes when whoever counted says it is done. Raises Refused while something is not counted."""
    left = [line.sku for line in lines if line.counted is None]
    if state is S.RECOUNT:
        left += [line.sku for line in lines if line.waits]
    if left:
        more = f" and {len(left) - 3} more" if len(left) > 3 else ""
        again = " again" if state is S.RECOUNT else ""
        raise Refused(
            f"Not counted{again}: {', '.join(left[:3])}{more}. Enter 0 where nothing is there.",
            code="not_counted",
            details={"skus": left[:100]},
        )
    return S.RECOUNT if state is S.REQUESTED and any(line.waits for line in lines) else S.COUNTED
