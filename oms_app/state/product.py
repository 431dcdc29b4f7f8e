"""One product in the browser: what it is, its tax rates by day, its family, its pictures and its history."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments, money
from oms_app.domain.errors import Malformed, NotFound, OmsError
from oms_app.domain.orders import EventView
from oms_app.domain.products import PICTURE_BYTES, ProductFile, Rate, parse_pairs, parse_values, write_pairs
from oms_app.services import pictures, products, variants
from oms_app.settings import get_settings
from oms_app.state.products import grams, tax_of
from oms_app.state.session import SessionState, notice, typed

_DONE = {
    "product_added": "Added",
    "product_changed": "Changed",
    "tax_rate_set": "Tax rate of {rate} % set from {valid_from} on",
    "tax_rate_dropped": "Tax rate from {valid_from} on dropped",
    "tax_rate_in_force": "Tax rate of {rate} % is in force",
    "picture_added": "Picture added",
    "picture_removed": "Picture taken off",
    "picture_put_first": "Another picture put first",
    "sku_mapped": "The channel {channel} calls it {channel_sku}",
    "listing_asked": "To be sold on {channel}",
    "listing_withdrawn": "Not to be sold on {channel} after all",
    "listed": "Sold on {channel} from now on",
    "stock_adjusted": "Stock adjusted by {quantity} at {location}",
}
"""What each kind of event means; words in braces are the event's own."""


@dataclass(frozen=True, slots=True)
class RateRow:
    """A tax rate by the day it begins; `state` is past, now or later."""

    day: str
    shown: str
    rate: str
    state: str


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A product of the family."""

    sku: str
    choices: str
    active: bool


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture with its addresses."""

    id: int
    small: str
    large: str
    title: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened."""

    at: str
    what: str
    who: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product with everything written out; `amount` to `weight` are what the form begins with."""

    sku: str = ""
    name: str = ""
    kind: str = ""
    active: bool = True
    price: str = ""
    tax: str = ""
    amount: str = ""
    tax_included: str = "yes"
    hsn: str = ""
    barcode: str = ""
    weight: str = ""
    attributes: list[tuple[str, str]] = field(default_factory=list)
    attribute_lines: str = ""
    rates: list[RateRow] = field(default_factory=list)
    pictures: list[PictureRow] = field(default_factory=list)
    family: str = ""
    family_name: str = ""
    option_lines: str = ""
    variants: list[VariantRow] = field(default_factory=list)


