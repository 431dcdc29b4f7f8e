"""Stock comes for a backlog: orders that wait are kept for over five locations, most urgent first.

Promised: 50,000 lines in 20 s. Run it with

    .venv/bin/python -m tests.load.backlog --database sqlite
"""

import argparse
import random
import sys
import time

from sqlalchemy import text

from oms_app.db.checkpoint import checkpointing
from oms_app.db.engine import reading, transaction
from oms_app.db.queries import projections
from oms_app.domain.orders import AddressDraft
from oms_app.services import catalogue, checks, placement, shortfalls
from tests import make
from tests.load.oversell import shop

PINS = ("110001", "400001", "560001", "600001", "700001")
STOCK = """
INSERT INTO stock_movement (product_id, location_id, kind, quantity, cause, reason, actor, at)
SELECT p.id, w.id, 'received', :units, 'backlog', 'Goods received', 'load', 0 FROM product p CROSS JOIN location w
WHERE w.code <> 'MAIN'"""
LEVELS = """
INSERT INTO stock_level (product_id, location_id, on_hand, reserved, safety)
SELECT product_id, location_id, quantity, 0, 0 FROM stock_movement WHERE cause = 'backlog'"""
BAR_S = 20


def fill(lines: int, skus: list[str], dice: random.Random) -> int:
    """Place orders of one to four lines that find nothing on the shelves; returns how many."""
    orders = 0
    while lines:
        with transaction() as tx, projections.gathering(tx):
            for _ in range(min(1_000, lines)):
                if not lines:
                    break
                wanted = [make.line(dice.choice(skus)) for _ in range(min(dice.randint(1, 4), lines))]
                to = AddressDraft(line1="1 Road", city="Town", postal_code=f"{dice.choice(PINS)[:2]}0042")
                placement.insert(tx, make.ADMIN, make.draft(*wanted, ship_to=to))
                lines, orders = lines - len(wanted), orders + 1
    return orders


def main() -> None:
    """Fill the queue, let stock come, measure; exit 1 where it took too long or does not add up."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--lines", type=int, default=50_000)
    options.add_argument("--products", type=int, default=1_000)
    given, dice = options.parse_args(), random.Random(1)
    with shop(given.database), checkpointing():
        for number, pin in enumerate(PINS):
            catalogue.add_location(make.ADMIN, code=f"W{number}", name=f"Warehouse {number}", postal_code=pin)
        skus = [make.product() for _ in range(given.products)]
        began = time.perf_counter()
        orders = fill(given.lines, skus, dice)
        print(f"{given.lines:,} lines of {orders:,} orders queued in {time.perf_counter() - began:.1f} s", flush=True)
        with transaction() as tx:
            for statement in (STOCK, LEVELS):
                tx.execute(text(statement), {"units": given.lines // given.products // 4} if statement is STOCK else {})
        began, cpu = time.perf_counter(), time.process_time()
        kept = shortfalls.refill()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        with reading() as tx:
            left = int(tx.scalar(text("SELECT count(*) FROM shortfall")) or 0)
            places = tx.execute(
                text(
                    "SELECT w.code, sum(r.quantity) FROM reservation r JOIN location w ON w.id = r.location_id"
                    " GROUP BY w.code ORDER BY w.code"
                )
            ).all()
        drift = [difference for check in ("stock", "rollups") for difference in checks.CHECKS[check](make.ADMIN)]
        by_place = ", ".join(f"{code} {units:,}" for code, units in places)
        print(f"{kept:,} units kept in {seconds:.1f} s ({cpu:.1f} s of it computing): {kept / seconds:,.0f}/s")
        print(f"{by_place}; {left:,} lines still wait; {len(drift)} differences {drift[:3]}")
        kept_promise = seconds <= BAR_S and not drift and kept + left == given.lines
        print("promise kept" if kept_promise else f"PROMISE BROKEN: {BAR_S} s, no difference, every line accounted for")
    sys.exit(not kept_promise)


if __name__ == "__main__":
    main()
