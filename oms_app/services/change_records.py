"""The numbered records of what was changed on an order: written with the change, read as its versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import changes as rows
from oms_app.domain.changes import ChangeKind, ChangeRecord
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import orders


def write(
    tx: Connection,
    actor: Actor,
    order: Any,
    kind: ChangeKind,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    reason: str,
    at: datetime,
) -> int:
    """Record a change of a locked order, given its row afterwards; returns the change's number."""
    values = {"kind": kind, "before": dict(before), "after": dict(after), "total": order.total, "reason": reason}
    return rows.add(tx, order.id, **values, actor=actor.name, source=actor.source, at=at)


def of_order(actor: Actor, number: str) -> tuple[ChangeRecord, ...]:
    """What was changed on an order, newest first. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return read(tx, orders.visible(tx, actor, number))


def read(tx: Connection, order: Any) -> tuple[ChangeRecord, ...]:
    """What was changed on an order's row, newest first; the first version has no change behind it."""
    found = rows.of_order(tx, order.id) if order.version > 1 else ()
    return tuple(_view(row, order.currency) for row in found)


def _view(row: Any, currency: str) -> ChangeRecord:
    before, after = row.before or {}, row.after or {}
    names = [*before, *(name for name in after if name not in before)]
    return ChangeRecord(
        number=row.number,
        kind=row.kind,
        actor=row.actor,
        source=row.source,
        changed=tuple((name, before.get(name, ""), after.get(name, "")) for name in names),
        total=row.total,
        refunded=row.refunded,
        currency=currency,
        reason=row.reason,
        at=row.at,
    )
