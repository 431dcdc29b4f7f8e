"""The write-ahead log: written back by one process, under fire from several, and nothing is lost."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from oms_app.db import checkpoint, engine
from oms_app.settings import get_settings
from tests import make

WRITER = """
import sys
from sqlalchemy import text
from oms_app.db import checkpoint
from oms_app.db.engine import transaction
checkpoint.CHECK_SECONDS = 0.01
checkpoint.LOG_BYTES = 50_000
with checkpoint.checkpointing():
    for number in range(int(sys.argv[2])):
        with transaction() as tx:
            tx.execute(
                text("INSERT INTO setting (name, value) VALUES (:name, :value)"),
                {"name": f"{sys.argv[1]}:{number}", "value": '"' + "x" * 1500 + '"'},
            )
"""


def log_size() -> int:
    file = checkpoint.database_file()
    assert file is not None
    log = file.with_name(file.name + "-wal")
    return log.stat().st_size if log.exists() else 0


def test_four_processes_write_while_one_of_them_checkpoints(sqlite: str) -> None:
    engine.dispose()
    environment = os.environ | {"OMS_DATA_DIR": str(get_settings().data_dir)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(writer), "200"], env=environment, cwd=Path(make.__file__).parents[1]
        )
        for writer in range(4)
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0, 0]
    file = checkpoint.database_file()
    assert file is not None
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM setting WHERE name LIKE '%:%'").fetchone() == (800,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_checkpoint_writes_the_whole_log_back_while_nobody_reads(sqlite: str) -> None:
    make.order()
    assert log_size() > 0
    file = checkpoint.database_file()
    assert file is not None
    assert checkpoint.checkpoint(file)
    for number in range(20):
        make.order()
        assert checkpoint.checkpoint(file), number
    assert log_size() < 1_000_000  # used again from its beginning instead of growing


def test_only_one_process_is_the_checkpointer(sqlite: str) -> None:
    file = checkpoint.database_file()
    assert file is not None
    with checkpoint._lock_file(file) as first, checkpoint._lock_file(file) as second:
        assert checkpoint._try_lock(first)
        assert not checkpoint._try_lock(second)
