"""Keeps the rollups true: every order write appends what it changed; readers add folded and appended cells up.

`apply` is for writers that know an order's before and after, `add_known`, `add_many` and `remove_many` for bulk
writers, `rebuild` starts anew, `verify` finds drift. docs/decisions/rollups.md says why it is built so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    union_all,
)

from oms_app.db.queries import dwell
from oms_app.db.queries import rollup_fold as folding
from oms_app.db.queries.rollup_cells import ALL_KINDS, select_cells, whole_span
from oms_app.db.tables.orders import Order, OrderLine
from oms_app.domain.rollups import FIELDS, Cell, Counts, LineFacts, OrderFacts, cells, product_cells
from oms_app.settings import get_settings

append_many, fold_many = folding.append_many, folding.fold_many
_orders, _lines = Order.__table__, OrderLine.__table__  # type: ignore[attr-defined]
_IDS_AT_ONCE = 10_000
_LINES_OF = select(_lines.c.order_id, _lines.c.product_id, _lines.c.quantity, _lines.c.total).where(
    _lines.c.order_id.in_(bindparam("orders", expanding=True))
)
_PLACE = ("channel_id", "location_id", "placed_at", "currency")
_MATTERS = (*_PLACE, "stage", "ship_by", "shipped_at", "delivered_at", "total", "refunded", "refunded_excess", "units")


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not what its orders say; `surplus` is stored less computed (orders, units, amount)."""

    level: int
    cell: Cell
    surplus: Counts


def apply(tx: Connection, changes: Iterable[tuple[OrderFacts | None, OrderFacts | None]]) -> None:
    """Bring the rollups up to date with order writes of this transaction: (row before, row after), None for no row.

    Call it once per write, after the order's lines are in place. Lines are read where the order is new, gone, or
    changed its channel, location or placement; other edits of lines go through `remove_many` and `add_many`.
    """
    zone = shop_zone()
    moved = [(before, after) for before, after in changes if _matters(before, after)]
    if not moved:
        return
    known = dwell.load(tx, [before.id for before, after in moved if before and not _stays(before, after)])
    ended: dict[int, dwell.Dwell] = {}
    sums: dict[Cell, Counts] = {}
    for before, after in moved:
        stayed = known.get(before.id, dwell.NONE) if before else dwell.NONE
        if before:
            _add(sums, cells(before, stayed, zone), -1)
        if after:
            stays = dwell.advance(before, after, stayed) if before else stayed
            if stays != stayed:
                ended[after.id] = stays
            _add(sums, cells(after, stays, zone), 1)
    _add_products(tx, sums, [(old, new) for old, new in moved if not (old and new and _same(old, new, _PLACE))], zone)
    if ended:
        dwell.save(tx, ended)
    if sums := {cell: counts for cell, counts in sums.items() if any(counts)}:
        folding.append(tx, sums)


def apply_rewritten(
    tx: Connection, before: OrderFacts, had: Sequence[LineFacts], after: OrderFacts, has: Sequence[LineFacts]
) -> None:
    """Bring the rollups up to date with an order whose lines were rewritten, given both before and after."""
    zone = shop_zone()
    stayed = dwell.load(tx, [before.id]).get(before.id, dwell.NONE)
    stays = dwell.advance(before, after, stayed)
    if stays != stayed:
        dwell.save(tx, {after.id: stays})
    sums: dict[Cell, Counts] = {}
    for order, lines, spent, sign in ((before, had, stayed, -1), (after, has, stays, 1)):
        _add(sums, cells(order, spent, zone), sign)
        _add(sums, product_cells(order, lines, zone), sign)
    if sums := {cell: counts for cell, counts in sums.items() if any(counts)}:
        folding.append(tx, sums)


def add_many(tx: Connection, order_ids: Sequence[int]) -> None:
    """Count orders that were written in bulk, with their lines and timelines, in this transaction. Once each."""
    for where in _some(order_ids):
        dwell.add_from_events(tx, where)
        for statement in _computed(tx, where):
            folding.append_from(tx, statement)
    folding.fold(tx)


def add_known(tx: Connection, orders: Iterable[tuple[OrderFacts, Sequence[LineFacts]]]) -> None:
    """Count new orders whose facts and lines the writer has at hand and whose timelines hold no move. Once each."""
    zone = shop_zone()
    sums: dict[Cell, Counts] = {}
    for order, lines in orders:
        _add(sums, cells(order, dwell.NONE, zone), 1)
        _add(sums, product_cells(order, lines, zone), 1)
    if sums:
        folding.append(tx, sums)


def remove_many(tx: Connection, order_ids: Sequence[int]) -> None:
    """Discount orders before they, their lines or their timelines are deleted or rewritten in bulk."""
    for where in _some(order_ids):
        for statement in _computed(tx, where):
            folding.append_from(tx, negative(statement))
        dwell.remove(tx, where)
    folding.fold(tx)


def sweep(tx: Connection) -> None:
    """Forget folded cells that count nothing any more, after many orders were removed."""
    tx.execute(delete(folding.rollup).where(*(folding.rollup.c[name] == 0 for name in FIELDS[6:])))


