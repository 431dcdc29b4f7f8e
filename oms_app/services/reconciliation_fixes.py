"""Mending what a reconciliation found: taken over again, told again, or placed; looked at once more before it is done.

A difference that is gone by then is only marked; mending twice is mending once.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channels as links
from oms_app.db.queries import intake
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import reconciliation as rows
from oms_app.domain.changes import Edit, LineEdit, RefundDraft
from oms_app.domain.channel_tasks import TaskState
from oms_app.domain.channels import ChannelOrder
from oms_app.domain.errors import NotFound, OmsError, Refused, Unavailable
from oms_app.domain.payments import Method, PaymentKind
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.reconciliation import DifferenceKind, Fix, captured, refunded
from oms_app.integrations.ports import Channel
from oms_app.services import (
    arriving_lines,
    cancellation,
    changes,
    channel_calls,
    channel_orders,
    channel_stock,
    channel_tasks,
    events,
    payments,
    refunds,
)
from oms_app.services import reconciliation_look as look
from oms_app.services.reconciliation import DifferenceView, view

AT_ONCE = 50
_ROUNDS = 20
_REASON = "Reconciled with the channel"


def fix(actor: Actor, difference_id: int) -> DifferenceView:
    """Mend one. Raises Refused with what stands in the way, NotFound, Unavailable, Rejected."""
    actor.require(Permission.MANAGE_CHANNELS)
    with reading() as tx:
        row = rows.difference_of(tx, difference_id)
        link = None if row is None else links.link_of(tx, row.channel_id)
    if row is None or link is None:
        raise NotFound("This difference is not here any more: look again.")
    if row.fixed_at is None:
        if row.fix == Fix.PERSON:
            raise Refused("Nobody but a person can say which side is right: mend it on one of them, then look again.")
        _mend(actor, link, [row])
    with reading() as tx:
        row = rows.difference_of(tx, difference_id)
    if row is None or row.fixed_at is None:
        raise Refused("It is still so." if row is None or not row.problem else row.problem, code="not_mended")
    return view(row)


def fix_all(actor: Actor, name: str, kind: str = "") -> tuple[int, int]:
    """Mend all that is open of a channel's last run, or all of a kind; returns (mended, could not be).

    Raises NotFound, Unavailable, Rejected: what was mended by then stays so.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    with reading() as tx:
        link = links.link_named(tx, name)
        last = None if link is None else rows.last_run(tx, link.channel_id)
    if link is None:
        raise NotFound(f"No channel “{name}” is connected.")
    mended, left, after = 0, 0, 0
    while last is not None:
        with reading() as tx:
            found = rows.differences(tx, last.id, kind=kind, after=after, limit=AT_ONCE)
        if not found:
            break
        after, mendable = found[-1].id, [row for row in found if row.fix != Fix.PERSON]
        done = _mend(actor, link, mendable)
        mended, left = mended + done, left + len(mendable) - done
    return mended, left


def _mend(actor: Actor, link: Any, found: Sequence[Any]) -> int:
    """Mend some of one channel; returns how many are mended. Why another is not stands on it."""
    levels = [row for row in found if row.kind == DifferenceKind.STOCK]
    told = [row for row in found if row.fix == Fix.TELL and row.kind != DifferenceKind.STOCK]
    taken = [row for row in found if row.fix in (Fix.TAKE, Fix.PLACE)]
    done = 0
    if told:
        _tell(link, told)
    if told or taken:
        with channel_calls.calling(link, "mend") as channel:
            done += sum(_settle(actor, link, channel, row, lambda _tx, _theirs: None) for row in told)
            done += sum(_settle(actor, link, channel, row, lambda tx, their: _take(tx, link, their)) for row in taken)
    # Stock comes last: orders that are placed or cancelled change it, here and there.
    return done + (_tell_levels(actor, link, levels) if levels else 0)


