"""What is owed to channels: found by following the spine, told once, again until it was told.

An order that something happened to is looked at as it is now: parcels that left, its cancellation, what was given back.
Each of these is one task for ever, by its name, which is also the key that the channel is given. Products that are to
be sold there are tasks too (services/channel_listings.py).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection

from oms_app.db import engine
from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channel_levels as levels
from oms_app.db.queries import channel_tasks as rows
from oms_app.db.queries import channels as links
from oms_app.db.queries import intake as theirs
from oms_app.db.queries import related, sku_map
from oms_app.db.queries.tail import Tail
from oms_app.domain import channel_tasks
from oms_app.domain.channel_tasks import TaskKind, TaskState
from oms_app.domain.channels import Article, Cancellation, Capability, ChannelStatus, Done, Fulfilment, Refund
from oms_app.domain.errors import NotFound, Rejected, Unavailable
from oms_app.domain.lifecycle import Stage
from oms_app.domain.parcels import GONE
from oms_app.domain.payments import Method
from oms_app.domain.permissions import Actor, Permission
from oms_app.integrations.ports import Channel
from oms_app.services import channel_calls, channel_listings, refund_shares

_EVENTS, _AT_ONCE = 500, 50
_PRODUCTS = 5
"""So many products are told at once: what orders are owed comes before them again."""
_CLAIMED = timedelta(minutes=2)
"""How long a task is somebody's: whoever is killed in the middle leaves it to the next after that."""
_NEEDS = {
    TaskKind.ACKNOWLEDGE: Capability.ACKNOWLEDGE,
    TaskKind.FULFIL: Capability.FULFIL,
    TaskKind.CANCEL: Capability.CANCEL,
    TaskKind.REFUND: Capability.REFUND,
    TaskKind.LIST: Capability.LISTING,
}
_log = structlog.get_logger(__name__)
_followed: tuple[object, Tail] | None = None


def note() -> bool:
    """Write down what is owed for what happened since the last time; whether there may be more. The worker calls it."""
    global _followed
    try:
        with reading() as tx:
            if not links.linked(tx):
                return False
            kept, shop = rows.cursor(tx), engine.engine()
            if _followed is None or _followed[0] is not shop:
                _followed = (shop, Tail(tx, kept))
            tail = _followed[1]
            fresh = tail.read(tx, _EVENTS)
        if kept is None:  # whoever follows after us begins where we did
            with transaction() as tx:
                rows.move_cursor(tx, tail.safe)
        if fresh:
            with transaction() as tx:
                owe(tx, sorted({event.order_id for event in fresh if event.order_id is not None}))
                rows.move_cursor(tx, tail.safe)
        return len(fresh) == _EVENTS
    except BaseException:
        forget()  # begin again at the place that was kept
        raise


def forget() -> None:
    """Follow the spine anew from the place that was kept."""
    global _followed
    _followed = None


def owe(tx: Connection, order_ids: Iterable[int]) -> None:
    """Write down what the channels of these orders are to be told of them, as they are now."""
    asked = set(order_ids)
    inside = related.came_in(tx, asked)
    asked.update(*inside.values())
    found = rows.of_channels(tx, list(asked))
    ids = [row.order_id for row in found]
    if not ids:
        return
    into = related.survivors(tx, {row.order_id: row for row in found})
    boxes = rows.shipped(tx, [*ids, *(each.id for each in into.values())])
    given_back, now = refund_shares.shares(tx, asked, inside), datetime.now(UTC)
    packs = {row.order_id: sku_map.packs(tx, row.channel_id, row.seen.get("skus", {})) for row in found}
    owed = [
        {
            "channel_id": row.channel_id,
            "order_id": row.order_id,
            **channel_tasks.task(kind, subject, given, now),
        }
        for row in found
        for kind, subject, given in _owed(
            row, into.get(row.order_id), boxes, given_back.get(row.order_id, []), packs[row.order_id]
        )
        if channel_tasks.told(kind, subject) not in row.seen["done"] and channel_calls.can(row.kind, _NEEDS[kind])
    ]
    rows.owe(tx, owed)


