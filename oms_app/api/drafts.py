"""Drafts of orders taken by staff, and sales over the counter."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api import order_bodies as bodies
from oms_app.api import order_shapes
from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Amount, AmountIn, Body, Id, ListQuery, LongText, Moment, Page, Text, Word, at, minor
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_id_cursor
from oms_app.domain import money
from oms_app.domain.drafts import Draft, DraftKind, DraftRow, DraftView, Pays, paying, pays_by
from oms_app.domain.orders import AddressDraft, CustomerDraft, OrderDraft
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import counter, drafts

endpoints = Endpoints("orders")
Version = Annotated[int, Field(ge=1, description="The version you read; a later one is refused with 409.")]


class BuyerIn(Body):
    """Who buys; a draft may not know yet."""

    name: Text = ""
    email: Text = ""
    phone: Word = ""


class PlaceIn(Body):
    """Where it goes; a draft may not know all of it yet."""

    name: Text = ""
    phone: Word = ""
    line1: Text = ""
    line2: Text = ""
    city: Text = ""
    state: Word = ""
    postal_code: Word = ""
    country: Annotated[str, Field(pattern=bodies.COUNTRY)] = "IN"


class Contents(Body):
    """What stands in a draft."""

    kind: Literal["phone", "counter"] = "phone"
    location: Annotated[Word, Field(description="Where a sale over the counter is handed over.")] = ""
    customer: BuyerIn = BuyerIn()
    shipping_address: PlaceIn = PlaceIn()
    gstin: Word = ""
    lines: Annotated[list[bodies.LineIn], Field(max_length=1_000)] = []
    shipping: AmountIn | None = None
    discount: Annotated[AmountIn | None, Field(description="Off the whole order.")] = None
    pays: Literal["later", "cod", "upi", "cash", "card", "bank"] = "later"
    reference: Text = ""
    note: LongText = ""


class ChangedContents(Contents):
    """What stands in a draft from now on: all of it."""

    version: Version


class Step(Body):
    """A step that needs no more than the version."""

    version: Version


class Sale(Body):
    """Goods that are paid and handed over at once."""

    location: Annotated[Word, Field(min_length=1, description="Where they are handed over.")]
    lines: Annotated[list[bodies.LineIn], Field(min_length=1, max_length=1_000)]
    pays: Literal["upi", "cash", "card", "bank"]
    reference: Text = ""
    customer: BuyerIn = BuyerIn()
    gstin: Word = ""
    discount: Annotated[AmountIn | None, Field(description="Off the whole sale.")] = None
    note: LongText = ""


class Summary(TypedDict):
    """A draft in the list. `number`: the order that it became."""

    id: int
    kind: str
    state: str
    customer: str
    units: int
    total: Amount
    currency: str
    number: str
    created_by: str
    updated_at: Moment
    version: int


class DraftLine(TypedDict):
    """An article of a draft; no price means the product's own."""

    sku: str
    quantity: int
    price: Amount | None
    tax_included: bool | None
    discount: Amount
    personalisation: dict[str, str]


class DraftBody(Summary):
    """A draft with everything in it."""

    location: str
    buyer: order_shapes.Customer
    shipping_address: order_shapes.Address
    gstin: str
    lines: list[DraftLine]
    shipping: Amount
    discount: Amount
    pays: str
    reference: str
    note: str


class DraftQuery(ListQuery):
    """Which drafts."""

    state: Annotated[Literal["open", "placed", "discarded", ""], Field("open", description="Empty: all.")]


@endpoints.get("/drafts", P.CREATE_ORDERS)
def list_drafts(actor: Actor, query: DraftQuery) -> Page[Summary]:
    """Drafts, newest first."""
    only_sorted_by(query, "-id")
    not_searched(query)
    before = read_id_cursor(query.cursor) or None
    found = drafts.page(actor, state=query.state, before=before, limit=query.limit + 1)
    return cut([_summary(row) for row in found], query.limit, lambda row: row["id"])


@endpoints.post("/drafts", P.CREATE_ORDERS, location="/drafts/{id}")
def save_draft(actor: Actor, body: Contents) -> DraftBody:
    """Write an order down. Nothing is reserved, nothing is checked but what cannot be kept."""
    return _body(drafts.save(actor, _draft(body, _currency(actor, body.kind))))


