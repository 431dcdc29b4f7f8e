"""The promises and stage times as they are kept, and the orders that will miss a pickup of today."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, not_, or_, select, true

from oms_app.db.queries import company as settings
from oms_app.db.queries.catalogue import location
from oms_app.db.queries.orders import order
from oms_app.db.tables.rollups import OrderDwell
from oms_app.domain import pickups, promises
from oms_app.domain.lifecycle import OPEN_STAGES
from oms_app.domain.pickups import Chance, Limit, Outlook, StageTimes
from oms_app.domain.promises import Promises

PROMISES, STAGE_TIMES = "promises", "stage_times"
"""Names of the settings they are kept under."""

_dwell = OrderDwell.__table__  # type: ignore[attr-defined]


def kept(tx: Connection) -> tuple[Promises, dict[int, str], StageTimes]:
    """The promises, the codes of the locations by id, and how long each stage takes."""
    return (
        promises.read(settings.setting(tx, PROMISES)),
        {row.id: row.code for row in tx.execute(select(location.c.id, location.c.code))},
        pickups.read_times((settings.setting(tx, STAGE_TIMES) or {}).get("stages")),
    )


def left_since(tx: Connection, moment: datetime, limit: int) -> list[Any]:
    """(shipped_at, location_id, seconds in each open stage) of the orders that left last."""
    stays = (_dwell.c[stage] for stage in OPEN_STAGES)
    query = select(order.c.shipped_at, order.c.location_id, *stays).join(_dwell, _dwell.c.order_id == order.c.id)
    return list(tx.execute(query.where(order.c.shipped_at >= moment).order_by(order.c.shipped_at.desc()).limit(limit)))


def missing(outlooks: Iterable[Outlook], chance: Chance, now: datetime) -> ColumnElement[bool]:
    """The orders that will, or may, miss the pickup of today that they must go with."""
    found = []
    for each in outlooks:
        promised = [order.c.ship_by.is_not(None), order.c.location_id == each.location_id]
        promised += [order.c.ship_by >= each.due.since] if each.due.since else []
        promised += [order.c.ship_by < each.due.before] if each.due.before else []
        for stage, limits in each.limits.items():
            late = _missed(limits[chance], now)
            if chance is Chance.MAY_MISS:
                late = and_(late, not_(_missed(limits[Chance.WILL_MISS], now)))
            found.append(and_(order.c.stage == stage, *promised, late))
    return or_(*found) if found else false()


def count(tx: Connection, where: ColumnElement[bool], location_id: int | None) -> int:
    """How many orders in the building satisfy a condition."""
    here = order.c.location_id == location_id if location_id is not None else true()
    counted = select(func.count()).select_from(order).where(order.c.stage.in_(OPEN_STAGES), where, here)
    return tx.scalar(counted) or 0


def _missed(limit: Limit, now: datetime) -> ColumnElement[bool]:
    return true() if now > limit.now else order.c.stage_at > limit.entered
