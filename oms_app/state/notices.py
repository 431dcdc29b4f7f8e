"""What somebody was told, in the browser: how much is unread, and the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.orders import EventView
from oms_app.services import notices
from oms_app.services.notices import NoticeView
from oms_app.settings import get_settings
from oms_app.state import live
from oms_app.state.session import SessionState

ROWS = 50


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice, written out."""

    id: int
    number: str
    body: str
    sender: str
    at: str
    read: bool


class NoticesState(SessionState, rx.State):
    """The bell of every page, and the page behind it."""

    unread: int = 0
    rows: list[NoticeRow] = []
    more: bool = False
    ready: bool = False

    @rx.event
    async def count(self):
        """How many are unread; from now on this browser hears of new ones."""
        user_id, self.unread = await self.call(notices.unread)
        if user_id:
            await live.enter(self.router.session.session_id, _room(user_id))

    @rx.event
    async def load(self):
        """Read the list from its beginning."""
        self.rows = []
        return NoticesState.read_more

    @rx.event
    async def read_more(self):
        """Read the next notices."""
        before = self.rows[-1].id if self.rows else None
        found = await self.call(notices.page, before=before, limit=ROWS + 1)
        self.rows = [*self.rows, *map(_row, found[:ROWS])]
        self.more, self.ready = len(found) > ROWS, True

    @rx.event(temporal=True)
    async def mark_read(self):
        """Mark all of them read."""
        await self.call(notices.read)
        return [NoticesState.load, NoticesState.count]


@live.reader
async def tell_readers(events: Sequence[EventView]) -> None:
    """Ask every browser of somebody who was told something to count again."""
    told = {user_id for event in events if event.kind == "notified" for user_id in event.after.get("readers", ())}
    for room in map(_room, told):
        if not live.is_empty(room):
            await live.ask(room, NoticesState.count)


def _room(user_id: int) -> str:
    return f"notices:{user_id}"


def _row(each: NoticeView) -> NoticeRow:
    at = moments.show(each.at, ZoneInfo(get_settings().timezone))
    return NoticeRow(each.id, each.number, each.body, each.sender, at, each.read)
