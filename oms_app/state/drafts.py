"""The list of orders that staff wrote down and did not place yet."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import drafts as rules
from oms_app.domain import moments, money
from oms_app.domain.drafts import CHANNELS, DraftRow
from oms_app.domain.errors import OmsError
from oms_app.services import drafts
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice

ROWS = 50


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A draft in the list, written out."""

    id: int
    version: int
    title: str
    kind: str
    state: str
    customer: str
    units: int
    total: str
    number: str
    by: str
    at: str


class DraftsState(SessionState, rx.State):
    """What waits to be placed, or everything where the address says `?show=all`."""

    rows: list[DraftCard] = []
    all: bool = False
    more: bool = False
    ready: bool = False
    failure: str = ""

    @rx.event
    async def load(self):
        """Read the list from its beginning."""
        self.rows, self.ready, self.failure = [], False, ""
        self.all = self.router.url.query_parameters.get("show", "") == "all"
        return DraftsState.read_more

    @rx.event
    async def read_more(self):
        """Read the next page."""
        before = self.rows[-1].id if self.rows else None
        state = "" if self.all else "open"
        try:
            found = await self.call(drafts.page, state=state, before=before, limit=ROWS + 1)
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return
        self.rows, self.more = [*self.rows, *map(_card, found[:ROWS])], len(found) > ROWS
        self.ready = True

    @rx.event(temporal=True)
    async def discard(self, draft_id: int, version: int):
        """Drop a draft."""
        gone = await self.call(drafts.discard, int(draft_id), version=int(version))
        self.rows = [row for row in self.rows if row.id != gone.id]
        return notice(f"{rules.number(gone.id)} is discarded.")


def _card(row: DraftRow) -> DraftCard:
    return DraftCard(
        id=row.id,
        version=row.version,
        title=rules.number(row.id),
        kind=CHANNELS[row.kind],
        state=str(row.state),
        customer=row.customer or "Nobody yet",
        units=row.units,
        total=money.show(row.total, row.currency),
        number=row.number,
        by=row.created_by,
        at=moments.show(row.updated_at, ZoneInfo(get_settings().timezone)),
    )
