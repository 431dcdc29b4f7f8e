"""Lots in the browser: what expires, one lot's way, and the lots of one product."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import Malformed, NotFound, OmsError
from oms_app.domain.lots import Came, LotEntryView, LotView, Terms, read_day
from oms_app.services import lots
from oms_app.settings import get_settings
from oms_app.state.inventory import ProductState
from oms_app.state.session import SessionState, notice, typed

ROWS = 50
WITHIN = (("expired", "Expired", -1), ("7", "In 7 days", 7), ("30", "In 30 days", 30), ("90", "In 90 days", 90))
"""Choices of the expiry list: in the address, in words, in days from today."""


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot, written out. `standing`: good, soon (no more of it is sold), expired."""

    id: int = 0
    sku: str = ""
    name: str = ""
    location: str = ""
    code: str = ""
    expires: str = ""
    standing: str = "good"
    said: str = ""
    units: int = 0


@dataclass(frozen=True, slots=True)
class EntryRow:
    """What came into a lot or left it, written out."""

    at: str
    units: str
    kind: str
    reason: str
    actor: str


class LotsState(SessionState, rx.State):
    """Lots by the day they expire, as the address asks for them; one of them with its history beside."""

    rows: list[LotRow] = []
    words: str = ""
    within: str = ""
    more: bool = False
    ready: bool = False
    failure: str = ""
    lot: LotRow = LotRow()
    entries: list[EntryRow] = []
    _after: tuple[int, int] = (-1, 0)

    @rx.event
    async def load(self):
        """Read the first page, or the lot, that the address asks for."""
        query = self.router.url.query_parameters
        self.words, self.within = query.get("q", "").strip()[:80], query.get("within", "")
        self.rows, self.failure, self.lot, self.entries, self._after = [], "", LotRow(), [], (-1, 0)
        chosen = query.get("lot", "")
        if chosen.isdecimal() and len(chosen) < 19:
            return LotsState.read_lot(int(chosen))
        await self._append()
        self.ready = True
        return None

    @rx.event
    async def read_lot(self, lot_id: int):
        """Read one lot, and where its units went."""
        try:
            view, entries = await self.call(lots.history, int(lot_id))
            self.lot, self.entries = _row(view), [_entry(each) for each in entries]
        except NotFound as error:
            self.failure = error.message
        self.ready = True

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._append()

    @rx.event
    async def search(self, form: dict[str, Any]):
        """Look for a SKU or a lot; the address remembers it."""
        query = {"q": typed(form, "q")} | ({"within": self.within} if self.within else {})
        return rx.redirect(f"/inventory/lots?{urlencode(query)}")

    async def _append(self) -> None:
        days = next((days for name, _, days in WITHIN if name == self.within), None)
        try:
            found = await self.call(lots.expiring, within=days, words=self.words, after=self._after, limit=ROWS + 1)
        except OmsError as error:
            self.failure = error.message
            return
        self.rows = [*self.rows, *(_row(view) for view in found[:ROWS])]
        self.more = len(found) > ROWS
        if self.more:
            self._after = lots.place_of(found[ROWS - 1])


class ProductLotsState(SessionState, rx.State):
    """The lots of the product on the screen, the switch, and the form that names units."""

    tracked: bool = False
    unsold_days: int = 0
    rows: list[LotRow] = []
    dialog: bool = False
    naming: LotRow = LotRow()
    problem: str = ""

    @rx.event
    async def load(self):
        """Read the terms of the product that the address names; its lots follow."""
        self.rows = []
        try:
            terms = await self.call(lots.terms, str(self.stock_sku))
        except NotFound:
            return None  # the page says so
        self.tracked, self.unsold_days = terms.tracked, terms.unsold_days
        return ProductLotsState.read_lots

    @rx.event
    async def read_lots(self):
        """Read its lots."""
        self.rows = [_row(view) for view in await self.call(lots.of_product, str(self.stock_sku))]

    @rx.event
    async def open_terms(self):
        """Open the form of the switch."""
        self.dialog, self.problem = True, ""

    @rx.event
    async def close_terms(self, stays_open: bool = False):
        """Close the form of the switch."""
        self.dialog = stays_open

    @rx.event
    async def open_naming(self, lot_id: int):
        """Open the form that says of which lot units are."""
        self.naming, self.problem = next((each for each in self.rows if each.id == int(lot_id)), LotRow()), ""

    @rx.event
    async def close_naming(self, stays_open: bool = False):
        """Close the form that names units."""
        if not stays_open:
            self.naming = LotRow()

    @rx.event(temporal=True)
    async def set_terms(self, form: dict[str, Any]):
        """Switch lots on or off, and say when they are not sold any more."""
        try:
            wanted = Terms(typed(form, "tracked") == "yes", _count(typed(form, "unsold_days") or "0"))
            await self.call(lots.set_terms, str(self.stock_sku), wanted)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = False
        return [ProductLotsState.load, ProductState.load, notice("It is saved.")]

    @rx.event(temporal=True)
    async def name_units(self, form: dict[str, Any]):
        """Say of which lot units are."""
        try:
            to = Came(typed(form, "lot_code"), read_day(typed(form, "lot_expires")))
            found = await self.call(lots.name, self.naming.id, to=to, units=_count(typed(form, "lot_units")))
        except OmsError as error:
            self.problem = error.message
            return None
        self.rows, self.naming = [_row(view) for view in found], LotRow()
        return [ProductState.load, notice("The units have their lot.")]


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 7):
        raise Malformed("Write a whole number, like 5.")
    return int(text)


def _row(view: LotView) -> LotRow:
    today = datetime.now(ZoneInfo(get_settings().timezone)).date()
    standing, said = "good", ""
    if view.expires is not None and view.sold_until is not None:
        if view.expires < today:
            standing, said = "expired", "Expired"
        elif view.sold_until < today:
            standing, said = "soon", "Not sold any more"
    return LotRow(
        id=view.id,
        sku=view.sku,
        name=view.name,
        location=view.location,
        code=view.code or "No lot",
        expires=moments.show_date(view.expires) if view.expires else "–",
        standing=standing,
        said=said,
        units=view.units,
    )


def _entry(view: LotEntryView) -> EntryRow:
    return EntryRow(
        at=moments.show(view.at, ZoneInfo(get_settings().timezone)),
        units=f"{view.units:+,}".replace("-", "−"),
        kind=view.kind.replace("_", " "),
        reason=view.reason,
        actor=view.actor,
    )
