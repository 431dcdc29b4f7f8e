"""Units of a product that are not for sale, and what its channels are told."""

from typing import Any

import reflex as rx

from oms_app.domain.errors import Malformed, NotFound, OmsError
from oms_app.services import stock_limits
from oms_app.services.stock_limits import ToldView
from oms_app.state.inventory import ProductState
from oms_app.state.session import SessionState, notice, typed


class StockLimitsState(SessionState, rx.State):
    """The dialog of one product, and a row for each channel."""

    told: list[ToldView] = []
    dialog: bool = False
    problem: str = ""

    @rx.event
    async def load(self):
        """Read what the channels are told of the product that the address names."""
        try:
            self.told = list(await self.call(stock_limits.told, str(self.stock_sku)))
        except NotFound:
            self.told = []  # the page says so

    @rx.event
    async def open_dialog(self):
        """Ask how many, where and why."""
        self.dialog, self.problem = True, ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        self.dialog = stays_open

    @rx.event(temporal=True)
    async def set_limits(self, form: dict[str, Any]):
        """Write safety and blocked units of a location."""
        try:
            await self.call(
                stock_limits.set_limits,
                str(self.stock_sku),
                typed(form, "limits_location"),
                safety=_count(typed(form, "safety")),
                blocked=_count(typed(form, "blocked")),
                reason=typed(form, "limits_reason")[:200],
            )
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = False
        return [ProductState.load, StockLimitsState.load, notice("It is set aside.")]

    @rx.event(temporal=True)
    async def set_buffer(self, form: dict[str, Any]):
        """Keep units from what a channel is told."""
        units = _count(typed(form, "units")) if typed(form, "units") else None
        channel = typed(form, "channel")
        found = await self.call(stock_limits.set_buffer, str(self.stock_sku), channel, units)
        self.told = list(found)
        return notice("The channel's buffer is saved.")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 7):
        raise Malformed("Write a whole number, like 5.")
    return int(text)
