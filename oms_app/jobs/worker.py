"""The worker: what the shop does by itself, on a timetable. Every process may run one; one in the shop acts."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from oms_app.db.leader import Leader
from oms_app.services import (
    channel_calls,
    channel_stock,
    channel_tasks,
    channel_webhooks,
    condition,
    expiry,
    first_load,
    holds,
    intake,
    lots,
    mail,
    pickups,
    priorities,
    products,
    reconciliation,
    reorder,
    rule_work,
    run_work,
    search_index,
    settlements,
    shortfalls,
    sku_map,
    sku_suggestions,
    stock_cover,
    stock_truth,
)

TICK_S = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is done again and again; a task that fails is tried again at its next time.

    apart  it waits for somebody else's server: it has a thread of its own, so that nothing waits with it
    steps  `run` does one step of what is to be done, and says whether there is more: then the next one follows at once
    each   whom it is done for, by name: each has a thread of its own, `run` is given the name, and its steps follow
           each other there, so that a slow one keeps nobody else waiting
    """

    name: str
    every: timedelta
    run: Callable[..., object]
    apart: bool = False
    steps: bool = False
    each: Callable[[], Sequence[str]] | None = None


OWN = (
    Task("beat", condition.BEAT_EVERY, condition.beat),
    Task("refill", timedelta(seconds=2), shortfalls.refill),
    Task("rules", timedelta(seconds=1), rule_work.work, steps=True),
    Task("runs", timedelta(seconds=1), run_work.work, steps=True),
    Task("holds", timedelta(seconds=20), holds.release_due),
    Task("expiry", timedelta(seconds=20), lots.expire),
    Task("unpaid orders", timedelta(seconds=20), expiry.expire_due, steps=True),
    Task("sku map", timedelta(seconds=10), sku_map.complete_waiting),
    Task("sku suggestions", timedelta(seconds=2), sku_suggestions.work_out, apart=True),
    Task("priorities", timedelta(seconds=2), priorities.keep_up),
    Task("stage times", timedelta(minutes=1), pickups.work_out_in_time),
    Task("stock check", timedelta(minutes=1), stock_truth.check_in_time),
    Task("stock cover", timedelta(minutes=1), stock_cover.work_out_in_time),
    Task("reorder", timedelta(minutes=1), reorder.work_out_in_time),
    Task("search index", timedelta(seconds=1), search_index.tidy),
    Task("tax rates", timedelta(minutes=1), products.apply_rates),
    Task("intake", timedelta(seconds=1), intake.take, steps=True),
    Task("channels", timedelta(seconds=1), intake.fetch, each=intake.due),
    Task("first loads", timedelta(seconds=1), first_load.step, each=first_load.due),
    Task("owed to channels", timedelta(seconds=1), channel_tasks.note, steps=True),
    Task("telling channels", timedelta(seconds=1), channel_tasks.work, each=channel_tasks.due),
    Task("stock of channels", timedelta(seconds=0.5), channel_stock.note, steps=True),
    Task("telling stock", timedelta(seconds=0.5), channel_stock.push, each=channel_stock.due),
    Task("articles of channels", timedelta(seconds=3), channel_stock.list_articles, each=channel_stock.unlisted),
    Task("webhooks of channels", timedelta(seconds=3), channel_webhooks.subscribe, each=channel_webhooks.due),
    Task("reconciliation", timedelta(seconds=1), reconciliation.work, each=reconciliation.due),
    Task("settlements", timedelta(minutes=1), settlements.work, each=settlements.due),
    Task("calls of channels", timedelta(minutes=10), channel_calls.forget_calls),
    Task("messages of channels", timedelta(minutes=10), intake.forget_old, steps=True),
    Task("mail", timedelta(seconds=2), mail.send_due, apart=True),
)
"""What every worker does: let itself be seen, serve who waits, keep scores true, add stock up, post letters."""


class Worker:
    """Does its tasks one after the other in a thread of its own, while it leads."""

    def __init__(self, tasks: Sequence[Task] = ()) -> None:
        self._tasks = (*OWN, *tasks)
        self._due = dict.fromkeys((task.name for task in self._tasks), 0.0)
        self._apart: dict[str, threading.Thread] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="oms-worker", daemon=True)

    def start(self) -> "Worker":
        """Begin to work."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the tasks at hand and stop."""
        self._stopped.set()
        for each in (self._thread, *self._apart.values()):
            each.join(timeout=30)

    def wait(self) -> None:
        """Block until the worker was stopped."""
        self._thread.join()

    def _run(self) -> None:
        with Leader() as leader:
            while not self._stopped.is_set():
                if not (leader.is_held() and self._do_what_is_due()):
                    self._stopped.wait(TICK_S)

    def _do_what_is_due(self) -> bool:
        """Do each task whose time has come; whether one of them has more to do."""
        more = False
        for task in self._tasks:
            if self._stopped.is_set() or self._due[task.name] > time.monotonic():
                continue
            self._due[task.name] = time.monotonic() + task.every.total_seconds()
            if task.each is not None:
                for name in _do(task, task.each) or ():
                    self._start(task, name)
            elif task.apart:
                self._start(task)
            elif _do(task, task.run) and task.steps:
                self._due[task.name], more = 0.0, True
        return more

    def _start(self, task: Task, *name: str) -> None:
        """Do it in a thread of its own, unless it is still being done there."""
        thread = " ".join((task.name, *name))
        if thread not in self._apart or not self._apart[thread].is_alive():
            self._apart[thread] = threading.Thread(
                target=self._steps, args=(task, *name), name=f"oms-{thread}", daemon=True
            )
            self._apart[thread].start()

    def _steps(self, task: Task, *name: str) -> None:
        while _do(task, task.run, *name) and task.each is not None and not self._stopped.is_set():
            continue


def _do(task: Task, act: Callable[..., Any], *given: str) -> Any:
    """What it answers; None where it failed."""
    try:
        return act(*given)
    except Exception:
        _log.exception("task_failed", task=task.name, given=given)
        return None