class ProductEditState(SessionState, rx.State):
    """The product that the address names."""

    shown: ProductPage = ProductPage()
    steps: list[Step] = []
    dialog: str = ""
    problem: str = ""
    picture_problem: str = ""
    ready: bool = False
    failure: str = ""

    @rx.event
    async def load(self):
        """Read the product; its history follows."""
        self.ready, self.failure, self.dialog, self.picture_problem, self.steps = False, "", "", "", []
        try:
            self.shown = page_of(await self.call(products.get, str(self.product_sku)))
        except NotFound as error:
            self.shown, self.failure, self.ready = ProductPage(), error.message, True
            return None
        self.ready = True
        return ProductEditState.read_history

    @rx.event
    async def read_history(self):
        """Read what happened to the product."""
        zone = ZoneInfo(get_settings().timezone)
        self.steps = [step_of(each, zone) for each in await self.call(products.history, self.shown.sku)]

    @rx.event
    async def open_dialog(self, name: str):
        """Open a form: product, rate or family."""
        self.dialog, self.problem = str(name), ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Write what the form says."""
        try:
            found = await self.call(products.change, self.shown.sku, **changed(form))
        except OmsError as error:
            self.problem = error.message
            return None
        return self._done(found, f"{found.product.sku} is saved.")

    @rx.event(temporal=True)
    async def set_rate(self, form: dict[str, Any]):
        """Say which tax rate holds from a day on."""
        rate = typed(form, "rate").removesuffix("%")
        try:
            day = day_of(typed(form, "valid_from"))
            found = await self.call(products.set_rate, self.shown.sku, money.to_decimal(rate), day)
        except OmsError as error:
            self.problem = error.message
            return None
        return self._done(found, f"{rate} % holds from {moments.show_date(day)} on.")

    @rx.event(temporal=True)
    async def drop_rate(self, day: str):
        """Forget a rate that has not begun."""
        return self._done(await self.call(products.drop_rate, self.shown.sku, day_of(str(day))), "The rate is dropped.")

    @rx.event(temporal=True)
    async def grow(self, form: dict[str, Any]):
        """Give the options of the family more values: the missing variants are made."""
        shown = self.shown
        try:
            made = await self.call(
                variants.grow, shown.family, like=shown.sku, options=parse_values(typed(form, "options"))
            )
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [ProductEditState.load, notice(f"{made.name} has {len(made.variants)} variants.")]

    @rx.event
    async def upload(self, files: list[rx.UploadFile]):
        """Put pictures on the product."""
        self.picture_problem = ""
        for file in files:
            content = await file.read(PICTURE_BYTES + 1)
            try:
                self.shown = page_of(await self.call(pictures.add, self.shown.sku, content))
            except OmsError as error:
                self.picture_problem = f"{file.filename}: {error.message}"
        return ProductEditState.read_history

    @rx.event(temporal=True)
    async def put_picture_first(self, picture_id: int):
        """Let a picture stand for the product."""
        found = await self.call(pictures.make_first, self.shown.sku, int(picture_id))
        return self._done(found, "The picture stands first.")

    @rx.event(temporal=True)
    async def remove_picture(self, picture_id: int):
        """Take a picture off."""
        found = await self.call(pictures.remove, self.shown.sku, int(picture_id))
        return self._done(found, "The picture is taken off.")

    def _done(self, found: ProductFile, said: str) -> Any:
        self.shown, self.dialog = page_of(found), ""
        return [notice(said), ProductEditState.read_history]


def changed(form: dict[str, Any]) -> dict[str, Any]:
    """What the form says about a product. Raises Malformed."""
    return {
        "name": typed(form, "name"),
        "price_micros": money.to_micros(typed(form, "price")),
        "tax_included": typed(form, "tax_included") != "no",
        "hsn": typed(form, "hsn")[:8],
        "barcode": typed(form, "barcode")[:40],
        "weight_g": grams(typed(form, "weight_g")),
        "active": not form.get("off"),
        "attributes": parse_pairs(typed(form, "attributes")),
    }


def day_of(text: str) -> date:
    """A day as a date field sends it. Raises Malformed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed("Choose the day from which it holds.", details={"field": "valid_from"}) from None


def page_of(found: ProductFile) -> ProductPage:
    """A product with everything written out."""
    view, family = found.product, found.family
    return ProductPage(
        sku=view.sku,
        name=view.name,
        kind=view.kind,
        active=view.active,
        price=money.show_micros(view.price_micros, view.currency),
        tax=tax_of(view),
        amount=money.micros_to_major(view.price_micros, view.currency),
        tax_included="yes" if view.tax_included else "no",
        hsn=view.hsn,
        barcode=view.barcode,
        weight=str(view.weight_g or ""),
        attributes=[*found.choices.items(), *found.attributes.items()],
        attribute_lines=write_pairs(found.attributes),
        rates=_rates(found.rates),
        pictures=[
            PictureRow(each.id, f"/pictures/{each.digest}/small", f"/pictures/{each.digest}/large", f"Picture {place}")
            for place, each in enumerate(found.pictures, start=1)
        ],
        family=family.code if family else "",
        family_name=family.name if family else "",
        option_lines=write_pairs({name: ", ".join(values) for name, values in family.options.items()})
        if family
        else "",
        variants=[VariantRow(each.sku, ", ".join(each.choices.values()), each.active) for each in family.variants]
        if family
        else [],
    )


def step_of(event: EventView, zone: ZoneInfo) -> Step:
    """An event of a product as a line of its history."""
    template = _DONE.get(event.kind, event.kind.replace("_", " ").capitalize())
    what = template.format_map({**event.before, **event.after})
    changes = [
        f"{name.replace('_', ' ')} {_short(event.before[name])} → {_short(value)}"
        for name, value in event.after.items()
        if name in event.before
    ]
    return Step(moments.show(event.at, zone), ": ".join(filter(None, (what, "; ".join(changes)))), event.actor)


def _short(value: Any) -> str:
    text = ", ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
    return f"{text[:60]}…" if len(text) > 60 else text or "–"


def _rates(rates: tuple[Rate, ...]) -> list[RateRow]:
    """Newest first; the one in force is the newest that has begun."""
    today, rows, now = products.today(), [], False
    for each in reversed(rates):
        begun = each.valid_from <= today
        state = "later" if not begun else "past" if now else "now"
        now = now or begun
        rows.append(RateRow(each.valid_from.isoformat(), moments.show_date(each.valid_from), f"{each.rate:f} %", state))
    return rows
