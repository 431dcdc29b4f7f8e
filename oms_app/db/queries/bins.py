"""Bins: which there are, and what is found in them."""

from typing import Any

from sqlalchemy import Connection, delete, func, select

from oms_app.db.engine import insert as upsert
from oms_app.db.tables.catalogue import Location, Product
from oms_app.db.tables.counts import Bin, ProductBin

bin_, placed = Bin.__table__, ProductBin.__table__  # type: ignore[attr-defined]
_location, _product = Location.__table__, Product.__table__  # type: ignore[attr-defined]


def named(tx: Connection, location_id: int, code: str) -> Any | None:
    """The bin with this code."""
    return tx.execute(select(bin_).where(bin_.c.location_id == location_id, bin_.c.code == code)).first()


def add(tx: Connection, location_id: int, code: str) -> Any:
    """The bin with this code, made if there is none."""
    row = upsert(tx)(bin_).values(location_id=location_id, code=code)
    tx.execute(row.on_conflict_do_nothing(index_elements=["location_id", "code"]))
    return named(tx, location_id, code)


def put(tx: Connection, product_id: int, bin_id: int) -> bool:
    """Say that a product is found in a bin; False where it was so."""
    row = upsert(tx)(placed).values(product_id=product_id, bin_id=bin_id)
    added = row.on_conflict_do_nothing(index_elements=["product_id", "bin_id"]).returning(placed.c.bin_id)
    return tx.execute(added).first() is not None


def take(tx: Connection, product_id: int, bin_id: int) -> bool:
    """Say that it is not; False where it was not. A bin that holds nothing any more stays."""
    here = (placed.c.product_id == product_id, placed.c.bin_id == bin_id)
    return bool(tx.execute(delete(placed).where(*here)).rowcount)


def of_product(tx: Connection, product_id: int) -> dict[int, list[str]]:
    """Codes of the bins where a product is found, by location."""
    query = select(bin_.c.location_id, bin_.c.code).join(placed, placed.c.bin_id == bin_.c.id)
    found: dict[int, list[str]] = {}
    for row in tx.execute(query.where(placed.c.product_id == product_id).order_by(bin_.c.code)):
        found.setdefault(row.location_id, []).append(row.code)
    return found


def page(tx: Connection, *, location: str, after: str, limit: int) -> list[Any]:
    """A keyset page of a location's bins by code, with how many products they hold."""
    held = select(func.count()).where(placed.c.bin_id == bin_.c.id).correlate(bin_).scalar_subquery()
    query = (
        select(bin_.c.id, bin_.c.code, held.label("products"))
        .join(_location, _location.c.id == bin_.c.location_id)
        .where(_location.c.code == location, bin_.c.code > after)
        .order_by(bin_.c.code)
        .limit(limit)
    )
    return list(tx.execute(query))


def skus(tx: Connection, bin_ids: list[int], each: int) -> dict[int, list[str]]:
    """The first SKUs found in each of these bins."""
    found: dict[int, list[str]] = {}
    query = select(placed.c.bin_id, _product.c.sku).join(_product, _product.c.id == placed.c.product_id)
    for row in tx.execute(query.where(placed.c.bin_id.in_(bin_ids)).order_by(placed.c.bin_id, _product.c.sku)):
        known = found.setdefault(row.bin_id, [])
        if len(known) < each:
            known.append(row.sku)
    return found
