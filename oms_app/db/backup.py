"""Backups: the whole shop in one file, taken while it runs, checked when written and again when restored.

A backup is a zstandard-compressed tar: `manifest.json` (what it is, with a SHA-256 for each part), the database as
`oms.db` (SQLite) or one `tables/NAME.copy` a table (PostgreSQL), and the shop's other files as `files/…`. The secret
key is not in it.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import zstandard
from sqlalchemy import Connection, inspect

from oms_app.db import checkpoint, engine
from oms_app.domain.errors import Malformed, Refused
from oms_app.settings import get_settings

FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `parts` maps a member's name to its SHA-256; `tables` lists columns in COPY order."""

    format: int
    database: str
    revision: str | None
    taken_at: str
    orders: int
    events: int
    parts: dict[str, str]
    tables: dict[str, list[str]]


def write(target: Path) -> Manifest:
    """Take a backup of the shop as it stands at one moment; writers go on meanwhile.

    The file appears under its name only when it is whole. Raises Refused where the database fails its check.
    """
    target = target.absolute()
    if not target.parent.is_dir():
        raise Malformed(f"There is no directory {target.parent}.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".oms-backup-") as name:
        work = Path(name)
        tables = _copy_sqlite(work) if get_settings().is_sqlite else _copy_postgresql(work)
        manifest = _manifest(work, tables)
        (work / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1))
        whole = work / "backup"
        with (
            whole.open("wb") as out,
            zstandard.ZstdCompressor(level=3, threads=-1, write_checksum=True).stream_writer(out) as packed,
            tarfile.open(fileobj=packed, mode="w|") as tar,
        ):
            for part in ("manifest.json", *manifest.parts):
                tar.add(work / part, arcname=part)
        with whole.open("rb") as done:
            os.fsync(done.fileno())
        whole.rename(target)
    return manifest


def read(source: Path) -> Manifest:
    """Put a backup in place of this shop's data, then bring it to the newest schema.

    Everything is unpacked and checked before anything is replaced. On SQLite the old file stays beside the new one as
    `oms.db.before-restore-…`; on PostgreSQL old data goes and new data comes in one transaction. Raises Refused while a
    shop runs on the database, Malformed for a file that is not a whole backup.
    """
    get_settings().data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=get_settings().data_dir, prefix=".oms-restore-") as name:
        work = Path(name)
        manifest = _unpack(source, work)
        kind = "sqlite" if get_settings().is_sqlite else "postgresql"
        if manifest.database != kind:
            raise Refused(f"This backup is of a {manifest.database} shop; this shop runs on {kind}.")
        if kind == "sqlite":
            _replace_sqlite(work)
        else:
            _replace_postgresql(work, manifest)
        shutil.copytree(work / "files", get_settings().data_dir / "files", dirs_exist_ok=True)
    engine.migrate()
    return manifest


def _manifest(work: Path, tables: dict[str, list[str]]) -> Manifest:
    files = get_settings().data_dir / "files"
    if files.is_dir():
        shutil.copytree(files, work / "files")
    parts = sorted(path for path in work.rglob("*") if path.is_file())
    with engine.reading() as tx:
        count = {table: int(tx.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()) for table in _COUNTED}  # noqa: S608 - our names
    return Manifest(
        format=FORMAT,
        database="sqlite" if get_settings().is_sqlite else "postgresql",
        revision=engine.revision()[0],
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
        orders=count["orders"],
        events=count["event"],
        parts={path.relative_to(work).as_posix(): _digest(path) for path in parts},
        tables=tables,
    )


_COUNTED = ("orders", "event")


def _copy_sqlite(work: Path) -> dict[str, list[str]]:
    file, copy = checkpoint.database_file(), work / "oms.db"
    if file is None or not file.exists():
        raise Refused("There is no database to back up yet. Start the shop once with oms run.")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.execute("PRAGMA wal_autocheckpoint=0")
        source.backup(target)  # one step: one snapshot, and writers are not waited for
        _quick_check(target)
        target.execute("PRAGMA journal_mode=DELETE")
    return {}


def _quick_check(database: sqlite3.Connection) -> None:
    found = [row[0] for row in database.execute("PRAGMA quick_check(5)")]
    if found != ["ok"]:
        raise Refused(f"The database is damaged: {'; '.join(found)}. Restore the newest backup that is whole.")


