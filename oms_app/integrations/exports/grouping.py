"""Bringing the rows of one order together without keeping the file in memory."""

import sqlite3
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from pickle import dumps, loads  # noqa: S403 - our own temporary file

Record = tuple[int, list[str]]
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first pass found: how many rows, and the hashes of keys whose rows do not all stand together."""

    rows: int
    scattered: frozenset[int]


def survey(records: Iterable[Record], key: Callable[[Sequence[str]], str | None]) -> Survey:
    """Count the rows and find the keys that come back after another key; eight bytes of memory per order.

    Two keys with one hash only count as scattered, which costs a detour and nothing else.
    """
    runs, last, rows = array("q"), None, 0
    for _, cells in records:
        rows += 1
        current = key(cells)
        if current != last:
            runs.append(hash(current))
            last = current
    ordered = sorted(runs)
    return Survey(rows, frozenset(a for a, b in zip(ordered, ordered[1:], strict=False) if a == b))


def grouped(
    records: Iterable[Record], key: Callable[[Sequence[str]], str | None], scattered: frozenset[int]
) -> Iterator[tuple[str | None, list[Record]]]:
    """(key, its rows in file order). Scattered keys come last, by way of a temporary file on disk."""
    group: list[Record] = []
    last: str | None = None
    apart = hash(last) in scattered
    with tempfile.TemporaryDirectory() as folder:
        aside = _Aside(Path(folder) / "aside.db")
        for record in records:
            current = key(record[1])
            if current != last:
                if group:
                    yield last, group
                    group = []
                last, apart = current, hash(current) in scattered
            if apart:
                aside.add(current, record)
            else:
                group.append(record)
        if group:
            yield last, group
        yield from aside.groups()
        aside.close()


class _Aside:
    """Rows put aside on disk, to be read back by key."""

    def __init__(self, path: Path):
        self._file = sqlite3.connect(path, isolation_level=None)
        for statement in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "CREATE TABLE aside (key, line, cells)"):
            self._file.execute(statement)
        self._waiting: list[tuple[str | None, int, bytes]] = []

    def add(self, key: str | None, record: Record) -> None:
        self._waiting.append((key, record[0], dumps(record[1])))
        if len(self._waiting) >= _CHUNK:
            self._flush()

    def groups(self) -> Iterator[tuple[str | None, list[Record]]]:
        self._flush()
        group: list[Record] = []
        last: str | None = None
        for key, line, cells in self._file.execute("SELECT key, line, cells FROM aside ORDER BY key, line"):
            if key != last and group:
                yield last, group
                group = []
            last = key
            group.append((line, loads(cells)))  # noqa: S301 - written by this object
        if group:
            yield last, group

    def close(self) -> None:
        self._file.close()

    def _flush(self) -> None:
        self._file.executemany("INSERT INTO aside VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()
