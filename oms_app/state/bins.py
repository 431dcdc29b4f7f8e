"""The bins of a location in the browser: their codes, what is found in each, and putting an article into one."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.services import bins
from oms_app.state.places import PlacesState
from oms_app.state.session import SessionState, notice, typed

ROWS = 50


@dataclass(frozen=True, slots=True)
class BinCard:
    """A bin: how many articles are found in it, the first of their SKUs, and how many more there are."""

    code: str
    products: int
    skus: list[str]
    more: int


class BinsState(SessionState, rx.State):
    """Bins of one location, which is in the address."""

    location: str = ""
    rows: list[BinCard] = []
    more: bool = False
    ready: bool = False
    failure: str = ""
    dialog: bool = False
    problem: str = ""

    @rx.event
    async def load(self):
        """Read the first bins of what the address names, else of the first location."""
        self.location = self.router.url.query_parameters.get("location", "")[:40]
        if not self.location:
            places = await self.get_state(PlacesState)
            self.location = places.locations[0].code if places.locations else ""
        self.rows, self.failure, self.dialog = [], "", False
        return BinsState.show_more

    @rx.event
    async def show_more(self):
        """Read the next bins."""
        after = self.rows[-1].code if self.rows else ""
        try:
            found = await self.call(bins.page, self.location, after=after, limit=ROWS + 1)
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return
        cards = [BinCard(row.code, row.products, list(row.skus), row.products - len(row.skus)) for row in found[:ROWS]]
        self.rows, self.more, self.ready = [*self.rows, *cards], len(found) > ROWS, True

    @rx.event
    async def choose(self, location: str):
        """Another location."""
        return rx.redirect(f"/inventory/bins?{urlencode({'location': str(location)})}")

    @rx.event
    async def open_dialog(self):
        """Open the form that puts an article into a bin."""
        self.dialog, self.problem = True, ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        self.dialog = stays_open

    @rx.event(temporal=True)
    async def put(self, form: dict[str, Any]):
        """Say that an article is found in a bin; the bin is made if there is none."""
        sku, code = typed(form, "sku"), typed(form, "bin")
        try:
            await self.call(bins.put, sku, self.location, code)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = False
        return [BinsState.load, notice(f"{sku} is found in {code}.")]
