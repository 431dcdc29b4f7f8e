"""Reconciliation in the browser: a line a channel, what differs in the chosen one, mending it, running it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import OmsError
from oms_app.domain.orders import EventView
from oms_app.domain.reconciliation import SPAN, TITLES, DifferenceKind, Fix, Part
from oms_app.services import reconciliation, reconciliation_accepted, reconciliation_fixes
from oms_app.services.reconciliation import DifferenceView, Run, Standing
from oms_app.services.reconciliation_accepted import Accepted
from oms_app.settings import get_settings
from oms_app.state import live
from oms_app.state.session import SessionState, notice, save, typed

ROWS = 50
ROOM = "reconciliation"
EVENTS = {
    *("reconciliation_started", "reconciliation_progressed"),
    *("difference_mended", "difference_accepted", "difference_reconsidered"),
}
TO_PAGE = rx.call_script(
    "let looks = 20; const watch = setInterval(() => {"
    " const lost = document.activeElement === document.body;"
    " if (lost) document.getElementById('main')?.focus({preventScroll: true});"
    " if (lost || !--looks) clearInterval(watch); }, 100)"
)
"""The row whose button had the focus goes within moments."""
FIXES = {Fix.PLACE: "Place it", Fix.TAKE: "Take it over", Fix.TELL: "Tell it again", Fix.PERSON: ""}


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel and how it agrees with the shop, written out. `look`: green, red or grey; `percent` below zero: it is
    not known how many orders there are."""

    name: str
    title: str
    said: str
    look: str
    running: bool
    progress: str
    percent: int
    problem: str


@dataclass(frozen=True, slots=True)
class KindTab:
    """A kind of difference, and how many are open."""

    kind: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference, written out. `order` is our number, empty where there is none; `fix` the word of its button."""

    id: int
    kind: str
    title: str
    about: str
    order: str
    said: str
    fix: str
    problem: str


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A difference that stays, written out. `who`: by whom, and when."""

    id: int
    about: str
    order: str
    said: str
    reason: str
    who: str


