"""The board's reads: cards of a column by keyset, totals of every column in one grouped index scan."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, func, or_, select, true, tuple_

from oms_app.db.queries.orders import channel, order
from oms_app.domain.lifecycle import OPEN_STAGES, Stage

_CARD = (
    order.c.id,
    order.c.number,
    order.c.version,
    order.c.stage,
    order.c.stage_at,
    order.c.placed_at,
    order.c.ship_by,
    order.c.shipped_at,
    order.c.priority,
    order.c.customer_name,
    order.c.city,
    order.c.total,
    order.c.currency,
    order.c.units,
    order.c.payment_method,
    order.c.payment_status,
    order.c.holds,
    order.c.shortfall,
    order.c.gstin,
    channel.c.name.label("channel"),
    channel.c.demo,
)


def on_board(delivered_since: datetime) -> ColumnElement[bool]:
    """Orders the board shows: everything open or on its way, and what was delivered since that moment."""
    return or_(
        order.c.stage.in_([*OPEN_STAGES, Stage.SHIPPED]),
        and_(order.c.stage == Stage.DELIVERED, order.c.stage_at >= delivered_since),
    )


def stages(tx: Connection, ids: Sequence[int]) -> list[str]:
    """Where these orders stand now."""
    return list(tx.scalars(select(order.c.stage).where(order.c.id.in_(ids)).distinct()))


def totals(
    tx: Connection,
    flow: Sequence[Stage],
    *,
    delivered_since: datetime,
    now: datetime,
    due_before: datetime,
    where: ColumnElement[bool] | None,
) -> list[Any]:
    """(stage, currency, count, total, late, due) of these columns.

    One statement for the open stages, which an index answers alone, and one for each other stage: joined by OR, the
    recent deliveries would make a database read every delivery there ever was.
    """
    matching = where if where is not None else true()
    kept = {Stage.SHIPPED: true(), Stage.DELIVERED: order.c.stage_at >= delivered_since}
    late, due = order.c.ship_by < now, and_(order.c.ship_by >= now, order.c.ship_by <= due_before)
    open_stages = [stage for stage in flow if stage in OPEN_STAGES]
    parts = [(order.c.stage.in_(open_stages), late, due)] if open_stages else []
    late = order.c.shipped_at > order.c.ship_by
    parts += [(and_(order.c.stage == stage, kept[stage]), late, false()) for stage in flow if stage in kept]
    return [row for column, late, due in parts for row in tx.execute(_sums(late, due).where(column, matching))]


def _sums(late: ColumnElement[bool], due: ColumnElement[bool]) -> Select[Any]:
    return select(
        order.c.stage,
        order.c.currency,
        func.count().label("count"),
        func.sum(order.c.total).label("total"),
        func.sum(case((late, 1), else_=0)).label("late"),
        func.sum(case((due, 1), else_=0)).label("due"),
    ).group_by(order.c.stage, order.c.currency)


def cards(
    tx: Connection,
    stage: Stage,
    *,
    delivered_since: datetime,
    where: ColumnElement[bool] | None,
    after: tuple[int, int] | None,
    limit: int,
) -> list[Any]:
    """A keyset page of a column: open stages by ship-by then age, the others newest first.

    after  (sort key in milliseconds, order id) of the last card seen
    """
    is_open = stage in OPEN_STAGES
    key = order.c.ship_by if is_open else order.c.stage_at
    query = select(*_CARD).join(channel, channel.c.id == order.c.channel_id).where(order.c.stage == stage)
    if stage is Stage.DELIVERED:
        query = query.where(order.c.stage_at >= delivered_since)
    if where is not None:
        query = query.where(where)
    if after:
        here, there = tuple_(key, order.c.id), tuple_(*after)
        query = query.where(here > there if is_open else here < there)
    query = query.order_by(key, order.c.id) if is_open else query.order_by(key.desc(), order.c.id.desc())
    return list(tx.execute(query.limit(limit)))


def cards_by_id(
    tx: Connection, ids: Sequence[int], *, delivered_since: datetime, where: ColumnElement[bool] | None
) -> list[Any]:
    """Those of the orders that belong on the board (and match `where`), as cards."""
    query = select(*_CARD).join(channel, channel.c.id == order.c.channel_id)
    query = query.where(order.c.id.in_(ids), on_board(delivered_since))
    return list(tx.execute(query.where(where) if where is not None else query))
