"""Low stock and overstock in the browser; the list and its days are in the address."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import OmsError
from oms_app.domain.stock_cover import LOW_DAYS, OVER_DAYS, View
from oms_app.services import stock_cover
from oms_app.settings import get_settings
from oms_app.state.session import SessionState

ROWS = 50


@dataclass(frozen=True, slots=True)
class CoverCard:
    """An article, written out."""

    sku: str
    name: str
    available: int
    incoming: int
    issued: int
    days: str
    short: bool


class StockCoverState(SessionState, rx.State):
    """One of three lists: too little, too much, not sold."""

    view: str = View.LOW
    days: int = LOW_DAYS[1]
    said: str = ""
    rows: list[CoverCard] = []
    more: bool = False
    ready: bool = False
    failure: str = ""
    _after: tuple[int, int] | None = None

    @rx.event
    async def load(self):
        """Read the list that the address asks for."""
        query = self.router.url.query_parameters
        wanted, days = query.get("view", ""), query.get("days", "")
        self.view = View(wanted) if wanted in tuple(View) else View.LOW
        known = OVER_DAYS if self.view == View.OVER else LOW_DAYS
        self.days = int(days) if days.isdecimal() and int(days) in known else known[1]
        self.rows, self.failure, self._after = [], "", None
        await self._append()
        self.ready = True

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._append()

    async def _append(self) -> None:
        try:
            found = await self.call(stock_cover.page, View(self.view), self.days, after=self._after, limit=ROWS + 1)
        except OmsError as error:
            self.failure = error.message
            return
        shown = found.rows[:ROWS]
        self.more = len(found.rows) > ROWS
        self._after = (shown[-1].number, shown[-1].product_id) if shown else None
        self.rows = [
            *self.rows,
            *(
                CoverCard(
                    row.sku,
                    row.name,
                    row.available,
                    row.incoming,
                    row.issued,
                    "–" if row.days is None else f"{row.days:,}",
                    row.available <= 0,
                )
                for row in shown
            ),
        ]
        zone = ZoneInfo(get_settings().timezone)
        self.said = f"Worked out {moments.show(found.at, zone)}" if found.at else "Worked out within a minute."
