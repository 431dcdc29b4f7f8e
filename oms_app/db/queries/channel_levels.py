"""What channels are to believe of our stock, and which articles something happened to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.engine import is_sqlite
from oms_app.db.queries.catalogue import location
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.orders import line
from oms_app.db.queries.stock import free, level, movement, reservation
from oms_app.db.queries.stock_limits import buffer
from oms_app.db.tables.catalogue import KitPart, Product
from oms_app.db.tables.channels import ChannelLevel

told = ChannelLevel.__table__  # type: ignore[attr-defined]
_part = KitPart.__table__  # type: ignore[attr-defined]
_product = Product.__table__  # type: ignore[attr-defined]

_WINDOW = 500
"""Movements below the newest one that was looked at: on PostgreSQL one may become visible after a later one."""


def list_articles(tx: Connection, channel_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Say which product each article of a channel is; what it was told stays."""
    if rows:
        statement = upsert(tx)(told)
        kept = {name: statement.excluded[name] for name in ("product_id", "quantity")}
        statement = statement.on_conflict_do_update(index_elements=["channel_id", "sku"], set_=kept)
        tx.execute(statement, [{"channel_id": channel_id, **row} for row in rows])


def same(tx: Connection, channel_id: int, skus: Iterable[str]) -> dict[str, tuple[int, int]]:
    """(product, units of it in one) of the articles of a channel that have a level, by the channel's SKU."""
    mine = (told.c.channel_id == channel_id, among(told.c.sku, "skus", sqlite=is_sqlite(tx)))
    found = tx.execute(select(told.c.sku, told.c.product_id, told.c.quantity).where(*mine), {"skus": packed(tx, skus)})
    return {row.sku: (row.product_id, row.quantity) for row in found}


def of_products(tx: Connection, product_ids: Iterable[int]) -> list[Any]:
    """Articles of connected channels that are these products, with the product's id and kind, locked in one order."""
    query = select(told, _product.c.id, _product.c.kind).join(_product, _product.c.id == told.c.product_id)
    mine = query.where(told.c.product_id.in_(list(product_ids))).order_by(told.c.channel_id, told.c.sku)
    return list(tx.execute(mine.with_for_update(of=told)))


def page(tx: Connection, channel_id: int, *, after: str, limit: int, q: str = "", waits: bool = False) -> list[Any]:
    """A keyset page of a channel's articles by its SKU."""
    columns = (told, _product.c.id, _product.c.sku.label("ours"), _product.c.kind)
    query = select(*columns).join(_product, _product.c.id == told.c.product_id)
    query = query.where(told.c.channel_id == channel_id, told.c.sku > after).order_by(told.c.sku).limit(limit)
    if q:
        query = query.where(
            or_(told.c.sku.startswith(q, autoescape=True), _product.c.sku.startswith(q, autoescape=True))
        )
    return list(tx.execute(query.where(told.c.waits) if waits else query))


def sellable(tx: Connection, product_ids: Iterable[int]) -> dict[int, int]:
    """Units for sale at all open locations, by product."""
    query = (
        select(level.c.product_id, func.sum(free).label("units"))
        .join(location, location.c.id == level.c.location_id)
        .where(level.c.product_id.in_(list(product_ids)), free > 0, location.c.active)
        .group_by(level.c.product_id)
    )
    return {row.product_id: int(row.units) for row in tx.execute(query)}


def buffers(tx: Connection, product_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Buffers that articles have of their own, by (channel, product)."""
    query = select(buffer).where(buffer.c.product_id.in_(list(product_ids)))
    return {(row.channel_id, row.product_id): row.units for row in tx.execute(query)}


def want(tx: Connection, row: Any, units: int, now: datetime) -> None:
    """Have a channel told of a new level."""
    here = (told.c.channel_id == row.channel_id, told.c.sku == row.sku)
    values = {"wanted": units, "waits": True, "changed": now, "due": now, "tries": 0}
    tx.execute(update(told).where(*here).values(values))


def due(tx: Connection, channel_id: int, now: datetime, most: int) -> list[Any]:
    """Articles whose level waits, the longest due first."""
    here = (told.c.channel_id == channel_id, told.c.waits, told.c.due <= now)
    return list(tx.execute(select(told).where(*here).order_by(told.c.due, told.c.sku).limit(most)))


def settle(tx: Connection, row: Any, **values: Any) -> None:
    """Write what a channel said of a level, unless another one is wanted by now, or the same once more."""
    here = (told.c.channel_id == row.channel_id, told.c.sku == row.sku)
    tx.execute(update(told).where(*here, told.c.wanted == row.wanted, told.c.due == row.due).values(values))


def tell_again(tx: Connection, channel_id: int, order_id: int, now: datetime) -> None:
    """Have the levels of an order's articles told once more: the channel counted them by itself meanwhile."""
    articles = select(line.c.product_id).where(line.c.order_id == order_id)
    here = (told.c.channel_id == channel_id, told.c.product_id.in_(articles))
    tx.execute(update(told).where(*here).values(waits=True, due=now, tries=0))


def ask_again(tx: Connection, channel_id: int, now: datetime) -> int:
    """Have everything told once more; returns how many articles."""
    values = {"waits": True, "due": now, "tries": 0}
    return int(tx.execute(update(told).where(told.c.channel_id == channel_id).values(values)).rowcount)


def hurry(tx: Connection, channel_id: int, now: datetime) -> int:
    """Have the levels that wait told at once; returns how many."""
    here = (told.c.channel_id == channel_id, told.c.waits)
    return int(tx.execute(update(told).where(*here).values(due=now, tries=0)).rowcount)


def waiting(tx: Connection) -> dict[int, tuple[int, datetime]]:
    """How many levels wait, and since when, by channel."""
    query = select(told.c.channel_id, func.count().label("levels"), func.min(told.c.changed).label("since"))
    return {
        row.channel_id: (row.levels, row.since) for row in tx.execute(query.where(told.c.waits).group_by("channel_id"))
    }


def reserved_for(tx: Connection, order_ids: Iterable[int]) -> set[int]:
    """Products that units are or were kept of, for these orders."""
    return set(
        tx.scalars(select(reservation.c.product_id).distinct().where(reservation.c.order_id.in_(list(order_ids))))
    )


def moved_since(tx: Connection, movement_id: int) -> tuple[set[int], int]:
    """(products that units came or went of after this movement, and a little before; the newest movement)."""
    newest = int(tx.scalar(select(func.max(movement.c.id))) or 0)
    if newest == movement_id:
        return set(), newest
    here = movement.c.id > movement_id - _WINDOW
    return set(tx.scalars(select(movement.c.product_id).distinct().where(here))), newest


def with_kits(tx: Connection, product_ids: Iterable[int]) -> set[int]:
    """These products, and the kits that one of them is a component of."""
    ids = set(product_ids)
    return ids | set(tx.scalars(select(_part.c.kit_id).distinct().where(_part.c.part_id.in_(list(ids)))))
