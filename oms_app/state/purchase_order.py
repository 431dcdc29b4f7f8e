"""One purchase order in the browser: sent, acknowledged, and taken in by scanner or keyboard."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments, money
from oms_app.domain.errors import Conflict, OmsError
from oms_app.domain.lots import Came, read_day
from oms_app.domain.mail import MailView
from oms_app.domain.orders import EventView
from oms_app.domain.purchasing import EXPECTED, PurchaseLine, PurchaseState, PurchaseView, read_lines, write_lines
from oms_app.services import goods_receipts, purchase_sending, purchasing
from oms_app.settings import get_settings
from oms_app.state.purchasing import PurchaseCard, card
from oms_app.state.session import SessionState, fill, notice, typed

EMPTY = PurchaseCard(0, "", "", "", "", "", "", "", "", False, "")
_DONE = {
    "purchase_drafted": "Drafted",
    "purchase_changed": "Lines changed",
    "purchase_sent": "Sent",
    "purchase_acknowledged": "Acknowledged",
    "goods_received": "Goods taken in",
    "purchase_closed": "Closed",
    "purchase_cancelled": "Cancelled",
}


@dataclass(frozen=True, slots=True)
class PurchaseLineCard:
    """A line, written out."""

    sku: str
    name: str
    theirs: str
    packs: str
    quantity: int
    received: int
    expected: int
    cost: str
    total: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened, or a letter, written out."""

    at: str
    what: str
    who: str


class PurchaseOrderState(SessionState, rx.State):
    """The purchase order that the address names. `ticket` names the next receipt: sent twice, it counts once."""

    chosen: PurchaseCard = EMPTY
    lines: list[PurchaseLineCard] = []
    may: list[str] = []
    email: str = ""
    note: str = ""
    reference: str = ""
    promised: str = ""
    text: str = ""
    steps: list[Step] = []
    letters: list[Step] = []
    posting: bool = False
    entering: bool = False
    needs_reason: bool = False
    asks_lot: bool = False
    ticket: str = ""
    article: str = ""
    said: str = ""
    ready: bool = False
    failure: str = ""
    dialog: str = ""
    problem: str = ""
    _version: int = 0

    @rx.event
    async def load(self):
        """Read the purchase order."""
        self.ready, self.failure, self.dialog, self.problem = False, "", "", ""
        self.article, self.said, self.needs_reason, self.asks_lot, self.entering = "", "", False, False, False
        self.chosen, self.steps, self.letters = EMPTY, [], []
        return PurchaseOrderState.read(str(self.purchase_number))

    @rx.event
    async def read(self, number: str):
        """Read it, again."""
        try:
            self._show(await self.call(purchasing.get, str(number)))
        except OmsError as error:
            self.failure = error.message
        self.ready = True
        return None if self.failure else PurchaseOrderState.read_history

    @rx.event
    async def read_history(self):
        """Read what happened to it."""
        found = await self.call(purchasing.history, self.chosen.number)
        self.steps = [_step(each) for each in found]
        return PurchaseOrderState.read_letters

    @rx.event
    async def read_letters(self):
        """Read how far its letters are."""
        found = await self.call(purchase_sending.letters, self.chosen.number)
        self.letters = [_letter(each) for each in found]
        self.posting = any(each.state in ("waiting", "sending") for each in found)

    @rx.event
    async def open_dialog(self, name: str):
        """Open a form: change, acknowledge, close or cancel."""
        self.dialog, self.problem = str(name), ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def change(self, form: dict[str, Any]):
        """Other lines for the draft."""
        try:
            lines = read_lines(typed(form, "lines"))
        except OmsError as error:
            self.problem = error.message
            return None
        return await self._step(purchasing.change, "is changed.", lines, note=typed(form, "note"))

    @rx.event(temporal=True)
    async def send(self):
        """Send it by e-mail."""
        return await self._step(purchase_sending.by_email, f"goes to {self.email}.")

    @rx.event(temporal=True)
    async def hand_over(self):
        """The supplier has it already."""
        return await self._step(purchase_sending.hand_over, "is sent.")

    @rx.event(temporal=True)
    async def acknowledge(self, form: dict[str, Any]):
        """The supplier promised a day."""
        try:
            promised = date.fromisoformat(typed(form, "promised"))
        except ValueError:
            self.problem = "Choose the promised day."
            return None
        reference = typed(form, "reference")
        return await self._step(purchasing.acknowledge, "is acknowledged.", promised, reference=reference)

    @rx.event(temporal=True)
    async def close_order(self, form: dict[str, Any]):
        """Nothing more is awaited."""
        return await self._step(purchasing.close, "is closed.", reason=typed(form, "reason"))

    @rx.event(temporal=True)
    async def cancel(self, form: dict[str, Any]):
        """Drop it."""
        return await self._step(purchasing.cancel, "is cancelled.", reason=typed(form, "reason"))

    @rx.event
    async def download(self):
        """The document as PDF."""
        name, content = await self.call(purchase_sending.document, self.chosen.number)
        return rx.download(data=content, filename=name)

    @rx.event
    async def take_more(self):
        """Something came after everything was there."""
        self.entering = True
        return rx.set_focus("code")

    @rx.event(temporal=True)
    async def enter(self, form: dict[str, Any]):
        """A code alone asks what it is; with units they are taken in."""
        code, units, reason = typed(form, "code"), typed(form, "units"), typed(form, "reason")
        self.problem, self.said = "", ""
        if not units:
            return PurchaseOrderState.find(code)
        if not units.isdecimal():
            self.problem = "Write a whole number of units."
            return rx.set_focus("units")
        number, ticket = self.chosen.number, typed(form, "receipt")
        try:
            came = Came(typed(form, "lot"), read_day(typed(form, "expires")))
            lots = {code: [(came, int(units))]} if came.code else {}
            view = await self.call(
                goods_receipts.receive, number, {code: int(units)}, receipt=ticket, reason=reason, lots=lots
            )
        except OmsError as error:
            self.problem, self.needs_reason = error.message, error.code == "over_receipt"
            return rx.set_focus("reason" if self.needs_reason else "code")
        self._show(view)
        self.said, self.article = f"{code}: {int(units):,} taken in.", ""
        self.needs_reason = self.asks_lot = False
        return [fill("units", ""), fill("code", ""), rx.set_focus("code"), PurchaseOrderState.read_history]

    @rx.event
    async def find(self, code: str):
        """Say what a scanned code is, and go on to its units."""
        try:
            line = await self.call(goods_receipts.find, self.chosen.number, str(code))
        except OmsError as error:
            self.problem, self.article = error.message, ""
            return [fill("code", ""), rx.set_focus("code")]  # a scanner types behind what stands there
        self.article, self.asks_lot = f"{line.sku} · {line.name} · {line.expected:,} to come", line.lots
        return rx.set_focus("units")

    @rx.event(temporal=True)
    async def receive_all(self):
        """Everything that is expected came."""
        came = {line.sku: line.expected for line in self.lines if line.expected}
        return await self._step(goods_receipts.receive, "is received.", came, receipt=self.ticket, versioned=False)

    async def _step(self, service: Any, done: str, *args: Any, versioned: bool = True, **options: Any) -> Any:
        number, version = self.chosen.number, {"version": self._version} if versioned else {}
        try:
            self._show(await self.call(service, number, *args, **version, **options))
        except Conflict as conflict:
            return [PurchaseOrderState.read(number), notice(conflict.message, "warning")]
        except OmsError as error:
            self.problem = error.message
            return None if self.dialog else notice(error.message, "error")
        self.dialog = ""
        return [notice(f"{number} {done}"), PurchaseOrderState.read_history]

    def _show(self, view: PurchaseView) -> None:
        currency = view.row.currency
        self.chosen, self._version = card(view.row), view.row.version
        self.may, self.email, self.note = [str(act) for act in view.may], view.email, view.note
        self.reference, self.text = view.supplier_reference, write_lines(view.lines, currency)
        self.promised = str(view.row.due_on or "")
        self.lines = [_line(line, currency) for line in view.lines]
        more = self.entering and view.row.state == PurchaseState.RECEIVED  # who scans goes on scanning
        self.entering, self.ticket = view.row.state in EXPECTED or more, uuid4().hex


