"""SKUs of channels that no product of ours has, waited for by orders or listed by the channel; and what they may be."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    cast,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from oms_app.db.engine import insert as upsert
from oms_app.db.queries.catalogue import channel, product
from oms_app.db.queries.channel_articles import article
from oms_app.db.queries.orders import hold, line, order
from oms_app.db.queries.sku_map import sku_map
from oms_app.db.tables.catalogue import SkuIgnored, SkuSuggestion
from oms_app.db.tables.spine import Event
from oms_app.domain.sku_queue import Show

ignored = SkuIgnored.__table__  # type: ignore[attr-defined]
suggestion = SkuSuggestion.__table__  # type: ignore[attr-defined]
event = Event.__table__  # type: ignore[attr-defined]

Key = tuple[str, str]
"""(channel, its SKU)"""


def page(
    tx: Connection,
    *,
    after: Key = ("", ""),
    limit: int,
    words: str = "",
    channel_name: str = "",
    show: Show = Show.OPEN,
    unseen: bool = False,
) -> list[Any]:
    """A keyset page of unknown SKUs by channel and SKU, with what they may be; `unseen`: nobody looked yet."""
    found = _both(after, limit, words, channel_name, show, unseen)
    return list(tx.execute(_with_suggestions(found).order_by(found.c.channel, found.c.channel_sku).limit(limit)))


def named(tx: Connection, keys: Sequence[Key]) -> dict[Key, Any]:
    """Unknown SKUs by their key; what is known by now is absent."""
    found: dict[Key, Any] = {}
    for start in range(0, len(keys), 200):
        part = [list(key) for key in keys[start : start + 200]]
        waits = _waiting(tuple_(channel.c.name, line.c.sku).in_(part)).subquery()
        lists = _listed(tuple_(channel.c.name, article.c.sku).in_(part)).subquery()
        for row in tx.execute(_with_suggestions(_gathered(select(waits), select(lists)))):
            found[(row.channel, row.channel_sku)] = row
    return found


def count(tx: Connection, *, words: str = "", channel_name: str = "", show: Show = Show.OPEN) -> int:
    """How many unknown SKUs there are."""
    found = _both(("", ""), None, words, channel_name, show, unseen=False)
    return int(tx.scalar(select(func.count()).select_from(found)) or 0)


def put_suggestions(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what unknown SKUs may be, new or anew."""
    if rows:
        statement = upsert(tx)(suggestion)
        said = {name: statement.excluded[name] for name in ("sure", "found", "at")}
        keys = ["channel_id", "channel_sku"]
        tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=said), list(rows))


def forget_suggestions(tx: Connection, *, before: datetime | None = None, channel_id: int | None = None) -> None:
    """Drop what was suggested earlier than a moment, or to a channel: it is looked at anew."""
    statement = delete(suggestion)
    if before is not None:
        statement = statement.where(suggestion.c.at < before)
    if channel_id is not None:
        statement = statement.where(suggestion.c.channel_id == channel_id)
    tx.execute(statement)


def newest_product(tx: Connection) -> int:
    """The id of the product that was added last."""
    return int(tx.scalar(select(func.max(product.c.id))) or 0)


def products(tx: Connection) -> Iterable[Any]:
    """What is known of every product that goes by a channel's SKU."""
    columns = (product.c.sku, product.c.name, product.c.barcode, product.c.kind)
    return tx.execute(select(*columns).where(product.c.kind != "charge", product.c.active).order_by(product.c.id))


def names_elsewhere(tx: Connection) -> list[Any]:
    """Every name in the map: the channel's title, its SKU, ours, and how many units."""
    query = select(channel.c.title, sku_map.c.channel_sku, product.c.sku, sku_map.c.quantity)
    query = query.join(channel, channel.c.id == sku_map.c.channel_id).join(
        product, product.c.id == sku_map.c.product_id
    )
    return list(tx.execute(query))


def taken_out(tx: Connection, channel_id: int) -> set[str]:
    """SKUs of a channel that somebody took out of the map once."""
    its = (event.c.subject == "channel", event.c.subject_id == channel_id, event.c.order_id.is_(None))
    query = select(event.c.before).where(*its, event.c.kind == "sku_unmapped")
    return {str(before.get("channel_sku", "")) for before in tx.scalars(query)}


def ignore(tx: Connection, channel_id: int, channel_sku: str, by: str, at: datetime) -> None:
    """Leave a SKU out of the queue."""
    statement = upsert(tx)(ignored).values(channel_id=channel_id, channel_sku=channel_sku, by=by, at=at)
    tx.execute(statement.on_conflict_do_nothing())


def restore(tx: Connection, channel_id: int, channel_sku: str) -> bool:
    """Take a SKU into the queue again; False where it was not left out."""
    mine = (ignored.c.channel_id == channel_id, ignored.c.channel_sku == channel_sku)
    return bool(tx.execute(delete(ignored).where(*mine)).rowcount)


