"""A channel's folder: files that came are taken in once, and what is told is written whole or not at all."""

import csv
import fcntl
import io
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from oms_app.domain.errors import Malformed, NotFound, Unavailable
from oms_app.settings import get_settings

Row = dict[str, str]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_QUIET_S = 2.0
"""A file that changed a moment ago may not be whole yet."""
_LARGEST = 64 * 1024 * 1024
_DAYS_LOOKED_THROUGH = 31


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that was taken in, and when."""

    path: Path
    at: datetime


class Folder:
    """`inbox` is theirs to write, `outbox` theirs to read, `read` holds what was taken in. Raises Malformed."""

    def __init__(self, name: str):
        root = (get_settings().data_dir / "channels").resolve()
        self.path = (root / name).resolve()
        if not _NAME.fullmatch(name) or self.path.parent != root:
            raise Malformed(f"“{name}” is not a folder's name: letters, digits, - and _.")
        self.inbox, self.read, self.outbox = (self.path / each for each in ("inbox", "read", "outbox"))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else of this shop works in the folder meanwhile; what is missing of it is made. Raises Unavailable."""
        try:
            for each in (self.inbox, self.read, self.outbox):
                each.mkdir(parents=True, exist_ok=True)
            with (self.path / ".lock").open("w") as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise Unavailable(f"The folder {self.path.name} cannot be used: {error.strerror}.") from error

    def take_in(self) -> None:
        """Move every whole file out of the inbox; its new name begins with when it came."""
        with self.locked():
            for path in sorted(_tables(self.inbox), key=lambda each: (each.stat().st_mtime_ns, each.name)):
                if time.time() - path.stat().st_mtime >= _QUIET_S:
                    at = datetime.now(UTC)
                    while (target := self.read / f"{at.strftime(_STAMP)}-{path.name}").exists():
                        at += timedelta(microseconds=1)
                    path.rename(target)

    def arrived(self, since: datetime | None = None) -> list[Arrived]:
        """What was taken in at that moment or later, the oldest first."""
        first = since.astimezone(UTC).strftime(_STAMP) if since else ""
        paths = sorted(each for each in _tables(self.read) if each.name >= first)
        return [Arrived(path, at) for path in paths if (at := _moment(path.name))]

    def sent(self, what: str) -> list[Row]:
        """Rows of the newest files of a kind in the outbox: "parcels"."""
        newest = sorted(self.outbox.glob(f"{what}-*.csv"))[-_DAYS_LOOKED_THROUGH:]
        return [row for path in newest for row in rows_of(path)]

    def send(self, what: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
        """Put rows at the end of today's file: who reads it meanwhile sees it with all of them or with none."""
        path = self.outbox / f"{what}-{datetime.now(UTC):%Y-%m-%d}.csv"
        before = path.read_text(encoding="utf-8") if path.exists() else table(columns, [])
        self.replace(path, before + table(columns, rows).partition("\n")[2])

    def replace(self, path: Path, text: str) -> None:
        """Write a file that is never seen half."""
        with NamedTemporaryFile("w", encoding="utf-8", dir=self.path, delete=False) as made:
            made.write(text)
            made.flush()
            os.fsync(made.fileno())
        os.chmod(made.name, 0o644)
        os.replace(made.name, path)


def _tables(folder: Path) -> list[Path]:
    """CSV files in a folder; one that is still being written has another ending, or none."""
    if not folder.is_dir():
        return []
    return [
        each for each in folder.iterdir() if each.suffix.lower() == ".csv" and each.is_file() and not each.is_symlink()
    ]


def rows_of(path: Path) -> list[Row]:
    """A table's rows by the names of its columns; separated by comma, semicolon or tab. Raises Malformed, NotFound."""
    try:
        if path.stat().st_size > _LARGEST:
            raise Malformed(f"{path.name} is larger than {_LARGEST >> 20} MB: split it.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed(f"{path.name} is not UTF-8.") from None
    except FileNotFoundError:
        raise NotFound(f"There is no {path.name}.") from None
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    table.fieldnames = [name.strip().lower() for name in table.fieldnames or ()]
    return [{name: (value or "").strip() for name, value in row.items() if isinstance(name, str)} for row in table]


def table(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """A table as text."""
    return _line(columns) + "".join(_line([row[name] for name in columns]) for row in rows)


def _line(cells: Sequence[object]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()


def _moment(name: str) -> datetime | None:
    """When a file came, by its name; one that somebody else gave does not say."""
    try:
        return datetime.strptime(name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
