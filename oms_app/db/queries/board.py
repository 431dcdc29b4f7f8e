"""The board's reads: cards of a column by keyset, totals of every column in one grouped index scan."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, func, or_, select, text, true, tuple_

from oms_app.db.queries.catalogue import location
from oms_app.db.queries.orders import channel, hold, order
from oms_app.db.tables.orders import IN_THE_BUILDING
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
    order.c.priority_why,
    order.c.location_id,
    order.c.assignee_id,
    order.c.customer_name,
    order.c.city,
    order.c.total,
    order.c.currency,
    order.c.units,
    order.c.payment_method,
    order.c.payment_status,
    order.c.captured,
    order.c.refunded_excess,
    order.c.on_account,
    order.c.holds,
    order.c.shortfall,
    order.c.parcels,
    order.c.gstin,
    channel.c.name.label("channel"),
    channel.c.title.label("channel_title"),
    location.c.name.label("location"),
    channel.c.demo,
)


_JOINED = order.join(channel, channel.c.id == order.c.channel_id).outerjoin(
    location, location.c.id == order.c.location_id
)

_HELD_FOR = (
    select(hold.c.reason)
    .where(hold.c.order_id == order.c.id, hold.c.released_at.is_(None))
    .order_by(hold.c.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("held_for")
)
"""What the newest open hold of the order says."""


def on_board(delivered_since: datetime) -> ColumnElement[bool]:
    """Orders the board shows: everything open or on its way, and what was delivered since that moment."""
    return or_(
        order.c.stage.in_([*OPEN_STAGES, Stage.SHIPPED]),
        and_(order.c.stage == Stage.DELIVERED, order.c.stage_at >= delivered_since),
    )


def standing(tx: Connection, ids: Sequence[int]) -> list[tuple[str, bool]]:
    """(stage, whether on hold) as these orders stand now, each once."""
    found = tx.execute(select(order.c.stage, order.c.holds > 0).where(order.c.id.in_(ids)).distinct())
    return [(stage, bool(held)) for stage, held in found]


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
    after: tuple[int, ...] | None,
    limit: int,
) -> list[Any]:
    """A keyset page of a column: open stages by priority, ship-by and age, the others newest first.

    after  the keys of the last card seen: priority where the stage is open, milliseconds, order id
    """
    is_open = stage in OPEN_STAGES
    query = select(*_CARD).select_from(_JOINED).where(order.c.stage == stage)
    if stage is Stage.DELIVERED:
        query = query.where(order.c.stage_at >= delivered_since)
    if where is not None:
        query = query.where(where)
    if is_open:
        query = query.where(text(IN_THE_BUILDING))
        query = query.order_by(order.c.priority.desc(), order.c.ship_by, order.c.id)
    else:
        query = query.order_by(order.c.stage_at.desc(), order.c.id.desc())
    if after and is_open:
        score, *rest = after
        same = and_(order.c.priority == score, tuple_(order.c.ship_by, order.c.id) > tuple_(*rest))
        query = query.where(order.c.priority <= score, or_(order.c.priority < score, same))
    elif after:
        query = query.where(tuple_(order.c.stage_at, order.c.id) < tuple_(*after))
    return list(tx.execute(query.limit(limit)))


def side(tx: Connection, where: ColumnElement[bool] | None, limit: int) -> list[Any]:
    """The first orders that match, in any stage, those that must leave first at the head."""
    query = select(*_CARD, _HELD_FOR).select_from(_JOINED)
    query = query.where(where if where is not None else true())
    return list(tx.execute(query.order_by(order.c.ship_by, order.c.id).limit(limit)))


def count(tx: Connection, where: ColumnElement[bool] | None) -> int:
    """How many orders match."""
    return tx.scalar(select(func.count()).select_from(order).where(where if where is not None else true())) or 0


def cards_by_id(
    tx: Connection, ids: Sequence[int], *, delivered_since: datetime, where: ColumnElement[bool] | None
) -> list[Any]:
    """Those of the orders that belong on the board (and match `where`), as cards."""
    query = select(*_CARD).select_from(_JOINED)
    query = query.where(order.c.id.in_(ids), on_board(delivered_since))
    return list(tx.execute(query.where(where) if where is not None else query))
