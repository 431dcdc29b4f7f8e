"""Taking an order by phone or over the counter: what stands on the page, and what it would cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx

from oms_app.domain import addresses, money
from oms_app.domain.addresses import PostalAddress
from oms_app.domain.drafts import ArticleHit, BuyerHit, Draft, DraftKind, DraftView, Pays, Quote, pays_by
from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.states import state_name
from oms_app.services import drafts, lookups
from oms_app.state import draft_forms
from oms_app.state.draft_forms import PLACE, DraftLineRow
from oms_app.state.order_view import Fact
from oms_app.state.session import SessionState, notice, typed


@dataclass(frozen=True, slots=True)
class Option:
    """Something that may be meant."""

    key: str
    title: str
    detail: str


class DraftState(SessionState, rx.State):
    """The order on paper. Boxes belong to the browser; what a person left in them comes with the form."""

    kind: str = "phone"
    draft_id: int = 0
    version: int = 0
    stamp: int = 0  # counts up where the boxes are to be filled anew
    currency: str = ""
    given: dict[str, str] = {}
    rows: list[DraftLineRow] = []
    bill: list[Fact] = []
    buyers: list[Option] = []
    buyers_for: str = ""
    articles: list[Option] = []
    articles_for: str = ""
    labels: dict[str, str] = {}
    areas: list[str] = []
    countries: list[tuple[str, str]] = []
    place_hint: str = ""
    location: str = ""
    problem: str = ""
    failure: str = ""
    ready: bool = False
    _found: dict[str, BuyerHit] = {}
    _offered: dict[str, ArticleHit] = {}
    _own: dict[str, str] = {}
    _next: int = 0

    @rx.event
    async def arrive(self):
        """Begin a blank order, or the draft that the address names."""
        query = self.router.url.query_parameters
        wanted, self.ready, self.failure = query.get("draft", ""), False, ""
        kind, self.countries = query.get("kind", ""), list(addresses.countries())
        self._clear(DraftKind(kind) if kind in set(DraftKind) else DraftKind.PHONE)
        return DraftState.open(int(wanted)) if wanted.isdecimal() else DraftState.price

    @rx.event
    async def open(self, draft_id: int):
        """Go on with a draft."""
        try:
            self._show(await self.call(drafts.get, int(draft_id)))
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return None
        return DraftState.price

    @rx.event
    async def price(self):
        """What it would cost and lack now."""
        self._priced(await self.call(drafts.quote, self._draft({})))
        self.ready = True

    @rx.event(supersedes=True)
    async def find_buyer(self, text: str):
        """Somebody types a phone number, an e-mail address or a name."""
        found = await self.call(lookups.buyers, str(text))
        self._found = {str(each.id): each for each in found}
        self.buyers, self.buyers_for = [_buyer(each) for each in found], str(text).strip()

    @rx.event
    async def choose_buyer(self, key: str):
        """Who bought before buys again: to the address of last time, unless it is changed."""
        hit = self._found.get(str(key))
        self.buyers, self.buyers_for = [], ""
        if hit is None:
            return None
        boxes = {"find-buyer": "", "buyer": hit.name, "phone": hit.phone, "email": hit.email, "gstin": hit.gstin}
        boxes |= {name: getattr(hit.address, name) for name in PLACE}
        self._country(hit.address.country)
        return [draft_forms.fill(boxes), draft_forms.focus("find-article")]

    @rx.event(supersedes=True)
    async def find_article(self, text: str):
        """Somebody types or scans a SKU, a barcode, or words of a name."""
        found = await self.call(lookups.articles, str(text), location=self.location)
        self._offered = {each.sku: each for each in found}
        self.articles, self.articles_for = [_article(each) for each in found], str(text).strip()

    @rx.event
    async def choose_article(self, sku: str):
        """Put an article on the order, or one more of it."""
        hit = self._offered.get(str(sku))
        self.articles, self.articles_for = [], ""
        if hit is None:
            return None
        key = next((row.key for row in self.rows if row.sku == hit.sku), "")
        if key:
            self.rows = [draft_forms.one_more(row) if row.key == key else row for row in self.rows]
        else:
            self._next += 1
            key = f"n{self._next}"
            price = money.micros_to_major(hit.price_micros, hit.currency) if hit.currency == self.currency else ""
            self._own = {**self._own, hit.sku: price}
            self.rows = [*self.rows, DraftLineRow(key, hit.sku, hit.name, price=price)]
        self._priced(await self.call(drafts.quote, self._draft({})))
        quantity = next(row.quantity for row in self.rows if row.key == key)
        return [
            draft_forms.fill({"find-article": "", f"quantity-{key}": quantity}),
            draft_forms.focus(f"quantity-{key}"),
        ]

    @rx.event
    async def set_box(self, key: str, name: str, text: str):
        """A box of a line was left: price the order anew."""
        if name not in draft_forms.BOXES:
            raise Malformed("There is no such box.")
        self.rows = [replace(row, **{str(name): str(text)}) if row.key == key else row for row in self.rows]
        try:
            self._priced(await self.call(drafts.quote, self._draft({})))
        except OmsError as error:
            self.problem = error.message

    @rx.event
    async def toggle(self, key: str):
        """Take a line off."""
        self.rows = [row for row in self.rows if row.key != key]
        self._priced(await self.call(drafts.quote, self._draft({})))
        return draft_forms.focus("find-article")

    @rx.event
    async def set_money(self, name: str, text: str):
        """The discount or the charge for shipping changed."""
        self.given = {**self.given, str(name): str(text)}
        try:
            self._priced(await self.call(drafts.quote, self._draft({})))
        except OmsError as error:
            self.problem = error.message

    @rx.event
    async def set_location(self, code: str):
        """Sell at another counter."""
        self.location = str(code)
        self._priced(await self.call(drafts.quote, self._draft({})))

    @rx.event
    async def set_country(self, code: str):
        """Ask what an address of this country has."""
        self._country(str(code)[:2].upper())

    @rx.event
    async def set_place(self, name: str, text: str):
        """The PIN or the State was left: say which belong together, and fill in the State that follows."""
        self.given = {**self.given, str(name): str(text).strip()}
        if self.given.get("country", "IN") != "IN":
            self.place_hint = ""
            return None
        pin, state = self.given.get("postal_code", ""), state_name(self.given.get("state", ""))
        there = addresses.states_with(pin)
        self.place_hint = addresses.pin_problem(PostalAddress("", "", state, pin)) or (
            f"PIN {pin}: {' or '.join(there)}." if there else ""
        )
        if len(there) == 1 and not state:
            self.given = {**self.given, "state": there[0]}
            return draft_forms.fill({"state": there[0]})
        return None

    @rx.event(temporal=True)
    async def submit(self, form: dict[str, Any]):
        """Save what stands on the page, and place it where the button says so."""
        places = typed(form, "act") != "save"
        try:
            wanted = self._draft(form)
            view = await self.call(drafts.save, wanted, draft_id=self.draft_id or None, version=self.version)
        except OmsError as error:
            self.problem = error.message
            return None
        self.draft_id, self.version, self.problem = view.row.id, view.row.version, ""
        return DraftState.place if places else [notice("The draft is saved."), rx.redirect("/orders/drafts")]

    @rx.event(temporal=True)
    async def place(self):
        """Place the draft that was saved."""
        try:
            order = await self.call(drafts.place, self.draft_id, version=self.version)
        except OmsError as error:
            self.problem = error.message
            return draft_forms.focus("problem")
        self._clear(DraftKind(self.kind))
        return [rx.redirect(f"/orders/{order.number}"), notice(f"Order {order.number} is placed.")]

    def _clear(self, kind: DraftKind) -> None:
        self.kind, self.draft_id, self.version, self.problem = str(kind), 0, 0, ""
        self.rows, self._own, self.given = [], {}, {"country": "IN", "pays": str(_first(kind))}
        self.location, self.stamp = "", self.stamp + 1
        self._country("IN")

    def _show(self, view: DraftView) -> None:
        order = view.draft.order
        self._clear(view.draft.kind)
        self.draft_id, self.version, self.location = view.row.id, view.row.version, view.draft.location
        self.rows = draft_forms.lines(order, view.row.currency)
        self._next = len(self.rows)
        self.given = draft_forms.boxes(order, view.row.currency) | {"pays": str(pays_by(order))}
        self._country(order.ship_to.country)

    def _country(self, code: str) -> None:
        self.given = {**self.given, "country": code}
        self.labels, self.areas = addresses.labels(code), list(addresses.areas(code))
        self.place_hint = ""

    def _draft(self, form: Mapping[str, Any]) -> Draft:
        given = {**self.given, **{name: typed(dict(form), name) for name in form}}
        return draft_forms.read(DraftKind(self.kind), given, self.rows, self._own, self.location, self.currency)

    def _priced(self, quote: Quote) -> None:
        self.currency, self.problem = quote.currency, ""
        self.rows = [
            draft_forms.priced(row, line, quote.currency) for row, line in zip(self.rows, quote.lines, strict=True)
        ]
        self.bill = draft_forms.bill(quote)


def _first(kind: DraftKind) -> Pays:
    return Pays.CASH if kind is DraftKind.COUNTER else Pays.LATER


def _buyer(hit: BuyerHit) -> Option:
    town = " ".join(filter(None, (hit.address.city, hit.address.postal_code)))
    return Option(str(hit.id), hit.name, " · ".join(filter(None, (hit.phone, hit.email, town))))


def _article(hit: ArticleHit) -> Option:
    price = f"{money.symbol(hit.currency)}{money.micros_to_major(hit.price_micros, hit.currency)}"
    return Option(hit.sku, f"{hit.sku} · {hit.name}", f"{price} · {hit.available:,} available")
