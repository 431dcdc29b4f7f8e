"""What follows from orders written in bulk, each in one statement: payments, parcels, the stock ledger, timelines.

The writer inserts orders and lines and says in `journey` when each order did what; everything else is worked out from
these by the database, a million orders as easily as ten.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from oms_app.db import bulk
from oms_app.db.engine import is_sqlite


class Journey(NamedTuple):
    """When an order did what, in milliseconds; None: not yet, or never. The rest is said with those moves."""

    order_id: int
    parcel_id: int
    paid_at: int | None
    processing_at: int | None
    ready_at: int | None
    picking_at: int | None
    packed_at: int | None
    shipped_at: int | None
    delivered_at: int | None
    cancelled_at: int | None
    method: str
    reference: str
    weight_g: int
    courier: str
    awb: str
    seller: str


class People(NamedTuple):
    """Who did what: names as timelines show them."""

    office: str
    floor: str
    courier: str


Journeys = Sequence[tuple[Any, ...]]
"""Tuples of the fields of Journey."""

_STEPS = ("paid", "processing", "ready", "picking", "packed", "shipped", "delivered", "cancelled")
_TEXTS = ("method", "reference", "courier", "awb", "seller")


@contextmanager
def deriving(tx: Connection, people: People, *, source: str) -> Iterator[Callable[[Journeys], None]]:
    """Yields what writes everything that follows from orders and their journeys, chunk by chunk."""
    columns = ", ".join(f"{name} {'TEXT' if name in _TEXTS else 'BIGINT'}" for name in Journey._fields[1:])
    tx.exec_driver_sql(f"CREATE TEMPORARY TABLE journey (order_id BIGINT PRIMARY KEY, {columns})")
    json = "" if is_sqlite(tx) else r"\:\:jsonb"
    values = people._asdict() | {"source": source}
    statements = [text(statement.replace("§", json)) for statement in _DERIVED]

    def derive(journeys: Journeys) -> None:
        bulk.insert_into(tx, "journey", Journey._fields, journeys)
        chunk = values | {"first": min(journeys)[0], "last": max(journeys)[0]}
        for statement in statements:
            tx.execute(statement, chunk)
        tx.exec_driver_sql("DELETE FROM journey" if is_sqlite(tx) else "TRUNCATE journey")

    yield derive
    tx.exec_driver_sql("DROP TABLE journey")


def receive(
    tx: Connection,
    shelves: Mapping[tuple[int, int], tuple[int, int]],
    *,
    spare: int,
    cause: str,
    actor: str,
    at: int,
) -> None:
    """Receive what the orders took and keep, and some units to spare, before their first.

    shelves  (product id, location id) → (units issued, units reserved)
    at       milliseconds
    """
    rows = [
        {
            "product_id": product_id,
            "location_id": location_id,
            "received": issued + reserved + spare,
            "on_hand": reserved + spare,
            "reserved": reserved,
            "cause": cause,
            "actor": actor,
            "at": at,
        }
        for (product_id, location_id), (issued, reserved) in sorted(shelves.items())
    ]
    for statement in (_RECEIPT, _LEVEL):
        tx.execute(text(statement), rows)


_ORDER = "o.id = j.order_id AND o.id BETWEEN :first AND :last"
_LINE = "l.order_id = j.order_id AND l.order_id BETWEEN :first AND :last"
"""Of the chunk. The bounds are for PostgreSQL: it has not counted the growing tables yet and would read them whole."""

_PAYMENTS = f"""
INSERT INTO payment (order_id, kind, method, amount, currency, reference, actor, at)
SELECT o.id, 'capture', j.method, o.captured, o.currency, j.reference, j.seller, j.paid_at
FROM journey j CROSS JOIN orders o
WHERE {_ORDER} AND j.paid_at IS NOT NULL AND o.captured > 0 ORDER BY o.id"""  # noqa: S608 - our own words

_PARCELS = f"""
INSERT INTO parcel (id, order_id, location_id, weight_g, courier, awb, status, packed_at, shipped_at, delivered_at)
SELECT j.parcel_id, o.id, o.location_id, j.weight_g,
  CASE WHEN j.shipped_at IS NULL THEN '' ELSE j.courier END, CASE WHEN j.shipped_at IS NULL THEN '' ELSE j.awb END,
  o.stage, j.packed_at, j.shipped_at, j.delivered_at
FROM journey j CROSS JOIN orders o
WHERE {_ORDER} AND j.packed_at IS NOT NULL ORDER BY o.id"""  # noqa: S608 - our own words

_PARCEL_LINES = f"""
INSERT INTO parcel_line (parcel_id, order_line_id, quantity)
SELECT j.parcel_id, l.id, l.quantity
FROM journey j CROSS JOIN order_line l
WHERE {_LINE} AND j.packed_at IS NOT NULL ORDER BY j.parcel_id, l.id"""  # noqa: S608 - our own words

_RESERVATIONS = f"""
INSERT INTO reservation (order_id, order_line_id, product_id, location_id, quantity, state, at)
SELECT o.id, l.id, l.product_id, o.location_id, CASE WHEN o.stage = 'cancelled' THEN l.quantity ELSE l.allocated END,
  CASE WHEN o.stage = 'cancelled' THEN 'released' WHEN j.shipped_at IS NULL THEN 'open' ELSE 'issued' END, o.placed_at
