"""Suppliers and their price lists: rows and lists."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.prepared import Prepared
from oms_app.db.queries.lists import among, packed
from oms_app.db.tables.catalogue import Product
from oms_app.db.tables.purchasing import Supplier, SupplierProduct

supplier, terms = Supplier.__table__, SupplierProduct.__table__  # type: ignore[attr-defined]
_product = Product.__table__  # type: ignore[attr-defined]

_TERMS = Prepared(
    lambda sqlite: select(terms).where(
        terms.c.supplier_id == bindparam("supplier"), among(terms.c.product_id, "ids", sqlite=sqlite)
    )
)


def add(tx: Connection, **values: Any) -> int:
    """Insert a supplier; returns its id."""
    return int(tx.execute(insert(supplier).values(values)).inserted_primary_key[0])


def change(tx: Connection, supplier_id: int, **values: Any) -> None:
    """Write new values on a supplier."""
    tx.execute(update(supplier).where(supplier.c.id == supplier_id).values(values))


def one(tx: Connection, supplier_id: int) -> Any | None:
    """A supplier, with how many products it sells."""
    return tx.execute(_counted().where(supplier.c.id == supplier_id)).first()


def named(tx: Connection, name: str) -> Any | None:
    """The supplier with this name."""
    return tx.execute(_counted().where(supplier.c.name == name)).first()


def page(tx: Connection, *, after: str, words: str, only_active: bool, limit: int) -> list[Any]:
    """A keyset page of suppliers by name."""
    query = _counted().where(supplier.c.name > after).order_by(supplier.c.name).limit(limit)
    if only_active:
        query = query.where(supplier.c.active)
    if words:
        query = query.where(func.lower(supplier.c.name).contains(words.lower(), autoescape=True))
    return list(tx.execute(query))


def put_terms(tx: Connection, supplier_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Write terms by product_id; who is preferred stays."""
    statement = upsert(tx)(terms)
    changed = ("supplier_sku", "cost_micros", "pack_size", "moq", "lead_time_days")
    statement = statement.on_conflict_do_update(
        index_elements=["supplier_id", "product_id"], set_={name: statement.excluded[name] for name in changed}
    )
    tx.execute(statement, [{"supplier_id": supplier_id, "preferred": False} | row for row in rows])


def drop_terms(tx: Connection, supplier_id: int, product_id: int) -> bool:
    """Take a product off a price list; False where it was not on it."""
    here = (terms.c.supplier_id == supplier_id, terms.c.product_id == product_id)
    return bool(tx.execute(delete(terms).where(*here)).rowcount)


def prefer(tx: Connection, supplier_id: int, product_id: int) -> bool:
    """Reorders of a product go to this supplier; False where it does not sell it."""
    its = terms.c.product_id == product_id
    tx.execute(update(terms).where(its).values(preferred=False))
    return bool(
        tx.execute(update(terms).where(its, terms.c.supplier_id == supplier_id).values(preferred=True)).rowcount
    )


def terms_by_product(tx: Connection, supplier_id: int, product_ids: Iterable[int]) -> dict[int, Any]:
    """Terms by product id; what the supplier does not sell is absent."""
    return {row.product_id: row for row in _TERMS.all(tx, supplier=supplier_id, ids=packed(tx, product_ids))}


def price_list(tx: Connection, supplier_id: int, *, after_sku: str, limit: int) -> list[Any]:
    """A keyset page of what a supplier sells, by our SKU."""
    query = select(terms, _product.c.sku, _product.c.name).join(_product, _product.c.id == terms.c.product_id)
    return list(
        tx.execute(
            query.where(terms.c.supplier_id == supplier_id, _product.c.sku > after_sku)
            .order_by(_product.c.sku)
            .limit(limit)
        )
    )


def sellers(tx: Connection, product_id: int) -> list[Any]:
    """Terms of a product with the suppliers' names, the one that reorders go to first."""
    query = select(
        terms,
        supplier.c.name.label("supplier"),
        supplier.c.currency,
        supplier.c.active,
        func.coalesce(terms.c.lead_time_days, supplier.c.lead_time_days).label("days"),
    ).join(supplier, supplier.c.id == terms.c.supplier_id)
    order = (supplier.c.active.desc(), terms.c.preferred.desc(), supplier.c.id)
    return list(tx.execute(query.where(terms.c.product_id == product_id).order_by(*order)))


def _counted() -> Select[Any]:
    sold = select(func.count()).where(terms.c.supplier_id == supplier.c.id).correlate(supplier).scalar_subquery()
    return select(supplier, sold.label("products"))
