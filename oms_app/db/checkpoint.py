"""SQLite's write-ahead log goes back into the database file: one checkpointer for all processes, under the write lock.

SQLite before 3.51.3 can lose a transaction when two connections checkpoint or reset one log at the same moment. So no
connection checkpoints by itself (`wal_autocheckpoint=0`); the process that holds `oms.db.lock` does it, and holds the
write lock while it does, so that nobody writes or resets the log beside it. See docs/decisions/checkpoint.md.
"""

import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import structlog

from oms_app.db.engine import writers_turn
from oms_app.domain.errors import Refused
from oms_app.settings import get_settings

LOG_BYTES = 4_000_000
"""Size of the log from which it is written back."""

CHECK_SECONDS = 1.0

REST = 100
LONGEST_REST = 4.0
"""Nobody writes while the log is written back: that may take a hundredth of the time, but the log must not grow on."""

_log = structlog.get_logger(__name__)


def database_file() -> Path | None:
    """The SQLite file of this shop; None on PostgreSQL."""
    settings = get_settings()
    return Path(settings.url.removeprefix("sqlite:///")) if settings.is_sqlite else None


@contextmanager
def checkpointing() -> Iterator[None]:
    """Keep the log short while the block runs: a web process, a worker, a long import. Does nothing on PostgreSQL."""
    file = database_file()
    if file is None:
        yield
        return
    stopped = threading.Event()
    thread = threading.Thread(target=_run, args=(file, stopped), name="oms-checkpoint", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(timeout=30)


@contextmanager
def sole_user(file: Path) -> Iterator[None]:
    """Hold the checkpointer's lock, so that no shop runs on this file meanwhile; Refused where one does."""
    with _lock_file(file) as lock:
        if not _try_lock(lock):
            raise Refused("The shop is running on this database. Stop it first.", code="running")
        yield


def checkpoint(file: Path) -> bool:
    """Write the log back once; False where readers of an older state kept part of it."""
    with (
        writers_turn,
        closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as writer,
        closing(sqlite3.connect(file, isolation_level=None)) as worker,
    ):
        for connection in (writer, worker):
            connection.execute("PRAGMA wal_autocheckpoint=0")
        worker.execute("PRAGMA synchronous=FULL")
        writer.execute("BEGIN IMMEDIATE")
        try:
            _busy, frames, moved = worker.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        finally:
            writer.execute("ROLLBACK")
    return bool(frames == moved)


def _run(file: Path, stopped: threading.Event) -> None:
    """Wait for the lock (another process may be the checkpointer), then watch the log."""
    with _lock_file(file) as lock:
        while not stopped.is_set() and not _try_lock(lock):
            stopped.wait(CHECK_SECONDS)
        log = file.with_name(file.name + "-wal")
        written, rest = 0, CHECK_SECONDS
        while not stopped.wait(rest):
            rest = CHECK_SECONDS
            size = log.stat().st_size if log.exists() else 0
            if size < LOG_BYTES:
                continue
            # The file keeps its size when it is used from the beginning again: look at whether it was touched.
            touched = log.stat().st_mtime_ns
            if touched == written:
                continue
            began = time.monotonic()
            try:
                if checkpoint(file):
                    written = log.stat().st_mtime_ns
                rest = min(max(CHECK_SECONDS, REST * (time.monotonic() - began)), LONGEST_REST)
            except sqlite3.Error as error:
                _log.warning("checkpoint_failed", error=str(error))


def _lock_file(file: Path) -> IO[str]:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.with_name(file.name + ".lock").open("w")


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
