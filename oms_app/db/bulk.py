"""Many rows at once, past the ORM and past SQLAlchemy's binding: executemany on SQLite, COPY on PostgreSQL.

Rows are tuples of what the database stores: an Instant is milliseconds (`clock.to_ms`), a Json its text.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, event, func, select, text
from sqlmodel import SQLModel

from oms_app.db.engine import dispose, engine, is_sqlite
from oms_app.settings import get_settings

_CHUNK = 20_000
_BULK_PRAGMAS = ("PRAGMA busy_timeout=15000", "PRAGMA foreign_keys=OFF", "PRAGMA cache_size=-262144")


@contextmanager
def straight_to_file() -> Iterator[None]:
    """Write straight into the database file while the block runs, for a transaction of gigabytes; SQLite only.

    The log writes every page twice. With a rollback journal a new page is written once and only old ones are kept
    aside, so that whoever opens the file after a crash finds it as it was. Rows must be known to be right: foreign
    keys are not looked up. Where somebody else has the file open, the log stays.
    """
    if not get_settings().is_sqlite:
        yield
        return
    dispose()
    event.listen(engine(), "connect", _prepare_for_bulk)
    try:
        yield
    finally:
        dispose()
        engine().connect().close()  # back to the log, like every new connection


def _prepare_for_bulk(raw: sqlite3.Connection, _record: object) -> None:
    with suppress(sqlite3.OperationalError):  # somebody else has the file open
        raw.execute("PRAGMA busy_timeout=0")
        raw.execute("PRAGMA journal_mode=TRUNCATE")
    for pragma in _BULK_PRAGMAS:
        raw.execute(pragma)


def insert(tx: Connection, model: type[SQLModel], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows of `names`; columns left out get the model's default. Returns how many rows there were."""
    return _insert(tx, model.__table__.name, names, rows, _defaults(model, tuple(names)))  # type: ignore[attr-defined]


def insert_into(tx: Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows into a table that no model describes. Returns how many there were."""
    return _insert(tx, table, names, rows, {})


def take_ids(tx: Connection, model: type[SQLModel], count: int) -> Sequence[int]:
    """Ids for that many new rows, which nobody else gets."""
    table = model.__table__  # type: ignore[attr-defined]
    if is_sqlite(tx):
        first = (tx.scalar(select(func.max(table.c.id))) or 0) + 1
        return range(first, first + count)
    sequence = tx.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name})
    taken = text("SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, :count)")
    return list(tx.scalars(taken, {"sequence": sequence, "count": count}))


@lru_cache(maxsize=64)
def _defaults(model: type[SQLModel], names: tuple[str, ...]) -> dict[str, Any]:
    """Default by name of the model's columns that `names` leaves out."""
    return {
        name: field.default
        for name, field in model.model_fields.items()
        if name not in names and not field.is_required() and field.default is not None
    }


def _insert(
    tx: Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]], defaults: dict[str, Any]
) -> int:
    columns = ", ".join(f'"{name}"' for name in (*names, *defaults))
    if is_sqlite(tx):
        values = ", ".join((*"?" * len(names), *(_literal(value) for value in defaults.values())))
        return _execute_many(tx, f"INSERT INTO {table} ({columns}) VALUES ({values})", rows)  # noqa: S608 - our names
    tail = tuple(defaults.values())
    return _copy(tx, f"COPY {table} ({columns}) FROM STDIN", ((*row, *tail) for row in rows) if tail else rows)


def _literal(value: Any) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(int(value))


def _execute_many(tx: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> int:
    source, count = iter(rows), 0
    while chunk := list(islice(source, _CHUNK)):
        tx.exec_driver_sql(statement, chunk)
        count += len(chunk)
    return count


def _copy(tx: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> int:
    cursor: Any = tx.connection.cursor()
    with cursor:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        return int(cursor.rowcount)
