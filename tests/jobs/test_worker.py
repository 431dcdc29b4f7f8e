"""The worker: one in the shop acts, another takes over, and a task that fails harms nobody."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from oms_app.db.engine import reading
from oms_app.db.leader import Leader
from oms_app.jobs import worker
from oms_app.jobs.worker import Task, Worker
from oms_app.services import condition
from tests import make
from tests.servers import ROOT


@pytest.fixture(autouse=True)
def shop(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty shop whose workers look often."""
    make.shop()
    monkeypatch.setattr(worker, "TICK_S", 0.02)
    return database


def test_a_worker_is_seen() -> None:
    assert _worker_check().ok is False
    working = Worker().start()
    try:
        _wait(lambda: _worker_check().ok)
    finally:
        working.stop()
    assert _worker_check().ok is True


def test_a_task_that_fails_neither_stops_the_others_nor_is_given_up() -> None:
    done: list[str] = []

    def fail() -> None:
        done.append("failed")
        raise RuntimeError("no network")

    tasks = [Task("bad", timedelta(0), fail), Task("good", timedelta(0), lambda: done.append("good"))]
    working = Worker(tasks).start()
    try:
        _wait(lambda: len(done) >= 4)
    finally:
        working.stop()
    assert done[:4] == ["failed", "good", "failed", "good"]


def test_whoever_is_slow_keeps_nobody_else_waiting_and_steps_follow_each_other() -> None:
    done: list[str] = []
    gate = threading.Event()

    def step(name: str) -> bool:
        if name == "slow":
            gate.wait(5)
        done.append(name)
        return done.count("quick") < 3

    working = Worker([Task("read", timedelta(hours=1), step, each=lambda: ["slow", "quick"])]).start()
    try:
        _wait(lambda: done == ["quick"] * 3)
    finally:
        gate.set()
        working.stop()
    assert done == ["quick"] * 3 + ["slow"]


def test_of_two_workers_one_acts_and_the_other_takes_over() -> None:
    acted: list[str] = []
    first = Worker([Task("act", timedelta(0), lambda: acted.append("first"))]).start()
    _wait(lambda: acted)
    second = Worker([Task("act", timedelta(0), lambda: acted.append("second"))]).start()
    time.sleep(0.2)
    assert "second" not in acted
    first.stop()
    _wait(lambda: "second" in acted)
    second.stop()


def test_the_lead_of_a_killed_process_is_free() -> None:
    program = "from oms_app.db.leader import Leader; l = Leader(); print(l.is_held(), flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    with Leader() as leader:
        assert not leader.is_held()
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        _wait(leader.is_held)


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_leader_that_lost_its_connection_knows_it() -> None:
    """A file lock, on SQLite, is lost with the process only."""
    with Leader() as leader:
        assert leader.is_held()
        with reading() as tx:
            tx.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        assert not leader.is_held()
        _wait(leader.is_held)


def _worker_check() -> condition.Check:
    [check] = [check for check in condition.readiness() if check.name == "worker"]
    return check


def _wait(met: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not met():
        assert time.monotonic() < end, threading.enumerate()
        time.sleep(0.01)
