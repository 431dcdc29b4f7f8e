"""Counts of the Today page, one pass over the orders that are still in the building."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, exists, func, literal, select

from oms_app.db.queries.orders import order
from oms_app.db.tables.accounts import User
from oms_app.db.tables.catalogue import Channel, Location, Product
from oms_app.db.tables.company import Company
from oms_app.db.tables.spine import Event
from oms_app.domain.lifecycle import OPEN_STAGES

_event = Event.__table__  # type: ignore[attr-defined]
_user, _channel = User.__table__, Channel.__table__  # type: ignore[attr-defined]
_product, _location = Product.__table__, Location.__table__  # type: ignore[attr-defined]
_company = Company.__table__  # type: ignore[attr-defined]

RECENT_EVENTS = 3_000


def open_orders(tx: Connection, now: datetime, due_before: datetime, location_id: int | None) -> list[Row[Any]]:
    """(stage, count, late, due, held, shortfall) of the orders in the building."""
    late = order.c.ship_by < now
    due = and_(order.c.ship_by >= now, order.c.ship_by <= due_before)
    query = (
        select(
            order.c.stage,
            func.count().label("orders"),
            _count(late).label("late"),
            _count(due).label("due"),
            _count(order.c.holds > 0).label("held"),
            _count(order.c.shortfall > 0).label("shortfall"),
        )
        .where(order.c.stage.in_(OPEN_STAGES))
        .group_by(order.c.stage)
    )
    return list(tx.execute(query if location_id is None else query.where(order.c.location_id == location_id)))


def touched_by(tx: Connection, actor: str, location_id: int | None, limit: int) -> list[Row[Any]]:
    """Orders that somebody changed among the newest events of the shop, last change first."""
    newest = select(_event.c.id, _event.c.order_id, _event.c.actor).order_by(_event.c.id.desc()).limit(RECENT_EVENTS)
    recent = newest.subquery()
    mine = (
        select(recent.c.order_id, func.max(recent.c.id).label("last"))
        .where(recent.c.actor == actor, recent.c.order_id.is_not(None))
        .group_by(recent.c.order_id)
        .subquery()
    )
    query = select(order.c.number, order.c.stage, order.c.customer_name, order.c.city).join(
        mine, mine.c.order_id == order.c.id
    )
    if location_id is not None:
        query = query.where(order.c.location_id == location_id)
    return list(tx.execute(query.order_by(mine.c.last.desc()).limit(limit)))


def steps_taken(tx: Connection) -> dict[str, bool]:
    """Which first steps of a new shop were taken with real data; the demo shop does not count."""
    real_channels = select(_channel.c.id).where(_channel.c.demo.is_(False))
    facts = select(
        exists(select(_company.c.id).where(_company.c.legal_name != "")).label("company"),
        exists(select(_location.c.id).where(_location.c.demo.is_(False), _location.c.postal_code != "")).label(
            "location"
        ),
        exists(select(_product.c.id).where(_product.c.demo.is_(False))).label("product"),
        (select(func.count()).select_from(_user).where(_user.c.demo.is_(False)).scalar_subquery() > 1).label("people"),
        exists(
            select(literal(1)).where(order.c.stage.in_(("shipped", "delivered")), order.c.channel_id.in_(real_channels))
        ).label("shipped"),
    )
    return {name: bool(value) for name, value in tx.execute(facts).one()._mapping.items()}


def has_demo(tx: Connection) -> bool:
    """Whether the demo shop is here."""
    return bool(tx.scalar(select(exists(select(_channel.c.id).where(_channel.c.demo)))))


def _count(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
