"""Products, locations and channels."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Amount, AmountIn, Body, ListQuery, Name, Page, Required, Word
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_cursor
from oms_app.domain import money
from oms_app.domain.catalogue import ProductView
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import catalogue

endpoints = Endpoints("catalogue")


Rate = Annotated[
    Decimal,
    Field(ge=0, le=100, max_digits=6, decimal_places=3, allow_inf_nan=False),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d{1,3}(\.\d{1,3})?$"}, {"type": "number"}]}),
]


class NewProduct(Body):
    """Something to sell."""

    sku: Annotated[Required, Field(max_length=100)]
    name: Required
    price: AmountIn
    tax_included: bool = True
    hsn: Word = ""
    gst_rate: Annotated[Rate | None, Field(description="Per cent.")] = None
    barcode: Word = ""
    weight_g: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class Product(TypedDict):
    """Something that is sold."""

    sku: str
    name: str
    kind: str
    price: Amount
    currency: str
    tax_included: bool
    hsn: str
    gst_rate: str
    barcode: str
    weight_g: int
    active: bool


class Location(TypedDict):
    """A place that holds stock."""

    code: str
    name: str
    city: str
    state: str
    postal_code: str


class Channel(TypedDict):
    """A source of orders."""

    name: str
    title: str
    kind: str
    currency: str
    tax_included: Annotated[bool, Field(description="whether its prices hold their tax, where an order does not say")]
    active: bool


@endpoints.get("/products", P.SEE_STOCK)
def list_products(actor: Actor, query: ListQuery) -> Page[Product]:
    """Products by SKU. `q` is the beginning of a SKU."""
    only_sorted_by(query, "sku")
    found = catalogue.products(actor, after_sku=read_cursor(query.cursor), prefix=query.q, limit=query.limit + 1)
    return cut([product_shape(view) for view in found], query.limit, lambda product: product["sku"])


@endpoints.post("/products", P.EDIT_PRODUCTS, location="/products/{sku}", refusals=(409,))
def add_product(actor: Actor, body: NewProduct) -> Product:
    """Add a product, priced in the shop's currency."""
    added = catalogue.add_product(
        actor,
        sku=body.sku,
        name=body.name,
        price_micros=money.to_micros(body.price),
        tax_included=body.tax_included,
        hsn=body.hsn,
        gst_rate=body.gst_rate,
        barcode=body.barcode,
        weight_g=body.weight_g,
    )
    return product_shape(added)


@endpoints.get("/products/{sku}", P.SEE_STOCK, refusals=(404,))
def get_product(actor: Actor, sku: Name) -> Product:
    """One product."""
    return product_shape(catalogue.product(actor, sku))


@endpoints.get("/locations", P.SEE_STOCK)
def list_locations(actor: Actor, query: ListQuery) -> Page[Location]:
    """Every place that holds stock, by code."""
    only_sorted_by(query, "code")
    not_searched(query)
    after = read_cursor(query.cursor)
    found: list[Location] = [
        {"code": v.code, "name": v.name, "city": v.city, "state": v.state, "postal_code": v.postal_code}
        for v in catalogue.locations(actor)
        if v.code > after
    ]
    return cut(sorted(found, key=lambda each: each["code"]), query.limit, lambda each: each["code"])


@endpoints.get("/channels", P.SEE_ORDERS)
def list_channels(actor: Actor, query: ListQuery) -> Page[Channel]:
    """Every source of orders, by name. `manual` always exists."""
    only_sorted_by(query, "name")
    not_searched(query)
    after = read_cursor(query.cursor)
    found: list[Channel] = [
        {
            "name": v.name,
            "title": v.title,
            "kind": v.kind,
            "currency": v.currency,
            "tax_included": v.tax_included,
            "active": v.active,
        }
        for v in catalogue.channels(actor)
        if v.name > after
    ]
    return cut(sorted(found, key=lambda each: each["name"]), query.limit, lambda each: each["name"])


def product_shape(view: ProductView) -> Product:
    """A product as JSON."""
    return {
        "sku": view.sku,
        "name": view.name,
        "kind": view.kind,
        "price": money.micros_to_major(view.price_micros, view.currency),
        "currency": view.currency,
        "tax_included": view.tax_included,
        "hsn": view.hsn,
        "gst_rate": view.gst_rate,
        "barcode": view.barcode,
        "weight_g": view.weight_g,
        "active": view.active,
    }