def is_ignored(tx: Connection, channel_id: int, channel_sku: str) -> bool:
    """Whether a SKU is left out of the queue."""
    mine = (ignored.c.channel_id == channel_id, ignored.c.channel_sku == channel_sku)
    return tx.execute(select(literal(1)).where(*mine).select_from(ignored)).first() is not None


def _both(after: Key, limit: int | None, words: str, channel_name: str, show: Show, unseen: bool) -> Any:
    """Waiting and listed ones in one; each is cut at `limit` before, since no page needs more of either."""

    def narrowed(sku: Any, name: Any) -> list[ColumnElement[bool]]:
        rules = [(channel.c.name > after[0]) | ((channel.c.name == after[0]) & (sku > after[1]))]
        if words:
            rules.append(
                or_(
                    *(
                        func.lower(each).contains(words.lower(), autoescape=True)
                        for each in (channel.c.name + ":" + sku, name)
                    )
                )
            )
        if channel_name:
            rules.append(channel.c.name == channel_name)
        mine = (suggestion.c.channel_id == channel.c.id, suggestion.c.channel_sku == sku)
        if show is Show.SURE:
            rules.append(exists(select(literal(1)).where(*mine, suggestion.c.sure).correlate_except(suggestion)))
        if unseen:
            rules.append(~exists(select(literal(1)).where(*mine).correlate_except(suggestion)))
        return rules

    mine = (ignored.c.channel_id == channel.c.id, ignored.c.channel_sku == article.c.sku)
    left_out = exists(select(literal(1)).where(*mine).correlate_except(ignored))
    waits = _waiting(*narrowed(line.c.sku, line.c.name))
    lists = _listed(
        *narrowed(article.c.sku, article.c.title),
        left_out if show is Show.IGNORED else ~left_out,
    )
    if show is Show.IGNORED:
        waits = waits.where(literal(False))
    if show is Show.WAITING:
        lists = lists.where(literal(False))
    if limit is not None:
        waits = waits.order_by(channel.c.name, line.c.sku).limit(limit)
        lists = lists.order_by(channel.c.name, article.c.sku).limit(limit)
    return _gathered(select(waits.subquery()), select(lists.subquery()))


def _waiting(*rules: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            channel.c.id.label("channel_id"),
            channel.c.name.label("channel"),
            channel.c.title.label("channel_title"),
            line.c.sku.label("channel_sku"),
            func.max(line.c.name).label("ordered_as"),
            literal("").label("listed_as"),
            literal("").label("barcode"),
            literal(0).label("articles"),
            func.count(order.c.id.distinct()).label("orders"),
            func.sum(line.c.quantity - line.c.cancelled).label("units"),
            func.min(order.c.number).label("example"),
            func.min(order.c.placed_at).label("oldest"),
        )
        .select_from(hold)
        .join(order, order.c.id == hold.c.order_id)
        .join(line, line.c.order_id == order.c.id)
        .join(channel, channel.c.id == order.c.channel_id)
        .where(hold.c.kind == "sku", hold.c.released_at.is_(None))
        .where(line.c.product_id.is_(None), line.c.quantity > line.c.cancelled, *rules)
        .group_by(channel.c.id, channel.c.name, channel.c.title, line.c.sku)
    )


def _listed(*rules: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            channel.c.id.label("channel_id"),
            channel.c.name.label("channel"),
            channel.c.title.label("channel_title"),
            article.c.sku.label("channel_sku"),
            literal("").label("ordered_as"),
            func.max(article.c.title).label("listed_as"),
            func.max(article.c.barcode).label("barcode"),
            func.count().label("articles"),
            literal(0).label("orders"),
            literal(0).label("units"),
            cast(null(), order.c.number.type).label("example"),
            cast(null(), order.c.placed_at.type).label("oldest"),
        )
        .join(channel, channel.c.id == article.c.channel_id)
        .where(article.c.problem == "unknown", *rules)
        .group_by(channel.c.id, channel.c.name, channel.c.title, article.c.sku)
    )


def _gathered(waits: Any, lists: Any) -> Any:
    both = union_all(waits, lists).subquery()
    keys = (both.c.channel_id, both.c.channel, both.c.channel_title, both.c.channel_sku)
    most = (func.max(both.c[name]).label(name) for name in ("ordered_as", "listed_as", "barcode", "example"))
    sums = (func.sum(both.c[name]).label(name) for name in ("articles", "orders", "units"))
    return select(*keys, *most, *sums, func.max(both.c.oldest).label("oldest")).group_by(*keys).subquery("unknown")


def _with_suggestions(found: Any) -> Select[Any]:
    mine = (suggestion.c.channel_id == found.c.channel_id) & (suggestion.c.channel_sku == found.c.channel_sku)
    left = (ignored.c.channel_id == found.c.channel_id) & (ignored.c.channel_sku == found.c.channel_sku)
    columns = (suggestion.c.found, suggestion.c.at.label("suggested_at"), ignored.c.by.label("ignored_by"))
    return select(found, *columns).outerjoin(suggestion, mine).outerjoin(ignored, left)
