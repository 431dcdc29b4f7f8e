"""What of a channel waits for somebody, and the log of its calls, in the browser."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import NotFound
from oms_app.services import channel_log, channel_overview
from oms_app.services.channel_log import CallView
from oms_app.services.channel_overview import Trouble
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice

CALLS = 50
FOR = {
    "orders": "reading orders",
    "articles": "reading what it sells",
    "stock": "telling stock",
    "task": "telling of an order or a product",
    "webhooks": "asking for webhooks",
    "load": "first load",
    "settlements": "reading settlements",
    "compare": "comparing",
    "mend": "mending a difference",
    "test": "test",
}


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """Something that waits for somebody, written out."""

    key: str
    about: str
    problem: str
    told: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call, written out. `again`: it failed, and what it was for can be done again."""

    id: int
    at: str
    purpose: str
    what: str
    status: str
    failed: bool
    again: bool
    ms: int
    request: str
    answer: str
    problem: str


class ChannelLogState(SessionState, rx.State):
    """The troubles and the calls of one channel."""

    channel: str = ""
    title: str = ""
    troubles: list[TroubleRow] = []
    calls: list[CallRow] = []
    only_failed: bool = False
    more: bool = False
    failure: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """Read what belongs to the channel that the address names."""
        self.channel = str(self.router.url.query_parameters.get("channel", ""))
        self.ready, self.failure, self.title, self.troubles, self.calls = False, "", "", [], []
        try:
            await self._read()
        except NotFound:
            self.failure = "No channel is connected under this name: choose one on the channels page."
        self.ready = True

    @rx.event
    async def show_failed(self, only: bool):
        """Leave only the calls that failed, or all of them."""
        self.only_failed = bool(only)
        await self._read()

    @rx.event
    async def show_more(self):
        """Older calls."""
        below = self.calls[-1].id if self.calls else None
        found = await self.call(channel_log.calls, self.channel, below=below, failed=self.only_failed, limit=CALLS)
        self.calls, self.more = [*self.calls, *map(_call, found)], len(found) == CALLS

    @rx.event(temporal=True)
    async def run_again(self, key: str):
        """Let something run again; without a key, all that is shown."""
        keys = [key] if key else [row.key for row in self.troubles]
        wanted = [(part, int(number)) for part, _, number in (str(each).partition(":") for each in keys)]
        count = await self.call(channel_overview.replay, wanted)
        return [ChannelLogState.load, notice(f"{count:,} run again." if count != 1 else "It runs again.")]

    @rx.event(temporal=True)
    async def replay(self, call_id: int):
        """Do again what a call was made for."""
        return [ChannelLogState.load, notice(await self.call(channel_log.replay, int(call_id)))]

    async def _read(self) -> None:
        self.title = (await self.call(channel_overview.one, self.channel)).link.title
        self.troubles = [_trouble(each) for each in await self.call(channel_overview.troubles, self.channel)]
        found = await self.call(channel_log.calls, self.channel, failed=self.only_failed, limit=CALLS)
        self.calls, self.more = [_call(each) for each in found], len(found) == CALLS


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
        purpose="from them" if each.incoming else FOR.get(each.about.partition(":")[0], each.about),
        what=f"{each.method} {each.address}",
        status=str(each.status) if each.status else "no answer",
        failed=each.failed,
        again=each.failed and each.again,
        ms=each.ms,
        request=each.request,
        answer=each.answer,
        problem=each.problem,
    )
