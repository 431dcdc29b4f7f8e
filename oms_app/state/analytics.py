"""The analytics page in one browser tab: filters from its address, figures from one service call, live while open."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.domain.money import show_count
from oms_app.domain.orders import EventView
from oms_app.domain.periods import COMPARISONS, PRESETS, Compare, Period, Step, chosen, read_day
from oms_app.domain.query import Match, Not, all_of, parse
from oms_app.domain.series import Point, Series
from oms_app.services import analytics
from oms_app.services.analytics import CHARTS, Dashboard, Wanted
from oms_app.state import live
from oms_app.state.analytics_view import Chart, Chip, Picked, Tile, chart, link, sheet, tile
from oms_app.state.session import SessionState

ROOM = "analytics"
EVERY = 3.0
"""Seconds between two readings of an open page, however busy the shop is."""

ALL = "all"
CUSTOM = "custom"
_waiting: set[asyncio.Task[None]] = set()


class AnalyticsState(SessionState, rx.State):
    """Filters live in the address, so that Back undoes them; figures are read for whoever sits here."""

    period: str = "30d"
    first: str = ""
    last: str = ""
    compare: str = str(Compare.PREVIOUS)
    q: str = ""
    currency: str = ""
    channel: str = ALL
    location: str = ALL

    ready: bool = False
    busy: bool = False
    failure: str = ""
    said: str = ""
    indian: bool = True
    chips: list[Chip] = []
    channels: list[tuple[str, str]] = []
    locations: list[tuple[str, str]] = []
    currencies: list[str] = []
    tiles: list[Tile] = []
    orders_over_time: Chart = Chart()
    stage_dwell: Chart = Chart()
    backlog_age: Chart = Chart()
    channel_mix: Chart = Chart()
    peak_hours: Chart = Chart()
    top_products: Chart = Chart()
    picked: Picked = Picked()
    tables: list[str] = []
    defined: str = ""
    _points: dict[str, dict[str, Picked]] = {}
    _week: bool = False

    @rx.event
    async def arrive(self):
        """Show what the address asks for, and hear of changes while the page is open."""
        asked = self.router.url.query_parameters
        self.first, self.last = asked.get("from", ""), asked.get("to", "")
        self.period = CUSTOM if self.first or self.last else asked.get("period", "30d")
        self.compare = asked.get("compare", str(Compare.PREVIOUS))
        self.q, self.currency = asked.get("q", "").strip(), asked.get("currency", "")
        self.channel, self.location = _only("channel", self.q), _only("location", self.q)
        self.picked, self.busy = Picked(), True
        yield
        await self._read()
        await live.enter(self.router.session.session_id, ROOM)

    @rx.event
    async def refresh(self):
        """Read the figures anew."""
        await self._read()

    @rx.event
    async def depart(self):
        """The page was left."""
        await live.leave(self.router.session.session_id, ROOM)

    @rx.event
    async def choose(self, name: str, value: str):
        """Change one filter of the bar; the address remembers it."""
        if name == "period" and value in PRESETS:
            return rx.redirect(self._address(period=value, first="", last=""))
        if name == "compare" and value in COMPARISONS:
            return rx.redirect(self._address(compare=value))
        if name == "currency":
            return rx.redirect(self._address(currency=value))
        if name in ("channel", "location"):
            return rx.redirect(self._address(q=_with_only(name, value, self.q)))
        return None

    @rx.event
    async def choose_days(self, form: dict[str, Any]):
        """Take a period of one's own."""
        first, last = read_day(str(form.get("first", ""))), read_day(str(form.get("last", "")))
        period = chosen(min(first, last), max(first, last))
        return rx.redirect(self._address(first=str(period.first), last=str(period.last)))

    @rx.event
    async def select(self, keys: list[str]):
        """Make the points that a box was drawn round the period."""
        if not keys:
            return None
        first, last = read_day(str(min(keys))[:10]), read_day(str(max(keys))[:10])
        if self._week:
            last += timedelta(days=6)
        return rx.redirect(self._address(first=str(first), last=str(last)))

    @rx.event
    async def pick(self, name: str, key: str):
        """A point was clicked: offer what can be done with it."""
        self.picked = self._points.get(name, {}).get(key, Picked())

    @rx.event
    async def unpick(self):
        """Put the offer away."""
        self.picked = Picked()

    @rx.event
    async def turn(self, name: str):
        """Show a chart as its table, or back."""
        if name in CHARTS:
            shown = set(self.tables) ^ {name}
            self.tables = sorted(shown)

    @rx.event
    async def define(self, name: str):
        """Say under a chart what it counts, or put that away."""
        self.defined = "" if self.defined == name else name

    @rx.event
    async def save_csv(self, name: str):
        """The table twin as a file."""
        if name not in CHARTS:
            return None
        twin: Chart = getattr(self, name)
        return rx.download(data=sheet(twin), filename=f"{name}.csv")

    async def _read(self) -> None:
        wanted = Wanted(self.period, self.first, self.last, _comparison(self.compare), self.q, self.currency)
        try:
            found = await self.call(analytics.dashboard, wanted)
        except OmsError as error:
            self.failure, self.busy, self.ready = error.message, False, True
            self.chips = self._chips()
            return
        self._show(found)
        self.failure, self.busy, self.ready = "", False, True

    def _show(self, found: Dashboard) -> None:
        self.indian, self.currency = found.currency == "INR", found.currency
        self.channels, self.locations = list(found.channels), list(found.locations)
        self.currencies = list(found.currencies)
        self._week = found.period.step is Step.WEEK
        self.chips = self._chips()
        others = [f"{show_count(many)} in {name}" for name, many in found.tiles[1].others]
        self.said = f"{found.period}" + (f", compared with {found.against}" if found.against else "")
        self.said += f". Money is in {found.currency}; orders left out of it: {', '.join(others)}." if others else ""
        self.tiles = [tile(series) for series in found.tiles]
        for name, series in found.charts.items():
            if (drawn := chart(name, series)) != getattr(self, name):
                setattr(self, name, drawn)
        self._points = {
            name: {point.key: self._picked(name, series, point) for point in series.points}
            for name, series in found.charts.items()
        }

    def _picked(self, name: str, series: Series, point: Point) -> Picked:
        shown = "View 1 order" if point.orders == 1 else f"View {show_count(point.orders)} orders"
        return Picked(name, point.label, point.orders, shown, link(series, point), *self._narrower(name, series, point))

    def _narrower(self, name: str, series: Series, point: Point) -> tuple[str, str]:
        """(address with only this point, address without it)."""
        if name == "orders_over_time":
            first = read_day(point.key[:10])
            last = min(first + timedelta(days=6 if self._week else 0), series.period.last)
            return self._address(first=str(first), last=str(last)), ""
        term = parse(point.term)
        if not term.root:
            return "", ""
        here = parse(self.q)
        return (
            self._address(q=str(all_of(here, term))),
            self._address(q=str(all_of(here, Not(term.root)))),
        )

    def _chips(self) -> list[Chip]:
        query = parse(self.q)
        words = [Chip(str(item), self._address(q=str(query.without(at)))) for at, item in enumerate(query.items)]
        if not (self.first and self.last):
            return words
        try:
            days = str(Period(read_day(self.first), read_day(self.last)))
        except OmsError:
            days = f"{self.first} to {self.last}"
        return [Chip(days, self._address(period="30d", first="", last="")), *words]

    def _address(self, **changes: str) -> str:
        """This page with some filters changed."""
        now = {"period": self.period, "first": self.first, "last": self.last, "compare": self.compare, "q": self.q}
        asked = {**now, "currency": self.router.url.query_parameters.get("currency", ""), **changes}
        days = {"from": asked["first"], "to": asked["last"]} if asked["first"] else {"period": asked["period"]}
        query = {**days, "compare": asked["compare"], "q": asked["q"], "currency": asked["currency"]}
        return f"/analytics?{urlencode({name: value for name, value in query.items() if value})}"


