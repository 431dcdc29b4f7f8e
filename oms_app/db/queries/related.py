"""Orders made from others, and other open orders of a buyer with where they go."""

from typing import Any

from sqlalchemy import Connection, insert, select

from oms_app.db.queries.changes import link
from oms_app.db.queries.orders import address, order
from oms_app.domain.lifecycle import OPEN_STAGES

_MOST = 50


def add(tx: Connection, order_id: int, original_id: int, kind: str) -> None:
    """Note that an order was made from another one."""
    tx.execute(insert(link).values(order_id=order_id, original_id=original_id, kind=kind))


def original(tx: Connection, order_id: int) -> Any | None:
    """(number, kind) of the order it was made from."""
    query = select(order.c.number, link.c.kind).join(link, link.c.original_id == order.c.id)
    return tx.execute(query.where(link.c.order_id == order_id)).first()


def copies(tx: Connection, order_id: int) -> list[Any]:
    """(number, kind) of the orders made from it, oldest first."""
    query = select(order.c.number, link.c.kind).join(link, link.c.order_id == order.c.id)
    return list(tx.execute(query.where(link.c.original_id == order_id).order_by(order.c.id).limit(_MOST)))


def open_of_buyer(tx: Connection, row: Any) -> list[Any]:
    """Other orders of the buyer that are in the building: number and address, oldest first."""
    query = select(order.c.number, *(each for each in address.c if each.name != "id"))
    query = query.join(address, address.c.id == order.c.ship_to_id).order_by(order.c.id).limit(_MOST)
    mine = (order.c.customer_id == row.customer_id, order.c.stage.in_(OPEN_STAGES), order.c.id != row.id)
    return list(tx.execute(query.where(*mine)))
