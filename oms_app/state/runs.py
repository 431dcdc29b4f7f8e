"""Runs in the browser: their history, and the one that the address names, as it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import OmsError
from oms_app.domain.orders import EventView
from oms_app.domain.runs import OPEN, THINGS, RowState, Run, RunRow, RunState
from oms_app.services import runs
from oms_app.settings import get_settings
from oms_app.state import live
from oms_app.state.session import SessionState, notice, save

ROWS = 50
ROOM = "runs"
TITLES = {
    RunState.GATHERING: "Gathering",
    RunState.RUNNING: "At work",
    RunState.DONE: "Done",
    RunState.CANCELLED: "Stopped",
}
PAGES = {
    "order": "/orders/",
    "article": "/inventory/",
    "product": "/products/",
    "unknown SKU": "/products/sku-map?q=",
}
ROW_TITLES = {RowState.WAITING: "Waits", RowState.DONE: "Done", RowState.REFUSED: "Refused"}


@dataclass(frozen=True, slots=True)
class RunCard:
    """A run, written out; `of` says which ones it takes, `document` where a transfer or a count came of it."""

    id: int
    thing: str
    document: str
    title: str
    of: str
    q: str
    state: str
    state_title: str
    total: int
    done: int
    refused: int
    percent: int
    open: bool
    undoable: bool
    undone_by: int
    undoes: int
    by: str
    why: str
    started: str
    finished: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What became of one of them, and where its page is."""

    position: int
    number: str
    href: str
    state: str
    title: str
    message: str
    at: str


EMPTY = RunCard(0, "order", "", "", "", "", "", "", 0, 0, 0, 0, False, False, 0, 0, "", "", "", "")


class RunsState(SessionState, rx.State):
    """The list, or one run where the address says `?r=ID`."""

    cards: list[RunCard] = []
    more: bool = False
    chosen: RunCard = EMPTY
    results: list[ResultRow] = []
    reasons: list[tuple[str, str]] = []
    more_results: bool = False
    show: str = ""
    ready: bool = False
    failure: str = ""

    @rx.event
    async def load(self):
        """Read what the address asks for, and hear of what goes on."""
        query = self.router.url.query_parameters
        wanted, self.show = query.get("r", ""), query.get("show", "")
        self.ready, self.failure, self.cards, self.chosen, self.results = False, "", [], EMPTY, []
        await self.actor()
        await live.enter(self.router.session.session_id, ROOM)
        return RunsState.read_one(int(wanted)) if wanted.isdecimal() else RunsState.read_list

    @rx.event
    async def depart(self):
        """Stop hearing of them: the page was left."""
        await live.leave(self.router.session.session_id, ROOM)

    @rx.event
    async def read_list(self):
        """Read the next page of the list."""
        before = self.cards[-1].id if self.cards else None
        found = await self.call(runs.page, before=before, limit=ROWS + 1)
        self.cards = [*self.cards, *map(_card, found[:ROWS])]
        self.more, self.ready = len(found) > ROWS, True

    @rx.event
    async def read_one(self, run_id: int):
        """Read a run; its rows follow."""
        try:
            self.chosen = _card(await self.call(runs.get, int(run_id)))
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return None
        self.ready, self.results = True, []
        return [RunsState.read_results, RunsState.read_reasons]

    @rx.event
    async def read_results(self):
        """Read the next page of what became of each."""
        if not self.chosen.id:
            return
        after = self.results[-1].position if self.results else -1
        state = self.show if self.show in set(RowState) else ""
        found = await self.call(runs.results, self.chosen.id, state=state, after=after, limit=ROWS + 1)
        self.results = [*self.results, *(_result(row, self.chosen.thing) for row in found[:ROWS])]
        self.more_results = len(found) > ROWS

    @rx.event
    async def read_reasons(self):
        """Read why some were refused, and how many for each reason."""
        if self.chosen.id:
            self.reasons = [(why, f"{n:,}") for why, n in await self.call(runs.reasons, self.chosen.id)]

    @rx.event
    async def refresh(self):
        """Something about runs was told: read again what is shown."""
        if self.chosen.id:
            fresh = _card(await self.call(runs.get, self.chosen.id))
            moved, self.chosen = fresh != self.chosen, fresh
            if moved and len(self.results) <= ROWS:
                self.results = []
                return [RunsState.read_results, RunsState.read_reasons]
        elif len(self.cards) <= ROWS:
            self.cards = []
            return RunsState.read_list
        return None

    @rx.event(temporal=True)
    async def stop(self):
        """Stop the run; what is done stays done."""
        self.chosen = _card(await self.call(runs.cancel, self.chosen.id))
        return notice("The run was stopped. What it did stays done.")

    @rx.event(temporal=True)
    async def undo(self):
        """Take the run back: a run of its own, which is shown then."""
        run = await self.call(runs.undo, self.chosen.id)
        return rx.redirect(f"/runs?r={run.id}")

    @rx.event
    async def download(self):
        """Save what became of each as a file."""
        return save(f"/export/runs?format=csv&run={self.chosen.id}")


@live.reader
async def tell_runs(events: Sequence[EventView]) -> None:
    """Ask every browser that looks at runs to read them again, when one began, went on or ended."""
    if any(event.subject == "run" for event in events) and not live.is_empty(ROOM):
        await live.ask(ROOM, RunsState.refresh)


def _card(run: Run) -> RunCard:
    zone = ZoneInfo(get_settings().timezone)
    thing = THINGS[run.subject]
    whole = f"All that match “{run.q}”" if run.q else f"Every {thing}"
    return RunCard(
        id=run.id,
        title=run.title,
        thing=thing,
        document=_document(run),
        of=f"{run.total:,} {thing}{'' if run.total == 1 else 's'}" if run.q is None else whole,
        q=run.q or "",
        state=run.state,
        state_title=TITLES[run.state],
        total=run.total,
        done=run.done,
        refused=run.refused,
        percent=run.percent,
        open=run.state in OPEN,
        undoable=run.undoable,
        undone_by=run.undone_by or 0,
        undoes=run.undoes or 0,
        by=run.by,
        why=run.why,
        started=moments.show(run.started_at, zone),
        finished=moments.show(run.finished_at, zone) if run.finished_at else "",
    )


def _document(run: Run) -> str:
    if "transfer" in run.given:
        return f"/inventory/transfers?t={run.given['transfer']}"
    return f"/inventory/counts?c={run.given['count']}" if "count" in run.given else ""


def _result(row: RunRow, thing: str) -> ResultRow:
    zone = ZoneInfo(get_settings().timezone)
    at = moments.show(row.at, zone) if row.at else ""
    href = f"{PAGES[thing]}{quote(row.number, safe='')}"
    return ResultRow(row.position, row.number, href, row.state, ROW_TITLES[row.state], row.message, at)
