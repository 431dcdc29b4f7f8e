"""The cells of domain/rollups.py as SQL over the base tables: what many orders add, in one statement per kind.

Used to rebuild and verify the rollups, to add an import's orders at once, and to answer a chart under an arbitrary
search, which no rollup can hold.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    or_,
    select,
    text,
    type_coerce,
)

from oms_app.db.tables.orders import Order, OrderLine
from oms_app.db.tables.rollups import OrderDwell
from oms_app.domain import days, durations
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.rollups import (
    DUE_LATE,
    DUE_ON_TIME,
    DUE_WAITING,
    DURATIONS,
    FIELDS,
    GONE,
    IN_STAGE,
    PAST_PROCESSING,
    STAGE_SLOTS,
    Kind,
)

orders, lines, dwell = Order.__table__, OrderLine.__table__, OrderDwell.__table__  # type: ignore[attr-defined]
Span = tuple[datetime, datetime]


def select_cells(kinds: Iterable[Kind], where: ColumnElement[bool], zone: ZoneInfo, span: Span) -> list[Select[Any]]:
    """One statement per kind, each yielding FIELDS of the orders that satisfy `where`.

    span  moments between which all their times lie; the zone's offsets are taken from it
    """
    local = days.offsets(*span, zone)
    return [_BUILD[kind](where, local) if kind in _BUILD else _duration(kind, where, local) for kind in kinds]


def local_ms(moment: Any, offsets: Sequence[tuple[int, int]]) -> ColumnElement[int]:
    """Milliseconds of the shop's wall clock since 1970, of an Instant column."""
    ms = type_coerce(moment, BigInteger)
    *older, (_, newest) = offsets
    if not older:
        return ms + newest
    ends = [since for since, _ in offsets[1:]]
    return ms + case(*((ms < end, shift) for end, (_, shift) in zip(ends, older, strict=True)), else_=newest)


