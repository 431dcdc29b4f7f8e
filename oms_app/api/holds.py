"""The hold queues, and correcting where an order goes."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api import order_bodies as bodies
from oms_app.api import order_shapes as shapes
from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Amount, ListQuery, Moment, Name, Page, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_id_cursor
from oms_app.domain import money
from oms_app.domain.holds import Held
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import addresses, holds

endpoints = Endpoints("holds")
Kind = Literal["", "address", "payment", "fraud", "stock", "sku", "cod", "duplicate", "customer", "manual"]


class HoldsQuery(ListQuery):
    """Which queue."""

    kind: Annotated[Kind, Field("", description="One queue; all of them where it is left out.")]


class QueuedHold(TypedDict):
    """An open hold in its queue. `skus` are those of its order that no product has."""

    id: int
    order: str
    channel: str
    kind: str
    check: str
    reason: str
    fix: str
    until: Moment | None
    opened_by: str
    opened_at: Moment
    customer: str
    total: Amount
    currency: str
    skus: list[str]


@endpoints.get("/holds", P.SEE_ORDERS)
def list_holds(actor: Actor, query: HoldsQuery) -> Page[QueuedHold]:
    """Open holds, the longest waiting first."""
    not_searched(query)
    only_sorted_by(query, "opened_at")
    found = holds.page(actor, query.kind, after=read_id_cursor(query.cursor), limit=query.limit + 1)
    return cut([_queued(each) for each in found], query.limit, lambda hold: hold["id"])


@endpoints.post("/orders/{number}/address", P.CREATE_ORDERS, status=200)
def correct_address(actor: Actor, number: Name, body: bodies.AddressIn) -> shapes.Order:
    """Send an order elsewhere before it is packed; its address holds are released.

    422 where the new address fails its checks: `details.failed` lists each with its message and its fix.
    """
    return shapes.order(addresses.correct(actor, number, bodies.address(body)))


def _queued(held: Held) -> QueuedHold:
    return {
        "id": held.id,
        "order": held.number,
        "channel": held.channel,
        "kind": held.kind,
        "check": held.check,
        "reason": held.reason,
        "fix": held.fix,
        "until": at(held.until),
        "opened_by": held.opened_by,
        "opened_at": at(held.opened_at),
        "customer": held.customer,
        "total": money.to_major(held.total, held.currency),
        "currency": held.currency,
        "skus": list(held.skus),
    }
