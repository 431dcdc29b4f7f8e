"""Rows behind the suggestions of the palette."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from oms_app.db.queries.catalogue import location, product
from oms_app.db.queries.orders import customer, order

_LAST = "\U0010ffff"


def orders(tx: Connection, ids: Sequence[int]) -> list[Any]:
    """Orders in the order of the ids, with what a suggestion shows."""
    columns = (
        order.c.id,
        order.c.number,
        order.c.customer_name,
        order.c.city,
        order.c.total,
        order.c.currency,
        order.c.stage,
    )
    found = {row.id: row for row in tx.execute(select(*columns).where(order.c.id.in_(ids)))}
    return [found[each] for each in ids if each in found]


def customers(tx: Connection, order_ids: Sequence[int]) -> list[Any]:
    """The buyers of these orders, the buyer of the first order first."""
    query = select(order.c.id.label("order_id"), customer).join_from(
        order, customer, customer.c.id == order.c.customer_id
    )
    found = {row.order_id: row for row in tx.execute(query.where(order.c.id.in_(order_ids)))}
    return list({found[each].id: found[each] for each in order_ids if each in found}.values())


def products(tx: Connection, typed: str, limit: int) -> list[Any]:
    """Products whose SKU begins so, then those whose name contains it."""
    columns = (product.c.sku, product.c.name)
    found: dict[str, Any] = {}
    for start in dict.fromkeys((typed, typed.upper(), typed.lower())):
        query = select(*columns).where(product.c.sku >= start, product.c.sku < start + _LAST)
        found |= {row.sku: row for row in tx.execute(query.order_by(product.c.sku).limit(limit))}
    if len(found) < limit and len(typed) > 2:
        named = select(*columns).where(func.lower(product.c.name).contains(typed.lower(), autoescape=True))
        found |= {row.sku: row for row in tx.execute(named.order_by(product.c.sku).limit(limit))}
    return list(found.values())[:limit]


def location_codes(tx: Connection) -> list[str]:
    """Codes of every location."""
    return list(tx.scalars(select(location.c.code).order_by(location.c.code)))
