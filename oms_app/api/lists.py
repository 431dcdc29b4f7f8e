"""Keyset pages: cutting one off a longer answer, and the cursor that continues it."""

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from oms_app.api.fields import ListQuery, Page
from oms_app.domain.errors import Malformed

Item = TypeVar("Item")


def cut(found: Sequence[Item], limit: int, key: Callable[[Item], str | int]) -> Page[Item]:
    """A page of `limit` items out of one more than that; the cursor holds the last one's key."""
    items = list(found[:limit])
    return {"items": items, "next_cursor": write_cursor(key(items[-1])) if len(found) > limit else None}


def write_cursor(key: str | int) -> str:
    """A key as a word that fits an address and that nobody takes apart."""
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """The key in a cursor, empty for the first page. Raises Malformed."""
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        key = "\0"
    if "\0" in key:
        raise Malformed("This cursor is not one of ours: take it from next_cursor.", details={"field": "cursor"})
    return key


def read_id_cursor(cursor: str) -> int:
    """The id in a cursor, 0 for the first page. Raises Malformed."""
    key = read_cursor(cursor) or "0"
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        raise Malformed("This cursor is not one of ours: take it from next_cursor.", details={"field": "cursor"})
    return int(key)


def only_sorted_by(query: ListQuery, order: str) -> None:
    """Raise Malformed where a list that has one order is asked for another."""
    if query.sort not in ("", order):
        raise Malformed(f"This list is sorted by “{order}” only.", details={"field": "sort", "known": [order]})


def not_searched(query: ListQuery) -> None:
    """Raise Malformed where a short list is searched."""
    if query.q:
        raise Malformed("This list is not searched: leave “q” out.", details={"field": "q"})