@live.reader
async def tell_readers(events: Sequence[EventView]) -> None:
    """Ask the open pages to read again, soon after the first of many changes."""
    if _waiting or live.is_empty(ROOM) or not any(event.order_id is not None for event in events):
        return
    task = asyncio.create_task(_ask_soon())
    _waiting.add(task)
    task.add_done_callback(_waiting.discard)


async def _ask_soon() -> None:
    await asyncio.sleep(EVERY)
    await live.ask(ROOM, AnalyticsState.refresh)


def _comparison(name: str) -> Compare:
    return Compare(name) if name in set(Compare) else Compare.NONE


def _only(name: str, q: str) -> str:
    """The one value that a search asks a field for; ALL where it asks for none or for more."""
    found = [item.values for item in parse(q).items if isinstance(item, Match) and item.field == name]
    return found[0][0] if len(found) == 1 and len(found[0]) == 1 else ALL


def _with_only(name: str, value: str, q: str) -> str:
    """The search with this value of a field and no other; without the field for ALL."""

    def asks(item: Any) -> bool:
        leaf = item.item if isinstance(item, Not) else item
        return isinstance(leaf, Match) and leaf.field == name

    kept = [item for item in parse(q).items if not asks(item)]
    return str(all_of(*kept) if value == ALL else all_of(*kept, Match(name, (value,))))
