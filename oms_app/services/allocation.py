"""Keeping stock for orders: planned by the routing rules, claimed under the locks of its levels, freed and issued."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import lots, orders, shortfalls, stock
from oms_app.domain import kits, routing
from oms_app.domain.errors import Conflict
from oms_app.domain.lots import Came
from oms_app.domain.permissions import Actor
from oms_app.domain.routing import Missing, Need, Shelves, Take
from oms_app.domain.stock import MovementKind
from oms_app.services import routing as rules

Shelf = tuple[int, int, int | None]
"""Where units lie: product, location, and the lot that somebody chose for them."""


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
        Need(row["position"], row["product_id"], row["quantity"], kits.content(kits.read(row.get("parts"))))
        for row in lines
        if _has_stock(products.get(row["sku"]))
    ]
    if not needs:
        return []
    now = rules.current(tx)
    shelves = on_shelves(tx, (product_id for need in needs for product_id, _ in need.content()))
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
    stock.reserve(tx, [row for take in takes for row in reservations(order_id, line_ids[take.key], take, at)])


def reservations(order_id: int, line_id: int, take: Take, at: datetime) -> list[dict[str, Any]]:
    """The rows of open reservations: one, or one for each component of a kit."""
    return [
        {
            "order_id": order_id,
            "order_line_id": line_id,
            "product_id": product_id,
            "location_id": take.location_id,
            "quantity": take.units * each,
            "state": "open",
            "why": take.why,
            "at": at,
        }
        for product_id, each in take.content
    ]


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
                "product_id": _waits_for(tx, row),
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


def mainly_at(tx: Connection, order_id: int) -> int | None:
    """The location that keeps most units of an order now."""
    kept = stock.open_reservations(tx, order_id)
    return main_location([Take(0, (), row.location_id, row.quantity, "") for row in kept])


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
    issued: Counter[Shelf] = Counter()
    for row in stock.open_reservations(tx, order.id):
        if not stock.close_reservation(tx, row, "issued", issued=row.quantity):
            raise Conflict(f"The stock of order {order.number} changed while it was being shipped. Try again.")
        issued[row.product_id, row.location_id, row.lot_id] += row.quantity
    _record_issue(tx, actor, order, issued, f"order:{order.id}", at)
    forget_missing(tx, order)
    return issued.total()


def _record_issue(
    tx: Connection, actor: Actor, order: Any, issued: Mapping[Shelf, int], cause: str, at: datetime
) -> None:
    for (product_id, location_id), parts in _by_level(issued).items():
        stock.record_movement(
            tx,
            product_id=product_id,
            location_id=location_id,
            kind=MovementKind.ISSUED,
            quantity=-sum(units for _, units in parts),
            cause=cause,
            reason=f"Order {order.number}",
            actor=actor.name,
            at=at,
            came=[(Came(lots.one_code(tx, lot_id)), units) for lot_id, units in parts if lot_id is not None],
        )


def _by_level(issued: Mapping[Shelf, int]) -> dict[tuple[int, int], list[tuple[int | None, int]]]:
    levels: dict[tuple[int, int], list[tuple[int | None, int]]] = {}
    for (product_id, location_id, lot_id), units in issued.items():
        levels.setdefault((product_id, location_id), []).append((lot_id, units))
    return levels


def issue_parcel(
    tx: Connection, actor: Actor, order: Any, parcel_id: int, units: Mapping[int, int], at: datetime
) -> None:
    """Take the units of one parcel (by line) off their shelves, those first that lie where the order mainly does."""
    kept, issued = stock.open_reservations(tx, order.id), Counter[Shelf]()
    stock.lock(tx, [row.product_id for row in kept])
    kept.sort(key=lambda row: (row.location_id != order.location_id, row.id))
    for line in orders.lines(tx, order.id):
        if count := units.get(line.id, 0):
            issued += take_kept(tx, line, [row for row in kept if row.order_line_id == line.id], count, "issued")
    _record_issue(tx, actor, order, issued, f"order:{order.id}:parcel:{parcel_id}", at)


def take_kept(tx: Connection, line: Any, kept: Sequence[Any], units: int, state: str) -> Counter[Shelf]:
    """End open reservations of a line, in this order, for some of its units; returns them by where they lay.

    Components of a kit go together. The order and the levels of what is kept are locked.
    """
    needs = kits.content(kits.read(line.parts)) or ((line.product_id, 1),)
    taken: Counter[Shelf] = Counter()
    for location_id in dict.fromkeys(row.location_id for row in kept):
        here = [row for row in kept if row.location_id == location_id]
        shelf: Counter[int] = Counter()
        for row in here:
            shelf[row.product_id] += row.quantity
        whole = min(units, *(shelf[product_id] // each for product_id, each in needs))
        units -= whole
        for product_id, each in needs:
            left = whole * each
            for row in here:
                if row.product_id == product_id and (gone := min(left, row.quantity)):
                    stock.take_from_reservation(tx, row, gone, state)
                    taken[product_id, location_id, row.lot_id] += gone
                    left -= gone
    return taken


def by_level(takes: Iterable[Take]) -> Counter[tuple[int, int]]:
    """Units by (product, location)."""
    units: Counter[tuple[int, int]] = Counter()
    for take in takes:
        for product_id, each in take.content:
            units[product_id, take.location_id] += take.units * each
    return units


def _waits_for(tx: Connection, row: Mapping[str, Any]) -> int | None:
    """The product a line waits for: its own, or the component its kit lacks."""
    if parts := kits.read(row.get("parts")):
        return kits.lacking(parts, on_shelves(tx, (part.product_id for part in parts)).values()).product_id
    own: int | None = row["product_id"]
    return own


def _has_stock(product: Any | None) -> bool:
    return product is not None and kits.is_stocked(product.kind)
