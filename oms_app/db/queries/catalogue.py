"""Channels, products and locations: reads and writes."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from oms_app.db.prepared import Prepared
from oms_app.db.queries.lists import among, packed
from oms_app.db.tables.catalogue import Channel, Location, Product
from oms_app.db.tables.customers import Customer
from oms_app.db.tables.orders import Order

channel = Channel.__table__  # type: ignore[attr-defined]
product = Product.__table__  # type: ignore[attr-defined]
location = Location.__table__  # type: ignore[attr-defined]


_CHANNEL = Prepared(select(channel).where(channel.c.name == bindparam("name")))
_BY_SKU = Prepared(lambda sqlite: select(product).where(among(product.c.sku, "skus", sqlite=sqlite)))
_LOCATIONS = Prepared(lambda sqlite: select(location).where(among(location.c.id, "ids", sqlite=sqlite)))


def channel_named(tx: Connection, name: str) -> Any | None:
    """The channel scripts call `name`."""
    return _CHANNEL.first(tx, name=name)


def channels(tx: Connection) -> list[Any]:
    """Every channel by title."""
    return list(tx.execute(select(channel).order_by(channel.c.title)))


def add_channel(tx: Connection, **values: Any) -> int:
    """Insert a channel; returns its id."""
    return int(tx.execute(insert(channel).values(values)).inserted_primary_key[0])


def change_channel(tx: Connection, channel_id: int, **values: Any) -> None:
    """Write new values on a channel."""
    tx.execute(update(channel).where(channel.c.id == channel_id).values(values))


def products_by_sku(tx: Connection, skus: Iterable[str]) -> dict[str, Any]:
    """Products by SKU; unknown SKUs are absent."""
    return {row.sku: row for row in _BY_SKU.all(tx, skus=packed(tx, set(skus)))}


def products(tx: Connection, *, after_sku: str = "", prefix: str = "", limit: int = 50) -> list[Any]:
    """A keyset page of products by SKU; `prefix` narrows to SKUs that start so."""
    query = select(product).where(product.c.sku > after_sku).order_by(product.c.sku).limit(limit)
    if prefix:
        query = query.where(product.c.sku >= prefix, product.c.sku < prefix + "\U0010ffff")
    return list(tx.execute(query))


def add_product(tx: Connection, **values: Any) -> int:
    """Insert a product; returns its id."""
    return int(tx.execute(insert(product).values(values)).inserted_primary_key[0])


def change_product(tx: Connection, product_id: int, **values: Any) -> None:
    """Write new values on a product."""
    tx.execute(update(product).where(product.c.id == product_id).values(values))


def locations(tx: Connection) -> list[Any]:
    """Every location by code."""
    return list(tx.execute(select(location).order_by(location.c.code)))


def locations_by_id(tx: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """Locations by id."""
    return {row.id: row for row in _LOCATIONS.all(tx, ids=packed(tx, ids))}


def add_location(tx: Connection, **values: Any) -> int:
    """Insert a location; returns its id."""
    return int(tx.execute(insert(location).values(values)).inserted_primary_key[0])


def channel_by_id(tx: Connection, channel_id: int) -> Any:
    """A channel row."""
    return tx.execute(select(channel).where(channel.c.id == channel_id)).one()


def location_coded(tx: Connection, code: str) -> Any | None:
    """The location with this code."""
    return tx.execute(select(location).where(location.c.code == code)).first()


def is_empty(tx: Connection) -> bool:
    """Whether there is no order, product or customer."""
    tables = (Order.__table__, Customer.__table__, product)  # type: ignore[attr-defined]
    return not any(tx.execute(select(table.c.id).limit(1)).first() for table in tables)
