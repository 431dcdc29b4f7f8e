"""Selecting rows of a list and doing something to all of them: shared by the lists of orders, articles and products."""

from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx

from oms_app.domain.errors import Malformed, OmsError, Refused
from oms_app.domain.product_actions import ProductAction
from oms_app.domain.runs import Run, RunRow, Selection, Subject
from oms_app.domain.stock_actions import StockAction
from oms_app.services import catalogue, channel_listings
from oms_app.state import goods_words
from oms_app.state.board_words import CLOSED, FORMS
from oms_app.state.bulk import BulkState

MOST_SELECTED = 500


class PickingState(BulkState, rx.State, mixin=True):
    """What a list with checkboxes has in common; articles and products are judged once the dialog knows what to do."""

    selected: list[str] = []
    everything: bool = False
    _can: int = 0

    @rx.event
    async def pick(self, number: str):
        """Select a row, or let it go."""
        number, self.everything = str(number), False
        kept = [each for each in self.selected if each != number]
        if len(kept) == len(self.selected):
            if len(kept) >= MOST_SELECTED:
                raise Malformed(f"At most {MOST_SELECTED} are picked one by one: select all that match.")
            kept.append(number)
        self.selected = kept

    @rx.event
    async def pick_all(self):
        """Select every row that is shown, or none."""
        shown, self.everything = self._shown(), False
        self.selected = [] if set(shown) <= set(self.selected) else shown[:MOST_SELECTED]

    @rx.event
    async def pick_everything(self):
        """Select everything that the search finds, shown or not."""
        self.selected, self.everything = self._shown()[:MOST_SELECTED], True

    @rx.event
    async def let_go(self):
        """Select nothing."""
        self.selected, self.everything = [], False

    def _begin(self) -> None:
        """The page is opened: nothing is selected, and nothing asked of what was."""
        self.selected, self.everything, self.asking = [], False, CLOSED

    @rx.event(temporal=True)
    async def act(self, action: str, to: str):
        """Do something to what is selected; asks first, and says what would be refused."""
        if not self.selected:
            return
        chosen, action = self._chosen(), str(action)
        seen = await self._look(action, {"to": str(to)} if to else {}, chosen)
        if chosen.subject is Subject.ORDER:
            self._ask(seen)
        elif action in FORMS:
            await self._offer(action)
            self.asking = goods_words.question(chosen.subject, action, seen)
        else:
            self._can, self.asking = seen.can, goods_words.judged(chosen.subject, action, {}, seen)

    async def _offer(self, action: str) -> None:
        if action == ProductAction.LIST:
            self.choices = list(await self.call(channel_listings.outlets))
            if not self.choices:
                raise Refused("No connected channel takes up products: connect one under Channels.")
        elif action == StockAction.BUFFER:
            self.choices = [(each.name, each.title) for each in await self.call(catalogue.channels)]
        else:
            self.choices = [(each.code, each.name) for each in await self.call(catalogue.locations)]

    async def _carry_out(self, given: Mapping[str, Any]) -> Any:
        subject = self._selection.subject
        if subject is Subject.ORDER:
            return await super()._carry_out(given)
        if not self.asking["form"]:
            if self._can:
                return await super()._carry_out(given)
            self.asking = CLOSED
            return None
        try:
            seen = await self._look(self._action, given, self._selection)
        except OmsError as problem:
            self.asking = {**self.asking, "problem": problem.message}
            return None
        self._can, self.asking = seen.can, goods_words.judged(subject, self._action, given, seen)
        return None

    async def _ended(self, run: Run, rows: Sequence[RunRow]) -> Any:
        self.selected, self.everything = [], False
        return await self._again()

    def _shown(self) -> list[str]:
        """Numbers or SKUs of the rows on the screen."""
        raise NotImplementedError

    def _chosen(self) -> Selection:
        """What is selected."""
        raise NotImplementedError

    async def _again(self) -> Any:
        """Read the list again; returns events."""
        raise NotImplementedError
