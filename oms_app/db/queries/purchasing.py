"""Purchase orders: rows, lists, and what is on the way or drafted."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, or_, select, update

from oms_app.db.prepared import Prepared
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.suppliers import supplier
from oms_app.db.tables.catalogue import Location, Product
from oms_app.db.tables.purchasing import PurchaseOrder, PurchaseOrderLine
from oms_app.domain.purchasing import EXPECTED, PurchaseState

order, line = PurchaseOrder.__table__, PurchaseOrderLine.__table__  # type: ignore[attr-defined]
_location, _product = Location.__table__, Product.__table__  # type: ignore[attr-defined]

_left = line.c.quantity - line.c.received
_expected = or_(*(order.c.state == str(state) for state in EXPECTED))

_INCOMING = Prepared(
    lambda sqlite: (
        select(line.c.product_id, order.c.location_id, func.sum(_left).label("units"))
        .join(order, order.c.id == line.c.purchase_order_id)
        .where(among(line.c.product_id, "ids", sqlite=sqlite), _expected, _left > 0)
        .group_by(line.c.product_id, order.c.location_id)
    )
)
_COMING = Prepared(
    select(order.c.id, order.c.state, order.c.promised_on, order.c.expected_on, _left.label("units"))
    .add_columns(supplier.c.name.label("supplier"), _location.c.code.label("location"))
    .join(line, line.c.purchase_order_id == order.c.id)
    .join(supplier, supplier.c.id == order.c.supplier_id)
    .join(_location, _location.c.id == order.c.location_id)
    .where(line.c.product_id == bindparam("product"), _expected, _left > 0)
    .order_by(func.coalesce(order.c.promised_on, order.c.expected_on), order.c.id)
    .limit(50)
)


def incoming(tx: Connection, product_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Units that suppliers still owe, by (product, location they come to)."""
    found = _INCOMING.all(tx, ids=packed(tx, product_ids))
    return {(row.product_id, row.location_id): int(row.units) for row in found}


def coming(tx: Connection, product_id: int) -> list[Any]:
    """The purchase orders that bring a product, the next to come first."""
    return _COMING.all(tx, product=product_id)


def add(tx: Connection, **values: Any) -> int:
    """Insert a purchase order; returns its id."""
    return int(tx.execute(insert(order).values(values)).inserted_primary_key[0])


def replace_lines(tx: Connection, order_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """These lines and no others."""
    tx.execute(delete(line).where(line.c.purchase_order_id == order_id))
    tx.execute(insert(line), [{"purchase_order_id": order_id, "received": 0} | dict(row) for row in rows])


def lock(tx: Connection, order_id: int) -> Any | None:
    """A purchase order that nobody else changes before this transaction ends."""
    return tx.execute(select(order).where(order.c.id == order_id).with_for_update()).first()


def change(tx: Connection, row: Any, **values: Any) -> None:
    """Write new values on a locked purchase order."""
    tx.execute(update(order).where(order.c.id == row.id).values(version=row.version + 1, **values))


def add_received(tx: Connection, order_id: int, product_id: int, units: int) -> None:
    """More units of a line came."""
    here = (line.c.purchase_order_id == order_id, line.c.product_id == product_id)
    tx.execute(update(line).where(*here).values(received=line.c.received + units))


def lines(tx: Connection, order_id: int) -> list[Any]:
    """Lines by product id, so that writers lock levels in one order, with SKU, name and barcode."""
    query = select(line, _product.c.sku, _product.c.name, _product.c.barcode, _product.c.hsn, _product.c.lots)
    query = query.join(_product, _product.c.id == line.c.product_id)
    return list(tx.execute(query.where(line.c.purchase_order_id == order_id).order_by(line.c.product_id)))


def one(tx: Connection, order_id: int) -> Any | None:
    """A purchase order with its sums."""
    return tx.execute(_summed().where(order.c.id == order_id)).first()


def page(
    tx: Connection,
    *,
    states: Sequence[str] = (),
    supplier_id: int | None = None,
    location_id: int | None = None,
    late_on: date | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Any]:
    """A keyset page of purchase orders, newest first. `late_on`: what should have come before that day."""
    query = _summed().order_by(order.c.id.desc()).limit(limit)
    if states:
        query = query.where(order.c.state.in_(states))
    if supplier_id is not None:
        query = query.where(order.c.supplier_id == supplier_id)
    if location_id is not None:
        query = query.where(order.c.location_id == location_id)
    if late_on is not None:
        due = func.coalesce(order.c.promised_on, order.c.expected_on)
        query = query.where(_expected, due < late_on)
    return list(tx.execute(query.where(order.c.id < before) if before else query))


def counts(tx: Connection, most: int) -> dict[str, int]:
    """How many purchase orders there are in each state, counted up to `most`."""
    found = {}
    for state in PurchaseState:
        some = select(order.c.id).where(order.c.state == state).limit(most).subquery()
        found[str(state)] = int(tx.scalar(select(func.count()).select_from(some)) or 0)
    return found


def _summed() -> Select[Any]:
    def total(column: Any) -> Any:
        summed = select(func.coalesce(func.sum(column), 0)).where(line.c.purchase_order_id == order.c.id)
        return summed.correlate(order).scalar_subquery()

    return (
        select(
            order,
            supplier.c.name.label("supplier"),
            supplier.c.email,
            _location.c.code.label("location"),
            total(line.c.quantity).label("units"),
            total(line.c.received).label("received"),
        )
        .join(supplier, supplier.c.id == order.c.supplier_id)
        .join(_location, _location.c.id == order.c.location_id)
    )
