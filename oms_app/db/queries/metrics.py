"""Reading the counted cells: of a period, some channels and locations, or of whatever a search finds.

Without a search the rollups answer, in a few milliseconds at a million orders. A search no rollup can hold is answered
from the orders themselves by the very statements that rebuild the rollups, so that both give the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, and_, cast, func, select, union_all

from oms_app.db.queries import rollup_fold as folding
from oms_app.db.queries.rollup_cells import orders, select_cells
from oms_app.db.queries.rollups import negative
from oms_app.db.tables.catalogue import Channel, Location, Product
from oms_app.domain import days
from oms_app.domain.clock import TIE_SPAN, first_id
from oms_app.domain.lifecycle import OPEN_STAGES
from oms_app.domain.rollups import FIELDS, Kind

_channel, _location, _product = Channel.__table__, Location.__table__, Product.__table__  # type: ignore[attr-defined]
_SUMS = FIELDS[6:]


@dataclass(frozen=True, slots=True)
class Source:
    """Which orders are counted.

    channels, locations  ids (location 0: not allocated); None for all of them
    where                a search that only the orders themselves can answer
    until                the moment the numbers speak of: what was placed later does not count
    """

    zone: ZoneInfo
    until: datetime
    channels: tuple[int, ...] | None = None
    locations: tuple[int, ...] | None = None
    where: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Days by number, both included; `cut` ends the last of them at a moment of that day."""

    first: int
    last: int
    cut: datetime | None = None


