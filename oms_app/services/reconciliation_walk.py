"""The walk of a reconciliation over a channel, page by page: its orders, ours that it did not show, its stock.

A page's differences and the place behind it are stored together, and only by who read that page: whatever stops the
walk, it goes on where it was, and nothing is counted twice.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import reconciliation as rows
from oms_app.domain import clock
from oms_app.domain.channels import Capability, ChannelOrder, Position
from oms_app.domain.errors import Malformed, NotFound, Rejected
from oms_app.domain.permissions import Actor, system
from oms_app.domain.reconciliation import Difference, DifferenceKind, Fix, Part, RunState
from oms_app.integrations.ports import Channel, History
from oms_app.services import channel_calls, channel_stock, events, reconciliation_accepted
from oms_app.services import reconciliation_look as look
from oms_app.services.reconciliation_look import Look

JOB = system("Reconciliation", "job")
_EXPORT_AFTER = timedelta(days=1)
"""For a longer time a channel's own export, where it has one, costs it and us less than its pages."""

_OURS_AT_ONCE = 50


class Overtaken(Exception):
    """Somebody else stored this page, or stopped the run."""


def step(link: Any, channel: Channel, run: Any) -> None:
    """Read the page a run is at and store what it came to. Raises Overtaken, Unavailable, Rejected."""
    _PARTS[Part(run.part)](link, channel, run)


def _walk_orders(link: Any, channel: Channel, run: Any) -> None:
    """A page of the channel's own orders."""
    position = Position(run.since, run.position.get("page", ""))
    exports = channel_calls.can(link.kind, Capability.BULK_LOAD) and run.started_at - run.since > _EXPORT_AFTER
    try:
        page = cast(History, channel).history(position) if exports else channel.orders(position)
    except Rejected:
        # An export is thrown away after some time: what was seen is known, so that the walk begins again.
        with transaction() as tx:
            rows.step(tx, run.id, run.steps, position={})
        raise
    if page.following and page.following == position.page:
        raise Rejected(f"{link.title} sends the same page again and again.")
    read, broken = list[ChannelOrder](), list[Look]()
    for raw in page.items:
        try:
            read.append(channel_calls.adapter_of(link.kind).read(raw.body))
        except Malformed as error:
            broken.append(_unreadable(raw.external_id, error))
    latest = {each.external_id: each for each in read}
    ids = {raw.external_id for raw in page.items}
    following: dict[str, Any] = {"position": {"page": page.following}}
    if not page.following:
        following = {"position": {}, "part": Part.OURS}
    with transaction() as tx:
        looks = look.orders(tx, link, list(latest.values()), datetime.now(UTC))
        fresh = rows.note_seen(tx, run.id, ids)
        expected = run.expected if page.total is None else page.total
        _store(tx, link, run, [*looks, *broken], orders=run.orders + fresh, expected=expected, **following)
    if page.following and page.wait_s:
        time.sleep(page.wait_s)


def _walk_ours(link: Any, channel: Channel, run: Any) -> None:
    """Some of our orders of that time which the channel did not show: it is asked for each."""
    after = run.position.get("after", 0)
    with reading() as tx:
        ours = rows.not_seen(tx, run, first_id=clock.first_id(run.since), after=after, limit=_OURS_AT_ONCE)
    read, looks = list[ChannelOrder](), list[Look]()
    for row in ours:
        try:
            read.append(channel_calls.adapter_of(link.kind).read(channel.order(row.external_id).body))
        except NotFound:
            looks.append(_unknown(row))
        except Malformed as error:
            looks.append(_unreadable(row.external_id, error))
    following: dict[str, Any] = {"position": {"after": ours[-1].id}} if ours else {"position": {}, "part": Part.STOCK}
    with transaction() as tx:
        looks += look.orders(tx, link, read, datetime.now(UTC))
        _store(tx, link, run, looks, orders=run.orders + len(ours), **following)


def _walk_stock(link: Any, channel: Channel, run: Any) -> None:
    """A page of what the channel sells; after the last one the run has ended."""
    if not channel_calls.can(link.kind, Capability.STOCK):
        with transaction() as tx:
            _store(tx, link, run, [], **_end(tx, link, run))
        return
    page = run.position.get("page", "")
    if not page:
        channel_stock.look_at_all(link.name)
    listed, following = channel.articles(page)
    if following and following == page:
        raise Rejected(f"{link.title} sends the same page of articles again and again.")
    with transaction() as tx:
        looks = look.articles(tx, link, listed, datetime.now(UTC))
        rest = {"position": {"page": following}} if following else _end(tx, link, run)
        _store(tx, link, run, looks, levels=run.levels + len(looks), **rest)


_PARTS: dict[Part, Callable[[Any, Channel, Any], None]] = {
    Part.ORDERS: _walk_orders,
    Part.OURS: _walk_ours,
    Part.STOCK: _walk_stock,
}


def _end(tx: Connection, link: Any, run: Any) -> dict[str, Any]:
    rows.forget_seen(tx, run.id)
    return {"state": RunState.DONE, "finished_at": datetime.now(UTC), "position": {}}


def _store(tx: Connection, link: Any, run: Any, looks: Iterable[Look], **values: Any) -> None:
    """What a page came to, and the place behind it, both or neither."""
    now, seen = datetime.now(UTC), list(looks)
    about = {DifferenceKind.STOCK} if run.part == Part.STOCK else set(DifferenceKind) - {DifferenceKind.STOCK}
    compared = [(kind, each.external_id) for each in seen if not each.under_way for kind in _looked_at(each, about)]
    found = reconciliation_accepted.left(tx, link.channel_id, list(_found(run, seen, now)), compared)
    added = rows.put_differences(tx, found)
    values |= {
        "differences": run.differences + added,
        "under_way": run.under_way + sum(each.under_way for each in seen),
        "problem": "",
        "worked_at": now,
    }
    if not rows.step(tx, run.id, run.steps, **values):
        raise Overtaken
    tell(tx, JOB, "reconciliation_progressed", link)


def _looked_at(look: Look, about: set[DifferenceKind]) -> set[DifferenceKind]:
    """What was compared: of an order that cannot be read nothing else is known."""
    kinds = {each.kind for each in look.differences}
    return kinds if DifferenceKind.UNREADABLE in kinds else about


def _found(run: Any, looks: Iterable[Look], now: datetime) -> Iterator[dict[str, Any]]:
    for each in looks:
        for difference in each.differences:
            yield {
                "run_id": run.id,
                "kind": difference.kind,
                "external_id": each.external_id,
                "number": each.number,
                "order_number": each.order_number,
                "order_id": each.order_id,
                "said": difference.said,
                "fix": difference.fix,
                "problem": "",
                "found_at": now,
                "fixed_by": "",
            }


def _unreadable(external_id: str, error: Malformed) -> Look:
    said = Difference(DifferenceKind.UNREADABLE, f"It cannot be read: {error.message}", Fix.PERSON)
    return Look(external_id, differences=(said,))


def _unknown(row: Any) -> Look:
    said = "It is here, the channel does not know it: cancel it unless somebody is to have it."
    one = Difference(DifferenceKind.UNKNOWN, said, Fix.PERSON)
    return Look(row.external_id, "", row.number, row.id, (one,))


def tell(tx: Connection, actor: Actor, kind: str, link: Any) -> None:
    """Record on the spine how a run fares: open screens follow it."""
    events.record(tx, actor, kind, subject="channel", subject_id=link.channel_id)
