"""Moments as people read them, in the shop's zone."""

from datetime import date, datetime, tzinfo

_UNITS = ((86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes"))


def show(moment: datetime, zone: tzinfo) -> str:
    """Date, time and zone: 23 Nov 2026, 14:05 IST."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def show_day(moment: datetime, zone: tzinfo) -> str:
    """The day a timeline is grouped by: Monday, 23 Nov 2026."""
    local = moment.astimezone(zone)
    return f"{local:%A}, {local.day} {local:%b %Y}"


def show_date(day: date) -> str:
    """A calendar day: 23 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def show_time(moment: datetime, zone: tzinfo) -> str:
    """Time of day: 14:05."""
    return f"{moment.astimezone(zone):%H:%M}"


def span(seconds: float) -> str:
    """A length of time in its largest unit, rounded down: 3 hours, 1 day, less than a minute."""
    for size, one, many in _UNITS:
        if abs(seconds) >= size:
            count = int(abs(seconds) // size)
            return f"{count} {one if count == 1 else many}"
    return "less than a minute"


def until(moment: datetime, now: datetime) -> str:
    """How far away a moment is: in 3 hours, 2 days ago."""
    seconds = (moment - now).total_seconds()
    return f"in {span(seconds)}" if seconds >= 0 else f"{span(seconds)} ago"
