"""Articles of connected channels with their levels, and those that have none: page by page, searched."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from oms_app.db.engine import is_sqlite
from oms_app.db.queries.catalogue import channel, product
from oms_app.db.queries.channel_articles import article
from oms_app.db.queries.channel_levels import told
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.sku_queue import ignored
from oms_app.domain.channel_levels import LevelSearch

Place = tuple[str, str, str]
"""(channel, its SKU, its id of an article that has no level)"""

_ITS = (article.c.channel_id == told.c.channel_id, article.c.sku == told.c.sku)
_TITLE = select(func.max(article.c.title)).where(*_ITS).correlate(told).scalar_subquery()
_ARTICLES = select(func.count()).select_from(article).where(*_ITS).correlate(told).scalar_subquery()
_LEFT_OUT = (ignored.c.channel_id == article.c.channel_id, ignored.c.channel_sku == article.c.sku)
_IGNORED = exists(select(literal(1)).where(*_LEFT_OUT).correlate(article))


def page(tx: Connection, search: LevelSearch, *, after: Place, limit: int, late: datetime) -> list[Any]:
    """A keyset page by channel, SKU and id; a level that has waited since before `late` has a problem."""
    levels = _levels(search, late).where(_beyond(after, told.c.sku, literal("")))
    others = _without_level(search).where(_beyond(after, article.c.sku, article.c.external_id))
    levels = levels.order_by(channel.c.name, told.c.sku).limit(limit)
    others = others.order_by(channel.c.name, article.c.sku, article.c.external_id).limit(limit)
    both = union_all(select(levels.subquery()), select(others.subquery())).subquery()
    query = select(both).order_by(both.c.channel, both.c.channel_sku, both.c.external_id).limit(limit)
    return list(tx.execute(query))


def ask_again(tx: Connection, channel_id: int, skus: Iterable[str], now: datetime) -> int:
    """Have a channel told these once more; returns how many articles."""
    mine = (told.c.channel_id == channel_id, among(told.c.sku, "skus", sqlite=is_sqlite(tx)))
    statement = update(told).where(*mine).values(waits=True, due=now, tries=0)
    return int(tx.execute(statement, {"skus": packed(tx, skus)}).rowcount)


def _levels(search: LevelSearch, late: datetime) -> Select[Any]:
    query = (
        select(
            channel.c.id.label("channel_id"),
            channel.c.name.label("channel"),
            channel.c.title.label("channel_title"),
            told.c.sku.label("channel_sku"),
            literal("").label("external_id"),
            func.coalesce(_TITLE, "").label("title"),
            product.c.sku,
            product.c.name.label("product"),
            told.c.quantity,
            told.c.wanted,
            told.c.sent,
            told.c.sent_at,
            told.c.changed,
            told.c.waits,
            told.c.problem,
            _ARTICLES.label("articles"),
        )
        .join(channel, channel.c.id == told.c.channel_id)
        .join(product, product.c.id == told.c.product_id)
    )
    rules = _searched(search, told.c.sku, _TITLE, product.c.sku, product.c.name)
    if search.sku:
        rules.append(product.c.sku == search.sku)
    if search.problems:
        rules.append(or_(told.c.problem != "", told.c.waits & (told.c.changed < late), _ARTICLES != 1))
    return query.where(*rules)


def _without_level(search: LevelSearch) -> Select[Any]:
    query = select(
        channel.c.id.label("channel_id"),
        channel.c.name.label("channel"),
        channel.c.title.label("channel_title"),
        article.c.sku.label("channel_sku"),
        article.c.external_id,
        article.c.title,
        literal("").label("sku"),
        literal("").label("product"),
        literal(1).label("quantity"),
        cast(null(), told.c.wanted.type).label("wanted"),
        cast(null(), told.c.sent.type).label("sent"),
        cast(null(), told.c.sent_at.type).label("sent_at"),
        cast(null(), told.c.changed.type).label("changed"),
        literal(False).label("waits"),
        case((_IGNORED, "ignored"), else_=article.c.problem).label("problem"),
        literal(1).label("articles"),
    ).join(channel, channel.c.id == article.c.channel_id)
    mine = article.c.problem.in_(("unknown", "no_sku")) if not search.sku else literal(False)
    if search.problems:
        mine = and_(mine, ~_IGNORED)
    return query.where(mine, *_searched(search, article.c.sku, article.c.title))


def _searched(search: LevelSearch, *columns: Any) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = []
    if search.words:
        rules.append(or_(*(func.lower(each).contains(search.words.lower(), autoescape=True) for each in columns)))
    if search.channel:
        rules.append(channel.c.name == search.channel)
    return rules


def _beyond(after: Place, sku: Any, external_id: Any) -> ColumnElement[bool]:
    name, last_sku, last_id = after
    here = channel.c.name == name
    return or_(channel.c.name > name, here & (sku > last_sku), here & (sku == last_sku) & (external_id > last_id))
