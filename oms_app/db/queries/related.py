"""Orders made from others, and other open orders of a buyer with where they go."""

from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, insert, or_, select

from oms_app.db.prepared import Prepared
from oms_app.db.queries.changes import link
from oms_app.db.queries.orders import address, order
from oms_app.domain.lifecycle import OPEN_STAGES

_MOST = 50

_LINKED = select(order.c.number, link.c.kind)
_ORIGINAL = Prepared(
    _LINKED.join(link, link.c.original_id == order.c.id).where(link.c.order_id == bindparam("of", type_=BigInteger))
)
_COPIES = Prepared(
    _LINKED.join(link, link.c.order_id == order.c.id)
    .where(link.c.original_id == bindparam("of", type_=BigInteger))
    .order_by(order.c.id)
    .limit(_MOST)
)
_OPEN_OF_BUYER = Prepared(
    select(order.c.number, *(each for each in address.c if each.name != "id"))
    .join(address, address.c.id == order.c.ship_to_id)
    .where(
        order.c.customer_id == bindparam("buyer"),
        or_(*(order.c.stage == stage for stage in OPEN_STAGES)),
        order.c.id != bindparam("but"),
    )
    .order_by(order.c.id)
    .limit(_MOST)
)


def add(tx: Connection, order_id: int, original_id: int, kind: str) -> None:
    """Note that an order was made from another one."""
    tx.execute(insert(link).values(order_id=order_id, original_id=original_id, kind=kind))


def original(tx: Connection, order_id: int) -> Any | None:
    """(number, kind) of the order it was made from."""
    return _ORIGINAL.first(tx, of=order_id)


def copies(tx: Connection, order_id: int) -> list[Any]:
    """(number, kind) of the orders made from it, oldest first."""
    return _COPIES.all(tx, of=order_id)


def open_of_buyer(tx: Connection, row: Any) -> list[Any]:
    """Other orders of the buyer that are in the building: number and address, oldest first."""
    return _OPEN_OF_BUYER.all(tx, buyer=row.customer_id, but=row.id)
