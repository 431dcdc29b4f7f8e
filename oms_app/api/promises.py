"""What the shop promises: services, working hours, holidays, courier cut-offs; and how long its stages take."""

from datetime import date
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Moment, Required, Word, at
from oms_app.domain import promises as rules
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.promises import MOST_HOURS, Pickup, Place, Promises, Service, show_minute
from oms_app.services import promises
from oms_app.services.promises import PromiseSettings

endpoints = Endpoints("promises")
Hours = Annotated[int, Field(ge=0, le=MOST_HOURS, description="Working hours.")]
Clock = Annotated[str, Field(pattern=r"^\d{1,2}:\d{2}$", examples=["17:00"])]
DayIn = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2027-01-26"])]


class ServiceIn(Body):
    """A service level. Orders that name none get their channel's, else the first."""

    name: Word
    title: Word = ""
    hours: Hours


class ChannelIn(Body):
    """What differs for a channel: its service, and hours by service."""

    channel: Required
    service: Word = ""
    hours: dict[str, Hours] = {}


class HolidayIn(Body):
    """A day on which a location is closed."""

    day: DayIn
    name: Word = ""


class PickupIn(Body):
    """When a courier comes, or closes its list."""

    time: Clock
    courier: Word = ""


class PlaceIn(Body):
    """When a location works. Days: 0 is Monday. A location that is left out never closes and has no courier times."""

    location: Required
    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)] = [0, 1, 2, 3, 4, 5, 6]
    opens: Clock = "00:00"
    closes: Clock = "24:00"
    holidays: Annotated[list[HolidayIn], Field(max_length=rules.MOST_HOLIDAYS)] = []
    pickups: Annotated[list[PickupIn], Field(max_length=rules.MOST_PICKUPS)] = []


class PromisesIn(Body):
    """All promises; they replace what was set before."""

    services: Annotated[list[ServiceIn], Field(min_length=1, max_length=20)]
    channels: Annotated[list[ChannelIn], Field(max_length=200)] = []
    places: Annotated[list[PlaceIn], Field(max_length=200)] = []


class ServiceShape(TypedDict):
    """A service level."""

    name: str
    title: str
    hours: int


class ChannelShape(TypedDict):
    """What differs for a channel."""

    channel: str
    service: str
    hours: dict[str, int]


class HolidayShape(TypedDict):
    """A day on which a location is closed."""

    day: str
    name: str


class PickupTime(TypedDict):
    """When a courier comes."""

    time: str
    courier: str


class PlaceShape(TypedDict):
    """When a location works."""

    location: str
    days: list[int]
    opens: str
    closes: str
    holidays: list[HolidayShape]
    pickups: list[PickupTime]


class StageTimeShape(TypedDict):
    """Working seconds from entering a stage until leaving the building. Not `known`: too few orders to predict from."""

    stage: str
    orders: int
    known: bool
    p50_s: int
    p90_s: int


class PromisesShape(TypedDict):
    """All promises, and how long the stages took lately."""

    services: list[ServiceShape]
    channels: list[ChannelShape]
    places: list[PlaceShape]
    stage_times: list[StageTimeShape]
    worked_out_at: Moment | None


@endpoints.get("/promises", P.SEE_ORDERS)
def get_promises(actor: Actor) -> PromisesShape:
    """What the shop promises, and how long its stages take."""
    return _shown(promises.read(actor))


@endpoints.post("/promises", P.EDIT_RULES, status=200)
def set_promises(actor: Actor, body: PromisesIn) -> PromisesShape:
    """Replace the promises, for orders that arrive from now on."""
    promises.save(actor, _promises(body))
    return _shown(promises.read(actor))


def _promises(body: PromisesIn) -> Promises:
    return Promises(
        tuple(Service(each.name, each.title, each.hours) for each in body.services),
        {each.channel: each.service for each in body.channels if each.service},
        {(each.channel, service): hours for each in body.channels for service, hours in each.hours.items()},
        {each.location: _place(each) for each in body.places},
    )


def _place(given: PlaceIn) -> Place:
    return Place(
        tuple(given.days),
        rules.read_minute(given.opens),
        rules.read_minute(given.closes),
        {_day(each.day): each.name for each in given.holidays},
        tuple(Pickup(each.courier, rules.read_minute(each.time)) for each in given.pickups),
    )


def _day(text: str) -> date:
    return next(iter(rules.read_holidays(text)))


def _shown(found: PromiseSettings) -> PromisesShape:
    its = found.promises
    channels = dict.fromkeys([*its.channel_service, *(channel for channel, _ in its.channel_hours)])
    return {
        "services": [{"name": s.name, "title": s.title, "hours": s.hours} for s in its.services],
        "channels": [
            {
                "channel": channel,
                "service": its.channel_service.get(channel, ""),
                "hours": {service: hours for (of, service), hours in its.channel_hours.items() if of == channel},
            }
            for channel in channels
        ],
        "places": [_place_shape(code, place) for code, place in its.places.items()],
        "stage_times": [
            {"stage": stage, "orders": t.orders, "known": t.known, "p50_s": t.half, "p90_s": t.most}
            for stage, t in found.times.items()
        ],
        "worked_out_at": at(found.worked_out),
    }


def _place_shape(code: str, place: Place) -> PlaceShape:
    return {
        "location": code,
        "days": list(place.days),
        "opens": show_minute(place.opens),
        "closes": show_minute(place.closes),
        "holidays": [{"day": str(day), "name": name} for day, name in place.holidays.items()],
        "pickups": [{"time": show_minute(p.minute), "courier": p.courier} for p in place.pickups],
    }
