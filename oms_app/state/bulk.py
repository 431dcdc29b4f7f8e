"""Asking before an action on several, doing it and taking it back: shared by every page that lists orders or goods."""

from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx

from oms_app.domain.actions import Action
from oms_app.domain.errors import Malformed
from oms_app.domain.runs import Preview, RowState, Run, RunRow, Selection
from oms_app.services import assignment, catalogue, runs
from oms_app.state import board_words
from oms_app.state.board_words import CLOSED, Asking
from oms_app.state.session import SessionState

MOST_SHOWN = 200
"""So many of a run a page is told of one by one."""


class BulkState(SessionState, rx.State, mixin=True):
    """What a page with many of them has in common: one dialog, and what comes of its answer."""

    asking: Asking = CLOSED
    choices: list[tuple[str, str]] = []
    _action: str = ""
    _given: dict[str, Any] = {}
    _selection: Selection = Selection()
    _run: int = 0

    @rx.event(temporal=True)
    async def answer(self, form: dict[str, Any]):
        """The dialog was filled in: carry it out."""
        subject = self._selection.subject
        if not self.asking["title"]:
            return None
        if self.asking["payment"] or self.asking["refund"]:
            return await self._carry_out({**self._given, **board_words.answers(self.asking, form)})
        try:
            said = runs.read(subject, self._action, {**self._given, **board_words.answers(self.asking, form)})
        except Malformed as problem:
            self.asking = {**self.asking, "problem": problem.message}
            return None
        return await self._carry_out(said)

    @rx.event
    async def never_mind(self, stays_open: bool = False):
        """The dialog was closed without an answer."""
        if not stays_open and self.asking["title"]:
            self.asking = CLOSED
            self._left([number for number, _ in self._selection.numbers])

    @rx.event(temporal=True)
    async def undo(self):
        """Take the last run back, where its orders still stand as it left them."""
        return await self._take_back()

    async def _take_back(self) -> Any:
        if not self._run:
            return None
        run_id, self._run = self._run, 0
        return await self._told(await self.call(runs.undo, run_id))

    async def _look(self, action: str, given: Mapping[str, Any], selection: Selection) -> Preview:
        """Look at the orders first: what can be done, and what cannot."""
        self._action, self._given, self._selection = action, dict(given), selection
        seen = await self.call(runs.preview, action, given, selection)
        if action == Action.ASSIGN:
            self.choices = list(await self.call(assignment.people))
        if action == Action.ROUTE:
            self.choices = [(each.code, each.name) for each in await self.call(catalogue.locations)]
        return seen

    def _ask(self, seen: Preview) -> None:
        """Open the dialog."""
        numbers = self._selection.numbers
        lone = numbers[0][0] if len(numbers) == 1 else ""
        self.asking = board_words.question(Action(self._action), self._given, seen, lone)

    async def _carry_out(self, given: Mapping[str, Any]) -> Any:
        self.asking = CLOSED
        return await self._told(await self.call(runs.start, self._action, given, self._selection))

    async def _told(self, run: Run) -> Any:
        """What to say of a run, and what the page does about it."""
        if run.background:
            return [board_words.begun(run), *(await self._ended(run, ()) or [])]
        rows = await self.call(runs.results, run.id, limit=MOST_SHOWN)
        refused = [(row.number, row.message) for row in rows if row.state is RowState.REFUSED]
        self._run = run.id if run.undoable else 0
        toasts = board_words.ended(run, refused, type(self).undo if run.undoable else None)
        return [*toasts, *(await self._ended(run, rows) or [])]

    async def _ended(self, run: Run, rows: Sequence[RunRow]) -> Any:
        """What a page does once a run has begun or ended; returns events."""

    def _left(self, numbers: list[str]) -> None:
        """What a page does about orders that nothing came of."""
