"""Suppliers and their price lists."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Amount, AmountIn, Body, Id, ListQuery, Page, Required, Text, Word
from oms_app.api.lists import cut, only_sorted_by, read_cursor
from oms_app.domain import money
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.suppliers import MOST_DAYS, MOST_LISTED, MOST_UNITS, Supplier, Terms
from oms_app.services import suppliers

endpoints = Endpoints("purchasing")
Days = Annotated[int, Field(ge=0, le=MOST_DAYS)]
Units = Annotated[int, Field(ge=1, le=MOST_UNITS)]


class NewSupplier(Body):
    """Somebody who sells to us."""

    name: Annotated[Required, Field(max_length=120)]
    contact: Word = ""
    email: Text = ""
    phone: Word = ""
    gstin: Word = ""
    address: Text = ""
    currency: Word = "INR"
    payment_terms: Text = ""
    lead_time_days: Days = 7
    active: bool = True


class TermsIn(Body):
    """On what terms a product is sold: cost of a unit, units in a pack, fewest units of an order."""

    sku: Annotated[Required, Field(max_length=100)]
    cost: AmountIn
    supplier_sku: Word = ""
    pack_size: Units = 1
    moq: Units = 1
    lead_time_days: Days | None = None
    preferred: bool = False


class PriceList(Body):
    """Products to put on the list, or whose terms change; the others stay."""

    items: Annotated[list[TermsIn], Field(min_length=1, max_length=MOST_LISTED)]


class SupplierOut(TypedDict):
    """A supplier; `products` on its price list."""

    id: int
    name: str
    contact: str
    email: str
    phone: str
    gstin: str
    address: str
    currency: str
    payment_terms: str
    lead_time_days: int
    active: bool
    products: int


class TermsOut(TypedDict):
    """Terms of a product; `preferred`: reorders go here."""

    sku: str
    name: str
    supplier_sku: str
    cost: Amount
    currency: str
    pack_size: int
    moq: int
    lead_time_days: int | None
    preferred: bool


class Listed(TypedDict):
    """How many products were written."""

    products: int


@endpoints.get("/suppliers", P.SEE_STOCK)
def list_suppliers(actor: Actor, query: ListQuery) -> Page[SupplierOut]:
    """Suppliers by name; `q` is a part of the name."""
    only_sorted_by(query, "name")
    found = suppliers.page(actor, after=read_cursor(query.cursor), words=query.q.strip(), limit=query.limit + 1)
    return cut([_supplier(each) for each in found], query.limit, lambda row: row["name"])


@endpoints.get("/suppliers/{supplier_id}", P.SEE_STOCK, refusals=(404,))
def get_supplier(actor: Actor, supplier_id: Id) -> SupplierOut:
    """One supplier."""
    return _supplier(suppliers.get(actor, supplier_id))


@endpoints.post("/suppliers", P.PURCHASE, location="/suppliers/{id}", refusals=(409, 422))
def add_supplier(actor: Actor, body: NewSupplier) -> SupplierOut:
    """Add a supplier."""
    return _supplier(suppliers.add(actor, Supplier(**body.model_dump())))


@endpoints.get("/suppliers/{supplier_id}/products", P.SEE_STOCK, refusals=(404,))
def list_supplier_products(actor: Actor, supplier_id: Id, query: ListQuery) -> Page[TermsOut]:
    """The supplier's price list, by our SKU."""
    only_sorted_by(query, "sku")
    currency = suppliers.get(actor, supplier_id).currency
    after = read_cursor(query.cursor)
    found = suppliers.price_list(actor, supplier_id, after_sku=after, limit=query.limit + 1)
    return cut([_terms(each, currency) for each in found], query.limit, lambda row: row["sku"])


@endpoints.post("/suppliers/{supplier_id}/products", P.PURCHASE, status=200)
def set_supplier_products(actor: Actor, supplier_id: Id, body: PriceList) -> Listed:
    """Put products on the price list, or change their terms there: all of them, or none."""
    terms = [Terms(cost_micros=money.to_micros(each.cost), **each.model_dump(exclude={"cost"})) for each in body.items]
    return {"products": suppliers.set_terms(actor, supplier_id, terms)}


def _supplier(given: Supplier) -> SupplierOut:
    return {
        "id": given.id,
        "name": given.name,
        "contact": given.contact,
        "email": given.email,
        "phone": given.phone,
        "gstin": given.gstin,
        "address": given.address,
        "currency": given.currency,
        "payment_terms": given.payment_terms,
        "lead_time_days": given.lead_time_days,
        "active": given.active,
        "products": given.products,
    }


def _terms(given: Terms, currency: str) -> TermsOut:
    return {
        "sku": given.sku,
        "name": given.name,
        "supplier_sku": given.supplier_sku,
        "cost": money.micros_to_major(given.cost_micros, currency),
        "currency": currency,
        "pack_size": given.pack_size,
        "moq": given.moq,
        "lead_time_days": given.lead_time_days,
        "preferred": given.preferred,
    }
