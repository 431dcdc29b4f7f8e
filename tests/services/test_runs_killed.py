"""A worker that is killed over a run or a rule: the next one goes on, nothing is left out and nothing done twice."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from oms_app.db import engine
from oms_app.db.tables.spine import Event
from oms_app.domain.rules import Draft
from oms_app.domain.runs import RunState, Selection, Subject
from oms_app.services import catalogue, checks, orders, rule_work, rules, run_work, runs, transfers
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
from oms_app.services import {work}
while {work}.work():
    pass
"""

COUNT = 60


def work_and_die(work: str, module: str, function: str, at: int) -> None:
    engine.dispose()
    settings = get_settings()
    environment = os.environ | {
        "OMS_DATA_DIR": str(settings.data_dir),
        "OMS_DATABASE_URL": settings.database_url,
        "OMS_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    program = KILLED.format(work=work, module=module, function=function, at=at)
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

    work_and_die("run_work", module, function, at)
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


def test_a_killed_run_over_articles_puts_each_on_the_one_draft_once(shop: str) -> None:
    catalogue.add_location(make.ADMIN, code="BLR", name="Bengaluru")
    skus = [make.product(on_hand=3) for _ in range(COUNT)]
    given = {"location": "MAIN", "to": "BLR", "units": 2}
    run = runs.start(make.ADMIN, "transfer", given, Selection(q="", subject=Subject.STOCK))

    work_and_die("run_work", "transfers", "put_on", 20)
    while run_work.work():
        pass

    [draft] = transfers.page(make.ADMIN)
    assert {line.sku: line.quantity for line in transfers.get(make.ADMIN, draft.id).lines} == dict.fromkeys(skus, 2)
    assert runs.get(make.ADMIN, run.id).done == COUNT


@pytest.mark.parametrize(
    ("module", "function", "at"),
    [("notes", "add", 10), ("rule_work", "_act", 10)],
    ids=["inside an act", "between events"],
)
def test_a_killed_worker_lets_each_rule_act_once_on_each_event(shop: str, module: str, function: str, at: int) -> None:
    rule_work.forget()
    steps = rules.read_steps([{"do": "note", "body": "once"}])
    rule = rules.save(make.ADMIN, Draft("Note", "placed", "sku:ANY", steps))
    rules.switch(make.ADMIN, rule.id, True)
    sku = make.product("ANY")
    numbers = [make.order(make.line(sku)).number for _ in range(30)]

    work_and_die("rule_work", module, function, at)
    done = sum(len(orders.get(make.ADMIN, number).notes) for number in numbers)
    assert done in (at - 1, at)
    while rule_work.work():
        pass

    assert [len(orders.get(make.ADMIN, number).notes) for number in numbers] == [1] * 30
    assert rules.get(make.ADMIN, rule.id).fired == 30
    assert checks.search(make.ADMIN) == ()
