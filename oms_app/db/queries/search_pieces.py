"""What the parts of a query say to the database, and how AND, OR and NOT combine them.

A piece always has `row`, the exact condition on one order joined with its document. Beside it stands whatever finds the
orders without reading them all: tokens for the word index, a handful of ids, a fragment of a key, a span of ids.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, bindparam, case, false, func, or_, select, true

from oms_app.db.queries.orders import order
from oms_app.db.queries.search_tokens import NoneOf, Tokens, all_of, any_of


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a query.

    row       the exact condition; never NULL where it stands under a NOT (see `neither`)
    tokens    every match has these
    ids       every match is among these
    exact     whatever has the tokens, is among the ids and inside the span, or matches one of the arms, matches
    fragment  every match has a key that contains this
    arms      alternatives, each with a way to be found of its own
    low, high every match has low <= id < high
    """

    row: ColumnElement[bool]
    tokens: Tokens | None = None
    exact: bool = False
    ids: frozenset[int] | None = None
    fragment: str = ""
    arms: tuple["Piece", ...] = ()
    low: int | None = None
    high: int | None = None
    _rest: ColumnElement[bool] | None = None

    @property
    def rest(self) -> ColumnElement[bool] | None:
        """What is still to be checked on an order that has the tokens; None: nothing."""
        if self.exact and not self.arms:
            return None
        return self.row if self._rest is None else self._rest

    @property
    def unbounded(self) -> bool:
        """Whether it has no span of ids."""
        return self.low is None and self.high is None

    @property
    def known(self) -> list[int] | None:
        """The matches, newest last, where the ids alone decide; else None."""
        if self.ids is None or self.tokens is not None or not self.exact:
            return None
        return sorted(
            each
            for each in self.ids
            if (self.low is None or each >= self.low) and (self.high is None or each < self.high)
        )

    @property
    def drives(self) -> bool:
        """Whether its matches can be found without reading every order."""
        return self.tokens is not None or self.ids is not None or bool(self.fragment) or bool(self.arms)


def of_ids(ids: Iterable[int], *, sqlite: bool) -> Piece:
    """The orders with these ids."""
    known = frozenset(ids)
    return Piece(one_of(order.c.id, known, sqlite=sqlite), ids=known, exact=True)


def one_of(column: ColumnElement[int], ids: Iterable[int], *, sqlite: bool) -> ColumnElement[bool]:
    """The column is one of the ids, which travel as one value: a statement takes only so many."""
    known = sorted(ids)
    if sqlite:
        return column.in_(select(func.json_each(json.dumps(known)).table_valued("value").c.value))
    return column == any_(bindparam(None, known, type_=ARRAY(BigInteger)))


ANY_ORDER = Piece(true())
NO_ORDER = Piece(false(), ids=frozenset(), exact=True)


def every(pieces: Sequence[Piece]) -> Piece:
    """What meets all pieces."""
    if len(pieces) == 1:
        return pieces[0]
    known = [piece.ids for piece in pieces if piece.ids is not None]
    tokens = [piece.tokens for piece in pieces if piece.tokens is not None]
    lows = [piece.low for piece in pieces if piece.low is not None]
    highs = [piece.high for piece in pieces if piece.high is not None]
    rests = [piece.rest for piece in pieces if piece.rest is not None]
    return Piece(
        row=and_(*(piece.row for piece in pieces)),
        tokens=all_of(tokens) if tokens else None,
        exact=all(piece.exact and not piece.arms for piece in pieces),
        ids=frozenset.intersection(*known) if known else None,
        fragment=max((piece.fragment for piece in pieces), key=len),
        arms=next((piece.arms for piece in pieces if piece.arms), ()),
        low=max(lows) if lows else None,
        high=min(highs) if highs else None,
        _rest=and_(*rests) if rests and tokens else None,
    )


def either(pieces: Sequence[Piece]) -> Piece:
    """What meets one of the pieces."""
    if len(pieces) == 1:
        return pieces[0]
    row = or_(*(piece.row for piece in pieces))
    if all(piece.tokens is not None for piece in pieces):
        covers = any_of(piece.tokens for piece in pieces if piece.tokens is not None)
        return Piece(row, tokens=covers, exact=all(_only_tokens(piece) for piece in pieces))
    if all(piece.ids is not None for piece in pieces):
        known = frozenset().union(*(piece.ids for piece in pieces if piece.ids is not None))
        exact = all(piece.exact and piece.tokens is None and piece.unbounded for piece in pieces)
        return Piece(row, ids=known, exact=exact)
    if all(piece.drives for piece in pieces):
        flat = [arm for piece in pieces for arm in (_alternatives(piece) or (piece,))]
        return Piece(row, arms=tuple(flat), exact=True)
    return Piece(row)


def neither(piece: Piece) -> Piece:
    """What does not meet the piece; an unknown (a time that is not set) does not meet it either."""
    row = case((piece.row, 0), else_=1) == 1
    if piece.tokens is not None and _only_tokens(piece):
        return Piece(row, tokens=NoneOf(piece.tokens), exact=True)
    return Piece(row)


def bounded(piece: Piece, low: int | None, high: int | None) -> Piece:
    """The piece inside a span of ids."""
    return replace(
        piece,
        low=max((each for each in (piece.low, low) if each is not None), default=None),
        high=min((each for each in (piece.high, high) if each is not None), default=None),
    )


def _alternatives(piece: Piece) -> tuple[Piece, ...]:
    """The arms of a piece that is nothing but them."""
    return piece.arms if piece.exact and piece.unbounded else ()


def _only_tokens(piece: Piece) -> bool:
    """Whether the tokens alone decide."""
    return piece.exact and piece.ids is None and piece.unbounded
