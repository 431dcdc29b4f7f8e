"""Changing a line that waits for stock: cancel what is missing, or send another article instead."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import catalogue, projections
from oms_app.db.queries import orders as rows
from oms_app.db.queries import shortfalls as queue
from oms_app.domain import line_changes, money
from oms_app.domain.errors import Malformed, Refused
from oms_app.domain.orders import OrderView, order_total, payment_status
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events, orders, parcels, priorities, shortfalls, sku_map


def cancel_missing(actor: Actor, line_id: int, *, reason: str) -> OrderView:
    """Cancel the units of a line that wait; the order costs less by their share. What was paid too much can go back.

    Raises Refused where nothing would be left of the order: cancel the order then.
    """
    actor.require(Permission.CANCEL_ORDERS)
    if not reason.strip():
        raise Malformed("Say why in a few words.", details={"field": "reason"})
    with transaction() as tx:
        before, entry = shortfalls.waiting_line(tx, actor, line_id)
        line = _line(tx, before.id, line_id)
        if before.units <= entry.units:
            raise Refused(f"Nothing would be left of order {before.number}: cancel the order instead.")
        with projections.rewriting(tx, before.id):
            parts = _take_off(tx, before, line, entry.units)
            after = _price(
                tx,
                before,
                shortfall=before.shortfall - entry.units,
                units=before.units - entry.units,
                tax_added=before.tax_added - (0 if line.tax_included else parts.gone_tax),
            )
        events.record(
            tx,
            actor,
            "line_cancelled",
            subject_id=before.id,
            before={"total": money.to_major(before.total, before.currency)},
            after={
                "total": money.to_major(after.total, after.currency),
                "currency": after.currency,
                "sku": line.sku,
                "units": entry.units,
            },
            reason=reason.strip(),
        )
        after = sku_map.settle(tx, actor, after, after.updated_at)
        return orders.load(tx, actor, parcels.follow(tx, actor, after, after.updated_at))


def substitute(actor: Actor, line_id: int, sku: str) -> OrderView:
    """Send another article for the units of a line that wait, at the price agreed; it is kept at once if it is there.

    Raises Malformed for an article that is not goods of the shop, Refused for the same one.
    """
    actor.require(Permission.CREATE_ORDERS)
    with transaction() as tx:
        before, entry = shortfalls.waiting_line(tx, actor, line_id)
        line, product = _line(tx, before.id, line_id), catalogue.products_by_sku(tx, [sku.strip()]).get(sku.strip())
        if product is None or product.kind != "goods":
            raise Malformed(f"There are no goods with the SKU {sku}.", details={"field": "sku"})
        if product.id == line.product_id:
            raise Refused(f"{sku} is the article that is missing.")
        at = datetime.now(UTC)
        with projections.rewriting(tx, before.id):
            parts = _take_off(tx, before, line, entry.units)
            values = {
                "position": max(each.position for each in rows.lines(tx, before.id)) + 1,
                "product_id": product.id,
                "sku": product.sku,
                "name": product.name,
                "quantity": entry.units,
                "unit_price_micros": line.unit_price_micros,
                "tax_included": line.tax_included,
                "discount": parts.gone_discount,
                "total": parts.gone_total,
            }
            added = rows.add_line(tx, before.id, values)
            after = _price(tx, before, shortfall=before.shortfall)
            queue.add(
                tx,
                [
                    {
                        "order_line_id": added,
                        "order_id": before.id,
                        "product_id": product.id,
                        "units": entry.units,
                        "state": "open",
                        "rank": -after.priority,
                        "due": entry.due,
                        "at": at,
                    }
                ],
            )
        was, now = {"sku": line.sku}, {"sku": product.sku, "units": entry.units}
        events.record(tx, actor, "line_substituted", subject_id=before.id, before=was, after=now, at=at)
        shortfalls.fill(tx, actor, [before.id], line_id=added)
        after = sku_map.settle(tx, actor, rows.by_id(tx, after.id), at)
        return orders.load(tx, actor, parcels.follow(tx, actor, after, at))


def _take_off(tx: Connection, order: Any, line: Any, units: int) -> line_changes.Parts:
    parts = line_changes.take_off(line, units, order.currency)
    cancelled = line.cancelled + units
    rows.change_line(tx, line.id, cancelled=cancelled, discount=parts.discount, total=parts.total)
    queue.set_entry(tx, line.id, units=0)
    return parts


def _price(tx: Connection, before: Any, **values: Any) -> Any:
    """Add the lines up again; returns the order row."""
    lines = rows.lines(tx, before.id)
    total = order_total([line.total for line in lines], discount=before.discount, shipping=before.shipping)
    rows.change(
        tx,
        before,
        subtotal=sum(line.total for line in lines),
        total=total,
        payment_status=payment_status(
            total, before.captured, before.refunded, before.refunded_excess, authorised=before.authorised
        ),
        updated_at=datetime.now(UTC),
        **values,
    )
    priorities.rescore(tx, [before.id])
    return rows.by_id(tx, before.id)


def _line(tx: Connection, order_id: int, line_id: int) -> Any:
    return next(line for line in rows.lines(tx, order_id) if line.id == line_id)
