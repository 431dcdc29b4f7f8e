"""Stored sums held against what they are sums of: stock levels against the ledger, order money against its facts.

Each check is one statement that yields only what differs: (what, stored, computed).
"""

from typing import Any

from sqlalchemy import Connection, text

from oms_app.db.engine import is_sqlite

_ON_HAND = """
SELECT p.sku || ' at ' || w.code || ': on hand', COALESCE(l.on_hand, 0), COALESCE(m.units, 0)
FROM (SELECT product_id, location_id FROM stock_level UNION SELECT product_id, location_id FROM stock_movement) k
LEFT JOIN stock_level l ON l.product_id = k.product_id AND l.location_id = k.location_id
LEFT JOIN (SELECT product_id, location_id, SUM(quantity) AS units FROM stock_movement
  GROUP BY product_id, location_id) m ON m.product_id = k.product_id AND m.location_id = k.location_id
JOIN product p ON p.id = k.product_id JOIN location w ON w.id = k.location_id
WHERE COALESCE(l.on_hand, 0) <> COALESCE(m.units, 0)"""

_RESERVED = """
SELECT p.sku || ' at ' || w.code || ': reserved', COALESCE(l.reserved, 0), COALESCE(r.units, 0)
FROM (SELECT product_id, location_id FROM stock_level UNION SELECT product_id, location_id FROM reservation) k
LEFT JOIN stock_level l ON l.product_id = k.product_id AND l.location_id = k.location_id
LEFT JOIN (SELECT product_id, location_id, SUM(quantity) AS units FROM reservation WHERE state = 'open'
  GROUP BY product_id, location_id) r ON r.product_id = k.product_id AND r.location_id = k.location_id
JOIN product p ON p.id = k.product_id JOIN location w ON w.id = k.location_id
WHERE COALESCE(l.reserved, 0) <> COALESCE(r.units, 0)"""

_KEPT = """
SELECT 'order ' || o.number || ', ' || l.sku || ': allocated', l.allocated, COALESCE(r.units, 0)
FROM order_line l JOIN orders o ON o.id = l.order_id
LEFT JOIN (SELECT order_line_id, SUM(quantity) AS units FROM reservation WHERE state IN ('open', 'issued')
  GROUP BY order_line_id) r ON r.order_line_id = l.id
WHERE l.parts IS NULL AND l.allocated <> COALESCE(r.units, 0)"""

_KEPT_PARTS = """
SELECT 'order ' || k.number || ', ' || k.sku || ': ' || p.sku || ' kept', k.wanted, COALESCE(SUM(r.quantity), 0)
FROM (SELECT l.id, o.number, l.sku, {part} AS part_id, l.allocated * {units} AS wanted
  FROM order_line l JOIN orders o ON o.id = l.order_id CROSS JOIN {each} AS part WHERE l.parts IS NOT NULL) k
JOIN product p ON p.id = k.part_id
LEFT JOIN reservation r ON r.order_line_id = k.id AND r.order_id = (SELECT order_id FROM order_line WHERE id = k.id)
  AND r.product_id = k.part_id AND r.state IN ('open', 'issued')
GROUP BY k.id, k.number, k.sku, p.sku, k.wanted HAVING k.wanted <> COALESCE(SUM(r.quantity), 0)"""
_OF_SQLITE = {
    "part": "json_extract(part.value, '$.id')",
    "units": "json_extract(part.value, '$.units')",
    "each": "json_each(l.parts)",
}
_OF_POSTGRESQL = {
    "part": "CAST(part ->> 'id' AS BIGINT)",
    "units": "CAST(part ->> 'units' AS INTEGER)",
    "each": "jsonb_array_elements(l.parts)",
}

_LOTS = """
SELECT p.sku || ' at ' || w.code || ': in lots', l.on_hand, COALESCE(s.units, 0)
FROM stock_level l JOIN product p ON p.id = l.product_id JOIN location w ON w.id = l.location_id
LEFT JOIN (SELECT product_id, location_id, SUM(on_hand) AS units FROM stock_lot
  GROUP BY product_id, location_id) s ON s.product_id = l.product_id AND s.location_id = l.location_id
WHERE CASE WHEN l.lots THEN l.on_hand ELSE 0 END <> COALESCE(s.units, 0)"""

