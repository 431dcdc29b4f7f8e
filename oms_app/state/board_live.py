"""The boards of this process: one per distinct view, shared by all who look at it, brought up to date once."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx
import structlog

from oms_app.domain.board import Column, Side, SideColumn
from oms_app.domain.errors import OmsError, Unauthenticated
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.orders import EventView
from oms_app.domain.permissions import Actor
from oms_app.services import board, identity, wip
from oms_app.state import board_cards, live

RECENT = 4
"""Patches sent together: a busy browser draws only the last of two updates, and must not miss the first."""

RECENT_CARDS = 10
"""Cards that the patches sent together may carry, unless a single one carries more."""

Place = Stage | Side
PLACES: tuple[Place, ...] = (*FLOW, *Side)
"""Every column of a board: the flow, then its sides."""

Seen = tuple[Column | SideColumn, ...]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BoardRef:
    """What a session's state holds of the board: which one, for which socket.

    Reflex serialises it into the board's snapshot of that very moment, or into nothing for a socket that has not
    entered the room yet (a reconnect hydrates before it does).
    """

    key: str = ""
    sid: str = ""
    stamp: int = 0


class LiveBoard:
    """The columns of one view as its room was last told: heads, and rows by order number."""

    def __init__(self, key: str, actor: Actor, q: str, limits: Mapping[Stage, int]) -> None:
        self.key, self.seq = key, 0
        self.recent: deque[dict[str, Any]] = deque(maxlen=RECENT)
        self._actor, self._q, self._limits = actor, q, limits
        self._heads: dict[Place, dict[str, Any]] = {}
        self._rows: dict[Place, dict[str, board_cards.Row]] = {place: {} for place in PLACES}
        self._moves: dict[str, dict[str, str]] = {}
        self._guarded: list[str] = []
        self._whole: dict[Stage, int] = {}
        self._wip: dict[Stage, int] = {}
        self.failed: frozenset[Place] = frozenset()

    def load(self) -> None:
        """Read everything; raises what the service raises (a query that cannot be read, a missing permission)."""
        self._moves, self._guarded = board_cards.moves(board.next_moves(self._actor))
        self.keep(self.survey(PLACES))

    def survey(self, places: Iterable[Place]) -> Seen:
        """What can be read of these columns and of those that failed before: one that fails takes no other along."""
        wanted = {*places, *self.failed}
        try:
            seen, self.failed = self.read(wanted), frozenset()
        except OmsError:
            raise
        except Exception:
            _log.exception("board_not_read")
            parts = {place: self._read_alone(place) for place in PLACES if place in wanted}
            self.failed = frozenset(place for place, part in parts.items() if part is None)
            seen = tuple(column for part in parts.values() for column in part or ())
        return seen

    def _read_alone(self, place: Place) -> Seen | None:
        try:
            return self.read({place})
        except Exception:
            _log.exception("column_not_read", column=str(place))
            return None

    def read(self, places: Iterable[Place]) -> Seen:
        """These columns as they are now, and what their heads compare with: limits, and orders without the search."""
        wanted = set(places)
        stages, sides = {each for each in wanted if isinstance(each, Stage)}, wanted & set(Side)
        if self._q:
            self._whole = {stage: sums.count for stage, sums in board.totals(self._actor).items()}
        if wanted == set(PLACES):
            self._wip = wip.limits(self._actor)
        columns = board.columns(self._actor, stages, q=self._q, limits=self._limits) if stages else ()
        return (*columns, *(board.sides(self._actor, sides, q=self._q) if sides else ()))

    def keep(self, columns: Seen) -> dict[str, Any]:
        """Take in columns; returns what is new by its name: head, cards to put, numbers to cut."""
        news = {}
        for column in columns:
            place, head = self._headed(column)
            rows = {card.number: board_cards.row(card) for card in column.cards}
            old = self._rows[place]
            put = [row for number, row in rows.items() if old.get(number) != row]
            cut = [number for number in old if number not in rows]
            if put or cut or head != self._heads.get(place):
                news[str(place)] = {"head": head, "put": put, "cut": cut}
            self._heads[place], self._rows[place] = head, rows
        for place in self.failed:
            head = {**self._heads.get(place, board_cards.UNKNOWN), "failed": True}
            if head != self._heads.get(place):
                news[str(place)] = {"head": head, "put": [], "cut": []}
            self._heads[place] = head
        return news

    def _headed(self, column: Column | SideColumn) -> tuple[Place, dict[str, Any]]:
        if isinstance(column, SideColumn):
            return column.side, board_cards.side_head(column)
        stage = column.stage
        return stage, board_cards.head(column, self._whole.get(stage, 0), self._wip.get(stage, 0))

    def patch(self, columns: Seen) -> bool:
        """Take in columns and append the numbered patch to `recent`; False where nothing changed."""
        news = self.keep(columns)
        if not news:
            return False
        self.seq += 1
        self.recent.append({"key": self.key, "seq": self.seq, "columns": news})
        while len(self.recent) > 1 and sum(map(_size, self.recent)) > RECENT_CARDS:
            self.recent.popleft()
        return True

    def stage_of(self, number: str) -> Stage | None:
        """Where the board shows an order; None where it does not."""
        return next((stage for stage in FLOW if number in self._rows[stage]), None)

    def is_paid(self, number: str) -> bool:
        """Whether the card of an order says that money came in."""
        row = next((rows[number] for rows in self._rows.values() if number in rows), None)
        return row is not None and row[board_cards.FIELDS.index("payment")] in ("Paid", "Part paid", "Part refunded")

    def snapshot(self) -> dict[str, Any]:
        """Everything a browser needs to begin with."""
        return {
            "key": self.key,
            "seq": self.seq,
            "fields": board_cards.FIELDS,
            "sort": board_cards.SORT,
            "moves": self._moves,
            "guarded": self._guarded,
            "columns": [self._column(stage) for stage in FLOW],
            "sides": [self._column(side) for side in Side],
        }

    def _column(self, place: Place) -> dict[str, Any]:
        return {"stage": str(place), "head": self._heads[place], "cards": list(self._rows[place].values())}


@dataclass(frozen=True, slots=True)
class Guest:
    """Who hears a board, and by which cookie they came in."""

    key: str
    cookie: str
    actor: Actor

    def has_changed(self) -> bool:
        """Whether the cookie now belongs to nobody, or to somebody with other rights."""
        try:
            return identity.person(self.cookie).actor != self.actor
        except Unauthenticated:
            return True


_boards: dict[str, LiveBoard] = {}
_guests: dict[str, Guest] = {}
_hands: dict[str, tuple[str, tuple[str, ...]]] = {}
_door = asyncio.Lock()


def _size(patch: Mapping[str, Any]) -> int:
    return sum(len(column["put"]) + len(column["cut"]) for column in patch["columns"].values())


def room_of(actor: Actor, q: str, limits: Mapping[Stage, int]) -> str:
    """The name of the view: whoever may see and do the same, and asks for the same, shares it."""
    me = actor.user_id if "@" in q else None
    scope = (actor.role, actor.location_id, sorted(actor.granted), me, q, sorted(limits.items()))
    return f"board:{hashlib.blake2s(repr(scope).encode(), digest_size=9).hexdigest()}"


async def enter(sid: str, cookie: str, q: str, limits: Mapping[Stage, int]) -> LiveBoard:
    """Join a session to its view, which is read first if nobody looks at it yet. Room first, snapshot second.

    Raises Unauthenticated, and what the service raises.
    """
    actor = (await asyncio.to_thread(identity.person, cookie)).actor
    key = room_of(actor, q, limits)
    async with _door:
        if key not in _boards:
            fresh = LiveBoard(key, actor, q, limits)
            await asyncio.to_thread(fresh.load)
            _boards[key] = fresh
        await live.enter(sid, key)
    _guests[sid] = Guest(key, cookie, actor)
    return _boards[key]


async def unwelcome() -> list[str]:
    """Sessions that were signed out, or may now see or do something else: they stop hearing their board."""
    gone = [sid for sid, guest in _guests.items() if not live.is_inside(sid, guest.key)]
    for sid in gone:
        del _guests[sid]

    def look() -> list[str]:
        identity.forget()  # another process may have changed somebody's rights a moment ago
        return [sid for sid, guest in list(_guests.items()) if guest.has_changed()]

    changed = await asyncio.to_thread(look)
    for sid in changed:
        await live.leave(sid, _guests.pop(sid).key)
    return changed


def get(key: str) -> LiveBoard | None:
    """The board of a room, while somebody looks at it."""
    return _boards.get(key)


async def news(events: Sequence[EventView]) -> list[tuple[str, list[dict[str, Any]]]]:
    """(room, patches to send) of each board that changed. Without events every column is looked at: time has passed."""
    found = []
    async with _door:
        for key in [key for key in _boards if live.is_empty(key)]:
            del _boards[key]
        places = await _touched(events) if _boards else frozenset()
        surveys = [(each, await asyncio.to_thread(each.survey, places)) for each in _boards.values() if places]
        # An order that moved on between the two reads stands in neither column: read where it stands now as well.
        later = await _touched(events) - places if surveys else frozenset()
        for each, seen in surveys:
            if each.patch(await asyncio.to_thread(each.survey, places | later) if later else seen):
                found.append((each.key, list(each.recent)))
    return found


async def _touched(events: Sequence[EventView]) -> frozenset[Place]:
    return await asyncio.to_thread(board.touched, events) if events else frozenset(PLACES)


async def again(key: str) -> list[dict[str, Any]]:
    """Read the columns again that could not be read; patches to send, none where they still cannot."""
    async with _door:
        seen = _boards.get(key)
        mended = seen and seen.failed and seen.patch(await asyncio.to_thread(seen.survey, ()))
        return list(seen.recent) if seen and mended else []


def hold(sid: str, name: str, numbers: Sequence[str]) -> dict[str, str]:
    """Note whose hand is on which cards (none: the hand is empty); returns who holds what, by number."""
    for gone in [other for other in _hands if not any(live.is_inside(other, key) for key in _boards)]:
        del _hands[gone]
    _hands.pop(sid, None)
    if numbers:
        _hands[sid] = (name, tuple(numbers))
    return {number: holder for holder, held in _hands.values() for number in held}


def rooms() -> list[str]:
    """Every board somebody looks at."""
    return list(_boards)


@rx.serializer
def serialize_board(ref: BoardRef) -> dict[str, Any]:
    """The reference as the browser gets it."""
    found = _boards.get(ref.key)
    return found.snapshot() | {"stamp": ref.stamp} if found and live.is_inside(ref.sid, ref.key) else {}
