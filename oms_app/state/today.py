"""The Today page in one browser tab; its counts follow the shop while it is open."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.money import show_count
from oms_app.domain.orders import EventView
from oms_app.domain.today import Step
from oms_app.services import today, users
from oms_app.services.today import Touched
from oms_app.settings import get_settings
from oms_app.state import live
from oms_app.state.session import SessionState, notice

ROOM = "today"
EVERY = 1.5
"""Seconds between two counts of an open page, however busy the shop is."""

_waiting: set[asyncio.Task[None]] = set()


@dataclass(frozen=True, slots=True)
class Tile:
    """A work queue, written out. `count` is the number itself, for scripts."""

    name: str
    title: str
    hint: str
    severity: str
    count: int
    shown: str
    link: str


class TodayState(SessionState, rx.State):
    """What waits, what one did, what a new shop needs."""

    tiles: list[Tile] = []
    touched: list[Touched] = []
    steps: list[Step] = []
    steps_done: int = 0
    day: str = ""
    demo: bool = False
    nothing_open: bool = False
    ready: bool = False

    @rx.event
    async def arrive(self):
        """Open the page, and hear of changes while it is open."""
        await self._read()
        await live.enter(self.router.session.session_id, ROOM)

    @rx.event
    async def refresh(self):
        """Count again."""
        await self._read()

    @rx.event
    async def depart(self):
        """The page was left."""
        await live.leave(self.router.session.session_id, ROOM)

    @rx.event(temporal=True)
    async def put_steps_away(self):
        """Hide the first steps for good."""
        await self.call(users.set_preferences, checklist=False)
        self.steps = []
        return notice("The first steps are put away.")

    async def _read(self) -> None:
        found = await self.call(today.read)
        until = found.at.isoformat(timespec="milliseconds")
        self.tiles = [
            Tile(
                queue.name,
                queue.title,
                queue.hint,
                queue.severity if count else "ok",
                count,
                show_count(count, get_settings().currency),
                f"/orders?{urlencode({'q': queue.q, 'until': until})}",
            )
            for queue, count in found.queues
        ]
        self.touched, self.steps = list(found.touched), list(found.steps)
        self.steps_done = sum(step.done for step in found.steps)
        self.demo, self.nothing_open = found.demo, found.open_orders == 0
        self.day = moments.show_day(datetime.now(UTC), ZoneInfo(get_settings().timezone))
        self.ready = True


@live.reader
async def tell_readers(events: Sequence[EventView]) -> None:
    """Ask the open Today pages to count again, soon after the first of many changes."""
    if _waiting or live.is_empty(ROOM) or not any(event.order_id is not None for event in events):
        return
    task = asyncio.create_task(_ask_soon())
    _waiting.add(task)
    task.add_done_callback(_waiting.discard)


async def _ask_soon() -> None:
    await asyncio.sleep(EVERY)
    await live.ask(ROOM, TodayState.refresh)
