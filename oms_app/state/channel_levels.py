"""Stock on channels in the browser: every article with what its channel believes; the address holds the search."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.channel_levels import LevelSearch, LevelView
from oms_app.domain.errors import OmsError
from oms_app.services import channel_levels
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, save, typed

ROWS = 50
LATER = rx.call_script("setTimeout(() => document.getElementById('read-again')?.click(), 2500)")
"""What is told again was told by then."""


@dataclass(frozen=True, slots=True)
class LevelRow:
    """An article of a channel, written out; `key` is empty where there is nothing to tell."""

    key: str
    channel_title: str
    theirs: str
    title: str
    sku: str
    product: str
    units: str
    wanted: str
    sent: str
    at: str
    waits: str
    why: str
    bad: bool


class ChannelLevelsState(SessionState, rx.State):
    """A page of levels, some of them selected."""

    rows: list[LevelRow] = []
    channels: list[tuple[str, str]] = []
    selected: list[str] = []
    words: str = ""
    channel: str = ""
    sku: str = ""
    problems: bool = False
    more: bool = False
    ready: bool = False
    failure: str = ""
    _after: tuple[str, str, str] = ("", "", "")

    @rx.event
    async def load(self):
        """Read the first page that the address asks for."""
        query = self.router.url.query_parameters
        self.words, self.channel = query.get("q", "").strip()[:100], query.get("channel", "")[:60]
        self.sku, self.problems = query.get("sku", "")[:100], query.get("show", "") == "problems"
        await self._read(from_start=True)
        self.ready = True
        return ChannelLevelsState.load_channels

    @rx.event
    async def load_channels(self):
        """Read which channels can be chosen."""
        self.channels = list(await self.call(channel_levels.titles))

    @rx.event
    async def search(self, form: dict[str, Any]):
        """Enter: the address remembers the words."""
        self.words = typed(form, "q")[:100]
        return rx.redirect(self._address())

    @rx.event
    async def choose_channel(self, name: str):
        """Only the articles of one channel, or of all."""
        self.channel = str(name)
        return rx.redirect(self._address())

    @rx.event
    async def only_problems(self, only: bool):
        """Only what has a problem, or everything."""
        self.problems = bool(only)
        return rx.redirect(self._address())

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._read(from_start=False)

    @rx.event
    async def pick(self, key: str):
        """Select a row, or let it go."""
        kept = [each for each in self.selected if each != key]
        self.selected = kept if len(kept) < len(self.selected) else [*kept, str(key)]

    @rx.event
    async def pick_all(self):
        """Select every row that is shown, or none."""
        shown = [row.key for row in self.rows if row.key]
        self.selected = [] if set(shown) <= set(self.selected) else shown

    @rx.event
    async def let_go(self):
        """Select nothing."""
        self.selected = []

    @rx.event(temporal=True)
    async def tell(self, key: str):
        """Tell one level again; without a key, those that are selected."""
        keys = [str(key)] if key else self.selected
        pairs = [(channel, sku) for channel, _, sku in (each.partition(":") for each in keys)]
        return self._told(await self.call(channel_levels.tell_again, pairs))

    @rx.event(temporal=True)
    async def tell_all(self):
        """Tell everything that is found again."""
        return self._told(await self.call(channel_levels.tell_found, self._search()))

    @rx.event
    async def download(self):
        """Save what is found."""
        return save(f"/export/channel-stock?{urlencode(self._asked() | {'format': 'csv'})}")

    def _told(self, count: int) -> Any:
        self.selected = []
        levels = "1 level is" if count == 1 else f"{count:,} levels are"
        return [notice(f"{levels} told again within two seconds."), ChannelLevelsState.load, LATER]

    def _search(self) -> LevelSearch:
        return LevelSearch(self.words, self.channel, self.sku, self.problems)

    def _asked(self) -> dict[str, str]:
        given = {"q": self.words, "channel": self.channel, "sku": self.sku}
        given["show"] = "problems" if self.problems else ""
        return {name: text for name, text in given.items() if text}

    def _address(self) -> str:
        asked = urlencode(self._asked())
        return f"/channels/stock?{asked}" if asked else "/channels/stock"

    async def _read(self, *, from_start: bool) -> None:
        after = ("", "", "") if from_start else self._after
        try:
            found = await self.call(channel_levels.page, self._search(), after=after, limit=ROWS + 1)
        except OmsError as error:
            self.failure = error.message
            return
        shown = found[:ROWS]
        if shown:
            self._after = shown[-1].place
        self.rows = [*([] if from_start else self.rows), *map(_row, shown)]
        self.more, self.failure = len(found) > ROWS, ""
        if from_start:
            self.selected = []


def _row(each: LevelView) -> LevelRow:
    zone, now = ZoneInfo(get_settings().timezone), datetime.now(UTC)
    waits = moments.span((now - each.waits_since).total_seconds()) if each.waits_since else ""
    return LevelRow(
        key=f"{each.channel}:{each.channel_sku}" if each.wanted is not None else "",
        channel_title=each.channel_title,
        theirs=each.channel_sku or "No SKU",
        title=each.title,
        sku=each.sku,
        product=each.product,
        units=f"{each.quantity:,} of ours in one" if each.quantity > 1 else "",
        wanted="–" if each.wanted is None else f"{each.wanted:,}",
        sent="–" if each.sent is None else f"{each.sent:,}",
        at=moments.show(each.sent_at, zone) if each.sent_at else "–",
        waits=waits or "–",
        why=each.why,
        bad=bool(each.why) and (not each.waits_since or each.waits_since < now - channel_levels.LATE or not each.key),
    )
