"""The board of one browser tab: what it looks at, the moves it asks for, and what it is told about them."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from oms_app.domain import actions
from oms_app.domain.actions import Action
from oms_app.domain.board import CARDS, Lane
from oms_app.domain.changes import RefundDraft
from oms_app.domain.errors import Conflict, Malformed, OmsError, Unauthenticated
from oms_app.domain.lifecycle import FLOW, Stage, asks
from oms_app.domain.orders import EventView
from oms_app.domain.runs import Preview, RowState, Run, RunRow, Selection
from oms_app.services import cancellation, moves, payments
from oms_app.state import board_live, board_words, live
from oms_app.state.board_live import BoardRef
from oms_app.state.board_words import CLOSED
from oms_app.state.bulk import BulkState
from oms_app.state.session import cookie, notice

_stamps = itertools.count(1)


class BoardState(BulkState, rx.State):
    """Thin: the cards live in `board_live`, once per view and process."""

    board: BoardRef = BoardRef()
    patches: list[dict[str, Any]] = []
    presence: dict[str, str] = {}
    taken_back: dict[str, Any] = {}
    q: str = ""
    lanes: str = ""
    rest: str = ""  # what an address of the board keeps besides its search
    failure: str = ""
    _limits: dict[str, int] = {}
    _back: tuple[Any, ...] = ()  # the way back of a lone card: number, version, stage

    @rx.event
    async def arrive(self):
        """Look at the board that the address names."""
        query = self.router.url.query_parameters
        self.q = query.get("q", "").strip()
        self._split(query.get("lanes", ""))
        self.asking = CLOSED
        await self._enter()

    @rx.event
    async def refresh(self):
        """Read the board anew: something was missed, or it failed before."""
        await self._enter()

    @rx.event
    async def widen(self, stage: str):
        """Show 50 more cards of a column."""
        if stage in FLOW:
            self._limits = {**self._limits, stage: self._limits.get(stage, CARDS) + CARDS}
            await self._enter()

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
        if len(wanted) == 1 and not self._fields(wanted[0][0], target):
            self._action, self._given, self._selection = Action.MOVE, {"to": target}, Selection(wanted)
            return await self._carry_out(self._given)
        seen = await self._look(Action.MOVE, {"to": target}, Selection(wanted))
        why = {number: reason.sentence for reason in seen.reasons for number in reason.numbers}
        self._left(list(why))
        if not seen.can:
            return board_words.done((), target, list(why.items()), None)
        self._selection = Selection(tuple(each for each in wanted if each[0] not in why))
        self._ask(seen)
        return None

    @rx.event(temporal=True)
    async def undo(self):
        """Take the last move back, unless somebody has moved on from it."""
        if not self._back:
            return await self._take_back()
        (number, version, to), self._back = self._back, ()
        self._action, self._given, self._selection = Action.MOVE, {"to": to}, Selection(((number, version),))
        return await self._carry_out(self._given)

    @rx.event(temporal=True)
    async def retry(self):
        """Try a move that lost against somebody else's again, on the order as it stands now."""
        if not self._selection.numbers:
            return None
        [(number, version)], to = self._selection.numbers, self._given["to"]
        return BoardState.move([number], to, [version])

    def _split(self, lanes: str) -> None:
        self.lanes = lanes if lanes in set(Lane) else ""
        self.rest = f"&lanes={self.lanes}" if self.lanes else ""

    def _address(self, q: str) -> str:
        query = ({"q": q} if q else {}) | ({"lanes": self.lanes} if self.lanes else {})
        return f"/board?{urlencode(query)}" if query else "/board"

    async def _enter(self) -> None:
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

    async def _carry_out(self, given: Mapping[str, Any]) -> Any:
        self._back = ()
        if len(self._selection.numbers) > 1:
            return await super()._carry_out(given)
        asked, self.asking = self.asking, CLOSED
        [(number, version)], to = self._selection.numbers, Stage(given["to"])
        before = self._stage_of(number)
        act: Callable[..., Any] = moves.move
        told: dict[str, Any] = {"to": to, "details": actions.details(given)}
        if asked["payment"]:
            act, told = payments.capture_and_move, {"to": to, **{name: given[name] for name in board_words.PAYMENT}}
        elif asked["refund"]:
            refund = RefundDraft(given["refund"], reference=given["reference"][:100]) if given["refund"] else None
            act, told = cancellation.cancel, {"reason": given["reason"][:500], "refund": refund}
        try:
            moved = await self.call(act, number, version=version, **told)
        except OmsError as error:
            if owed := str(error.details.get("pays", "")):
                self.asking = board_words.asks_for_payment(number, to, owed)
                return None
            self._left([number])
            if isinstance(error, Conflict):
                self._selection = Selection(((number, int(error.details["version"])),))
            return board_words.not_done(number, error, BoardState.retry)
        back = board_words.way_back({before}, to)
        self._run, self._back = 0, (number, moved.version, str(back)) if back else ()
        return board_words.done([number], to, (), BoardState.undo if back else None)

    def _ask(self, seen: Preview) -> None:
        super()._ask(seen)
        numbers, cancels = self._selection.numbers, self._given["to"] == Stage.CANCELLED
        if cancels and len(numbers) == 1 and (board := board_live.get(self.board.key)):
            self.asking = {**self.asking, "refund": board.is_paid(numbers[0][0])}

    async def _ended(self, run: Run, rows: Sequence[RunRow]) -> Any:
        self._left([row.number for row in rows if row.state is RowState.REFUSED])

    def _left(self, numbers: list[str]) -> None:
        if numbers:
            self.taken_back = {"numbers": numbers, "stamp": next(_stamps)}

    def _stage_of(self, number: str) -> Stage | None:
        seen = board_live.get(self.board.key)
        return seen.stage_of(number) if seen else None

    def _fields(self, number: str, to: Stage) -> tuple[str, ...]:
        stage = self._stage_of(number)
        return asks(stage, to) if stage else ()


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
