"""How much of an order each role may give back, as a form."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from oms_app.domain import money
from oms_app.domain.errors import OmsError
from oms_app.domain.payments import LIMITED
from oms_app.services import refunds
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, typed


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A role and its limit in major units, empty where it has none; `field` names its box."""

    field: str
    title: str
    limit: str


class PaymentsState(SessionState, rx.State):
    """The limits as they were read last."""

    rows: list[LimitRow] = []
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """Read the limits."""
        self._show(await self.call(refunds.limits))
        self.problem, self.ready = "", True

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Write all limits; an empty box is no limit."""
        currency = get_settings().currency
        try:
            wanted = {
                str(role): money.to_minor(words, currency)
                for role in LIMITED
                if (words := typed(form, f"limit_{role}"))
            }
            self._show(await self.call(refunds.set_limits, wanted))
        except OmsError as error:
            self.problem = error.message
            return None
        self.problem = ""
        return notice("The limits are saved.")

    def _show(self, limits: Any) -> None:
        currency = get_settings().currency
        self.rows = [
            LimitRow(
                f"limit_{role}",
                str(role).capitalize(),
                money.to_major(limits[role], currency) if role in limits else "",
            )
            for role in LIMITED
        ]
