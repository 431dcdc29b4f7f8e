"""Making one order of two: what the other one holds comes into this one, and the other is cancelled."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import orders as rows
from oms_app.domain import money
from oms_app.domain.changes import ChangeKind, ChangeView, Edit, LineEdit, RefundDraft, StockDifference
from oms_app.domain.errors import Refused
from oms_app.domain.payments import Method
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.related import FROM_ORDER, MERGED, MERGED_WITH, TO_ORDER
from oms_app.services import cancellation, changes, notes, orders, payments, refunds, related
from oms_app.services.changes import TakenBack
from oms_app.services.order_standing import Standing
from oms_app.services.shortfalls import BEFORE_PACKING

_ALIKE = {
    "currency": "has another currency",
    "channel_id": "came by another channel",
    "payment_method": "is paid in another way",
    "on_account": "is paid at another time",
    "gstin": "is for another GSTIN",
}


def preview(
    actor: Actor, number: str, other: str, *, version: int, other_version: int | None = None
) -> tuple[ChangeView, int]:
    """What a merge would bring about, and the version of the other order that it was judged by: it is carried out and
    taken back. Raises what `merge` raises."""
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.CANCEL_ORDERS)
    seen = 0
    try:
        with transaction() as tx:
            seen = other_version or orders.visible(tx, actor, other).version
            raise TakenBack(_merge(tx, actor, number, other, version, seen))
    except TakenBack as done:
        return done.change, seen


def merge(actor: Actor, number: str, other: str, *, version: int, other_version: int | None = None) -> ChangeView:
    """Take lines, discount, shipping, money, tags and notes of `other` into the order `number`, and cancel `other`; all
    or nothing.

    Both are of one buyer, go to one address, and are not packed. What was paid for `other` is recorded as given back
    there and as captured here, which needs `refund_orders`.
    version, other_version  what the actor saw; a later one raises StaleVersion
    Raises Refused with what stands against it, NotFound, Forbidden.
    """
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.CANCEL_ORDERS)
    with transaction() as tx:
        return _merge(tx, actor, number, other, version, other_version)


def _merge(
    tx: Connection, actor: Actor, number: str, other: str, version: int, other_version: int | None
) -> ChangeView:
    # Always in the same order, so that two who merge the same pair cannot wait for each other.
    for each in sorted({number, other}):
        orders.visible(tx, actor, each, lock=True)
    into = changes.lock(tx, actor, number, version)
    gone = orders.visible(tx, actor, other)
    if other_version is not None:
        gone = changes.lock(tx, actor, other, other_version)
    lines = _lines(tx, into, gone)
    edit = Edit(lines, discount=into.discount + gone.discount, shipping=into.shipping + gone.shipping)
    at, reason = datetime.now(UTC), f"{MERGED_WITH}{other}"
    freed = cancellation.cancel(actor, other, version=gone.version, reason=f"{MERGED}{number}")
    done = changes.carry_out(
        tx, actor, number, edit, version=version, reason=reason, refund=None, kind=ChangeKind.MERGE
    )
    paid = _move_money(tx, actor, rows.by_id(tx, into.id), rows.by_id(tx, gone.id), at)
    came = [f"Order {other} is cancelled."]
    if paid:
        came.append(f"{money.show(paid, into.currency)} that was paid for it counts for this order.")
    came += notes.bring(tx, actor, rows.by_id(tx, into.id), gone, at)
    now = Standing.read(tx, rows.by_id(tx, into.id))
    return replace(
        done,
        version=now.row.version,
        after=now.sums(),
        stock=_net(done.stock, freed.stock),
        effects=(*came, *done.effects),
        refund_due=refunds.due(now.row),
    )


def _net(*changed: tuple[StockDifference, ...]) -> tuple[StockDifference, ...]:
    """What both orders keep and wait for afterwards and did not before: most units only change hands."""
    units: Counter[tuple[str, str]] = Counter()
    for each in itertools.chain(*changed):
        units[each.sku, each.location] += each.units
    return tuple(StockDifference(*place, count) for place, count in sorted(units.items()) if count)


def _lines(tx: Connection, into: Any, gone: Any) -> tuple[LineEdit, ...]:
    if gone.number not in related.same_address(tx, into):
        raise Refused(f"Order {gone.number} is not an open order of this buyer to this address.", code="not_alike")
    for order in (into, gone):
        if order.stage not in BEFORE_PACKING or order.parcels:
            raise Refused(f"Order {order.number} is packed or split: it stays as it is.", code="too_late")
    for field, words in _ALIKE.items():
        if getattr(into, field) != getattr(gone, field):
            raise Refused(f"Order {gone.number} {words}.", code="not_alike")
    if gone.holds:
        raise Refused(f"Order {gone.number} is on hold: what it waits for comes first.", code="held")
    found = [line for line in rows.lines(tx, gone.id) if line.quantity > line.cancelled]
    products = catalogue.products_by_sku(tx, [line.sku for line in found])
    for line in found:
        product = products.get(line.sku)
        if product is None or line.personalisation or line.tax_included != product.tax_included:
            what = "is personalised" if line.personalisation else "is not the article it was"
            raise Refused(f"{line.sku} of order {gone.number} {what}: it stays an order of its own.", code="not_alike")
    return tuple(
        LineEdit(None, line.sku, line.quantity - line.cancelled, line.unit_price_micros, line.discount)
        for line in found
    )


def _move_money(tx: Connection, actor: Actor, into: Any, gone: Any, at: datetime) -> int:
    """Count what was paid for one order for the other; how much."""
    paid = min(refunds.due(gone), max(into.total - into.captured + into.refunded_excess, 0))
    if paid <= 0:
        return 0
    back = RefundDraft(Method.OTHER, paid, f"{TO_ORDER}{into.number}")
    refunds.give(tx, actor, gone, back, reason=f"Merged into order {into.number}", at=at)
    payments.take_over(tx, actor, into, paid, f"{FROM_ORDER}{gone.number}", at)
    return int(paid)
