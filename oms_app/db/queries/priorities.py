"""What the scores of open orders are worked out from, and writing them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, true, update

from oms_app.db.queries.orders import order, tag
from oms_app.domain.lifecycle import OPEN_STAGES

_FACTS = (
    order.c.id,
    order.c.number,
    order.c.version,
    order.c.stage,
    order.c.placed_at,
    order.c.ship_by,
    order.c.priority,
    order.c.priority_why,
    order.c.boost,
    order.c.boost_reason,
    order.c.service,
    order.c.customer_id,
    order.c.customer_name,
    order.c.country,
    order.c.state,
    order.c.postal_code,
    order.c.currency,
    order.c.total,
    order.c.shortfall,
)
_OPEN = order.c.stage.in_(OPEN_STAGES)
_WRITE = (
    update(order)
    .where(order.c.id == bindparam("of"), order.c.version == bindparam("seen"))
    .values(priority=bindparam("points"), priority_why=bindparam("because"))
)


def open_after(tx: Connection, order_id: int, limit: int) -> list[int]:
    """Ids of the orders in the building after this one."""
    return list(tx.scalars(select(order.c.id).where(_OPEN, order.c.id > order_id).order_by(order.c.id).limit(limit)))


def due_between(tx: Connection, after: datetime, until: datetime) -> list[int]:
    """Ids of the orders in the building that must leave after the first moment, and by the second."""
    return list(tx.scalars(select(order.c.id).where(_OPEN, order.c.ship_by > after, order.c.ship_by <= until)))


def facts(tx: Connection, order_ids: Sequence[int]) -> list[Any]:
    """What the rules look at, of those of the orders that are in the building."""
    return list(tx.execute(select(*_FACTS).where(order.c.id.in_(order_ids), _OPEN).order_by(order.c.id)))


def first_due(tx: Connection, where: ColumnElement[bool] | None, limit: int) -> list[Any]:
    """The same of the orders in the building that must leave first."""
    query = select(*_FACTS).where(_OPEN, where if where is not None else true())
    return list(tx.execute(query.order_by(order.c.ship_by, order.c.id).limit(limit)))


def tags(tx: Connection, order_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Tags by order; an order without one is missing."""
    found: dict[int, set[str]] = {}
    for row in tx.execute(select(tag.c.order_id, tag.c.tag).where(tag.c.order_id.in_(order_ids))):
        found.setdefault(row.order_id, set()).add(row.tag)
    return {order_id: frozenset(words) for order_id, words in found.items()}


def first_orders(tx: Connection, customer_ids: Iterable[int | None]) -> dict[int, int]:
    """The id of the first order of each of these customers."""
    wanted = {each for each in customer_ids if each is not None}
    query = select(order.c.customer_id, func.min(order.c.id).label("first")).where(order.c.customer_id.in_(wanted))
    return {row.customer_id: row.first for row in tx.execute(query.group_by(order.c.customer_id))}


def write(tx: Connection, row: Any, points: int, because: str) -> bool:
    """Write the score of an order; False where somebody changed the order since `row` was read.

    The version stays: what people do with an order does not depend on its score.
    """
    given = {"of": row.id, "seen": row.version, "points": points, "because": because}
    return bool(tx.execute(_WRITE, given).rowcount)
