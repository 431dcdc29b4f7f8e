"""PostgreSQL: the newest matches are looked for among the newest orders first.

A GIN index yields every match of all times, each a page of the table to read, where a list wants the newest fifty. So a
document on PostgreSQL also has the token of its era, six days of placement, and a search asks first for as many of the
newest eras as it expects to hold enough. Very common words do without: reading backwards finds fifty of them at once.
"""

import time
from collections.abc import Iterator
from dataclasses import replace

from oms_app.db.queries.search_frequencies import Frequencies
from oms_app.db.queries.search_pieces import Piece
from oms_app.db.queries.search_tokens import all_of, any_of

_BITS = 39
"""Of an order id: 2¹⁹ seconds."""

_SECOND_BITS = 20
_PREFIX = "era:"

_COMMON = 1 / 20
"""Share of all orders from which reading backwards is the quicker way."""

_EXPECTED = (3.0, 12.0)
"""Times as many matches as wanted that are expected in the eras asked for, first and then: they lie unevenly."""

_MOST_ERAS = 32
_UNCOUNTED = 4
"""Eras that may have begun since PostgreSQL last counted."""


def era_token(order_id: int) -> str:
    """The token that a stored document has beside its words."""
    return f"{_PREFIX}{order_id >> _BITS}"


def newest(whole: Piece, wanted: int, known: Frequencies) -> Iterator[tuple[Piece, int]]:
    """What to look for first, and then, each with an id above it; nothing where it would not be quicker.

    Each holds the newest matches only where no order that may match has that id or a higher one.
    """
    if whole.tokens is None or whole.ids is not None:
        return
    share = known.share(whole.tokens)
    if not share or share >= _COMMON:
        return
    last = _last_era(known)
    if whole.high is not None:
        last = min(last, (whole.high - 1) >> _BITS)
    for times in _EXPECTED:
        if eras := _eras(known, last, wanted * times / share):
            tokens = all_of((whole.tokens, any_of(f"{_PREFIX}{era}" for era in eras)))
            yield replace(whole, tokens=tokens), (last + 1) << _BITS


def _last_era(known: Frequencies) -> int:
    """The era of today, or the last one counted where that is long ago or to come."""
    counted = max((int(each[len(_PREFIX) :]) for each in known.shares if each.startswith(_PREFIX)), default=0)
    today = int(time.time()) >> (_BITS - _SECOND_BITS)
    return today if counted < today <= counted + _UNCOUNTED else counted


def _eras(known: Frequencies, last: int, orders: float) -> list[int]:
    """Eras backwards from one that hold so many orders; none where that is most of them, or takes too many."""
    if orders > known.orders / 2:
        return []
    held, eras = 0.0, []
    for era in range(last, last - _MOST_ERAS, -1):
        eras.append(era)
        held += known.shares.get(f"{_PREFIX}{era}", 0.0) * known.orders
        if held >= orders:
            return eras
    return []
