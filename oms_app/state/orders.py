"""The orders list: search while typing, sort, page, select and move."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import marks
from oms_app.domain.errors import OmsError
from oms_app.domain.query import parse
from oms_app.domain.runs import Selection
from oms_app.domain.search import Page, Sort
from oms_app.services import search
from oms_app.settings import get_settings
from oms_app.state import tallies
from oms_app.state.order_rows import ListRow, list_row
from oms_app.state.picking import PickingState
from oms_app.state.session import save

ROWS = 50


class OrdersState(PickingState, rx.State):
    """The list that one tab looks at. The address says all of it, so that Back undoes and a link shares."""

    rows: list[ListRow] = []
    q: str = ""
    given: str = ""  # the query of the address: the search field begins with it
    sort: str = Sort.NEWEST
    chips: list[str] = []
    hints: list[str] = []
    count: int = -1
    count_text: str = ""
    hidden: list[tuple[str, str]] = []
    ready: bool = False
    failure: str = ""
    more: bool = False
    _until: str = ""
    _cursor: str = ""

    @rx.event
    async def load(self):
        """Read what the address asks for."""
        query = self.router.url.query_parameters
        self.q = self.given = query.get("q", "").strip()
        wanted = query.get("sort", Sort.NEWEST)
        self.sort = wanted if wanted in set(Sort) else Sort.NEWEST
        self._until = query.get("until", "")
        self._begin()
        return await self._read()

    @rx.event(supersedes=True)
    async def typed(self, text: str):
        """Search while somebody types; a later key drops this answer. The address follows without a new entry."""
        self.q, self._until = str(text).strip(), ""
        following = await self._read()
        address = json.dumps(self._address(self.q))
        return [rx.call_script(f"history.replaceState(history.state, '', {address})"), *(following or [])]

    @rx.event
    async def search(self, form: dict[str, Any]):
        """Enter: the address remembers the query, so that Back undoes it."""
        return rx.redirect(self._address(str(form.get("q", "")).strip()))

    @rx.event
    async def drop(self, position: int):
        """Take one chip out of the query."""
        return rx.redirect(self._address(str(parse(self.q).without(int(position)))))

    @rx.event
    async def sort_by(self, sort: str):
        """Put the list into another order."""
        self.sort = sort if sort in set(Sort) else Sort.NEWEST
        return rx.redirect(self._address(self.q))

    @rx.event
    async def tally(self):
        """Count what matches."""
        drilled = bool(self._until)
        found = await self.call(search.count, self.q, exact=drilled, until=self._moment())
        self.count = found.number
        self.count_text = f"{tallies.said(found)} {'order' if found.number == 1 else 'orders'}"
        return OrdersState.find_hidden if self.q and not found.number else None

    @rx.event
    async def find_hidden(self):
        """Say which filters hide what the rest of the query finds."""
        self.hidden = [
            (f"{tallies.said(each.count)} hidden by {each.filter}", self._address(each.rest))
            for each in await self.call(search.filters_that_hide, self.q)
        ]

    @rx.event
    async def show_more(self):
        """Append the next page."""
        page = await self._page(self._cursor)
        if page:
            self.rows = [*self.rows, *self._written(page)]

    @rx.event
    async def download(self, form: str):
        """Save what the query finds as a file."""
        query = urlencode({"q": self.q, "format": str(form)} | ({"until": self._until} if self._until else {}))
        return save(f"/export/orders?{query}")

    async def _again(self) -> Any:
        return await self._read()

    def _shown(self) -> list[str]:
        return [row.number for row in self.rows]

    def _chosen(self) -> Selection:
        if self.everything:
            return Selection(q=self.q, until=self._moment())
        versions = {row.number: row.version for row in self.rows}
        return Selection(tuple((number, versions.get(number)) for number in self.selected))

    async def _read(self) -> Any:
        query = parse(self.q)
        self.chips = [str(item) for item in query.items]
        self.hidden, self.count, self.count_text = [], -1, ""
        page = await self._page(None)
        self.ready = True
        if page is None:
            return None
        self.rows = self._written(page)
        self.hints = list(page.hints)
        return [OrdersState.tally]

    async def _page(self, cursor: str | None) -> Page | None:
        try:
            page = await self.call(
                search.orders, self.q, limit=ROWS, cursor=cursor, sort=Sort(self.sort), until=self._moment()
            )
        except OmsError as error:
            self.failure = error.message
            return None
        self.failure, self._cursor, self.more = "", page.next_cursor or "", page.next_cursor is not None
        return page

    def _written(self, page: Page) -> list[ListRow]:
        searched, now = marks.words(parse(self.q)), datetime.now(UTC)
        zone = ZoneInfo(get_settings().timezone)
        return [list_row(row, searched, now, zone) for row in page.rows]

    def _moment(self) -> datetime | None:
        if not self._until:
            return None
        try:
            moment = datetime.fromisoformat(self._until)
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    def _address(self, q: str) -> str:
        query = ({"q": q} if q else {}) | ({"sort": self.sort} if self.sort != Sort.NEWEST else {})
        return f"/orders?{urlencode(query)}" if query else "/orders"
