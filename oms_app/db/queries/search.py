"""Answering a query of the search language: ids of a page, a count, or a condition for any statement over orders.

SQLite has to be told how to find the orders: by a handful of ids, by the word index, by fragments of codes, by the
alternatives of an OR, or by reading them newest first. PostgreSQL chooses itself, from what it knows of each word.
Both answer a page without reading more than they need, because ids run in placement order.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    table,
    union,
)
from sqlalchemy import column as sql_column
from sqlalchemy.sql import visitors

from oms_app.db.engine import is_sqlite
from oms_app.db.prepared import Prepared
from oms_app.db.queries.orders import order
from oms_app.db.queries.search_eras import newest
from oms_app.db.queries.search_frequencies import frequencies, on_stored
from oms_app.db.queries.search_index import order_text
from oms_app.db.queries.search_pieces import ANY_ORDER, Piece, bounded, every, of_ids, one_of
from oms_app.db.queries.search_reader import Reader
from oms_app.db.queries.search_text import containing_codes
from oms_app.db.queries.search_tokens import Tokens, fts5
from oms_app.domain.query import Query
from oms_app.domain.search import MOST_COUNTED, Scope, Sort

order_text_words = table("order_text_words", sql_column("rowid"))

_last_order = select(func.max(order_text.c.order_id)).scalar_subquery()
_FEW = 2_000
_LAST_ID = (1 << 63) - 1
_SORTED_BY = {
    "placed": order.c.id,
    "total": order.c.total,
    "ship_by": order.c.ship_by,
    "updated": order.c.updated_at,
}


class Search:
    """One query, read for one scope. `hints` says what was read differently from how it was typed."""

    def __init__(self, tx: Connection, query: Query, scope: Scope):
        self.tx = tx
        self.sqlite = is_sqlite(tx)
        reader = Reader(tx, scope)
        self.whole = reader.read(query)
        self.hints = (*query.hints, *dict.fromkeys(reader.hints))

    def ids(self, *, limit: int, after: int | None = None, newest_first: bool = True) -> list[int]:
        """Ids of the next `limit` orders in placement order, beyond the id `after`."""
        if after is None:
            whole = self.whole
        else:
            whole = bounded(self.whole, None, after) if newest_first else bounded(self.whole, after + 1, None)
        return self._first(whole, limit, newest_first)

    def sorted_ids(self, sort: Sort, *, limit: int, after: tuple[Any, int] | None = None) -> list[tuple[Any, int]]:
        """(sort key, id) of the next orders; those without a key (no ship-by time) are left out."""
        column, last_first = _SORTED_BY[sort.lstrip("-")], sort.startswith("-")
        query = select(column.label("key"), order.c.id.label("id")).where(self.where(), column.is_not(None))
        if after is not None:
            beyond = (column < after[0]) if last_first else (column > after[0])
            tied = (order.c.id < after[1]) if last_first else (order.c.id > after[1])
            query = query.where(beyond | and_(column == after[0], tied))
        ends = (column.desc(), order.c.id.desc()) if last_first else (column, order.c.id)
        return [(row.key, row.id) for row in self.tx.execute(query.order_by(*ends).limit(limit))]

    def count(self, most: int | None = MOST_COUNTED) -> int:
        """How many orders match; stops one above `most`."""
        if (known := self.whole.known) is not None:
            return len(known) if most is None else min(len(known), most + 1)
        arms = self._found(self.whole)
        found = arms[0] if len(arms) == 1 else select(union(*arms).subquery().c.id)
        if most is not None:
            found = found.limit(most + 1)
        return self.tx.scalar(select(func.count()).select_from(found.subquery())) or 0

    def among(self, ids: Iterable[int]) -> set[int]:
        """Those of these orders that match."""
        both = every([of_ids(ids, sqlite=self.sqlite), self.whole])
        if both.known is not None:
            return set(both.known)
        return set(self.tx.scalars(self._read(both)))

    def where(self) -> ColumnElement[bool]:
        """A condition on `orders`, for the board, charts and exports."""
        whole = self.whole
        conditions = _span(order.c.id, whole)
        if whole.ids is not None:
            conditions.append(one_of(order.c.id, whole.ids, sqlite=self.sqlite))
        elif self.sqlite and whole.tokens is not None and self._few(whole.tokens, MOST_COUNTED):
            conditions.append(order.c.id.in_(_matching(whole.tokens)))
        row = self._row(whole)
        if _reads_text(row):
            stored: Select[Any] = select(literal_column("1")).select_from(order_text)
            row = stored.where(order_text.c.order_id == order.c.id, row).correlate(order).exists()
        return and_(*conditions, row)

    def _first(self, whole: Piece, limit: int, newest_first: bool) -> list[int]:
        """The first `limit` ids of the matches, from the newest or from the oldest."""
        if (known := whole.known) is not None:
            return (known[::-1] if newest_first else known)[:limit]
        page = {"low": whole.low or 0, "high": _LAST_ID if whole.high is None else whole.high, "most": limit}
        if whole.row is ANY_ORDER.row:
            return _page(newest_first).values(self.tx, **page)
        if self.sqlite and whole.exact and whole.ids is None and whole.tokens is not None:
            return _page_of_words(newest_first).values(self.tx, words=fts5(whole.tokens), **page)
        if arms := _alternatives(whole):
            each_first = {each for arm in arms for each in self._first(arm, limit, newest_first)}
            return sorted(each_first, reverse=newest_first)[:limit]
        if not self.sqlite and newest_first:
            for part, above in newest(whole, limit, frequencies(self.tx)):
                first = self._read(part)
                if whole.high is None or whole.high > above:
                    first = first.where(_last_order < above)
                if len(found := list(self.tx.scalars(_in_order(first, newest_first).limit(limit)))) == limit:
                    return found
        return list(self.tx.scalars(_in_order(self._found(whole)[0], newest_first).limit(limit)))

    def _found(self, whole: Piece) -> list[Select[Any]]:
        """Statements that find the ids of the matches, each order by one of them at least."""
        if arms := _alternatives(whole):
            return [found for arm in arms for found in self._found(arm)]
        if not self.sqlite or whole.ids is not None:
            return [self._read(whole)]
        if whole.tokens is not None and not (whole.fragment and not self._few(whole.tokens, _FEW)):
            return [_with(_matching(whole.tokens), order_text_words.c.rowid, whole.rest, whole)]
        if whole.fragment:
            codes = containing_codes(whole.fragment)
            return [_with(codes, codes.selected_columns[0], whole.row, whole)]
        return [self._read(whole)]

    def _read(self, whole: Piece) -> Select[Any]:
        """Matches by reading orders, and documents where the condition asks for them."""
        row = self._row(whole)
        if not _reads_text(row):
            return select(order.c.id.label("id")).where(row, *self._known(order.c.id, whole))
        documents = order_text.c.order_id
        query = select(documents.label("id")).where(row, *self._known(documents, whole))
        if self.sqlite or whole.rest is not None or whole.tokens is None:
            query = query.join_from(order_text, order, order.c.id == documents)
        return query

    def _known(self, ids: Any, whole: Piece) -> list[ColumnElement[bool]]:
        """What is known of the ids of the matches."""
        few = [] if whole.ids is None else [one_of(ids, whole.ids, sqlite=self.sqlite)]
        return [*few, *_span(ids, whole)]

    def _row(self, whole: Piece) -> ColumnElement[bool]:
        """The condition on one row; PostgreSQL is given the tokens of the whole query, the rarest first."""
        if self.sqlite or whole.tokens is None:
            return whole.row
        tokens = on_stored(whole.tokens, order_text.c.words, frequencies(self.tx))
        if whole.rest is None:
            return tokens
        return and_(tokens, whole.rest.is_(True) if _reads_text(whole.rest) else whole.rest)

    def _few(self, tokens: Tokens, most: int) -> bool:
        found = _matching(tokens).limit(most + 1).subquery()
        return (self.tx.scalar(select(func.count()).select_from(found)) or 0) <= most


def _matching(tokens: Tokens) -> Select[Any]:
    """SQLite: ids of documents that have the tokens."""
    matches = literal_column("order_text_words").op("MATCH", is_comparison=True)(fts5(tokens))
    return select(order_text_words.c.rowid.label("id")).where(matches)


@cache
def _page(newest_first: bool) -> Prepared:
    """The ids of a page of every order. Built once, as the next one is: using it costs a tenth of building it."""
    return _paged(select(order.c.id), newest_first)


@cache
def _page_of_words(newest_first: bool) -> Prepared:
    """SQLite: the ids of a page that the word index alone decides."""
    matches = literal_column("order_text_words").op("MATCH", is_comparison=True)(bindparam("words"))
    return _paged(select(order_text_words.c.rowid).where(matches), newest_first)


def _paged(found: Select[Any], newest_first: bool) -> Prepared:
    ids = found.selected_columns[0]
    inside = found.where(ids >= bindparam("low"), ids < bindparam("high"))
    return Prepared(_in_order(inside, newest_first).limit(bindparam("most")))


def _with(found: Select[Any], ids: Any, row: ColumnElement[bool] | None, whole: Piece) -> Select[Any]:
    """Ids from an index, checked against what it cannot know."""
    found = found.where(*_span(ids, whole))
    if row is None:
        return found
    found = found.join(order, order.c.id == ids).where(row)
    return found.join(order_text, order_text.c.order_id == ids) if _reads_text(row) else found


def _alternatives(whole: Piece) -> list[Piece]:
    """The ways to find the matches where there are several."""
    if whole.tokens is not None or whole.ids is not None or whole.fragment:
        return []
    return [_inside(arm, whole) for arm in whole.arms]


def _inside(arm: Piece, whole: Piece) -> Piece:
    """An alternative as a way to find the matches of the whole query."""
    if whole.exact:
        return bounded(arm, whole.low, whole.high)
    return replace(bounded(arm, whole.low, whole.high), row=and_(arm.row, whole.row), exact=False, arms=(), _rest=None)


def _span(ids: Any, whole: Piece) -> list[ColumnElement[bool]]:
    low = [ids >= whole.low] if whole.low is not None else []
    return [*low, ids < whole.high] if whole.high is not None else low


def _in_order(found: Select[Any], newest_first: bool) -> Select[Any]:
    ids = found.selected_columns[0]
    return found.order_by(ids.desc() if newest_first else ids)


def _reads_text(condition: ColumnElement[bool]) -> bool:
    return any(getattr(each, "table", None) is order_text for each in visitors.iterate(condition))
