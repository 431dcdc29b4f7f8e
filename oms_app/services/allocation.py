"""Keeping stock for orders: planned by the routing rules, claimed under the locks of its levels, freed and issued."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import orders, shortfalls, stock
from oms_app.domain import routing
from oms_app.domain.errors import Conflict
from oms_app.domain.permissions import Actor
from oms_app.domain.routing import Missing, Need, Shelves, Take
from oms_app.domain.stock import MovementKind
from oms_app.services import routing as rules


def claim(
    tx: Connection,
    lines: Sequence[Mapping[str, Any]],
    products: Mapping[str, Any],
    *,
    channel: str,
    to_pin: str,
    only: int | None = None,
) -> list[Take]:
    """Claim what the lines (by position) need; what no location (or not the `only` one) has stays a shortfall."""
    needs = [
        Need(row["position"], row["product_id"], row["quantity"])
        for row in lines
        if _has_stock(products.get(row["sku"]))
    ]
    if not needs:
        return []
    now = rules.current(tx)
    shelves = on_shelves(tx, (need.product_id for need in needs))
    if only is not None:
        shelves = {only: shelves.get(only, {})}
    takes = routing.plan(needs, shelves, now.places, to_pin, now.rules, now.rules.ships_of(channel))
    stock.claim_many(tx, by_level(takes))
    return takes


def on_shelves(tx: Connection, product_ids: Iterable[int]) -> Shelves:
    """What open locations have of these products, locked until the transaction ends."""
    shelves: Shelves = {}
    for row in stock.available(tx, product_ids):
        shelves.setdefault(row.location_id, {})[row.product_id] = row.available
    return shelves


def keep(tx: Connection, order_id: int, line_ids: Sequence[int], takes: Sequence[Take], at: datetime) -> None:
    """Write the reservations of units claimed for the lines of a new order."""
    stock.reserve(tx, [reservation(order_id, line_ids[take.key], take, at) for take in takes])


def reservation(order_id: int, line_id: int, take: Take, at: datetime) -> dict[str, Any]:
    """The row of an open reservation."""
    return {
        "order_id": order_id,
        "order_line_id": line_id,
        "product_id": take.product_id,
        "location_id": take.location_id,
        "quantity": take.units,
        "state": "open",
        "why": take.why,
        "at": at,
    }


def queue_missing(
    tx: Connection,
    order: Mapping[str, Any],
    channel: str,
    lines: Sequence[Mapping[str, Any]],
    line_ids: Sequence[int],
    products: Mapping[str, Any],
) -> None:
    """Put the lines of a new order that lack units into the shortfall queue."""
    by_rule = rules.current(tx).rules
    shortfalls.add(
        tx,
        [
            {
                "order_line_id": line_id,
                "order_id": order["id"],
                "product_id": row["product_id"],
                "units": row["quantity"] - row["allocated"],
                "state": by_rule.missing_of(channel, row["sku"]) if row["product_id"] else Missing.OPEN,
                "rank": -order.get("priority", 0),
                "due": order["ship_by"] or order["placed_at"],
                "at": order["stage_at"],
            }
            for row, line_id in zip(lines, line_ids, strict=True)
            if row["quantity"] > row["allocated"] and (row["product_id"] is None or _has_stock(products[row["sku"]]))
        ],
    )


def shortfall(lines: Sequence[Mapping[str, Any]], products: Mapping[str, Any]) -> int:
    """Units that no location could keep; a charge needs none."""
    return sum(
        row["quantity"] - row["allocated"]
        for row in lines
        if row["product_id"] is None or _has_stock(products[row["sku"]])
    )


def main_location(takes: Sequence[Take]) -> int | None:
    """The location that keeps most units of an order."""
    units: Counter[int] = Counter()
    for each in takes:
        units[each.location_id] += each.units
    return units.most_common(1)[0][0] if units else None


def release(tx: Connection, order: Any) -> int:
    """Free every unit kept for an order, which waits for nothing any more; returns how many."""
    freed = 0
    for row in stock.open_reservations(tx, order.id):
        if stock.close_reservation(tx, row, "released"):
            freed += row.quantity
    orders.clear_allocated(tx, order.id)
    forget_missing(tx, order)
    return freed


def forget_missing(tx: Connection, order: Any) -> None:
    """Take an order out of the shortfall queue: it is cancelled, or left without."""
    if order.shortfall:
        shortfalls.remove_order(tx, order.id)


def issue(tx: Connection, actor: Actor, order: Any, at: datetime) -> int:
    """Take every unit kept for an order off its shelf, as movements caused by that order; returns how many."""
    issued: Counter[tuple[int, int]] = Counter()
    for row in stock.open_reservations(tx, order.id):
        if not stock.close_reservation(tx, row, "issued", issued=row.quantity):
            raise Conflict(f"The stock of order {order.number} changed while it was being shipped. Try again.")
        issued[row.product_id, row.location_id] += row.quantity
    _record_issue(tx, actor, order, issued, f"order:{order.id}", at)
    forget_missing(tx, order)
    return issued.total()


def _record_issue(
    tx: Connection, actor: Actor, order: Any, issued: Mapping[tuple[int, int], int], cause: str, at: datetime
) -> None:
    for (product_id, location_id), quantity in issued.items():
        stock.record_movement(
            tx,
            product_id=product_id,
            location_id=location_id,
            kind=MovementKind.ISSUED,
            quantity=-quantity,
            cause=cause,
            reason=f"Order {order.number}",
            actor=actor.name,
            at=at,
        )


def issue_parcel(
    tx: Connection, actor: Actor, order: Any, parcel_id: int, units: Mapping[int, int], at: datetime
) -> None:
    """Take the units of one parcel (by line) off their shelves, those first that lie where the order mainly does."""
    kept = stock.open_reservations(tx, order.id)
    stock.lock(tx, [row.product_id for row in kept])
    left, issued = dict(units), Counter[tuple[int, int]]()
    for row in sorted(kept, key=lambda row: (row.location_id != order.location_id, row.id)):
        if gone := min(left.get(row.order_line_id, 0), row.quantity):
            stock.take_from_reservation(tx, row, gone, "issued")
            left[row.order_line_id] -= gone
            issued[row.product_id, row.location_id] += gone
    _record_issue(tx, actor, order, issued, f"order:{order.id}:parcel:{parcel_id}", at)


def by_level(takes: Iterable[Take]) -> Counter[tuple[int, int]]:
    """Units by (product, location)."""
    units: Counter[tuple[int, int]] = Counter()
    for take in takes:
        units[take.product_id, take.location_id] += take.units
    return units


def _has_stock(product: Any | None) -> bool:
    return product is not None and product.kind == "goods"
