"""The hold queues: counts by kind, a page of one, and what is due to end by itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from oms_app.db.queries import bounded
from oms_app.db.queries.orders import address, channel, hold, order
from oms_app.domain.lifecycle import OPEN_STAGES

_OPEN = (hold.c.released_at.is_(None), order.c.stage.in_(OPEN_STAGES))
_COLUMNS = (
    *(hold.c[name] for name in ("id", "kind", "code", "reason", "fix", "until", "opened_by", "opened_at")),
    order.c.id.label("order_id"),
    *(order.c[name] for name in ("number", "customer_name", "total", "currency", "payment_method")),
    channel.c.name.label("channel"),
    channel.c.title.label("channel_title"),
    *(address.c[name] for name in ("phone", "line1", "line2", "city", "state", "postal_code", "country")),
)


def counts(tx: Connection, kinds: Iterable[str], most: int, location_id: int | None = None) -> dict[str, int]:
    """How many holds of each kind stand on orders that are still in the building, at most `most` + 1 of each."""
    query = select(hold.c.id).join(order, order.c.id == hold.c.order_id).where(*_OPEN)
    if location_id is not None:
        query = query.where(order.c.location_id == location_id)
    return bounded.counts(tx, {kind: query.where(hold.c.kind == kind) for kind in kinds}, most)


def page(tx: Connection, kind: str, *, after: int = 0, limit: int = 50, location_id: int | None = None) -> list[Any]:
    """A keyset page of one queue, oldest hold first; `after` is a hold id. Every kind where `kind` is empty."""
    query = (
        select(*_COLUMNS)
        .join_from(hold, order, order.c.id == hold.c.order_id)
        .join(channel, channel.c.id == order.c.channel_id)
        .outerjoin(address, address.c.id == order.c.ship_to_id)
        .where(*_OPEN, hold.c.id > after)
        .order_by(hold.c.id)
        .limit(limit)
    )
    if kind:
        query = query.where(hold.c.kind == kind)
    if location_id is not None:
        query = query.where(order.c.location_id == location_id)
    return list(tx.execute(query))


def due(tx: Connection, now: datetime, limit: int) -> list[Any]:
    """(order number, hold id) of holds whose day has come, the longest waiting first."""
    query = (
        select(order.c.number, hold.c.id)
        .join(order, order.c.id == hold.c.order_id)
        .where(hold.c.released_at.is_(None), hold.c.until <= now, order.c.stage.in_(OPEN_STAGES))
        .order_by(hold.c.until)
        .limit(limit)
    )
    return list(tx.execute(query))


def change(tx: Connection, hold_id: int, **values: Any) -> None:
    """Write on an open hold."""
    tx.execute(update(hold).where(hold.c.id == hold_id, hold.c.released_at.is_(None)).values(values))


def release_all(tx: Connection, order_id: int, by: str, at: datetime) -> None:
    """Close every open hold of an order."""
    mine = (hold.c.order_id == order_id, hold.c.released_at.is_(None))
    tx.execute(update(hold).where(*mine).values(released_by=by, released_at=at))
