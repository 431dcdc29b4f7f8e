"""Periods of whole days on the shop's calendar, and what they are compared with."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from oms_app.domain.errors import Malformed

LONGEST = 366 * 20
"""Days of the longest period a person may choose: its line has fewer than 2,000 points."""

FIRST, LAST = date(1970, 1, 2), date(2200, 12, 31)


class Preset(StrEnum):
    """A period named by its distance from today."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    THIS_MONTH = "month"
    YEAR = "364d"


PRESETS = {
    Preset.TODAY: "Today",
    Preset.YESTERDAY: "Yesterday",
    Preset.WEEK: "Last 7 days",
    Preset.MONTH: "Last 30 days",
    Preset.QUARTER: "Last 90 days",
    Preset.THIS_MONTH: "This month",
    Preset.YEAR: "Last 52 weeks",
}


class Compare(StrEnum):
    """What a period is held against."""

    NONE = "none"
    PREVIOUS = "previous"
    WEEKDAY = "weekday"
    YEAR = "year"


COMPARISONS = {
    Compare.PREVIOUS: "Previous period",
    Compare.WEEKDAY: "Same weekdays before",
    Compare.YEAR: "Last year",
    Compare.NONE: "No comparison",
}


class Step(StrEnum):
    """How long one point of a line is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not FIRST <= self.first <= self.last <= LAST:
            raise Malformed("A period runs from its first day to the same or a later one, between 1970 and 2200.")

    @property
    def length(self) -> int:
        """Days."""
        return (self.last - self.first).days + 1

    @property
    def step(self) -> Step:
        """The step that draws the period in a readable number of points."""
        if self.length <= 2:
            return Step.HOUR
        return Step.DAY if self.length <= 92 else Step.WEEK

    def shifted(self, days: int) -> "Period":
        """The same number of days, so many days earlier."""
        return Period(self.first - timedelta(days=days), self.last - timedelta(days=days))

    def __str__(self) -> str:
        """As people read it: 3 – 9 Nov 2026."""
        if self.first == self.last:
            return _show(self.last)
        same_year, same_month = self.first.year == self.last.year, self.first.month == self.last.month
        head = f"{self.first.day}" if same_year and same_month else f"{self.first.day} {self.first:%b}"
        return f"{head if same_year else _show(self.first)} – {_show(self.last)}"


def read_day(text: str) -> date:
    """A day as an address or a date field gives it: 2026-11-03."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"“{text}” is no day; write it like 2026-11-03.") from None


def chosen(first: date, last: date) -> Period:
    """A period that a person or a program asks for. Raises Malformed for more than 20 years."""
    period = Period(first, last)
    if period.length > LONGEST:
        raise Malformed("A period has at most 20 years.")
    return period


def named(name: str, today: date) -> Period:
    """The period of a preset. Raises Malformed for an unknown name."""
    if name not in set(Preset):
        raise Malformed(f"“{name}” is no period; use one of {', '.join(Preset)}, or two dates.")
    if name == Preset.YESTERDAY:
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    if name == Preset.THIS_MONTH:
        return Period(today.replace(day=1), today)
    days = 1 if name == Preset.TODAY else int(name.removesuffix("d"))
    return Period(today - timedelta(days=days - 1), today)


def compared(period: Period, how: Compare) -> Period | None:
    """The period that `period` is held against; None for no comparison.

    previous  the same number of days just before
    weekday   whole weeks earlier, so that every day meets its own weekday
    year      the same dates a year earlier
    """
    try:
        match how:
            case Compare.PREVIOUS:
                return period.shifted(period.length)
            case Compare.WEEKDAY:
                return period.shifted(-(-period.length // 7) * 7)
            case Compare.YEAR:
                return Period(_year_before(period.first), _year_before(period.last))
    except Malformed:
        return None
    return None


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _show(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
