"""A metric over a period as values: its points, its total, what it is held against, and the list behind each number."""

from dataclasses import dataclass, field
from datetime import datetime

from oms_app.domain import durations, money
from oms_app.domain.metrics import By, Metric, Unit
from oms_app.domain.periods import Period


@dataclass(frozen=True, slots=True)
class Point:
    """One number of a series.

    key       what it is of: a date, a channel's name, a SKU, `tue-11` …          label  the same for people
    value     minor units, seconds, a share between 0 and 1, or a count; None where nothing can be said
    upper     a duration's 90th percentile
    orders    how many orders `search` lists at `Series.until`
    term      what narrows a search to this point alone
    compared  the value of the same point of the compared period
    """

    key: str
    label: str
    value: float | None
    orders: int
    search: str
    term: str = ""
    upper: float | None = None
    compared: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A metric's answer. `others` are orders in currencies that its money leaves out: (currency, orders)."""

    metric: Metric
    by: By | None
    period: Period
    currency: str
    until: datetime
    total: Point
    points: tuple[Point, ...] = ()
    against: Period | None = None
    others: tuple[tuple[str, int], ...] = field(default=())

    @property
    def change(self) -> float | None:
        """How the total stands against the compared one: a share of it, or points of a share; None without one."""
        before, now = self.total.compared, self.total.value
        if before is None or now is None:
            return None
        if self.metric.unit is Unit.SHARE:
            return now - before
        return (now - before) / before if before else None

    def show(self, value: float | None) -> str:
        """A value of this series as people read it."""
        return show(value, self.metric.unit, self.currency)


def show(value: float | None, unit: Unit, currency: str) -> str:
    """A value as people read it: 1,23,456 · ₹4.5 L · 94.2 % · 3 h 20 min; an en dash where there is none."""
    if value is None:
        return "–"
    match unit:
        case Unit.MONEY:
            return money.show_short(round(value), currency)
        case Unit.SECONDS:
            return durations.show(round(value))
        case Unit.SHARE:
            return show_share(value)
    return money.show_count(round(value), currency)


def show_exact(value: float | None, unit: Unit, currency: str) -> str:
    """A value without rounding to a few characters: ₹4,51,230.00."""
    if value is not None and unit is Unit.MONEY:
        return money.show(round(value), currency)
    return show(value, unit, currency)


def show_share(share: float) -> str:
    """A share in per cent with one decimal, never rounded up to a whole: 99.96 % is not 100 %."""
    shown = f"{100 * share:.1f}"
    if shown == "100.0":
        return "100 %" if share >= 1 else "99.9 %"
    return "0 %" if share == 0 else f"{max(float(shown), 0.1):.1f} %"
