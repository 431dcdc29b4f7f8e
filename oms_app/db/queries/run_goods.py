"""What decides whether an act of a run can be done to articles or products, for many of them at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from oms_app.db.prepared import Prepared
from oms_app.db.queries.catalogue import product
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.products import detail
from oms_app.db.queries.stock import level
from oms_app.db.queries.stock_limits import buffer

_STOCK = Prepared(
    lambda sqlite: (
        select(
            product.c.sku,
            product.c.kind,
            level.c.on_hand,
            level.c.reserved,
            level.c.safety,
            level.c.blocked,
            buffer.c.units.label("buffer"),
        )
        .outerjoin(level, and_(level.c.product_id == product.c.id, level.c.location_id == bindparam("location")))
        .outerjoin(buffer, and_(buffer.c.product_id == product.c.id, buffer.c.channel_id == bindparam("channel")))
        .where(among(product.c.sku, "skus", sqlite=sqlite))
    )
)
_PRODUCTS = Prepared(
    lambda sqlite: (
        select(product.c.sku, product.c.active, product.c.hsn, product.c.gst_rate, detail.c.attributes)
        .outerjoin(detail, detail.c.product_id == product.c.id)
        .where(among(product.c.sku, "skus", sqlite=sqlite))
    )
)


def stock(tx: Connection, skus: Sequence[str], *, location_id: int = 0, channel_id: int = 0) -> list[Any]:
    """(sku, kind, its level at the location or nulls, its buffer for the channel or null), in no order."""
    return _STOCK.all(tx, skus=packed(tx, skus), location=location_id, channel=channel_id)


def products(tx: Connection, skus: Sequence[str]) -> list[Any]:
    """(sku, active, hsn, gst_rate, attributes), in no order."""
    return _PRODUCTS.all(tx, skus=packed(tx, skus))
