"""The hold queues in one browser tab: what waits, why, and the fix done in place."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments, money
from oms_app.domain.errors import OmsError
from oms_app.domain.holds import TITLES, Held, HoldKind
from oms_app.domain.orders import AddressDraft, EventView
from oms_app.services import addresses, holds, sku_map
from oms_app.settings import get_settings
from oms_app.state import live, tallies
from oms_app.state.session import SessionState, notice, typed

ROOM = "holds"
ROWS = 50
EVERY = 0.4
"""Seconds between two looks of an open page, however busy the shop is."""

CHANGES = {"held", "released", "moved", "sku_resolved", "address_corrected"}
TO_LIST = rx.call_script("requestAnimationFrame(() => document.getElementById('holds')?.focus())")
"""What had the focus is gone with its row."""

_waiting: set[asyncio.Task[None]] = set()


@dataclass(frozen=True, slots=True)
class QueueTab:
    """A queue with its count."""

    kind: str
    title: str
    count: int
    said: str
    link: str


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold, written out."""

    id: int
    kind: str
    title: str
    check: str
    reason: str
    fix: str
    since: str
    until: str
    number: str
    channel: str
    channel_title: str
    customer: str
    place: str
    total: str
    phone: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    skus: list[str]


class HoldsState(SessionState, rx.State):
    """One queue, or all of them; which one is in the address."""

    kind: str = ""
    tabs: list[QueueTab] = []
    rows: list[HoldRow] = []
    total: str = ""
    more: bool = False
    opened: int = 0
    form: str = ""
    problem: str = ""
    failure: str = ""
    ready: bool = False

    @rx.event
    async def arrive(self):
        """Open the queue that the address names, and hear of changes while it is open."""
        kind = self.router.url.query_parameters.get("kind", "")
        self.kind = kind if kind in set(HoldKind) else ""
        self.rows, self.opened, self.form, self.failure = [], 0, "", ""
        await self._read()
        await live.enter(self.router.session.session_id, ROOM)

    @rx.event
    async def refresh(self):
        """Read the queue again: something was held or released."""
        await self._read()

    @rx.event
    async def depart(self):
        """The page was left."""
        await live.leave(self.router.session.session_id, ROOM)

    @rx.event
    async def show_more(self):
        """Read the next holds."""
        found = await self.call(holds.page, self.kind, after=self.rows[-1].id if self.rows else 0, limit=ROWS + 1)
        self.rows, self.more = [*self.rows, *map(_row, found[:ROWS])], len(found) > ROWS

    @rx.event
    async def open_form(self, hold_id: int, form: str):
        """Open a form below a hold: its address, its SKU, or why it is released."""
        self.opened, self.form, self.problem = int(hold_id), str(form), ""

    @rx.event
    async def close_form(self):
        """Close the form."""
        self.opened, self.form, self.problem = 0, "", ""

    @rx.event(temporal=True)
    async def correct(self, form: dict[str, Any]):
        """Send the order to the address of the form; what is wrong with it stands above the form."""
        names = ("name", "phone", "line1", "line2", "city", "state", "postal_code", "country")
        given = AddressDraft(**{name: typed(form, name) for name in names})
        return await self._done(
            addresses.correct, self._number(), given, said=f"Order {self._number()} goes to the new address."
        )

    @rx.event(temporal=True)
    async def release(self, form: dict[str, Any]):
        """Release the hold for a reason."""
        why = typed(form, "reason")
        return await self._done(
            holds.release, self._number(), self.opened, reason=why, said=f"Order {self._number()}: released."
        )

    @rx.event(temporal=True)
    async def confirm(self, hold_id: int):
        """The customer said yes to cash on delivery."""
        self.opened = int(hold_id)
        return await self._done(
            holds.release,
            self._number(),
            self.opened,
            reason="Confirmed with the customer",
            said=f"Order {self._number()} is confirmed.",
        )

    @rx.event(temporal=True)
    async def map_sku(self, form: dict[str, Any]):
        """Say which product a channel's SKU is; every order that waits for it goes on."""
        channel = next((row.channel for row in self.rows if row.id == self.opened), "")
        units = typed(form, "quantity")
        if not (units.isascii() and units.isdecimal()):
            self.problem = "Write how many of our units make one of theirs: 1."
            return None
        return await self._done(
            sku_map.put,
            channel=channel,
            channel_sku=typed(form, "channel_sku"),
            sku=typed(form, "sku"),
            quantity=int(units),
            said="The SKU is known. What waited for it goes on.",
        )

    async def _done(self, service: Any, *given: Any, said: str, **options: Any) -> Any:
        try:
            await self.call(service, *given, **options)
        except OmsError as error:
            if not self.form:
                raise
            self.problem = error.message
            return None
        self.opened, self.form, self.problem = 0, "", ""
        await self._read()
        return [notice(said), TO_LIST]

    def _number(self) -> str:
        return next((row.number for row in self.rows if row.id == self.opened), "")

    async def _read(self) -> None:
        shown = min(max(len(self.rows), ROWS), 4 * ROWS)
        try:
            counts, found = await self.call(holds.queue, self.kind, limit=shown + 1)
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return
        self.total = tallies.said(tallies.total(counts.values()))
        self.tabs = [
            QueueTab(str(kind), TITLES[kind], count.number, tallies.said(count), f"/holds?kind={kind}")
            for kind, count in counts.items()
        ]
        self.rows, self.more = [_row(each) for each in found[:shown]], len(found) > shown
        if self.opened not in {row.id for row in self.rows}:
            self.opened, self.form, self.problem = 0, "", ""
        self.failure, self.ready = "", True


@live.reader
async def tell_readers(events: Sequence[EventView]) -> None:
    """Ask the open queues to look again, soon after the first of many changes."""
    if _waiting or live.is_empty(ROOM) or not any(event.kind in CHANGES for event in events):
        return
    task = asyncio.create_task(_ask_soon())
    _waiting.add(task)
    task.add_done_callback(_waiting.discard)


async def _ask_soon() -> None:
    await asyncio.sleep(EVERY)
    await live.ask(ROOM, HoldsState.refresh)


def _row(held: Held) -> HoldRow:
    place = ", ".join(filter(None, (held.line1, held.line2, held.city, held.state, held.postal_code)))
    return HoldRow(
        id=held.id,
        kind=str(held.kind),
        title=TITLES[held.kind],
        check=held.check,
        reason=held.reason,
        fix=held.fix,
        since=f"{_shown(held.opened_at)}, {held.opened_by}",
        until=_shown(held.until) if held.until else "",
        number=held.number,
        channel=held.channel,
        channel_title=held.channel_title,
        customer=held.customer,
        place=place,
        total=money.show(held.total, held.currency),
        phone=held.phone,
        line1=held.line1,
        line2=held.line2,
        city=held.city,
        state=held.state,
        postal_code=held.postal_code,
        country=held.country,
        skus=list(held.skus),
    )


def _shown(moment: datetime) -> str:
    return moments.show(moment, ZoneInfo(get_settings().timezone))
