"""What importing the app may and may not do."""

import subprocess
import sys

from tests.architecture.sources import ROOT


def test_importing_the_app_opens_no_database_and_starts_no_thread() -> None:
    """Web processes are started after an import: an engine, a thread or a runner would be shared by accident."""
    _run(
        "import threading, oms_app.oms_app\n"
        "from oms_app.db.engine import engine\n"
        "assert engine.cache_info().currsize == 0, 'an engine was made'\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )


def test_the_command_line_imports_nothing_heavy() -> None:
    """So that `oms --help` answers at once."""
    _run(
        "import sys, oms_app.cli\n"
        "heavy = {'sqlalchemy', 'sqlmodel', 'reflex', 'alembic', 'plotly', 'pydantic', 'httpx', 'starlette'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )


def _run(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
