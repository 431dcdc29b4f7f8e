"""The shortfall queue in the browser: lines that wait for stock, and what is done about each with one click."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import OmsError
from oms_app.domain.lifecycle import LIFECYCLE, Stage
from oms_app.domain.shortfalls import TITLES, ShortLine, Waiting
from oms_app.services import line_changes, shortfalls
from oms_app.state import tallies
from oms_app.state.session import SessionState, notice, typed

ROWS = 50


@dataclass(frozen=True, slots=True)
class ShortRow:
    """A line that waits, written out."""

    line_id: int = 0
    number: str = ""
    stage: str = ""
    sku: str = ""
    name: str = ""
    known: bool = True
    missing: str = ""
    available: int = 0
    state: str = ""
    state_title: str = ""
    buyer: str = ""
    due: str = ""
    late: bool = False
    lacks: str = ""


class ShortfallsState(SessionState, rx.State):
    """The queue as the address asks for it; a line that was served leaves it."""

    rows: list[ShortRow] = []
    counts: dict[str, str] = {}
    words: str = ""
    shown: str = ""
    cursor: str = ""
    ready: bool = False
    failure: str = ""
    dialog: str = ""
    line: ShortRow = ShortRow()
    problem: str = ""

    @rx.event
    async def load(self):
        """Read the first page; how many wait in all follows."""
        query = self.router.url.query_parameters
        self.words, self.shown = query.get("q", "").strip()[:80], query.get("state", "")
        self.rows, self.cursor, self.failure, self.dialog = [], "", "", ""
        await self._append()
        self.ready = True
        return ShortfallsState.count

    @rx.event
    async def count(self):
        """Count the lines by how they wait."""
        found = await self.call(shortfalls.counts)
        self.counts = {str(state): tallies.said(count) for state, count in found.items()}

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._append()

    @rx.event
    async def search(self, form: dict[str, Any]):
        """Look for an article or an order; the address remembers it."""
        return rx.redirect(address(typed(form, "q"), self.shown))

    @rx.event
    async def show_only(self, state: str):
        """Leave the lines that wait in one way, or show all."""
        return rx.redirect(address(self.words, "" if state == self.shown else str(state)))

    @rx.event(temporal=True)
    async def allocate(self, line_id: int):
        """Keep what is there now."""
        kept = await self.call(shortfalls.allocate_now, int(line_id))
        return self._done(f"{kept} kept.")

    @rx.event(temporal=True)
    async def wait(self, line_id: int, state: str):
        """Let the line wait as a backorder, as a preorder, or for a decision."""
        await self.call(shortfalls.set_waiting, int(line_id), str(state))
        return self._done(f"It waits as: {TITLES[Waiting(state)].lower()}.")

    @rx.event
    async def open_dialog(self, name: str, line_id: int):
        """Ask for a location, another article or a reason."""
        found = next((row for row in self.rows if row.line_id == line_id), None)
        if found is not None:
            self.dialog, self.line, self.problem = str(name), found, ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def answer_location(self, form: dict[str, Any]):
        """Keep units from the chosen location."""
        where, why = typed(form, "location"), typed(form, "reason")[:200]
        return await self._through_dialog(shortfalls.allocate_now, location=where, reason=why, said=f"Kept at {where}.")

    @rx.event(temporal=True)
    async def answer_substitute(self, form: dict[str, Any]):
        """Send another article."""
        sku = typed(form, "sku")
        return await self._through_dialog(line_changes.substitute, sku=sku, said=f"{sku} goes instead.")

    @rx.event(temporal=True)
    async def answer_cancel(self, form: dict[str, Any]):
        """Cancel what is missing."""
        why = typed(form, "reason")[:200]
        return await self._through_dialog(line_changes.cancel_missing, reason=why, said="The line is cancelled.")

    async def _append(self) -> None:
        try:
            found = await self.call(shortfalls.page, cursor=self.cursor, state=self.shown, words=self.words, limit=ROWS)
        except OmsError as error:
            self.failure = error.message
            return
        now = datetime.now(UTC)
        self.rows = [*self.rows, *(_row(line, now) for line in found.lines)]
        self.cursor = found.next_cursor or ""

    async def _through_dialog(self, service: Any, *, said: str, **values: Any) -> Any:
        try:
            await self.call(service, self.line.line_id, **values)
        except OmsError as error:
            self.problem = error.message
            return None
        return self._done(said)

    def _done(self, said: str) -> Any:
        self.dialog = ""
        return [notice(said), ShortfallsState.load]


def address(words: str, state: str) -> str:
    """The queue with these words and this filter."""
    query = ({"q": words} if words else {}) | ({"state": state} if state else {})
    return f"/shortfalls?{urlencode(query)}" if query else "/shortfalls"


def _row(line: ShortLine, now: datetime) -> ShortRow:
    return ShortRow(
        line_id=line.line_id,
        number=line.number,
        stage=LIFECYCLE[Stage(line.stage)].title,
        sku=line.sku,
        name=line.name,
        known=line.known,
        missing=f"{line.units} of {line.ordered}",
        available=line.available,
        state=line.state,
        state_title=TITLES[line.state],
        buyer=", ".join(filter(None, (line.customer or "Guest", line.city))),
        due=moments.until(line.due, now),
        late=line.due < now,
        lacks=line.lacks,
    )
