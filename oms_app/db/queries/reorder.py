"""What should be ordered again: the numbers behind it, and the list as it was last worked out."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from oms_app.db.engine import insert as upsert
from oms_app.db.prepared import Prepared
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.purchasing import line, order
from oms_app.db.queries.shortfalls import shortfall
from oms_app.db.queries.stock import level
from oms_app.db.queries.stock_cover import cover
from oms_app.db.queries.suppliers import supplier, terms
from oms_app.db.tables.catalogue import Product
from oms_app.db.tables.purchasing import ReorderSuggestion
from oms_app.domain.purchasing import PurchaseState

suggestion = ReorderSuggestion.__table__  # type: ignore[attr-defined]
_product = Product.__table__  # type: ignore[attr-defined]

_SELLERS = Prepared(
    lambda sqlite: (
        select(
            terms,
            func.coalesce(terms.c.lead_time_days, supplier.c.lead_time_days).label("days"),
            supplier.c.name.label("supplier"),
            supplier.c.currency,
            _product.c.sku,
            _product.c.name,
        )
        .join(supplier, supplier.c.id == terms.c.supplier_id)
        .join(_product, _product.c.id == terms.c.product_id)
        .where(among(terms.c.product_id, "ids", sqlite=sqlite), supplier.c.active, _product.c.active)
        .order_by(terms.c.product_id, terms.c.preferred.desc(), terms.c.supplier_id)
    )
)
_LEVELS = Prepared(
    lambda sqlite: (
        select(
            level.c.product_id,
            *(func.sum(level.c[name]).label(name) for name in ("on_hand", "reserved", "safety")),
            func.sum(level.c.blocked + level.c.expired).label("blocked"),
        )
        .where(among(level.c.product_id, "ids", sqlite=sqlite))
        .group_by(level.c.product_id)
    )
)
_ISSUED = Prepared(
    lambda sqlite: select(cover.c.product_id, cover.c.issued).where(among(cover.c.product_id, "ids", sqlite=sqlite))
)
_WAITING = Prepared(
    lambda sqlite: (
        select(shortfall.c.product_id, func.sum(shortfall.c.units).label("units"))
        .where(among(shortfall.c.product_id, "ids", sqlite=sqlite))
        .group_by(shortfall.c.product_id)
    )
)
_DRAFTED = Prepared(
    lambda sqlite: (
        select(line.c.product_id, func.sum(line.c.quantity).label("units"))
        .join(order, order.c.id == line.c.purchase_order_id)
        .where(among(line.c.product_id, "ids", sqlite=sqlite), order.c.state == str(PurchaseState.DRAFT))
        .group_by(line.c.product_id)
    )
)
_SOLD_BY_SOMEBODY = Prepared(
    select(terms.c.product_id)
    .where(terms.c.product_id > bindparam("after"))
    .distinct()
    .order_by(terms.c.product_id)
    .limit(bindparam("most"))
)


def sellers(tx: Connection, product_ids: Iterable[int]) -> dict[int, Any]:
    """The terms that a reorder of each product is made on: of the preferred supplier, else of the oldest."""
    found: dict[int, Any] = {}
    for row in _SELLERS.all(tx, ids=packed(tx, product_ids)):
        found.setdefault(row.product_id, row)
    return found


def levels(tx: Connection, product_ids: Iterable[int]) -> dict[int, Any]:
    """on_hand, reserved, safety and blocked (or expired) over all locations, by product."""
    return {row.product_id: row for row in _LEVELS.all(tx, ids=packed(tx, product_ids))}


def issued(tx: Connection, product_ids: Iterable[int]) -> dict[int, int]:
    """Units that orders took in 28 days, as last worked out, by product."""
    return {row.product_id: row.issued for row in _ISSUED.all(tx, ids=packed(tx, product_ids))}


def waiting(tx: Connection, product_ids: Iterable[int]) -> dict[int, int]:
    """Units that orders lack, by product."""
    return {row.product_id: int(row.units) for row in _WAITING.all(tx, ids=packed(tx, product_ids))}


def drafted(tx: Connection, product_ids: Iterable[int]) -> dict[int, int]:
    """Units on drafts of purchase orders, by product."""
    return {row.product_id: int(row.units) for row in _DRAFTED.all(tx, ids=packed(tx, product_ids))}


def sold_by_somebody(tx: Connection, after: int, most: int) -> list[int]:
    """Ids of products that some supplier sells, upwards."""
    return list(_SOLD_BY_SOMEBODY.values(tx, after=after, most=most))


def keep(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write suggestions: product_id, supplier_id, days_left, quantity."""
    if not rows:
        return
    statement = upsert(tx)(suggestion)
    changed = {name: statement.excluded[name] for name in ("supplier_id", "days_left", "quantity")}
    tx.execute(statement.on_conflict_do_update(index_elements=["product_id"], set_=changed), list(rows))


def forget(tx: Connection, product_ids: Sequence[int]) -> None:
    """These need not be ordered."""
    if product_ids:
        tx.execute(delete(suggestion).where(suggestion.c.product_id.in_(product_ids)))


def forget_unsold(tx: Connection) -> None:
    """What nobody sells any more cannot be ordered."""
    sold = select(terms.c.product_id).where(terms.c.product_id == suggestion.c.product_id).exists()
    tx.execute(delete(suggestion).where(~sold))


def known(tx: Connection, product_ids: Iterable[int]) -> dict[int, tuple[int, int, int]]:
    """(supplier, days left, quantity) as they are written, by product."""
    found = _KNOWN.all(tx, ids=packed(tx, product_ids))
    return {row.product_id: (row.supplier_id, row.days_left, row.quantity) for row in found}


_KNOWN = Prepared(lambda sqlite: select(suggestion).where(among(suggestion.c.product_id, "ids", sqlite=sqlite)))


def page(tx: Connection, *, supplier_id: int | None, after: tuple[int, int] | None, limit: int) -> list[Any]:
    """A keyset page, what runs out first at the top. `after`: (days left, product id) of the last row seen."""
    query = select(suggestion).order_by(suggestion.c.days_left, suggestion.c.product_id).limit(limit)
    if supplier_id is not None:
        query = query.where(suggestion.c.supplier_id == supplier_id)
    if after:
        days, product_id = after
        further = (suggestion.c.days_left > days) | (suggestion.c.product_id > product_id)
        query = query.where(suggestion.c.days_left >= days, further)
    return list(tx.execute(query))


def count(tx: Connection, *, supplier_id: int | None, most: int) -> int:
    """How many there are, counted up to `most`."""
    some = select(suggestion.c.product_id).limit(most)
    if supplier_id is not None:
        some = some.where(suggestion.c.supplier_id == supplier_id)
    return int(tx.scalar(select(func.count()).select_from(some.subquery())) or 0)


def suppliers(tx: Connection) -> list[Any]:
    """(id, name) of the suppliers that something should be ordered from."""
    asked = select(suggestion.c.supplier_id).where(suggestion.c.supplier_id == supplier.c.id).exists()
    return list(tx.execute(select(supplier.c.id, supplier.c.name).where(asked).order_by(supplier.c.name).limit(200)))
