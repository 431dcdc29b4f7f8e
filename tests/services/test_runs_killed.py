"""A run whose worker is killed goes on with the next one, and does nothing twice."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from oms_app.db import engine
from oms_app.db.tables.spine import Event
from oms_app.domain.runs import RunState, Selection
from oms_app.services import checks, orders, run_work, runs
from oms_app.settings import get_settings
from tests import make
from tests.servers import ROOT

KILLED = """
import os, signal
from oms_app.services import {module}
done, act = 0, {module}.{function}
def dying(*given, **options):
    global done
    done += 1
    answer = act(*given, **options)
    if done == {at}:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
{module}.{function} = dying
from oms_app.services import run_work
while run_work.work():
    pass
"""

COUNT = 60


def work_and_die(module: str, function: str, at: int) -> None:
    engine.dispose()
    settings = get_settings()
    environment = os.environ | {
        "OMS_DATA_DIR": str(settings.data_dir),
        "OMS_DATABASE_URL": settings.database_url,
        "OMS_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    program = KILLED.format(module=module, function=function, at=at)
    died = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("module", "function", "at"),
    [("notes", "add", 30), ("run_work", "_do", 30), ("run_work", "_gather", 1)],
    ids=["inside an order", "between orders", "while the search becomes rows"],
)
def test_a_killed_run_goes_on_and_does_nothing_twice(shop: str, module: str, function: str, at: int) -> None:
    sku = make.product("ANY")
    numbers = [make.order(make.line(sku)).number for _ in range(COUNT)]
    run = runs.start(make.ADMIN, "note", {"body": "once"}, Selection(q="sku:ANY"))

    work_and_die(module, function, at)
    assert runs.get(make.ADMIN, run.id).state in (RunState.GATHERING, RunState.RUNNING)
    while run_work.work():
        pass

    after = runs.get(make.ADMIN, run.id)
    assert (after.state, after.total, after.done, after.refused) == (RunState.DONE, COUNT, COUNT, 0)
    assert [len(orders.get(make.ADMIN, number).notes) for number in numbers] == [1] * COUNT
    with engine.reading() as tx:
        event = Event.__table__  # type: ignore[attr-defined]
        assert tx.scalar(select(func.count()).where(event.c.kind == "note_added")) == COUNT
    assert checks.search(make.ADMIN) == ()
