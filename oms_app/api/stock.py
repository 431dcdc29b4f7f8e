"""Stock: levels, the ledger, adjustments."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, ListQuery, Moment, Name, Page, Required, Word, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_cursor, read_id_cursor
from oms_app.api.lots import Code, Expires, came
from oms_app.domain.catalogue import MovementView, StockView
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import stock

endpoints = Endpoints("inventory")
Kind = Literal["adjusted", "received", "damaged", "counted", "returned"]
"""What a program may write by hand; issues and transfers follow from orders and transfers."""


class Adjustment(Body):
    """Units that were found, lost or broken."""

    sku: Annotated[Required, Field(max_length=100)]
    location: Word
    quantity: Annotated[int, Field(ge=-1_000_000, le=1_000_000, description="Signed and relative; not zero.")]
    reason: Required
    kind: Annotated[Kind, Field(description="Which way each goes: docs/inventory.md.")] = "adjusted"
    lot: Code = ""
    expires: Expires = ""


class StockRow(TypedDict):
    """A product's units over all locations."""

    sku: str
    name: str
    on_hand: int
    reserved: int
    available: int
    incoming: int


class Level(TypedDict):
    """Units at one location; available = on hand − reserved − safety − blocked − expired."""

    location: str
    name: str
    on_hand: int
    reserved: int
    safety: int
    blocked: int
    expired: int
    available: int
    incoming: int
    bins: list[str]


class Stock(TypedDict):
    """A product's units, by location."""

    sku: str
    name: str
    on_hand: int
    reserved: int
    available: int
    incoming: int
    issued_28_days: int
    days_of_cover: int | None
    by_location: list[Level]


class Movement(TypedDict):
    """Units that came or went."""

    id: int
    location: str
    kind: str
    quantity: int
    cause: str
    reason: str
    actor: str
    at: Moment


@endpoints.get("/inventory", P.SEE_STOCK)
def list_inventory(actor: Actor, query: ListQuery) -> Page[StockRow]:
    """Stock of every product, by SKU. `q` is the beginning of a SKU."""
    only_sorted_by(query, "sku")
    found = stock.page(actor, after_sku=read_cursor(query.cursor), prefix=query.q, limit=query.limit + 1)
    rows: list[StockRow] = [
        {
            "sku": r.sku,
            "name": r.name,
            "on_hand": r.on_hand,
            "reserved": r.reserved,
            "available": r.available,
            "incoming": r.incoming,
        }
        for r in found
    ]
    return cut(rows, query.limit, lambda row: row["sku"])


@endpoints.get("/inventory/{sku}", P.SEE_STOCK, refusals=(404,))
def get_inventory(actor: Actor, sku: Name) -> Stock:
    """Stock of one product, by location."""
    return shown(stock.get(actor, sku))


@endpoints.get("/inventory/{sku}/movements", P.SEE_STOCK, refusals=(404,))
def list_movements(actor: Actor, sku: Name, query: ListQuery) -> Page[Movement]:
    """The ledger of a product, newest first. Its sum is what is on hand."""
    only_sorted_by(query, "-at")
    not_searched(query)
    before = read_id_cursor(query.cursor) or None
    found = stock.movements(actor, sku, before=before, limit=query.limit + 1)
    return cut([_movement(view) for view in found], query.limit, lambda row: row["id"])


@endpoints.post("/inventory/adjustments", P.ADJUST_STOCK, location="/inventory/{sku}")
def adjust_inventory(actor: Actor, body: Adjustment) -> Stock:
    """Change what is on hand at a location, with a reason. Never below what is reserved."""
    lot = came(body.lot, body.expires)
    return shown(
        stock.adjust(actor, body.sku, body.location, body.quantity, reason=body.reason, kind=body.kind, lot=lot)
    )


def shown(view: StockView) -> Stock:
    """A product's units as machines read them."""
    return {
        "sku": view.sku,
        "name": view.name,
        "on_hand": view.on_hand,
        "reserved": view.reserved,
        "available": view.available,
        "incoming": view.incoming,
        "issued_28_days": view.issued,
        "days_of_cover": view.cover,
        "by_location": [
            {
                "location": level.location,
                "name": level.name,
                "on_hand": level.on_hand,
                "reserved": level.reserved,
                "safety": level.safety,
                "blocked": level.blocked,
                "expired": level.expired,
                "available": level.available,
                "incoming": level.incoming,
                "bins": level.bins.split(", ") if level.bins else [],
            }
            for level in view.levels
        ],
    }


def _movement(view: MovementView) -> Movement:
    return {
        "id": view.id,
        "location": view.location,
        "kind": view.kind,
        "quantity": view.quantity,
        "cause": view.cause,
        "reason": view.reason,
        "actor": view.actor,
        "at": at(view.at),
    }
