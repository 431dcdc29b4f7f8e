"""Fields of the search language that measure: amounts, times, and days and hours on the shop's clock."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, or_, select

from oms_app.db.queries import search_vocabulary as vocabulary
from oms_app.db.queries.orders import order
from oms_app.db.queries.search_identifiers import MOST
from oms_app.db.queries.search_pieces import NO_ORDER, Piece, either
from oms_app.db.queries.search_tokens import any_of
from oms_app.domain import clock
from oms_app.domain.lifecycle import Stage
from oms_app.domain.money import digits
from oms_app.domain.query import Between, Match
from oms_app.domain.query_fields import FIELDS, Kind
from oms_app.domain.query_values import interval
from oms_app.domain.search import Scope
from oms_app.domain.search_document import PRIORITIES
from oms_app.domain.search_words import total_steps

_TIMES = {
    "updated": order.c.updated_at,
    "ship_by": order.c.ship_by,
    "shipped": order.c.shipped_at,
    "delivered": order.c.delivered_at,
    "moved": order.c.stage_at,
}
_BEYOND = Decimal(10**14)
"""More than any total: 64 bits hold it in minor units."""
_EVERY_STEP = total_steps(None, None)
_WEEKDAYS = list(FIELDS["weekday"].choices)


class RangeReader:
    """Turns fields with limits into pieces."""

    def __init__(self, tx: Connection, scope: Scope, channels: Callable[[], Sequence[Row[Any]]], now: datetime):
        self.tx = tx
        self.zone = scope.zone
        self.channels = channels
        self.now = now

    def read(self, leaf: Between) -> Piece:
        """The piece of one field."""
        if FIELDS[leaf.field].kind is Kind.TIME:
            return self._placed(leaf) if leaf.field == "placed" else self._time(leaf)
        if leaf.field == "total":
            return self._total(leaf)
        return self._priority(leaf) if leaf.field == "priority" else self._hour(leaf)

    def weekday(self, leaf: Match) -> Piece:
        """Orders placed on one of the days; 1 January 1970 was a Thursday."""
        wanted = [_WEEKDAYS.index(day) for day in leaf.values if day in _WEEKDAYS]
        today = (self._local_seconds // 86_400 + 3) % 7
        return either([Piece(today == day) for day in wanted]) if wanted else NO_ORDER

    def _hour(self, leaf: Between) -> Piece:
        return Piece(and_(*_limits(self._local_seconds // 3_600 % 24, leaf)))

    def _priority(self, leaf: Between) -> Piece:
        row = and_(*_limits(order.c.priority, leaf))
        low = float(leaf.low.value) if leaf.low else -1.0
        high = float(leaf.high.value) if leaf.high else float(PRIORITIES[-1])
        if low < 1 and not (low == 0 and leaf.low and leaf.low.strict):
            return Piece(row)
        most = PRIORITIES[-1]
        return Piece(row, tokens=any_of(f"priority:{each}" for each in PRIORITIES if min(low, most) <= each <= high))

    def _total(self, leaf: Between) -> Piece:
        low, high = (Decimal(end.value) if end else None for end in (leaf.low, leaf.high))
        places = {digits(row.currency) for row in self.channels()} or {2}
        conditions = []
        for each in places:
            mine = [row.currency for row in self.channels() if digits(row.currency) == each]
            only = [order.c.currency.in_(mine)] if len(places) > 1 else []
            conditions.append(and_(*only, *_minor_limits(leaf, 10**each)))
        steps = total_steps(low, high)
        known = vocabulary.beginning(self.tx, ("total",), "", len(_EVERY_STEP))
        fitting = [token for token in known if int(token.partition(":")[2]) in steps]
        return Piece(or_(*conditions), tokens=any_of(fitting))

    def _placed(self, leaf: Between) -> Piece:
        start, end = self._interval(leaf)
        low = clock.first_id(start) if start else None
        # Ids know the second: one that has begun is still inside.
        high = clock.first_id(end + timedelta(microseconds=999_999)) if end else None
        limits = [order.c.id >= low] if low is not None else []
        limits += [order.c.id < high] if high is not None else []
        return Piece(and_(*limits), low=low, high=high, exact=True)

    def _time(self, leaf: Between) -> Piece:
        start, end = self._interval(leaf)
        column = _TIMES[leaf.field]
        limits = [column >= start] if start else []
        limits += [column < end] if end else []
        if leaf.field == "moved":  # the index of stage_at begins with the stage
            limits.append(order.c.stage.in_(list(Stage)))
        row = and_(*limits)
        found = self.tx.scalars(select(order.c.id).where(row).limit(MOST + 1)).all()
        if len(found) <= MOST:
            return Piece(row, ids=frozenset(found))
        # Nothing is shipped, delivered or changed before it is placed.
        placed_before = clock.first_id(end + timedelta(seconds=1)) if end and leaf.field != "ship_by" else None
        return Piece(row, high=placed_before)

    def _interval(self, leaf: Between) -> tuple[datetime | None, datetime | None]:
        low, high = ((end.value, end.strict) if end else None for end in (leaf.low, leaf.high))
        return interval(low, high, self.now, self.zone, ahead=FIELDS[leaf.field].ahead)

    @cached_property
    def _local_seconds(self) -> Any:
        """Seconds on the shop's clock when the order was placed; a zone may change its offset over the years."""
        seconds = order.c.id // clock.TIE_SPAN
        oldest, newest = (self.tx.scalar(select(end(order.c.id))) for end in (func.min, func.max))
        if oldest is None or newest is None:
            return seconds
        *earlier, (_, last) = clock.offsets(self.zone, clock.placed_second(oldest), clock.placed_second(newest))
        steps = [(seconds < until, offset) for until, offset in earlier]
        return seconds + (case(*steps, else_=last) if steps else last)


def _limits(column: Any, leaf: Between) -> list[ColumnElement[bool]]:
    """The limits of a whole number."""
    limits = []
    if leaf.low:
        low = float(leaf.low.value)
        limits.append(column > low if leaf.low.strict else column >= low)
    if leaf.high:
        high = float(leaf.high.value)
        limits.append(column < high if leaf.high.strict else column <= high)
    return limits


def _minor_limits(leaf: Between, scale: int) -> list[ColumnElement[bool]]:
    """The limits of an amount in major units, said in minor units, which are whole."""
    limits = []
    if leaf.low:
        exact = _known(leaf.low.value) * scale
        least = int(exact.to_integral_value(ROUND_CEILING))
        limits.append(order.c.total >= least + (1 if leaf.low.strict and least == exact else 0))
    if leaf.high:
        exact = _known(leaf.high.value) * scale
        most = int(exact.to_integral_value(ROUND_FLOOR))
        limits.append(order.c.total <= most - (1 if leaf.high.strict and most == exact else 0))
    return limits


def _known(amount: str) -> Decimal:
    return max(min(Decimal(amount), _BEYOND), -_BEYOND)
