"""Days of cover: what was issued lately, how long the rest lasts, and the articles that have too little or too much."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, text

from oms_app.db.engine import insert as upsert
from oms_app.db.queries.stock import free, level, movement
from oms_app.db.tables.catalogue import Product
from oms_app.db.tables.stock import StockCover
from oms_app.domain.stock_cover import View

cover = StockCover.__table__  # type: ignore[attr-defined]
_product = Product.__table__  # type: ignore[attr-defined]
_BATCH = 2_000

_ISSUED = (
    select(movement.c.product_id, (-func.sum(movement.c.quantity)).label("units"))
    .where(movement.c.kind == text("'issued'"), movement.c.at >= bindparam("since"))
    .group_by(movement.c.product_id)
)
_AVAILABLE = select(level.c.product_id, func.sum(free).label("units")).group_by(level.c.product_id)
_OF = select(cover).where(cover.c.product_id == bindparam("product"))


def issued_since(tx: Connection, since: datetime) -> dict[int, int]:
    """Units that orders took since a moment, by product."""
    return {row.product_id: int(row.units) for row in tx.execute(_ISSUED, {"since": since})}


def available(tx: Connection) -> dict[int, int]:
    """Units available over all locations, by product."""
    return {row.product_id: int(row.units) for row in tx.execute(_AVAILABLE)}


def known(tx: Connection) -> dict[int, tuple[int, int, int | None]]:
    """(issued, available, days) as they were last worked out, by product."""
    return {row.product_id: (row.issued, row.available, row.days) for row in tx.execute(select(cover))}


def keep(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what changed: product_id, issued, available, days."""
    statement = upsert(tx)(cover)
    changed = {name: statement.excluded[name] for name in ("issued", "available", "days")}
    statement = statement.on_conflict_do_update(index_elements=["product_id"], set_=changed)
    for start in range(0, len(rows), _BATCH):
        tx.execute(statement, list(rows[start : start + _BATCH]))


def forget(tx: Connection, product_ids: Sequence[int]) -> None:
    """Leave out products that lie nowhere any more."""
    for start in range(0, len(product_ids), _BATCH):
        tx.execute(delete(cover).where(cover.c.product_id.in_(product_ids[start : start + _BATCH])))


def of_product(tx: Connection, product_id: int) -> Any | None:
    """The row of one product."""
    return tx.execute(_OF, {"product": product_id}).first()


def page(tx: Connection, view: View, days: int, *, after: tuple[int, int] | None, limit: int) -> list[Any]:
    """A keyset page: least cover first, most cover first, or most units of what nobody bought.

    after  (number the view is sorted by, product id) of the last row seen
    """
    if view is View.LOW:
        number, chosen, up = cover.c.days, cover.c.days < days, True
    elif view is View.OVER:
        number, chosen, up = cover.c.days, cover.c.days > days, False
    else:
        number, chosen, up = cover.c.available, cover.c.days.is_(None) & (cover.c.available > 0), False
    query = (
        select(cover, _product.c.sku, _product.c.name, number.label("number"))
        .join(_product, _product.c.id == cover.c.product_id)
        .where(chosen)
        .order_by(number if up else number.desc(), cover.c.product_id if up else cover.c.product_id.desc())
        .limit(limit)
    )
    if after:
        place = (number > after[0]) if up else (number < after[0])
        same = (cover.c.product_id > after[1]) if up else (cover.c.product_id < after[1])
        query = query.where((number >= after[0]) if up else (number <= after[0]), place | same)
    return list(tx.execute(query))
