"""Levels one under the other, as a sheet shows and exports them."""

from typing import Any

from sqlalchemy import Connection, or_, select

from oms_app.db.queries import catalogue
from oms_app.db.queries.stock import free, level
from oms_app.db.tables.catalogue import Location, Product

_location, _product = Location.__table__, Product.__table__  # type: ignore[attr-defined]


def page(tx: Connection, *, location: str, prefix: str, after: tuple[str, int], limit: int) -> list[Any]:
    """A keyset page by (SKU, location id): of one location where a code is given, of SKUs that begin alike."""
    sku, place = after
    query = (
        select(
            _product.c.sku,
            _product.c.name,
            _location.c.code.label("location"),
            level.c.location_id,
            level.c.on_hand,
            level.c.reserved,
            level.c.safety,
            level.c.blocked,
            free.label("available"),
        )
        .select_from(level)
        .join(_product, _product.c.id == level.c.product_id)
        .join(_location, _location.c.id == level.c.location_id)
        .where(_product.c.sku >= max(sku, prefix), or_(_product.c.sku > sku, level.c.location_id > place))
        .order_by(_product.c.sku, level.c.location_id)
        .limit(limit)
    )
    if prefix:
        query = query.where(_product.c.sku < prefix + "\U0010ffff")
    if location:
        known = catalogue.location_coded(tx, location)
        if known is None:
            return []
        query = query.where(level.c.location_id == known.id)  # the number tells the planner how many levels lie there
    return list(tx.execute(query))
