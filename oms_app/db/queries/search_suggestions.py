"""Rows behind the suggestions of the palette."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from oms_app.db.prepared import Prepared
from oms_app.db.queries.catalogue import location, product
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.orders import customer, order

_LAST = "\U0010ffff"
_LONG_ENOUGH = 3

_CODED = or_(*(and_(product.c.sku >= bindparam(f"low{at}"), product.c.sku < bindparam(f"high{at}")) for at in range(3)))
_NAMED = func.lower(product.c.name).contains(bindparam("named"), escape="/")
_PRODUCTS, _PRODUCTS_NAMED = (
    Prepared(select(product.c.sku, product.c.name).where(fits).order_by(product.c.sku).limit(bindparam("most")))
    for fits in (_CODED, _NAMED)
)

_ORDERS = Prepared(
    lambda sqlite: select(
        *(order.c[name] for name in ("id", "number", "customer_name", "city", "total", "currency", "stage"))
    ).where(among(order.c.id, "ids", sqlite=sqlite))
)
_CUSTOMERS = Prepared(
    lambda sqlite: (
        select(order.c.id.label("order_id"), customer.c.id, customer.c.name, customer.c.email, customer.c.phone)
        .join_from(order, customer, customer.c.id == order.c.customer_id)
        .where(among(order.c.id, "ids", sqlite=sqlite))
    )
)


def orders(tx: Connection, ids: Sequence[int]) -> list[Any]:
    """Orders in the order of the ids, with what a suggestion shows."""
    found = {row.id: row for row in _ORDERS.all(tx, ids=packed(tx, ids))}
    return [found[each] for each in ids if each in found]


def customers(tx: Connection, order_ids: Sequence[int]) -> list[Any]:
    """The buyers of these orders, the buyer of the first order first."""
    found = {row.order_id: row for row in _CUSTOMERS.all(tx, ids=packed(tx, order_ids))}
    return list({found[each].id: found[each] for each in order_ids if each in found}.values())


def products(tx: Connection, typed: str, limit: int) -> list[Any]:
    """Products whose SKU begins so, then those whose name contains it."""
    bounds: dict[str, Any] = {"most": limit}
    for at, start in enumerate((typed, typed.upper(), typed.lower())):
        bounds |= {f"low{at}": start, f"high{at}": start + _LAST}
    found = {row.sku: row for row in _PRODUCTS.all(tx, **bounds)}
    if len(found) < limit and len(typed) >= _LONG_ENOUGH:
        named = {"named": re.sub(r"([%_/])", r"/\1", typed.lower()), "most": limit}
        found |= {row.sku: row for row in _PRODUCTS_NAMED.all(tx, **named)}
    return list(found.values())[:limit]


def location_codes(tx: Connection) -> list[str]:
    """Codes of every location."""
    return list(tx.scalars(select(location.c.code).order_by(location.c.code)))
