"""Changing a placed order: staged as an edit, previewed with all it brings about, committed as one numbered record."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import changes as record_rows
from oms_app.db.queries import orders as rows
from oms_app.domain import changes, money
from oms_app.domain.changes import ChangeKind, ChangeView, Edit, RefundDraft
from oms_app.domain.errors import Refused
from oms_app.domain.holds import TITLES
from oms_app.domain.lifecycle import MoveDetails, Stage
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import (
    addresses,
    change_records,
    events,
    moves,
    order_lines,
    orders,
    parcels,
    priorities,
    promises,
    refunds,
    shortfalls,
    sku_map,
)
from oms_app.services.order_standing import Standing, moment
from oms_app.services.shortfalls import BEFORE_PACKING

NOT_ISSUED = "Invoice and packing slip are not issued yet: they will show the order as it is then."


class TakenBack(Exception):
    """Ends the transaction of a preview; it carries what was found."""

    def __init__(self, change: ChangeView):
        super().__init__()
        self.change = change


def preview(actor: Actor, number: str, edit: Edit, *, version: int, refund: RefundDraft | None = None) -> ChangeView:
    """What a change would bring about: it is carried out and taken back, so that the commit does exactly this.

    Raises what `apply` raises.
    """
    actor.require(Permission.CREATE_ORDERS)
    try:
        with transaction() as tx:
            raise TakenBack(carry_out(tx, actor, number, edit, version=version, reason="", refund=refund))
    except TakenBack as done:
        return done.change


def apply(
    actor: Actor, number: str, edit: Edit, *, version: int, reason: str = "", refund: RefundDraft | None = None
) -> ChangeView:
    """Change an order before it is packed: lines, prices, discounts, shipping, service, address; the rest follows.

    version  the version the actor saw; a later one raises StaleVersion
    refund   what was paid too much goes back in the same transaction (permission `refund_orders`)
    Raises Refused where nothing would change or be left, or the order is packed; Malformed, NotFound, Forbidden.
    """
    actor.require(Permission.CREATE_ORDERS)
    with transaction() as tx:
        return carry_out(tx, actor, number, edit, version=version, reason=reason, refund=refund)


def lock(tx: Connection, actor: Actor, number: str, version: int) -> Any:
    """The order row, locked, at the version the actor saw. Raises NotFound, StaleVersion."""
    actor.require(Permission.SEE_ORDERS)
    order = orders.visible(tx, actor, number, lock=True)
    if order.version != version:
        raise moves.stale(tx, order)
    return order


def carry_out(
    tx: Connection,
    actor: Actor,
    number: str,
    edit: Edit,
    *,
    version: int,
    reason: str,
    refund: RefundDraft | None,
    kind: ChangeKind = ChangeKind.EDIT,
) -> ChangeView:
    """Do everything a change means inside the transaction of a caller who has asked for the permission."""
    changes.check(edit)
    order = lock(tx, actor, number, version)
    if order.stage not in BEFORE_PACKING:
        way = "send it back to Picking first" if order.stage == Stage.PACKED else "start a return instead"
        raise Refused(f"Order {number} is packed or gone: {way}.", code="too_late")
    was, held, at = Standing.read(tx, order), rows.open_holds(tx, order.id), datetime.now(UTC)
    if edit.ship_to is not None:
        addresses.correct(actor, number, edit.ship_to)
    if edit.service is not None:
        promises.give_service(tx, rows.by_id(tx, order.id), edit.service, at)
        priorities.rescore(tx, [order.id])
    if edit.lines or edit.discount is not None or edit.shipping is not None:
        order_lines.rewrite(tx, rows.by_id(tx, order.id), was, edit, at)
        priorities.rescore(tx, [order.id])
        sku_map.settle(tx, actor, rows.by_id(tx, order.id), at)
        if order_lines.grew(was, Standing.read(tx, order)):
            shortfalls.fill(tx, actor, [order.id])
    row, effects = parcels.follow(tx, actor, rows.by_id(tx, order.id), at), []
    if row.service != order.service:
        effects.append(f"It ships by {moment(row.ship_by)} instead of {moment(order.ship_by)}.")
    if row.shortfall and not row.parcels and row.stage in (Stage.READY, Stage.PICKING):
        row = moves.send(tx, actor, row, Stage.PROCESSING, MoveDetails(), at)
        effects.append(f"The order goes back to Processing: {row.shortfall} of its units wait for stock.")
    elif row.stage == Stage.PICKING and edit.lines:
        effects.append("The order is being picked: tell whoever picks it.")
    still = {hold.id for hold in rows.open_holds(tx, order.id)}
    effects += [f"Its hold goes: {TITLES[hold.kind]}." for hold in held if hold.id not in still]
    return finish(tx, actor, kind, was, row, reason=reason, refund=refund, at=at, effects=effects)


def finish(
    tx: Connection,
    actor: Actor,
    kind: ChangeKind,
    was: Standing,
    row: Any,
    *,
    reason: str,
    refund: RefundDraft | None,
    at: datetime,
    effects: Sequence[str] = (),
) -> ChangeView:
    """Record a change that was carried out, with the refund that goes with it. Raises Refused where nothing changed."""
    now = Standing.read(tx, row)
    before, after = was.said(now)
    if was.row.stage != row.stage and row.stage == Stage.CANCELLED:
        before["stage"], after["stage"] = was.row.stage, row.stage
    if not after:
        raise Refused("Nothing is changed.", code="nothing_changed")
    reason = reason.strip()
    number = change_records.write(tx, actor, row, kind, before, after, reason=reason, at=at)
    said = {**after, "change": number}
    events.record(tx, actor, "changed", subject_id=row.id, before=before, after=said, reason=reason, at=at)
    given = 0
    if refund is not None:
        paid_back = refunds.give(tx, actor, row, refund, reason=reason, at=at)
        given, row = paid_back.refunded - row.refunded, paid_back
        record_rows.set_refunded(tx, row.id, number, given)
        effects = [*effects, f"{money.show(given, row.currency)} goes back by {refund.method}."]
    return ChangeView(
        order=row.number,
        version=row.version,
        currency=row.currency,
        number=number,
        before=was.sums(),
        after=Standing.read(tx, row).sums(),
        lines=was.line_differences(now),
        stock=was.stock_differences(now),
        effects=tuple(effects),
        documents=(NOT_ISSUED,),
        refund=given,
        refund_due=refunds.due(row),
    )
