"""Many rows at once, past the ORM and past SQLAlchemy's binding: executemany on SQLite, COPY on PostgreSQL.

Rows are tuples of what the database stores: an Instant is milliseconds (`clock.to_ms`), a Json its text.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlmodel import SQLModel

from oms_app.db.engine import is_sqlite

_CHUNK = 20_000


def insert(tx: Connection, model: type[SQLModel], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows of `names`; columns left out get the model's default. Returns how many rows there were."""
    table = model.__table__  # type: ignore[attr-defined]
    more, tail = _defaults(model, tuple(names))
    columns = ", ".join(f'"{name}"' for name in (*names, *more))
    complete = ((*row, *tail) for row in rows) if tail else rows
    return (_execute_many if is_sqlite(tx) else _copy)(tx, table.name, columns, len(names) + len(more), complete)


def take_ids(tx: Connection, model: type[SQLModel], count: int) -> Sequence[int]:
    """Ids for that many new rows, which nobody else gets."""
    table = model.__table__  # type: ignore[attr-defined]
    if is_sqlite(tx):
        first = (tx.scalar(select(func.max(table.c.id))) or 0) + 1
        return range(first, first + count)
    sequence = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return list(tx.scalars(sequence, {"name": table.name, "count": count}))


@lru_cache(maxsize=64)
def _defaults(model: type[SQLModel], names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Columns of the model that `names` leaves out and that have a default, with those defaults."""
    given = {
        name: field.default
        for name, field in model.model_fields.items()
        if name not in names and not field.is_required() and field.default is not None
    }
    return tuple(given), tuple(given.values())


def _execute_many(tx: Connection, table: str, columns: str, width: int, rows: Iterable[Sequence[Any]]) -> int:
    statement = f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * width)})"  # noqa: S608 - our own names
    source, count = iter(rows), 0
    while chunk := [tuple(row) for row in islice(source, _CHUNK)]:
        tx.exec_driver_sql(statement, chunk)
        count += len(chunk)
    return count


def _copy(tx: Connection, table: str, columns: str, _width: int, rows: Iterable[Sequence[Any]]) -> int:
    cursor = tx.connection.cursor()
    with cursor:  # type: ignore[attr-defined]
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return int(cursor.rowcount)
