"""From a parsed query to one piece: who may ask what, whose orders are seen, and which reader knows each part."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, select

from oms_app.db.prepared import Prepared
from oms_app.db.queries import search_identifiers as identifiers
from oms_app.db.queries.orders import channel
from oms_app.db.queries.search_fields import FieldReader
from oms_app.db.queries.search_pieces import ANY_ORDER, NO_ORDER, Piece, bounded, either, every, neither
from oms_app.db.queries.search_ranges import RangeReader
from oms_app.db.queries.search_text import TextReader
from oms_app.db.queries.search_tokens import any_of
from oms_app.domain import clock
from oms_app.domain.query import And, Between, Leaf, Node, Not, Or, Query, Text
from oms_app.domain.query_fields import FIELDS
from oms_app.domain.search import Scope
from oms_app.domain.search_words import digits_of

_CHANNELS = Prepared(select(channel.c.id, channel.c.name, channel.c.title, channel.c.currency))
_PHONE_PART = re.compile(r"\+?[\d()-]{2,}")
_PHONE_DIGITS = range(10, 14)


class Reader:
    """Reads one query. `hints` says what was read differently from how it was typed."""

    def __init__(self, tx: Connection, scope: Scope):
        self.tx = tx
        self.scope = scope
        self.hints: list[str] = []
        self._text = TextReader(tx, scope, self.hints)
        self._now = scope.until or scope.now
        self._known_channels: Sequence[Row[Any]] | None = None

    def read(self, query: Query) -> Piece:
        """What the query asks of the orders that this scope sees."""
        pieces = [self._node(query.root)] if query.root else []
        if self.scope.location_id is not None:
            pieces.append(self._text.tokens(any_of([f"location:{self.scope.location_id}"])))
        whole = every(pieces) if pieces else ANY_ORDER
        if self.scope.until is not None:
            whole = self._fields.then.without_arrivals(whole)
            whole = bounded(whole, None, clock.first_id(self.scope.until) + clock.TIE_SPAN)
        return whole

    @cached_property
    def _fields(self) -> FieldReader:
        return FieldReader(self._text, self._channels, self._now)

    @cached_property
    def _ranges(self) -> RangeReader:
        return RangeReader(self.tx, self.scope, self._channels, self._now)

    def _channels(self) -> Sequence[Row[Any]]:
        if self._known_channels is None:
            self._known_channels = _CHANNELS.all(self.tx)
        return self._known_channels

    def _node(self, node: Node, *, wanted: bool = True) -> Piece:
        """`wanted` is false under a negation, where a word is never widened to others."""
        if isinstance(node, Not):
            return neither(self._node(node.item, wanted=not wanted))
        if isinstance(node, Or):
            return either([self._node(item, wanted=wanted) for item in node.items])
        if isinstance(node, And):
            items, phones = self._phones(node.items)
            return every([*phones, *(self._node(item, wanted=wanted) for item in items)])
        return self._leaf(node, wanted)

    def _leaf(self, leaf: Leaf, wanted: bool) -> Piece:
        if isinstance(leaf, Text):
            return self._text.phrase(leaf.text) if leaf.exact else self._text.word(leaf.text, widen=wanted)
        if FIELDS[leaf.field].private and not self.scope.sees_customers:
            self.hints.append(f"Your role does not see customers, so “{leaf}” finds nothing.")
            return NO_ORDER
        if isinstance(leaf, Between):
            return self._ranges.read(leaf)
        return self._ranges.weekday(leaf) if leaf.field == "weekday" else self._fields.read(leaf)

    def _phones(self, items: tuple[Node, ...]) -> tuple[list[Node], list[Piece]]:
        """Phones typed with spaces, taken out of the items: “+91 98765 43210” is one number, if anybody has it."""
        rest: list[Node] = []
        phones: list[Piece] = []
        position = 0
        while position < len(items):
            end = position
            while end < len(items) and _is_phone_part(items[end]):
                end += 1
            typed = " ".join(str(item) for item in items[position:end])
            if end - position > 1 and self.scope.sees_customers and len(digits_of(typed)) in _PHONE_DIGITS:
                found = identifiers.lookup(self.tx, ("phone",), typed.replace(" ", ""), whole=True)
                if found:
                    phones.append(self._text.by_ids(found))
                    position = end
                    continue
            rest += items[position : max(end, position + 1)]
            position = max(end, position + 1)
        return rest, phones


def _is_phone_part(node: Node) -> bool:
    return isinstance(node, Text) and not node.exact and _PHONE_PART.fullmatch(node.text) is not None
