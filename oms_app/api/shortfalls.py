"""Lines that wait for stock, and what is kept for orders."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api import order_shapes as shapes
from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Id, ListQuery, Moment, Name, Page, Required, Text, Word, at
from oms_app.api.lists import only_sorted_by, read_cursor, write_cursor
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.shortfalls import ShortLine
from oms_app.services import line_changes, reservations, shortfalls

endpoints = Endpoints("inventory")


class Allocation(Body):
    """Keep what is there; `location`: only from there."""

    location: Word = ""
    reason: Text = ""


class Wait(Body):
    """How a line waits."""

    state: Annotated[str, Field(pattern="^(open|backorder|preorder)$")]


class Substitution(Body):
    """The article that goes instead."""

    sku: Annotated[Required, Field(max_length=100)]


class Reason(Body):
    """Why."""

    reason: Required


class Relocation(Body):
    """Where the units are kept instead, and why."""

    location: Word
    reason: Required


class Shortfall(TypedDict):
    """A line that waits: `units` of `ordered` are missing, `available` is what open locations have of it now."""

    line: int
    number: str
    stage: str
    sku: str
    name: str
    units: int
    ordered: int
    allocated: int
    available: int
    state: str
    priority: int
    due: Moment
    lacks: Annotated[str, Field(description="the component that is missing, where it is a kit: `available` counts it")]


class Waits(TypedDict):
    """How a line waits now."""

    state: str


class Kept(TypedDict):
    """Units kept now."""

    units: int


class LotChoice(Body):
    """Which lot, and why; an empty lot: what expires first."""

    lot: Text = ""
    reason: Required


class Reservation(TypedDict):
    """Units of a line kept at a location, and why there; `lots` are those they are taken of, where it has lots."""

    id: int
    line: int
    sku: str
    location: str
    units: int
    lots: str
    why: str
    at: Moment


class Reservations(TypedDict):
    """What is kept for an order."""

    items: list[Reservation]


@endpoints.get("/shortfalls", P.SEE_ORDERS)
def list_shortfalls(actor: Actor, query: ListQuery) -> Page[Shortfall]:
    """Lines that wait for stock, in the order they are served. `q` is a whole SKU or order number."""
    only_sorted_by(query, "due")
    found = shortfalls.page(actor, words=query.q, cursor=read_cursor(query.cursor), limit=query.limit)
    following = write_cursor(found.next_cursor) if found.next_cursor else None
    return {"items": [_shortfall(line) for line in found.lines], "next_cursor": following}


@endpoints.post("/shortfalls/{line_id}/allocate", P.ALLOCATE_STOCK, status=200)
def allocate_shortfall(actor: Actor, line_id: Id, body: Allocation) -> Kept:
    """Keep what is there for a line, in parts if need be."""
    return {"units": shortfalls.allocate_now(actor, line_id, location=body.location, reason=body.reason)}


@endpoints.post("/shortfalls/{line_id}/wait", P.ALLOCATE_STOCK, status=200)
def set_shortfall_waiting(actor: Actor, line_id: Id, body: Wait) -> Waits:
    """Let a line wait as a backorder, a preorder, or for a decision."""
    shortfalls.set_waiting(actor, line_id, body.state)
    return {"state": body.state}


@endpoints.post("/shortfalls/{line_id}/substitute", P.CREATE_ORDERS, status=200)
def substitute_shortfall(actor: Actor, line_id: Id, body: Substitution) -> shapes.Order:
    """Send another article for what is missing, at the price agreed."""
    return shapes.order(line_changes.substitute(actor, line_id, body.sku))


@endpoints.post("/shortfalls/{line_id}/cancel", P.CANCEL_ORDERS, status=200)
def cancel_shortfall(actor: Actor, line_id: Id, body: Reason) -> shapes.Order:
    """Cancel what is missing of a line; the order costs less by its share."""
    return shapes.order(line_changes.cancel_missing(actor, line_id, reason=body.reason))


@endpoints.get("/orders/{number}/reservations", P.SEE_ORDERS, refusals=(404,))
def list_reservations(actor: Actor, number: Name) -> Reservations:
    """What is kept for an order, where and why."""
    items: list[Reservation] = [
        {
            "id": kept.id,
            "line": kept.line_id,
            "sku": kept.sku,
            "location": kept.location,
            "units": kept.units,
            "lots": kept.lots,
            "why": kept.why,
            "at": at(kept.at),
        }
        for kept in reservations.of_order(actor, number)
    ]
    return {"items": items}


@endpoints.post("/reservations/{reservation_id}/release", P.ALLOCATE_STOCK, status=200)
def release_reservation(actor: Actor, reservation_id: Id, body: Reason) -> Kept:
    """Let units go; their line waits until somebody keeps units for it by hand."""
    reservations.release(actor, reservation_id, reason=body.reason)
    return {"units": 0}


@endpoints.post("/reservations/{reservation_id}/move", P.ALLOCATE_STOCK, status=200)
def move_reservation(actor: Actor, reservation_id: Id, body: Relocation) -> Kept:
    """Keep units at another location instead, all of them or none."""
    return {"units": reservations.move(actor, reservation_id, body.location, reason=body.reason)}


@endpoints.post("/reservations/{reservation_id}/lot", P.ALLOCATE_STOCK, status=200)
def choose_reservation_lot(actor: Actor, reservation_id: Id, body: LotChoice) -> Kept:
    """Take kept units of a lot that you name instead of what expires first; empty: what expires first again."""
    return {"units": reservations.choose_lot(actor, reservation_id, body.lot, reason=body.reason)}


def _shortfall(line: ShortLine) -> Shortfall:
    return {
        "line": line.line_id,
        "number": line.number,
        "stage": line.stage,
        "sku": line.sku,
        "name": line.name,
        "units": line.units,
        "ordered": line.ordered,
        "allocated": line.allocated,
        "available": line.available,
        "state": line.state,
        "priority": line.priority,
        "due": at(line.due),
        "lacks": line.lacks,
    }
