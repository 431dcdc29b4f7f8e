"""Orders made from others, orders that came into others, and other open orders of a buyer with where they go."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, func, insert, literal, or_, select

from oms_app.db.prepared import Prepared
from oms_app.db.queries.changes import change, link
from oms_app.db.queries.orders import address, order, payment
from oms_app.domain.changes import ChangeKind
from oms_app.domain.lifecycle import OPEN_STAGES
from oms_app.domain.related import MERGED, MERGED_WITH

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

_gone = order.alias("gone")
_INTO = (
    select(_gone.c.id.label("gone_id"), order)
    .select_from(_gone)
    .join(order, order.c.number == func.substr(_gone.c.cancel_reason, len(MERGED) + 1))
    .join(change, change.c.order_id == order.c.id)
    .where(_gone.c.cancel_reason.startswith(MERGED))
    .where(change.c.kind == ChangeKind.MERGE, change.c.reason == literal(MERGED_WITH) + _gone.c.number)
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


def came_in(tx: Connection, order_ids: Iterable[int]) -> dict[int, set[int]]:
    """Orders that were merged into these, straight or through another one, by the id of the one they came into."""
    found: dict[int, set[int]] = {}
    fresh = {each: each for each in order_ids}  # an order, and the one of ours that it is a part of
    while fresh:
        merges = tx.execute(
            select(change.c.order_id, change.c.reason).where(
                change.c.order_id.in_(list(fresh)), change.c.kind == ChangeKind.MERGE
            )
        )
        into = {row.reason.removeprefix(MERGED_WITH): fresh[row.order_id] for row in merges}
        gone = tx.execute(select(order.c.id, order.c.number).where(order.c.number.in_(list(into)))) if into else ()
        fresh = {row.id: into[row.number] for row in gone}
        for each, whole in fresh.items():
            found.setdefault(whole, set()).add(each)
    return found


def survivors(tx: Connection, orders: Mapping[int, Any]) -> dict[int, Any]:
    """The order that each of these came into in the end, by its own id; those that came into none are not here.

    That order has the merge on record: a reason alone may have been written by anybody.
    """
    found: dict[int, Any] = {}
    fresh = {each: {each} for each, row in orders.items() if row.cancel_reason.startswith(MERGED)}
    while fresh:  # an order, and those of ours that are a part of it
        following: dict[int, set[int]] = {}
        for row in tx.execute(_INTO.where(_gone.c.id.in_(list(fresh)))):
            parts = fresh[row.gone_id]
            found |= dict.fromkeys(parts, row)
            following.setdefault(row.id, set()).update(parts)
        fresh = following
    return found


def payments(tx: Connection, order_ids: Iterable[int]) -> list[Any]:
    """All payments of orders as they were recorded, each with its order's number."""
    query = select(payment, order.c.number).join(order, order.c.id == payment.c.order_id)
    return list(tx.execute(query.where(payment.c.order_id.in_(list(order_ids))).order_by(payment.c.id)))
