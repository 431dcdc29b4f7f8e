"""How many complete orders a second the service places, beside bare SQL that writes the same rows, in one run.

    OMS_DATA_DIR=… python -m tests.load.placing [--seconds 10] [--threads 4]      the shop of the environment
    oms demo generate --orders 1000000                                            makes one worth measuring

The shop keeps the orders that are placed: use a copy. Promised with 1,000,000 orders: 400/s and p99 ≤ 25 ms on SQLite
(4 threads), 250/s on PostgreSQL (16 clients in 4 processes), at most 2.5 times the cost of the same rows by bare SQL.
"""

import argparse
import itertools
import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from sqlalchemy import Connection, event, text

from oms_app.db import checkpoint, engine
from oms_app.domain.orders import AddressDraft, CustomerDraft, LineDraft, OrderDraft
from oms_app.domain.permissions import system
from oms_app.services import catalogue, placement, stock

ACTOR = system("load", "test")
SAMPLE = 1_500
ARTICLES = 500
CHANNEL, MOST_RATIO = "load", 2.5
PROMISED = {"sqlite": (400, 4), "postgresql": (250, 16)}
Write = tuple[str, Any, bool]

_given: tuple[Any, ...] = ()
_serial = itertools.count(time.time_ns() // 1_000_000 * 64 + os.getpid() % 64, 64)


def main() -> None:
    """Measure and print; exit 1 where the promise is broken."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--seconds", type=float, default=10)
    given.add_argument("--threads", type=int)
    options = given.parse_args()
    name = engine.engine().dialect.name
    promised, threads = PROMISED[name]
    threads = options.threads or threads
    if sys.platform == "linux" and name == "sqlite":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # as a web process does
    skus = articles()
    with checkpoint.checkpointing():
        _measure(name, skus, threads, promised, options.seconds)


def _measure(name: str, skus: list[str], threads: int, promised: int, seconds: float) -> None:
    _place_many(skus, 1, 1.0)
    print(f"{name}, {_count():,} orders in the shop\n{'':<34}{'':>10}{'p50 ms':>9}{'p99 ms':>9}")
    bare = replay(capture(lambda: placement.take(ACTOR, _draft(skus)), SAMPLE))
    show("the same rows by bare SQL", bare, 1 / statistics.fmean(bare))
    alone, rate = _place_many(skus, 1, seconds / 2)
    show("placement.take, one thread", alone, rate)
    ratio = statistics.fmean(alone) / statistics.fmean(bare)
    if name == "sqlite":
        many, rate = _place_many(skus, threads, seconds)
        show(f"placement.take, {threads} threads", many, rate)
    else:
        many, rate = _place_apart(skus, threads, seconds)
        show(f"placement.take, {threads} clients", many, rate)
    print(f"one order costs {ratio:.2f} times the bare SQL of its rows")
    late = name == "sqlite" and _percentile(many, 99) > 0.025
    kept = rate >= promised and ratio <= MOST_RATIO and not late
    print("promise kept" if kept else f"PROMISE BROKEN: {promised}/s, {MOST_RATIO} times, p99 ≤ 25 ms on SQLite")
    sys.exit(not kept)


def show(name: str, seconds: list[float], rate: float) -> None:
    """One line of the table."""
    print(f"{name:<34}{rate:>8,.0f}/s{_percentile(seconds, 50) * 1000:>9.2f}{_percentile(seconds, 99) * 1000:>9.2f}")


def capture(write: Callable[[], object], times: int) -> list[list[Write]]:
    """What each of some acts writes: statements with their parameters; nothing of it is kept."""
    orders: list[list[Write]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE") and orders:
            orders[-1].append((statement, parameters, many))

    event.listen(engine.engine(), "before_cursor_execute", note)
    with _undone() as tx:
        before = _sequences(tx)
        for _ in range(times):
            orders.append([])
            write()
    event.remove(engine.engine(), "before_cursor_execute", note)
    with engine.transaction() as tx:  # PostgreSQL's sequences do not go back by themselves: the rows get the same ids
        for sequence, value in before:
            tx.execute(text(f"SELECT setval('{sequence}', {value})"))
    return orders


def replay(orders: list[list[Write]]) -> list[float]:
    """Write the same rows by the driver alone, a durable commit for each order; seconds each."""
    took = []
    with engine.engine().connect() as connection:
        driver: Any = connection.connection.driver_connection
        cursor = driver.cursor()
        sqlite = connection.dialect.name == "sqlite"
        for writes in orders:
            began = time.perf_counter()
            if sqlite:
                cursor.execute("BEGIN IMMEDIATE")
            for statement, parameters, many in writes:
                (cursor.executemany if many else cursor.execute)(statement, parameters)
                if not many and cursor.description:
                    cursor.fetchall()
            driver.commit()
            took.append(time.perf_counter() - began)
    return took


def _place_many(skus: list[str], threads: int, seconds: float) -> tuple[list[float], float]:
    """(seconds of each order, orders a second)."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    def run() -> None:
        while (began := time.perf_counter()) < end:
            placement.take(ACTOR, _draft(skus))
            took.append(time.perf_counter() - began)

    running = [threading.Thread(target=run) for _ in range(threads)]
    began = time.perf_counter()
    for each in running:
        each.start()
    for each in running:
        each.join()
    return took, len(took) / (time.perf_counter() - began)


def _place_apart(skus: list[str], clients: int, seconds: float) -> tuple[list[float], float]:
    """The same from several processes, as web processes do: four clients in each, who begin together."""
    engine.dispose()
    placement.forget_numbers()
    context, size = get_context("spawn"), clients // 4
    given = (skus, seconds, context.Barrier(size))
    with ProcessPoolExecutor(size, mp_context=context, initializer=_get_ready, initargs=given) as processes:
        ran = list(processes.map(_place_together, range(size)))
    return [each for took, _rate in ran for each in took], sum(rate for _took, rate in ran)


def _get_ready(*given: Any) -> None:
    global _given
    _given = given


def _place_together(_process: int) -> tuple[list[float], float]:
    skus, seconds, together = _given
    _place_many(skus, 4, 0.5)
    together.wait()
    return _place_many(skus, 4, seconds)


def _draft(skus: list[str]) -> OrderDraft:
    serial = next(_serial)
    return OrderDraft(
        channel=CHANNEL,
        external_id=f"L{serial}",
        customer=CustomerDraft(
            name=f"Asha Rao {serial % 997}", email=f"b{serial}@customer.example", phone=f"+919{serial % 10**9:09d}"
        ),
        ship_to=AddressDraft(
            name="", line1=f"{serial % 999} MG Road", city="Pune", state="Maharashtra", postal_code="411001"
        ),
        paid=True,
        lines=tuple(LineDraft(sku=sku, quantity=1) for sku in random.sample(skus, random.choice((1, 2, 3, 4)))),
    )


def articles() -> list[str]:
    """Articles of this measurement, with stock enough."""
    if CHANNEL not in {each.name for each in catalogue.channels(ACTOR)}:
        catalogue.add_channel(ACTOR, name=CHANNEL, title="Load", kind="manual", currency="INR")
    where = catalogue.locations(ACTOR)[0].code
    skus = [f"LOAD-{number}" for number in range(ARTICLES)]
    known = {each.sku for each in catalogue.products(ACTOR, prefix="LOAD-", limit=ARTICLES)}
    for sku in skus:
        if sku not in known:
            catalogue.add_product(ACTOR, sku=sku, name=f"Article {sku}", price_micros=499_000_000, currency="INR")
            stock.adjust(ACTOR, sku, where, 1_000_000, reason="load")
    return skus


@contextmanager
def _undone() -> Iterator[Connection]:
    """A transaction of which nothing is kept."""

    class _Undo(Exception):
        pass

    try:
        with engine.transaction() as tx:
            yield tx
            raise _Undo
    except _Undo:
        return


def _sequences(tx: Connection) -> list[tuple[str, int]]:
    if engine.is_sqlite(tx):
        return []
    found = tx.execute(text("SELECT schemaname || '.' || sequencename, COALESCE(last_value, 1) FROM pg_sequences"))
    return [(str(name), int(value)) for name, value in found]


def count(tx: Connection) -> int:
    """Orders in the shop."""
    return int(tx.scalar(text("SELECT count(*) FROM orders")) or 0)


def _count() -> int:
    with engine.reading() as tx:
        return count(tx)


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    main()
