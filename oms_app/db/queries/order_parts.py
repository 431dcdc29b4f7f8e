"""What hangs on orders, read for many of them at once: each function answers by order id.

The statements are built once: building one costs four times as much as running it (docs/decisions/core-statements.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, bindparam, func, select

from oms_app.db.prepared import Prepared
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.orders import address, channel, customer, hold, line, note, order, parcel, parcel_line, payment
from oms_app.db.queries.orders import tag as order_tag

Rows = Mapping[int, list[Any]]


def _of_orders(table: Table, by: Column[Any], *conditions: ColumnElement[bool]) -> Prepared:
    ids = table.c.order_id
    return Prepared(lambda sqlite: select(table).where(among(ids, "ids", sqlite=sqlite), *conditions).order_by(by))


def _with_ids(table: Table) -> Prepared:
    return Prepared(lambda sqlite: select(table).where(among(table.c.id, "ids", sqlite=sqlite)))


_LINES = _of_orders(line, line.c.position)
_PARCELS = _of_orders(parcel, parcel.c.id, parcel.c.status != "voided")
_CONTENT = Prepared(
    lambda sqlite: (
        select(parcel_line)
        .where(among(parcel_line.c.parcel_id, "ids", sqlite=sqlite))
        .order_by(parcel_line.c.order_line_id)
    )
)
_PAYMENTS = _of_orders(payment, payment.c.id)
_NOTES = _of_orders(note, note.c.id)
_HOLDS = _of_orders(hold, hold.c.id, hold.c.released_at.is_(None))
_TAGS = _of_orders(order_tag, order_tag.c.tag)
_CHANNELS, _ADDRESSES, _CUSTOMERS = _with_ids(channel), _with_ids(address), _with_ids(customer)
_HISTORY = Prepared(
    select(func.count().label("count"), func.coalesce(func.sum(order.c.total), 0).label("spent")).where(
        order.c.customer_id == bindparam("customer_id"),
        order.c.currency == bindparam("currency"),
        order.c.stage != "cancelled",
    )
)


def lines(tx: Connection, ids: Sequence[int]) -> Rows:
    """Lines by position."""
    return _by_order(tx, _LINES, ids)


def parcels(tx: Connection, ids: Sequence[int]) -> Mapping[int, list[tuple[Any, list[Any]]]]:
    """Parcels that were not voided, each with its parcel lines."""
    boxes = _PARCELS.all(tx, ids=packed(tx, ids)) if ids else []
    if not boxes:
        return {}
    content: dict[int, list[Any]] = {box.id: [] for box in boxes}
    for row in _CONTENT.all(tx, ids=packed(tx, content)):
        content[row.parcel_id].append(row)
    found: dict[int, list[tuple[Any, list[Any]]]] = {}
    for box in boxes:
        found.setdefault(box.order_id, []).append((box, content[box.id]))
    return found


def payments(tx: Connection, ids: Sequence[int]) -> Rows:
    """Recorded payments, oldest first."""
    return _by_order(tx, _PAYMENTS, ids)


def notes(tx: Connection, ids: Sequence[int]) -> Rows:
    """Notes, oldest first."""
    return _by_order(tx, _NOTES, ids)


def open_holds(tx: Connection, ids: Sequence[int]) -> Rows:
    """Holds that still stand, oldest first."""
    return _by_order(tx, _HOLDS, ids)


def tags(tx: Connection, ids: Sequence[int]) -> Rows:
    """Tags in alphabetical order."""
    return _by_order(tx, _TAGS, ids)


def channels(tx: Connection, ids: Iterable[int]) -> dict[int, Any]:
    """Channels by id."""
    return {row.id: row for row in _CHANNELS.all(tx, ids=packed(tx, set(ids)))}


def addresses(tx: Connection, ids: Iterable[int | None]) -> dict[int | None, Any]:
    """Addresses by id."""
    return {row.id: row for row in _ADDRESSES.all(tx, ids=packed(tx, set(ids) - {None}))}


def customers(tx: Connection, ids: Iterable[int | None]) -> dict[int | None, Any]:
    """Customers by id."""
    return {row.id: row for row in _CUSTOMERS.all(tx, ids=packed(tx, set(ids) - {None}))}


def history(tx: Connection, customer_id: int, currency: str) -> tuple[int, int]:
    """(orders, minor units spent) of a customer in one currency, cancelled orders left out."""
    count, spent = _HISTORY.first(tx, customer_id=customer_id, currency=currency) or (0, 0)
    return int(count), int(spent)


def _by_order(tx: Connection, statement: Prepared, ids: Sequence[int]) -> Rows:
    found: dict[int, list[Any]] = {}
    for row in statement.all(tx, ids=packed(tx, ids)) if ids else ():
        found.setdefault(row.order_id, []).append(row)
    return found
