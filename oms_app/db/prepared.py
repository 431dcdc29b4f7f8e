"""Statements of busy paths, compiled once for each database and run on the driver's own cursor.

SQLAlchemy writes the SQL and knows the types; running one of its statements costs it some 55 µs of Python, three times
what SQLite takes to answer. `Prepared` keeps what it compiled and asks the driver itself (docs/decisions/prepared.md).
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Integer, Table, bindparam, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Build = Callable[[bool], Executable]


class Prepared:
    """A statement and its parameters, given by name at each call. Rows are named tuples.

    Runs inside `transaction()` or `reading()`; a driver's error is raised as the one SQLAlchemy would raise.
    """

    def __init__(self, statement: Executable | Build):
        """`statement` is the statement, or is told whether it is for SQLite and returns it."""
        self._build: Build = statement if not isinstance(statement, Executable) else lambda _sqlite: statement
        self._compiled = cache(self._compile)

    def all(self, tx: Connection, **given: Any) -> list[Any]:
        """Every row."""
        if _is_watched(tx):
            return list(tx.execute(self._build(_sqlite(tx)), given))
        form = self._compiled(tx.dialect)
        cursor = form.run(tx, given)
        read = form.reader(cursor)
        return [read(each) for each in cursor.fetchall()]

    def first(self, tx: Connection, **given: Any) -> Any | None:
        """The first row, or None."""
        if _is_watched(tx):
            return tx.execute(self._build(_sqlite(tx)), given).first()
        form = self._compiled(tx.dialect)
        cursor = form.run(tx, given)
        read, found = form.reader(cursor), cursor.fetchone()
        cursor.close()
        return None if found is None else read(found)

    def values(self, tx: Connection, **given: Any) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self.all(tx, **given)]

    def value(self, tx: Connection, **given: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.first(tx, **given)
        return None if row is None else row[0]

    def run(self, tx: Connection, **given: Any) -> int:
        """Write; returns how many rows it touched."""
        if _is_watched(tx):
            return tx.execute(self._build(_sqlite(tx)), given).rowcount
        cursor = self._compiled(tx.dialect).run(tx, given)
        touched: int = cursor.rowcount
        cursor.close()
        return touched

    def run_many(self, tx: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write each of the rows; none is fine."""
        given = list(rows)
        if not given:
            return
        if _is_watched(tx):
            tx.execute(self._build(_sqlite(tx)), given)
            return
        self._compiled(tx.dialect).run_many(tx, given)

    def _compile(self, dialect: Dialect) -> "_Form":
        return _Form(self._build(dialect.name == "sqlite"), dialect)


def insert_into(table: Table) -> Any:
    """An INSERT of every column a writer may give; what is not given is the table's default, or NULL."""
    given = [column for column in table.columns if column is not table.autoincrement_column]
    return insert(table).values({column.key: bindparam(column.key, _default(column), column.type) for column in given})


def _default(column: Any) -> Any:
    if column.default is not None:
        return column.default.arg
    if column.server_default is None:
        return None
    return int(column.server_default.arg) if isinstance(column.type, Integer) else column.server_default.arg


class _Form:
    """What one database is sent, and how its answer is read."""

    def __init__(self, statement: Executable, dialect: Dialect):
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.sql: str = compiled.string
        self._dialect = dialect
        self._given: dict[str, Any] = dict(compiled.construct_params(_check=False))
        self._required = {bind.key for bind in compiled.binds.values() if bind.required}
        self._order: tuple[str, ...] | None = tuple(compiled.positiontup) if compiled.positional else None
        self._into: dict[str, Callable[[Any], Any]] = dict(compiled._bind_processors)
        self._columns = compiled._result_columns
        self._read: Callable[[Any], Any] | None = None

    def run(self, tx: Connection, given: Mapping[str, Any]) -> Any:
        cursor = _cursor(tx)
        parameters = self._parameters(given)
        try:
            cursor.execute(self.sql, parameters)
        except self._dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy(error, self, parameters) from error
        return cursor

    def run_many(self, tx: Connection, rows: list[Mapping[str, Any]]) -> None:
        cursor = _cursor(tx)
        try:
            cursor.executemany(self.sql, [self._parameters(each) for each in rows])
        except self._dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy(error, self, rows) from error
        finally:
            cursor.close()

    def reader(self, cursor: Any) -> Callable[[Any], Any]:
        """What turns a row of the driver into a named tuple of Python values."""
        if self._read is None:
            self._read = self._reader([column[1] for column in cursor.description])
        return self._read

    def _parameters(self, given: Mapping[str, Any]) -> Any:
        if not self._required <= given.keys():
            raise TypeError(f"Not given: {', '.join(sorted(self._required - given.keys()))}.")
        values = {**self._given, **given}
        for name, into in self._into.items():
            values[name] = into(values[name])
        return values if self._order is None else tuple([values[name] for name in self._order])

    def _reader(self, types: list[Any]) -> Callable[[Any], Any]:
        row: Any = namedtuple("Row", [column.keyname for column in self._columns], rename=True)  # type: ignore[misc]
        processors = [
            (place, process)
            for place, column in enumerate(self._columns)
            if (process := column.type._cached_result_processor(self._dialect, types[place]))
        ]
        if not processors:
            return row._make

        def read(answer: Any) -> Any:
            values = list(answer)
            for place, process in processors:
                values[place] = process(values[place])
            return row._make(values)

        return read


def _sqlite(tx: Connection) -> bool:
    return tx.dialect.name == "sqlite"


def _is_watched(tx: Connection) -> bool:
    """Whether somebody listens to statements: they go SQLAlchemy's way then, and are heard."""
    return bool(tx._has_events or tx.engine._has_events) and bool(tx.dispatch.before_cursor_execute)


def _cursor(tx: Connection) -> Any:
    if not tx.in_transaction():
        tx.begin()  # what reads sees one snapshot, as after any first statement
    driver: Any = tx.connection.dbapi_connection
    return driver.cursor()


def _as_sqlalchemy(error: Exception, form: _Form, parameters: Any) -> BaseException:
    base = form._dialect.loaded_dbapi.Error
    return DBAPIError.instance(form.sql, parameters, error, base, dialect=form._dialect)
