"""Recording what happened, and reading it back as a timeline."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import events as rows
from oms_app.domain.orders import EventView
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import orders


def record(
    tx: Connection,
    actor: Actor,
    kind: str,
    *,
    subject: str = "order",
    subject_id: int,
    order_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> int:
    """Append an event to the spine inside the caller's transaction; returns its id.

    before, after  JSON objects with the fields that changed. Never put a secret or a password hash there.
    """
    return rows.append(
        tx,
        {
            "subject": subject,
            "subject_id": subject_id,
            "order_id": subject_id if subject == "order" else order_id,
            "kind": kind,
            "actor": actor.name,
            "source": actor.source,
            "before": dict(before or {}),
            "after": dict(after or {}),
            "reason": reason,
            "at": at or datetime.now(UTC),
        },
    )


def timeline(actor: Actor, number: str, *, before: int | None = None, limit: int = 500) -> tuple[EventView, ...]:
    """An order's events, newest last; `before` (an event id) pages back. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        order = orders.visible(tx, actor, number)
        return tuple(view(row) for row in rows.of_order(tx, order.id, before=before, limit=limit))


def history(actor: Actor, number: str, *, after: int = 0, limit: int = 50) -> tuple[EventView, ...]:
    """A keyset page of an order's events, oldest first; `after` is an event id. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        order = orders.visible(tx, actor, number)
        return tuple(view(row) for row in rows.of_order_after(tx, order.id, after=after, limit=limit))


def view(row: Any) -> EventView:
    """An event row as a value."""
    return EventView(
        id=row.id,
        kind=row.kind,
        actor=row.actor,
        source=row.source,
        before=row.before or {},
        after=row.after or {},
        reason=row.reason,
        at=row.at,
        order_id=row.order_id,
        subject=row.subject,
        subject_id=row.subject_id,
    )
