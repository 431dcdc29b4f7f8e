"""A year of a real retailer's orders, whole: the figures that docs/import.md names."""

import json
import os
import re
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from oms_app.db.engine import reading
from oms_app.db.tables.catalogue import Product
from oms_app.db.tables.customers import Customer
from oms_app.db.tables.orders import Order, OrderLine
from oms_app.domain.lifecycle import Stage
from oms_app.services import orders
from tests import make
from tests.shared import shared

MEMORY_KB = 500 * 1024
WEIGHED = """
import sys
from oms_app import cli
try:
    cli.main()
finally:
    sys.stderr.write(open("/proc/self/status").read())
"""
"""The command, then the most memory it held. The kernel's ru_maxrss would count the test run that started it."""


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # tests/services/test_imports.py runs on both
def test_the_whole_file_comes_in_with_the_figures_it_is_known_for(shop: str) -> None:
    file = shared("data/uci_online_retail.csv.zst")
    command = [sys.executable, "-c", WEIGHED, "import", "orders", str(file), "--preset", "uci-online-retail", "--json"]
    done = subprocess.run(command, env=os.environ, capture_output=True, check=True)
    summary = json.loads(done.stdout)
    assert summary["read"] == 541_909
    assert (summary["imported"], summary["orders_imported"]) == (530_103, 19_959)
    assert (summary["rejected"], summary["already"]) == (11_806, 0)
    assert summary["orders_imported"] + summary["orders_rejected"] == 25_900
    assert summary["amounts"] == {"GBP": "10655622.48"}
    assert summary["reasons"] == {
        "a return or a cancellation (the number starts with C)": 9_288,
        "a bad-debt entry (the number starts with A)": 3,
        "the quantity is not positive": 1_336,
        "the price is not positive": 1_179,
    }
    assert int(re.findall(rb"VmHWM:\s+(\d+)", done.stderr)[0]) < MEMORY_KB
    with reading() as tx:
        assert tx.execute(select(func.count(), func.sum(Order.total))).one() == (19_959, 1_065_562_248)
        assert tx.scalar(select(func.count()).select_from(OrderLine)) == 530_103
        assert tx.scalar(select(func.count()).where(OrderLine.unit_price_micros == 1_000)) == 4
        assert tx.scalar(select(func.count()).select_from(Customer)) == 4_338
        assert tx.scalar(select(func.count()).where(Order.customer_name == "Guest")) == 1_427
        charges = set(tx.scalars(select(Product.sku).where(Product.kind == "charge")))
        assert {"POST", "DOT", "M", "BANK CHARGES"} <= charges
        assert set(tx.scalars(select(Order.stage).distinct())) == {Stage.DELIVERED}
        repeated = (
            select((func.count() - 1).label("more"))
            .select_from(OrderLine)
            .group_by(
                *(OrderLine.order_id, OrderLine.sku, OrderLine.name, OrderLine.quantity, OrderLine.unit_price_micros)
            )
            .subquery()
        )
        assert tx.scalar(select(func.sum(repeated.c.more))) >= 5_000
    scattered = orders.get(make.ADMIN, "542806")
    assert (len(scattered.lines), scattered.total) == (39, 84_669)
    assert scattered.placed_at.isoformat() == "2011-02-01T11:19:00+00:00"
    assert orders.get(make.ADMIN, "561226").placed_at.isoformat() == "2011-07-26T09:13:00+00:00"
