"""Connected channels in the browser: how each stands, connecting one, loading what was before, trying one dry."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.domain.orders import EventView
from oms_app.services import (
    channel_calls,
    channel_consent,
    channel_overview,
    channel_preview,
    channel_stock,
    channel_webhooks,
    channels,
    first_load,
    intake,
)
from oms_app.settings import get_settings
from oms_app.state import live
from oms_app.state.channel_cards import REFUSALS, ChannelCard, FieldRow, KindRow, PreviewRow, card, fields, preview
from oms_app.state.session import SessionState, notice, typed

ROOM = "channels"
EVERY_S = 1.5
"""Seconds between two readings, however much comes."""

_waiting: set[asyncio.Task[None]] = set()


class ChannelsState(SessionState, rx.State):
    """The cards, and the dialogs that connect, load and try."""

    cards: list[ChannelCard] = []
    kinds: list[KindRow] = []
    fields: list[FieldRow] = []
    chosen: str = ""
    dialog: str = ""
    kind: str = ""
    about_kind: str = ""
    by_hand: str = ""
    taken: bool = False  # the kind's own name is: another is asked for
    problem: str = ""
    previewed: list[PreviewRow] = []
    preview_more: bool = False
    ready: bool = False

    @rx.event
    async def load(self):
        """Read how every channel stands, and hear of what comes."""
        self.dialog = ""
        await self.actor()
        await live.enter(self.router.session.session_id, ROOM)
        asked = self.router.url.query_parameters
        if asked.get("authorised"):
            return [ChannelsState.refresh, notice("We are let in.")]
        if why := asked.get("refused"):
            return [ChannelsState.refresh, notice(REFUSALS.get(str(why), REFUSALS["rejected"]))]
        return ChannelsState.refresh

    @rx.event
    async def depart(self):
        """Stop hearing of them: the page was left."""
        await live.leave(self.router.session.session_id, ROOM)

    @rx.event
    async def refresh(self):
        """Read again."""
        found = await self.call(channel_overview.every)
        self.cards = [card(each) for each in found]
        self.kinds = [KindRow(kind.name, kind.title) for kind in channels.kinds()]
        self.ready = True

    @rx.event
    async def open_connect(self, kind: str):
        """Open the form of a kind."""
        of = channel_calls.adapter_of(str(kind)).kind
        self.dialog, self.kind, self.about_kind, self.problem = "connect", of.name, of.title, ""
        self.by_hand, self.taken = "", any(each.name == of.name for each in self.cards)
        self.fields = fields(of, {})

    @rx.event
    async def open_change(self, name: str):
        """Open the form of a connected channel; its secrets stay where nothing is written."""
        [link] = [each for each in await self.call(channels.linked) if each.name == name]
        self.dialog, self.kind, self.chosen, self.problem = "change", link.kind, link.name, ""
        self.taken = False
        self.about_kind, self.by_hand = link.title, channel_webhooks.by_hand(link)
        self.fields = fields(channel_calls.adapter_of(link.kind).kind, dict(link.settings))

    @rx.event
    async def open_load(self, name: str):
        """Ask from when on a channel is to be loaded."""
        self.dialog, self.chosen, self.problem, self.previewed = "load", str(name), "", []

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the dialog."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def connect(self, form: dict[str, Any]):
        """Connect a channel; what was typed goes to the service and into no state."""
        settings = {row.name: typed(form, row.name) for row in self.fields}
        name, currency = typed(form, "channel-name") or self.kind, get_settings().currency
        wanted = {"kind": self.kind, "name": name, "title": typed(form, "channel-title"), "currency": currency}
        changes = self.dialog == "change"
        service, given = (channels.change, {"name": self.chosen}) if changes else (channels.connect, wanted)
        try:
            await self.call(service, **given, settings=settings)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        if changes:
            return [ChannelsState.refresh, notice("Saved.")]
        return [ChannelsState.refresh, ChannelsState.test(name)]

    @rx.event(temporal=True)
    async def test(self, name: str):
        """Sign in at the channel and read one thing."""
        said = await self.call(channels.test, str(name))
        return [ChannelsState.refresh, notice(f"It answers: {said}.")]

    @rx.event(temporal=True)
    async def authorise(self, name: str):
        """Go to the channel's own page, where its owner lets us in."""
        return rx.redirect(await self.call(channel_consent.begin, str(name)))

    @rx.event(temporal=True)
    async def sync(self, name: str):
        """Read on in a channel at once."""
        read, taken, dead = await self.call(intake.sync, str(name))
        failed = f", {dead:,} could not be" if dead else ""
        return [ChannelsState.refresh, notice(f"{read:,} changes were read, {taken:,} taken over{failed}.")]

    @rx.event(temporal=True)
    async def pause(self, name: str, paused: bool):
        """Let a channel rest, or go on."""
        await self.call(channels.pause, str(name), paused=bool(paused))
        return [ChannelsState.refresh, notice("It rests." if paused else "It goes on.")]

    @rx.event(temporal=True)
    async def tell_again(self, name: str):
        """Tell a channel the whole stock once more."""
        count = await self.call(channel_stock.again, str(name))
        return [ChannelsState.refresh, notice(f"{count:,} levels are told again.")]

    @rx.event
    async def choose_since(self, form: dict[str, Any]):
        """Look what a load would bring, or begin it."""
        try:
            since = _day(typed(form, "since")).isoformat()
        except ValueError:
            self.problem = "Choose a day."
            return None
        return (ChannelsState.try_dry if typed(form, "dry") == "on" else ChannelsState.begin_load)(since)

    @rx.event(temporal=True)
    async def try_dry(self, since: str):
        """Show what the orders since a moment would become."""
        try:
            found = await self.call(channel_preview.dry_run, self.chosen, datetime.fromisoformat(str(since)))
        except OmsError as error:
            self.problem = error.message
            return
        self.previewed, self.preview_more = preview(found), found.more
        self.problem = "" if self.previewed else "Nothing was sold or changed there since that day."

    @rx.event(temporal=True)
    async def begin_load(self, since: str):
        """Load what was sold since a moment."""
        try:
            await self.call(first_load.begin, self.chosen, datetime.fromisoformat(str(since)))
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [ChannelsState.refresh, notice("It is being loaded; the card says how far it is.")]

    @rx.event(temporal=True)
    async def stop_load(self, name: str):
        """Load no more."""
        await self.call(first_load.stop, str(name))
        return [ChannelsState.refresh, notice("Nothing more is loaded; what came stays.")]


@live.reader
async def tell_readers(events: Sequence[EventView]) -> None:
    """Ask the open pages to read again, soon after the first of many changes, or when only time has passed."""
    theirs = not events or any(each.order_id or each.subject == "channel" for each in events)
    if _waiting or live.is_empty(ROOM) or not theirs:
        return
    task = asyncio.create_task(_ask_soon())
    _waiting.add(task)
    task.add_done_callback(_waiting.discard)


async def _ask_soon() -> None:
    await asyncio.sleep(EVERY_S)
    await live.ask(ROOM, ChannelsState.refresh)


def _day(text: str) -> datetime:
    """The beginning of a day in the shop's zone. Raises ValueError."""
    zone = ZoneInfo(get_settings().timezone)
    return datetime.combine(datetime.fromisoformat(text).date(), time(), zone).astimezone(UTC)
