"""A sale over the counter: placed, paid, issued and delivered in one transaction, all of it or nothing."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import catalogue, projections
from oms_app.db.queries import orders as rows
from oms_app.domain.arriving import check_draft
from oms_app.domain.drafts import STRANGER, DraftKind
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.kits import is_stocked
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft, OrderDraft, OrderView
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import allocation, events, orders, placement, selling


def sell(actor: Actor, draft: OrderDraft, location: str) -> OrderView:
    """Hand the articles over at a location. Raises Refused where it does not have them, or nothing is paid.

    Who buys need not leave a name.
    """
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.FULFIL_ORDERS)
    name = draft.customer.name.strip() or STRANGER
    draft = replace(draft, channel=str(DraftKind.COUNTER), customer=replace(draft.customer, name=name))
    check_draft(draft)
    if not draft.paid:
        raise Refused("Goods are handed over once they are paid: say how.", code="not_paid")
    return orders.show(actor, placement.written(actor, draft, partial(_sell, location=location)))


def _sell(tx: Connection, actor: Actor, draft: OrderDraft, *, location: str, number: str) -> Any:
    place = catalogue.location_coded(tx, location)
    if place is None or not place.active or actor.location_id not in (None, place.id):
        raise NotFound(f"There is no location “{location}”.", details={"field": "location"})
    selling.channel(tx, actor, DraftKind.COUNTER)
    now = datetime.now(UTC)
    # Where the goods change hands is where they are supplied.
    here = AddressDraft("", "", place.name, "", place.city, place.state, place.postal_code, place.country)
    order = placement.insert(
        tx, actor, replace(draft, ship_to=here), number=number, at=now, checked=False, counter=place
    )
    _refuse_what_is_not_there(tx, order, place)
    allocation.issue(tx, actor, order, now)
    units = rows.line.c.quantity
    rows.count_units(tx, order.id, picked=units, packed=units, shipped=units)
    moved = {"stage": Stage.DELIVERED, "stage_at": now, "shipped_at": now, "delivered_at": now}
    rows.change(tx, order, **moved, location_id=place.id, updated_at=now)
    was, is_now = {"stage": order.stage}, {"stage": Stage.DELIVERED, "location": place.code}
    events.record(
        tx, actor, "moved", subject_id=order.id, before=was, after=is_now, reason="Handed over at once", at=now
    )
    after = rows.by_id(tx, order.id)
    projections.order_changed(tx, order, after)
    return after


def _refuse_what_is_not_there(tx: Connection, order: Any, place: Any) -> None:
    lines = rows.lines(tx, order.id)
    if unknown := [line.sku for line in lines if line.product_id is None]:
        raise Malformed(f"There is no product with the SKU {unknown[0]}.", details={"sku": unknown[0]})
    if not order.shortfall:
        return
    goods = catalogue.products_by_sku(tx, [line.sku for line in lines])
    short = [line for line in lines if line.allocated < line.quantity and is_stocked(goods[line.sku].kind)]
    raise Refused(
        " ".join(f"{each.sku}: {each.quantity} wanted, {each.allocated} there." for each in short)
        + f" {place.name} cannot hand over more.",
        code="insufficient_stock",
        details={"short": [{"sku": e.sku, "wanted": e.quantity, "available": e.allocated} for e in short]},
    )