def _copy_postgresql(work: Path) -> dict[str, list[str]]:
    (work / "tables").mkdir()
    columns: dict[str, list[str]] = {}
    with engine.engine().connect().execution_options(isolation_level="REPEATABLE READ") as tx:
        for table in inspect(tx).get_table_names():
            plain = [each["name"] for each in inspect(tx).get_columns(table) if not each.get("computed")]
            columns[table] = plain
            with (work / "tables" / f"{table}.copy").open("wb") as out, _copy(tx, table, plain, "TO STDOUT") as rows:
                for block in rows:
                    out.write(block)
    return columns


@contextmanager
def _copy(tx: Connection, table: str, columns: list[str], direction: str) -> Iterator[Any]:
    names = ", ".join(f'"{column}"' for column in columns)
    cursor = tx.connection.dbapi_connection.cursor()  # type: ignore[union-attr]
    with cursor.copy(f'COPY "{table}" ({names}) {direction} (FORMAT binary)') as rows:
        yield rows


def _extract(tar: tarfile.TarFile, work: Path) -> None:
    """Files and directories below `work`, and nothing else (`filter="data"` came with Python 3.11.4)."""
    for member in tar:
        target = (work / member.name).resolve()
        if not target.is_relative_to(work.resolve()) or not (member.isfile() or member.isdir()):
            raise ValueError(f"{member.name} does not belong in it")
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
        elif content := tar.extractfile(member):
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("wb") as file:
                shutil.copyfileobj(content, file)


def _unpack(source: Path, work: Path) -> Manifest:
    whole = f"{source} is not a whole backup of this program"
    try:
        with (
            source.open("rb") as packed,
            zstandard.ZstdDecompressor().stream_reader(packed) as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            _extract(tar, work)
            while plain.read(1 << 20):  # to the end, where the checksum of the whole is compared
                continue
        manifest = Manifest(**json.loads((work / "manifest.json").read_text()))
    except FileNotFoundError:
        raise Malformed(f"{source}: no such file, or {whole}.") from None
    except (OSError, ValueError, TypeError, tarfile.TarError, zstandard.ZstdError) as error:
        raise Malformed(f"{whole}: {error}.") from error
    if manifest.format != FORMAT:
        raise Refused(f"This backup has format {manifest.format}; this program reads format {FORMAT}.")
    for part, digest in manifest.parts.items():
        if not (work / part).is_file() or _digest(work / part) != digest:
            raise Malformed(f"{whole}: {part} is damaged.")
    (work / "files").mkdir(exist_ok=True)
    return manifest


def _replace_sqlite(work: Path) -> None:
    file = checkpoint.database_file()
    assert file is not None  # noqa: S101 - only called on SQLite
    with closing(sqlite3.connect(work / "oms.db")) as copy:
        _quick_check(copy)
    with checkpoint.sole_user(file):
        engine.dispose()
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        for suffix in ("-wal", "-shm", ""):  # the log first: a database without its log is older, not broken
            old = file.with_name(file.name + suffix)
            if old.exists():
                old.rename(file.with_name(f"{file.name}.before-restore-{stamp}{suffix}"))
        (work / "oms.db").rename(file)


def _replace_postgresql(work: Path, manifest: Manifest) -> None:
    from alembic import command

    with engine.engine().connect() as tx, tx.begin():
        others = tx.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).scalar_one()
        if others:
            raise Refused(f"{others} other connections are open on this database. Stop the shop first.", code="running")
        tx.exec_driver_sql("DROP SCHEMA public CASCADE")
        tx.exec_driver_sql("CREATE SCHEMA public")
        command.upgrade(engine.alembic_config(tx), manifest.revision or "head")
        ordered = [name for name, _keys in inspect(tx).get_sorted_table_and_fkc_names() if name in manifest.tables]
        for table in reversed(ordered):
            tx.exec_driver_sql(f'DELETE FROM "{table}"')  # noqa: S608 - names from our own schema
        for table in ordered:
            with (work / "tables" / f"{table}.copy").open("rb") as rows:
                _fill(tx, table, manifest.tables[table], rows)
        for table in ordered:
            _continue_sequence(tx, table)


def _fill(tx: Connection, table: str, columns: list[str], rows: IO[bytes]) -> None:
    with _copy(tx, table, columns, "FROM STDIN") as target:
        while block := rows.read(1 << 20):
            target.write(block)


def _continue_sequence(tx: Connection, table: str) -> None:
    sequence = tx.exec_driver_sql(
        "SELECT pg_get_serial_sequence(%s, column_name) FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND column_name = 'id'",
        (table, table),
    ).scalar()
    if sequence:
        tx.exec_driver_sql(f"SELECT setval('{sequence}', coalesce((SELECT max(id) FROM \"{table}\"), 0) + 1, false)")  # noqa: S608


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(io.DEFAULT_BUFFER_SIZE * 64):
            digest.update(block)
    return digest.hexdigest()