@endpoints.get("/drafts/{draft_id}", P.CREATE_ORDERS, refusals=(404,))
def get_draft(actor: Actor, draft_id: Id) -> DraftBody:
    """One draft."""
    return _body(drafts.get(actor, draft_id))


@endpoints.post("/drafts/{draft_id}", P.CREATE_ORDERS, status=200, refusals=(404, 409, 422))
def change_draft(actor: Actor, draft_id: Id, body: ChangedContents) -> DraftBody:
    """Write a draft anew."""
    wanted = _draft(body, _currency(actor, body.kind))
    return _body(drafts.save(actor, wanted, draft_id=draft_id, version=body.version))


@endpoints.post("/drafts/{draft_id}/place", P.CREATE_ORDERS, refusals=(404, 409, 422))
def place_draft(actor: Actor, draft_id: Id, body: Step) -> order_shapes.Order:
    """Place a draft like any order, or sell it over the counter; 409 with its `number` where it is placed already."""
    return order_shapes.order(drafts.place(actor, draft_id, version=body.version))


@endpoints.post("/drafts/{draft_id}/discard", P.CREATE_ORDERS, status=200, refusals=(404, 409, 422))
def discard_draft(actor: Actor, draft_id: Id, body: Step) -> Summary:
    """Drop a draft."""
    return _summary(drafts.discard(actor, draft_id, version=body.version))


@endpoints.post("/walk-in-sales", P.CREATE_ORDERS, location="/orders/{number}", refusals=(404, 422))
def sell_over_the_counter(actor: Actor, body: Sale) -> order_shapes.Order:
    """Sell what is handed over at once: placed, paid, issued and delivered in one transaction.

    Needs `fulfil_orders` too. 422 where the location does not have it; nothing is written then.
    """
    currency = _currency(actor, "counter")
    contents = Contents(kind="counter", **body.model_dump(exclude={"lines"}), lines=body.lines)
    return order_shapes.order(counter.sell(actor, _draft(contents, currency).order, body.location))


def _currency(actor: Actor, kind: str) -> str:
    return drafts.currency_of(actor, DraftKind(kind))


def _draft(body: Contents, currency: str) -> Draft:
    order = OrderDraft(
        channel=body.kind,
        customer=CustomerDraft(body.customer.name, body.customer.email, body.customer.phone),
        ship_to=AddressDraft(**body.shipping_address.model_dump()),
        gstin=body.gstin,
        lines=tuple(bodies.line(each, currency, index) for index, each in enumerate(body.lines)),
        shipping=minor(body.shipping, currency, "shipping") if body.shipping else 0,
        discount=minor(body.discount, currency, "discount") if body.discount else 0,
        note=body.note,
    )
    return Draft(DraftKind(body.kind), paying(order, Pays(body.pays), body.reference), body.location)


def _summary(row: DraftRow) -> Summary:
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "customer": row.customer,
        "units": row.units,
        "total": money.to_major(row.total, row.currency),
        "currency": row.currency,
        "number": row.number,
        "created_by": row.created_by,
        "updated_at": at(row.updated_at),
        "version": row.version,
    }


def _body(view: DraftView) -> DraftBody:
    order, currency = view.draft.order, view.row.currency
    to = order.ship_to
    return {
        **_summary(view.row),
        "location": view.draft.location,
        "buyer": {"name": order.customer.name, "email": order.customer.email, "phone": order.customer.phone},
        "shipping_address": {
            "name": to.name,
            "phone": to.phone,
            "line1": to.line1,
            "line2": to.line2,
            "city": to.city,
            "state": to.state,
            "postal_code": to.postal_code,
            "country": to.country,
        },
        "gstin": order.gstin,
        "lines": [
            {
                "sku": line.sku,
                "quantity": line.quantity,
                "price": None
                if line.unit_price_micros is None
                else money.micros_to_major(line.unit_price_micros, currency),
                "tax_included": line.tax_included,
                "discount": money.to_major(line.discount, currency),
                "personalisation": dict(line.personalisation),
            }
            for line in order.lines
        ],
        "shipping": money.to_major(order.shipping, currency),
        "discount": money.to_major(order.discount, currency),
        "pays": pays_by(order),
        "reference": order.payment_reference,
        "note": order.note,
    }
