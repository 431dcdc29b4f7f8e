"""How long it takes until a channel has a new level of stock, after an order or a correction changed it here.

    python -m tests.load.stock_out [--changes 200] [--articles 500]

A WooCommerce sandbox is connected to a shop of its own, whose worker runs beside. Changes come one by one and in
bursts. Promised: within 2 s, of a burst too; and telling everything again comes to the same.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time

from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.registry import SANDBOXES
from oms_app.integrations.sandbox.server import serving
from oms_app.integrations.sandbox.shop import Shop
from oms_app.jobs.worker import Worker
from oms_app.services import channel_stock, channels, placement, setup, stock
from oms_app.settings import get_settings
from tests import make

KIND, PROMISED_S = "woocommerce", 2.0
PATIENCE_S = 60.0


def main() -> None:
    """Measure and print; exit 1 where the promise is broken."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--changes", type=int, default=200)
    given.add_argument("--articles", type=int, default=500)
    options = given.parse_args()
    with tempfile.TemporaryDirectory(prefix="oms-load-") as directory:
        os.environ |= {"OMS_DATA_DIR": directory, "OMS_DEMO": "0", "OMS_LOG": "error"}
        get_settings.cache_clear()
        setup.prepare()
        make.shop()
        skus = [make.product(on_hand=1_000) for _ in range(options.articles)]
        shop = Shop([(sku, sku, 499_00, 0) for sku in skus])
        sandbox = SANDBOXES[KIND](shop, Faults())
        with serving(sandbox) as server:
            there = sandbox.connection(server.address)
            settings = {**there.settings, **there.secrets}
            channels.connect(make.ADMIN, kind=KIND, name=KIND, currency="INR", settings=settings)
            worker = Worker().start()
            try:
                kept = _measure(shop, skus, options.changes)
            finally:
                worker.stop()
    print("promise kept" if kept else f"PROMISE BROKEN: {PROMISED_S:.0f} s")
    sys.exit(not kept)


def _measure(shop: Shop, skus: list[str], changes: int) -> bool:
    began = time.perf_counter()
    _until(shop, skus)
    print(f"every level of {len(skus):,} articles, the first time: {time.perf_counter() - began:.1f} s")
    chance = random.Random(3)
    print(f"{'':<44}{'p50 s':>8}{'p99 s':>8}{'most s':>8}")
    alone = [_change(shop, [chance.choice(skus)], chance) for _ in range(changes // 4)]
    bursts = [_change(shop, chance.sample(skus, 20), chance) for _ in range(changes // 20)]
    for name, took in (("one change at a time", alone), ("bursts of 20 articles", bursts)):
        cuts = statistics.quantiles(took, n=100)
        print(f"{name:<44}{cuts[49]:>8.2f}{cuts[98]:>8.2f}{max(took):>8.2f}")
    told = channel_stock.again(make.ADMIN, KIND)
    time.sleep(PROMISED_S)
    same = all(shop.articles[sku].stock == _available(sku) for sku in skus)
    print(f"{told:,} levels told again: {'the same' if same else 'OTHERS'}")
    return same and max(*alone, *bursts) <= PROMISED_S


def _change(shop: Shop, skus: list[str], chance: random.Random) -> float:
    """Something happens to these; seconds until the channel has their new levels."""
    for sku in skus:
        if chance.random() < 0.5:
            placement.place(make.ADMIN, make.draft(make.line(sku)))
        else:
            stock.adjust(make.ADMIN, sku, "MAIN", chance.choice((-3, 7)), reason="counted")
    began = time.perf_counter()
    _until(shop, skus)
    return time.perf_counter() - began


def _until(shop: Shop, skus: list[str]) -> None:
    wanted = {sku: _available(sku) for sku in skus}
    end = time.monotonic() + PATIENCE_S
    while any(shop.articles[sku].stock != units for sku, units in wanted.items()):
        if time.monotonic() > end:
            raise TimeoutError("The channel was never told.")
        time.sleep(0.01)


def _available(sku: str) -> int:
    return stock.get(make.ADMIN, sku).available


if __name__ == "__main__":
    main()
