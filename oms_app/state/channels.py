"""Connected channels in the browser: how each stands, connecting one, what waits for somebody, the log of calls."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.channels import ChannelKind
from oms_app.domain.errors import OmsError
from oms_app.services import channel_overview, channel_stock, channels
from oms_app.services.channel_overview import CallView, Health, Standing, Trouble
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, typed

WORDS = {
    Health.FINE: "Works",
    Health.PAUSED: "Paused",
    Health.RESTING: "Does not answer",
    Health.ATTENTION: "Needs somebody",
}
CALLS = 50


@dataclass(frozen=True, slots=True)
class ChannelCard:
    """A channel, written out."""

    name: str
    title: str
    kind: str
    health: str
    word: str
    read: str
    facts: list[str]
    problem: str
    paused: bool
    troubles: int


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind that can be connected."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of the form of a kind; what is secret is never in it."""

    name: str
    title: str
    help: str
    secret: bool
    required: bool
    value: str


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """Something that waits for somebody, written out."""

    key: str
    about: str
    problem: str
    told: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call, written out."""

    id: int
    at: str
    what: str
    status: str
    ms: int
    request: str
    answer: str
    problem: str


class ChannelsState(SessionState, rx.State):
    """The cards, and under the chosen one its troubles and its calls."""

    cards: list[ChannelCard] = []
    kinds: list[KindRow] = []
    fields: list[FieldRow] = []
    chosen: str = ""
    troubles: list[TroubleRow] = []
    calls: list[CallRow] = []
    only_failed: bool = False
    more: bool = False
    dialog: str = ""
    kind: str = ""
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """Read how every channel stands."""
        found = await self.call(channel_overview.every)
        self.cards = [_card(each) for each in found]
        self.kinds = [KindRow(kind.name, kind.title) for kind in channels.kinds()]
        self.ready = True
        if self.chosen and self.chosen in {card.name for card in self.cards}:
            await self._read_log()

    @rx.event
    async def choose(self, name: str):
        """Show what waits for somebody in a channel, and its calls."""
        self.chosen = "" if name == self.chosen else str(name)
        self.troubles, self.calls, self.only_failed = [], [], False
        if self.chosen:
            await self._read_log()

    @rx.event
    async def show_failed(self, only: bool):
        """Leave only the calls that failed, or all of them."""
        self.only_failed = bool(only)
        await self._read_log()

    @rx.event
    async def show_more(self):
        """Older calls."""
        below = self.calls[-1].id if self.calls else None
        found = await self.call(channel_overview.calls, self.chosen, below=below, failed=self.only_failed, limit=CALLS)
        self.calls, self.more = [*self.calls, *map(_call, found)], len(found) == CALLS

    @rx.event
    async def open_connect(self, kind: str):
        """Open the form of a kind."""
        self.dialog, self.kind, self.problem = "connect", str(kind), ""
        self.fields = _fields(channels.adapter_of(self.kind).kind, {})

    @rx.event
    async def open_change(self, name: str):
        """Open the form of a connected channel; its secrets stay where nothing is written."""
        [link] = [each for each in await self.call(channels.linked) if each.name == name]
        self.dialog, self.kind, self.chosen, self.problem = "change", link.kind, link.name, ""
        self.fields = _fields(channels.adapter_of(link.kind).kind, dict(link.settings))

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
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
        return [ChannelsState.load, notice("The channel is connected. Test it, then let it work.")]

    @rx.event(temporal=True)
    async def test(self, name: str):
        """Sign in at the channel and read one thing."""
        said = await self.call(channels.test, str(name))
        return [ChannelsState.load, notice(f"It answers: {said}.")]

    @rx.event(temporal=True)
    async def pause(self, name: str, paused: bool):
        """Let a channel rest, or go on."""
        await self.call(channels.pause, str(name), paused=bool(paused))
        return [ChannelsState.load, notice("It rests." if paused else "It goes on.")]

    @rx.event(temporal=True)
    async def tell_again(self, name: str):
        """Tell a channel the whole stock once more."""
        count = await self.call(channel_stock.again, str(name))
        return [ChannelsState.load, notice(f"{count:,} levels are told again.")]

    @rx.event(temporal=True)
    async def replay(self, key: str):
        """Let something run again; without a key, all that is shown."""
        keys = [key] if key else [row.key for row in self.troubles]
        wanted = [(part, int(number)) for part, _, number in (str(each).partition(":") for each in keys)]
        count = await self.call(channel_overview.replay, wanted)
        return [ChannelsState.load, notice(f"{count:,} run again." if count != 1 else "It runs again.")]

    async def _read_log(self) -> None:
        self.troubles = [_trouble(each) for each in await self.call(channel_overview.troubles, self.chosen)]
        found = await self.call(channel_overview.calls, self.chosen, failed=self.only_failed, limit=CALLS)
        self.calls, self.more = [_call(each) for each in found], len(found) == CALLS


def _card(each: Standing) -> ChannelCard:
    now, link = datetime.now(UTC), each.link
    read = f"Read {moments.span((now - each.read_at).total_seconds())} ago" if each.read_at else "Not read yet"
    facts = [
        words
        for count, words in (
            (each.waiting, f"{each.waiting:,} messages wait"),
            (each.owed, f"{each.owed:,} things are to be told"),
            (each.levels, f"{each.levels:,} levels are to be told"),
        )
        if count
    ]
    return ChannelCard(
        name=link.name,
        title=link.title,
        kind=link.kind_title,
        health=each.health,
        word=WORDS[each.health],
        read=read,
        facts=facts,
        problem=link.problem,
        paused=link.paused,
        troubles=each.dead + each.refused,
    )


def _fields(kind: ChannelKind, kept: dict[str, str]) -> list[FieldRow]:
    """The form of a kind, with what is set already; a secret that is written may be left empty."""
    return [
        FieldRow(
            name=each.name,
            title=each.title,
            help=each.help,
            secret=each.secret,
            required=each.required and not (each.secret and kept),
            value="" if each.secret else kept.get(each.name, ""),
        )
        for each in kind.settings
    ]


def _trouble(each: Trouble) -> TroubleRow:
    zone = ZoneInfo(get_settings().timezone)
    tries = f"{each.tries} time{'' if each.tries == 1 else 's'}"
    return TroubleRow(
        key=f"{each.part}:{each.id}",
        about=each.about[:1].upper() + each.about[1:],
        problem=each.problem,
        told=f"since {moments.show(each.at, zone)}, tried {tries}",
    )


def _call(each: CallView) -> CallRow:
    zone = ZoneInfo(get_settings().timezone)
    return CallRow(
        id=each.id,
        at=moments.show(each.at, zone),
        what=f"{'from them: ' if each.incoming else ''}{each.method} {each.address}",
        status=str(each.status) if each.status else "no answer",
        ms=each.ms,
        request=each.request,
        answer=each.answer,
        problem=each.problem,
    )
