"""What to order again, and drafts of it."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Amount, Body, Id, ListQuery, Page, Word
from oms_app.api.lists import not_searched, only_sorted_by, read_cursor, write_cursor
from oms_app.domain import money
from oms_app.domain.errors import Malformed
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.reorder import Suggestion, per_day
from oms_app.services import reorder, reorder_drafts

endpoints = Endpoints("purchasing")


class NewDrafts(Body):
    """Drafts of everything that is suggested, or of what one supplier sells."""

    location: Word
    supplier_id: Id | None = None


class Suggested(TypedDict):
    """An article and every number behind its `quantity`, in units and days."""

    sku: str
    name: str
    supplier_id: int
    supplier: str
    cost: Amount
    currency: str
    issued_28_days: int
    per_day: str
    lead_time_days: int
    cover_days: int
    safety: int
    on_hand: int
    reserved: int
    blocked: int
    waiting: int
    incoming: int
    drafted: int
    reorder_point: int
    moq: int
    pack_size: int
    quantity: int


class Drafted(TypedDict):
    """Numbers of the drafts, one for each supplier."""

    numbers: Annotated[list[str], Field(examples=[["PO-12"]])]


@endpoints.get("/reorder", P.SEE_STOCK)
def list_reorder(actor: Actor, query: ListQuery) -> Page[Suggested]:
    """What to order again, what runs out first at the top."""
    only_sorted_by(query, "days_left")
    not_searched(query)
    found = reorder.page(actor, after=_place(query.cursor), limit=query.limit)
    following = write_cursor("{}.{}".format(*found.following)) if found.following else None
    return {"items": [_suggested(each) for each in found.rows], "next_cursor": following}


@endpoints.post("/reorder/drafts", P.PURCHASE)
def draft_reorder(actor: Actor, body: NewDrafts) -> Drafted:
    """Draft it, grouped by supplier: all of it, or nothing."""
    made = reorder_drafts.draft_all(actor, body.location, supplier_id=body.supplier_id)
    return {"numbers": [each.row.number for each in made]}


def _place(cursor: str) -> tuple[int, int] | None:
    if not cursor:
        return None
    days, _, product_id = read_cursor(cursor).partition(".")
    if not (days.removeprefix("-").isdecimal() and product_id.isdecimal() and len(days + product_id) < 36):
        raise Malformed("This cursor is not one of ours: take it from next_cursor.", details={"field": "cursor"})
    return int(days), int(product_id)


def _suggested(each: Suggestion) -> Suggested:
    numbers = each.numbers
    return {
        "sku": each.sku,
        "name": each.name,
        "supplier_id": each.supplier_id,
        "supplier": each.supplier,
        "cost": money.micros_to_major(each.cost_micros, each.currency),
        "currency": each.currency,
        "issued_28_days": numbers.issued,
        "per_day": per_day(numbers.issued),
        "lead_time_days": numbers.lead_time_days,
        "cover_days": numbers.cover_days,
        "safety": numbers.safety,
        "on_hand": numbers.on_hand,
        "reserved": numbers.reserved,
        "blocked": numbers.blocked,
        "waiting": numbers.waiting,
        "incoming": numbers.incoming,
        "drafted": numbers.drafted,
        "reorder_point": numbers.point,
        "moq": numbers.moq,
        "pack_size": numbers.pack_size,
        "quantity": numbers.quantity,
    }