def _settle(
    actor: Actor, link: Any, channel: Channel, row: Any, act: Callable[[Connection, ChannelOrder], object]
) -> bool:
    """Do what mends a difference if it is still there, and look whether it is gone; both or neither."""
    try:
        theirs = channel_calls.adapter_of(link.kind).read(channel.order(row.external_id).body)
        with transaction() as tx:
            if _still(tx, link, theirs, row):
                act(tx, theirs)
                if said := _still(tx, link, theirs, row):
                    raise Refused(f"{'Told again, and ' if row.fix == Fix.TELL else ''}still so: {said}")
            _mark(tx, actor, link, row)
        return True
    except Unavailable:
        raise
    except OmsError as error:
        with transaction() as tx:
            rows.settle(tx, row.id, problem=error.message)
        return False


def _still(tx: Connection, link: Any, theirs: ChannelOrder, row: Any) -> str:
    """What still differs of a kind, as a sentence; empty: nothing."""
    # Nothing counts as under way here: it was just told, or just taken over.
    [found] = look.orders(tx, link, [theirs], datetime.now(UTC) + 2 * look.RECENT)
    return next((each.said for each in found.differences if each.kind == row.kind), "")


def _mark(tx: Connection, actor: Actor, link: Any, row: Any) -> None:
    now = datetime.now(UTC)
    rows.settle(tx, row.id, fixed_at=now, fixed_by=actor.name, problem="")
    if row.fix in (Fix.TAKE, Fix.PLACE):
        rows.give_up_messages(tx, link.channel_id, row.external_id, now)
    after = {"kind": row.kind, "external_id": row.external_id, "difference": row.said}
    events.record(
        tx,
        actor,
        "difference_mended",
        subject="channel",
        subject_id=link.channel_id,
        order_id=row.order_id,
        after=after,
        at=now,
    )


def _tell(link: Any, found: Sequence[Any]) -> None:
    """Have the channel told once more what it is owed of these orders, and tell it."""
    now, ids = datetime.now(UTC), {row.order_id for row in found}
    with transaction() as tx:
        channel_tasks.owe(tx, sorted(ids))
        for row in found:
            rows.tell_again(tx, row.order_id, look.TOLD_BY[DifferenceKind(row.kind)], now)
    for _ in range(_ROUNDS):
        channel_tasks.work(link.name)
        with reading() as tx:
            owed = rows.tasks(tx, sorted(ids))
        if not any(task.state == TaskState.WAITING and not task.tries for each in owed.values() for task in each):
            return


def _tell_levels(actor: Actor, link: Any, found: Sequence[Any]) -> int:
    """Have levels told once more; returns how many the channel took."""
    now, skus = datetime.now(UTC), [row.external_id for row in found]
    channel_stock.look_at_all(link.name)
    with transaction() as tx:
        for sku in skus:
            rows.tell_level_again(tx, link.channel_id, sku, now)
    for _ in range(_ROUNDS):
        if not channel_stock.push(link.name):
            break
    done = 0
    with transaction() as tx:
        levels = rows.levels(tx, link.channel_id, skus)
        for row in found:
            level = levels.get(row.external_id)
            if level is not None and not level.waits:
                _mark(tx, actor, link, row)
                done += 1
            else:
                said = "The channel sells it no more." if level is None else level.problem
                rows.settle(tx, row.id, problem=said or "The channel was not reached: it is told when it is back.")
    return done


def _take(tx: Connection, link: Any, theirs: ChannelOrder) -> None:
    """Take over what the channel has: what is new there, then what differs all the same."""
    actor = system(link.title, "channel")
    known = intake.known(tx, link.channel_id, [theirs.external_id]).get(theirs.external_id)
    ours = rows.ours(tx, link.channel_id, [theirs.external_id], ()).get(theirs.external_id)
    if ours is None or (known is not None and known.order_id):
        channel_orders.take_over(tx, actor, link, theirs, known)
    [found] = look.orders(tx, link, [theirs], datetime.now(UTC) + 2 * look.RECENT)
    for each in found.differences:
        order = order_rows.by_id(tx, found.order_id) if found.order_id else None
        if each.fix is Fix.TAKE and order is not None:
            _TAKES[each.kind](tx, actor, link, order, theirs)


