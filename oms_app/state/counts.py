"""Counts in the browser: the list, and the one that the address names, entered by keyboard or scanner."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.counts import ENTERING, CountLine, CountRow, CountState, CountView
from oms_app.domain.errors import Conflict, OmsError
from oms_app.services import counts
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, fill, notice, typed

ROWS = 50
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class CountCard:
    """A count in the list, written out."""

    id: int
    number: str
    state: str
    title: str
    location: str
    scope: str
    progress: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class CountLineCard:
    """A line, written out; the books stay blank while somebody still counts."""

    sku: str
    name: str
    counted: str
    recounted: str
    book: str
    difference: str
    waits: bool


EMPTY = CountCard(0, "", "", "", "", "", "", "", "")


class CountsState(SessionState, rx.State):
    """The list, or one count where the address says `?c=ID`."""

    rows: list[CountCard] = []
    more: bool = False
    only_open: bool = False
    chosen: CountCard = EMPTY
    lines: list[CountLineCard] = []
    hidden: int = 0
    entering: bool = False
    version: int = 0
    code: str = ""
    article: str = ""
    said: str = ""
    ready: bool = False
    failure: str = ""
    dialog: bool = False
    problem: str = ""

    @rx.event
    async def load(self):
        """Read what the address asks for."""
        query = self.router.url.query_parameters
        wanted = query.get("c", "")
        self.ready, self.failure, self.dialog, self.rows, self.chosen = False, "", False, [], EMPTY
        self.code, self.article, self.said, self.problem = "", "", "", ""
        self.only_open = query.get("show", "") == "open"
        return CountsState.read_one(int(wanted)) if wanted.isdecimal() else CountsState.read_list

    @rx.event
    async def read_list(self):
        """Read the next page of the list."""
        before = self.rows[-1].id if self.rows else None
        try:
            found = await self.call(counts.page, only_open=self.only_open, before=before, limit=ROWS + 1)
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return
        self.rows = [*self.rows, *map(_card, found[:ROWS])]
        self.more, self.ready = len(found) > ROWS, True

    @rx.event
    async def read_one(self, count_id: int):
        """Read one count."""
        try:
            self._show(await self.call(counts.get, int(count_id)))
        except OmsError as error:
            self.failure = error.message
        self.ready = True

    @rx.event
    async def toggle_open(self):
        """Leave only those that are not done, or show all."""
        return rx.redirect("/inventory/counts" + ("" if self.only_open else "?show=open"))

    @rx.event
    async def open_dialog(self):
        """Open the form that asks for a count."""
        self.dialog, self.problem = True, ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        self.dialog = stays_open

    @rx.event(temporal=True)
    async def request(self, form: dict[str, Any]):
        """Ask for a count and go to it."""
        given = {"bin": typed(form, "bin"), "prefix": typed(form, "prefix")}
        try:
            made = await self.call(counts.request, typed(form, "location"), **given)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = False
        return rx.redirect(f"/inventory/counts?c={made.row.id}")

    @rx.event(temporal=True)
    async def enter(self, form: dict[str, Any]):
        """A code alone asks what it is; with units it is counted."""
        code, units = typed(form, "code"), typed(form, "units")
        self.problem, self.said = "", ""
        if not units:
            return CountsState.find(code)
        if not units.isdecimal():
            self.problem = "Write a whole number of units."
            return rx.set_focus("units")
        try:
            line = await self.call(counts.enter, self.chosen.id, code, int(units))
        except OmsError as error:
            self.problem = error.message
            return [fill("code", code), rx.set_focus("code")]
        self.said, self.article = f"{line.sku}: {units}", ""
        return [CountsState.read_one(self.chosen.id), fill("units", ""), fill("code", ""), rx.set_focus("code")]

    @rx.event
    async def find(self, code: str):
        """Say what a scanned code is, and go on to its units."""
        try:
            line = await self.call(counts.find, self.chosen.id, str(code))
        except OmsError as error:
            self.problem, self.article = error.message, ""
            return [fill("code", str(code)), rx.set_focus("code")]
        known = line.recounted if self.chosen.state == CountState.RECOUNT else line.counted
        self.article = f"{line.sku} · {line.name}" + ("" if known is None else f" · entered: {known}")
        return rx.set_focus("units")

    @rx.event(temporal=True)
    async def finish(self):
        """Everything is counted."""
        return await self._step(counts.finish)

    @rx.event(temporal=True)
    async def recount(self):
        """What differs is counted again."""
        return await self._step(counts.recount)

    @rx.event(temporal=True)
    async def review(self):
        """The differences are believed."""
        return await self._step(counts.review)

    @rx.event(temporal=True)
    async def cancel(self):
        """Drop the count."""
        return await self._step(counts.cancel)

    @rx.event(temporal=True)
    async def post(self):
        """Write the differences into the ledger."""
        try:
            view, waiting = await self.call(counts.post, self.chosen.id, version=self.version)
        except OmsError as error:
            return [CountsState.read_one(self.chosen.id), notice(error.message, "warning")]
        self._show(view)
        self.problem = ". ".join(waiting)
        return notice("The differences are in the ledger." if not waiting else "Some lines wait.")

    async def _step(self, service: Any) -> Any:
        self.problem = ""
        try:
            self._show(await self.call(service, self.chosen.id, version=self.version))
        except Conflict as conflict:
            return [CountsState.read_one(self.chosen.id), notice(conflict.message, "warning")]
        except OmsError as error:
            self.problem = error.message
            return None
        return notice(f"{self.chosen.number}: {self.chosen.title.lower()}.")

    def _show(self, view: CountView) -> None:
        self.chosen, self.version = _card(view.row), view.row.version
        state = CountState(view.row.state)
        self.entering = state in ENTERING
        shown = [line for line in view.lines if line.waits] if state is CountState.RECOUNT else list(view.lines)
        shown.sort(key=lambda line: (line.counted is not None, not line.difference, line.sku))
        self.lines = [_line(line, blind=self.entering) for line in shown[:MOST_SHOWN]]
        self.hidden = max(len(shown) - MOST_SHOWN, 0)


def _card(row: CountRow) -> CountCard:
    differing = f", {row.differing} differ" if row.differing and row.state not in ENTERING else ""
    return CountCard(
        id=row.id,
        number=row.number,
        state=row.state,
        title={"requested": "Requested", "recount": "Count again"}.get(row.state, row.state.capitalize()),
        location=row.location,
        scope=row.scope,
        progress=f"{row.counted:,} of {row.lines:,} counted{differing}",
        by=row.created_by,
        at=moments.show(row.created_at, ZoneInfo(get_settings().timezone)),
    )


def _line(line: CountLine, *, blind: bool) -> CountLineCard:
    book = line.book if line.recounted is None else line.recount_book
    return CountLineCard(
        sku=line.sku,
        name=line.name,
        counted="" if line.counted is None else f"{line.counted:,}",
        recounted="" if line.recounted is None else f"{line.recounted:,}",
        book="" if blind or book is None else f"{book:,}",
        difference="" if blind or line.difference is None else f"{line.difference:+,}".replace("-", "−"),
        waits=line.waits,
    )
