"""Lots: which articles have them, what expires when, and where a lot went."""

from datetime import date
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import NO_NUL, Body, Id, ListQuery, Moment, Name, Page, at
from oms_app.api.lists import cut, only_sorted_by, read_cursor
from oms_app.domain.errors import Malformed
from oms_app.domain.lots import LONGEST_CODE, MOST_DAYS, Came, LotEntryView, LotView, Terms, read_day
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import lots

endpoints = Endpoints("inventory")
Code = Annotated[str, Field(max_length=LONGEST_CODE, pattern=NO_NUL, description="The lot; its units are all of it.")]
Expires = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?$",
        description="The last day it is good, like 2027-03-31; empty where it does not expire.",
    ),
]


class LotTerms(Body):
    """Whether an article has lots, and how many days before one expires no more of it is sold."""

    tracked: bool
    unsold_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0


class Naming(Body):
    """Units of a lot turn out to be of another one."""

    lot: Annotated[str, Field(min_length=1, max_length=LONGEST_CODE, pattern=NO_NUL)]
    expires: Expires = ""
    units: Annotated[int, Field(ge=1, le=1_000_000)]


class Lot(TypedDict):
    """Units of a lot at a location; `sold_until`: the last day an order may take of it. Both null: it never expires."""

    id: int
    sku: str
    location: str
    lot: str
    expires: str | None
    sold_until: str | None
    units: int


class Lots(TypedDict):
    """The lots of a product, what expires first before the others."""

    tracked: bool
    unsold_days: int
    items: list[Lot]


class LotEntry(TypedDict):
    """Units that came into a lot or left it; `reason` names the order they went to."""

    units: int
    kind: str
    reason: str
    actor: str
    at: Moment


class LotHistory(TypedDict):
    """A lot, and what became of it, newest first."""

    lot: Lot
    entries: list[LotEntry]


@endpoints.get("/lots", P.SEE_STOCK)
def list_lots(actor: Actor, query: ListQuery) -> Page[Lot]:
    """Lots that expire, the first to do so first. `q` is a whole SKU or the code of a lot."""
    only_sorted_by(query, "expires")
    found = lots.expiring(actor, words=query.q, after=_place(query.cursor), limit=query.limit + 1)
    places = {view.id: "{}.{}".format(*lots.place_of(view)) for view in found}
    return cut([_lot(view) for view in found], query.limit, lambda row: places[row["id"]])


@endpoints.get("/lots/{lot_id}", P.SEE_STOCK, refusals=(404,))
def get_lot(actor: Actor, lot_id: Id) -> LotHistory:
    """A lot, and where its units went: what a recall asks."""
    view, entries = lots.history(actor, lot_id)
    return {"lot": _lot(view), "entries": [_entry(each) for each in entries]}


@endpoints.post("/lots/{lot_id}/names", P.ADJUST_STOCK, status=200)
def name_lot(actor: Actor, lot_id: Id, body: Naming) -> Lots:
    """Say of which lot units are, as those that came before the article had lots."""
    view, _ = lots.history(actor, lot_id, limit=1)
    found = lots.name(actor, lot_id, to=came(body.lot, body.expires), units=body.units)
    return _lots(lots.terms(actor, view.sku), found)


@endpoints.get("/inventory/{sku}/lots", P.SEE_STOCK, refusals=(404,))
def list_lots_of_product(actor: Actor, sku: Name) -> Lots:
    """The lots of a product."""
    return _lots(lots.terms(actor, sku), lots.of_product(actor, sku))


@endpoints.post("/inventory/{sku}/lots", P.EDIT_PRODUCTS, status=200)
def set_lot_terms(actor: Actor, sku: Name, body: LotTerms) -> Lots:
    """Switch lots on or off. What lies there is of a lot without a name at first."""
    terms = lots.set_terms(actor, sku, Terms(body.tracked, body.unsold_days))
    return _lots(terms, lots.of_product(actor, sku))


def came(code: str, expires: str) -> Came:
    """The lot that a request says. Raises Malformed."""
    return Came(code, read_day(expires))


def _lots(terms: Terms, found: tuple[LotView, ...]) -> Lots:
    return {"tracked": terms.tracked, "unsold_days": terms.unsold_days, "items": [_lot(view) for view in found]}


def _lot(view: LotView) -> Lot:
    return {
        "id": view.id,
        "sku": view.sku,
        "location": view.location,
        "lot": view.code,
        "expires": _iso(view.expires),
        "sold_until": _iso(view.sold_until),
        "units": view.units,
    }


def _entry(view: LotEntryView) -> LotEntry:
    return {"units": view.units, "kind": view.kind, "reason": view.reason, "actor": view.actor, "at": at(view.at)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _place(cursor: str) -> tuple[int, int]:
    day, _, lot_id = (read_cursor(cursor) or "-1.0").partition(".")
    if not (cursor == "" or (day.isdecimal() and lot_id.isdecimal() and len(day) < 10 and len(lot_id) < 19)):
        raise Malformed("This cursor is not one of ours: take it from next_cursor.", details={"field": "cursor"})
    return int(day), int(lot_id)
