"""The worker: what the shop does by itself, on a timetable. Every process may run one; one in the shop acts."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from oms_app.db.leader import Leader
from oms_app.services import condition, holds, shortfalls, sku_map, stock_cover, stock_truth

TICK_S = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """Something short that is done again and again; a task that fails is tried again at its next time."""

    name: str
    every: timedelta
    run: Callable[[], object]


OWN = (
    Task("beat", condition.BEAT_EVERY, condition.beat),
    Task("refill", timedelta(seconds=2), shortfalls.refill),
    Task("holds", timedelta(seconds=20), holds.release_due),
    Task("sku map", timedelta(minutes=1), sku_map.complete_waiting),
    Task("stock check", timedelta(minutes=1), stock_truth.check_in_time),
    Task("stock cover", timedelta(minutes=1), stock_cover.work_out_in_time),
)
"""What every worker does: let itself be seen, serve who waits for stock or a day, and see that the stock adds up."""


class Worker:
    """Does its tasks one after the other in a thread of its own, while it leads."""

    def __init__(self, tasks: Sequence[Task] = ()) -> None:
        self._tasks = (*OWN, *tasks)
        self._due = dict.fromkeys((task.name for task in self._tasks), 0.0)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="oms-worker", daemon=True)

    def start(self) -> "Worker":
        """Begin to work."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the task at hand and stop."""
        self._stopped.set()
        self._thread.join(timeout=30)

    def wait(self) -> None:
        """Block until the worker was stopped."""
        self._thread.join()

    def _run(self) -> None:
        with Leader() as leader:
            while not self._stopped.is_set():
                if leader.is_held():
                    self._do_what_is_due()
                self._stopped.wait(TICK_S)

    def _do_what_is_due(self) -> None:
        for task in self._tasks:
            if self._stopped.is_set() or self._due[task.name] > time.monotonic():
                continue
            self._due[task.name] = time.monotonic() + task.every.total_seconds()
            try:
                task.run()
            except Exception:
                _log.exception("task_failed", task=task.name)