class ReconciliationState(SessionState, rx.State):
    """The lines, and the differences of the channel that the address names."""

    lines: list[ChannelLine] = []
    chosen: str = ""
    chosen_title: str = ""
    compared: bool = False
    kind: str = ""
    kinds: list[KindTab] = []
    mendable: int = 0
    rows: list[DifferenceRow] = []
    more: bool = False
    accepted: list[AcceptedRow] = []
    more_accepted: bool = False
    accepting: int = 0
    accepting_said: str = ""
    dialog: str = ""
    since: str = ""
    latest: str = ""
    problem: str = ""
    ready: bool = False
    failure: str = ""

    @rx.event
    async def load(self):
        """Read what the address asks for, and hear of what goes on."""
        query = self.router.url.query_parameters
        self.chosen, self.kind = query.get("channel", "")[:80], query.get("kind", "")
        self.kind = self.kind if self.kind in set(DifferenceKind) else ""
        self.ready, self.failure, self.rows = False, "", []
        self.dialog, self.accepting = "", 0
        await self.actor()
        await live.enter(self.router.session.session_id, ROOM)
        return ReconciliationState.refresh

    @rx.event
    async def depart(self):
        """Stop hearing of them: the page was left."""
        await live.leave(self.router.session.session_id, ROOM)

    @rx.event
    async def refresh(self):
        """Read how every channel stands; the differences follow."""
        try:
            found = await self.call(reconciliation.every)
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return None
        self.lines, self.failure = [_line(each) for each in found], ""
        if self.chosen not in {each.name for each in found}:
            self.chosen = next((each.name for each in found if each.differences), found[0].name if found else "")
        standing = next((each for each in found if each.name == self.chosen), None)
        self.chosen_title = "" if standing is None else standing.title
        self.compared = standing is not None and standing.last is not None
        self.kinds = [] if standing is None else [KindTab(kind, TITLES[kind], n) for kind, n, _ in standing.open]
        if self.kind not in {each.kind for each in self.kinds}:  # the last of its kind was mended: the others are shown
            self.kind = ""
        mendable = () if standing is None else standing.open
        self.mendable = sum(count for kind, _, count in mendable if self.kind in ("", kind))
        if standing is None:
            self.rows, self.accepted, self.ready = [], [], True
            return None
        return ReconciliationState.read_rows

    @rx.event
    async def read_rows(self):
        """Read the differences of the chosen channel again."""
        if self.chosen:
            most = max(len(self.rows), ROWS)
            self._show(await self.call(reconciliation.differences, self.chosen, kind=self.kind, limit=most + 1), most)
            return ReconciliationState.read_accepted
        return None

    @rx.event
    async def read_accepted(self):
        """Read those that stay again."""
        most = max(len(self.accepted), ROWS)
        self._show_accepted(await self.call(reconciliation_accepted.page, self.chosen, limit=most + 1), most)

    @rx.event
    async def show_more_accepted(self):
        """Read the next page of those that stay."""
        most = len(self.accepted) + ROWS
        self._show_accepted(await self.call(reconciliation_accepted.page, self.chosen, limit=most + 1), most)

    @rx.event
    async def show_more(self):
        """Read the next page."""
        most = len(self.rows) + ROWS
        self._show(await self.call(reconciliation.differences, self.chosen, kind=self.kind, limit=most + 1), most)

    @rx.event
    async def open_run(self, name: str):
        """Ask from when on a channel is to be compared."""
        self.dialog, self.problem = str(name), ""
        now = datetime.now(ZoneInfo(get_settings().timezone))
        self.since, self.latest = (now - SPAN).date().isoformat(), now.date().isoformat()

    @rx.event
    async def close_run(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def run(self, form: dict[str, Any]):
        """Compare now; the worker does it."""
        try:
            since = _day(typed(form, "since"))
            await self.call(reconciliation.start, self.dialog, since)
        except ValueError:
            self.problem = "Choose a day."
            return None
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [ReconciliationState.refresh, notice("It is being compared; the line says how far it is.")]

    @rx.event(temporal=True)
    async def fix(self, difference_id: int):
        """Mend one."""
        try:
            done = await self.call(reconciliation_fixes.fix, int(difference_id))
        except OmsError as error:
            return [ReconciliationState.refresh, notice(error.message, "error")]
        return [ReconciliationState.refresh, notice(f"{done.number or done.external_id} agrees now."), TO_PAGE]

    @rx.event(temporal=True)
    async def fix_all(self):
        """Mend all that is shown, of one kind or of all."""
        try:
            mended, left = await self.call(reconciliation_fixes.fix_all, self.chosen, self.kind)
        except OmsError as error:
            return [ReconciliationState.refresh, notice(error.message, "error")]
        failed = f", {left:,} could not be: each says why" if left else ""
        return [ReconciliationState.refresh, notice(f"{mended:,} mended{failed}.", "warning" if left else "success")]

    @rx.event
    async def open_accept(self, difference_id: int):
        """Ask why a difference is to stay."""
        row = next((each for each in self.rows if each.id == int(difference_id)), None)
        if row is not None:
            self.accepting, self.accepting_said, self.problem = row.id, f"{row.about}: {row.said}", ""

    @rx.event
    async def close_accept(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.accepting = 0

    @rx.event(temporal=True)
    async def accept(self, form: dict[str, Any]):
        """Leave it as it is."""
        try:
            await self.call(reconciliation_accepted.accept, self.accepting, typed(form, "reason"))
        except OmsError as error:
            self.problem = error.message
            return None
        self.accepting = 0
        return [ReconciliationState.refresh, notice("It stays as it is, and is listed below."), TO_PAGE]

    @rx.event(temporal=True)
    async def reconsider(self, accepted_id: int):
        """Hold it against the channel again."""
        try:
            await self.call(reconciliation_accepted.reconsider, int(accepted_id))
        except OmsError as error:
            return [ReconciliationState.refresh, notice(error.message, "error")]
        said = "The next comparison shows it again, if it is still so."
        return [ReconciliationState.refresh, notice(said), TO_PAGE]

    @rx.event
    async def download(self):
        """Save the differences as a file."""
        return save(f"/export/reconciliation?format=csv&channel={self.chosen}&kind={self.kind}")

    def _show(self, found: Sequence[DifferenceView], most: int) -> None:
        self.rows, self.more, self.ready = [_row(each) for each in found[:most]], len(found) > most, True

    def _show_accepted(self, found: Sequence[Accepted], most: int) -> None:
        self.accepted, self.more_accepted = [_accepted(each) for each in found[:most]], len(found) > most


@live.reader
async def tell_reconciliation(events: Sequence[EventView]) -> None:
    """Ask every browser that looks at it to read again, when a run went on or something was mended."""
    if any(event.kind in EVENTS for event in events) and not live.is_empty(ROOM):
        await live.ask(ROOM, ReconciliationState.refresh)


def _line(each: Standing) -> ChannelLine:
    run, look = each.running, "gray"
    if each.last is not None:
        look = "red" if each.differences else "green"
    return ChannelLine(
        name=each.name,
        title=each.title,
        said=reconciliation.sentence(each),
        look=look,
        running=run is not None,
        progress="" if run is None else _progress(run),
        percent=min(run.orders * 100 // run.expected, 100) if run is not None and run.expected else -1,
        problem=run.problem if run is not None else "",
    )


def _progress(run: Run) -> str:
    """12,000 of 30,000 orders."""
    match run.part:
        case Part.NEW:
            return "Reading what is new"
        case Part.STOCK:
            return f"{run.levels:,} levels of stock"
    of = f" of {run.expected:,}" if run.expected else ""
    found = f", {run.differences:,} differ" if run.differences else ""
    return f"{run.orders:,}{of} orders{found}"


def _row(each: DifferenceView) -> DifferenceRow:
    return DifferenceRow(
        id=each.id,
        kind=each.kind,
        title=TITLES[each.kind],
        about=each.number or each.external_id,
        order=each.order,
        said=each.said,
        fix=FIXES[each.fix],
        problem=each.problem,
    )


def _accepted(each: Accepted) -> AcceptedRow:
    return AcceptedRow(
        id=each.id,
        about=f"{TITLES[each.kind]} · {each.number or each.external_id}",
        order=each.order,
        said=each.said,
        reason=each.reason,
        who=f"{each.by}, {moments.show(each.at, ZoneInfo(get_settings().timezone))}",
    )


def _day(text: str) -> datetime:
    """The beginning of a day in the shop's zone. Raises ValueError."""
    zone = ZoneInfo(get_settings().timezone)
    return datetime.combine(datetime.fromisoformat(text).date(), time(), zone).astimezone(UTC)