def _rewrite(tx: Connection, actor: Actor, link: Any, order: Any, theirs: ChannelOrder) -> None:
    """Give our order the lines, prices, discount and shipping that the channel has; lines added here stay."""
    known = intake.known(tx, link.channel_id, [theirs.external_id]).get(theirs.external_id)
    skus = {line.sku for line in theirs.lines if line.sku}
    called = arriving_lines.products_called(tx, link.channel_id, skus)
    before = order_rows.lines(tx, order.id)
    named = {name: (row, pack) for name, row, pack in look.named_lines(theirs, before, known, called) if name}
    edits = list[LineEdit]()
    new = [line for line in theirs.lines if line.external_id not in named and line.quantity > line.cancelled]
    for line in theirs.lines:
        if line.external_id in named:
            row, pack = named[line.external_id]
            units = (line.quantity - line.cancelled) * pack
            price = line.unit_price_micros // pack
            if (units, price, line.discount) != (row.quantity - row.cancelled, row.unit_price_micros, row.discount):
                edits.append(LineEdit(row.id, quantity=units, unit_price_micros=price, discount=line.discount))
    theirs_ids = {line.external_id for line in theirs.lines}
    edits += [LineEdit(row.id, quantity=0) for name, (row, _pack) in named.items() if name not in theirs_ids]
    for line in new:
        pack = getattr(called.get(line.sku), "units", 1)
        price, units = line.unit_price_micros // pack, (line.quantity - line.cancelled) * pack
        sku = called[line.sku].sku if line.sku in called else line.sku or line.external_id
        edits.append(LineEdit(sku=sku, quantity=units, unit_price_micros=price, discount=line.discount))
    channel_orders.check_sums(tx, order, theirs)
    edit = Edit(tuple(edits), discount=theirs.discount, shipping=theirs.shipping)
    changes.apply(actor, order.number, edit, version=order.version, reason=_REASON)
    if known is not None and new:
        ours = {row.id for row in before}
        added = [row for row in order_rows.lines(tx, order.id) if row.id not in ours]
        lines = known.seen["lines"] | {line.external_id: row.id for line, row in zip(new, added, strict=True)}
        intake.mark_seen(tx, link.channel_id, theirs.external_id, known.seen | {"lines": lines})


def _pay(_tx: Connection, actor: Actor, _link: Any, order: Any, theirs: ChannelOrder) -> None:
    """Record what came in there and not here."""
    paid = [each for each in theirs.payments if each.kind is PaymentKind.CAPTURE][-1]
    method = paid.method if paid.method in set(Method) else Method.OTHER
    amount = captured(theirs) - order.captured
    payments.record(
        actor, order.number, kind=PaymentKind.CAPTURE, amount=amount, method=method, reference=paid.external_id[:100]
    )


def _give_back(tx: Connection, actor: Actor, _link: Any, order: Any, theirs: ChannelOrder) -> None:
    """Record what went back there and not here."""
    amount, reference = refunded(theirs) - order.refunded, theirs.refunds[-1].external_id[:100]
    given = RefundDraft(Method.OTHER, amount, reference=reference)
    refunds.give(tx, actor, order, given, reason=_REASON, at=datetime.now(UTC))


def _cancel(_tx: Connection, actor: Actor, _link: Any, order: Any, _theirs: ChannelOrder) -> None:
    cancellation.cancel(actor, order.number, version=order.version, reason="Cancelled on the channel")


_TAKES: dict[DifferenceKind, Callable[[Connection, Actor, Any, Any, ChannelOrder], None]] = {
    DifferenceKind.LINES: _rewrite,
    DifferenceKind.TOTAL: _rewrite,
    DifferenceKind.PAID: _pay,
    DifferenceKind.REFUNDED: _give_back,
    DifferenceKind.CANCELLED: _cancel,
}
