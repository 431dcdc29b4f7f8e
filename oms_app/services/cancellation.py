"""Cancelling an order, or some units of its lines: reason, freed stock and refund in one transaction."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import orders as rows
from oms_app.domain.changes import ChangeKind, ChangeView, Edit, LineEdit, RefundDraft
from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.lifecycle import MoveDetails, Stage
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import changes, moves
from oms_app.services.changes import TakenBack
from oms_app.services.order_standing import Standing


def preview(
    actor: Actor,
    number: str,
    *,
    version: int,
    lines: Mapping[int, int] | None = None,
    refund: RefundDraft | None = None,
) -> ChangeView:
    """What a cancellation would bring about; nothing is kept of it. Raises what `cancel` raises."""
    actor.require(Permission.CANCEL_ORDERS)
    try:
        with transaction() as tx:
            raise TakenBack(_cancel(tx, actor, number, version, "preview", lines or {}, refund))
    except TakenBack as done:
        return done.change


def cancel(
    actor: Actor,
    number: str,
    *,
    version: int,
    reason: str,
    lines: Mapping[int, int] | None = None,
    refund: RefundDraft | None = None,
) -> ChangeView:
    """Cancel an order before it leaves the building, or so many units of some of its lines (by line id).

    Its stock is free again, and what was paid for it goes back where `refund` says so (permission `refund_orders`).
    Raises StaleVersion, IllegalMove, GuardsFailed, Refused, Malformed, NotFound, Forbidden.
    """
    actor.require(Permission.CANCEL_ORDERS)
    with transaction() as tx:
        return _cancel(tx, actor, number, version, reason, lines or {}, refund)


def _cancel(
    tx: Connection,
    actor: Actor,
    number: str,
    version: int,
    reason: str,
    units: Mapping[int, int],
    refund: RefundDraft | None,
) -> ChangeView:
    if not reason.strip():
        raise Malformed("Say why in a few words.", details={"field": "reason"})
    order = changes.lock(tx, actor, number, version)
    was, at = Standing.read(tx, order), datetime.now(UTC)
    left = {line.id: line.quantity - line.cancelled for line in was.lines}
    for line_id, count in units.items():
        if line_id not in left:
            raise NotFound(f"Order {number} has no line {line_id}.", details={"lines": [line_id]})
        if not 1 <= count <= left[line_id]:
            raise Malformed(f"Of line {line_id} between 1 and {left[line_id]} units can be cancelled.")
        left[line_id] -= count
    if units and any(left.values()):
        edit = Edit(tuple(LineEdit(line_id, quantity=left[line_id]) for line_id in units))
        return changes.carry_out(
            tx, actor, number, edit, version=version, reason=reason, refund=refund, kind=ChangeKind.CANCEL_LINES
        )
    row = moves.send(tx, actor, order, Stage.CANCELLED, MoveDetails(reason=reason.strip()), at)
    row = rows.by_id(tx, row.id)
    return changes.finish(tx, actor, ChangeKind.CANCEL, was, row, reason=reason, refund=refund, at=at)
