"""Records of what was changed on orders."""

from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from oms_app.db.prepared import Prepared
from oms_app.db.tables.changes import OrderChange, OrderLink

change = OrderChange.__table__  # type: ignore[attr-defined]
link = OrderLink.__table__  # type: ignore[attr-defined]

_OF_ORDER = Prepared(
    select(change)
    .where(change.c.order_id == bindparam("of_order"))
    .order_by(change.c.number.desc())
    .limit(bindparam("most"))
)


def add(tx: Connection, order_id: int, **values: Any) -> int:
    """Insert the next record of a locked order; returns its number."""
    last = tx.scalar(select(func.max(change.c.number)).where(change.c.order_id == order_id)) or 0
    tx.execute(insert(change).values(order_id=order_id, number=last + 1, **values))
    return int(last) + 1


def of_order(tx: Connection, order_id: int, limit: int = 200) -> list[Any]:
    """Records of an order, newest first."""
    return _OF_ORDER.all(tx, of_order=order_id, most=limit)


def set_refunded(tx: Connection, order_id: int, number: int, refunded: int) -> None:
    """Say how much money went back with a change."""
    tx.execute(update(change).where(change.c.order_id == order_id, change.c.number == number).values(refunded=refunded))
