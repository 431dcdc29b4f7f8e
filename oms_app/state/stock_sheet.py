"""The stock sheet in the browser: numbers typed or pasted, saved together, and taken back."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.domain.stock_sheet import STEPS_BACK, Edit, Saved, SheetRow
from oms_app.services import stock_sheet
from oms_app.state.places import PlacesState
from oms_app.state.session import SessionState, notice, save, typed

ROWS = 50


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A row of the sheet; `field` names its box, which is made anew when `key` changes."""

    sku: str
    name: str
    on_hand: int
    reserved: int
    field: str
    key: str


@dataclass(frozen=True, slots=True)
class Step:
    """A saved sheet that can be taken back."""

    location: str
    reason: str
    changes: tuple[tuple[str, int], ...]


class StockSheetState(SessionState, rx.State):
    """Levels of one location; location and SKUs are in the address."""

    location: str = ""
    prefix: str = ""
    rows: list[SheetLine] = []
    more: bool = False
    ready: bool = False
    failure: str = ""
    problem: str = ""
    undoable: int = 0
    _steps: list[Step] = []
    _place: int = 0
    _reading: int = 0

    @rx.event
    async def load(self):
        """Read the first rows of what the address names."""
        query = self.router.url.query_parameters
        self.location, self.prefix = query.get("location", "")[:40], query.get("q", "")[:80]
        if not self.location:
            places = await self.get_state(PlacesState)
            self.location = places.locations[0].code if places.locations else ""
        self.problem, self._steps, self.undoable = "", [], 0
        await self._read()
        self.ready = True

    @rx.event
    async def choose(self, form: dict[str, Any]):
        """Another location, other SKUs."""
        asked = {"location": typed(form, "location"), "q": typed(form, "q")}
        return rx.redirect(f"/inventory/sheet?{urlencode(asked)}")

    @rx.event
    async def download(self, kind: str):
        """The levels as a file; the address refuses who may not."""
        query = urlencode({"format": str(kind), "location": self.location, "prefix": self.prefix})
        return save(f"/export/stock?{query}")

    @rx.event
    async def show_more(self):
        """Read the next rows."""
        await self._read(more=True)

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Save every number that changed."""
        edits = []
        for row in self.rows:
            words = typed(form, row.field).replace(",", "")
            if not words.isdecimal():
                self.problem = f"{row.sku}: write a whole number."
                return rx.set_focus(row.field)
            if int(words) != row.on_hand:
                edits.append(Edit(row.sku, row.on_hand, int(words)))
        reason = typed(form, "reason") or "Counted"
        try:
            saved = await self.call(stock_sheet.save, self.location, edits, reason=reason)
        except OmsError as error:
            self.problem = error.message
            return None
        if saved.changed:
            self._steps = [*self._steps, Step(self.location, reason, saved.changed)][-STEPS_BACK:]
        return self._told(saved, "saved")

    @rx.event(temporal=True)
    async def undo(self):
        """Take the last saved sheet back."""
        if not self._steps:
            return None
        step = self._steps[-1]
        try:
            undone = await self.call(stock_sheet.undo, step.location, step.changes, reason=step.reason)
        except OmsError as error:
            self.problem = error.message
            return None
        self._steps = self._steps[:-1]
        return self._told(undone, "taken back")

    @rx.event
    async def read_again(self):
        """Read the rows that are shown, as they are now."""
        await self._read()

    def _told(self, saved: Saved, verb: str) -> Any:
        self.undoable = len(self._steps)
        self.problem = " ".join(sentence for _, sentence in saved.refused[:5])
        count = len(saved.changed)
        return [StockSheetState.read_again, notice(f"{count} {'number' if count == 1 else 'numbers'} {verb}.")]

    async def _read(self, *, more: bool = False) -> None:
        after = (self.rows[-1].sku, self._place) if more and self.rows else ("", 0)
        try:
            found = await self.call(stock_sheet.page, self.location, prefix=self.prefix, after=after, limit=ROWS + 1)
        except OmsError as error:
            self.failure = error.message
            return
        self._reading += 1
        known = self.rows if more else []
        shown = found[:ROWS]
        self._place = shown[-1].location_id if shown else 0
        self.rows = [*known, *(self._line(row, len(known) + index) for index, row in enumerate(shown))]
        self.more, self.failure = len(found) > ROWS, ""

    def _line(self, row: SheetRow, index: int) -> SheetLine:
        key = f"{self._reading}-{index}"
        return SheetLine(row.sku, row.name, row.on_hand, row.reserved, f"counted-{index}", key)
