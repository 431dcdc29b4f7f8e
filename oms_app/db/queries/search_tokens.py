"""Boolean expressions over tokens, and how FTS5, a tsquery and one stored row each say them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, func, literal_column, not_, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY

from oms_app.domain.search_words import EVERYTHING


@dataclass(frozen=True, slots=True)
class Token:
    """Orders that have this token, or with `open` one that begins so."""

    text: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Orders that meet every part."""

    parts: tuple["Tokens", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Orders that meet one of the parts."""

    parts: tuple["Tokens", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Orders that do not meet the part."""

    part: "Tokens"


Tokens = Token | AllOf | AnyOf | NoneOf

_MANY = 100

ALL = Token(EVERYTHING)
NOTHING = Token("nothing:")
"""A token no order has."""


def any_of(parts: Iterable[Tokens | str]) -> Tokens:
    """One of the parts; nothing where there are none."""
    each = tuple(dict.fromkeys(Token(part) if isinstance(part, str) else part for part in parts))
    return AnyOf(each) if len(each) > 1 else each[0] if each else NOTHING


def all_of(parts: Iterable[Tokens]) -> Tokens:
    """Every part; everything where there are none."""
    each = tuple(dict.fromkeys(parts))
    return AllOf(each) if len(each) > 1 else each[0] if each else ALL


def fts5(tokens: Tokens) -> str:
    """The expression for MATCH. FTS5 can only take away from something, so a bare negation starts from every order."""
    if isinstance(tokens, Token):
        return f'"{_doubled(tokens.text)}"{" *" if tokens.open else ""}'
    if isinstance(tokens, AnyOf):
        return f"({' OR '.join(map(fts5, tokens.parts))})"
    parts = tokens.parts if isinstance(tokens, AllOf) else (tokens,)
    wanted = [fts5(part) for part in parts if not isinstance(part, NoneOf)] or [fts5(ALL)]
    unwanted = [fts5(part.part) for part in parts if isinstance(part, NoneOf)]
    return f"(({' AND '.join(wanted)}) NOT ({' OR '.join(unwanted)}))" if unwanted else f"({' AND '.join(wanted)})"


def trigrams(fragments: Iterable[str]) -> str:
    """The expression for MATCH on a trigram index: every trigram of one of the fragments (of three letters or more)."""
    return " OR ".join(
        f"({' AND '.join(sorted({fts5(Token(part[at : at + 3])) for at in range(len(part) - 2)}))})"
        for part in fragments
    )


def tsquery(tokens: Tokens) -> str:
    """The expression for `@@`."""
    if isinstance(tokens, Token):
        quoted = tokens.text.replace("\\", "\\\\").replace("'", "''")
        return f"'{quoted}'{':*' if tokens.open else ''}"
    if isinstance(tokens, NoneOf):
        return f"!{tsquery(tokens.part)}"
    sign = " | " if isinstance(tokens, AnyOf) else " & "
    return f"({sign.join(map(tsquery, tokens.parts))})"


def on_row(tokens: Tokens, words: Any, *, sqlite: bool) -> ColumnElement[bool]:
    """The expression as a condition on the stored words of one order."""
    if not sqlite:
        matches: ColumnElement[bool] = words.op("@@", is_comparison=True)(cast(tsquery(tokens), TSQUERY))
        return matches
    if isinstance(tokens, Token):
        return func.instr(words, f" {tokens.text}{'' if tokens.open else ' '}") > 0
    if isinstance(tokens, NoneOf):
        return not_(on_row(tokens.part, words, sqlite=True))
    if isinstance(tokens, AnyOf) and len(tokens.parts) > _MANY:
        return _any_on_row(tokens, words)
    parts = (on_row(part, words, sqlite=True) for part in tokens.parts)
    return or_(*parts) if isinstance(tokens, AnyOf) else and_(*parts)


def _any_on_row(tokens: AnyOf, words: Any) -> ColumnElement[bool]:
    """SQLite: one of very many tokens, without an expression that is deeper than it allows."""
    plain = [f" {part.text}{'' if part.open else ' '}" for part in tokens.parts if isinstance(part, Token)]
    others = [on_row(part, words, sqlite=True) for part in tokens.parts if not isinstance(part, Token)]
    value = func.json_each(json.dumps(plain)).table_valued("value").c.value
    return or_(select(literal_column("1")).where(func.instr(words, value) > 0).exists(), *others)


def _doubled(text: str) -> str:
    return text.replace('"', '""')
