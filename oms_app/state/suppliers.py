"""Suppliers in the browser: the list, and the one that the address names with its price list."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import reflex as rx

from oms_app.domain import money
from oms_app.domain.errors import OmsError
from oms_app.domain.suppliers import Supplier, Terms, read_price_list
from oms_app.services import suppliers
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, typed

ROWS = 50


@dataclass(frozen=True, slots=True)
class TermsCard:
    """A product on the price list, written out."""

    sku: str
    name: str
    theirs: str
    cost: str
    pack: str
    moq: str
    days: str
    preferred: bool


class SuppliersState(SessionState, rx.State):
    """The list, or one supplier where the address says `?s=ID`."""

    rows: list[Supplier] = []
    words: str = ""
    more: bool = False
    chosen: Supplier = Supplier("")
    prices: list[TermsCard] = []
    more_prices: bool = False
    ready: bool = False
    failure: str = ""
    dialog: str = ""
    problem: str = ""

    @rx.event
    async def load(self):
        """Read what the address asks for."""
        query = self.router.url.query_parameters
        wanted = query.get("s", "")
        self.ready, self.failure, self.dialog, self.rows, self.prices = False, "", "", [], []
        self.chosen, self.words = Supplier(""), query.get("q", "").strip()[:80]
        one = wanted.isdecimal() and len(wanted) < 18
        return SuppliersState.read_one(int(wanted)) if one else SuppliersState.read_list

    @rx.event
    async def read_list(self):
        """Read the next page of the list."""
        after = self.rows[-1].name if self.rows else ""
        try:
            found = await self.call(suppliers.page, after=after, words=self.words, limit=ROWS + 1)
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return
        self.rows = [*self.rows, *found[:ROWS]]
        self.more, self.ready = len(found) > ROWS, True

    @rx.event
    async def read_one(self, supplier_id: int):
        """Read one supplier."""
        try:
            self.chosen = await self.call(suppliers.get, int(supplier_id))
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return None
        self.prices = []
        return SuppliersState.read_prices

    @rx.event
    async def read_prices(self):
        """Read the next page of the price list."""
        after = self.prices[-1].sku if self.prices else ""
        found = await self.call(suppliers.price_list, self.chosen.id, after_sku=after, limit=ROWS + 1)
        self.prices = [*self.prices, *(_terms(each, self.chosen) for each in found[:ROWS])]
        self.more_prices, self.ready = len(found) > ROWS, True

    @rx.event
    async def search(self, form: dict[str, Any]):
        """Look for a name; the address remembers it."""
        words = typed(form, "q")
        return rx.redirect(f"/purchasing/suppliers?q={words}" if words else "/purchasing/suppliers")

    @rx.event
    async def open_dialog(self, name: str):
        """Open a form: supplier or prices."""
        self.dialog, self.problem = str(name), ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Add the supplier, or write the chosen one anew."""
        days = typed(form, "lead_time_days")
        if not days.isdecimal():
            self.problem = "A lead time is a whole number of days."
            return None
        names = ("name", "contact", "email", "phone", "gstin", "address", "payment_terms")
        currency = typed(form, "currency") or get_settings().currency
        given = {name: typed(form, name) for name in names} | {"currency": currency, "active": not form.get("off")}
        wanted = Supplier(**given, lead_time_days=int(days))
        save = partial(suppliers.change, supplier_id=self.chosen.id) if self.chosen.id else suppliers.add
        try:
            saved = await self.call(partial(save, wanted=wanted))
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        if self.chosen.id:
            self.chosen = saved
            return notice(f"{saved.name} is saved.")
        return rx.redirect(f"/purchasing/suppliers?s={saved.id}")

    @rx.event(temporal=True)
    async def set_prices(self, form: dict[str, Any]):
        """Put the pasted price list on this supplier's."""
        try:
            terms = read_price_list(typed(form, "prices"))
            count = await self.call(suppliers.set_terms, self.chosen.id, terms)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [SuppliersState.read_one(self.chosen.id), notice(f"{count:,} products are on the price list.")]

    @rx.event(temporal=True)
    async def prefer(self, sku: str):
        """Reorders of this product go here."""
        await self.call(suppliers.prefer, self.chosen.id, str(sku))
        return [SuppliersState.read_one(self.chosen.id), notice(f"{sku} is reordered here.")]

    @rx.event(temporal=True)
    async def drop(self, sku: str):
        """Take a product off the price list."""
        await self.call(suppliers.drop_terms, self.chosen.id, str(sku))
        return [SuppliersState.read_one(self.chosen.id), notice(f"{sku} is off the price list.")]


def _terms(terms: Terms, supplier: Supplier) -> TermsCard:
    own = terms.lead_time_days
    return TermsCard(
        sku=terms.sku,
        name=terms.name,
        theirs=terms.supplier_sku or "–",
        cost=money.show_micros(terms.cost_micros, supplier.currency),
        pack=f"{terms.pack_size:,}",
        moq=f"{terms.moq:,}",
        days=f"{supplier.lead_time_days if own is None else own}",
        preferred=terms.preferred,
    )
