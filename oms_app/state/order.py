"""One order in one browser tab: its file, the filters of its timeline, and what somebody does with it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import actions, money
from oms_app.domain.changes import RefundDraft
from oms_app.domain.errors import Conflict, Malformed, NotFound, OmsError
from oms_app.domain.lifecycle import MoveDetails, Stage, asks
from oms_app.domain.orders import EventView, OrderView
from oms_app.domain.shortfalls import KeptView
from oms_app.services import (
    assignment,
    cancellation,
    holds,
    moves,
    notes,
    order_page,
    parcels,
    payments,
    refunds,
    related,
)
from oms_app.settings import get_settings
from oms_app.state import board_words, live
from oms_app.state.board_words import CLOSED, Asking
from oms_app.state.order_parcels import SplitRow
from oms_app.state.order_relatives import Relative, relatives
from oms_app.state.order_versions import Version, versions
from oms_app.state.order_view import Day, OrderPage, days, expires
from oms_app.state.order_view import order_page as written_out
from oms_app.state.session import SessionState, notice, typed


class OrderState(SessionState, rx.State):
    """Every change goes through a service; every browser that shows the order then reads it again."""

    order: OrderPage = OrderPage()
    timeline: list[Day] = []
    kept: list[KeptView] = []
    versions: list[Version] = []
    made_from: Relative = Relative()
    copies: list[Relative] = []
    same_address: list[str] = []
    pictures: dict[str, str] = {}
    audience: str = ""
    q: str = ""  # the search whose list the order was opened from
    older: str = ""
    newer: str = ""
    expires: str = ""
    failure: str = ""
    ready: bool = False
    asking: Asking = CLOSED
    dialog: str = ""
    problem: str = ""
    _room: str = ""
    _going: tuple[str, int, int] = ("", 0, 0)  # stage, version, parcel (none: the order)
    _back: str = ""

    @rx.event
    async def arrive(self):
        """Open the order that the address names."""
        self.ready, self.failure, self.audience = False, "", ""
        self.q = self.router.url.query_parameters.get("q", "").strip()
        self.asking, self.dialog = CLOSED, ""
        yield
        await self._read()

    @rx.event
    async def refresh(self):
        """Read the order again: it changed somewhere."""
        await self._read()

    @rx.event
    async def depart(self):
        """The page was left: hear of this order no more."""
        await self._leave()

    @rx.event
    async def show_only(self, audience: str):
        """Leave one part of the timeline, or all of it."""
        self.audience = "" if audience == "all" else str(audience)
        await self._read()

    @rx.event(temporal=True)
    async def move(self, to: str, version: int):
        """Send the order to a stage; asks first for what the stage needs."""
        if to not in set(Stage) or not isinstance(version, int):
            raise Malformed("A move names a stage and the version that was seen.")
        return await self._ask(to, version, 0)

    @rx.event(temporal=True)
    async def move_parcel(self, parcel_id: int, to: str, version: int):
        """Send one parcel of a split order to a stage."""
        if to not in set(Stage) or not isinstance(version, int):
            raise Malformed("A move names a stage and the version that was seen.")
        return await self._ask(to, version, int(parcel_id))

    @rx.event(temporal=True)
    async def ship_what_is_there(self, version: int):
        """Let what is kept go on in a parcel; the rest waits."""
        self._show(await self.call(parcels.ship_what_is_there, self.order.shown, version=int(version)))
        return notice("What is there goes on; the rest waits as a backorder.")

    @rx.event(temporal=True)
    async def split(self, form: dict[str, Any]):
        """Put units of lines into a parcel of their own."""
        try:
            units = _units(form, self.order.divisible)
        except Malformed as error:
            self.problem = error.message
            return None
        source, version = typed(form, "parcel"), self.order.version
        wanted = {"units": units, "version": version, "parcel_id": int(source) if source.isdecimal() else None}
        return await self._through_dialog(parcels.split, said="The order ships in parcels.", **wanted)

    @rx.event(temporal=True)
    async def combine(self, version: int):
        """Put the parcels that are not packed into one."""
        ids = [row.id for row in self.order.parcels if row.open]
        self._show(await self.call(parcels.combine, self.order.shown, ids, version=int(version)))
        return notice("They go in one parcel.")

    @rx.event(temporal=True)
    async def clone(self):
        """Place the order again and go there."""
        copy = await self.call(related.clone, self.order.shown)
        return [rx.redirect(f"/orders/{quote(copy.number, safe='')}"), notice(f"Placed again as {copy.number}.")]

    @rx.event(temporal=True)
    async def resend(self, form: dict[str, Any]):
        """Send units once more for nothing, and go to their order."""
        try:
            units = _units(form, self.order.shipped)
            copy = await self.call(related.resend, self.order.shown, units, reason=typed(form, "reason")[:200])
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [rx.redirect(f"/orders/{quote(copy.number, safe='')}"), notice(f"Sent again as {copy.number}.")]

    async def _ask(self, to: str, version: int, parcel_id: int) -> Any:
        self._going = (to, version, parcel_id)
        if fields := set(asks(Stage(self.order.stage), Stage(to))):
            self.asking = board_words.lone(Stage(to), self.order.shown, fields)
            return None
        return await self._carry_out(MoveDetails())

    @rx.event(temporal=True)
    async def answer(self, form: dict[str, Any]):
        """The dialog was filled in: carry the move out."""
        if self.asking["payment"]:
            return await self._carry_out(None, **board_words.answers(self.asking, form))
        try:
            given = actions.read("move", {"to": self._going[0], **board_words.answers(self.asking, form)})[1]
        except Malformed as problem:
            self.asking = {**self.asking, "problem": problem.message}
            return None
        return await self._carry_out(actions.details(given))

    @rx.event
    async def never_mind(self, stays_open: bool = False):
        """The dialog was closed without an answer."""
        if not stays_open:
            self.asking = CLOSED

    @rx.event(temporal=True)
    async def retry(self):
        """Try the move that lost against somebody else's again, on the order as it stands now."""
        to, _, parcel_id = self._going
        if parcel_id:
            return OrderState.move_parcel(parcel_id, to, self.order.version)
        return OrderState.move(to, self.order.version)

    @rx.event(temporal=True)
    async def undo(self):
        """Take the last move back, unless the order has changed since."""
        if not self._back:
            return None
        self._going, self._back = (self._back, self.order.version, 0), ""
        return await self._carry_out(MoveDetails())

    @rx.event
    async def open_dialog(self, name: str):
        """Open the form for a hold or a payment."""
        self.dialog, self.problem = str(name), ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def hold(self, form: dict[str, Any]):
        """Put the order on hold for a reason."""
        until, kind = typed(form, "until"), typed(form, "kind")
        return await self._through_dialog(
            holds.place, kind=kind, reason=typed(form, "reason"), until=_end_of(until), said="On hold."
        )

    @rx.event(temporal=True)
    async def release(self, hold_id: int):
        """Let a hold go."""
        self._show(await self.call(holds.release, self.order.shown, int(hold_id)))
        return notice("The hold is released.")

    @rx.event(temporal=True)
    async def record_payment(self, form: dict[str, Any]):
        """Record money that came in, or void it."""
        try:
            amount = money.to_minor(typed(form, "amount"), self.order.currency)
        except Malformed as error:
            self.problem = error.message
            return None
        return await self._through_dialog(
            payments.record,
            kind=typed(form, "kind"),
            amount=amount,
            method=typed(form, "method"),
            reference=typed(form, "reference")[:100],
            said="The payment is recorded.",
        )

    @rx.event(temporal=True)
    async def cancel(self, form: dict[str, Any]):
        """Cancel the order, with the refund that goes with it."""
        method, reason = typed(form, "refund"), typed(form, "reason")[:200]
        refund = RefundDraft(method, reference=typed(form, "reference")[:100]) if method else None
        number, version = self.order.shown, self.order.version
        try:
            await self.call(cancellation.cancel, number, version=version, reason=reason, refund=refund)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [OrderState.refresh, notice(f"Order {number} is cancelled.")]

    @rx.event(temporal=True)
    async def record_refund(self, form: dict[str, Any]):
        """Record money that went back."""
        try:
            amount = money.to_minor(typed(form, "amount"), self.order.currency)
        except Malformed as error:
            self.problem = error.message
            return None
        refund = RefundDraft(typed(form, "method"), amount, typed(form, "reference")[:100])
        said, version, reason = "The refund is recorded.", self.order.version, typed(form, "reason")[:200]
        return await self._through_dialog(refunds.record, refund=refund, version=version, reason=reason, said=said)

    @rx.event(temporal=True)
    async def add_note(self, form: dict[str, Any]):
        """Write an internal note."""
        self._show(await self.call(notes.add, self.order.shown, typed(form, "body")))
        return notice("The note is on the order.")

    @rx.event(temporal=True)
    async def assign(self, email: str):
        """Give the order to somebody, or to nobody."""
        self._show(await self.call(assignment.assign, self.order.shown, str(email)))

    @rx.event(temporal=True)
    async def add_tag(self, form: dict[str, Any]):
        """Put a word on the order."""
        words = tuple(typed(form, "tag").split())
        self._show(await self.call(notes.change_tags, self.order.shown, add=words))

    @rx.event(temporal=True)
    async def remove_tag(self, word: str):
        """Take a word off the order."""
        self._show(await self.call(notes.change_tags, self.order.shown, remove=(str(word),)))

    async def _read(self) -> None:
        try:
            found = await self.call(order_page.read, str(self.order_number), self.q)
        except NotFound as error:
            self.failure, self.ready, self.order = error.message, True, OrderPage()
            return
        self._show(found.order)
        self.timeline, self.kept = days(found.events, self.audience, found.order.currency), list(found.kept)
        self.versions = versions(found.changes)
        self.made_from, self.copies = relatives(found.related)
        self.same_address = list(found.related.same_address)
        self.older, self.newer = found.older or "", found.newer or ""
        self.expires = expires(found.expires)
        self.pictures = {sku: f"/pictures/{digest}/small" for sku, digest in found.pictures.items()}
        self.failure, self.ready = "", True
        room = f"order:{found.order.id}"
        if room != self._room:
            await self._leave()
        await live.enter(self.router.session.session_id, room)
        self._room = room

    def _show(self, order: OrderView) -> None:
        """Show the order as it is now. Its timeline follows by `refresh`, as in every other browser."""
        self.order = written_out(order)

    async def _leave(self) -> None:
        if self._room:
            await live.leave(self.router.session.session_id, self._room)
            self._room = ""

    async def _carry_out(self, details: MoveDetails | None, **payment: str) -> Any:
        (to, version, parcel_id), number, before = self._going, self.order.shown, Stage(self.order.stage)
        service, given = (payments.capture_and_move, payment) if payment else (moves.move, {"details": details})
        what = {"version": version, "parcel_id": parcel_id or None, **given}
        try:
            self._show(await self.call(service, number, Stage(to), **what))
        except OmsError as error:
            if owed := str(error.details.get("pays", "")):
                self.asking = board_words.asks_for_payment(number, Stage(to), owed)
                return None
            if isinstance(error, Conflict):
                self.asking = CLOSED
                await self._read()
                return board_words.not_done(number, error, OrderState.retry)
            if self.asking["title"]:
                self.asking = {**self.asking, "problem": error.message}
                return None
            raise
        self.asking = CLOSED
        self._back = "" if parcel_id else str(board_words.way_back({before}, Stage(to)) or "")
        return board_words.done([number], Stage(to), (), OrderState.undo if self._back else None)

    async def _through_dialog(self, service: Any, *, said: str, **values: Any) -> Any:
        try:
            self._show(await self.call(service, self.order.shown, **values))
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return notice(said)


@live.reader
async def tell_readers(events: Sequence[EventView]) -> None:
    """Ask every browser that shows a changed order to read it again."""
    for order_id in {event.order_id for event in events if event.order_id is not None}:
        room = f"order:{order_id}"
        if not live.is_empty(room):
            await live.ask(room, OrderState.refresh)


def _units(form: dict[str, Any], lines: Sequence[SplitRow]) -> dict[int, int]:
    """Units by line as typed. Raises Malformed with the line that is no number."""
    units = {}
    for line in lines:
        words = typed(form, f"units-{line.id}") or "0"
        if not (words.isascii() and words.isdecimal()):
            raise Malformed(f"{line.sku}: write a whole number.")
        units[line.id] = int(words)
    return units


def _end_of(day: str) -> datetime | None:
    """The end of a day that a date field names, in the shop's zone; None where it is empty."""
    if not day:
        return None
    try:
        local = datetime.strptime(day[:10], "%Y-%m-%d")  # noqa: DTZ007 - the zone follows
    except ValueError:
        raise Malformed("Write the day as 2026-11-30.") from None
    return local.replace(hour=23, minute=59, tzinfo=ZoneInfo(get_settings().timezone)).astimezone(UTC)
