"""How long unpaid orders keep their stock, as a form."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.expiry import NEVER, Rules
from oms_app.services import expiry
from oms_app.state.session import SessionState, notice, typed


@dataclass(frozen=True, slots=True)
class ChannelHours:
    """A channel and its own hours; empty: as everywhere."""

    name: str
    title: str
    hours: str


class ExpiryState(SessionState, rx.State):
    """The hours as they were read last."""

    hours: str = ""
    channels: list[ChannelHours] = []
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """Read the hours."""
        found = await self.call(expiry.read_settings)
        its = found.rules.channel_hours
        self.hours = str(found.rules.hours or "")
        self.channels = [ChannelHours(name, title, str(its.get(name, ""))) for name, title in found.channels]
        self.problem, self.ready = "", True

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Write all hours; what is wrong stands above them."""
        try:
            own = {row.name: words for row in self.channels if (words := typed(form, f"hours-{row.name}"))}
            wanted = Rules(_hours(typed(form, "hours") or str(NEVER)), {name: _hours(own[name]) for name in own})
            await self.call(expiry.set_rules, wanted)
        except OmsError as error:
            self.problem = error.message
            return None
        return [ExpiryState.load, notice("The hours are saved.")]


def _hours(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        raise Malformed("Hours are a whole number; 0 is never.")
    return int(text)
