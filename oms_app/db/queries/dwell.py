"""How long orders stayed in each open stage: kept with every move, or computed anew from the spine."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    select,
    type_coerce,
)

from oms_app.db.engine import insert as upsert
from oms_app.db.tables.orders import Order
from oms_app.db.tables.rollups import OrderDwell
from oms_app.db.tables.spine import Event
from oms_app.domain.lifecycle import OPEN_STAGES
from oms_app.domain.rollups import Dwell, OrderFacts, seconds_between

_orders, _dwell, _event = Order.__table__, OrderDwell.__table__, Event.__table__  # type: ignore[attr-defined]
_STAGES = tuple(stage.value for stage in OPEN_STAGES)
NONE = Dwell()
_OF_ORDERS = select(_dwell).where(_dwell.c.order_id.in_(bindparam("ids", expanding=True)))


def load(tx: Connection, order_ids: Sequence[int]) -> dict[int, Dwell]:
    """What is known of these orders; an order that never left a stage is missing."""
    found = tx.execute(_OF_ORDERS, {"ids": order_ids}) if order_ids else ()
    return {row.order_id: Dwell(*row[1:]) for row in found}


def advance(before: OrderFacts, after: OrderFacts, known: Dwell) -> Dwell:
    """The dwell after a move: the visit of the stage it left has ended."""
    if before.stage == after.stage or before.stage not in _STAGES:
        return known
    entered = before.placed_at if before.stage == "placed" and known.placed is None else before.stage_at
    return known.leaving(before.stage, seconds_between(entered, after.stage_at))


def save(tx: Connection, dwells: dict[int, Dwell]) -> None:
    """Write the dwell of these orders."""
    statement = upsert(tx)(_dwell)
    replace = {name: statement.excluded[name] for name in _STAGES}
    tx.execute(
        statement.on_conflict_do_update(index_elements=["order_id"], set_=replace),
        [{"order_id": order_id, **asdict(dwell)} for order_id, dwell in dwells.items()],
    )


def add_from_events(tx: Connection, where: ColumnElement[bool]) -> None:
    """Write the dwell of orders that have none yet, from the moves on their timelines."""
    tx.execute(insert(_dwell).from_select(["order_id", *_STAGES], _from_events(where)))


def remove(tx: Connection, where: ColumnElement[bool]) -> None:
    """Forget the dwell of the orders that satisfy `where`."""
    tx.execute(delete(_dwell).where(_dwell.c.order_id.in_(select(_orders.c.id).where(where))))


def differing(tx: Connection, where: ColumnElement[bool], limit: int) -> Iterable[int]:
    """Ids of orders whose dwell is not what their timeline says."""
    stored = select(_dwell.c.order_id, *(_dwell.c[name] for name in _STAGES))
    stored = stored.join(_orders, _orders.c.id == _dwell.c.order_id).where(where)
    computed = _from_events(where)
    both = computed.union_all(stored).subquery()
    columns = [both.c.order_id, *(both.c[name] for name in _STAGES)]
    return tx.scalars(select(both.c.order_id).group_by(*columns).having(func.count() != 2).limit(limit))


def _from_events(where: ColumnElement[bool]) -> Any:
    """(order_id, seconds in each open stage) by the moves of the orders that satisfy `where`."""
    at, placed_at = type_coerce(_event.c.at, BigInteger), type_coerce(_orders.c.placed_at, BigInteger)
    left = _event.c.before["stage"].as_string()
    previous = func.lag(at).over(partition_by=_event.c.order_id, order_by=_event.c.id)
    visits = (
        select(
            _event.c.order_id.label("order_id"),
            left.label("stage"),
            cast((at - func.coalesce(previous, placed_at)) // 1000, Integer).label("seconds"),
        )
        .select_from(_orders.join(_event, _event.c.order_id == _orders.c.id))
        .where(and_(where, _event.c.kind == "moved"))
        .subquery()
    )
    whole = case((visits.c.seconds < 0, 0), else_=visits.c.seconds)
    sums = (cast(func.sum(case((visits.c.stage == name, whole))), Integer).label(name) for name in _STAGES)
    return select(visits.c.order_id, *sums).where(visits.c.stage.in_(_STAGES)).group_by(visits.c.order_id)
