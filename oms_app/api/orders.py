"""Orders: list, read, place, move, pay, hold, note, tag."""

from typing import Annotated

from pydantic import Field

from oms_app.api import order_bodies as bodies
from oms_app.api import order_shapes as shapes
from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Id, ListQuery, Name, Page, minor
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_id_cursor
from oms_app.domain.lifecycle import MoveDetails
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import catalogue, events, holds, moves, notes, orders, payments, placement

endpoints = Endpoints("orders")


class OrderList(Page[shapes.Order]):
    """Some of the orders; `hints` say which words of the search could not be read and were taken as text."""

    hints: list[str]


class EventsQuery(ListQuery):
    """Which part of a timeline."""

    limit: Annotated[int, Field(200, ge=1, le=200, description="How many at most.")]


@endpoints.get("/orders", P.SEE_ORDERS)
def list_orders(actor: Actor, query: ListQuery) -> OrderList:
    """Find orders.

    `q` is the search language of the order list: `status:shipped total:>5000 placed:7d "asha rao" -channel:manual`.
    `q=external:…` finds a channel's own number. `sort` is one of `-placed` (newest first), `placed`, `-total`, `total`,
    `ship_by`, `-ship_by`, `-updated`, `updated`.
    """
    page = orders.page(actor, query.q, sort=query.sort, cursor=query.cursor, limit=query.limit)
    shown = [shapes.order(view) for view in page.orders]
    return {"items": shown, "next_cursor": page.next_cursor, "hints": list(page.hints)}


@endpoints.post("/orders", P.CREATE_ORDERS, location="/orders/{number}", refusals=(409,))
def place_order(actor: Actor, body: bodies.NewOrder) -> shapes.Order:
    """Take an order and keep stock for it.

    Amounts are in the channel's currency. A channel's order (`channel`, `external_id`) is taken once: 409 names the
    order it became. What no location can keep is counted in `shortfall`.
    """
    draft = bodies.draft(body, catalogue.currency_of(actor, body.channel))
    return shapes.order(placement.place(actor, draft))


@endpoints.get("/orders/{number}", P.SEE_ORDERS, refusals=(404,))
def get_order(actor: Actor, number: Name) -> shapes.Order:
    """One order by our number."""
    return shapes.order(orders.get(actor, number, history=False))


@endpoints.get("/orders/{number}/events", P.SEE_ORDERS, refusals=(404,))
def list_order_events(actor: Actor, number: Name, query: EventsQuery) -> Page[shapes.Event]:
    """What happened to an order, newest last."""
    only_sorted_by(query, "at")
    not_searched(query)
    found = events.history(actor, number, after=read_id_cursor(query.cursor), limit=query.limit + 1)
    return cut([shapes.event(view) for view in found], query.limit, lambda event: event["id"])


@endpoints.post("/orders/{number}/moves", P.SEE_ORDERS, status=200, refusals=(404, 409, 422))
def move_order(actor: Actor, number: Name, body: bodies.Move) -> shapes.Order:
    """Send an order to another stage.

    409 where somebody changed it since `version`: `details` say who (`by`), when (`at`), and its `stage` and `version`
    now. 422 where a rule says no: `details.failed` lists each guard with its message and its fix. The permission
    depends on the stage: up to ready, picking to delivered, or cancelled.
    """
    details = MoveDetails(reason=body.reason, weight_g=body.weight_g, courier=body.courier, awb=body.awb)
    return shapes.order(moves.move(actor, number, body.to, version=body.version, details=details))


@endpoints.post("/orders/{number}/payments", P.RECORD_PAYMENTS)
def record_payment(actor: Actor, number: Name, body: bodies.NewPayment) -> shapes.Order:
    """Record that money came (`capture`), is promised (`authorise`), or did not come after all (`void`).

    A void takes back what is authorised, else what was captured.
    """
    amount = minor(body.amount, orders.currency_of(actor, number), "amount")
    recorded = payments.record(
        actor, number, kind=body.kind, amount=amount, method=body.method, reference=body.reference
    )
    return shapes.order(recorded)


@endpoints.post("/orders/{number}/holds", P.HOLD_ORDERS)
def hold_order(actor: Actor, number: Name, body: bodies.NewHold) -> shapes.Order:
    """Put an order on hold: it keeps its stock and goes no further until the hold is released."""
    return shapes.order(holds.place(actor, number, kind=body.kind, reason=body.reason, until=body.until))


@endpoints.delete("/orders/{number}/holds/{hold_id}", P.HOLD_ORDERS, refusals=(404,))
def release_hold(actor: Actor, number: Name, hold_id: Id) -> shapes.Order:
    """Release a hold."""
    return shapes.order(holds.release(actor, number, hold_id))


@endpoints.post("/orders/{number}/notes", P.NOTE_ORDERS, refusals=(404,))
def add_note(actor: Actor, number: Name, body: bodies.NewNote) -> shapes.Order:
    """Write an internal note on an order."""
    return shapes.order(notes.add(actor, number, body.body))


@endpoints.post("/orders/{number}/tags", P.NOTE_ORDERS, status=200, refusals=(404,))
def add_tags(actor: Actor, number: Name, body: bodies.NewTags) -> shapes.Order:
    """Put tags on an order; those it has already stay."""
    return shapes.order(notes.change_tags(actor, number, add=tuple(body.tags)))


@endpoints.delete("/orders/{number}/tags/{tag}", P.NOTE_ORDERS, refusals=(404,))
def remove_tag(actor: Actor, number: Name, tag: Name) -> shapes.Order:
    """Take a tag off an order; nothing happens where it does not have it."""
    return shapes.order(notes.change_tags(actor, number, remove=(tag,)))