_LOT_ENTRIES = """
SELECT p.sku || ', lot ' || t.code || ' at ' || w.code, t.on_hand, COALESCE(e.units, 0)
FROM stock_lot t JOIN product p ON p.id = t.product_id JOIN location w ON w.id = t.location_id
LEFT JOIN (SELECT lot_id, SUM(units) AS units FROM lot_entry GROUP BY lot_id) e ON e.lot_id = t.id
WHERE t.on_hand <> COALESCE(e.units, 0)"""

_QUEUED = """
SELECT 'order ' || o.number || ': short', o.shortfall, COALESCE(s.units, 0)
FROM orders o LEFT JOIN (SELECT order_id, SUM(units) AS units FROM shortfall GROUP BY order_id) s ON s.order_id = o.id
WHERE COALESCE(s.units, 0) <>
  CASE WHEN o.stage IN ('placed', 'processing', 'ready', 'picking', 'packed') THEN o.shortfall ELSE 0 END"""

_LINES = """
SELECT 'order ' || o.number || ': sum of lines', o.subtotal, COALESCE(SUM(l.total), 0)
FROM orders o LEFT JOIN order_line l ON l.order_id = o.id
GROUP BY o.id, o.number, o.subtotal HAVING o.subtotal <> COALESCE(SUM(l.total), 0)"""

_TOTAL = """
SELECT 'order ' || number || ': total', total,
  CASE WHEN subtotal > discount THEN subtotal - discount ELSE 0 END + shipping
FROM orders WHERE total <> CASE WHEN subtotal > discount THEN subtotal - discount ELSE 0 END + shipping"""

_PAID = """
SELECT 'order ' || o.number || ': {column}', o.{column}, COALESCE(p.amount, 0)
FROM orders o LEFT JOIN (SELECT order_id, SUM({sum}) AS amount FROM payment GROUP BY order_id) p ON p.order_id = o.id
WHERE o.{column} <> COALESCE(p.amount, 0)"""  # noqa: S608 - our own words

_CAPTURED = _PAID.format(
    column="captured", sum="CASE kind WHEN 'capture' THEN amount WHEN 'void' THEN -amount ELSE 0 END"
)
_REFUNDED = _PAID.format(column="refunded", sum="CASE kind WHEN 'refund' THEN amount ELSE 0 END")

_EXCESS = """
SELECT 'order ' || number || ': refunded of what was paid too much', refunded_excess, refunded
FROM orders WHERE refunded_excess < 0 OR refunded_excess > refunded"""

_STATUS = """
SELECT 'order ' || number || ': payment status ' || payment_status, captured - refunded, total FROM orders
WHERE payment_status <> CASE
  WHEN refunded_excess > 0 AND captured - refunded_excess < total
    THEN CASE WHEN captured > refunded_excess THEN 'part_paid' ELSE 'unpaid' END
  WHEN refunded > 0 THEN CASE WHEN refunded >= captured THEN 'refunded' ELSE 'part_refunded' END
  WHEN captured >= total THEN 'paid' WHEN captured > 0 THEN 'part_paid'
  WHEN authorised > 0 THEN 'authorised' ELSE 'unpaid' END"""

STOCK = (_ON_HAND, _RESERVED, _KEPT, _KEPT_PARTS, _LOTS, _LOT_ENTRIES, _QUEUED)
MONEY = (_LINES, _TOTAL, _CAPTURED, _REFUNDED, _EXCESS, _STATUS)


def parts_in(tx: Connection) -> dict[str, str]:
    """How the components that an order line keeps are read: {part} its product, {units} of it, for {each} of `l`."""
    return _OF_SQLITE if is_sqlite(tx) else _OF_POSTGRESQL


def differences(tx: Connection, statements: tuple[str, ...], limit: int) -> list[Any]:
    """(what, stored, computed) where they differ, at most `limit` of each statement."""
    words = parts_in(tx)
    return [row for each in statements for row in tx.execute(text(f"{each.format_map(words)} LIMIT {limit}"))]
