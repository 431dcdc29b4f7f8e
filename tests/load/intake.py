"""Orders a second from a channel's page to the validated, allocated order, beside bare SQL that writes the same rows.

    OMS_DATA_DIR=… python -m tests.load.intake [--orders 5000]      the shop of the environment; it keeps the orders

A WooCommerce sandbox in a process of its own sells; one thread reads its pages and another takes over what came, as the
worker does. Promised on two cores: 400/s.
"""

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from random import Random

from oms_app.db import checkpoint, engine
from oms_app.db.queries import channels as links
from oms_app.services import channel_calls, channels, intake
from tests.load import placing

PROMISED, SAMPLE = 400, 1_000
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Measure and print; exit 1 where the promise is broken."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--orders", type=int, default=5_000)
    orders = given.parse_args().orders
    skus = placing.articles()
    with _sold(skus, orders) as settings, checkpoint.checkpointing():
        name = _connect(settings)
        began = time.perf_counter()
        reader = threading.Thread(target=_read, args=(name,))
        reader.start()
        _take(orders)
        taken = time.perf_counter() - began
        reader.join()
    with _sold(skus, SAMPLE) as settings:
        _read(_connect(settings))
        bare = placing.replay(placing.capture(intake.take, SAMPLE // 50))
    rate, floor = orders / taken, SAMPLE / sum(bare)
    print(f"{engine.engine().dialect.name}: {orders:,} orders of a WooCommerce sandbox")
    print(f"{'the same rows by bare SQL, 50 orders a commit':<48}{floor:>8,.0f}/s")
    print(f"{'from the page to the allocated order':<48}{rate:>8,.0f}/s")
    print(f"one order costs {floor / rate:.2f} times the bare SQL of its rows")
    print("promise kept" if rate >= PROMISED else f"PROMISE BROKEN: {PROMISED}/s")
    sys.exit(rate < PROMISED)


def _take(orders: int) -> None:
    """Take over until all are here."""
    before = _count()
    while _count() - before < orders:
        while intake.take():
            continue
        time.sleep(0.01)


def _read(name: str) -> None:
    """Read on until the channel has no more."""
    while True:
        with engine.reading() as tx:
            link = links.link_named(tx, name)
        with channel_calls.calling(link, "orders") as channel:
            if not intake.read_on(link, channel):
                return


def _count() -> int:
    with engine.reading() as tx:
        return placing.count(tx)


def _connect(settings: dict[str, str]) -> str:
    """Connect the sandbox, to be read from long ago on; its name."""
    name = f"load-{time.time_ns() // 1_000_000}"
    channels.connect(placing.ACTOR, kind="woocommerce", name=name, currency="INR", settings=settings)
    with engine.transaction() as tx:
        link = links.link_named(tx, name)
        assert link is not None
        links.move_position(tx, link.channel_id, intake.STREAM, channels.position(LONG_AGO), LONG_AGO)
    return name


@contextmanager
def _sold(skus: list[str], orders: int) -> Iterator[dict[str, str]]:
    """A WooCommerce sandbox with that many orders, in a process of its own."""
    context = get_context("spawn")
    ours, its = context.Pipe()
    process = context.Process(target=_sell, args=(its, skus, orders), daemon=True)
    process.start()
    yield ours.recv()
    ours.send("done")
    process.join(10)


def _sell(pipe: Pipe, skus: list[str], orders: int) -> None:
    from oms_app.integrations.sandbox.faults import Faults
    from oms_app.integrations.sandbox.registry import SANDBOXES
    from oms_app.integrations.sandbox.server import serving
    from oms_app.integrations.sandbox.shop import Shop

    shop = Shop([(sku, f"Article {sku}", 499_00, 1_000_000) for sku in skus], last=time.time_ns() // 1_000_000)
    sandbox = SANDBOXES["woocommerce"](shop, Faults())
    chance = Random(1)  # noqa: S311 - chance, not secrets
    for _ in range(orders):
        shop.arrive(chance)
    with serving(sandbox) as server:
        connection = sandbox.connection(server.address)
        pipe.send({**connection.settings, **connection.secrets})
        pipe.recv()


if __name__ == "__main__":
    main()
