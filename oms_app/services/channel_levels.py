"""What channels believe of our stock, for people: article by article, why not, and telling some once more."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channel_level_list as rows
from oms_app.db.queries import channels as links
from oms_app.domain.channel_articles import SENTENCES, ArticleProblem
from oms_app.domain.channel_levels import GONE, LATE, NO_LEVELS, PAUSED, SOON, LevelSearch, LevelView
from oms_app.domain.channels import Capability
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import channel_calls
from oms_app.services.sheets import Row, Sheet

ALL = LevelSearch()
_BATCH = 1_000
_SHEET = Sheet(
    "Stock on channels",
    (
        *("channel", "channel_sku", "title", "sku", "product", "quantity"),
        *("wanted", "sent", "sent_at", "waits_since", "why"),
    ),
)


def page(
    actor: Actor, search: LevelSearch = ALL, *, after: tuple[str, str, str] = ("", "", ""), limit: int = 50
) -> tuple[LevelView, ...]:
    """A keyset page by channel and its SKU; `after` is the `place` of the last one."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return _page(tx, search, after, limit)


def titles(actor: Actor) -> tuple[tuple[str, str], ...]:
    """(name, title) of every connected channel."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple((link.name, link.title) for link in links.linked(tx))


def tell_again(actor: Actor, wanted: Iterable[tuple[str, str]]) -> int:
    """Tell channels some levels once more, by (channel, its SKU); returns how many."""
    actor.require(Permission.MANAGE_CHANNELS)
    by_channel, now = defaultdict(set), datetime.now(UTC)
    for channel, sku in wanted:
        by_channel[channel].add(sku)
    with transaction() as tx:
        ids = {link.name: link.channel_id for link in links.linked(tx)}
        return sum(rows.ask_again(tx, ids[name], skus, now) for name, skus in by_channel.items() if name in ids)


def tell_found(actor: Actor, search: LevelSearch) -> int:
    """Tell channels every level that a search finds once more; returns how many."""
    actor.require(Permission.MANAGE_CHANNELS)
    told = 0
    for found in _batches(search):
        told += tell_again(actor, [(each.channel, each.channel_sku) for each in found if each.wanted is not None])
    return told


def export(actor: Actor, format: str = "csv", *, search: LevelSearch = ALL) -> Iterator[bytes]:
    """What a search finds as a file."""
    actor.require(Permission.SEE_STOCK)
    actor.require(Permission.EXPORT)
    return _SHEET.write(format, (_row(each) for found in _batches(search) for each in found))


def _batches(search: LevelSearch) -> Iterator[tuple[LevelView, ...]]:
    after = ("", "", "")
    while True:
        with reading() as tx:
            found = _page(tx, search, after, _BATCH)
        yield found
        if len(found) < _BATCH:
            return
        after = found[-1].place


def _page(tx: Connection, search: LevelSearch, after: tuple[str, str, str], limit: int) -> tuple[LevelView, ...]:
    now = datetime.now(UTC)
    known = {link.channel_id: link for link in links.linked(tx)}
    found = rows.page(tx, search, after=after, limit=limit, late=now - LATE)
    return tuple(_view(row, known, now) for row in found)


def _view(row: Any, known: Mapping[int, Any], now: datetime) -> LevelView:
    return LevelView(
        channel=row.channel,
        channel_title=row.channel_title,
        channel_sku=row.channel_sku,
        external_id=row.external_id,
        title=row.title,
        sku=row.sku,
        product=row.product,
        quantity=row.quantity,
        wanted=row.wanted,
        sent=row.sent,
        sent_at=row.sent_at,
        waits_since=row.changed if row.waits else None,
        why=_why(row, known.get(row.channel_id), now),
    )


def _why(row: Any, link: Any | None, now: datetime) -> str:
    """Why a channel does not have the level: the article itself, the channel's own words, or the connection."""
    if row.wanted is None:
        return SENTENCES[row.problem]
    if link is None:
        return "The channel is not connected."
    if not channel_calls.can(link.kind, Capability.STOCK):
        return NO_LEVELS
    if row.problem:
        return str(row.problem)
    if row.articles > 1:
        return SENTENCES[ArticleProblem.TWICE]
    if row.articles == 0:
        return GONE
    if not row.waits:
        return ""
    if link.paused:
        return PAUSED
    return f"The channel does not answer: {link.problem}" if link.retry_at and link.retry_at > now else SOON


def _row(each: LevelView) -> Row:
    return {name: "" if (value := getattr(each, name)) is None else value for name in _SHEET.names}
