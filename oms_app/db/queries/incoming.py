"""Incoming units: what suppliers still owe, and what is on its way between locations."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection

from oms_app.db.queries import purchasing, transfers


def by_level(tx: Connection, product_ids: Iterable[int]) -> Counter[tuple[int, int]]:
    """Units by (product, location they come to)."""
    ids = list(product_ids)
    return Counter(purchasing.incoming(tx, ids)) + Counter(transfers.incoming(tx, ids))


def by_product(tx: Connection, product_ids: Iterable[int]) -> Counter[int]:
    """Units by product, over all locations."""
    found: Counter[int] = Counter()
    for (product_id, _), units in by_level(tx, product_ids).items():
        found[product_id] += units
    return found
