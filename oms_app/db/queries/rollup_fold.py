"""Appended cells become folded ones: each is added to its day and its block of days, whole and by channel and location.

Whoever appends enough folds in its own transaction; of several processes on PostgreSQL one folds at a time and the
others go on. Nobody ever waits for a folded row.
"""

import threading
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    true,
    union_all,
)

from oms_app.db.engine import insert as upsert
from oms_app.db.engine import is_sqlite
from oms_app.db.tables.rollups import Rollup, RollupDelta
from oms_app.domain.rollups import FIELDS, Cell, Counts

BLOCK = 16
"""Days of a block: long periods are read by block, with at most 15 single days at either end."""

DAY_ALL, DAY_SPLIT, BLOCK_ALL, BLOCK_SPLIT = range(4)
FOLD_AFTER = 512
"""Cells a process appends before it folds."""

_KEYS = ("kind", "level", *FIELDS[1:6])
_SUMS = FIELDS[6:]
_LOCK = 671224

rollup, delta = Rollup.__table__, RollupDelta.__table__  # type: ignore[attr-defined]
_count_lock = threading.Lock()
_appended = 0


def append(tx: Connection, changes: Mapping[Cell, Counts]) -> None:
    """Append changes to cells, and fold where enough have gathered."""
    rows = [dict(zip(FIELDS, (*cell, *counts), strict=True)) for cell, counts in changes.items()]
    tx.execute(insert(delta), rows)
    if _is_enough(len(rows)):
        fold(tx)


def append_from(tx: Connection, cells: Select[Any]) -> None:
    """Append what a statement of FIELDS yields."""
    tx.execute(insert(delta).from_select(FIELDS, cells))


def fold(tx: Connection) -> bool:
    """Add every appended cell that is committed (or our own) to the folded ones; False where another is at it."""
    if is_sqlite(tx):
        tx.execute(_adding(tx, delta))
        tx.execute(delete(delta))
        return True
    if not tx.scalar(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})")):
        return False
    gone = delete(delta).returning(delta).cte("gone")
    tx.execute(_adding(tx, gone))
    return True


def spread(tx: Connection) -> None:
    """Derive the other levels from the single days by channel and location, into an otherwise empty table."""
    split = select(rollup).where(rollup.c.level == DAY_SPLIT).subquery()
    for level in (DAY_ALL, BLOCK_SPLIT, BLOCK_ALL):
        tx.execute(insert(rollup).from_select([*_KEYS, *_SUMS], at_level(split, literal(level, Integer))))


def clear(tx: Connection) -> None:
    """Empty the rollups, and keep every writer from appending until this transaction ends."""
    if not is_sqlite(tx):
        tx.execute(text("LOCK TABLE rollup_delta IN EXCLUSIVE MODE"))
        tx.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    tx.execute(delete(delta))
    tx.execute(delete(rollup))


def at_level(source: Any, level: Any) -> Select[Any]:
    """Cells of `source` (FIELDS by single day, channel and location) summed up to a level, as rows of the table."""
    whole = level.in_((DAY_ALL, BLOCK_ALL))
    keys = (
        source.c.kind,
        level.label("level"),
        case((whole, 0), else_=source.c.channel_id).label("channel_id"),
        case((whole, 0), else_=source.c.location_id).label("location_id"),
        cast(case((level >= BLOCK_ALL, source.c.day // BLOCK), else_=source.c.day), Integer).label("day"),
        source.c.slot,
        source.c.currency,
    )
    sums = (cast(func.sum(source.c[name]), rollup.c[name].type).label(name) for name in _SUMS)
    positions = (text(str(position)) for position in range(1, len(keys) + 1))
    return select(*keys, *sums).group_by(*positions)


def _adding(tx: Connection, source: Any) -> Any:
    levels = union_all(*(select(literal(n, Integer, literal_execute=True).label("level")) for n in range(4))).subquery()
    rows = at_level(source, levels.c.level).select_from(source.join(levels, true())).where(levels.c.level >= 0)
    statement = upsert(tx)(rollup).from_select([*_KEYS, *_SUMS], rows)
    return statement.on_conflict_do_update(
        index_elements=list(_KEYS), set_={name: rollup.c[name] + statement.excluded[name] for name in _SUMS}
    )


def _is_enough(number: int) -> bool:
    global _appended
    with _count_lock:
        _appended += number
        if _appended < FOLD_AFTER:
            return False
        _appended = 0
        return True
