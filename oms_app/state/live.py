"""The live fan-out to browsers: what was committed wakes readers once per process; a room of sessions is told once.

A room is a socket.io room: the sessions in it look at the same thing. `tell` sends every one of them the same Reflex
state update, serialised once, without touching their states. docs/decisions/live-board.md has the figures.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import reflex as rx
import structlog
from reflex.app import EventNamespace
from reflex.event import Event
from reflex.state import StateUpdate
from reflex_base.constants import SocketEvent
from reflex_base.constants.state import FIELD_MARKER

from oms_app.domain.orders import EventView
from oms_app.services import live

SETTLE = 0.01
"""Seconds a burst of commits is given before screens are told."""

APART = 0.08
"""Seconds between two rounds of telling: a lone change is told at once, a storm of them twelve times a second."""

TICK = 30.0
"""Seconds after which readers look again without a reason: time alone makes an order late."""

Reader = Callable[[Sequence[EventView]], Awaitable[None]]

_log = structlog.get_logger(__name__)
_readers: list[Reader] = []
_namespaces: list[EventNamespace] = []


def reader(read: Reader) -> Reader:
    """Call `read` with each burst of events, and with none of them when only time has passed."""
    _readers.append(read)
    return read


async def fan_out(reflex: rx.App) -> None:
    """Hand every commit to the readers until the server stops. A lifespan task, one per process."""
    loop, woken = asyncio.get_running_loop(), asyncio.Event()
    waiting: list[EventView] = []
    told = 0.0

    def hear(events: Sequence[EventView]) -> None:
        waiting.extend(events)
        woken.set()

    assert reflex.event_namespace  # noqa: S101 - an app with states has one
    _namespaces[:] = [reflex.event_namespace]
    unsubscribe = live.subscribe(lambda events: loop.call_soon_threadsafe(hear, events))
    try:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), TICK)
                await asyncio.sleep(max(SETTLE, told + APART - loop.time()))
            woken.clear()
            told = loop.time()
            burst = waiting.copy()
            waiting.clear()
            for read in _readers:
                try:
                    await read(burst)
                except Exception:
                    _log.exception("live_reader_failed", reader=read.__qualname__)
    finally:
        unsubscribe()


async def enter(sid: str, room: str) -> None:
    """Let a session hear what the room is told. A lost socket leaves by itself, and may be lost by now."""
    with suppress(KeyError, ValueError):  # socket.io's words for a socket that it does not know
        await _namespace().enter_room(sid, room)


async def leave(sid: str, room: str) -> None:
    """Stop hearing the room."""
    await _namespace().leave_room(sid, room)


def is_inside(sid: str, room: str) -> bool:
    """Whether the session hears the room."""
    return bool(_namespaces) and sid in _members(room)


def is_empty(room: str) -> bool:
    """Whether nobody hears the room any more."""
    return not _members(room)


async def tell(room: str, state: type[rx.State], **values: Any) -> None:
    """Set vars of `state` in every browser of the room. The sessions' own states do not change."""
    delta = {state.get_full_name(): {f"{name}{FIELD_MARKER}": value for name, value in values.items()}}
    await _namespace().emit(str(SocketEvent.EVENT), StateUpdate(delta=delta), room=room)


async def ask(room: str, handler: Any) -> None:
    """Have every browser of the room send an event, so that each answer is made for the person who sits there."""
    [event] = Event.from_event_type(handler())
    await _namespace().emit(str(SocketEvent.EVENT), StateUpdate(events=[event]), room=room)


async def reload(sid: str, *, cut: bool = False) -> None:
    """Have one browser load its page anew; `cut` ends its socket as well, whatever the browser does."""
    events = Event.from_event_type(rx.call_script("location.reload()"))
    await _namespace().emit(str(SocketEvent.EVENT), StateUpdate(events=events), to=sid)
    if cut:
        await _namespace().disconnect(sid)


def _namespace() -> EventNamespace:
    return _namespaces[0]


def _members(room: str) -> Any:
    namespace = _namespace()
    return namespace.server.manager.rooms.get(namespace.namespace, {}).get(room, ())
