"""A big history that is killed in the middle leaves the shop as it was, and is written whole by the next attempt."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from oms_app.db import engine
from oms_app.db.checkpoint import database_file
from oms_app.db.tables.orders import Order
from oms_app.demo import generate
from oms_app.services import checks, orders
from oms_app.settings import get_settings
from tests import make

COUNT = 2_000

KILLED = """
import os, signal
from oms_app.db import bulk
from oms_app.demo import generate
bulk._BULK_PRAGMAS = (*bulk._BULK_PRAGMAS, "PRAGMA cache_size=-500")  # so that pages reach the file before the commit
generate.CHUNK = 1_000
generate.generate(3_000, days=60, progress=lambda done, _all: done < 2_000 or os.kill(os.getpid(), signal.SIGKILL))
"""


def count() -> int:
    with engine.reading() as tx:
        return tx.scalar(select(func.count()).select_from(Order)) or 0


def holds() -> bool:
    return all(check(make.ADMIN) == () for check in checks.CHECKS.values())


def generate_and_die() -> None:
    engine.dispose()
    settings = get_settings()
    environment = os.environ | {
        "OMS_DATA_DIR": str(settings.data_dir),
        "OMS_DATABASE_URL": settings.database_url,
        "OMS_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    root = Path(make.__file__).parents[1]
    died = subprocess.run([sys.executable, "-c", KILLED], env=environment, cwd=root, timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL


def test_killed_in_the_middle_it_is_as_if_it_had_never_begun(shop: str) -> None:
    mine = make.order()
    generate_and_die()
    assert count() == 1
    assert holds()
    assert generate.generate(COUNT, days=60) == COUNT
    assert count() == 1 + COUNT
    assert orders.get(make.ADMIN, mine.number).total == mine.total
    assert holds()


def test_a_killed_history_had_reached_the_file_and_is_rolled_back_by_whoever_opens_it_next(sqlite: str) -> None:
    make.shop()
    engine.dispose()
    file = database_file()
    assert file is not None
    before = file.stat().st_size
    generate_and_die()
    assert file.stat().st_size > before + 1_000_000
    assert file.with_name(file.name + "-journal").stat().st_size > 0
    with engine.reading() as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    assert file.stat().st_size <= before
    assert count() == 0


def test_rows_written_past_the_foreign_keys_break_none(sqlite: str) -> None:
    make.shop()
    generate.generate(COUNT, days=60)
    with engine.reading() as tx:
        assert tx.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_while_somebody_else_has_the_file_open_the_log_is_used(sqlite: str) -> None:
    make.shop()
    file = database_file()
    assert file is not None
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT count(*) FROM orders").fetchone() == (0,)
        assert generate.generate(COUNT, days=60) == COUNT
        assert other.execute("SELECT count(*) FROM orders").fetchone() == (COUNT,)
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert holds()
