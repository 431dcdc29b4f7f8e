"""Appended cells become folded ones: added to their day and its blocks of days, over all and by channel and location.

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

from oms_app.db import bulk
from oms_app.db.engine import insert as upsert
from oms_app.db.engine import is_sqlite
from oms_app.db.indexes import without_primary_key
from oms_app.db.prepared import Prepared, insert_into
from oms_app.db.tables.rollups import Rollup, RollupDelta
from oms_app.domain.rollups import FIELDS, Cell, Counts

BLOCKS = (1, 16, 128)
"""Days of a row at each grain. A long period is read by large blocks, its ends by smaller ones and single days."""

LEVELS = range(2 * len(BLOCKS))
"""Level 2g is grain g over all channels and locations, level 2g + 1 the same grain by channel and location."""

SINGLE = 1
"""The level the others are derived from: single days by channel and location."""

DERIVED = (*(level for level in LEVELS if level % 2 and level != SINGLE), *(level for level in LEVELS if not level % 2))
"""The other levels, each after the one it is derived from."""

FOLD_AFTER = 512
"""Cells a process appends before it folds."""

_KEYS = ("kind", "level", *FIELDS[1:6])
_SUMS = FIELDS[6:]
_POSITIONS = [text(str(position)) for position in range(1, len(_KEYS) + 1)]
"""Of the keys. Rows that are written in the order of the key find their place in its index next to each other."""

_LOCK = 671224

_ADD_DAYS = (
    f"INSERT INTO rollup (level, {', '.join(FIELDS)}) VALUES ({SINGLE}, {', '.join('?' * len(FIELDS))})"  # noqa: S608
    f" ON CONFLICT DO UPDATE SET {', '.join(f'{name} = {name} + excluded.{name}' for name in _SUMS)}"
)

rollup, delta = Rollup.__table__, RollupDelta.__table__  # type: ignore[attr-defined]
_APPEND = Prepared(insert_into(delta))
_FEW = 200
"""More changes than these are copied in, as those of very many orders are."""

_count_lock = threading.Lock()
_appended = 0


def append(tx: Connection, changes: Mapping[Cell, Counts]) -> None:
    """Append changes to cells, and fold where enough have gathered."""
    if len(changes) > _FEW and not is_sqlite(tx):
        bulk.insert(tx, RollupDelta, FIELDS, ((*cell, *counts) for cell, counts in changes.items()))
    else:
        rows = [dict(zip(FIELDS, (*cell, *counts), strict=True)) for cell, counts in changes.items()]
        _APPEND.run_many(tx, rows)
    if _is_enough(len(changes)):
        fold(tx)


def append_many(tx: Connection, changes: Mapping[tuple[Any, ...], Counts]) -> None:
    """Append very many changes, or add them to single days at once where nobody waits for a row; whoever does so ends
    with `fold_many`."""
    if is_sqlite(tx):
        tx.exec_driver_sql(_ADD_DAYS, [(*cell, *counts) for cell, counts in sorted(changes.items())])
    else:
        bulk.insert(tx, RollupDelta, FIELDS, ((*cell, *counts) for cell, counts in changes.items()))


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


def fold_many(tx: Connection) -> None:
    """Fold very many appended cells: into single days, from which the other levels are derived anew. Others wait."""
    _lock_out(tx)
    if is_sqlite(tx):
        fold(tx)
        tx.execute(delete(rollup).where(rollup.c.level != SINGLE))
        spread(tx)
        return
    folded = select(*(rollup.c[name] for name in FIELDS)).where(rollup.c.level == SINGLE)
    tx.execute(insert(delta).from_select(FIELDS, folded))
    tx.execute(text("TRUNCATE rollup"))
    with without_primary_key(tx, Rollup):
        cells = _summed(delta, delta.c.day, SINGLE, 1)
        tx.execute(insert(rollup).from_select([*_KEYS, *_SUMS], cells))
        spread(tx)
    tx.execute(text("TRUNCATE rollup_delta"))
    tx.execute(text("ANALYZE rollup"))


def spread(tx: Connection) -> None:
    """Derive the other levels from the single days by channel and location, into an otherwise empty table."""
    for level in DERIVED:
        source = select(rollup).where(rollup.c.level == derived_from(level)).subquery()
        cells = at_level(source, level).order_by(*_POSITIONS)
        tx.execute(insert(rollup).from_select([*_KEYS, *_SUMS], cells))


def derived_from(level: int) -> int:
    """The level that a level sums up: over all places the same grain by place, by place the next finer grain."""
    return level - 2 if level % 2 else level + 1


def clear(tx: Connection) -> None:
    """Empty the rollups, and keep every writer from appending until this transaction ends."""
    _lock_out(tx)
    tx.execute(delete(delta))
    tx.execute(delete(rollup))


def at_level(source: Any, level: int) -> Select[Any]:
    """Rows of `source`, a finer level, summed up to a level as rows of the table."""
    return _summed(source, source.c.day, level, BLOCKS[level // 2] // BLOCKS[derived_from(level) // 2])


def _summed(source: Any, day: Any, level: int, days: int) -> Select[Any]:
    whole = level % 2 == 0
    keys = (
        source.c.kind,
        _whole_number(level).label("level"),
        (_whole_number(0) if whole else source.c.channel_id).label("channel_id"),
        (_whole_number(0) if whole else source.c.location_id).label("location_id"),
        (day if days == 1 else cast(day // days, Integer)).label("day"),
        source.c.slot,
        source.c.currency,
    )
    sums = (cast(func.sum(source.c[name]), rollup.c[name].type).label(name) for name in _SUMS)
    return select(*keys, *sums).group_by(*_POSITIONS)


def _whole_number(number: int) -> Any:
    return literal(number, Integer, literal_execute=True)


def _adding(tx: Connection, source: Any) -> Any:
    levels = [_summed(source, source.c.day, level, BLOCKS[level // 2]) for level in LEVELS]
    return _added(tx, union_all(*levels))


def _added(tx: Connection, cells: Any) -> Any:
    statement = upsert(tx)(rollup).from_select(
        [*_KEYS, *_SUMS], select(cells.subquery()).where(true()).order_by(*_POSITIONS)
    )
    return statement.on_conflict_do_update(
        index_elements=list(_KEYS), set_={name: rollup.c[name] + statement.excluded[name] for name in _SUMS}
    )


def _lock_out(tx: Connection) -> None:
    """Keep every writer from appending and folding until this transaction ends."""
    if not is_sqlite(tx):
        tx.execute(text("LOCK TABLE rollup_delta IN EXCLUSIVE MODE"))
        tx.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _is_enough(number: int) -> bool:
    global _appended
    with _count_lock:
        _appended += number
        if _appended < FOLD_AFTER:
            return False
        _appended = 0
        return True
