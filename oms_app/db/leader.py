"""One process of the shop at a time: a file lock beside SQLite, an advisory lock on PostgreSQL.

Both end with the process that holds them, however it ends.
"""

import fcntl
from types import TracebackType
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from oms_app.db.engine import engine
from oms_app.settings import get_settings

_KEYS = {"worker": 671225, "demo-stream": 671227}


class Leader:
    """This process's claim to be the one that does what must be done once, `of` _KEYS. Use it from one thread."""

    def __init__(self, of: str = "worker") -> None:
        self._of = of
        self._file: IO[bytes] | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> "Leader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def is_held(self) -> bool:
        """Take the lead where nobody has it; whether this process has it now."""
        return self._lock_file() if get_settings().is_sqlite else self._lock_database()

    def release(self) -> None:
        """Let another process lead."""
        if self._file:
            self._file.close()
            self._file = None
        if self._connection:
            self._connection.invalidate()  # closes it for good, and the lock with it
            self._connection.close()
            self._connection = None

    def _lock_file(self) -> bool:
        if self._file:
            return True
        file = (get_settings().data_dir / f"{self._of}.lock").open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def _lock_database(self) -> bool:
        try:
            if self._connection is None:
                self._connection = engine().connect().execution_options(isolation_level="AUTOCOMMIT")
                held = bool(
                    self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEYS[self._of]})
                )
            else:
                held = bool(self._connection.scalar(text("SELECT true")))  # the lock lives as long as the connection
        except DBAPIError:
            held = False
        if not held:
            self.release()
        return held
