"""What to order again, in the browser: every number, and drafts of it with one click."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments, money
from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.reorder import Suggestion, per_day
from oms_app.services import reorder, reorder_drafts
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, typed

ROWS = 50
_FIELD = "units-"


@dataclass(frozen=True, slots=True)
class ReorderCard:
    """An article to order, written out; `field` names its box in the form."""

    product_id: int
    sku: str
    name: str
    supplier: str
    per_day: str
    days: str
    point: str
    safety: str
    on_hand: str
    reserved: str
    waiting: str
    incoming: str
    drafted: str
    pack: str
    quantity: int
    cost: str
    why: str
    field: str


class ReorderState(SessionState, rx.State):
    """The list; its supplier is in the address."""

    rows: list[ReorderCard] = []
    suppliers: list[tuple[str, str]] = []
    supplier: str = ""
    count: str = ""
    total: int = 0
    cover_days: int = 0
    said: str = ""
    more: bool = False
    ready: bool = False
    failure: str = ""
    dialog: bool = False
    problem: str = ""
    _after: tuple[int, int] | None = None

    @rx.event
    async def load(self):
        """Read the first page that the address asks for."""
        wanted = self.router.url.query_parameters.get("supplier", "")
        self.supplier = wanted if wanted.isdecimal() and len(wanted) < 18 else ""
        self.rows, self.failure, self.problem, self.dialog, self._after = [], "", "", False, None
        await self._append()
        self.ready = True

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._append()

    @rx.event
    async def choose_supplier(self, supplier: str):
        """Leave only what one supplier sells; the address remembers it."""
        chosen = str(supplier)
        return rx.redirect(f"/purchasing/reorder?supplier={chosen}" if chosen.isdecimal() else "/purchasing/reorder")

    @rx.event
    async def open_dialog(self):
        """Open the form for the days an order is for."""
        self.dialog, self.problem = True, ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        self.dialog = stays_open

    @rx.event(temporal=True)
    async def set_days(self, form: dict[str, Any]):
        """Say for how many days beyond the lead time an order is made."""
        days = typed(form, "days")
        if not days.isdecimal():
            self.problem = "Write a whole number of days."
            return None
        try:
            await self.call(reorder.set_cover_days, int(days[:6]))
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = False
        return ReorderState.load

    @rx.event(temporal=True)
    async def work_out(self):
        """Look at everything now."""
        await self.call(reorder.work_out)
        return ReorderState.load

    @rx.event(temporal=True)
    async def draft(self, form: dict[str, Any]):
        """Draft what is shown, with the units in the boxes (an empty box or 0 leaves it out), or everything."""
        location = typed(form, "location")
        try:
            if form.get("all"):
                supplier_id = int(self.supplier) if self.supplier else None
                draft = partial(reorder_drafts.draft_all, location=location, supplier_id=supplier_id)
            else:
                draft = partial(reorder_drafts.draft, location=location, quantities=self._typed(form))
            made = await self.call(draft)
        except OmsError as error:
            self.problem = error.message
            return None
        one = made[0].row.number if len(made) == 1 else ""
        words = one or f"{len(made)} purchase orders"
        place = f"/purchasing/{one}" if one else "/purchasing?show=draft"
        return [rx.redirect(place), notice(f"{words} drafted.")]

    def _typed(self, form: dict[str, Any]) -> dict[int, int | None]:
        wanted: dict[int, int | None] = {}
        for row in self.rows:
            units = typed(form, row.field)
            if units and not units.isdecimal():
                raise Malformed(f"{row.sku}: write a whole number of units.")
            if units.strip("0"):
                wanted[row.product_id] = int(units[:9])
        return wanted

    async def _append(self) -> None:
        supplier_id = int(self.supplier) if self.supplier else None
        try:
            found = await self.call(reorder.page, supplier_id=supplier_id, after=self._after, limit=ROWS)
        except OmsError as error:
            self.failure = error.message
            return
        self.rows = [*self.rows, *map(_card, found.rows)]
        self._after, self.more = found.following, found.following is not None
        self.total, self.cover_days = found.count, found.cover_days
        self.count = f"{found.count:,}" + ("+" if found.count >= reorder.MOST_COUNTED else "")
        self.suppliers = [(str(key), name) for key, name in found.suppliers]
        zone = ZoneInfo(get_settings().timezone)
        self.said = f"worked out {moments.show(found.at, zone)}" if found.at else "worked out within a minute"


def _card(each: Suggestion) -> ReorderCard:
    numbers = each.numbers
    pack = f"packs of {numbers.pack_size:,}" if numbers.pack_size > 1 else "single"
    return ReorderCard(
        product_id=each.product_id,
        sku=each.sku,
        name=each.name,
        supplier=each.supplier,
        per_day=per_day(numbers.issued),
        days=f"{numbers.lead_time_days}",
        point=f"{numbers.point:,}",
        safety=f"{numbers.safety:,}",
        on_hand=f"{numbers.on_hand:,}",
        reserved=f"{numbers.reserved + numbers.blocked:,}",
        waiting=f"{numbers.waiting:,}",
        incoming=f"{numbers.incoming:,}",
        drafted=f"{numbers.drafted:,}",
        pack=f"{pack}, from {numbers.moq:,}" if numbers.moq > 1 else pack,
        quantity=numbers.quantity,
        cost=money.show(money.line_total(each.cost_micros, numbers.quantity, each.currency), each.currency),
        why=numbers.why,
        field=f"{_FIELD}{each.product_id}",
    )
