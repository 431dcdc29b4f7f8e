"""The rules of the checks as a form: which are made, and their limits."""

from typing import Any

import reflex as rx

from oms_app.domain import money
from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.validation import Check, Rules
from oms_app.services import validation
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, typed

AMOUNTS = ("cod_above", "value_above")
COUNTS = (
    "most_units",
    "duplicate_minutes",
    "hold_from",
    "velocity_orders",
    "velocity_points",
    "value_points",
    "refused_cod",
    "refused_points",
    "risky_points",
)


class ValidationState(SessionState, rx.State):
    """The rules as they were read last; amounts in major units."""

    on: dict[str, bool] = {}
    limits: dict[str, str] = {}
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """Read the rules."""
        self._show(await self.call(validation.read))
        self.problem, self.ready = "", True

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Write all of them; what is wrong stands above the form."""
        try:
            self._show(await self.call(validation.save, _rules(form)))
        except OmsError as error:
            self.problem = error.message
            return None
        self.problem = ""
        return notice("The checks are saved. They hold for orders that arrive from now on.")

    def _show(self, rules: Rules) -> None:
        currency = get_settings().currency
        self.on = {str(check): check not in rules.off for check in Check}
        self.limits = {name: str(getattr(rules, name)) for name in COUNTS}
        self.limits |= {name: money.to_major(getattr(rules, name), currency) for name in AMOUNTS}
        self.limits["risky_pins"] = " ".join(rules.risky_pins)


def _rules(form: dict[str, Any]) -> Rules:
    currency = get_settings().currency
    amounts = {name: money.to_minor(typed(form, name) or "0", currency) for name in AMOUNTS}
    counts = {name: _count(name, typed(form, name) or "0") for name in COUNTS}
    pins = tuple(typed(form, "risky_pins").replace(",", " ").split())
    off = tuple(str(check) for check in Check if not form.get(f"check_{check}"))
    return Rules(off=off, risky_pins=pins, **amounts, **counts)


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise Malformed(f"{name.replace('_', ' ').capitalize()}: write a whole number, or nothing.")
    return int(text)
