"""Parcels of one order: what each holds, and writing them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, update

from oms_app.db.queries.orders import line, parcel, parcel_line
from oms_app.domain.parcels import CLOSED, GONE, VOIDED, Box


def open_boxes(tx: Connection, order_id: int) -> list[Any]:
    """Rows of parcels that were not voided, by id."""
    query = select(parcel).where(parcel.c.order_id == order_id, parcel.c.status != VOIDED).order_by(parcel.c.id)
    return list(tx.execute(query))


def boxes(tx: Connection, order_id: int) -> list[Box]:
    """Parcels that were not voided, with their units by line."""
    found = open_boxes(tx, order_id)
    content: dict[int, dict[int, int]] = {row.id: {} for row in found}
    for each in tx.execute(select(parcel_line).where(parcel_line.c.parcel_id.in_(list(content)))):
        content[each.parcel_id][each.order_line_id] = each.quantity
    return [Box(row.id, row.status, content[row.id]) for row in found]


def change(tx: Connection, parcel_id: int, **values: Any) -> None:
    """Write values on a parcel."""
    tx.execute(update(parcel).where(parcel.c.id == parcel_id).values(values))


def fill(tx: Connection, parcel_id: int, units: Mapping[int, int]) -> None:
    """Say anew what is in a parcel; lines without units are left out."""
    tx.execute(delete(parcel_line).where(parcel_line.c.parcel_id == parcel_id))
    kept = {line_id: count for line_id, count in units.items() if count}
    content = [{"parcel_id": parcel_id, "order_line_id": line_id, "quantity": kept[line_id]} for line_id in kept]
    if content:
        tx.execute(insert(parcel_line), content)


def recount(tx: Connection, order_id: int) -> None:
    """Write on each line what its parcels say was picked, packed and shipped."""
    here = (parcel_line.c.parcel_id == parcel.c.id, parcel.c.order_id == bindparam("of_order"))

    def units(statuses: tuple[str, ...]) -> Any:
        counted = func.coalesce(func.sum(case((parcel.c.status.in_(statuses), parcel_line.c.quantity), else_=0)), 0)
        return select(counted).where(*here, parcel_line.c.order_line_id == line.c.id).correlate(line).scalar_subquery()

    closed, gone = units(CLOSED), units(GONE)
    mine = line.c.order_id == bindparam("of_order")
    tx.execute(update(line).where(mine).values(picked=closed, packed=closed, shipped=gone), {"of_order": order_id})
