"""Words of the text index: how text is folded, and the tokens an order is found by.

A token is `kind:value`, lower case and without spaces. Facets stand for a whole value (`city:new_delhi`), words for one
word of a text (`place:delhi`), and edges for the beginning of a name (`name~pri`), so that a few letters are one token.
"""

import re
import unicodedata
from bisect import bisect_right
from decimal import Decimal
from functools import lru_cache

EVERYTHING = "*"
"""The token every order has: what a query that only excludes starts from."""

NAME, PLACE, ITEM, NOTE = "name", "place", "item", "note"
PRIVATE = frozenset({NAME, NOTE})
"""Kinds that tell who the customer is."""

WORDS = (NAME, PLACE, ITEM, NOTE)
"""Kinds that hold single words of a text."""

LABELS = ("sku", "tag", "channel")
"""Facets that free text finds by their beginning, beside the words. Not couriers: “delhi” does not mean Delhivery."""

LISTED = frozenset((*WORDS, *LABELS, "courier", "city", "state", "pin", "country", "total"))
"""Kinds whose values are listed in the vocabulary, to be completed, widened and corrected from."""

EDGES = range(2, 6)
"""Lengths of the beginnings of a name that are tokens themselves."""

_LONGEST = 60
_BETWEEN_WORDS = re.compile(r"[\s!-/:-@\[-`{-~\u2010-\u2027\u2030-\u205e\u3000-\u303f]+")
_NOT_DIGITS = re.compile(r"\D+", re.ASCII)
_STEPS = [step * 10**power for power in range(11) for step in (1000, 1500, 2000, 3000, 5000, 7000)]


def fold(text: str) -> str:
    """Text as it is compared: lower case, without accents, one form for each letter."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f"))


def words(text: str) -> list[str]:
    """Folded words of a text: “O'Brien, Déepa” → ["o", "brien", "deepa"]."""
    return [word[:_LONGEST] for word in _BETWEEN_WORDS.split(fold(text)) if word]


@lru_cache(maxsize=50_000)
def word_tokens(kind: str, text: str) -> tuple[str, ...]:
    """Tokens of the words of a text that many orders share: a town, the name of an article."""
    return tuple(f"{kind}:{word}" for word in words(text))


@lru_cache(maxsize=50_000)
def name_tokens(name: str) -> tuple[str, ...]:
    """Tokens of a person's name: each word, and its edges."""
    found = []
    for word in words(name):
        found.append(f"{NAME}:{word}")
        found += (f"{NAME}~{word[:length]}" for length in EDGES if len(word) >= length)
    return tuple(found)


@lru_cache(maxsize=50_000)
def label(value: str) -> str:
    """A whole value as one word: “New  Delhi” → "new_delhi"."""
    return "_".join(fold(value).split())[:_LONGEST]


def token(kind: str, value: str) -> str:
    """The token of a facet value."""
    return f"{kind}:{label(value)}"


def total_step(minor: int, digits: int) -> int:
    """Which step of the scale of amounts a total falls on; `digits` are the currency's decimal places."""
    return bisect_right(_STEPS, minor * 1000 // 10**digits)


def total_steps(low: Decimal | None, high: Decimal | None) -> range:
    """Steps that amounts from `low` to `high` (major units) can fall on."""
    first = bisect_right(_STEPS, int(low * 1000)) if low is not None and low > 0 else 0
    last = bisect_right(_STEPS, int(high * 1000)) if high is not None else len(_STEPS)
    return range(first, last + 1)


def digits_of(text: str) -> str:
    """The digits of a phone number as typed, without trunk zeros: “+91 98765-43210” → "919876543210"."""
    return _NOT_DIGITS.sub("", text).lstrip("0")
