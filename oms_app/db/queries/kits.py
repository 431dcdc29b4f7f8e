"""Kits: their components, and how many of each the open locations have."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from oms_app.db.queries.catalogue import location, product
from oms_app.db.queries.shortfalls import shortfall
from oms_app.db.queries.stock import free, level, movement, reservation
from oms_app.db.tables.catalogue import KitPart

kit_part = KitPart.__table__  # type: ignore[attr-defined]


def parts(tx: Connection, kit_ids: Iterable[int]) -> dict[int, list[Any]]:
    """(kit_id, id, sku, name, units) of the components, by kit and SKU."""
    query = (
        select(kit_part.c.kit_id, product.c.id, product.c.sku, product.c.name, kit_part.c.units)
        .join(product, product.c.id == kit_part.c.part_id)
        .where(kit_part.c.kit_id.in_(set(kit_ids)))
        .order_by(product.c.sku)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in tx.execute(query):
        found[row.kit_id].append(row)
    return found


def set_parts(tx: Connection, kit_id: int, units: Mapping[int, int]) -> None:
    """Replace the components of a product; with none it is goods again."""
    tx.execute(delete(kit_part).where(kit_part.c.kit_id == kit_id))
    if units:
        tx.execute(
            insert(kit_part), [{"kit_id": kit_id, "part_id": part, "units": each} for part, each in units.items()]
        )
    tx.execute(update(product).where(product.c.id == kit_id).values(kind="kit" if units else "goods"))


def lock(tx: Connection, product_ids: Iterable[int]) -> None:
    """Let nobody else make these products kits, or components of one, before this transaction ends."""
    mine = select(product.c.id).where(product.c.id.in_(set(product_ids))).order_by(product.c.id)
    tx.execute(mine.with_for_update())


def has_stock(tx: Connection, product_id: int) -> bool:
    """Whether units of it were ever booked, or orders wait for it."""
    tables = (movement, reservation, shortfall)
    return any(tx.scalar(select(exists().where(table.c.product_id == product_id))) for table in tables)


def is_part(tx: Connection, product_id: int) -> bool:
    """Whether it is a component of a kit."""
    return bool(tx.scalar(select(exists().where(kit_part.c.part_id == product_id))))


def with_part(tx: Connection, product_id: int) -> list[Any]:
    """Kits that have this component: sku, name, units."""
    query = (
        select(product.c.sku, product.c.name, kit_part.c.units)
        .join(kit_part, kit_part.c.kit_id == product.c.id)
        .where(kit_part.c.part_id == product_id)
        .order_by(product.c.sku)
    )
    return list(tx.execute(query))


def with_siblings(tx: Connection, product_ids: Iterable[int]) -> list[int]:
    """These products, and those that are components of a kit together with one of them."""
    given = set(product_ids)
    theirs = select(kit_part.c.kit_id).where(kit_part.c.part_id.in_(given))
    return [*given.union(tx.scalars(select(kit_part.c.part_id).where(kit_part.c.kit_id.in_(theirs))))]


def page(tx: Connection, *, after_sku: str, limit: int) -> list[Any]:
    """A keyset page of kits by SKU."""
    its = exists().where(kit_part.c.kit_id == product.c.id)
    return list(tx.execute(select(product).where(product.c.sku > after_sku, its).order_by(product.c.sku).limit(limit)))


def shelves(tx: Connection, product_ids: Iterable[int]) -> dict[str, dict[int, int]]:
    """What open locations have of these products, by location code; nothing is locked."""
    query = (
        select(location.c.code, level.c.product_id, free.label("units"))
        .join(location, location.c.id == level.c.location_id)
        .where(level.c.product_id.in_(set(product_ids)), free > 0, location.c.active)
        .order_by(location.c.code)
    )
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for row in tx.execute(query):
        found[row.code][row.product_id] = row.units
    return found
