"""What to order again: the numbers of an article, and the quantity that follows from them."""

from dataclasses import dataclass

from oms_app.domain.purchasing import in_whole_packs
from oms_app.domain.stock_cover import WINDOW_DAYS

COVER_DAYS = 14
"""Days beyond the lead time that an order is for, unless the shop says otherwise."""

MOST_COVER_DAYS = 365
NEVER = 1_000_000
"""Days left of what nobody buys."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything a suggestion is made of, in units and days.

    issued   units that orders took in 28 days        waiting  units that orders lack
    incoming units on open purchase orders and transfers        drafted  units on drafts of purchase orders
    """

    issued: int
    lead_time_days: int
    cover_days: int
    safety: int
    on_hand: int
    reserved: int
    blocked: int
    waiting: int
    incoming: int
    drafted: int
    moq: int
    pack_size: int

    @property
    def position(self) -> int:
        """Units that are free, or will be without another order."""
        return self.on_hand - self.reserved - self.blocked - self.waiting + self.incoming + self.drafted

    @property
    def point(self) -> int:
        """The reorder point: what is sold while an order is on its way, and the safety stock."""
        return _sold(self.issued, self.lead_time_days) + self.safety

    @property
    def target(self) -> int:
        """Where an order brings the position: the reorder point, and what is sold in the days it is for."""
        return _sold(self.issued, self.lead_time_days + self.cover_days) + self.safety

    @property
    def quantity(self) -> int:
        """Units to order in whole packs; 0 while the position is not below the reorder point."""
        if self.position >= self.point:
            return 0
        return in_whole_packs(self.target - self.position, self.pack_size, self.moq)

    @property
    def days_left(self) -> int:
        """Whole days until nothing is free any more at this pace; below zero where orders wait already."""
        return self.position * WINDOW_DAYS // self.issued if self.issued > 0 else min(self.position, NEVER)

    @property
    def why(self) -> str:
        """The arithmetic as a sentence."""
        days = self.lead_time_days + self.cover_days
        return (
            f"{self.issued:,} in {WINDOW_DAYS} days is {per_day(self.issued)} a day × {days} days + "
            f"{self.safety:,} safety = {self.target:,}, less {self.position:,} = {self.target - self.position:,}"
        )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article to order again, from whom and at what cost of a unit."""

    product_id: int
    sku: str
    name: str
    supplier_id: int
    supplier: str
    currency: str
    cost_micros: int
    numbers: Numbers


def per_day(issued: int) -> str:
    """Demand a day, rounded to two places: 7 in 28 days is 0.25.

    >>> per_day(7), per_day(100)
    ('0.25', '3.57')
    """
    hundredths = (issued * 200 + WINDOW_DAYS) // (2 * WINDOW_DAYS)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _sold(issued: int, days: int) -> int:
    """Units sold in so many days at the pace of the last 28, rounded up."""
    return -(-issued * days // WINDOW_DAYS)
