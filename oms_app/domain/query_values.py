"""Amounts and moments of the search language: what people type, the one way it is printed, and what it means."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

_AMOUNT = re.compile(r"(-?)[₹$£€]?(\d[\d,]*)?(\.\d+)?(k|l|lakh|lac|m|cr|crore)?", re.IGNORECASE | re.ASCII)
_UNITS = {"k": 3, "l": 5, "lakh": 5, "lac": 5, "m": 6, "cr": 7, "crore": 7}
_AGO = re.compile(r"(\d{1,5})(h|d|w|mo|y)", re.IGNORECASE | re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "mo": 30 * 24, "y": 365 * 24}
_MOST_HOURS = 100 * 365 * 24
_ISO = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?(Z?))?)?)?", re.IGNORECASE | re.ASCII
)
_INDIAN = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def read_amount(text: str) -> str | None:
    """An amount in major units as plain digits: `5k` → "5000", `1.5l` → "150000"; None if it is no amount."""
    found = _AMOUNT.fullmatch(text.strip())
    if not found or not (found[2] or found[3]) or len(text) > 30:
        return None
    number = Decimal((found[2] or "0").replace(",", "") + (found[3] or ""))
    number = number.scaleb(_UNITS[found[4].lower()]) if found[4] else number
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return found[1] + plain if plain != "0" else "0"


def read_moment(text: str) -> str | None:
    """A moment in its one spelling: `Today` → "today", `23/11/2026` → "2026-11-23", `7D` → "7d"; else None."""
    text = text.strip().lower()
    if text in _DAYS or text == "now":
        return text
    if ago := _AGO.fullmatch(text):
        return f"{int(ago[1])}{ago[2]}" if int(ago[1]) * _HOURS[ago[2]] <= _MOST_HOURS else None
    if indian := _INDIAN.fullmatch(text):
        text = f"{indian[3]}-{indian[2]}-{indian[1]}"
    iso = _ISO.fullmatch(text)
    return _spell(iso) if iso and _readable(iso) else None


def is_ago(moment: str) -> bool:
    """Whether the moment is a distance from now: `7d`, `36h`."""
    return _AGO.fullmatch(moment) is not None


def span(moment: str, now: datetime, zone: tzinfo, *, ahead: bool = False) -> tuple[datetime, datetime]:
    """First instant of a moment and the first instant after it: a day, a month, a year, a minute, or one point.

    moment  as `read_moment` spells it     ahead  whether `7d` lies ahead of now (a ship-by time) or behind
    """
    if moment == "now":
        return now, now
    if ago := _AGO.fullmatch(moment):
        distance = timedelta(hours=int(ago[1]) * _HOURS[ago[2]])
        point = now + distance if ahead else now - distance
        return point, point
    if moment in _DAYS:
        day = now.astimezone(zone).date() + timedelta(days=_DAYS[moment])
        return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    iso = _ISO.fullmatch(moment.upper())
    if iso is None:
        raise ValueError(f"{moment!r} did not come from read_moment")
    return _span_of_date(iso, zone)


def interval(
    low: tuple[str, bool] | None, high: tuple[str, bool] | None, now: datetime, zone: tzinfo, *, ahead: bool = False
) -> tuple[datetime | None, datetime | None]:
    """The half-open interval between two bounds (moment, strictly?); None is no bound on that side.

    One distance on both sides means from then until now: `placed:7d`, or with `ahead` from now until then.
    """
    if low and low == high and is_ago(low[0]):
        point, _ = span(low[0], now, zone, ahead=ahead)
        return (now, point) if ahead else (point, now + timedelta(milliseconds=1))
    start = end = None
    if low:
        first, after = span(low[0], now, zone, ahead=ahead)
        start = after if low[1] else first
        if low[1] and first == after:
            start += timedelta(milliseconds=1)
    if high:
        first, after = span(high[0], now, zone, ahead=ahead)
        end = first if high[1] else after
        if not high[1] and first == after:
            end += timedelta(milliseconds=1)
    return start, end


def _readable(iso: re.Match[str]) -> bool:
    try:
        year = int(iso[1])
        date(year, int(iso[2] or 1), int(iso[3] or 1))
        time(int(iso[4] or 0), int(iso[5] or 0), int(iso[6] or 0))
    except ValueError:
        return False
    return _FIRST_YEAR <= year <= _LAST_YEAR


def _spell(iso: re.Match[str]) -> str:
    year, month, day, hour, minute, second, utc = iso.groups()
    spelled = year
    for part in (month, day):
        spelled += f"-{int(part):02d}" if part else ""
    if hour:
        spelled += f"T{int(hour):02d}:{minute}" + (f":{second}" if second else "") + utc.upper()
    return spelled


def _span_of_date(iso: re.Match[str], zone: tzinfo) -> tuple[datetime, datetime]:
    year, month, day, hour, minute, second, utc = iso.groups()
    if hour:
        first = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC if utc else zone
        ).astimezone(UTC)
        return first, first + (timedelta(seconds=1) if second else timedelta(minutes=1))
    start = date(int(year), int(month or 1), int(day or 1))
    if day:
        after = start + timedelta(days=1)
    elif month:
        after = (start + timedelta(days=31)).replace(day=1)
    else:
        after = start.replace(year=start.year + 1)
    return _midnight(start, zone), _midnight(after, zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
