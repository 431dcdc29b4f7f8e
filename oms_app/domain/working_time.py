"""Time as a warehouse counts it: hours in which it is open, and the days on which it is closed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY_MINUTES = 24 * 60
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
_FARTHEST = 366
"""Days after which a search for an open hour gives up: a year of holidays is nobody's calendar."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a location works: from `opens` to `closes` (minutes since midnight) on these days, 0 is Monday."""

    days: tuple[int, ...] = EVERY_DAY
    opens: int = 0
    closes: int = DAY_MINUTES
    holidays: frozenset[date] = field(default_factory=frozenset)

    @property
    def never_closes(self) -> bool:
        """Whether working time is simply time."""
        return (self.days, self.opens, self.closes, self.holidays) == (EVERY_DAY, 0, DAY_MINUTES, frozenset())

    def works_on(self, day: date) -> bool:
        """Whether it is open that day."""
        return day.weekday() in self.days and day not in self.holidays


def at(day: date, minute: int, zone: tzinfo) -> datetime:
    """The moment of a minute of a day on the shop's clock."""
    whole, rest = (day + timedelta(days=1), 0) if minute == DAY_MINUTES else (day, minute)
    return datetime.combine(whole, time(rest // 60, rest % 60), zone).astimezone(UTC)


def after(calendar: Calendar, moment: datetime, working: timedelta, zone: tzinfo) -> datetime:
    """The moment at which so much working time has passed."""
    if calendar.never_closes:
        return moment + working
    for opens, closes in _open_from(calendar, moment, zone):
        start = max(opens, moment)
        if closes - start >= working:
            return start + working
        working -= closes - start
    return moment + working


def before(calendar: Calendar, moment: datetime, working: timedelta, zone: tzinfo) -> datetime:
    """The last moment from which so much working time passes until `moment`."""
    if calendar.never_closes:
        return moment - working
    last = moment.astimezone(zone).date()
    for back in range(_FARTHEST):
        day = last - timedelta(days=back)
        if not calendar.works_on(day):
            continue
        opens, end = at(day, calendar.opens, zone), min(at(day, calendar.closes, zone), moment)
        if end < opens:
            continue
        if end - opens >= working:
            return end - working
        working -= end - opens
    return moment - working


def between(calendar: Calendar, start: datetime, end: datetime, zone: tzinfo) -> timedelta:
    """The working time between two moments."""
    if calendar.never_closes:
        return max(end - start, timedelta(0))
    total = timedelta(0)
    for opens, closes in _open_from(calendar, start, zone):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), timedelta(0))
    return total


def _open_from(calendar: Calendar, moment: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """The hours of each working day that are not over at that moment."""
    first = moment.astimezone(zone).date()
    for ahead in range(_FARTHEST):
        day = first + timedelta(days=ahead)
        if calendar.works_on(day) and (closes := at(day, calendar.closes, zone)) > moment:
            yield at(day, calendar.opens, zone), closes
