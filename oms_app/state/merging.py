"""Merging another order into the one on the screen."""

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.services import merging
from oms_app.state.order import OrderState
from oms_app.state.session import SessionState, notice


class MergingState(SessionState, rx.State):
    """Holds nothing: the order is that of the page."""

    @rx.event(temporal=True)
    async def merge(self, number: str, version: int, other: str):
        """Take the other order into this one, as it was seen."""
        try:
            await self.call(merging.merge, str(number), str(other), version=int(version))
        except OmsError as error:
            return notice(error.message, "error")
        return [OrderState.refresh, notice(f"Order {other} came into this one and is cancelled.")]
