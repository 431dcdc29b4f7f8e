"""Products as they are edited: fields, attributes, dated tax rates, families with their variants, pictures."""

import base64
import binascii
from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from oms_app.api.catalogue import Product, Rate, product_shape
from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import NO_NUL, AmountIn, Body, Id, Name, Required, Text, Word
from oms_app.domain import money, products
from oms_app.domain.errors import Malformed
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.products import MOST_ATTRIBUTES, MOST_OPTIONS, MOST_VALUES, ProductFile
from oms_app.services import pictures, variants
from oms_app.services import products as service

endpoints = Endpoints("catalogue")
Title = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=NO_NUL, strip_whitespace=True)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), Field(examples=["2027-04-01"])]
Grams = Annotated[int, Field(ge=0, le=10_000_000)]


class ChangedProduct(Body):
    """What is to be different; what is left out stays."""

    name: Required | None = None
    price: AmountIn | None = None
    tax_included: bool | None = None
    hsn: Word | None = None
    barcode: Word | None = None
    weight_g: Grams | None = None
    active: Annotated[bool | None, Field(description="Whether it is offered to who takes an order.")] = None
    attributes: Annotated[
        dict[Title, Text] | None, Field(max_length=MOST_ATTRIBUTES, description="All of them; an empty text goes.")
    ] = None


class NewRate(Body):
    """A tax rate from a day on."""

    gst_rate: Annotated[Rate, Field(description="Per cent.")]
    valid_from: Day


class NewFamily(Body):
    """Options, and what every variant has in common."""

    code: Annotated[Required, Field(max_length=60, description="Its variants' SKUs begin with it.")]
    name: Required
    options: Annotated[
        dict[Title, Annotated[list[Title], Field(min_length=1, max_length=MOST_VALUES)]],
        Field(min_length=1, max_length=MOST_OPTIONS, examples=[{"Size": ["S", "M"], "Colour": ["Blue"]}]),
    ]
    price: AmountIn
    tax_included: bool = True
    hsn: Word = ""
    gst_rate: Annotated[Rate | None, Field(description="Per cent.")] = None
    weight_g: Grams = 0


class NewPicture(Body):
    """A JPEG, PNG or WebP."""

    data: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000), Field(description="base64")]


class DatedRate(TypedDict):
    """A tax rate from a day on."""

    valid_from: str
    gst_rate: str


class Picture(TypedDict):
    """A picture; `small` and `large` are addresses for a signed-in browser."""

    id: int
    width: int
    height: int
    small: str
    large: str


class Variant(TypedDict):
    """A product of a family."""

    sku: str
    choices: dict[str, str]
    active: bool


class Family(TypedDict):
    """Products that differ in their options only."""

    code: str
    name: str
    options: dict[str, list[str]]
    variants: list[Variant]


class ProductDetails(TypedDict):
    """Everything about a product but its stock."""

    product: Product
    attributes: dict[str, str]
    choices: dict[str, str]
    family: str
    rates: list[DatedRate]
    pictures: list[Picture]


@endpoints.get("/products/{sku}/details", P.SEE_STOCK, refusals=(404,))
def get_product_details(actor: Actor, sku: Name) -> ProductDetails:
    """A product with its attributes, family, tax rates and pictures."""
    return _details(service.get(actor, sku))


@endpoints.post("/products/{sku}", P.EDIT_PRODUCTS, status=200, refusals=(404,))
def change_product(actor: Actor, sku: Name, body: ChangedProduct) -> ProductDetails:
    """Change a product; its tax rate begins on a day, its stock is a ledger."""
    given: dict[str, Any] = body.model_dump(exclude_none=True, exclude={"attributes"})
    if "price" in given:
        given["price_micros"] = money.to_micros(given.pop("price"))
    return _details(service.change(actor, sku, attributes=body.attributes, **given))


@endpoints.post("/products/{sku}/tax-rates", P.EDIT_PRODUCTS, refusals=(404,))
def set_tax_rate(actor: Actor, sku: Name, body: NewRate) -> ProductDetails:
    """Say which rate holds from a day on."""
    return _details(service.set_rate(actor, sku, body.gst_rate, _day(body.valid_from)))


@endpoints.delete("/products/{sku}/tax-rates/{valid_from}", P.EDIT_PRODUCTS, refusals=(404, 422))
def drop_tax_rate(actor: Actor, sku: Name, valid_from: Day) -> ProductDetails:
    """Forget a rate that has not begun."""
    return _details(service.drop_rate(actor, sku, _day(valid_from)))


@endpoints.post("/products/{sku}/pictures", P.EDIT_PRODUCTS, refusals=(404, 422))
def add_picture(actor: Actor, sku: Name, body: NewPicture) -> ProductDetails:
    """Put a picture on a product; the same one twice is there once."""
    try:
        content = base64.b64decode(body.data, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("“data” is not base64.", details={"field": "data"}) from None
    return _details(pictures.add(actor, sku, content))


@endpoints.post("/products/{sku}/pictures/{picture_id}/first", P.EDIT_PRODUCTS, status=200, refusals=(404,))
def put_picture_first(actor: Actor, sku: Name, picture_id: Id) -> ProductDetails:
    """Put a picture before the others: it stands beside the product in lists and on orders."""
    return _details(pictures.make_first(actor, sku, picture_id))


@endpoints.delete("/products/{sku}/pictures/{picture_id}", P.EDIT_PRODUCTS, refusals=(404,))
def remove_picture(actor: Actor, sku: Name, picture_id: Id) -> ProductDetails:
    """Take a picture off a product."""
    return _details(pictures.remove(actor, sku, picture_id))


@endpoints.post("/product-families", P.EDIT_PRODUCTS, refusals=(409,))
def generate_variants(actor: Actor, body: NewFamily) -> Family:
    """Make a product of each choice of the options. Those that are there stay; options may gain values later."""
    made = variants.generate(
        actor,
        body.code,
        name=body.name,
        options=body.options,
        price_micros=money.to_micros(body.price),
        tax_included=body.tax_included,
        hsn=body.hsn,
        gst_rate=body.gst_rate,
        weight_g=body.weight_g,
    )
    return _family(made)


@endpoints.get("/product-families/{code}", P.SEE_STOCK, refusals=(404,))
def get_family(actor: Actor, code: Name) -> Family:
    """A family with its variants."""
    return _family(variants.get(actor, code))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"“{text}” is no day.", details={"field": "valid_from"}) from None


def _details(file: ProductFile) -> ProductDetails:
    return {
        "product": product_shape(file.product),
        "attributes": dict(file.attributes),
        "choices": dict(file.choices),
        "family": file.family.code if file.family else "",
        "rates": [{"valid_from": each.valid_from.isoformat(), "gst_rate": f"{each.rate:f}"} for each in file.rates],
        "pictures": [
            {
                "id": each.id,
                "width": each.width,
                "height": each.height,
                "small": f"/pictures/{each.digest}/small",
                "large": f"/pictures/{each.digest}/large",
            }
            for each in file.pictures
        ],
    }


def _family(family: products.Family) -> Family:
    made: list[Variant] = [
        {"sku": each.sku, "choices": dict(each.choices), "active": each.active} for each in family.variants
    ]
    return {
        "code": family.code,
        "name": family.name,
        "options": {name: list(values) for name, values in family.options.items()},
        "variants": made,
    }