FROM journey j CROSS JOIN orders o CROSS JOIN order_line l
WHERE {_ORDER} AND {_LINE} AND o.location_id IS NOT NULL 
  AND (l.allocated > 0 OR o.stage = 'cancelled')
ORDER BY o.id, l.id"""  # noqa: S608 - our own words

_SHORTFALLS = f"""
INSERT INTO shortfall (order_line_id, order_id, product_id, units, state, rank, due, at)
SELECT l.id, o.id, l.product_id, l.quantity - l.allocated, 'open', -o.priority, COALESCE(o.ship_by, o.placed_at),
  o.placed_at
FROM journey j CROSS JOIN orders o CROSS JOIN order_line l
WHERE {_ORDER} AND {_LINE} AND o.shortfall > 0 AND l.quantity > l.allocated
  AND o.stage NOT IN ('shipped', 'delivered', 'cancelled')
ORDER BY l.id"""  # noqa: S608 - our own words

_ISSUES = f"""
INSERT INTO stock_movement (product_id, location_id, kind, quantity, cause, reason, actor, at)
SELECT l.product_id, o.location_id, 'issued', -l.shipped, 'order:' || o.id, 'Order ' || o.number, :floor, j.shipped_at
FROM journey j CROSS JOIN orders o CROSS JOIN order_line l
WHERE {_ORDER} AND {_LINE} AND j.shipped_at IS NOT NULL AND l.shipped > 0
ORDER BY o.id, l.product_id"""  # noqa: S608 - our own words

_RECEIPT = """
INSERT INTO stock_movement (product_id, location_id, kind, quantity, cause, reason, actor, at)
VALUES (:product_id, :location_id, 'received', :received, :cause, 'Goods received', :actor, :at)"""

_LEVEL = """
INSERT INTO stock_level (product_id, location_id, on_hand, reserved, safety)
VALUES (:product_id, :location_id, :on_hand, :reserved, 0)
ON CONFLICT (product_id, location_id) DO UPDATE SET
  on_hand = stock_level.on_hand + excluded.on_hand, reserved = stock_level.reserved + excluded.reserved"""

_MONEY = "CAST({0} / 100 AS VARCHAR) || '.' || substr(CAST(100 + {0} % 100 AS VARCHAR), 2)"

_MOMENT = " ".join(f"WHEN {n} THEN j.{step}_at" for n, step in enumerate(_STEPS, 1))
_NUMBERS = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(len(_STEPS) + 1))
_EVENTS = f"""
INSERT INTO event (subject, subject_id, order_id, kind, actor, source, before, after, reason, at)
SELECT 'order', o.id, o.id,
  CASE s.n WHEN 0 THEN 'placed' WHEN 1 THEN 'paid' ELSE 'moved' END,
  CASE WHEN s.n IN (0, 1) THEN j.seller WHEN s.n IN (2, 3, 8) THEN :office WHEN s.n = 7 THEN :courier ELSE :floor END,
  :source,
  CASE s.n WHEN 0 THEN '{{}}'§ WHEN 1 THEN '{{"payment_status": "unpaid"}}'§
    WHEN 3 THEN '{{"stage": "processing"}}'§ WHEN 4 THEN '{{"stage": "ready"}}'§ WHEN 5 THEN '{{"stage": "picking"}}'§
    WHEN 6 THEN '{{"stage": "packed"}}'§ WHEN 7 THEN '{{"stage": "shipped"}}'§ ELSE '{{"stage": "placed"}}'§ END,
  CASE s.n
    WHEN 0 THEN ('{{"stage": "placed", "total": "' || {_MONEY.format("o.total")} || '", "currency": "' || o.currency
      || '", "units": ' || o.units || ', "shortfall": ' || o.shortfall || '}}')§
    WHEN 1 THEN ('{{"payment_status": "paid", "amount": "' || {_MONEY.format("o.captured")} || '", "method": "'
      || j.method || '", "reference": "' || j.reference || '"}}')§
    WHEN 2 THEN '{{"stage": "processing"}}'§ WHEN 3 THEN '{{"stage": "ready"}}'§ WHEN 4 THEN '{{"stage": "picking"}}'§
    WHEN 5 THEN ('{{"stage": "packed", "weight_g": ' || j.weight_g || '}}')§
    WHEN 6 THEN ('{{"stage": "shipped", "courier": "' || j.courier || '", "awb": "' || j.awb || '"}}')§
    WHEN 7 THEN '{{"stage": "delivered"}}'§ ELSE '{{"stage": "cancelled"}}'§ END,
  CASE s.n WHEN 7 THEN 'Proof of delivery' WHEN 8 THEN o.cancel_reason ELSE '' END,
  CASE s.n WHEN 0 THEN o.placed_at {_MOMENT} END
FROM journey j CROSS JOIN orders o CROSS JOIN ({_NUMBERS}) s
WHERE {_ORDER} AND CASE s.n WHEN 0 THEN 1 {_MOMENT} END IS NOT NULL
ORDER BY o.id, CASE WHEN s.n = 1 AND j.method = 'cash' THEN 8 ELSE s.n END"""  # noqa: S608 - our own words
"""One event for each thing an order did, in its order's sequence; cash on delivery is paid last."""

_DERIVED = (_PAYMENTS, _PARCELS, _PARCEL_LINES, _RESERVATIONS, _SHORTFALLS, _ISSUES, _EVENTS)
