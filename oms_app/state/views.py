"""The searches somebody keeps as tabs of a page: reading them, naming one, forgetting one."""

from typing import Any

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.domain.search import SavedSearch
from oms_app.services import saved_searches
from oms_app.state.session import SessionState


class ViewsState(SessionState, rx.State):
    """The saved searches of the page that this tab shows."""

    page: str = ""
    saved: list[SavedSearch] = []
    naming: str = ""  # the search that is about to get a name; none while the dialog is closed
    problem: str = ""

    @rx.event
    async def load(self, page: str):
        """Read the searches this person keeps for a page."""
        self.page, self.saved = str(page), list(await self.call(saved_searches.saved, str(page)))

    @rx.event
    async def open_naming(self, query: str):
        """Ask how the search should be called."""
        self.naming, self.problem = str(query), ""

    @rx.event
    async def close_naming(self, stays_open: bool = False):
        """Keep nothing."""
        if not stays_open:
            self.naming = ""

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Keep the search under a name."""
        try:
            await self.call(saved_searches.save, self.page, str(form.get("name", "")), self.naming)
        except OmsError as error:
            self.problem = error.message
            return None
        self.naming = ""
        return ViewsState.load(self.page)

    @rx.event(temporal=True)
    async def forget(self, search_id: int):
        """Keep a search no longer."""
        await self.call(saved_searches.forget, int(search_id))
        return ViewsState.load(self.page)
