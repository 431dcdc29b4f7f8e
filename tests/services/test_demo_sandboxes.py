"""The demo shop sells at sandboxes of its vendors: what is bought arrives, what leaves is told, all is remembered."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channels as links
from oms_app.db.queries import intake as messages
from oms_app.db.queries import orders as order_rows
from oms_app.demo import opening, sandboxes, shop, stream
from oms_app.demo.sales import sale
from oms_app.domain.lifecycle import FLOW, MoveDetails, Stage
from oms_app.domain.orders import OrderView
from oms_app.services import channel_tasks, channels, demo, intake, moves, orders
from oms_app.settings import ROOT
from tests import make

pytestmark = [pytest.mark.usefixtures("demo_shop"), pytest.mark.slow]

VENDORS = {"amazon", "shopify", "wix", "woocommerce"}
_OPENED = """
import time
from oms_app.demo.sandboxes import Sandboxes
open_ = Sandboxes()
open_.open()
print(open_._process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def demo_shop(sqlite: str) -> None:
    """Its channels, places and articles, without its history and its people."""
    with transaction() as tx:
        opening.open_shop(tx, datetime.now(UTC))


def sells_on(channel: str, sandboxes_: sandboxes.Sandboxes) -> stream.Stream:
    """The stream when its next buyer is one of that channel, and pays at once."""
    for seed in range(500):
        alive = stream.Stream(Random(seed), sandboxes_)
        trial = stream.Stream(Random(seed))
        sold = sale(trial._rng, trial._buyers, 1, datetime.now(UTC))
        if (sold.channel.name, sold.pays, sold.person.firm) == (channel, "full", ""):
            return alive
    raise AssertionError(channel)


def there(channel: str) -> list[dict[str, Any]]:
    """The orders as the page of its sandbox shows them, newest first."""
    with reading() as tx:
        link: Any = links.link_named(tx, channel)
    address = next(value for value in link.settings.values() if value.startswith("http://127.0.0.1"))
    found: list[dict[str, Any]] = json.load(urllib.request.urlopen(f"{address}/_sandbox/orders"))
    return found


def ours(channel: str) -> OrderView:
    """Our order of the newest there, once it was read."""
    intake.sync(shop.SHOP, channel)
    with reading() as tx:
        link: Any = links.link_named(tx, channel)
        name = str(there(channel)[0]["number"])
        taken = messages.known(tx, link.channel_id, [name])[name]
        return orders.get(make.ADMIN, order_rows.by_id(tx, taken.order_id).number)


def tell(channel: str) -> None:
    """All that the channel is owed is told."""
    while channel_tasks.note() or channel_tasks.work(channel):
        pass


def test_what_is_bought_at_a_sandbox_arrives_and_its_tracking_number_is_told_after_a_restart_too() -> None:
    with sandboxes.Sandboxes() as open_:
        assert open_.open()
        assert {link.name for link in channels.linked(shop.SHOP)} == VENDORS
        channel_tasks.forget()
        tell("shopify")
        bought = sells_on("shopify", open_).arrive()
        order = ours("shopify")
        assert (there("shopify")[0]["name"], order.total) == (bought, order.captured)
        tell("shopify")
    with sandboxes.Sandboxes() as open_:
        assert open_.open()
        for stage in FLOW[FLOW.index(order.stage) + 1 : FLOW.index(Stage.SHIPPED) + 1]:
            order = make.move(order, stage, awb="DL7700")
        tell("shopify")
        [shown] = there("shopify")
        assert (shown["known_as"], shown["state"]) == (order.number, "Fulfilled")
        assert [each["tracking"] for each in shown["parcels"]] == ["DL7700"]


def test_what_was_bought_at_a_sandbox_and_is_cancelled_is_paid_back_there() -> None:
    with sandboxes.Sandboxes() as open_:
        alive = sells_on("woocommerce", open_)
        alive.arrive()
        order = ours("woocommerce")
        tell("woocommerce")
        why = MoveDetails(reason="Ordered twice")
        gone = moves.move(make.ADMIN, order.number, Stage.CANCELLED, version=order.version, details=why)
        alive._pay_back(gone)
        tell("woocommerce")
        [shown] = there("woocommerce")
        assert (shown["state"], shown["refunded"]) == ("Cancelled", shown["total"])
        assert orders.get(make.ADMIN, order.number).refunded == order.total


def test_the_stream_goes_on_without_sandboxes_that_fail_and_leaves_a_channel_of_somebody_else_alone() -> None:
    with sandboxes.Sandboxes() as open_:
        assert open_.open()
        changed = channels.change(make.ADMIN, "shopify", {"shop": "http://127.0.0.1:9", "client_id": "mine"})
        placed = orders.get(make.ADMIN, sells_on("shopify", open_).arrive())
        assert (placed.channel, placed.external_id, changed.settings["client_id"]) == ("shopify", None, "mine")
        assert open_._process is not None
        os.kill(open_._process.pid, signal.SIGKILL)
        open_._process.wait()
        assert sells_on("woocommerce", open_).arrive().startswith("#")  # begun again
        open_._process.kill()
        open_._process.wait()
        open_._start = open_._pipes  # type: ignore[method-assign,assignment]
        assert orders.get(make.ADMIN, sells_on("woocommerce", open_).arrive()).channel == "woocommerce"


def test_sandboxes_end_with_the_shop_however_it_ends_and_leave_nothing_when_the_demo_does() -> None:
    with subprocess.Popen([sys.executable, "-c", _OPENED], cwd=ROOT, stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        child = next(int(line) for line in ours.stdout if line.strip().isdecimal())
        ours.kill()
    end = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and Path(f"/proc/{child}/cmdline").read_bytes():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert demo.sandboxes_file().exists()
    demo.remove(make.ADMIN)
    assert list(demo.sandboxes_file().parent.glob("demo-sandboxes*")) == []
    assert (demo.is_here(), channels.linked(shop.SHOP)) == (False, ())