def _line(line: PurchaseLine, currency: str) -> PurchaseLineCard:
    return PurchaseLineCard(
        sku=line.sku,
        name=line.name,
        theirs=line.supplier_sku,
        packs=line.packs,
        quantity=line.quantity,
        received=line.received,
        expected=line.expected,
        cost=money.show_micros(line.cost_micros, currency),
        total=money.show(line.total(currency), currency),
    )


def _step(event: EventView) -> Step:
    said = event.after
    words = [_DONE.get(event.kind, event.kind.replace("_", " "))]
    if event.kind == "goods_received":
        words.append(", ".join(f"{sku}: {units:,}" for sku, units in said["units"].items()))
    words += [str(said[name]) for name in ("to", "promised_on", "reference") if said.get(name)]
    words += [f"{units:,} of {sku} never came" for sku, units in (said.get("missing") or {}).items()]
    return Step(_at(event.at), " · ".join([*words, *([event.reason] if event.reason else [])]), event.actor)


def _letter(letter: MailView) -> Step:
    words = {"waiting": "waits to be sent", "sending": "is being sent", "sent": "sent", "failed": "was not sent"}
    tries = f", {letter.tries} tries" if letter.tries > 1 else ""
    return Step(
        _at(letter.sent_at or letter.created_at),
        f"{words[letter.state]}{tries}" + (f": {letter.error}" if letter.error else ""),
        letter.recipient,
    )


def _at(moment: Any) -> str:
    return moments.show(moment, ZoneInfo(get_settings().timezone))