def read(
    tx: Connection, source: Source, kinds: Sequence[Kind], within: Range, *by: str, slots: Sequence[int] | None = None
) -> list[Any]:
    """Rows of kind, slot, currency, the columns of `by`, orders, units and amount.

    by  any of day, week (seven days, the period's first ones are week 0), channel_id, location_id
    """
    cells = union_all(*_cells(tx, source, kinds, within, by, slots)).subquery()
    week = cast((cells.c.day - within.first) // 7, Integer).label("week")
    keys = [week if name == "week" else cells.c[name] for name in ("kind", "slot", "currency", *by)]
    return list(tx.execute(select(*keys, *_sums(cells)).group_by(*keys)))


def top_products(tx: Connection, source: Source, within: Range, limit: int) -> list[Any]:
    """The goods of which most units were ordered: sku, name, orders, units; the busiest first."""
    cells = union_all(*_cells(tx, source, [Kind.PRODUCT], within, (), None)).subquery()
    units = cast(func.sum(cells.c.units), BigInteger).label("units")
    found = select(cells.c.slot, cast(func.sum(cells.c.orders), BigInteger).label("orders"), units)
    best = found.group_by(cells.c.slot).having(func.sum(cells.c.orders) > 0).subquery()
    query = (
        select(_product.c.sku, _product.c.name, best.c.orders, best.c.units)
        .join(best, best.c.slot == _product.c.id)
        .where(_product.c.kind == "goods")
        .order_by(best.c.units.desc(), _product.c.sku)
        .limit(limit)
    )
    return list(tx.execute(query))


def matching(tx: Connection, source: Source, within: Range, most: int) -> int:
    """How many orders a search finds in the days, counted up to `most`."""
    found = select(orders.c.id).where(*_placed(source, within), *_dimensions(source), _searched(source))
    return tx.scalar(select(func.count()).select_from(found.limit(most).subquery())) or 0


def channels(tx: Connection) -> list[Any]:
    """(id, name, title, currency) of every channel, by title."""
    columns = (_channel.c.id, _channel.c.name, _channel.c.title, _channel.c.currency)
    return list(tx.execute(select(*columns).order_by(_channel.c.title, _channel.c.id)))


def locations(tx: Connection) -> list[Any]:
    """(id, code, name) of every location, by name."""
    return list(tx.execute(select(_location.c.id, _location.c.code, _location.c.name).order_by(_location.c.name)))


def _cells(
    tx: Connection,
    source: Source,
    kinds: Sequence[Kind],
    within: Range,
    by: Sequence[str],
    slots: Sequence[int] | None,
) -> list[Any]:
    """Statements of FIELDS whose sum is the answer."""
    placed, due = [kind for kind in kinds if kind is not Kind.DUE], Kind.DUE in kinds
    today = days.day_of(source.until, source.zone)
    parts: list[Any] = []
    if source.where is not None:
        if placed:
            parts += _computed(source, placed, within, *_placed(source, within))
        if due:
            parts += _computed(source, [Kind.DUE], within, *_due(source, within))
    else:
        whole = within if within.cut is None else Range(within.first, within.last - 1)
        if placed and whole.first <= whole.last:
            parts += _stored(tx, source, placed, whole, by, slots)
        if placed and within.cut:
            parts += _computed(source, placed, within, *_placed(source, Range(within.last, within.last, within.cut)))
        if due:
            parts += _stored(tx, source, [Kind.DUE], Range(within.first, min(within.last, today)), by, slots)
        if within.last >= today and placed and _any_later(tx, source):
            parts += map(negative, _computed(source, placed, within, *_placed_later(source)))
        if within.last >= today and due:
            parts += map(negative, _computed(source, [Kind.DUE], within, *_undecided(source)))
    if slots is None:
        return parts
    narrowed = [part.subquery() for part in parts]
    return [select(part).where(part.c.slot.in_(slots)) for part in narrowed]


def _stored(
    tx: Connection,
    source: Source,
    kinds: Sequence[Kind],
    within: Range,
    by: Sequence[str],
    slots: Sequence[int] | None,
) -> list[Any]:
    """What the rollups hold: single days, or whole blocks and the days at either end, and what is not folded yet."""
    rollup, delta = folding.rollup, folding.delta
    split = source.channels is not None or source.locations is not None or {"channel_id", "location_id"} & set(by)
    if split:
        chosen_channels = source.channels or tuple(row.id for row in channels(tx))
        chosen_locations = source.locations or (0, *(row.id for row in locations(tx)))
    else:
        chosen_channels = chosen_locations = (0,)
    wanted = [
        rollup.c.kind.in_(kinds),
        rollup.c.channel_id.in_(chosen_channels),
        rollup.c.location_id.in_(chosen_locations),
    ]
    if slots is not None:
        wanted.append(rollup.c.slot.in_(slots))
    columns = [rollup.c[name] for name in FIELDS]
    parts = [
        select(*columns).where(*wanted, rollup.c.level == 2 * grain + bool(split), rollup.c.day.between(low, high))
        for grain, low, high in _pieces(
            within.first, within.last, 0 if {"day", "week"} & set(by) else len(folding.BLOCKS) - 1
        )
    ]
    fresh = [delta.c.kind.in_(kinds), delta.c.day.between(within.first, within.last)]
    if split:
        fresh += [delta.c.channel_id.in_(chosen_channels), delta.c.location_id.in_(chosen_locations)]
    return [*parts, select(*(delta.c[name] for name in FIELDS)).where(*fresh)]


def _pieces(first: int, last: int, coarsest: int) -> list[tuple[int, int, int]]:
    """(grain, first block, last block) of rows that cover the days once, as coarse as they can be."""
    if first > last:
        return []
    size = folding.BLOCKS[coarsest]
    begin, end = -(-first // size), (last + 1) // size
    if begin >= end:
        return _pieces(first, last, coarsest - 1)
    before = _pieces(first, begin * size - 1, coarsest - 1)
    return [*before, (coarsest, begin, end - 1), *_pieces(end * size, last, coarsest - 1)]


def _computed(source: Source, kinds: Sequence[Kind], within: Range, *conditions: ColumnElement[bool]) -> list[Any]:
    span = (days.start(within.first, source.zone), days.start(within.last + 1, source.zone))
    where = and_(*conditions, *_dimensions(source), _searched(source))
    return list(select_cells(kinds, where, source.zone, span))


def _placed(source: Source, within: Range) -> list[ColumnElement[bool]]:
    start, end = days.start(within.first, source.zone), days.start(within.last + 1, source.zone)
    found = [orders.c.id >= first_id(start), orders.c.id < first_id(end)]
    if within.cut:
        return [*found, orders.c.placed_at <= within.cut]
    return [*found, orders.c.id < _later(source)] if source.until < end else found


def _placed_later(source: Source) -> list[ColumnElement[bool]]:
    return [orders.c.id >= _later(source)]


def _later(source: Source) -> int:
    """The lowest id of an order placed after the second of `until`, as the orders list reads it."""
    return first_id(source.until) + TIE_SPAN


def _any_later(tx: Connection, source: Source) -> bool:
    return tx.execute(select(orders.c.id).where(*_placed_later(source)).limit(1)).first() is not None


def _due(source: Source, within: Range) -> list[ColumnElement[bool]]:
    start, end = days.start(within.first, source.zone), days.start(within.last + 1, source.zone)
    decided = orders.c.shipped_at.is_not(None) | (orders.c.ship_by < source.until)
    known = orders.c.id < _later(source)
    return [orders.c.ship_by >= start, orders.c.ship_by < end, decided, known]


def _undecided(source: Source) -> list[ColumnElement[bool]]:
    """Orders due today that still have time. (`shipped_at IS NULL` is left out: SQLite would search by it.)"""
    tomorrow = days.start(days.day_of(source.until, source.zone) + 1, source.zone)
    return [
        orders.c.stage.in_(OPEN_STAGES),
        orders.c.ship_by >= source.until,
        orders.c.ship_by < tomorrow,
    ]


def _dimensions(source: Source) -> list[ColumnElement[bool]]:
    """Channel and location as expressions, so that the period's own index is taken, not the channel's."""
    found: list[ColumnElement[bool]] = []
    if source.channels is not None:
        found.append(func.coalesce(orders.c.channel_id, 0).in_(source.channels))
    if source.locations is not None:
        found.append(func.coalesce(orders.c.location_id, 0).in_(source.locations))
    return found


def _searched(source: Source) -> ColumnElement[bool]:
    return source.where if source.where is not None else and_(True)


def _sums(cells: Any) -> list[Any]:
    return [cast(func.sum(cells.c[name]), BigInteger).label(name) for name in _SUMS]
