"""The board of one browser tab: what it looks at, the moves it asks for, and what it is told about them."""

import itertools
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from oms_app.domain.board import CARDS, Lane
from oms_app.domain.errors import Conflict, Malformed, OmsError, Unauthenticated
from oms_app.domain.lifecycle import FLOW, MoveDetails, Stage, asks
from oms_app.domain.orders import EventView, OrderView
from oms_app.services import bulk, moves
from oms_app.state import board_live, board_words, live
from oms_app.state.board_live import BoardRef
from oms_app.state.board_words import CLOSED, Asking
from oms_app.state.session import SessionState, cookie, notice

Wanted = tuple[tuple[str, int], ...]
"""Orders to move: (number, version the person saw)."""

_stamps = itertools.count(1)


class BoardState(SessionState, rx.State):
    """Thin: the cards live in `board_live`, once per view and process."""

    board: BoardRef = BoardRef()
    patches: list[dict[str, Any]] = []
    presence: dict[str, str] = {}
    taken_back: dict[str, Any] = {}
    q: str = ""
    lanes: str = ""
    rest: str = ""  # what an address of the board keeps besides its search
    failure: str = ""
    asking: Asking = CLOSED
    _limits: dict[str, int] = {}
    _wanted: tuple[Wanted, str] = ((), "")
    _undo: tuple[Wanted, str] = ((), "")

    @rx.event
    async def arrive(self):
        """Look at the board that the address names."""
        query = self.router.url.query_parameters
        self.q = query.get("q", "").strip()
        self._split(query.get("lanes", ""))
        await self._look()

    @rx.event
    async def refresh(self):
        """Read the board anew: something was missed, or it failed before."""
        await self._look()

    @rx.event
    async def widen(self, stage: str):
        """Show 50 more cards of a column."""
        if stage in FLOW:
            self._limits = {**self._limits, stage: self._limits.get(stage, CARDS) + CARDS}
            await self._look()

    @rx.event
    async def read_again(self):
        """Read the columns again that could not be read."""
        patches = await board_live.again(self.board.key)
        if not patches:
            return notice("It still cannot be read. The board tries again by itself every half minute.", "error")
        await live.tell(self.board.key, BoardState, patches=patches)
        return None

    @rx.event
    async def search(self, form: dict[str, Any]):
        """Filter by the search language; the address remembers it, so that Back undoes it."""
        return rx.redirect(self._address(str(form.get("q", "")).strip()))

    @rx.event
    async def split(self, lanes: str):
        """Split the columns into lanes, or into none."""
        self._split(str(lanes))
        return rx.redirect(self._address(self.q))

    @rx.event
    async def depart(self):
        """Stop looking: the page was left."""
        if self.board.key:
            await live.leave(self.board.sid, self.board.key)
        self.board = BoardRef()

    @rx.event(temporal=True)
    async def grab(self, numbers: list[str]):
        """Show the others whose hand is on these cards; none lets go."""
        actor = await self.actor()
        held = board_live.hold(self.router.session.session_id, actor.name, [str(each) for each in numbers][:CARDS])
        for room in board_live.rooms():
            await live.tell(room, BoardState, presence=held)

    @rx.event(temporal=True)
    async def move(self, numbers: list[str], to: str, versions: list[int]):
        """Send cards to a stage; asks first for what the stage needs, and says beforehand what cannot go."""
        target = _stage(to)
        wanted = tuple((str(number), int(version)) for number, version in zip(numbers, versions, strict=True))
        why = self._expected_refusals(wanted, target)
        going = tuple(each for each in wanted if each[0] not in why)
        fields = {field for stage in self._stages(wanted) if stage for field in asks(stage, target)}
        self._wanted = (going or wanted, target)
        if len(wanted) == 1 and (why or not fields):
            return await self._carry_out(MoveDetails())
        self._take_back(list(why))
        if not going:
            return board_words.done((), target, list(why.items()), None)
        self.asking = board_words.question(target, [number for number, _ in going], fields, why)
        return None

    @rx.event(temporal=True)
    async def answer(self, form: dict[str, Any]):
        """The dialog was filled in: carry the move out."""
        if not self.asking["title"]:
            return None
        # Reflex sends every field it ever drew: only what this dialog asks for counts.
        said = board_words.answers(self.asking, form)
        if said is None:
            self.asking = {**self.asking, "problem": "Write the weight in grams, as a whole number: 750."}
            return None
        return await self._carry_out(said)

    @rx.event
    async def never_mind(self, stays_open: bool = False):
        """The dialog was closed without an answer: the cards go back."""
        if not stays_open and self.asking["title"]:
            self._take_back([number for number, _ in self._wanted[0]])

    @rx.event(temporal=True)
    async def undo(self):
        """Take the last move back, unless somebody has moved on from it."""
        if not self._undo[0]:
            return None
        self._wanted, self._undo = self._undo, ((), "")
        return await self._carry_out(MoveDetails())

    @rx.event(temporal=True)
    async def retry(self):
        """Try a move that lost against somebody else's again, on the order as it stands now."""
        if not self._wanted[0]:
            return None
        [(number, version)], to = self._wanted
        return BoardState.move([number], to, [version])

    def _split(self, lanes: str) -> None:
        self.lanes = lanes if lanes in set(Lane) else ""
        self.rest = f"&lanes={self.lanes}" if self.lanes else ""

    def _address(self, q: str) -> str:
        query = ({"q": q} if q else {}) | ({"lanes": self.lanes} if self.lanes else {})
        return f"/board?{urlencode(query)}" if query else "/board"

    async def _look(self) -> None:
        sid, before = self.router.session.session_id, self.board
        limits = {Stage(stage): limit for stage, limit in self._limits.items()}
        try:
            seen = await board_live.enter(sid, cookie(self.router), self.q, limits)
        except Unauthenticated:
            raise
        except OmsError as error:
            self.failure = error.message
            return
        if before.key and (before.key, before.sid) != (seen.key, sid):
            await live.leave(before.sid, before.key)
        self.failure = ""
        self.board = BoardRef(seen.key, sid, next(_stamps))

    async def _carry_out(self, details: MoveDetails) -> Any:
        wanted, to = self._wanted[0], Stage(self._wanted[1])
        before = self._stages(wanted)
        self.asking = CLOSED
        if len(wanted) > 1:
            report = await self.call(bulk.move, wanted, to, details=details)
            return self._done(report.moved, to, before, report.refused)
        [(number, version)] = wanted
        try:
            moved = await self.call(moves.move, number, to, version=version, details=details)
        except OmsError as error:
            self._take_back([number])
            if isinstance(error, Conflict):
                self._wanted = (((number, int(error.details["version"])),), to)
            return board_words.not_done(number, error, BoardState.retry)
        return self._done((moved,), to, before, ())

    def _done(
        self, moved: Sequence[OrderView], to: Stage, before: set[Stage | None], refused: Sequence[tuple[str, str]]
    ) -> Any:
        back = board_words.way_back(before, to)
        self._undo = (tuple((order.number, order.version) for order in moved), back) if back else ((), "")
        self._take_back([number for number, _ in refused])
        return board_words.done([order.number for order in moved], to, refused, BoardState.undo if back else None)

    def _take_back(self, numbers: list[str]) -> None:
        self.asking = CLOSED
        if numbers:
            self.taken_back = {"numbers": numbers, "stamp": next(_stamps)}

    def _stages(self, wanted: Wanted) -> set[Stage | None]:
        seen = board_live.get(self.board.key)
        return {seen.stage_of(number) for number, _ in wanted} if seen else set()

    def _expected_refusals(self, wanted: Wanted, to: Stage) -> dict[str, str]:
        seen = board_live.get(self.board.key)
        reasons = {number: seen.why_not(number, to) for number, _ in wanted} if seen else {}
        return {number: why for number, why in reasons.items() if why}


def _stage(name: str) -> Stage:
    if name not in set(Stage):
        raise Malformed(f"There is no stage “{name}”.")
    return Stage(name)


@live.reader
async def tell_boards(events: Sequence[EventView]) -> None:
    """Send each room of boards what changed, once."""
    for room, patches in await board_live.news(events):
        await live.tell(room, BoardState, patches=patches)
    if not events or any(event.subject == "user" for event in events):
        for sid in await board_live.unwelcome():
            await live.ask(sid, BoardState.refresh)
