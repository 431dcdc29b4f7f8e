"""Parcels of an order: split by units of lines, combined, moved one by one."""

from typing import Annotated

from pydantic import Field

from oms_app.api import order_bodies as bodies
from oms_app.api import order_shapes as shapes
from oms_app.api.change_shapes import CancelledLine, units
from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Id, Name
from oms_app.api.order_bodies import Version
from oms_app.domain.lifecycle import MoveDetails
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import moves, parcels

endpoints = Endpoints("orders")


class NewParcel(Body):
    """Units of lines that go into a parcel of their own."""

    version: Version
    lines: Annotated[list[CancelledLine], Field(min_length=1, max_length=1_000)]
    parcel_id: Annotated[Id | None, Field(description="Where they come from; else the first not packed.")] = None


class AvailableParcel(Body):
    """The order as it was seen."""

    version: Version


class CombinedParcels(Body):
    """Parcels that become one, the first that is named."""

    version: Version
    parcels: Annotated[list[Id], Field(min_length=2, max_length=100)]


@endpoints.post("/orders/{number}/split", P.PROCESS_ORDERS, status=200, refusals=(404, 409, 422))
def split_order(actor: Actor, number: Name, body: NewParcel) -> shapes.Order:
    """Put units of lines into a parcel of their own. The order stands where its least advanced parcel stands."""
    wanted = units(body.lines)
    return shapes.order(parcels.split(actor, number, wanted, version=body.version, parcel_id=body.parcel_id))


@endpoints.post("/orders/{number}/split/available", P.PROCESS_ORDERS, status=200, refusals=(404, 409, 422))
def ship_what_is_there(actor: Actor, number: Name, body: AvailableParcel) -> shapes.Order:
    """Let the units that are kept go on in a parcel; the rest waits as a backorder in another one."""
    return shapes.order(parcels.ship_what_is_there(actor, number, version=body.version))


@endpoints.post("/orders/{number}/parcels/combine", P.PROCESS_ORDERS, status=200, refusals=(404, 409, 422))
def combine_parcels(actor: Actor, number: Name, body: CombinedParcels) -> shapes.Order:
    """Put parcels that are not packed yet into one."""
    return shapes.order(parcels.combine(actor, number, body.parcels, version=body.version))


@endpoints.post("/orders/{number}/parcels/{parcel_id}/moves", P.SEE_ORDERS, status=200, refusals=(404, 409, 422))
def move_parcel(actor: Actor, number: Name, parcel_id: Id, body: bodies.Move) -> shapes.Order:
    """Send one parcel of a split order to another stage, with what the stage asks for. It answers as a move does."""
    details = MoveDetails(reason=body.reason, weight_g=body.weight_g, courier=body.courier, awb=body.awb)
    moved = moves.move(actor, number, body.to, version=body.version, details=details, parcel_id=parcel_id)
    return shapes.order(moved)