def day_number(moment: Any, offsets: Sequence[tuple[int, int]]) -> ColumnElement[int]:
    """The shop's calendar day of an Instant column."""
    return cast(local_ms(moment, offsets) // days.DAY_MS, Integer)


def weekday_hour(moment: Any, offsets: Sequence[tuple[int, int]]) -> ColumnElement[int]:
    """Weekday * 24 + hour of the shop's wall clock, of an Instant column."""
    hours = local_ms(moment, offsets) // days.HOUR_MS
    return (hours // 24 + 3) % 7 * 24 + hours % 24


def seconds_of(kind: Kind) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """(duration in seconds, whether it is known), over orders joined to order_dwell."""
    if kind is Kind.DELIVERY:
        known = and_(orders.c.delivered_at.is_not(None), orders.c.shipped_at.is_not(None))
        shipped, delivered = (type_coerce(orders.c[name], BigInteger) for name in ("shipped_at", "delivered_at"))
        elapsed = (delivered - shipped) // 1000
        return case((elapsed < 0, 0), else_=elapsed), known
    if kind is Kind.PROCESSING:
        known = and_(orders.c.stage.in_(PAST_PROCESSING), dwell.c.placed.is_not(None))
        return dwell.c.placed + func.coalesce(dwell.c.processing, 0), known
    if kind is Kind.FULFILMENT:
        known = and_(orders.c.stage.in_(GONE), dwell.c.packed.is_not(None))
        return func.coalesce(dwell.c.ready, 0) + func.coalesce(dwell.c.picking, 0) + dwell.c.packed, known
    column = dwell.c[next(stage for stage, of in IN_STAGE.items() if of is kind).value]
    return column, column.is_not(None)


def bucket_of(seconds: ColumnElement[int]) -> ColumnElement[int]:
    """durations.bucket as a tree of comparisons, five or six deep."""

    def between(low: int, high: int) -> Any:
        if low == high:
            return literal(low, Integer, literal_execute=True)
        middle = (low + high) // 2
        edge = literal(durations.EDGES[middle], Integer, literal_execute=True)
        return case((seconds < edge, between(low, middle)), else_=between(middle + 1, high))

    return between(0, len(durations.EDGES))


def missed(now: datetime) -> ColumnElement[bool]:
    """Orders that did not ship by their ship-by time: shipped after it, or still here and past it at `now`."""
    return and_(
        orders.c.ship_by.is_not(None),
        orders.c.stage != Stage.CANCELLED,
        or_(
            orders.c.shipped_at > orders.c.ship_by,
            and_(orders.c.shipped_at.is_(None), orders.c.stage.in_(OPEN_STAGES), orders.c.ship_by < now),
        ),
    )


def whole_span(bounds: Sequence[datetime | None]) -> Span:
    """The earliest and latest of some moments; now where there is none."""
    known = [moment for moment in bounds if moment] or [datetime.now(UTC)]
    return min(known), max(known)


def _cells(
    kind: Kind, slot: Any, where: ColumnElement[bool], day: Any, currency: Any, *sums: Any, source: Any = orders
) -> Select[Any]:
    keys = (
        literal(int(kind), Integer, literal_execute=True).label("kind"),
        orders.c.channel_id.label("channel_id"),
        func.coalesce(orders.c.location_id, 0).label("location_id"),
        day.label("day"),
        slot.label("slot"),
        currency.label("currency"),
    )
    values = (value.label(name) for value, name in zip(sums, FIELDS[6:], strict=True))
    grouped = (text(str(position)) for position in range(2, len(keys) + 1))
    return select(*keys, *values).select_from(source).where(where).group_by(*grouped)


def _orders() -> tuple[Any, Any, Any]:
    return func.count(), _sum(orders.c.units), _sum(orders.c.total)


def _sum(column: Any) -> Any:
    return cast(func.sum(column), BigInteger)


def _nothing() -> Any:
    return literal(0, BigInteger, literal_execute=True)


def _no_currency() -> Any:
    return literal("", String, literal_execute=True)


def _stage(where: ColumnElement[bool], local: Sequence[tuple[int, int]]) -> Select[Any]:
    slot = case({stage.value: slot for stage, slot in STAGE_SLOTS.items()}, value=orders.c.stage)
    return _cells(Kind.STAGE, slot, where, day_number(orders.c.placed_at, local), orders.c.currency, *_orders())


def _hour(where: ColumnElement[bool], local: Sequence[tuple[int, int]]) -> Select[Any]:
    slot = weekday_hour(orders.c.placed_at, local)
    return _cells(Kind.HOUR, slot, where, day_number(orders.c.placed_at, local), orders.c.currency, *_orders())


def _due(where: ColumnElement[bool], local: Sequence[tuple[int, int]]) -> Select[Any]:
    slot = case(
        (orders.c.shipped_at.is_(None), DUE_WAITING),
        (orders.c.shipped_at <= orders.c.ship_by, DUE_ON_TIME),
        else_=DUE_LATE,
    )
    counted = and_(
        where,
        orders.c.ship_by.is_not(None),
        orders.c.stage != Stage.CANCELLED,
        or_(orders.c.shipped_at.is_not(None), orders.c.stage.in_(OPEN_STAGES)),
    )
    day = day_number(orders.c.ship_by, local)
    return _cells(Kind.DUE, slot, counted, day, _no_currency(), func.count(), _nothing(), _nothing())


def _refund(where: ColumnElement[bool], local: Sequence[tuple[int, int]]) -> Select[Any]:
    refunded = orders.c.refunded - orders.c.refunded_excess
    counted = and_(where, refunded != 0, orders.c.stage != Stage.CANCELLED)
    sums = (func.count(), _nothing(), _sum(refunded))
    return _cells(Kind.REFUND, _nothing(), counted, day_number(orders.c.placed_at, local), orders.c.currency, *sums)


def _product(where: ColumnElement[bool], local: Sequence[tuple[int, int]]) -> Select[Any]:
    sums = (func.count(distinct(lines.c.order_id)), _sum(lines.c.quantity), _sum(lines.c.total))
    return _cells(
        Kind.PRODUCT,
        lines.c.product_id,
        and_(where, lines.c.product_id.is_not(None)),
        day_number(orders.c.placed_at, local),
        orders.c.currency,
        *sums,
        source=orders.join(lines, lines.c.order_id == orders.c.id),
    )


def _duration(kind: Kind, where: ColumnElement[bool], local: Sequence[tuple[int, int]]) -> Select[Any]:
    seconds, known = seconds_of(kind)
    source = orders if kind is Kind.DELIVERY else orders.join(dwell, dwell.c.order_id == orders.c.id)
    return _cells(
        kind,
        bucket_of(seconds),
        and_(where, known),
        day_number(orders.c.placed_at, local),
        _no_currency(),
        func.count(),
        _nothing(),
        _sum(seconds),
        source=source,
    )


_BUILD = {
    Kind.STAGE: _stage,
    Kind.HOUR: _hour,
    Kind.DUE: _due,
    Kind.REFUND: _refund,
    Kind.PRODUCT: _product,
}
ALL_KINDS = (*_BUILD, *DURATIONS)
