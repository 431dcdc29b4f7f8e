"""What hangs on orders, read for many of them at once: each function answers by order id."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select

from oms_app.db.queries.orders import address, channel, customer, hold, line, note, order, parcel, parcel_line, payment
from oms_app.db.queries.orders import tag as order_tag

Rows = Mapping[int, list[Any]]


def lines(tx: Connection, ids: Sequence[int]) -> Rows:
    """Lines by position."""
    return _by_order(
        tx.execute(select(line).where(line.c.order_id.in_(ids)).order_by(line.c.order_id, line.c.position))
    )


def parcels(tx: Connection, ids: Sequence[int]) -> Mapping[int, list[tuple[Any, list[Any]]]]:
    """Parcels that were not voided, each with its parcel lines."""
    query = select(parcel).where(parcel.c.order_id.in_(ids), parcel.c.status != "voided").order_by(parcel.c.id)
    boxes = list(tx.execute(query))
    if not boxes:
        return {}
    content: dict[int, list[Any]] = {box.id: [] for box in boxes}
    inside = select(parcel_line).where(parcel_line.c.parcel_id.in_(list(content))).order_by(parcel_line.c.order_line_id)
    for row in tx.execute(inside):
        content[row.parcel_id].append(row)
    found: dict[int, list[tuple[Any, list[Any]]]] = {}
    for box in boxes:
        found.setdefault(box.order_id, []).append((box, content[box.id]))
    return found


def payments(tx: Connection, ids: Sequence[int]) -> Rows:
    """Recorded payments, oldest first."""
    return _of(tx, payment, payment.c.id, ids)


def notes(tx: Connection, ids: Sequence[int]) -> Rows:
    """Notes, oldest first."""
    return _of(tx, note, note.c.id, ids)


def open_holds(tx: Connection, ids: Sequence[int]) -> Rows:
    """Holds that still stand, oldest first."""
    query = select(hold).where(hold.c.order_id.in_(ids), hold.c.released_at.is_(None)).order_by(hold.c.id)
    return _by_order(tx.execute(query))


def tags(tx: Connection, ids: Sequence[int]) -> Rows:
    """Tags in alphabetical order."""
    return _of(tx, order_tag, order_tag.c.tag, ids)


def channels(tx: Connection, ids: Iterable[int]) -> dict[int, Any]:
    """Channels by id."""
    return {row.id: row for row in tx.execute(select(channel).where(channel.c.id.in_(set(ids))))}


def addresses(tx: Connection, ids: Iterable[int | None]) -> dict[int | None, Any]:
    """Addresses by id."""
    return {row.id: row for row in tx.execute(select(address).where(address.c.id.in_(set(ids) - {None})))}


def customers(tx: Connection, ids: Iterable[int | None]) -> dict[int | None, Any]:
    """Customers by id."""
    return {row.id: row for row in tx.execute(select(customer).where(customer.c.id.in_(set(ids) - {None})))}


def history(tx: Connection, customer_id: int, currency: str) -> tuple[int, int]:
    """(orders, minor units spent) of a customer in one currency, cancelled orders left out."""
    mine = (order.c.customer_id == customer_id, order.c.currency == currency, order.c.stage != "cancelled")
    count, spent = tx.execute(select(func.count(), func.coalesce(func.sum(order.c.total), 0)).where(*mine)).one()
    return int(count), int(spent)


def _of(tx: Connection, table: Table, by: Column[Any], ids: Sequence[int]) -> Rows:
    return _by_order(tx.execute(select(table).where(table.c.order_id.in_(ids)).order_by(by)))


def _by_order(rows: Iterable[Any]) -> Rows:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.order_id, []).append(row)
    return found