def _owed(
    row: Any,
    into: Any | None,
    shipped: Mapping[int, list[Any]],
    given_back: list[tuple[Any, int]],
    packs: Mapping[str, int],
) -> Iterator[tuple[TaskKind, int | str, dict[str, Any]]]:
    """(kind, id of its subject, what is to be said) of everything the channel of an order is to know."""
    order = {"external_id": row.external_id}
    yield TaskKind.ACKNOWLEDGE, row.order_id, order | {"number": row.ours}
    if into is not None:
        yield from _owed_of_merged(row, into, shipped.get(into.id, []))
    else:
        yield from _owed_of_itself(row, shipped.get(row.order_id, []), packs)
    for refund, amount in given_back:
        if not refund.reference and refund.method != Method.CASH:  # else somebody, or the channel, has paid it already
            reason = (row if into is None else into).cancel_reason
            said = {"amount": amount, "currency": refund.currency, "reason": reason}
            yield TaskKind.REFUND, refund_shares.subject(refund, row.order_id), order | said


def _owed_of_itself(
    row: Any, boxes: list[Any], packs: Mapping[str, int]
) -> Iterator[tuple[TaskKind, int | str, dict[str, Any]]]:
    """Of an order that is on its own: each parcel that left, and that it is cancelled."""
    order, left = {"external_id": row.external_id}, Counter[str]()
    for box, content in sorted(boxes, key=_leaving):
        units = [
            [name, units]
            for name, line in row.seen["lines"].items()
            if (units := _more(left, name, content.get(line, 0), packs.get(name, 1)))
        ]
        yield TaskKind.FULFIL, box.id, order | _parcel(box, units)
    if row.stage == Stage.CANCELLED and row.status != ChannelStatus.CANCELLED and "cancelled" not in row.seen["done"]:
        yield TaskKind.CANCEL, row.order_id, order | {"reason": row.cancel_reason}


def _owed_of_merged(row: Any, into: Any, boxes: list[Any]) -> Iterator[tuple[TaskKind, int | str, dict[str, Any]]]:
    """The same of an order that came into another: it is sent, or cancelled, when that one is.

    Its units are in several parcels with others: its channel is told once, of the last, that all of it has left, unless
    it has it so already.
    """
    order = {"external_id": row.external_id}
    if into.stage in GONE and boxes and row.status not in (ChannelStatus.SHIPPED, ChannelStatus.DELIVERED):
        last, _ = max(boxes, key=_leaving)
        yield TaskKind.FULFIL, f"merged-{row.order_id}", order | _parcel(last, [])
    if into.stage == Stage.CANCELLED and row.status != ChannelStatus.CANCELLED and "cancelled" not in row.seen["done"]:
        yield TaskKind.CANCEL, row.order_id, order | {"reason": into.cancel_reason}


def _leaving(found: tuple[Any, Mapping[int, int]]) -> tuple[datetime, int]:
    box, _ = found
    return box.shipped_at, box.id


def _parcel(box: Any, units: list[list[Any]]) -> dict[str, Any]:
    return {
        "courier": box.courier,
        "tracking": box.awb,
        "shipped_at": box.shipped_at.isoformat(),
        "units": units,
    }


def _more(left: Counter[str], name: str, units: int, pack: int) -> int:
    """How many of the channel's have left with these units of ours, after those that left before."""
    before = left[name]
    left[name] += units
    return left[name] // pack - before // pack


def due() -> list[str]:
    """Channels to be told something now."""
    now = datetime.now(UTC)
    with reading() as tx:
        found = [link for link in links.linked(tx) if channel_calls.may_be_called(link, now)]
        return [link.name for link in found if rows.due(tx, link.channel_id, now, 1)]


def work(name: str) -> bool:
    """Tell a channel what it is owed; whether there may be more. The worker calls it."""
    link = channel_calls.ready(name)
    if link is None:
        return False
    with reading() as tx:
        waiting = rows.due(tx, link.channel_id, datetime.now(UTC), _AT_ONCE)
    at_hand = [task for task in waiting if task.order_id is not None] or waiting[:_PRODUCTS]
    try:
        with channel_calls.calling(link) as channel:
            for task in at_hand:
                with channel_calls.about(f"task:{task.id}"):
                    _tell(link, channel, task)
    except (Unavailable, Rejected) as error:
        _log.warning("channel_not_told", channel=name, why=error.message)
        return False
    return len(waiting) == _AT_ONCE or len(at_hand) < len(waiting)


