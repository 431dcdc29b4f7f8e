"""The promises as a form: services, channels, and each location's hours, holidays and courier cut-offs."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain import promises as rules
from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.lifecycle import LIFECYCLE, OPEN_STAGES
from oms_app.domain.pickups import ENOUGH, StageTime
from oms_app.domain.promises import ANYWHERE, Place, Promises, Service, show_minute
from oms_app.domain.working_time import EVERY_DAY
from oms_app.services import promises
from oms_app.services.promises import PromiseSettings
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, typed


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service level; the empty one at the end adds another."""

    name: str = ""
    title: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class OwnHours:
    """Hours of a service on a channel; empty: as the service says."""

    service: str
    title: str
    hours: str


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """What differs for a channel."""

    name: str
    title: str
    service: str
    hours: list[OwnHours]


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A location: its days by number, and lists as one writes them."""

    code: str
    name: str
    days: list[bool]
    opens: str
    closes: str
    holidays: str
    pickups: str


@dataclass(frozen=True, slots=True)
class StageRow:
    """How long orders take from a stage to the door."""

    title: str
    orders: str
    half: str
    most: str


class PromisesState(SessionState, rx.State):
    """The promises as they were read last."""

    services: list[ServiceRow] = []
    choices: list[tuple[str, str]] = []
    channels: list[ChannelRow] = []
    places: list[PlaceRow] = []
    stages: list[StageRow] = []
    worked_out: str = ""
    version: int = 0
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """Read the promises."""
        self._show(await self.call(promises.read))
        self.problem, self.ready = "", True

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Write all promises; what is wrong stands above them."""
        try:
            await self.call(promises.save, self._promises(form))
        except OmsError as error:
            self.problem = error.message
            return None
        return [PromisesState.load, notice("Saved. Orders that arrive from now on are promised so.")]

    def _promises(self, form: dict[str, Any]) -> Promises:
        services = tuple(
            Service(name, typed(form, f"title-{place}"), _hours(typed(form, f"hours-{place}")))
            for place in range(len(self.services))
            if (name := typed(form, f"name-{place}").lower().replace(" ", "_"))
        )
        known = {service.name for service in services}
        own = {row.name: typed(form, f"service-{row.name}") for row in self.channels}
        hours = {
            (row.name, each.service): _hours(text)
            for row in self.channels
            for each in row.hours
            if each.service in known and (text := typed(form, f"own-{row.name}-{each.service}"))
        }
        places = {row.code: _place(form, row.code) for row in self.places}
        return Promises(
            services,
            {channel: service for channel, service in own.items() if service in known},
            hours,
            {code: place for code, place in places.items() if place != ANYWHERE},
        )

    def _show(self, found: PromiseSettings) -> None:
        its = found.promises
        self.services = [*(ServiceRow(s.name, s.title, str(s.hours)) for s in its.services), ServiceRow()]
        self.choices = [("", f"{its.services[0].title} (the first)"), *((s.name, s.title) for s in its.services)]
        self.channels = [
            ChannelRow(
                name,
                title,
                its.channel_service.get(name, ""),
                [OwnHours(s.name, s.title, str(its.channel_hours.get((name, s.name), ""))) for s in its.services],
            )
            for name, title in found.channels
        ]
        self.places = [_place_row(code, name, its.places.get(code, ANYWHERE)) for code, name in found.locations]
        self.stages = [_stage_row(LIFECYCLE[stage].title, found.times.get(stage)) for stage in OPEN_STAGES]
        zone = ZoneInfo(get_settings().timezone)
        self.worked_out = moments.show(found.worked_out, zone) if found.worked_out else ""
        self.version += 1


def _hours(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise Malformed("The hours of a service are a whole number.")
    return int(text)


def _place(form: dict[str, Any], code: str) -> Place:
    return Place(
        tuple(day for day in EVERY_DAY if form.get(f"day-{code}-{day}")),
        rules.read_minute(typed(form, f"opens-{code}")),
        rules.read_minute(typed(form, f"closes-{code}")),
        rules.read_holidays(typed(form, f"holidays-{code}")),
        rules.read_pickups(typed(form, f"pickups-{code}")),
    )


def _place_row(code: str, name: str, place: Place) -> PlaceRow:
    return PlaceRow(
        code,
        name,
        [day in place.days for day in EVERY_DAY],
        show_minute(place.opens),
        show_minute(place.closes),
        "\n".join(f"{day} {called}".strip() for day, called in place.holidays.items()),
        "\n".join(f"{show_minute(each.minute)} {each.courier}".strip() for each in place.pickups),
    )


def _stage_row(title: str, time: StageTime | None) -> StageRow:
    if time is None or not time.known:
        return StageRow(title, f"{time.orders if time else 0} of {ENOUGH}", "not enough history", "not enough history")
    return StageRow(title, f"{time.orders:,}", moments.span(time.half), moments.span(time.most))
