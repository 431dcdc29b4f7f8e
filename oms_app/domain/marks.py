"""Which part of a text was searched for, so that a list can mark it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from oms_app.domain.query import Query, Text


class Part(NamedTuple):
    """A piece of a text, and whether it was searched for."""

    text: str
    found: bool


def words(query: Query) -> tuple[str, ...]:
    """The free text of a query, longest first."""
    typed = {leaf.text.strip("*#") for leaf in query.leaves() if isinstance(leaf, Text)}
    return tuple(sorted(filter(None, typed), key=len, reverse=True))


def parts(text: str, searched: Sequence[str]) -> list[Part]:
    """The text in pieces: where a word of it begins with one of `searched`, that piece is marked."""
    if not text or not searched:
        return [Part(text, False)]
    pattern = re.compile(rf"(?<!\w)({'|'.join(re.escape(word) for word in searched)})", re.IGNORECASE)
    pieces = pattern.split(text)
    return [Part(piece, index % 2 == 1) for index, piece in enumerate(pieces) if piece]
