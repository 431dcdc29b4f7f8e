"""Tables without their indexes and foreign keys for as long as very many rows are written into them.

An index is built from sorted rows many times faster than it grows row by row, and a foreign key is checked faster
over a whole table than for each row. Both come back, and are checked, before the transaction ends.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from oms_app.db.engine import is_sqlite

_MEMORY_KB = 262_144

_SQLITE = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :name AND sql IS NOT NULL")
_POSTGRESQL = text(
    "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
    " WHERE i.indrelid = CAST(:name AS regclass)"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
)
_KEYS = text(
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
    ' WHERE contype = ANY(CAST(:kinds AS "char"[])) AND conrelid = CAST(:name AS regclass)'
)
_REFERRED_TO = text("SELECT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'")


@contextmanager
def without_indexes(tx: Connection, models: Sequence[type[SQLModel]]) -> Iterator[None]:
    """Drop what slows the block down and build it again after it; other users of these tables wait on PostgreSQL.

    Primary keys and unique constraints stay on SQLite, and where foreign keys refer to the table: rows are looked up by
    them. On SQLite foreign keys stay too: bulk.straight_to_file leaves them out.
    """
    names = [model.__table__.name for model in models]  # type: ignore[attr-defined]
    rebuild = _drop_all_keys(tx, names) if not is_sqlite(tx) else []
    source = _SQLITE if is_sqlite(tx) else _POSTGRESQL
    for name in names:
        for index, definition in tx.execute(source, {"name": name}).all():
            tx.exec_driver_sql(f"DROP INDEX {index}")
            rebuild.append(definition)
    if not is_sqlite(tx):
        tx.exec_driver_sql(f"SET LOCAL maintenance_work_mem = '{_MEMORY_KB}kB'")
        tx.exec_driver_sql(f"SET LOCAL work_mem = '{_MEMORY_KB // 2}kB'")
    yield
    # Indexes first: they are what the foreign keys are looked up by.
    for statement in sorted(rebuild, key=lambda statement: "FOREIGN KEY" in statement):
        tx.exec_driver_sql(statement)
    if is_sqlite(tx):
        tx.exec_driver_sql("PRAGMA analysis_limit=1000")
    for name in names:
        tx.exec_driver_sql(f"ANALYZE {name}")


@contextmanager
def without_primary_key(tx: Connection, model: type[SQLModel]) -> Iterator[None]:
    """PostgreSQL: a table without its primary key while its rows are written; others wait."""
    again = _drop_keys(tx, [model.__table__.name], "{p}")  # type: ignore[attr-defined]
    yield
    for statement in again:
        tx.exec_driver_sql(statement)


def _drop_all_keys(tx: Connection, names: Sequence[str]) -> list[str]:
    """Drop the keys that nobody needs before the end; returns what brings them back."""
    referred_to = {*tx.scalars(_REFERRED_TO)}
    return [
        *_drop_keys(tx, names, "{f}"),
        *_drop_keys(tx, [name for name in names if name not in referred_to], "{p,u}"),
    ]


def _drop_keys(tx: Connection, names: Sequence[str], kinds: str) -> list[str]:
    """Drop the constraints of those kinds; returns what brings them back."""
    again = []
    for name in names:
        for table, key, definition in tx.execute(_KEYS, {"name": name, "kinds": kinds}).all():
            tx.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {key}")
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {key} {definition}")
    return again
