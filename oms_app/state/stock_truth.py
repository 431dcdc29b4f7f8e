"""Stock truth in the browser: the last check, what differs, all levels, and a repair with its reason."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import OmsError
from oms_app.domain.stock import StockCheck, TruthRow
from oms_app.services import stock_truth
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, typed

ROWS = 50


@dataclass(frozen=True, slots=True)
class TruthLine:
    """A level and what is wrong with it, if anything."""

    sku: str
    name: str
    location: str
    on_hand: int
    ledger: int
    reserved: int
    kept: int
    available: int
    wrong: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of an order whose allocated units are wrong."""

    id: int
    order: str
    sku: str
    wrong: str


class StockTruthState(SessionState, rx.State):
    """Levels against their sums."""

    said: str = ""
    differences: int = 0
    differing: list[TruthLine] = []
    lines: list[OrderLine] = []
    rows: list[TruthLine] = []
    more: bool = False
    ready: bool = False
    failure: str = ""
    chosen: TruthLine = TruthLine("", "", "", 0, 0, 0, 0, 0, "")
    chosen_line: OrderLine = OrderLine(0, "", "", "")
    dialog: bool = False
    line_dialog: bool = False
    problem: str = ""

    @rx.event
    async def load(self):
        """Read the last check and the first page."""
        self.rows, self.failure = [], ""
        await self._append()
        self.ready = True

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._append()

    @rx.event(temporal=True)
    async def check(self):
        """Add everything up now."""
        try:
            done = await self.call(stock_truth.check)
        except OmsError as error:
            return notice(error.message, "error")
        return [StockTruthState.load, notice(_sentence(done))]

    @rx.event
    async def open_dialog(self, sku: str, location: str):
        """Open the form that repairs a level."""
        chosen = [row for row in self.differing if (row.sku, row.location) == (str(sku), str(location))]
        if chosen:
            self.chosen, self.dialog, self.problem = chosen[0], True, ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        self.dialog = stays_open

    @rx.event(temporal=True)
    async def repair(self, form: dict[str, Any]):
        """Make the level say what it adds up to."""
        sku, location = self.chosen.sku, self.chosen.location
        try:
            await self.call(stock_truth.repair, sku, location, reason=typed(form, "reason"))
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = False
        return [StockTruthState.load, notice(f"{sku} at {location} adds up again.")]

    @rx.event
    async def open_line_dialog(self, line_id: int):
        """Open the form that repairs a line of an order."""
        chosen = [line for line in self.lines if line.id == line_id]
        if chosen:
            self.chosen_line, self.line_dialog, self.problem = chosen[0], True, ""

    @rx.event
    async def close_line_dialog(self, stays_open: bool = False):
        """Close the form."""
        self.line_dialog = stays_open

    @rx.event(temporal=True)
    async def repair_line(self, form: dict[str, Any]):
        """Make the line say what its reservations add up to."""
        line = self.chosen_line
        try:
            await self.call(stock_truth.repair_line, line.id, reason=typed(form, "reason"))
        except OmsError as error:
            self.problem = error.message
            return None
        self.line_dialog = False
        return [StockTruthState.load, notice(f"{line.sku} of order {line.order} adds up again.")]

    async def _append(self) -> None:
        after = (self.rows[-1].sku, self.rows[-1].location) if self.rows else ("", "")
        try:
            found = await self.call(stock_truth.overview, after=after, limit=ROWS + 1)
        except OmsError as error:
            self.failure = error.message
            return
        self.said = _sentence(found.check)
        self.differing = [_line(row) for row in found.differing]
        self.lines = [OrderLine(line.line_id, line.order, line.sku, line.wrong) for line in found.lines]
        self.differences = len(self.differing) + len(self.lines)
        self.rows = [*self.rows, *map(_line, found.rows[:ROWS])]
        self.more = len(found.rows) > ROWS


def _sentence(check: StockCheck | None) -> str:
    """1,204,331 movements, 0 differences, checked 23 Nov 2026, 14:02 IST."""
    if check is None:
        return "Not checked yet: the worker does it within a minute."
    word = "difference" if check.differences == 1 else "differences"
    at = moments.show(check.at, ZoneInfo(get_settings().timezone))
    return f"{check.movements:,} movements, {check.differences:,} {word}, checked {at}"


def _line(row: TruthRow) -> TruthLine:
    return TruthLine(
        row.sku,
        row.name,
        row.location,
        row.on_hand,
        row.ledger,
        row.reserved,
        row.kept,
        row.on_hand - row.reserved,
        row.wrong,
    )
