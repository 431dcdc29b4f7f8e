"""The stages as a form: how many orders each column should hold."""

from typing import Any

import reflex as rx

from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.lifecycle import LIFECYCLE, Stage
from oms_app.services import wip
from oms_app.state.session import SessionState, notice, typed


class StagesState(SessionState, rx.State):
    """The limits as they were read last, by stage; empty where a column has none."""

    limits: dict[str, str] = {}
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """Read the limits."""
        self._show(await self.call(wip.limits))
        self.problem, self.ready = "", True

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Write all limits; what is wrong stands above them."""
        try:
            wanted = {stage: _limit(stage, typed(form, str(stage))) for stage in wip.LIMITED}
            self._show(await self.call(wip.set_limits, wanted))
        except OmsError as error:
            self.problem = error.message
            return None
        self.problem = ""
        return notice("The limits are saved. Every open board shows them.")

    def _show(self, found: dict[Stage, int]) -> None:
        self.limits = {str(stage): str(found.get(stage, "")) for stage in wip.LIMITED}


def _limit(stage: Stage, text: str) -> int:
    if text and not (text.isascii() and text.isdecimal() and len(text) <= len(str(wip.MOST))):
        raise Malformed(f"The limit of {LIFECYCLE[stage].title} is a whole number, or empty.")
    return int(text or 0)
