"""Random sequences of everything that people do with orders, stock and money, checked after every step.

Promised: 10,000 sequences, no invariant broken. Databases lie in memory, a new one for every 100 sequences. Run it with

    .venv/bin/python -m tests.load.sequences --sequences 10000 --processes 2
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from oms_app.db import engine
from oms_app.services import setup
from oms_app.settings import get_settings
from tests import servers
from tests.property import order_acts
from tests.property.stock_acts import Shop, everything_is_counted

AT_ONCE = 100
MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Work:
    """Some sequences of one seed, `steps` acts each at most, on a copy of a migrated database."""

    seed: int
    sequences: int
    steps: int
    template: str
    shrink: bool


@dataclass(frozen=True)
class Done:
    """How often each act was done and refused; what went wrong, if anything did."""

    work: Work
    tally: Counter[tuple[str, str]]
    failure: str = ""


def run(work: Work) -> Done:
    """Run the sequences in this process."""
    order_acts.TALLY.clear()
    failure = _failure(work, thorough=False)
    # What is counted is looked at once for all of them: to know which sequence it was, they run once more.
    if "everything_is_counted" in failure:
        failure = _failure(work, thorough=True) or failure
    return Done(work, Counter(order_acts.TALLY), failure)


def _failure(work: Work, *, thorough: bool) -> str:
    Shop.thorough = thorough
    phases = [Phase.generate, *([Phase.shrink] if work.shrink else [])]
    with ExitStack() as stack:
        _copy(work, stack)
        try:
            run_state_machine_as_test(
                seed(work.seed)(Shop),
                settings=settings(
                    max_examples=work.sequences,
                    stateful_step_count=work.steps,
                    phases=phases,
                    deadline=None,
                    database=None,
                    report_multiple_bugs=False,
                    verbosity=Verbosity.normal,
                    suppress_health_check=list(HealthCheck),
                ),
            )
            everything_is_counted()
        except Exception as error:
            return _short(error)
    return ""


def _short(error: Exception) -> str:
    """The last places of the traceback, and the acts that led there."""
    lines = traceback.format_exception(error)
    return "".join([line for line in lines if "everything_adds_up()" not in line][-80:])


def _copy(work: Work, stack: ExitStack) -> None:
    _forget()
    stack.callback(_forget)
    if work.template.startswith("postgresql:"):
        cluster, name = servers.Postgresql(int(work.template.split(":")[1])), f"run_{work.seed}"
        cluster.execute(f"CREATE DATABASE {name} TEMPLATE {work.template.split(':')[2]}")
        stack.callback(cluster.drop, name)
        stack.callback(_forget)
        os.environ["OMS_DATABASE_URL"] = cluster.url(name)
        return
    home = stack.enter_context(tempfile.TemporaryDirectory(dir=_memory()))
    shutil.copy(work.template, Path(home) / "oms.db")
    os.environ["OMS_DATA_DIR"] = home


def _memory() -> Path | None:
    return MEMORY if MEMORY.is_dir() else None


def _forget() -> None:
    engine.dispose()
    get_settings.cache_clear()


def _template(kind: str, stack: ExitStack) -> str:
    """A migrated, empty database to copy."""
    os.environ["OMS_SECRET_KEY"] = "only-for-tests"
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_memory())))
    os.environ["OMS_DATA_DIR"] = str(home)
    cluster = stack.enter_context(servers.postgresql()) if kind == "postgresql" else None
    name = cluster.create() if cluster else ""
    if cluster:
        os.environ["OMS_DATABASE_URL"] = cluster.url(name)
    _forget()
    setup.prepare()
    _forget()
    return f"postgresql:{cluster.port}:{name}" if cluster else str(home / "oms.db")


def main() -> None:
    """Run them all and print how often each act was done, refused, and what broke."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sequences", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1, help="of the first 100; the next 100 have the next one")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--shrink", action="store_true", help="make a failing sequence short")
    asked = parser.parse_args()
    tally: Counter[tuple[str, str]] = Counter()
    tried, broken, began = 0, 0, time.monotonic()
    with ExitStack() as stack:
        template = _template(asked.database, stack)
        count = -(-asked.sequences // AT_ONCE)
        work = [Work(asked.seed + n, AT_ONCE, asked.steps, template, asked.shrink) for n in range(count)]
        pool = stack.enter_context(multiprocessing.get_context("spawn").Pool(asked.processes))
        for done in pool.imap_unordered(run, work):
            tally += done.tally
            tried += done.work.sequences
            if done.failure:
                broken += 1
                print(f"\nSeed {done.work.seed} broke an invariant:\n{done.failure}", flush=True)
            if sys.stderr.isatty() or tried % 1_000 == 0:
                print(f"{tried:,} sequences, {tally.total():,} acts, {broken} broke", file=sys.stderr, flush=True)
    print(f"\n{'act':<26}{'done':>10}{'refused':>10}")
    for act in sorted({name for name, _ in tally}):
        print(f"{act:<26}{tally[act, 'done']:>10,}{tally[act, 'refused']:>10,}")
    print(
        f"{'all':<26}{sum(n for (_, how), n in tally.items() if how == 'done'):>10,}"
        f"{sum(n for (_, how), n in tally.items() if how == 'refused'):>10,}"
    )
    seconds = time.monotonic() - began
    print(f"\n{tried:,} sequences on {asked.database}, {tally.total():,} acts in {seconds:,.0f} s; {broken} broke")
    sys.exit(broken > 0)


if __name__ == "__main__":
    main()
