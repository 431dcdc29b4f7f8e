"""What channels call our products, in the browser: the SKUs nobody knows yet, and the map."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import Malformed, OmsError
from oms_app.services import products, sku_map
from oms_app.services.sku_map import Name, Waiting
from oms_app.settings import get_settings
from oms_app.state import draft_forms
from oms_app.state.draft import Option
from oms_app.state.products import sold
from oms_app.state.session import SessionState, notice, typed

ROWS = 50
HITS = 8
TO_QUEUE = rx.call_script("requestAnimationFrame(() => document.getElementById('unknown')?.focus())")
"""What had the focus is gone with its row."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A SKU that nobody knows, written out; `key` tells it from the same word of another channel."""

    key: str
    channel: str
    channel_title: str
    sku: str
    name: str
    told: str
    example: str


@dataclass(frozen=True, slots=True)
class NameRow:
    """A line of the map, written out."""

    channel: str
    channel_title: str
    theirs: str
    sku: str
    product: str
    units: int
    who: str


class SkuMapState(SessionState, rx.State):
    """The queue of unknown SKUs above the map. At most one row of the queue is open."""

    rows: list[WaitingRow] = []
    names: list[NameRow] = []
    more: bool = False
    more_names: bool = False
    opened: str = ""
    form: str = ""
    chosen: str = ""
    hits: list[Option] = []
    hits_for: str = ""
    problem: str = ""
    ready: bool = False
    failure: str = ""
    _found: list[Waiting] = []
    _named: list[Name] = []

    @rx.event
    async def load(self):
        """Read the queue; the map follows."""
        self._close()
        self._found, self._named = [], []
        await self._read_waiting()
        self.ready = True
        return SkuMapState.read_names

    @rx.event
    async def show_more(self):
        """Read the next unknown SKUs."""
        await self._read_waiting()

    @rx.event
    async def read_names(self):
        """Read the next page of the map."""
        last = self._named[-1] if self._named else None
        after = (last.channel, last.channel_sku) if last else ("", "")
        found = await self.call(sku_map.page, after=after, limit=ROWS + 1)
        self._named = [*self._named, *found[:ROWS]]
        self.names, self.more_names = [_name(each) for each in self._named], len(found) > ROWS

    @rx.event
    async def open_form(self, key: str, form: str):
        """Open a form below a SKU: the product that it is (map), or one that is not there yet (new)."""
        self._close()
        self.opened, self.form = str(key), str(form)
        return draft_forms.focus("find-product" if self.form == "map" else "sku")

    @rx.event
    async def close_form(self):
        """Close the form."""
        self._close()
        return TO_QUEUE

    @rx.event(supersedes=True)
    async def find(self, text: str):
        """Somebody types a SKU, a barcode, or a part of a name."""
        words = str(text).strip()[:80]
        found = await self.call(products.page, words=words, limit=HITS) if words else ()
        self.hits = [Option(each.product.sku, each.product.sku, each.product.name) for each in found]
        self.hits_for = words

    @rx.event
    async def choose(self, sku: str):
        """This product it is; how many of it make one of theirs comes next."""
        self.chosen, self.hits, self.hits_for, self.problem = str(sku), [], "", ""
        return [draft_forms.fill({"find-product": str(sku)}), draft_forms.focus("quantity")]

    @rx.event(temporal=True)
    async def put(self, form: dict[str, Any]):
        """Map the opened SKU to the product that was chosen, or whose SKU was typed whole."""
        row, units = self._row(), typed(form, "quantity")
        if not (units.isascii() and units.isdecimal()):
            self.problem = "Write how many of our units make one of theirs: 1."
            return None
        if not self.chosen:
            self.problem = "Choose a product from the list, or make a new one."
            return None
        return await self._done(
            sku_map.put, channel=row.channel, channel_sku=row.sku, sku=self.chosen, quantity=int(units)
        )

    @rx.event(temporal=True)
    async def make(self, form: dict[str, Any]):
        """Make the product that the opened SKU is."""
        row = self._row()
        try:
            values = sold(form)
        except OmsError as error:
            self.problem = error.message
            return None
        given = {"sku": typed(form, "sku"), "name": typed(form, "name"), **values}
        return await self._done(sku_map.make_product, channel=row.channel, channel_sku=row.sku, **given)

    @rx.event(temporal=True)
    async def remove(self, channel: str, theirs: str):
        """Forget what a channel's SKU is."""
        await self.call(sku_map.remove, channel=str(channel), channel_sku=str(theirs))
        return [notice(f"{theirs} is out of the map. Orders that came stay as they are."), SkuMapState.load]

    async def _done(self, service: Any, **given: Any) -> Any:
        try:
            done = await self.call(service, **given)
        except OmsError as error:
            self.problem = error.message
            return None
        went = f" {done} {'order goes' if done == 1 else 'orders go'} on." if done else ""
        return [notice(f"{given['channel_sku']} is known.{went}"), SkuMapState.load, TO_QUEUE]

    async def _read_waiting(self) -> None:
        last = self._found[-1] if self._found else None
        after = (last.channel, last.channel_sku) if last else ("", "")
        try:
            found = await self.call(sku_map.waiting, after=after, limit=ROWS + 1)
        except OmsError as error:
            self.failure = error.message
            return
        self._found = [*self._found, *found[:ROWS]]
        self.rows, self.more, self.failure = [_waiting(each) for each in self._found], len(found) > ROWS, ""

    def _row(self) -> WaitingRow:
        row = next((row for row in self.rows if row.key == self.opened), None)
        if row is None:
            raise Malformed("Open an unknown SKU first.")
        return row

    def _close(self) -> None:
        self.opened, self.form, self.chosen, self.hits, self.hits_for, self.problem = "", "", "", [], "", ""


def _waiting(each: Waiting) -> WaitingRow:
    since = moments.show_date(each.oldest.astimezone(ZoneInfo(get_settings().timezone)).date())
    orders = "1 order waits" if each.orders == 1 else f"{each.orders:,} orders wait"
    units = "1 unit" if each.units == 1 else f"{each.units:,} units"
    return WaitingRow(
        key=f"{each.channel}\n{each.channel_sku}",
        channel=each.channel,
        channel_title=each.channel_title,
        sku=each.channel_sku,
        name=each.name,
        told=f"{orders}, {units}, since {since}",
        example=each.example,
    )


def _name(each: Name) -> NameRow:
    day = moments.show_date(each.created_at.astimezone(ZoneInfo(get_settings().timezone)).date())
    who = f"{each.created_by}, {day}"
    return NameRow(each.channel, each.channel_title, each.channel_sku, each.sku, each.product, each.quantity, who)
