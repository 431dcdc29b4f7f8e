"""Orders made from another one, placed again or sent again for nothing, and those that go to the same address."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue, order_parts
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import related as rows
from oms_app.domain.errors import Malformed, Refused
from oms_app.domain.lifecycle import OPEN_STAGES
from oms_app.domain.orders import AddressDraft, AddressView, CustomerDraft, LineDraft, OrderDraft, OrderView
from oms_app.domain.orders import PaymentMethod as Method
from oms_app.domain.parcels import GONE
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.related import LinkKind, Related, doorstep
from oms_app.domain.validation import Check
from oms_app.services import events, holds, orders, placement

_ADDRESS = tuple(each.name for each in fields(AddressView))


def clone(actor: Actor, number: str) -> OrderView:
    """Place the order again: same buyer, addresses, lines and prices; not paid. Raises NotFound, Refused."""
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.SEE_CUSTOMERS)
    with transaction() as tx:
        original = orders.visible(tx, actor, number)
        units = {line.id: line.quantity - line.cancelled for line in order_rows.lines(tx, original.id)}
        if not any(units.values()):  # a cancelled order is placed again as it was ordered
            units = {line.id: line.quantity for line in order_rows.lines(tx, original.id)}
        return _place(tx, actor, original, units, LinkKind.CLONE, "")


def resend(actor: Actor, number: str, units: Mapping[int, int], *, reason: str) -> OrderView:
    """Send units that left (by line id) once more, for nothing: they were lost, broken or wrong.

    Raises Refused where nothing has left yet, Malformed for more than was shipped, NotFound.
    """
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.SEE_CUSTOMERS)
    if not reason.strip():
        raise Malformed("Say why in a few words.", details={"field": "reason"})
    with transaction() as tx:
        original = orders.visible(tx, actor, number, lock=True)
        lines = {line.id: line for line in order_rows.lines(tx, original.id)}
        if original.stage not in GONE and not any(line.shipped for line in lines.values()):
            raise Refused(f"Nothing of order {number} has left yet: there is nothing to send again.")
        wanted = {line_id: count for line_id, count in units.items() if count}
        for line_id, count in wanted.items():
            left = lines[line_id].shipped if line_id in lines else 0
            if not 0 < count <= left:
                raise Malformed(f"Of line {line_id} {left} units have left.", details={"field": "lines"})
        if not wanted:
            raise Malformed("Name the units to send again.", details={"field": "lines"})
        return _place(tx, actor, original, wanted, LinkKind.RESEND, reason.strip())


def of_order(actor: Actor, number: str) -> Related:
    """What other orders have to do with this one. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return read(tx, orders.visible(tx, actor, number))


def read(tx: Connection, order: Any) -> Related:
    """What other orders have to do with an order's row."""
    made_from = rows.original(tx, order.id)
    return Related(
        original=made_from.number if made_from else "",
        kind=made_from.kind if made_from else "",
        copies=tuple((row.number, row.kind) for row in rows.copies(tx, order.id)),
        same_address=same_address(tx, order),
    )


def same_address(tx: Connection, order: Any) -> tuple[str, ...]:
    """Numbers of the buyer's other orders that are in the building and go to the same address."""
    if order.stage not in OPEN_STAGES or order.customer_id is None:
        return ()
    others = rows.open_of_buyer(tx, order)
    here = order_parts.addresses(tx, [order.ship_to_id]).get(order.ship_to_id) if others else None
    return tuple(row.number for row in others if here and doorstep(row) == doorstep(here))


def _place(
    tx: Connection, actor: Actor, original: Any, units: Mapping[int, int], kind: LinkKind, reason: str
) -> OrderView:
    draft, at = _draft(tx, original, units, free=kind is LinkKind.RESEND), datetime.now(UTC)
    order = placement.insert(tx, actor, draft, ours=True)
    order = holds.settle(tx, actor, order, Check.DUPLICATE, at)  # it is one on purpose
    rows.add(tx, order.id, original.id, kind)
    for here, other in ((original, order), (order, original)):
        done = f"{kind}_made" if here is original else f"{kind}_of"
        events.record(tx, actor, done, subject_id=here.id, after={"number": other.number}, reason=reason, at=at)
    return orders.load(tx, actor, order)


def _draft(tx: Connection, original: Any, units: Mapping[int, int], *, free: bool) -> OrderDraft:
    buyer = order_parts.customers(tx, [original.customer_id]).get(original.customer_id)
    found = order_parts.addresses(tx, [original.ship_to_id, original.bill_to_id])
    ship_to, bill_to = found.get(original.ship_to_id), found.get(original.bill_to_id)
    apart = bill_to is not None and original.bill_to_id != original.ship_to_id
    return OrderDraft(
        channel=catalogue.channel_by_id(tx, original.channel_id).name,
        customer=CustomerDraft(
            original.customer_name or (buyer.name if buyer else "") or "Guest",
            buyer.email if buyer else "",
            buyer.phone if buyer else "",
            buyer.external_id if buyer else None,
        ),
        lines=tuple(
            LineDraft(
                sku=line.sku,
                quantity=units[line.id],
                unit_price_micros=0 if free else line.unit_price_micros,
                tax_included=line.tax_included,
                discount=0 if free else line.discount,
                name=line.name,
            )
            for line in order_rows.lines(tx, original.id)
            if units.get(line.id)
        ),
        ship_to=_draft_address(ship_to),
        bill_to=_draft_address(bill_to) if apart else None,
        gstin=original.gstin,
        payment_method=Method.PREPAID if free else Method(original.payment_method),
        shipping=0 if free else original.shipping,
        discount=0 if free else original.discount,
    )


def _draft_address(row: Any | None) -> AddressDraft:
    return AddressDraft() if row is None else AddressDraft(**{name: getattr(row, name) for name in _ADDRESS})
