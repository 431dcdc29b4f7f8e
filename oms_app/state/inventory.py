"""Stock in the browser: the list of goods, and one product with its levels, ledger and adjustments."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.catalogue import LevelView, MovementView, StockRow, StockView
from oms_app.domain.errors import NotFound, OmsError
from oms_app.domain.lots import Came, read_day
from oms_app.domain.runs import Selection, Subject
from oms_app.domain.stock import MovementKind
from oms_app.domain.stock_actions import search_for
from oms_app.services import bins, stock
from oms_app.settings import get_settings
from oms_app.state.picking import PickingState
from oms_app.state.session import SessionState, notice, typed

ROWS = 50


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A line of the ledger, written out."""

    id: int
    at: str
    location: str
    kind: str
    quantity: str
    reason: str
    actor: str


class InventoryState(PickingState, rx.State):
    """The list of goods; its words and its filter are in the address."""

    rows: list[StockRow] = []
    words: str = ""
    only_out: bool = False
    more: bool = False
    ready: bool = False
    failure: str = ""

    @rx.event
    async def load(self):
        """Read the first page that the address asks for."""
        query = self.router.url.query_parameters
        self.words, self.only_out = query.get("q", "").strip()[:80], query.get("show", "") == "out"
        self._begin()
        await self._again()
        self.ready = True

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._append()

    @rx.event
    async def search(self, form: dict[str, Any]):
        """Look for words; the address remembers them, so that Back undoes it."""
        return rx.redirect(address(typed(form, "q"), self.only_out))

    @rx.event
    async def toggle_out(self):
        """Leave only goods of which nothing is available, or show all."""
        return rx.redirect(address(self.words, not self.only_out))

    async def _again(self) -> None:
        self.rows, self.failure = [], ""
        await self._append()

    def _shown(self) -> list[str]:
        return [row.sku for row in self.rows]

    def _chosen(self) -> Selection:
        if self.everything:
            return Selection(q=search_for(self.words, only_out=self.only_out), subject=Subject.STOCK)
        return Selection(tuple((sku, None) for sku in self.selected), subject=Subject.STOCK)

    async def _append(self) -> None:
        after = self.rows[-1].sku if self.rows else ""
        try:
            found = await self.call(
                stock.page, after_sku=after, words=self.words, only_out=self.only_out, limit=ROWS + 1
            )
        except OmsError as error:
            self.failure = error.message
            return
        self.rows = [*self.rows, *found[:ROWS]]
        self.more = len(found) > ROWS


class ProductState(SessionState, rx.State):
    """One product: where its units lie and how they came and went."""

    stock: StockView = StockView("", "", 0, 0, 0, 0, ())
    levels: list[LevelView] = []
    ledger: list[MovementRow] = []
    more: bool = False
    ready: bool = False
    failure: str = ""
    dialog: bool = False
    bins_at: str = ""
    bins: str = ""
    problem: str = ""

    @rx.event
    async def load(self):
        """Read the levels of the product that the address names; the ledger follows."""
        self.ready, self.failure, self.ledger = False, "", []
        try:
            self._show(await self.call(stock.get, str(self.stock_sku)))
        except NotFound as error:
            self.failure, self.ready = error.message, True
            return None
        self.ready = True
        return ProductState.read_ledger(0)

    @rx.event
    async def read_ledger(self, before: int):
        """Read a page of the ledger, older than a movement, or the newest."""
        found = await self.call(stock.movements, self.stock.sku, before=int(before) or None, limit=ROWS + 1)
        rows = [_movement(each) for each in found[:ROWS]]
        self.ledger = [*self.ledger, *rows] if before else rows
        self.more = len(found) > ROWS

    @rx.event
    async def open_dialog(self):
        """Open the form for an adjustment."""
        self.dialog, self.problem = True, ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        self.dialog = stays_open

    @rx.event
    async def open_bins(self, location: str):
        """Open the form for the bins at a location."""
        self.bins_at, self.problem = str(location), ""
        self.bins = next((level.bins for level in self.levels if level.location == self.bins_at), "")

    @rx.event
    async def close_bins(self, stays_open: bool = False):
        """Close the form for bins."""
        if not stays_open:
            self.bins_at = ""

    @rx.event(temporal=True)
    async def put_in_bins(self, form: dict[str, Any]):
        """Say in which bins it is found."""
        codes = [code for code in (part.strip() for part in typed(form, "bins").split(",")) if code]
        try:
            self._show(await self.call(bins.arrange, self.stock.sku, self.bins_at, codes))
        except OmsError as error:
            self.problem = error.message
            return None
        self.bins_at = ""
        return notice("The bins are noted.")

    @rx.event(temporal=True)
    async def adjust(self, form: dict[str, Any]):
        """Change what is on hand, with a reason."""
        text = typed(form, "quantity").replace("−", "-").removeprefix("+")
        if not text.removeprefix("-").isdecimal():
            self.problem = "Write a whole number, like 12 or -3."
            return None
        location, reason = typed(form, "location"), typed(form, "reason")
        kind = typed(form, "kind") or MovementKind.ADJUSTED
        try:
            lot = Came(typed(form, "lot"), read_day(typed(form, "expires")))
            found = await self.call(
                stock.adjust, self.stock.sku, location, int(text), reason=reason, kind=kind, lot=lot
            )
            self._show(found)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = False
        return [ProductState.read_ledger(0), notice("The stock is adjusted.")]

    def _show(self, found: StockView) -> None:
        self.stock, self.levels = found, list(found.levels)


def address(words: str, only_out: bool) -> str:
    """The list with these words and this filter."""
    query = ({"q": words} if words else {}) | ({"show": "out"} if only_out else {})
    return f"/inventory?{urlencode(query)}" if query else "/inventory"


def _movement(row: MovementView) -> MovementRow:
    return MovementRow(
        id=row.id,
        at=moments.show(row.at, ZoneInfo(get_settings().timezone)),
        location=row.location,
        kind=row.kind.replace("_", " "),
        quantity=f"{row.quantity:+,}".replace("-", "−"),
        reason=row.reason,
        actor=row.actor,
    )
