"""Who works on an order, and the points somebody adds to its priority."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import accounts, projections
from oms_app.db.queries import orders as rows
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events, orders, priorities

MOST_POINTS = 1_000


def assign(actor: Actor, number: str, email: str) -> OrderView:
    """Give an order to somebody who may sign in, or to nobody (an empty e-mail)."""
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.NOTE_ORDERS)
    with transaction() as tx:
        user_id = user_called(tx, email)
        before = orders.visible(tx, actor, number, lock=True)
        if before.assignee_id != user_id:
            was = accounts.user(tx, before.assignee_id) if before.assignee_id else None
            said = {"assignee": was.email if was else ""}, {"assignee": email.strip().lower()}
            _change(tx, actor, before, "assigned", *said, assignee_id=user_id)
        return orders.load(tx, actor, rows.by_id(tx, before.id))


def boost(actor: Actor, number: str, points: int, *, reason: str) -> OrderView:
    """Add points to an order's priority, in place of those it was given before; 0 takes them back."""
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.PRIORITISE_ORDERS)
    if abs(points) > MOST_POINTS or (points and not reason.strip()):
        raise Malformed(f"Points go from −{MOST_POINTS:,} to {MOST_POINTS:,}, with a reason.")
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        if Stage(before.stage) not in OPEN_STAGES:
            raise Refused(f"Order {number} has left the building or is final: nothing is sooner than that.")
        if before.boost != points:
            now = {"boost": points, "boost_reason": reason.strip() if points else ""}
            _change(tx, actor, before, "boosted", {"boost": before.boost}, {"boost": points}, reason=reason, **now)
            priorities.rescore(tx, [before.id])
        return orders.load(tx, actor, rows.by_id(tx, before.id))


def people(actor: Actor) -> tuple[tuple[str, str], ...]:
    """(e-mail, name) of everybody an order can be given to."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return tuple((row.email, row.name) for row in accounts.users(tx) if row.active)


def user_called(tx: Connection, email: str) -> int | None:
    """The id of somebody who may sign in; None for nobody. Raises NotFound."""
    if not email.strip():
        return None
    row = accounts.user_by_email(tx, email.strip().lower())
    if row is None or not row.active:
        raise NotFound(f"Nobody with the e-mail {email.strip()} may sign in.", details={"field": "assignee"})
    return int(row.id)


def _change(
    tx: Connection,
    actor: Actor,
    before: Any,
    kind: str,
    was: dict[str, Any],
    now: dict[str, Any],
    *,
    reason: str = "",
    **values: Any,
) -> None:
    at = datetime.now(UTC)
    rows.change(tx, before, updated_at=at, **values)
    events.record(tx, actor, kind, subject_id=before.id, before=was, after=now, reason=reason.strip(), at=at)
    projections.order_changed(tx, before, rows.by_id(tx, before.id))