def rebuild(tx: Connection) -> None:
    """Compute every rollup anew from orders, lines and timelines. Other writers wait until the end."""
    folding.clear(tx)
    dwell.remove(tx, true())
    dwell.add_from_events(tx, true())
    for statement in _computed(tx, true()):
        fields = statement.subquery()
        level = literal(folding.SINGLE, Integer, literal_execute=True).label("level")
        columns = [fields.c.kind, level, *(fields.c[name] for name in FIELDS[1:])]
        tx.execute(insert(folding.rollup).from_select([column.name for column in columns], select(*columns)))
    folding.spread(tx)


def verify(tx: Connection, limit: int = 100) -> list[Difference]:
    """Cells that are not the sum of their orders, at most `limit`; each level is compared in one statement."""
    computed = _computed(tx, true())
    stored = (negative(_fields(table)) for table in (_level(folding.SINGLE), folding.delta))
    found = _apart(tx, union_all(*computed, *stored), folding.SINGLE, limit)
    for level in folding.DERIVED:
        derived = folding.at_level(_level(folding.derived_from(level)), level).subquery()
        found += _apart(tx, union_all(_fields(derived), negative(_fields(_level(level)))), level, limit)
    return found[:limit]


def verify_dwell(tx: Connection, limit: int = 100) -> list[int]:
    """Ids of orders whose stored dwell is not what their timeline says, at most `limit`."""
    return list(dwell.differing(tx, true(), limit))


def days_of(level: int) -> int:
    """Days that a row of a level sums up."""
    return folding.BLOCKS[level // 2]


def shop_zone() -> ZoneInfo:
    """The zone whose days and hours the rollups count."""
    return ZoneInfo(get_settings().timezone)


def negative(statement: Any) -> Any:
    """The same cells with their counts turned round."""
    source = statement.subquery()
    kept = [source.c[name] for name in FIELDS[:6]]
    return select(*kept, *((-source.c[name]).label(name) for name in FIELDS[6:]))


def _matters(before: OrderFacts | None, after: OrderFacts | None) -> bool:
    return not (before and after and _same(before, after, _MATTERS))


def _stays(before: OrderFacts, after: OrderFacts | None) -> bool:
    """Whether the order keeps its durations and where they are counted: they need not be read then."""
    return after is not None and _same(before, after, (*_PLACE, "stage"))


def _same(before: OrderFacts, after: OrderFacts, names: Iterable[str]) -> bool:
    return all(getattr(before, name) == getattr(after, name) for name in names)


def _add_products(
    tx: Connection,
    sums: dict[Cell, Counts],
    moved: Sequence[tuple[OrderFacts | None, OrderFacts | None]],
    zone: ZoneInfo,
) -> None:
    if not moved:
        return
    lines: dict[int, list[Any]] = {}
    for begin in range(0, len(moved), _IDS_AT_ONCE):
        ids = [order.id for pair in moved[begin : begin + _IDS_AT_ONCE] if (order := pair[1] or pair[0])]
        for line in tx.execute(_LINES_OF, {"orders": ids}):
            lines.setdefault(line.order_id, []).append(line)
    for pair in moved:
        for order, sign in zip(pair, (-1, 1), strict=True):
            if order:
                _add(sums, product_cells(order, lines.get(order.id, []), zone), sign)


def _add(sums: dict[Cell, Counts], more: Mapping[Cell, Counts], sign: int) -> None:
    for cell, (orders, units, amount) in more.items():
        had = sums.get(cell, (0, 0, 0))
        sums[cell] = (had[0] + sign * orders, had[1] + sign * units, had[2] + sign * amount)


def _some(order_ids: Sequence[int]) -> Iterator[ColumnElement[bool]]:
    for begin in range(0, len(order_ids), _IDS_AT_ONCE):
        yield _orders.c.id.in_(order_ids[begin : begin + _IDS_AT_ONCE])


def _computed(tx: Connection, where: ColumnElement[bool]) -> list[Any]:
    """Statements that yield the cells of the orders that satisfy `where`."""
    return select_cells(ALL_KINDS, where, shop_zone(), _span(tx, where))


def _span(tx: Connection, where: ColumnElement[bool]) -> tuple[datetime, datetime]:
    moments = [_orders.c.placed_at, _orders.c.ship_by]
    bounds = select(*(bound(moment) for moment in moments for bound in (func.min, func.max))).where(where)
    return whole_span(list(tx.execute(bounds).one()))


def _level(level: int) -> Any:
    return select(folding.rollup).where(folding.rollup.c.level == level).subquery()


def _fields(source: Any) -> Any:
    return select(*(source.c[name] for name in FIELDS))


def _apart(tx: Connection, signed: Any, level: int, limit: int) -> list[Difference]:
    both = signed.subquery()
    keys = [both.c[name] for name in FIELDS[:6]]
    sums = [cast(func.sum(both.c[name]), BigInteger) for name in FIELDS[6:]]
    nonzero = sums[0] != 0
    for total in sums[1:]:
        nonzero = nonzero | (total != 0)
    found = tx.execute(select(*keys, *sums).group_by(*keys).having(nonzero).limit(limit))
    return [Difference(level, Cell(*row[:6]), (-row[6], -row[7], -row[8])) for row in found]
