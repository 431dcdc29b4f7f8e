"""What connected channels sell, kept as they list it: which product of ours each article is, or why it is none."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import channel_articles as rows
from oms_app.db.queries import channel_levels as levels
from oms_app.db.queries import sku_map
from oms_app.domain.channel_articles import ArticleProblem, problem_of
from oms_app.domain.channels import Article


def take(tx: Connection, channel_id: int, articles: Sequence[Article], now: datetime) -> set[int]:
    """Keep a page of what a channel sells; returns the products among it."""
    found = {
        each.external_id: {
            "channel_id": channel_id,
            "external_id": each.external_id,
            "sku": each.sku,
            "title": each.title,
            "barcode": each.barcode,
            "listed_at": now,
        }
        for each in articles
    }
    rows.put(tx, [found[key] for key in sorted(found)])  # in one order, so that no two wait for each other
    return resolve(tx, channel_id, {each.sku for each in articles})


def end(tx: Connection, channel_id: int, begun: datetime) -> None:
    """A whole walk, begun then, has ended: what it did not meet is not sold there any more."""
    gone = rows.forget_before(tx, channel_id, begun)
    resolve(tx, channel_id, rows.skus_with(tx, channel_id, [ArticleProblem.TWICE]) | gone)


def resolve(tx: Connection, channel_id: int, skus: Iterable[str]) -> set[int]:
    """Which products these SKUs of a channel are by now, by the map or by their name; returns those.

    What became known is told its level, what no product is any more is not.
    """
    wanted = set(skus)
    listed = rows.counts(tx, channel_id, wanted)
    known = sku_map.products(tx, channel_id, wanted)
    now = datetime.now(UTC)
    found = [_level(sku, known[sku], now) for sku in sorted(listed) if sku.strip() and sku in known]
    before = levels.same(tx, channel_id, wanted)
    fresh = [row for row in found if before.get(row["sku"]) != (row["product_id"], row["quantity"])]
    levels.list_articles(tx, channel_id, fresh)
    rows.forget_levels(tx, channel_id, before.keys() - known.keys())
    by_problem = defaultdict(set)
    for sku, articles in listed.items():
        by_problem[problem_of(sku, known=sku in known, articles=articles)].add(sku)
    for problem, of in by_problem.items():
        rows.set_problem(tx, channel_id, of, problem)
    return {row["product_id"] for row in found}


def became_known(tx: Connection, product_ids: Iterable[int]) -> None:
    """Find articles that nobody knew among these products: they were added since."""
    found = defaultdict(set)
    for row in rows.unknown_of(tx, product_ids):
        found[row.channel_id].add(row.sku)
    for channel_id, skus in found.items():
        resolve(tx, channel_id, skus)


def look_again(tx: Connection, channel_id: int) -> None:
    """Look whether articles that no product of ours was are known by now."""
    resolve(tx, channel_id, rows.skus_with(tx, channel_id, [ArticleProblem.UNKNOWN]))


def _level(sku: str, product: Any, now: datetime) -> dict[str, Any]:
    return {
        "sku": sku,
        "product_id": product.id,
        "quantity": getattr(product, "units", 1),
        "wanted": 0,
        "waits": True,
        "changed": now,
        "due": now,
        "tries": 0,
        "problem": "",
    }
