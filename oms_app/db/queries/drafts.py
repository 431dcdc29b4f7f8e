"""Drafts of orders: written, listed, and what somebody taking one looks up."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from oms_app.db.prepared import Prepared
from oms_app.db.queries.catalogue import location, product
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.orders import address, customer, order
from oms_app.db.queries.stock import free, level
from oms_app.db.tables.drafts import OrderDraftRow

draft = OrderDraftRow.__table__  # type: ignore[attr-defined]

_BARCODE = Prepared(select(product.c.sku).where(product.c.barcode == bindparam("barcode")).limit(5))
_FREE = Prepared(
    lambda sqlite: (
        select(level.c.product_id, location.c.code, func.sum(free).label("units"))
        .join(location, location.c.id == level.c.location_id)
        .where(among(level.c.product_id, "ids", sqlite=sqlite), free > 0, location.c.active)
        .group_by(level.c.product_id, location.c.code)
    )
)
_NEWEST = Prepared(
    select(address, order.c.gstin)
    .join_from(order, address, address.c.id == order.c.ship_to_id)
    .where(order.c.customer_id == bindparam("of_customer"))
    .order_by(order.c.id.desc())
    .limit(1)
)
_KNOWN = Prepared(
    select(customer)
    .where(customer.c.phone >= bindparam("low"), customer.c.phone < bindparam("high"))
    .order_by(customer.c.phone, customer.c.id.desc())
    .limit(bindparam("most"))
)


def add(tx: Connection, **values: Any) -> int:
    """Insert a draft; returns its id."""
    return int(tx.execute(insert(draft).values(values)).inserted_primary_key[0])


def find(tx: Connection, draft_id: int, *, lock: bool = False) -> Any | None:
    """A draft, locked against other writers where asked."""
    query = select(draft).where(draft.c.id == draft_id)
    return tx.execute(query.with_for_update() if lock else query).first()


def change(tx: Connection, draft_id: int, **values: Any) -> None:
    """Write new values and count the version up."""
    tx.execute(update(draft).where(draft.c.id == draft_id).values(version=draft.c.version + 1, **values))


def page(tx: Connection, *, state: str = "", before: int | None = None, limit: int = 50) -> list[Any]:
    """A keyset page of drafts, newest first."""
    query = select(draft).order_by(draft.c.id.desc()).limit(limit)
    if state:
        query = query.where(draft.c.state == state)
    return list(tx.execute(query.where(draft.c.id < before) if before else query))


def skus_with_barcode(tx: Connection, barcode: str) -> list[str]:
    """SKUs that carry this barcode."""
    return _BARCODE.values(tx, barcode=barcode)


def available(tx: Connection, product_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Units that are available, by product and location code; only where there are any."""
    found: dict[int, dict[str, int]] = {}
    for row in _FREE.all(tx, ids=packed(tx, set(product_ids))):
        found.setdefault(row.product_id, {})[row.code] = int(row.units)
    return found


def newest_addresses(tx: Connection, customer_ids: Sequence[int]) -> dict[int, Any]:
    """Where the newest order of each customer went, with the GSTIN on it."""
    found = {each: _NEWEST.first(tx, of_customer=each) for each in customer_ids}
    return {each: row for each, row in found.items() if row is not None}


def customers_with_phone(tx: Connection, beginning: str, most: int) -> list[Any]:
    """Customers whose number begins so."""
    return _KNOWN.all(tx, low=beginning, high=beginning + "\U0010ffff", most=most)