def replay(actor: Actor, task_ids: Iterable[int]) -> None:
    """Let tasks that were refused run again."""
    actor.require(Permission.MANAGE_CHANNELS)
    with transaction() as tx:
        for task_id in task_ids:
            rows.settle(tx, task_id, state=TaskState.WAITING, tries=0, due=datetime.now(UTC), problem="")


def _tell(link: Any, channel: Channel, task: Any) -> None:
    """One task. A refusal is the task's own; whoever does not answer is asked again later, with all that waits."""
    kind = TaskKind(task.kind)
    if not channel_calls.can(link.kind, _NEEDS[kind]):
        _settle(task, state=TaskState.NEEDLESS, problem="This kind of channel cannot be told.")
        return
    with transaction() as tx:
        if not rows.claim(tx, task, datetime.now(UTC) + _CLAIMED):
            return  # somebody else is at it, or was faster
    try:
        said = _call(channel, kind, task)
    except Unavailable as error:
        if error.details.get("status", 0) >= 500:  # it may be this task alone that it cannot do
            _refused(task, error.message)
        else:
            _settle(task, due=datetime.now(UTC))
        raise
    except (Rejected, NotFound) as refusal:
        _refused(task, refusal.message)
        return
    except Exception:
        _refused(task, "Its answer could not be understood here, and that was logged.")
        raise
    with transaction() as tx:
        if isinstance(said, Article):
            channel_listings.keep(tx, link, task, said)
        _settle(task, state=TaskState.DONE, answer=said.external_id, problem="", done_at=datetime.now(UTC))


def _refused(task: Any, said: str) -> None:
    """It is tried again later, until somebody has to look at it."""
    tries = task.tries + 1
    dead = tries >= channel_tasks.TRIES
    again = {"state": TaskState.DEAD} if dead else {"due": datetime.now(UTC) + channel_tasks.wait_before(tries)}
    _settle(task, tries=tries, problem=said, **again)


def _call(channel: Channel, kind: TaskKind, task: Any) -> Done | Article:
    """Tell it; what the channel calls it from now on."""
    if kind is TaskKind.LIST:
        return channel_listings.push(channel, task)
    given, order = task.given, task.given["external_id"]
    units = tuple((name, count) for name, count in given.get("units", ()))
    match kind:
        case TaskKind.ACKNOWLEDGE:
            channel.acknowledge(order, given["number"])
        case TaskKind.FULFIL:
            at = datetime.fromisoformat(given["shipped_at"])
            return channel.fulfil(Fulfilment(task.name, order, given["courier"], given["tracking"], "", at, units))
        case TaskKind.CANCEL:
            channel.cancel(Cancellation(task.name, order, given["reason"], restocked=True))
        case TaskKind.REFUND:
            return channel.refund(Refund(task.name, order, given["amount"], given["currency"], given["reason"], units))
    return Done("")


def _settle(task: Any, **values: Any) -> None:
    """Keep what became of a task; what the channel made of it is no news when it comes back from there.

    What it puts back on its own shelves is in what it was told last, or is not: it is told that once more.
    """
    with transaction() as tx:
        rows.settle(tx, task.id, **values)
        if values.get("state") == TaskState.DONE and task.kind in (TaskKind.CANCEL, TaskKind.REFUND):
            levels.tell_again(tx, task.channel_id, task.order_id, datetime.now(UTC))
        known = theirs.of_order(tx, task.order_id) if task.order_id is not None and values.get("answer") else None
        if known is not None:
            mark = "refund" if task.kind == TaskKind.REFUND else "parcel"
            done = [f"{mark}:{each}" for each in values["answer"].split(",")]
            seen = known.seen | {"done": [*known.seen["done"], *done]}
            theirs.mark_seen(tx, known.channel_id, known.external_id, seen)
