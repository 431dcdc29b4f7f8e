"""PostgreSQL: how common each token is, as the database counted last, and what follows for the order of looking."""

import time
from dataclasses import dataclass
from math import prod
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, text

from oms_app.db.queries.search_tokens import AllOf, AnyOf, NoneOf, Token, Tokens, all_of, on_row

_KNOWN_FOR = 600.0
"""Seconds: tokens get common and rare slowly."""

_ENTRIES_A_LOOK = 800
"""Entries of a token's list that are read in the time of looking at one order."""

_FREQUENCIES = text(
    "SELECT c.reltuples, CAST(CAST(s.most_common_elems AS text) AS text[]), s.most_common_elem_freqs"
    " FROM pg_class c JOIN pg_stats s ON s.schemaname = CAST(CAST(c.relnamespace AS regnamespace) AS text)"
    " AND s.tablename = c.relname WHERE c.oid = CAST('order_text' AS regclass) AND s.attname = 'words'"
)


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many orders there are, and the share that has each common token."""

    orders: float
    shares: dict[str, float]

    def share(self, tokens: Tokens) -> float:
        """The share of orders that have the tokens, as if each had nothing to do with the others."""
        if isinstance(tokens, Token):
            if tokens.open:
                return min(1.0, sum(share for each, share in self.shares.items() if each.startswith(tokens.text)))
            return self.shares.get(tokens.text, 0.0)
        if isinstance(tokens, NoneOf):
            return 1 - self.share(tokens.part)
        shares = [self.share(part) for part in tokens.parts]
        return min(1.0, sum(shares)) if isinstance(tokens, AnyOf) else prod(shares)


def frequencies(tx: Connection) -> Frequencies:
    """What is known of this database; read again every ten minutes."""
    place = str(tx.engine.url)
    at, known = _cache.get(place, (0.0, None))
    if known is None or time.monotonic() - at > _KNOWN_FOR:
        row = tx.execute(_FREQUENCIES).first()
        known = Frequencies(row[0], dict(zip(row[1], row[2], strict=False))) if row and row[1] else Frequencies(0.0, {})
        _cache[place] = time.monotonic(), known
    return known


def forget() -> None:
    """Read them again with the next search."""
    _cache.clear()


def on_stored(tokens: Tokens, words: Any, known: Frequencies) -> ColumnElement[bool]:
    """The condition on stored words, the rarest part first.

    The index takes separate conditions one by one and skips what the first ones ruled out. Of a common token it would
    still read much of a long list: where the others leave few orders, it is looked up on these.
    """
    parts = sorted(tokens.parts, key=known.share) if isinstance(tokens, AllOf) else [tokens]
    first = next((part for part in parts if not isinstance(part, NoneOf)), None)
    if first is None or not known.orders:
        return on_row(tokens, words, sqlite=False)
    asked: list[Tokens] = [first]
    looked_up: list[Tokens] = []
    left = known.share(first) * known.orders
    for part in parts:
        share = known.share(part)
        if part is first:
            continue
        if left * (1 - share) * _ENTRIES_A_LOOK < share * known.orders:
            looked_up.append(part)
        elif isinstance(part, NoneOf):
            asked[0] = all_of([asked[0], part])  # the index finds nothing by what is not there
        else:
            asked.append(part)
        left *= share
    conditions = (on_row(part, words, sqlite=False) for part in asked)
    return and_(*conditions, *(on_row(part, words, sqlite=False).is_(True) for part in looked_up))


_cache: dict[str, tuple[float, Frequencies]] = {}
