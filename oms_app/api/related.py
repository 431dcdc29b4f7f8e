"""Orders made from another one, and those that go to the same address."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api import order_shapes as shapes
from oms_app.api.change_shapes import CancelledLine, Change, DryRun, change, units
from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Name, Required
from oms_app.api.order_bodies import Version
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import merging, related

endpoints = Endpoints("orders")


class Resend(Body):
    """Units that are sent once more, and why."""

    lines: Annotated[list[CancelledLine], Field(min_length=1, max_length=1_000)]
    reason: Required


class Merge(Body):
    """The other order, and the versions you read of both."""

    other: Name
    version: Version
    other_version: Version
    dry_run: DryRun = False


class Link(TypedDict):
    """Another order, and whether one is a `clone` of the other or a `resend`."""

    number: str
    kind: str


class RelatedOrders(TypedDict):
    """`original` is null for an order made from none; `same_address` are the buyer's other orders in the building."""

    original: Link | None
    copies: list[Link]
    same_address: list[str]


@endpoints.get("/orders/{number}/related", P.SEE_ORDERS, refusals=(404,))
def list_related_orders(actor: Actor, number: Name) -> RelatedOrders:
    """Orders made from this one, the one it was made from, and those that go to the same address."""
    found = related.of_order(actor, number)
    return {
        "original": {"number": found.original, "kind": found.kind} if found.original else None,
        "copies": [{"number": each, "kind": kind} for each, kind in found.copies],
        "same_address": list(found.same_address),
    }


@endpoints.post("/orders/{number}/clone", P.CREATE_ORDERS, location="/orders/{number}")
def clone_order(actor: Actor, number: Name) -> shapes.Order:
    """Place an order again: same buyer, addresses, lines and prices, not paid. The answer is the new order."""
    return shapes.order(related.clone(actor, number))


@endpoints.post("/orders/{number}/resend", P.CREATE_ORDERS, location="/orders/{number}")
def resend_order(actor: Actor, number: Name, body: Resend) -> shapes.Order:
    """Send units that left once more, for nothing. The answer is the new order."""
    return shapes.order(related.resend(actor, number, units(body.lines), reason=body.reason))


@endpoints.post("/orders/{number}/merge", P.CREATE_ORDERS, status=200, refusals=(404, 409, 422))
def merge_orders(actor: Actor, number: Name, body: Merge) -> Change:
    """Take what another order of the buyer holds into this one, or see what that would bring about (`dry_run`).

    Lines, discount, shipping, money, tags and notes come over, and the other order is cancelled.
    Both go to one address and are not packed; moving what was paid needs `refund_orders`.
    """
    if body.dry_run:
        seen = {"version": body.version, "other_version": body.other_version}
        return change(merging.preview(actor, number, body.other, **seen)[0], kept=False)
    done = merging.merge(actor, number, body.other, version=body.version, other_version=body.other_version)
    return change(done, kept=True)
