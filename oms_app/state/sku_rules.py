"""What each channel puts before and behind our SKUs, in the browser."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.domain.sku_match import Rules
from oms_app.services import catalogue, sku_suggestions
from oms_app.state.session import SessionState, notice, typed


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A channel with its rules, written out."""

    channel: str
    title: str
    prefixes: str
    suffixes: str
    by_itself: bool


class SkuRulesState(SessionState, rx.State):
    """The rules of every channel, and the form of one."""

    rules: list[RuleRow] = []
    opened: str = ""
    prefixes: str = ""
    suffixes: str = ""
    by_itself: bool = False
    problem: str = ""
    _titles: dict[str, str] = {}

    @rx.event
    async def load(self):
        """Read which channels there are; their rules follow."""
        self._titles = {each.name: each.title for each in await self.call(catalogue.channels)}
        return SkuRulesState.read

    @rx.event
    async def read(self):
        """Read the rules."""
        kept = await self.call(sku_suggestions.rules)
        self.rules = [_row(name, title, kept.get(name, Rules())) for name, title in self._titles.items()]

    @rx.event
    async def open(self, channel: str):
        """Open the form of a channel."""
        [row] = [each for each in self.rules if each.channel == channel] or [RuleRow("", "", "", "", False)]
        self.opened, self.prefixes, self.suffixes, self.problem = row.channel, row.prefixes, row.suffixes, ""
        self.by_itself = row.by_itself

    @rx.event
    async def close(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.opened = ""

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Keep the rules; suggestions follow within seconds."""
        before, behind = typed(form, "prefixes").split(), typed(form, "suffixes").split()
        try:
            by_itself = typed(form, "by_itself") == "yes"
            await self.call(sku_suggestions.set_rules, self.opened, before, behind, by_itself=by_itself)
        except OmsError as error:
            self.problem = error.message
            return None
        title, self.opened = self._titles.get(self.opened, self.opened), ""
        return [notice(f"Unknown SKUs of {title} are looked at anew."), SkuRulesState.read]


def _row(name: str, title: str, kept: Rules) -> RuleRow:
    return RuleRow(name, title, " ".join(kept.prefixes), " ".join(kept.suffixes), kept.by_itself)
