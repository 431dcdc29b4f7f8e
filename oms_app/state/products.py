"""The list of products in the browser: search while typing, pages, and the forms for a product or a family."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import reflex as rx

from oms_app.domain import money
from oms_app.domain.catalogue import ProductView
from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.products import ListedProduct, parse_values
from oms_app.domain.runs import Selection, Subject
from oms_app.services import catalogue, products, variants
from oms_app.state.picking import PickingState
from oms_app.state.session import SessionState, notice, save, typed

ROWS = 50


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product, written out; `picture` is an address, empty where there is none."""

    sku: str
    name: str
    price: str
    tax: str
    hsn: str
    barcode: str
    picture: str
    kind: str
    active: bool


class ProductsState(PickingState, rx.State):
    """The list that one tab looks at. The address holds the words."""

    rows: list[ProductRow] = []
    words: str = ""
    given: str = ""  # the words of the address: the search field begins with them
    pictured: bool = False  # without a picture among them, the rows leave no room for one
    more: bool = False
    ready: bool = False
    failure: str = ""

    @rx.event
    async def load(self):
        """Read the first page that the address asks for."""
        self.words = self.given = self.router.url.query_parameters.get("q", "").strip()[:80]
        self.rows, self.failure = [], ""
        self._begin()
        await self._read(from_start=True)
        self.ready = True

    @rx.event(supersedes=True)
    async def typed(self, text: str):
        """Search while somebody types; the address follows without a new entry."""
        self.words, self.selected, self.everything = str(text).strip()[:80], [], False
        await self._read(from_start=True)
        return rx.call_script(f"history.replaceState(history.state, '', {json.dumps(self._address())})")

    @rx.event
    async def search(self, form: dict[str, Any]):
        """Enter: the address remembers the words, so that Back undoes them."""
        self.words = typed(form, "q")[:80]
        return rx.redirect(self._address())

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._read(from_start=False)

    @rx.event
    async def download(self, format: str):
        """Save the products that the words find."""
        return save("/export/products?" + urlencode({"format": str(format), "q": self.words}))

    async def _again(self) -> None:
        await self._read(from_start=True)

    def _shown(self) -> list[str]:
        return [row.sku for row in self.rows]

    def _chosen(self) -> Selection:
        if self.everything:
            return Selection(q=self.words, subject=Subject.PRODUCT)
        return Selection(tuple((sku, None) for sku in self.selected), subject=Subject.PRODUCT)

    async def _read(self, *, from_start: bool) -> None:
        after = "" if from_start or not self.rows else self.rows[-1].sku
        try:
            found = await self.call(products.page, after_sku=after, words=self.words, limit=ROWS + 1)
        except OmsError as error:
            self.failure = error.message
            return
        cards = [row_of(each) for each in found[:ROWS]]
        self.rows = cards if from_start else [*self.rows, *cards]
        self.pictured = any(row.picture for row in self.rows)
        self.more, self.failure = len(found) > ROWS, ""

    def _address(self) -> str:
        return f"/products?{urlencode({'q': self.words})}" if self.words else "/products"


class NewProductState(SessionState, rx.State):
    """The forms for what is not in the catalogue yet: one product, or a family with its variants."""

    dialog: str = ""
    problem: str = ""

    @rx.event
    async def open_dialog(self, name: str):
        """Open a form: product or family."""
        self.dialog, self.problem = str(name), ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def add(self, form: dict[str, Any]):
        """Add the product and go to its page."""
        sku = typed(form, "sku")
        try:
            await self.call(
                catalogue.add_product,
                sku=sku,
                name=typed(form, "name"),
                barcode=typed(form, "barcode")[:40],
                **sold(form),
            )
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [rx.redirect(page_of(sku)), notice(f"{sku} is in the catalogue.")]

    @rx.event(temporal=True)
    async def generate(self, form: dict[str, Any]):
        """Make the variants of a family and go to the first."""
        try:
            made = await self.call(
                variants.generate,
                typed(form, "code"),
                name=typed(form, "name"),
                options=parse_values(typed(form, "options")),
                **sold(form),
            )
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [rx.redirect(page_of(made.variants[0].sku)), notice(f"{made.name} has {len(made.variants)} variants.")]


def sold(form: dict[str, Any]) -> dict[str, Any]:
    """What every new product says about its sale."""
    rate, weight = typed(form, "gst_rate").removesuffix("%"), typed(form, "weight_g")
    return {
        "price_micros": money.to_micros(typed(form, "price")),
        "tax_included": typed(form, "tax_included") != "no",
        "gst_rate": money.to_decimal(rate) if rate else None,
        "hsn": typed(form, "hsn")[:8],
        "weight_g": grams(weight),
    }


def grams(text: str) -> int:
    """A weight as somebody types it. Raises Malformed."""
    if text and not (text.isascii() and text.isdecimal()):
        raise Malformed("Write the weight in whole grams, like 350.")
    return int(text or 0)


def row_of(listed: ListedProduct) -> ProductRow:
    """A product as a row of the list."""
    view, digest = listed.product, listed.picture
    return ProductRow(
        sku=view.sku,
        name=view.name,
        price=money.show_micros(view.price_micros, view.currency),
        tax=tax_of(view),
        hsn=view.hsn,
        barcode=view.barcode,
        picture=f"/pictures/{digest}/small" if digest else "",
        kind=view.kind,
        active=view.active,
    )


def tax_of(view: ProductView) -> str:
    """Its tax rate, and whether the price holds it."""
    rate = f"{money.to_decimal(view.gst_rate).normalize():f} %" if view.gst_rate else "tax"
    return f"{rate} {'included' if view.tax_included else 'on top'}"


def page_of(sku: str) -> str:
    """The page of a product."""
    return f"/products/{quote(sku, safe='')}"
