"""What channels are told of our stock: worked out when something happened to an article, sent in batches, confirmed.

Level by level it is kept what is wanted, what was sent and why not. Nothing counts changes: a level is what it is when
it is sent, so that a thousand changes are one, and telling everything again comes to the same.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import Connection

from oms_app.db import engine
from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channel_levels as rows
from oms_app.db.queries import channels as links
from oms_app.db.queries.tail import Tail
from oms_app.domain import channel_tasks
from oms_app.domain.channels import Article, Capability, Level, Told
from oms_app.domain.errors import NotFound, Rejected, Unavailable
from oms_app.domain.permissions import Actor, Permission
from oms_app.integrations.ports import Channel
from oms_app.services import channel_articles, channel_calls, kits, routing

LISTED_EVERY = timedelta(hours=6)
"""How often a channel is asked what it sells."""

_EVENTS = 1_000
_CHUNK = 500
_log = structlog.get_logger(__name__)


class _Place:
    """How far the spine and the ledger were followed by this process. It begins at their ends, after a look at all."""

    def __init__(self, tx: Connection) -> None:
        self.shop, self.tail = engine.engine(), Tail(tx)
        self.movement = rows.moved_since(tx, 0)[1]


_place: _Place | None = None


def forget() -> None:
    """Look at every article again."""
    global _place
    _place = None


def note() -> bool:
    """Work out what the channels are to be told of what changed; whether there may be more. The worker calls it."""
    global _place
    with reading() as tx:
        if not links.linked(tx):
            return False
        if _place is None or _place.shop is not engine.engine():
            place, touched, more = _Place(tx), None, False
        else:
            place = _place
            fresh = place.tail.read(tx, _EVENTS)
            moved, place.movement = rows.moved_since(tx, place.movement)
            orders = {event.order_id for event in fresh if event.order_id is not None}
            products = {event.subject_id for event in fresh if event.subject == "product"}
            touched = moved | products | (rows.reserved_for(tx, orders) if orders else set())
            if any(event.subject in ("routing", "location") for event in fresh):
                touched = None  # a buffer, or whether a place sends: every article may have another level
            more = len(fresh) == _EVENTS
    try:
        if touched is None:
            for name in [link.name for link in _linked()]:
                look_at_all(name)
        elif touched:
            with transaction() as tx:
                channel_articles.became_known(tx, touched)
                _work_out(tx, rows.of_products(tx, rows.with_kits(tx, touched)))
    except BaseException:
        forget()  # look at all again
        raise
    _place = place
    return more


def look_at_all(name: str) -> None:
    """Work out the level of every article of a channel anew."""
    after = ""
    with transaction() as tx:
        link = links.link_named(tx, name)
        if link is not None:
            channel_articles.look_again(tx, link.channel_id)
    while link is not None:
        with transaction() as tx:
            found = rows.page(tx, link.channel_id, after=after, limit=_CHUNK)
            _work_out(tx, rows.of_products(tx, {row.product_id for row in found}))
        if len(found) < _CHUNK:
            return
        after = found[-1].sku


def due() -> list[str]:
    """Channels to be told levels now."""
    now = datetime.now(UTC)
    with reading() as tx:
        return [
            link.name
            for link in links.linked(tx)
            if channel_calls.may_be_called(link, now)
            and channel_calls.can(link.kind, Capability.STOCK)
            and rows.due(tx, link.channel_id, now, 1)
        ]


def push(name: str) -> bool:
    """Tell a channel the levels that wait; whether there may be more. The worker calls it."""
    link = channel_calls.ready(name)
    if link is None:
        return False
    at_once = channel_calls.adapter_of(link.kind).kind.stock_at_once
    with reading() as tx:
        waiting = rows.due(tx, link.channel_id, datetime.now(UTC), at_once)
    if not waiting:
        return False
    try:
        with channel_calls.calling(link, "stock") as channel:
            _tell(channel, waiting)
    except (Unavailable, Rejected) as error:
        _log.warning("stock_not_told", channel=name, why=error.message)
        return False
    return len(waiting) == at_once


def unlisted() -> list[str]:
    """Channels to be asked now what they sell."""
    now = datetime.now(UTC)
    with reading() as tx:
        at = {link.name: links.read_at(tx, link.channel_id, "articles") for link in links.linked(tx)}
        found = [link for link in links.linked(tx) if channel_calls.may_be_called(link, now)]
    return [link.name for link in found if (read := at[link.name]) is None or read + LISTED_EVERY <= now]


def list_articles(name: str) -> None:
    """Ask a channel what it sells. The worker calls it."""
    link = channel_calls.ready(name)
    if link is None:
        return
    try:
        take_list(link)
    except (Unavailable, Rejected) as error:
        _log.warning("articles_not_read", channel=name, why=error.message)


def take_list(link: Any) -> int:
    """Read what a channel sells; returns how many of it are products of ours. Raises Unavailable, Rejected."""
    page, known, begun = "", 0, datetime.now(UTC)
    with channel_calls.calling(link, "articles") as channel:
        while True:
            articles, following = channel.articles(page)
            with transaction() as tx:
                known += len(keep(tx, link.channel_id, articles))
                links.move_position(tx, link.channel_id, "articles", {"page": following}, datetime.now(UTC))
                if not following:
                    channel_articles.end(tx, link.channel_id, begun)
            if not following:
                return known
            if following == page:
                raise Rejected(f"{link.title} sends the same page of articles again and again.")
            page = following


def keep(tx: Connection, channel_id: int, articles: Sequence[Article]) -> set[int]:
    """Keep what a channel sells and work out what it is to be told of it; returns the products among it."""
    products = channel_articles.take(tx, channel_id, articles, datetime.now(UTC))
    _work_out(tx, rows.of_products(tx, products))
    return products


def called_anew(tx: Connection, channel_id: int, skus: Iterable[str]) -> None:
    """These SKUs of a channel are other products than before: it is told of those."""
    _work_out(tx, rows.of_products(tx, channel_articles.resolve(tx, channel_id, skus)))


def again(actor: Actor, name: str) -> int:
    """Tell a channel every level once more; returns how many. Raises NotFound."""
    actor.require(Permission.MANAGE_CHANNELS)
    look_at_all(name)
    with transaction() as tx:
        link = links.link_named(tx, name)
        if link is None:
            raise NotFound(f"No channel “{name}” is connected.")
        return rows.ask_again(tx, link.channel_id, datetime.now(UTC))


def _linked() -> list[Any]:
    with reading() as tx:
        return links.linked(tx)


def _work_out(tx: Connection, found: Sequence[Any]) -> None:
    """What each of these articles is to be believed to have now; those that have another are told."""
    if not found:
        return
    now, ids = datetime.now(UTC), {row.product_id for row in found}
    there, own, default = rows.sellable(tx, ids), rows.buffers(tx, ids), routing.buffers(tx)
    names = {link.channel_id: link.name for link in links.linked(tx)}
    made = kits.free(tx, [row for row in found if row.kind == "kit"])
    for row in found:
        units = sum(made.get(row.product_id, {}).values()) if row.kind == "kit" else there.get(row.product_id, 0)
        kept = own.get((row.channel_id, row.product_id), default.get(names.get(row.channel_id, ""), 0))
        wanted = max(units - kept, 0) // row.quantity
        if wanted != row.wanted:
            rows.want(tx, row, wanted, now)


def _tell(channel: Channel, due: Sequence[Any]) -> None:
    """Some levels in one call, and what the channel said of each; one that it refuses holds up no other."""
    try:
        said = channel.stock([Level(row.sku, row.wanted) for row in due], key=str(uuid4()))
    except Rejected as refusal:
        if refusal.details.get("status") in (401, 403):
            raise
        if len(due) > 1:
            half = len(due) // 2
            _tell(channel, due[:half])
            _tell(channel, due[half:])
            return
        said = (Told(due[0].sku, due[0].wanted, refusal.message),)
    told, now = {each.sku: each for each in said}, datetime.now(UTC)
    with transaction() as tx:
        for row in sorted(due, key=lambda each: each.sku):
            answer = told.get(row.sku)
            problem = answer.problem if answer is not None else "The channel said nothing of it."
            if not problem:
                rows.settle(tx, row, waits=False, sent=row.wanted, sent_at=now, problem="", tries=0)
                continue
            tries = row.tries + 1
            rows.settle(tx, row, problem=problem, tries=tries, due=now + channel_tasks.wait_before(tries))
