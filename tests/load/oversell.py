"""Many buyers, few units: 64 threads and then 8 processes place one-unit orders, and every unit is accounted for.

Promised for 10,000 orders and 1,000 units, on SQLite and on PostgreSQL: 1,000 reserved, 9,000 in the shortfall queue,
none lost, none negative, no drift. Run it with

    .venv/bin/python -m tests.load.oversell
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields

from sqlalchemy import text

from oms_app.db import engine
from oms_app.db.engine import reading
from oms_app.services import checks, placement
from oms_app.settings import get_settings
from tests import make, servers


@dataclass(frozen=True)
class Tally:
    """What is left when everybody has ordered. `lost` are orders that were sent and are not there."""

    placed: int
    reserved: int
    queued: int
    lost: int
    negative: int
    drift: int


def place(sku: str, orders: int) -> int:
    """Place that many one-unit orders, one after the other; returns how many were answered."""
    return sum(bool(placement.place(make.ADMIN, make.draft(make.line(sku))).number) for _ in range(orders))


def by_threads(sku: str, orders: int, threads: int) -> int:
    """Place the orders from threads of this process."""
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(place, [sku] * threads, _shares(orders, threads)))


def by_processes(sku: str, orders: int, processes: int) -> int:
    """Place the orders from processes of their own."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("OMS_")}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.make"])
    with context.Pool(processes) as pool:
        given = [(settings, sku, share) for share in _shares(orders, processes)]
        return sum(pool.starmap(_place_there, given, chunksize=1))


def tally(sku: str, sent: int) -> Tally:
    """Count orders, reservations and the queue, and run the stock check."""
    counts = {
        "placed": "SELECT count(*) FROM orders",
        "reserved": "SELECT coalesce(sum(quantity), 0) FROM reservation WHERE state = 'open'",
        "queued": "SELECT coalesce(sum(units), 0) FROM shortfall",
        "negative": "SELECT count(*) FROM stock_level WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand",
    }
    with reading() as tx:
        found = {name: int(tx.scalar(text(query)) or 0) for name, query in counts.items()}
    return Tally(**found, lost=sent - found["placed"], drift=len(checks.stock(make.ADMIN)))


def main() -> None:
    """Print the table; exit 1 where a number is not the promised one."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--orders", type=int, default=10_000)
    options.add_argument("--units", type=int, default=1_000)
    options.add_argument("--threads", type=int, default=64)
    options.add_argument("--processes", type=int, default=8)
    given = options.parse_args()
    print(f"{given.orders:,} one-unit orders for {given.units:,} units\n")
    print(f"{'':28}" + "".join(f"{field.name:>10}" for field in fields(Tally)) + f"{'seconds':>10}{'orders/s':>10}")
    wanted = Tally(given.orders, given.units, given.orders - given.units, 0, 0, 0)
    broken = False
    crowds = {"threads": (by_threads, given.threads), "processes": (by_processes, given.processes)}
    for database in ("sqlite", "postgresql"):
        for kind, (crowd, size) in crowds.items():
            with shop(database):
                sku, began = make.product(on_hand=given.units), time.perf_counter()
                crowd(sku, given.orders, size)
                seconds, found = time.perf_counter() - began, tally(sku, given.orders)
            broken |= found != wanted
            numbers = "".join(f"{number:>10,}" for number in astuple(found))
            rate = given.orders / seconds
            print(f"{f'{database}, {size} {kind}':28}{numbers}{seconds:>10.1f}{rate:>10.0f}", flush=True)
    print("\nPROMISE BROKEN" if broken else "\npromise kept")
    sys.exit(broken)


@contextmanager
def shop(database: str) -> Iterator[None]:
    """An empty shop for this process and those it starts."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ |= {"OMS_DATA_DIR": directory, "OMS_SECRET_KEY": "only-for-tests"}
        if database == "sqlite":
            yield from _opened()
        else:
            with servers.postgresql() as cluster:
                os.environ["OMS_DATABASE_URL"] = cluster.url(cluster.create())
                yield from _opened()
                del os.environ["OMS_DATABASE_URL"]


def _opened() -> Iterator[None]:
    get_settings.cache_clear()
    make.shop()
    yield
    engine.dispose()


def _place_there(settings: dict[str, str], sku: str, orders: int) -> int:
    os.environ.update(settings)
    return place(sku, orders)


def _shares(orders: int, parts: int) -> list[int]:
    return [orders // parts + (index < orders % parts) for index in range(parts)]


if __name__ == "__main__":
    main()
