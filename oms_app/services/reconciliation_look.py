"""Orders of a channel beside ours, a chunk at a time: what differs, and what is only not told or taken over yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import channel_tasks, order_parts, related
from oms_app.db.queries import reconciliation as rows
from oms_app.domain.channel_tasks import TaskKind, TaskState
from oms_app.domain.channels import Article, ChannelOrder
from oms_app.domain.intake import MessageState
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import PaymentMethod
from oms_app.domain.reconciliation import (
    Difference,
    DifferenceKind,
    Fix,
    OurLine,
    OurOrder,
    compare,
    compare_level,
)
from oms_app.services import arriving_lines, channel_calls, refund_shares

RECENT = timedelta(minutes=2)
"""What changed so lately is being told or taken over: it is under way, and no difference yet."""

TOLD_BY = {
    DifferenceKind.SHIPPED: TaskKind.FULFIL,
    DifferenceKind.REFUNDED: TaskKind.REFUND,
    DifferenceKind.CANCELLED: TaskKind.CANCEL,
}
"""What a channel is told again, by what differs."""


@dataclass(frozen=True, slots=True)
class Look:
    """What came of comparing an order or an article. `under_way` differences are not among `differences`."""

    external_id: str
    number: str = ""
    order_number: str = ""
    order_id: int | None = None
    differences: tuple[Difference, ...] = ()
    under_way: int = 0


def orders(tx: Connection, link: Any, theirs: Sequence[ChannelOrder], now: datetime) -> list[Look]:
    """Each order beside ours."""
    ids = [each.external_id for each in theirs]
    known = rows.known(tx, link.channel_id, ids)
    ours = rows.ours(tx, link.channel_id, ids, [row.order_id for row in known.values() if row.order_id])
    order_ids = [row.id for row in ours.values()]
    lines, boxes = order_parts.lines(tx, order_ids), channel_tasks.shipped(tx, order_ids)
    messages, owed = rows.messages(tx, link.channel_id, ids), rows.tasks(tx, order_ids)
    into = related.survivors(tx, {row.id: row for row in ours.values()})
    fuller = related.came_in(tx, {*order_ids, *(each.id for each in into.values())})
    back = refund_shares.shares(tx, (), fuller)
    skus = {line.sku for each in theirs for line in each.lines if line.sku}
    called = arriving_lines.products_called(tx, link.channel_id, skus)
    can = channel_calls.adapter_of(link.kind).kind.capabilities
    found = []
    for each in theirs:
        row, message = ours.get(each.external_id), messages.get(each.external_id)
        read = known.get(each.external_id)
        here, changed = None, now
        if row is not None:
            changed = max(row.updated_at, into.get(row.id, row).updated_at)
            named = named_lines(each, lines.get(row.id, ()), read, called)
            tracking = [box.awb for box, _ in boxes.get(row.id, ())]
            here = _ours(row, named, tracking, into.get(row.id), fuller=row.id in fuller)
            if here.fuller or here.into is not None:  # what is given back of one may have come in for another
                here = replace(here, refunded=sum(amount for _, amount in back.get(row.id, ())))
        dead = message is not None and message.state == MessageState.DEAD
        differ = compare(each, here, can, problem=message.problem if message is not None and dead else "")
        # What waits here to be taken over, or changed there while the walk was on its way.
        fresh = message is not None and not dead and not message.tries
        fresh |= each.updated_at > now - RECENT and (read is None or read.updated_at < each.updated_at)
        told = [
            _with_reason(one, owed.get(row.id, ()) if row is not None else ())
            for one in differ
            if not _is_under_way(one, row, owed, fresh=fresh, changed=changed, now=now)
        ]
        number = "" if row is None else row.number
        order_id = None if row is None else row.id
        found.append(Look(each.external_id, each.number, number, order_id, tuple(told), len(differ) - len(told)))
    return found


def articles(tx: Connection, link: Any, listed: Iterable[Article], now: datetime) -> list[Look]:
    """Each article that is one of ours beside the level the channel is to believe."""
    there = {each.sku: each for each in listed if each.sku}
    found = []
    for sku, level in rows.levels(tx, link.channel_id, there).items():
        believed = there[sku].available if there[sku].available is not None else level.sent
        one = compare_level(believed, level.wanted, problem=level.problem)
        moment = max(level.changed, level.sent_at or level.changed)
        recent = level.tries == 0 and moment > now - RECENT
        differ = () if one is None or recent else (one,)
        found.append(Look(sku, differences=differ, under_way=int(one is not None and recent)))
    return found


def named_lines(
    theirs: ChannelOrder, ours: Iterable[Any], known: Any | None, called: Mapping[str, Any]
) -> list[tuple[str, Any, int]]:
    """(the channel's id of it or "", our line, units of ours in one of theirs) of each line of ours.

    An order that did not come from the channel itself has its lines known by their SKU.
    """
    by_id = {line.external_id: line for line in theirs.lines}
    names = {line_id: name for name, line_id in (known.seen["lines"] if known is not None else {}).items()}
    free = [] if names else list(theirs.lines)
    found = []
    for row in ours:
        name = names.get(row.id, "")
        if not names:
            same = next((line for line in free if _sku_here(line.sku, called) == row.sku), None)
            if same is not None:
                free.remove(same)
                name = same.external_id
        product = called.get(by_id[name].sku) if name in by_id else None
        packed = product is not None and product.id == row.product_id
        found.append((name, row, getattr(product, "units", 1) if packed else 1))
    return found


def _sku_here(sku: str, called: Mapping[str, Any]) -> str:
    product = called.get(sku)
    return sku if product is None else str(product.sku)


def _ours(
    row: Any, named: Iterable[tuple[str, Any, int]], tracking: Sequence[str], into: Any | None, *, fuller: bool
) -> OurOrder:
    return OurOrder(
        number=row.number,
        stage=Stage(row.stage),
        currency=row.currency,
        total=row.total,
        captured=row.captured,
        refunded=row.refunded,
        cod=row.payment_method == PaymentMethod.COD,
        lines=tuple(
            OurLine(name, line.sku, (line.quantity - line.cancelled) // pack, line.shipped // pack)
            for name, line, pack in named
        ),
        tracking=tuple(tracking),
        into=None if into is None else Stage(into.stage),
        fuller=fuller,
    )


def _is_under_way(
    one: Difference, row: Any | None, owed: Mapping[int, Any], *, fresh: bool, changed: datetime, now: datetime
) -> bool:
    if one.fix is not Fix.TELL or row is None:
        return fresh
    mine = [task for task in owed.get(row.id, ()) if task.kind == TOLD_BY[one.kind]]
    if not mine:
        return changed > now - RECENT
    return any(task.state == TaskState.WAITING and task.tries == 0 and task.created_at > now - RECENT for task in mine)


def _with_reason(one: Difference, owed: Iterable[Any]) -> Difference:
    """The same, with what the channel said when it was told."""
    if one.fix is not Fix.TELL:
        return one
    said = [task.problem for task in owed if task.kind == TOLD_BY[one.kind] and task.problem]
    return Difference(one.kind, f"{one.said} It said: {said[-1]}", one.fix) if said else one
