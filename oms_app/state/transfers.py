"""Transfers in the browser: the list, and the one that the address names."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import Conflict, OmsError
from oms_app.domain.transfers import ON_THE_WAY, TransferRow, TransferView, read_lines
from oms_app.services import transfers
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, typed

ROWS = 50
_FIELD = "came-"


@dataclass(frozen=True, slots=True)
class TransferCard:
    """A transfer in the list, written out."""

    id: int
    number: str
    state: str
    title: str
    route: str
    taxed: bool
    units: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class LineCard:
    """A line of the transfer; `field` names its box in the form that receives."""

    sku: str
    name: str
    quantity: int
    received: int
    missing: int
    expected: int
    field: str


EMPTY = TransferCard(0, "", "", "", "", False, "", "", "")


class TransfersState(SessionState, rx.State):
    """The list, or one transfer where the address says `?t=ID`."""

    rows: list[TransferCard] = []
    more: bool = False
    only_open: bool = False
    chosen: TransferCard = EMPTY
    lines: list[LineCard] = []
    note: str = ""
    supply: str = ""
    moments: str = ""
    version: int = 0
    ready: bool = False
    failure: str = ""
    dialog: str = ""
    problem: str = ""
    coming: list[TransferCard] = []
    _do: str = ""

    @rx.event
    async def load_coming(self):
        """Read what is on its way to where this person works."""
        self.coming = [_card(row) for row in await self.call(transfers.coming)]

    @rx.event
    async def load(self):
        """Read what the address asks for."""
        query = self.router.url.query_parameters
        wanted = query.get("t", "")
        self.ready, self.failure, self.dialog, self.rows = False, "", "", []
        self.only_open, self._do = query.get("show", "") == "open", query.get("do", "")
        self.chosen = EMPTY
        return TransfersState.read_one(int(wanted)) if wanted.isdecimal() else TransfersState.read_list

    @rx.event
    async def read_list(self):
        """Read the next page of the list."""
        before = self.rows[-1].id if self.rows else None
        try:
            found = await self.call(transfers.page, only_open=self.only_open, before=before, limit=ROWS + 1)
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return
        self.rows = [*self.rows, *map(_card, found[:ROWS])]
        self.more, self.ready = len(found) > ROWS, True

    @rx.event
    async def read_one(self, transfer_id: int):
        """Read one transfer."""
        try:
            self._show(await self.call(transfers.get, int(transfer_id)))
            if self._do == "receive" and self.chosen.state in ON_THE_WAY:
                self.dialog, self.problem, self._do = "receive", "", ""
        except OmsError as error:
            self.failure = error.message
        self.ready = True

    @rx.event
    async def toggle_open(self):
        """Leave only those that are not done, or show all."""
        return rx.redirect("/inventory/transfers" + ("" if self.only_open else "?show=open"))

    @rx.event
    async def open_dialog(self, name: str):
        """Open a form: draft, receive or missing."""
        self.dialog, self.problem = str(name), ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def draft(self, form: dict[str, Any]):
        """Write down a transfer and go to it."""
        origin, destination = typed(form, "origin"), typed(form, "destination")
        try:
            lines = read_lines(typed(form, "lines"))
            made = await self.call(transfers.draft, origin, destination, lines, note=typed(form, "note"))
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [rx.redirect(f"/inventory/transfers?t={made.row.id}"), notice(f"{made.row.number} is drafted.")]

    @rx.event(temporal=True)
    async def send(self):
        """The goods leave."""
        return await self._step(transfers.send, "is on its way.")

    @rx.event(temporal=True)
    async def cancel(self):
        """Drop the draft."""
        return await self._step(transfers.cancel, "is cancelled.")

    @rx.event(temporal=True)
    async def receive(self, form: dict[str, Any]):
        """Units came."""
        came = {}
        for line in self.lines:
            words = typed(form, line.field)
            if words and not words.isdecimal():
                self.problem = f"{line.sku}: write a whole number."
                return None
            came[line.sku] = int(words or 0)
        return await self._step(transfers.receive, "is received.", came)

    @rx.event(temporal=True)
    async def give_up(self, form: dict[str, Any]):
        """The rest will not come."""
        return await self._step(transfers.give_up, "is done.", reason=typed(form, "reason"))

    async def _step(self, service: Any, done: str, *args: Any, **options: Any) -> Any:
        try:
            self._show(await self.call(service, self.chosen.id, *args, version=self.version, **options))
        except Conflict as conflict:
            return [TransfersState.read_one(self.chosen.id), notice(conflict.message, "warning")]
        except OmsError as error:
            self.problem = error.message
            return None if self.dialog else notice(error.message, "error")
        self.dialog = ""
        return notice(f"{self.chosen.number} {done}")

    def _show(self, view: TransferView) -> None:
        zone = ZoneInfo(get_settings().timezone)
        self.chosen, self.note, self.version = _card(view.row), view.note, view.row.version
        self.lines = [
            LineCard(line.sku, line.name, line.quantity, line.received, line.missing, line.expected, f"{_FIELD}{index}")
            for index, line in enumerate(view.lines)
        ]
        self.supply = f"{view.origin_gstin} → {view.destination_gstin}" if view.row.taxed else ""
        steps = (("sent", view.sent_at), ("done", view.done_at))
        self.moments = ", ".join(f"{word} {moments.show(at, zone)}" for word, at in steps if at)


def _card(row: TransferRow) -> TransferCard:
    missing = f", {row.missing:,} missing" if row.missing else ""
    return TransferCard(
        id=row.id,
        number=row.number,
        state=row.state,
        title=row.state.replace("_", " ").capitalize(),
        route=f"{row.origin} → {row.destination}",
        taxed=row.taxed,
        units=f"{row.received:,} of {row.units:,} received{missing}",
        by=row.created_by,
        at=moments.show(row.created_at, ZoneInfo(get_settings().timezone)),
    )
