"""Kits: products made of others."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, ListQuery, Name, Page
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_cursor
from oms_app.api.order_shapes import KitPart, kit_parts
from oms_app.domain.kits import MOST_PARTS, MOST_UNITS, KitView
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import kits

endpoints = Endpoints("inventory")


class PartIn(Body):
    """A component: `units` of it make one of the kit."""

    sku: Name
    units: Annotated[int, Field(ge=1, le=MOST_UNITS)] = 1


class Parts(Body):
    """All components of a product; none makes it goods again."""

    parts: Annotated[list[PartIn], Field(max_length=MOST_PARTS)]


class Kit(TypedDict):
    """A kit: how many can be made, in all and by location code. A kit's components come from one location."""

    sku: str
    name: str
    parts: list[KitPart]
    available: int
    locations: dict[str, int]


@endpoints.get("/kits", P.SEE_STOCK)
def list_kits(actor: Actor, query: ListQuery) -> Page[Kit]:
    """Kits by SKU, with what can be made of each."""
    only_sorted_by(query, "sku")
    not_searched(query)
    found = kits.page(actor, after_sku=read_cursor(query.cursor), limit=query.limit + 1)
    return cut([_kit(view) for view in found], query.limit, lambda kit: kit["sku"])


@endpoints.get("/products/{sku}/parts", P.SEE_STOCK, refusals=(404,))
def get_kit(actor: Actor, sku: Name) -> Kit:
    """What a product is made of; no parts where it is no kit."""
    return _kit(kits.get(actor, sku))


@endpoints.post("/products/{sku}/parts", P.EDIT_PRODUCTS, status=200)
def set_kit(actor: Actor, sku: Name, body: Parts) -> Kit:
    """Say what one of a product takes, for orders from now on. Orders that are here keep what they were placed with."""
    units: dict[str, int] = {}
    for part in body.parts:
        units[part.sku] = units.get(part.sku, 0) + part.units
    return _kit(kits.set_parts(actor, sku, units))


def _kit(view: KitView) -> Kit:
    return {
        "sku": view.sku,
        "name": view.name,
        "parts": kit_parts(view.parts),
        "available": view.available,
        "locations": dict(view.places),
    }
