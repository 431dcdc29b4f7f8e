"""Counts: rows, lists, and which products belong to one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, literal, or_, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.queries.bins import bin_, placed
from oms_app.db.queries.stock import level
from oms_app.db.tables.catalogue import Location, Product
from oms_app.db.tables.counts import StockCount, StockCountLine

count, line = StockCount.__table__, StockCountLine.__table__  # type: ignore[attr-defined]
_location, _product = Location.__table__, Product.__table__  # type: ignore[attr-defined]


def add(tx: Connection, **values: Any) -> int:
    """Insert a count; returns its id."""
    return int(tx.execute(insert(count).values(values)).inserted_primary_key[0])


def add_lines(tx: Connection, count_id: int, location_id: int, bin_id: int | None, prefix: str, most: int) -> int:
    """A line for each product in the bin, or with a level at the location; returns how many, at most `most` + 1."""
    chosen: Select[Any] = select(literal(count_id), _product.c.id, literal(False)).where(_product.c.kind == "goods")
    if bin_id is None:
        chosen = chosen.join(level, level.c.product_id == _product.c.id).where(level.c.location_id == location_id)
    else:
        chosen = chosen.join(placed, placed.c.product_id == _product.c.id).where(placed.c.bin_id == bin_id)
    if prefix:
        chosen = chosen.where(_product.c.sku >= prefix, _product.c.sku < prefix + "\U0010ffff")
    chosen = chosen.order_by(_product.c.sku).limit(most + 1)
    tx.execute(insert(line).from_select(["count_id", "product_id", "posted"], chosen))
    return _lines_of(tx, count_id)


def put_on(tx: Connection, count_id: int, product_id: int) -> int:
    """A line for a product, unless it has one; returns how many lines there are."""
    row = upsert(tx)(line).values(count_id=count_id, product_id=product_id, posted=False)
    tx.execute(row.on_conflict_do_nothing(index_elements=["count_id", "product_id"]))
    return _lines_of(tx, count_id)


def take_off(tx: Connection, count_id: int, product_id: int) -> int:
    """Remove the line of a product; returns how many are left."""
    tx.execute(delete(line).where(line.c.count_id == count_id, line.c.product_id == product_id))
    return _lines_of(tx, count_id)


def _lines_of(tx: Connection, count_id: int) -> int:
    return tx.scalar(select(func.count()).where(line.c.count_id == count_id)) or 0


def lock(tx: Connection, count_id: int) -> Any | None:
    """A count that nobody else changes before this transaction ends."""
    return tx.execute(select(count).where(count.c.id == count_id).with_for_update()).first()


def change(tx: Connection, row: Any, **values: Any) -> None:
    """Write new values on a locked count."""
    tx.execute(update(count).where(count.c.id == row.id).values(version=row.version + 1, **values))


def product_of_code(tx: Connection, code: str) -> Any | None:
    """The product with this SKU, or with this barcode; the SKU goes first."""
    query = select(_product).where(or_(_product.c.sku == code, _product.c.barcode == code))
    return tx.execute(query.order_by((_product.c.sku == code).desc(), _product.c.id).limit(1)).first()


def line_of(tx: Connection, count_id: int, product_id: int) -> Any | None:
    """The line of a product, with SKU and name."""
    return tx.execute(_lines(count_id).where(line.c.product_id == product_id)).first()


def write_line(tx: Connection, count_id: int, product_id: int, **values: Any) -> None:
    """Write what was counted; a product that nobody expected here gets a line."""
    row = upsert(tx)(line).values(count_id=count_id, product_id=product_id, posted=False, **values)
    tx.execute(row.on_conflict_do_update(index_elements=["count_id", "product_id"], set_=values))


def forget_recounts(tx: Connection, count_id: int) -> None:
    """The lines that differ are to be counted again."""
    tx.execute(update(line).where(line.c.count_id == count_id).values(recounted=None, recount_book=None))


def mark_posted(tx: Connection, count_id: int, product_ids: Sequence[int]) -> None:
    """These lines are in the ledger."""
    here = (line.c.count_id == count_id, line.c.product_id.in_(product_ids))
    tx.execute(update(line).where(*here).values(posted=True))


def lines(tx: Connection, count_id: int) -> list[Any]:
    """Every line by product id, so that writers lock levels in one order, with SKU and name."""
    return list(tx.execute(_lines(count_id).order_by(line.c.product_id)))


def page(
    tx: Connection, *, states: Sequence[str], location_id: int | None, before: int | None, limit: int
) -> list[Any]:
    """A keyset page of counts, newest first."""
    query = _summed().order_by(count.c.id.desc()).limit(limit)
    if states:
        query = query.where(count.c.state.in_(states))
    if location_id is not None:
        query = query.where(count.c.location_id == location_id)
    return list(tx.execute(query.where(count.c.id < before) if before else query))


def one(tx: Connection, count_id: int) -> Any | None:
    """A count with its sums."""
    return tx.execute(_summed().where(count.c.id == count_id)).first()


def bin_of(tx: Connection, location_id: int, code: str) -> int | None:
    """Id of the bin with this code."""
    return tx.scalar(select(bin_.c.id).where(bin_.c.location_id == location_id, bin_.c.code == code))


def _lines(count_id: int) -> Select[Any]:
    query = select(line, _product.c.sku, _product.c.name).join(_product, _product.c.id == line.c.product_id)
    return query.where(line.c.count_id == count_id)


def _summed() -> Select[Any]:
    def number(*where: Any) -> Any:
        counted = select(func.count()).where(line.c.count_id == count.c.id, *where)
        return counted.correlate(count).scalar_subquery()

    units = func.coalesce(line.c.recounted, line.c.counted)
    book = func.coalesce(line.c.recount_book, line.c.book)
    return select(
        count,
        _location.c.code.label("location"),
        number().label("lines"),
        number(line.c.counted.is_not(None)).label("done"),
        number(units != book).label("differing"),
    ).join(_location, _location.c.id == count.c.location_id)
