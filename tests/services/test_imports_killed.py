"""An import that is killed and run again: nothing lost, nothing double."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from oms_app.db.engine import reading
from oms_app.db.tables.orders import Order, OrderLine

ORDERS, LINES = 6_000, 4
MAPPING = """
channel = "fair"
currency = "INR"
stage = "delivered"
[order]
number = "No"
placed_at = "Date"
[customer]
id = "Buyer"
[line]
sku = "Code"
quantity = "Qty"
unit_price = "Rate"
"""


def test_a_killed_import_is_finished_by_the_next(shop: str, tmp_path: Path) -> None:
    file, mapping = tmp_path / "orders.csv", tmp_path / "fair.toml"
    mapping.write_text(MAPPING)
    with file.open("w") as out:
        out.write("No,Date,Code,Qty,Rate,Buyer\n")
        for number in range(ORDERS):
            for line in range(LINES):
                out.write(f"{number},2026-07-05 09:{number % 60:02},SKU-{line},1,10,c{number % 500}\n")
    command = [sys.executable, "-m", "oms_app.cli", "import", "orders", str(file), "--mapping", str(mapping), "--json"]
    first = subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE)
    try:
        _wait_for_orders(first)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        reached, lines = _count()
        assert 0 < reached < ORDERS
        assert lines == reached * LINES
        again = subprocess.run(command, env=os.environ, stdout=subprocess.PIPE, check=True)
    finally:
        first.kill()
        first.wait()
    summary = json.loads(again.stdout)
    assert (summary["orders_already"], summary["orders_imported"]) == (reached, ORDERS - reached)
    assert summary["read"] == summary["imported"] + summary["already"] + summary["rejected"] == ORDERS * LINES
    assert _count() == (ORDERS, ORDERS * LINES)


def _count() -> tuple[int, ...]:
    with reading() as tx:
        return tuple(tx.scalar(select(func.count()).select_from(table)) or 0 for table in (Order, OrderLine))


def _wait_for_orders(process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not _count()[0]:
        assert process.poll() is None, "the import ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.005)
