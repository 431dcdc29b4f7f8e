"""Articles of connected channels as they were last listed, and which of them no product of ours is."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.engine import is_sqlite
from oms_app.db.queries.lists import among, packed
from oms_app.db.tables.catalogue import Product
from oms_app.db.tables.channels import ChannelArticle, ChannelLevel

article = ChannelArticle.__table__  # type: ignore[attr-defined]
_level = ChannelLevel.__table__  # type: ignore[attr-defined]
_product = Product.__table__  # type: ignore[attr-defined]


def put(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write articles as they are listed, new or anew."""
    if rows:
        statement = upsert(tx)(article)
        said = {name: statement.excluded[name] for name in ("sku", "title", "barcode", "listed_at")}
        keys = ["channel_id", "external_id"]
        tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=said), list(rows))


def counts(tx: Connection, channel_id: int, skus: Iterable[str]) -> dict[str, int]:
    """How many articles of a channel have each of these SKUs; none is absent."""
    query = select(article.c.sku, func.count().label("articles")).where(*_here(tx, channel_id)).group_by(article.c.sku)
    return {row.sku: row.articles for row in tx.execute(query, {"skus": packed(tx, set(skus))})}


def set_problem(tx: Connection, channel_id: int, skus: Iterable[str], problem: str) -> None:
    """Say what is wrong with the articles that have these SKUs."""
    given = packed(tx, set(skus))
    statement = update(article).where(*_here(tx, channel_id), article.c.problem != problem).values(problem=problem)
    tx.execute(statement, {"skus": given})


def skus_with(tx: Connection, channel_id: int, problems: Sequence[str]) -> set[str]:
    """SKUs of a channel's articles that have one of these problems."""
    mine = (article.c.channel_id == channel_id, article.c.problem.in_(problems))
    return set(tx.scalars(select(article.c.sku).distinct().where(*mine)))


def unknown_of(tx: Connection, product_ids: Iterable[int]) -> list[Any]:
    """(channel, SKU) of unknown articles that are called as one of these products."""
    query = select(article.c.channel_id, article.c.sku).join(_product, _product.c.sku == article.c.sku)
    return list(tx.execute(query.where(_product.c.id.in_(list(product_ids)), article.c.problem == "unknown")))


def forget_levels(tx: Connection, channel_id: int, skus: Iterable[str]) -> None:
    """Tell a channel no level of these any more."""
    mine = (_level.c.channel_id == channel_id, among(_level.c.sku, "skus", sqlite=is_sqlite(tx)))
    tx.execute(delete(_level).where(*mine), {"skus": packed(tx, set(skus))})


def forget_before(tx: Connection, channel_id: int, listed_at: datetime) -> set[str]:
    """Drop the articles that a whole walk did not meet; returns their SKUs."""
    gone = (article.c.channel_id == channel_id, article.c.listed_at < listed_at)
    return set(tx.scalars(delete(article).where(*gone).returning(article.c.sku)))


def _here(tx: Connection, channel_id: int) -> tuple[Any, ...]:
    return article.c.channel_id == channel_id, among(article.c.sku, "skus", sqlite=is_sqlite(tx))
