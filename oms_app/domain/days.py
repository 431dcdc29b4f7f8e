"""Days and hours in the shop's time zone, as small integers.

A day is its number since 1970-01-01 on the shop's own calendar, so that 23- and 25-hour days of a zone with
daylight saving stay whole. `offsets` tells the database how to compute the same numbers by integer arithmetic.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_EPOCH = date(1970, 1, 1).toordinal()


def day_of(moment: datetime, zone: ZoneInfo) -> int:
    """Number of the shop's calendar day that holds the moment."""
    return moment.astimezone(zone).toordinal() - _EPOCH


def number(day: date) -> int:
    """Number of a calendar day: 1970-01-01 is 0."""
    return day.toordinal() - _EPOCH


def as_date(day: int) -> date:
    """Calendar day of a number."""
    return date.fromordinal(day + _EPOCH)


def weekday(day: int) -> int:
    """0 for Monday to 6 for Sunday."""
    return (day + 3) % 7


def start(day: int, zone: ZoneInfo) -> datetime:
    """First moment of the day, in UTC (midnight, or the first minute there is where midnight was skipped)."""
    local = datetime.combine(as_date(day), datetime.min.time(), zone)
    return local.astimezone(UTC)


def offsets(first: datetime, last: datetime, zone: ZoneInfo) -> list[tuple[int, int]]:
    """Offsets from UTC that hold between two moments: (from that millisecond on, offset in ms), oldest first."""
    return list(_offsets(first.year, last.year, zone))


@lru_cache(maxsize=64)
def _offsets(first_year: int, last_year: int, zone: ZoneInfo) -> tuple[tuple[int, int], ...]:
    moment = datetime(first_year, 1, 1, tzinfo=UTC) - timedelta(days=1)
    end = datetime(last_year + 1, 1, 1, tzinfo=UTC) + timedelta(days=1)
    found = [(0, _offset_ms(moment, zone))]
    while moment < end:
        following = moment + timedelta(days=1)
        if _offset_ms(following, zone) != found[-1][1]:
            change = _change_between(moment, following, zone)
            found.append((int(change.timestamp()) * 1000, _offset_ms(change, zone)))
        moment = following
    return tuple(found)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """First second whose offset is no longer that of `before`."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = _offset_ms(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_ms(datetime.fromtimestamp(middle, UTC), zone) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _offset_ms(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds()) * 1000
