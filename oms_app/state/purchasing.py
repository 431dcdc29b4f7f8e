"""Purchase orders in the browser: the list, its tabs by state, and the form for a new one."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from oms_app.domain import moments, money
from oms_app.domain.errors import OmsError
from oms_app.domain.purchasing import OPEN, PurchaseRow, PurchaseState, read_lines
from oms_app.services import purchasing, suppliers
from oms_app.state.session import SessionState, typed

ROWS = 50
MOST_SUPPLIERS = 500
LATE, ALL_OPEN = "late", "open"


@dataclass(frozen=True, slots=True)
class PurchaseCard:
    """A purchase order in the list, written out."""

    id: int
    number: str
    state: str
    title: str
    supplier: str
    location: str
    units: str
    total: str
    due: str
    late: bool
    by: str


@dataclass(frozen=True, slots=True)
class StateTab:
    """A tab of the list: its address, its words, and whether it is the one that is shown."""

    href: str
    words: str
    here: bool


class PurchasesState(SessionState, rx.State):
    """The list; its tab and its supplier are in the address."""

    rows: list[PurchaseCard] = []
    tabs: list[StateTab] = []
    show: str = ALL_OPEN
    supplier_id: int = 0
    more: bool = False
    ready: bool = False
    failure: str = ""
    dialog: bool = False
    problem: str = ""
    choices: list[tuple[str, str]] = []

    @rx.event
    async def load(self):
        """Read the first page that the address asks for."""
        query = self.router.url.query_parameters
        shown, supplier = query.get("show", ""), query.get("supplier", "")
        self.show = shown if shown in (*PurchaseState, LATE) else ALL_OPEN
        self.supplier_id = int(supplier) if supplier.isdecimal() and len(supplier) < 18 else 0
        self.rows, self.failure, self.dialog = [], "", False
        await self._append()
        self.ready = True
        return PurchasesState.read_tabs

    @rx.event
    async def read_tabs(self):
        """Count what is in each state."""
        counted = await self.call(purchasing.counts)
        tabs = [(ALL_OPEN, "Open", sum(counted[state] for state in OPEN)), (LATE, "Late", None)]
        tabs += [(str(state), _title(state), counted[state]) for state in PurchaseState]
        self.tabs = [
            StateTab(_address(key, self.supplier_id), words + _counted(count), key == self.show)
            for key, words, count in tabs
        ]

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._append()

    @rx.event
    async def open_dialog(self):
        """Open the form for a new purchase order."""
        found = await self.call(suppliers.page, only_active=True, limit=MOST_SUPPLIERS)
        self.choices = [(str(each.id), each.name) for each in found]
        self.dialog, self.problem = True, ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        self.dialog = stays_open

    @rx.event(temporal=True)
    async def draft(self, form: dict[str, Any]):
        """Draft a purchase order and go to it."""
        supplier, location = typed(form, "supplier"), typed(form, "location")
        if not supplier.isdecimal():
            self.problem = "Choose a supplier. They are added under Suppliers."
            return None
        try:
            lines = read_lines(typed(form, "lines"))
            made = await self.call(purchasing.draft, int(supplier), location, lines, note=typed(form, "note"))
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = False
        return rx.redirect(f"/purchasing/{made.row.number}")

    async def _append(self) -> None:
        states = () if self.show == LATE else OPEN if self.show == ALL_OPEN else (self.show,)
        try:
            found = await self.call(
                purchasing.page,
                states=states,
                supplier_id=self.supplier_id or None,
                late=self.show == LATE,
                before=self.rows[-1].id if self.rows else None,
                limit=ROWS + 1,
            )
        except OmsError as error:
            self.failure = error.message
            return
        self.rows = [*self.rows, *map(card, found[:ROWS])]
        self.more = len(found) > ROWS


def card(row: PurchaseRow) -> PurchaseCard:
    """A purchase order, written out."""
    word = "promised" if row.promised_on else "expected"
    return PurchaseCard(
        id=row.id,
        number=row.number,
        state=row.state,
        title=_title(row.state),
        supplier=row.supplier,
        location=row.location,
        units=f"{row.received:,} of {row.units:,}" if row.state != PurchaseState.DRAFT else f"{row.units:,}",
        total=money.show(row.total + row.tax, row.currency),
        due=f"{word} {moments.show_date(row.due_on)}" if row.due_on else "–",
        late=row.is_late(purchasing.today()),
        by=row.created_by,
    )


def _title(state: str) -> str:
    return state.replace("_", " ").capitalize()


def _counted(count: int | None) -> str:
    if count is None:
        return ""
    return f" {count:,}" if count < purchasing.MOST_COUNTED else f" {purchasing.MOST_COUNTED:,}+"


def _address(show: str, supplier_id: int) -> str:
    query = ({"show": show} if show != ALL_OPEN else {}) | ({"supplier": supplier_id} if supplier_id else {})
    return f"/purchasing?{urlencode(query)}" if query else "/purchasing"
