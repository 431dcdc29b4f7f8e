"""The demo shop on screen: taking it out with one click."""

import reflex as rx

from oms_app.services import demo
from oms_app.state.session import SessionState, notice


class DemoState(SessionState, rx.State):
    """Holds nothing: whether the demo shop is here stands on the Today page."""

    @rx.event(temporal=True)
    async def remove(self):
        """Take the demo shop out; real data stays."""
        gone = await self.call(demo.remove)
        return [rx.redirect("/"), notice(f"The demo shop is gone: {gone.orders} orders, {gone.products} products.")]
