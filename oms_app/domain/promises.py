"""When an order must leave: hours by service and channel in its warehouse's working time, then the next courier."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Any

from oms_app.domain import working_time
from oms_app.domain.errors import Malformed
from oms_app.domain.working_time import DAY_MINUTES, EVERY_DAY, Calendar

MOST_HOURS = 24 * 60
MOST_PICKUPS = 20
MOST_HOLIDAYS = 400
_NEXT_DAYS = 60
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_INDIAN = re.compile(r"(\d{1,2})[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/., ]+(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Service:
    """How fast an order goes: so many working hours until it must leave."""

    name: str
    title: str
    hours: int


@dataclass(frozen=True, slots=True)
class Pickup:
    """A courier comes, or closes its list: minutes since midnight on the shop's clock."""

    courier: str
    minute: int


@dataclass(frozen=True, slots=True)
class Place:
    """A location: when it works, its holidays by name, and when couriers come."""

    days: tuple[int, ...] = EVERY_DAY
    opens: int = 0
    closes: int = DAY_MINUTES
    holidays: Mapping[date, str] = field(default_factory=dict)
    pickups: tuple[Pickup, ...] = ()

    @property
    def calendar(self) -> Calendar:
        """The working time of the location."""
        return Calendar(self.days, self.opens, self.closes, frozenset(self.holidays))


STANDARD = Service("standard", "Standard", 48)
SERVICES = (STANDARD, Service("express", "Express", 24), Service("same_day", "Same day", 4))
ANYWHERE = Place()


@dataclass(frozen=True, slots=True)
class Promises:
    """What the shop promises. The first service is that of orders which name none.

    channel_hours  (channel, service) → hours that differ from the service's own      places  by location code
    """

    services: tuple[Service, ...] = SERVICES
    channel_service: Mapping[str, str] = field(default_factory=dict)
    channel_hours: Mapping[tuple[str, str], int] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def service_of(self, channel: str, asked: str) -> str:
        """The service of an order of this channel. Raises Malformed for one the shop does not have."""
        known = [service.name for service in self.services]
        if asked and asked not in known:
            raise Malformed(f"There is no service “{asked}”. Known: {', '.join(known)}.", details={"field": "service"})
        return asked or self.channel_service.get(channel, known[0])

    def meant(self, words: str) -> str:
        """The service that a channel's own words name ("Express Shipping"), by name or title; empty where none does."""
        said = f" {_plain(words)} "
        return next(
            (s.name for s in self.services if any(f" {_plain(each)} " in said for each in (s.name, s.title))), ""
        )

    def hours(self, channel: str, service: str) -> int:
        """Working hours until an order must leave."""
        own = next((each.hours for each in self.services if each.name == service), self.services[0].hours)
        return self.channel_hours.get((channel, service), own)

    def ship_by(self, placed_at: datetime, *, channel: str, service: str, place: str, zone: tzinfo) -> datetime:
        """The promise of an order: its hours from when it was placed, then the next courier, if any comes."""
        here = self.places.get(place, ANYWHERE)
        ready = working_time.after(here.calendar, placed_at, timedelta(hours=self.hours(channel, service)), zone)
        return next_pickup(here, ready, zone) or ready


def next_pickup(place: Place, moment: datetime, zone: tzinfo) -> datetime | None:
    """When the next courier comes at or after a moment; None where none does."""
    if not place.pickups:
        return None
    first = moment.astimezone(zone).date()
    for ahead in range(_NEXT_DAYS):
        times = pickups_on(place, first + timedelta(days=ahead), zone)
        if found := next((each for each in times if each >= moment), None):
            return found
    return None


def _plain(words: str) -> str:
    return " ".join(re.findall(r"\w+", words.casefold().replace("_", " ")))


@lru_cache(maxsize=512)
def _times(place_days: tuple[int, ...], minutes: tuple[int, ...], day: date, zone: tzinfo) -> tuple[datetime, ...]:
    return tuple(working_time.at(day, minute, zone) for minute in minutes) if day.weekday() in place_days else ()


def pickups_on(place: Place, day: date, zone: tzinfo) -> tuple[datetime, ...]:
    """When couriers come that day, the first first; none on a day the location is closed."""
    if day in place.holidays:
        return ()
    return _times(place.days, tuple(sorted({each.minute for each in place.pickups})), day, zone)


@dataclass(frozen=True, slots=True)
class Due:
    """A pickup that is still ahead today, and the orders that must go with it: ship-by from `since` up to `before`."""

    at: datetime
    since: datetime | None
    before: datetime | None

    def takes(self, ship_by: datetime) -> bool:
        """Whether an order with this promise must go with it."""
        return (self.since is None or ship_by >= self.since) and (self.before is None or ship_by < self.before)


def ahead_today(place: Place, now: datetime, zone: tzinfo) -> tuple[Due, ...]:
    """The pickups that are ahead today. An order goes with the last one by its promise; what is late, with the next."""
    today = now.astimezone(zone).date()
    times = [each for each in pickups_on(place, today, zone) if each > now]
    if not times:
        return ()
    following = next_pickup(place, working_time.at(today, DAY_MINUTES, zone), zone)
    return tuple(
        Due(here, None if index == 0 else here, then)
        for index, (here, then) in enumerate(pairwise([*times, following]))
        if here is not None
    )


