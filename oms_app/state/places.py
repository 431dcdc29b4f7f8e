"""Where orders come from and where stock lies: channels and locations."""

from typing import Any

import reflex as rx

from oms_app.domain.catalogue import ChannelView, LocationView
from oms_app.domain.errors import OmsError
from oms_app.services import catalogue
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, typed


class PlacesState(SessionState, rx.State):
    """Two lists and a form for each."""

    channels: list[ChannelView] = []
    locations: list[LocationView] = []
    choices: list[tuple[str, str]] = []
    dialog: str = ""
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load_channels(self):
        """List the channels."""
        self.channels = list(await self.call(catalogue.channels))

    @rx.event
    async def load_locations(self):
        """List the locations."""
        self.locations = list(await self.call(catalogue.locations))
        self.choices = [(each.code, f"{each.code}, {each.name}") for each in self.locations]
        self.ready = True

    @rx.event
    async def open_dialog(self, name: str):
        """Open the form for a channel or a location."""
        self.dialog, self.problem = str(name), ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def add_channel(self, form: dict[str, Any]):
        """Add a channel that orders are entered or imported for."""
        name = typed(form, "name").lower()
        currency = typed(form, "currency").upper() or get_settings().currency
        title = typed(form, "title")[:80]
        try:
            await self.call(catalogue.add_channel, name=name, title=title, kind="manual", currency=currency)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [PlacesState.load_channels, notice(f"The channel {name} is there.")]

    @rx.event(temporal=True)
    async def add_location(self, form: dict[str, Any]):
        """Add a place that holds stock."""
        given = {name: typed(form, name)[:80] for name in ("code", "name", "city", "state", "postal_code")}
        try:
            await self.call(catalogue.add_location, **given)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [PlacesState.load_locations, notice(f"The location {given['name']} is there.")]
