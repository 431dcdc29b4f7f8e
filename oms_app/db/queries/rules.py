"""Rules, the log of what they did, and what they would have done."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.queries.orders import order
from oms_app.db.tables.rules import Rule, RuleFiring
from oms_app.db.tables.spine import Event, ReaderCursor

rule = Rule.__table__  # type: ignore[attr-defined]
firing = RuleFiring.__table__  # type: ignore[attr-defined]
_event = Event.__table__  # type: ignore[attr-defined]
_cursor = ReaderCursor.__table__  # type: ignore[attr-defined]

_READER = "rules"


def every(tx: Connection, most: int) -> list[Any]:
    """Every rule in order, with how often it acted, counted up to `most`, and when it did last."""
    its = firing.c.rule_id == rule.c.id
    some = select(firing.c.id).where(its).limit(most).correlate(rule).subquery()
    counted = select(func.count()).select_from(some).scalar_subquery()
    last = select(firing.c.at).where(its).order_by(firing.c.id.desc()).limit(1).scalar_subquery()
    query = select(rule, counted.label("fired"), last.label("fired_at"))
    return list(tx.execute(query.where(~rule.c.deleted).order_by(rule.c.position, rule.c.id)))


def active(tx: Connection) -> list[Any]:
    """Rules that are on, in order."""
    return list(tx.execute(select(rule).where(rule.c.active, ~rule.c.deleted).order_by(rule.c.position, rule.c.id)))


def get(tx: Connection, rule_id: int, *, lock: bool = False) -> Any | None:
    """A rule that was not removed."""
    query = select(rule).where(rule.c.id == rule_id, ~rule.c.deleted)
    return tx.execute(query.with_for_update() if lock else query).first()


def add(tx: Connection, values: dict[str, Any]) -> int:
    """Insert a rule behind all others; returns its id."""
    last = tx.scalar(select(func.max(rule.c.position))) or 0
    return int(tx.execute(insert(rule).values(position=last + 1, **values).returning(rule.c.id)).scalar_one())


def change(tx: Connection, rule_id: int, **values: Any) -> None:
    """Write values on a rule."""
    tx.execute(update(rule).where(rule.c.id == rule_id).values(**values))


def fire(tx: Connection, values: dict[str, Any]) -> int | None:
    """Log that a rule fitted an event; None where it did already."""
    statement = upsert(tx)(firing).values(values).on_conflict_do_nothing(index_elements=["rule_id", "event_id"])
    return tx.execute(statement.returning(firing.c.id)).scalar()


def settle(tx: Connection, firing_id: int, outcome: str, steps: list[Any]) -> None:
    """Say what came of a firing."""
    tx.execute(update(firing).where(firing.c.id == firing_id).values(outcome=outcome, steps=steps))


def firings(
    tx: Connection,
    *,
    rule_id: int | None,
    order_id: int | None,
    before: int | None,
    location_id: int | None,
    limit: int,
) -> list[Any]:
    """The log, newest first: of all rules or one, of all orders or one."""
    query = (
        select(firing, rule.c.name, order.c.number, _event.c.kind)
        .join(rule, rule.c.id == firing.c.rule_id)
        .join(order, order.c.id == firing.c.order_id)
        .outerjoin(_event, _event.c.id == firing.c.event_id)
    )
    if rule_id:
        query = query.where(firing.c.rule_id == rule_id)
    if order_id:
        query = query.where(firing.c.order_id == order_id)
    if before:
        query = query.where(firing.c.id < before)
    if location_id is not None:
        query = query.where(order.c.location_id == location_id)
    return list(tx.execute(query.order_by(firing.c.id.desc()).limit(limit)))


def cursor(tx: Connection) -> int | None:
    """The last event that the rules have seen; None before the first."""
    return tx.scalar(select(_cursor.c.event_id).where(_cursor.c.name == _READER))


def move_cursor(tx: Connection, event_id: int) -> None:
    """Note how far the rules have come; never back."""
    row = upsert(tx)(_cursor).values(name=_READER, event_id=event_id)
    later = row.excluded.event_id > _cursor.c.event_id
    tx.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"event_id": row.excluded.event_id}, where=later)
    )


def first_event_since(tx: Connection, moment: datetime) -> int:
    """About the first event at or after a moment, found by halving: ids run with the time."""
    low, high = 0, int(tx.scalar(select(func.max(_event.c.id))) or 0)
    while low < high:
        middle = (low + high) // 2
        query = select(_event.c.id, _event.c.at).where(_event.c.id > middle).order_by(_event.c.id).limit(1)
        found = tx.execute(query).first()
        if found is not None and found.at < moment:
            low = found.id
        else:
            high = middle
    return low + 1


def orders_with(tx: Connection, kind: str, first: int, last: int) -> set[int]:
    """Orders with an event of this kind between two events."""
    inside = and_(_event.c.id.between(first, last), _event.c.kind == kind, _event.c.order_id.is_not(None))
    return set(tx.scalars(select(_event.c.order_id).where(inside).distinct()))