# Kept as JSON, read from forms


def read(kept: Mapping[str, Any] | None) -> Promises:
    """The promises as they were kept; those of a new shop where nobody wrote any."""
    if not kept:
        return Promises()
    return Promises(
        tuple(Service(**each) for each in kept["services"]),
        kept["channel_service"],
        {(channel, service): hours for channel, service, hours in kept["channel_hours"]},
        {code: _read_place(each) for code, each in kept["places"].items()},
    )


def _read_place(kept: Mapping[str, Any]) -> Place:
    return Place(
        tuple(kept["days"]),
        kept["opens"],
        kept["closes"],
        {date.fromisoformat(day): name for day, name in kept["holidays"].items()},
        tuple(Pickup(**each) for each in kept["pickups"]),
    )


def write(promises: Promises) -> dict[str, Any]:
    """The promises as JSON, checked. Raises Malformed for what cannot be meant."""
    names = [service.name for service in promises.services]
    if not names or len(set(names)) != len(names) or not all(map(_NAME.fullmatch, names)):
        raise Malformed("Each service has a name of its own: letters, digits, - and _.", details={"field": "services"})
    for service in promises.services:
        _check_hours(service.hours, service.title)
    if unknown := (set(promises.channel_service.values()) | {name for _, name in promises.channel_hours}) - set(names):
        raise Malformed(f"There is no service “{min(unknown)}”.", details={"field": "services"})
    for (channel, _), hours in promises.channel_hours.items():
        _check_hours(hours, channel)
    return {
        "services": [{"name": s.name, "title": s.title.strip() or s.name, "hours": s.hours} for s in promises.services],
        "channel_service": dict(promises.channel_service),
        "channel_hours": [[*key, hours] for key, hours in sorted(promises.channel_hours.items())],
        "places": {code: _write_place(code, place) for code, place in promises.places.items()},
    }


def _check_hours(hours: int, what: str) -> None:
    if not 0 <= hours <= MOST_HOURS:
        raise Malformed(f"{what}: whole hours from 0 to {MOST_HOURS:,}.", details={"field": "hours"})


def _write_place(code: str, place: Place) -> dict[str, Any]:
    if not 0 <= place.opens < place.closes <= DAY_MINUTES:
        raise Malformed(f"{code}: it closes after it opens, on the same day.", details={"field": "opens"})
    if not place.days or not set(place.days) <= set(EVERY_DAY):
        raise Malformed(f"{code}: it works on one day of the week at least.", details={"field": "days"})
    if len(place.pickups) > MOST_PICKUPS or len(place.holidays) > MOST_HOLIDAYS:
        raise Malformed(f"{code}: at most {MOST_PICKUPS} cut-offs and {MOST_HOLIDAYS} holidays.")
    return {
        "days": sorted(set(place.days)),
        "opens": place.opens,
        "closes": place.closes,
        "holidays": {str(day): name for day, name in sorted(place.holidays.items())},
        "pickups": [{"courier": p.courier, "minute": p.minute} for p in sorted(place.pickups, key=_by_time)],
    }


def _by_time(pickup: Pickup) -> tuple[int, str]:
    return pickup.minute, pickup.courier


def read_minute(text: str) -> int:
    """Minutes since midnight of "17:00"; "24:00" is the end of the day. Raises Malformed."""
    hour, _, minute = text.strip().partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(minute) < 60):
        raise Malformed(f"“{text.strip()[:20]}” is no time of day: write it as 17:00.")
    whole = int(hour) * 60 + int(minute)
    if whole > DAY_MINUTES:
        raise Malformed(f"“{text.strip()[:20]}” is no time of day: write it as 17:00.")
    return whole


def show_minute(minute: int) -> str:
    """Time of day: 17:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read_pickups(text: str) -> tuple[Pickup, ...]:
    """Cut-offs, one a line: a time, then the courier ("17:00 Delhivery"). Raises Malformed, naming the line."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        when, _, courier = line.partition(" ")
        found.append(Pickup(" ".join(courier.split())[:60], read_minute(when)))
    return tuple(found)


def read_holidays(text: str) -> dict[date, str]:
    """Holidays, one a line, the date first or last, as anybody writes it: 2027-01-26, 26-01-2027, 26 January 2027.

    Day before month, as in India. Raises Malformed, naming the line.
    """
    return dict(_holiday(line) for line in filter(None, map(str.strip, text.splitlines())))


def _holiday(line: str) -> tuple[date, str]:
    try:
        if found := _ISO.search(line):
            day = date(*map(int, found.groups()))
        elif found := _INDIAN.search(line):
            number, month, year = found.groups()
            day = date(int(year), _month(month), int(number))
        else:
            raise ValueError(line)
    except ValueError:
        raise Malformed(f"“{line[:60]}” has no date: write it as 26-01-2027 Republic Day.") from None
    name = re.sub(r"^[\s,;:–-]+|[\s,;:–-]+$", "", f"{line[: found.start()]} {line[found.end() :]}")
    return day, " ".join(name.split())[:60]


def _month(text: str) -> int:
    return int(text) if text.isdecimal() else _MONTHS.index(text[:3].lower()) + 1
