"""When things happen in the demo shop: hours and weekdays of buying, a festival, growth, the team's working hours."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from oms_app.domain.clock import from_ms, to_ms

ZONE = ZoneInfo("Asia/Kolkata")

HOURS = (9, 5, 3, 2, 2, 3, 8, 16, 28, 40, 52, 58, 56, 60, 58, 52, 50, 54, 62, 78, 96, 104, 82, 40)
"""How busy each hour of the day is: lunch, and a peak in the evening."""

WEEKDAYS = (0.93, 0.90, 0.94, 0.98, 1.02, 1.16, 1.22)
FESTIVAL = (-38, -29)
"""First and last day of a festival, counted from today."""

SALE, SALE_LASTS = 3.0, timedelta(hours=68)
"""A sale that is on now: the board is full."""

PICKUPS = (time(13, 30), time(18, 15))
"""When the couriers come; on Sundays the first only."""


def busyness(day: int, weekday: int, days: int) -> float:
    """How many orders a day has against the others; `day` counts back from today (0), `days` is the whole history."""
    growth = 0.72 + 0.5 * (day + days) / days
    festival = 1.0
    if FESTIVAL[0] <= day <= FESTIVAL[1]:
        middle = sum(FESTIVAL) / 2
        festival = 2.4 - abs(day - middle) / 6
    return growth * festival * WEEKDAYS[weekday]


def placements(rng: Random, now: datetime, *, days: int, orders: int) -> list[datetime]:
    """Moments of `orders` orders over the last `days` days, oldest first."""
    return [from_ms(at) for at in placements_ms(rng, now, days=days, orders=orders)]


def placements_ms(rng: Random, now: datetime, *, days: int, orders: int) -> list[int]:
    """The same in milliseconds since 1970."""
    today = now.astimezone(ZONE).date()
    slots, weights = [], []
    for day in range(-days, 1):
        on = today + timedelta(days=day)
        for hour, share in enumerate(HOURS):
            begin = datetime.combine(on, time(hour), ZONE).astimezone(UTC)
            if begin < now:
                part = min((now - begin) / timedelta(hours=1), 1)
                sale = SALE if now - begin < SALE_LASTS else 1
                slots.append((to_ms(begin), 3_590_000 * part))
                weights.append(busyness(day, on.weekday(), days) * share * part * sale)
    drawn = rng.choices(slots, weights, k=orders)
    return sorted(begin + int(rng.random() * span) for begin, span in drawn)


def opening(on: date) -> tuple[datetime, datetime]:
    """When the team begins and ends its day."""
    begin, end = (time(11), time(16)) if on.weekday() == 6 else (time(9, 30), time(19, 30))
    return datetime.combine(on, begin, ZONE), datetime.combine(on, end, ZONE)


def after(moment: datetime, work: timedelta) -> datetime:
    """The moment when so much working time has passed since `moment`."""
    local = moment.astimezone(ZONE)
    left = work
    while True:
        begin, end = opening(local.date())
        start = max(local, begin)
        if start < end:
            if left <= end - start:
                return (start + left).astimezone(UTC)
            left -= end - start
        local = datetime.combine(local.date() + timedelta(days=1), time(0), ZONE)


def worked(since: datetime, until: datetime) -> timedelta:
    """Working time between two moments."""
    total = timedelta(0)
    on, last = since.astimezone(ZONE).date(), until.astimezone(ZONE).date()
    while on <= last:
        begin, end = opening(on)
        total += max(min(end, until) - max(begin, since), timedelta(0))
        on += timedelta(days=1)
    return total


def pickup(moment: datetime) -> datetime:
    """The courier's next visit."""
    on = moment.astimezone(ZONE).date()
    while True:
        for visit in PICKUPS[:1] if on.weekday() == 6 else PICKUPS:
            at = datetime.combine(on, visit, ZONE)
            if at > moment:
                return at.astimezone(UTC)
        on += timedelta(days=1)


def doorbell(rng: Random, shipped: datetime, days: float) -> datetime:
    """When a parcel that takes about so many days is handed over: in the day, between ten and eight."""
    on = shipped.astimezone(ZONE).date() + timedelta(days=max(1, round(rng.gauss(days, 0.9))))
    return datetime.combine(on, time(10), ZONE).astimezone(UTC) + timedelta(minutes=rng.triangular(0, 600, 240))
