"""A CSV file in a channel's inbox becomes orders here, and what becomes of them is found in its outbox."""

import os
import time

import pytest

from oms_app.services import channels, intake, orders, search
from oms_app.settings import get_settings
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_a_dropped_file_is_an_order_and_a_broken_row_waits_for_somebody() -> None:
    make.trust()
    channels.connect(
        make.ADMIN, kind="csv", name="market", title="Market", currency="INR", settings={"folder": "market"}
    )
    channels.test(make.ADMIN, "market")
    path = get_settings().data_dir / "channels/market/inbox/monday.csv"
    path.write_text(
        "number,placed_at,sku,quantity,unit_price,paid,customer_name,ship_to_line1,ship_to_city,ship_to_postal_code\n"
        "M-1,2026-11-02 10:00,DIYA-12,3,1.50,4.50,Asha Rao,12 MG Road,Pune,411001\n"
        "M-2,2026-11-02 10:00,DIYA-12,none,1.50,,,,,\n"
    )
    os.utime(path, (time.time() - 10,) * 2)
    assert intake.sync(make.ADMIN, "market") == (2, 1, 1)
    [row] = search.orders(make.ADMIN, "external:M-1").rows
    placed = orders.get(make.ADMIN, row.number)
    assert (placed.total, placed.channel) == (4_50, "market")
    assert intake.sync(make.ADMIN, "market") == (0, 0, 0)
