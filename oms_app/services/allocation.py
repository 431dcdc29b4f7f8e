"""Keeping stock for an order: the location with most available, claimed unit by unit without a race."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import orders, stock
from oms_app.domain.errors import Conflict
from oms_app.domain.permissions import Actor
from oms_app.domain.stock import MovementKind


@dataclass(frozen=True, slots=True)
class Kept:
    """Units claimed for the line at `position`."""

    position: int
    product_id: int
    location_id: int
    quantity: int


def claim(tx: Connection, lines: Sequence[Mapping[str, Any]], products: Mapping[str, Any]) -> list[Kept]:
    """Claim what the lines need from the locations with most available; what is not there stays a shortfall.

    Products are taken in the order of their ids, so that two orders never wait for each other.
    """
    goods = [row for row in lines if _has_stock(products.get(row["sku"]))]
    if not goods:
        return []
    shelves: dict[int, list[list[int]]] = {}
    for row in stock.available(tx, (row["product_id"] for row in goods)):
        shelves.setdefault(row.product_id, []).append([row.location_id, row.available])
    kept = []
    for row in sorted(goods, key=lambda row: row["product_id"]):
        product_id, missing = row["product_id"], row["quantity"]
        for shelf in sorted(shelves.get(product_id, []), key=lambda shelf: -shelf[1]):
            take = min(missing, shelf[1])
            # A claim fails only where another writer was faster: ask again for what is left there.
            while take > 0 and not stock.claim(tx, product_id, shelf[0], take):
                take = min(take, stock.available_at(tx, product_id, shelf[0]))
            if take > 0:
                shelf[1] -= take
                missing -= take
                kept.append(Kept(row["position"], product_id, shelf[0], take))
            if not missing:
                break
    return kept


def keep(tx: Connection, order_id: int, line_ids: Sequence[int], kept: Sequence[Kept], at: datetime) -> None:
    """Write the reservations of claimed units."""
    stock.reserve(
        tx,
        [
            {
                "order_id": order_id,
                "order_line_id": line_ids[each.position],
                "product_id": each.product_id,
                "location_id": each.location_id,
                "quantity": each.quantity,
                "state": "open",
                "at": at,
            }
            for each in kept
        ],
    )


def shortfall(lines: Sequence[Mapping[str, Any]], products: Mapping[str, Any]) -> int:
    """Units that no location could keep; a charge needs none."""
    return sum(
        row["quantity"] - row["allocated"]
        for row in lines
        if row["product_id"] is None or _has_stock(products[row["sku"]])
    )


def main_location(kept: Sequence[Kept]) -> int | None:
    """The location that keeps most units of an order."""
    units: Counter[int] = Counter()
    for each in kept:
        units[each.location_id] += each.quantity
    return units.most_common(1)[0][0] if units else None


def release(tx: Connection, order: Any) -> int:
    """Free every unit kept for an order; returns how many."""
    freed = 0
    for row in stock.open_reservations(tx, order.id):
        if stock.close_reservation(tx, row, "released"):
            freed += row.quantity
    orders.clear_allocated(tx, order.id)
    return freed


def issue(tx: Connection, actor: Actor, order: Any, at: datetime) -> int:
    """Take every unit kept for an order off its shelf, as movements caused by that order; returns how many."""
    issued: Counter[tuple[int, int]] = Counter()
    for row in stock.open_reservations(tx, order.id):
        if not stock.close_reservation(tx, row, "issued", issued=row.quantity):
            raise Conflict(f"The stock of order {order.number} changed while it was being shipped. Try again.")
        issued[row.product_id, row.location_id] += row.quantity
    for (product_id, location_id), quantity in issued.items():
        stock.record_movement(
            tx,
            product_id=product_id,
            location_id=location_id,
            kind=MovementKind.ISSUED,
            quantity=-quantity,
            cause=f"order:{order.id}",
            reason=f"Order {order.number}",
            actor=actor.name,
            at=at,
        )
    return issued.total()


def _has_stock(product: Any | None) -> bool:
    return product is not None and product.kind == "goods"
