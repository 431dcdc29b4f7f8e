"""The one door to the database: `transaction()` to write, `reading()` to read, `migrate()` to bring it up to date.

Statements are SQLAlchemy Core over the SQLModel tables (docs/decisions/core-statements.md). A writer on SQLite
takes `BEGIN IMMEDIATE`, and the writers of one process queue in order instead of polling the file lock.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from oms_app.domain.errors import Refused
from oms_app.settings import get_settings

writers_turn = threading.Lock()
"""SQLite has one writer: those of this process take turns here, in order, instead of polling the file lock."""

_listeners: list[Callable[[list[int]], None]] = []
_open: ContextVar[Connection | None] = ContextVar("open_transaction", default=None)
_commits: ContextVar[list[None] | None] = ContextVar("commits", default=None)

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=15000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32000",
    "PRAGMA wal_autocheckpoint=0",  # one checkpointer only: see db/checkpoint.py
)

POSTGRESQL_SETTINGS = {
    "jit": "off",  # compiling a short statement takes longer than running it
    "plan_cache_mode": "force_custom_plan",  # the right plan for a common word is the wrong one for a rare word
    "max_parallel_workers_per_gather": "0",  # a second process takes longer to start than a search takes
    "random_page_cost": "1.1",  # indexes lie in memory or on a solid-state disk
}

_PLANNED_ONCE = "SET LOCAL plan_cache_mode = auto"
"""For writers, who look up single rows: one plan is right for every value, of a foreign key's check too."""


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The engine of this process. Never called at import: workers fork after the app is imported."""
    settings = get_settings()
    if not settings.is_sqlite:
        options = {"options": " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_SETTINGS.items())}
        return create_engine(settings.url, connect_args=options, pool_size=20, max_overflow=20, pool_pre_ping=True)
    Path(settings.url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    made = create_engine(
        settings.url, connect_args={"check_same_thread": False, "cached_statements": 512}, pool_size=16, max_overflow=32
    )
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def dispose() -> None:
    """Close every connection and forget the engine: before a fork, a restore, or another test's database."""
    if engine.cache_info().currsize:
        engine().dispose()
    engine.cache_clear()


@contextmanager
def transaction(*, apart: bool = False) -> Iterator[Connection]:
    """One write transaction: commits at the end of the block, rolls back on any error.

    Inside another one it joins: a savepoint, committed with the whole or not at all. `apart` never joins; only for
    PostgreSQL, where a second writer does not wait for the first.
    After the commit every listener gets the ids of the events recorded inside (`Connection.info["events"]`).
    """
    outer = None if apart else _open.get()
    if outer is not None:
        with _counted(), _savepoint(outer):
            yield outer
        return
    # The turn first, then a connection: who only waits must not use up the pool.
    turn = writers_turn if get_settings().is_sqlite else _no_wait()
    with _counted(), turn, engine().connect().execution_options(oms_write=True) as connection:
        events: list[int] = []
        connection.info["events"] = events
        entered = _open.set(connection)
        try:
            with connection.begin():
                if not get_settings().is_sqlite:
                    connection.exec_driver_sql(_PLANNED_ONCE)
                yield connection
        finally:
            _open.reset(entered)
    if events:
        for listener in _listeners:
            listener(events)


@contextmanager
def commits() -> Iterator[list[None]]:
    """As many as were kept inside the block so far: committed, or to be so with the transaction around it."""
    counted: list[None] = []
    entered = _commits.set(counted)
    try:
        yield counted
    finally:
        _commits.reset(entered)


@contextmanager
def reading() -> Iterator[Connection]:
    """One consistent snapshot to read from; nothing written here is kept. Inside a transaction it sees its writes."""
    outer = _open.get()
    if outer is not None:
        yield outer
        return
    with engine().connect() as connection:
        yield connection


def connections() -> tuple[int, int]:
    """(connections in use, connections waiting to be used) of this process."""
    pool: Any = engine().pool
    return pool.checkedout(), pool.checkedin()


def on_commit(listener: Callable[[list[int]], None]) -> Callable[[], None]:
    """Call `listener` with event ids after each commit of this process, in the committing thread; returns a remover."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def is_sqlite(connection: Connection) -> bool:
    """Whether this connection speaks to SQLite."""
    return connection.dialect.name == "sqlite"


def insert(connection: Connection) -> Any:
    """The dialect's `insert`, which knows ON CONFLICT."""
    from sqlalchemy.dialects import postgresql, sqlite

    return sqlite.insert if is_sqlite(connection) else postgresql.insert


def migrate() -> None:
    """Bring the schema to the newest migration. Safe to call at every start, from several processes.

    Raises Refused where a step fails: they are taken back, all of them.
    """
    from alembic import command

    with transaction() as connection:
        if not is_sqlite(connection):
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(671223)")
        try:
            command.upgrade(alembic_config(connection), "head")
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0]
            raise Refused(
                f"The database could not be brought to this version, and stays as it was: {reason}. It is not what its "
                "version says: bring a backup back (`oms restore`) and migrate that.",
                code="not_migrated",
            ) from error


def revision() -> tuple[str | None, str | None]:
    """(revision of the database, newest revision of the code); the first is None on an empty database."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with reading() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
        return here, ScriptDirectory.from_config(alembic_config(connection)).get_current_head()


def alembic_config(connection: Connection) -> Any:
    """Alembic's configuration, bound to an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def is_deadlock(error: DBAPIError) -> bool:
    """Whether PostgreSQL refused a statement to let another writer go on."""
    return getattr(error.orig, "sqlstate", "") == "40P01"


def is_duplicate(error: DBAPIError) -> bool:
    """Whether a statement failed because a unique key exists already."""
    return "UNIQUE constraint" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "23505"


@contextmanager
def _counted() -> Iterator[None]:
    """Count a transaction that ends well; where it does not, those inside it are not kept either."""
    kept = _commits.get()
    before = len(kept or ())
    try:
        yield
    except BaseException:
        if kept is not None:
            del kept[before:]
        raise
    if kept is not None:
        kept.append(None)


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    events: list[int] = connection.info["events"]
    before = len(events)
    try:
        with connection.begin_nested():
            yield
    except BaseException:
        del events[before:]  # rolled back with the rest of the block
        raise


@contextmanager
def _no_wait() -> Iterator[None]:
    yield


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    raw.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        raw.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("oms_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
