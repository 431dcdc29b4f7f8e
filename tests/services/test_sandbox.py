"""`oms sandbox` as a newcomer uses it: its own words connect it, what is bought there arrives, what leaves is told."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import channels as channel_rows
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.orders import OrderView
from oms_app.integrations.registry import ADAPTERS
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.registry import SANDBOXES
from oms_app.integrations.sandbox.server import serving
from oms_app.integrations.sandbox.shop import Shop
from oms_app.integrations.sandbox.vendor import Sandbox
from oms_app.services import channel_overview, channel_tasks, channels, intake, orders, search
from oms_app.services.channel_overview import Health
from oms_app.state.channel_cards import card
from tests import make, servers
from tests.contract.rig import GENEROUS

pytestmark = pytest.mark.usefixtures("shop")


def connected(printed: str) -> str:
    """The channel, connected by what the sandbox printed; the address of its page."""
    given = dict(each.split("=", 1) for each in re.findall(r"--set (\S+)", printed))
    for each in ADAPTERS["shopify"].kind.settings:
        if each.secret:
            answer = re.search(rf"^  {each.title}  +(\S.*)$", printed, re.MULTILINE)
            assert answer
            given[each.name] = "" if answer[1].startswith("(nothing") else answer[1]
    channels.connect(make.ADMIN, kind="shopify", name="shopify", currency="INR", settings=given)
    return given["shop"]


def post(address: str, act: str, **said: object) -> None:
    """A button of the page."""
    urllib.request.urlopen(f"{address}/_sandbox/{act}", urllib.parse.urlencode(said).encode()).close()


def there(address: str) -> list[dict[str, Any]]:
    """The orders as the page shows them, newest first."""
    found: list[dict[str, Any]] = json.load(urllib.request.urlopen(f"{address}/_sandbox/orders"))
    return found


def arrived(sku: str, channel: str = "shopify") -> OrderView:
    """Our order of an article."""
    intake.sync(make.ADMIN, channel)
    [row] = search.orders(make.ADMIN, f"sku:{sku}").rows
    return orders.get(make.ADMIN, row.number)


def tell(channel: str = "shopify") -> None:
    """All that the channel is owed is told."""
    while channel_tasks.note() or channel_tasks.work(channel):
        pass


@pytest.mark.parametrize("kind", sorted(SANDBOXES))
def test_an_order_of_every_sandbox_arrives_and_its_parcel_is_seen_there(kind: str) -> None:
    make.product("BEL-BRS", on_hand=5)
    open_with: Any = SANDBOXES[kind]
    made: Sandbox = open_with(Shop([("BEL-BRS", "Brass Temple Bell", 590_00, 5)]), Faults(), **GENEROUS.get(kind, {}))
    with serving(made) as server:
        way = made.connection(server.address)
        given = {**way.settings, **way.secrets}
        channels.connect(make.ADMIN, kind=kind, name=kind, currency=way.currency, settings=given)
        channel_tasks.forget()
        tell(kind)
        theirs = made.shop.place([("BEL-BRS", 2)])
        ship(arrived("BEL-BRS", kind))
        tell(kind)
        assert [(each.tracking, sum(each.units.values())) for each in theirs.parcels] == [("DL7700", 2)]


def ship(order: OrderView) -> None:
    """Everything up to the courier."""
    for stage in FLOW[FLOW.index(order.stage) + 1 : FLOW.index(Stage.SHIPPED) + 1]:
        order = make.move(order, stage, awb="DL7700")


def test_a_sandbox_is_connected_by_what_it_prints_and_shows_the_tracking_number(tmp_path: Path) -> None:
    make.product("BEL-BRS", on_hand=5)
    with servers.sandbox("shopify", tmp_path / "log", "--rate", "0", "--orders", "0") as printed:
        assert "oms channels connect my-shopify --kind shopify --set shop=" in printed
        address = connected(printed)
        assert channels.test(make.ADMIN, "shopify") == "Sandbox Handlooms"
        channel_tasks.forget()
        tell()  # the worker is at work from the beginning
        post(address, "orders", sku="BEL-BRS")
        order = arrived("BEL-BRS")
        ship(order)
        tell()
        [shown] = there(address)
        assert (shown["known_as"], shown["state"]) == (order.number, "Fulfilled")
        assert [(each["courier"], each["tracking"]) for each in shown["parcels"]] == [("Delhivery", "DL7700")]
        assert "DL7700" in urllib.request.urlopen(address).read().decode()
        post(address, "deliver", order=shown["number"])
        post(address, "refund", order=shown["number"])
        [shown] = there(address)
        assert (shown["state"], shown["refunded"]) == ("Delivered", shown["total"])
        [standing] = channel_overview.every(make.ADMIN)
        facts = card(replace(standing, waiting=1, oldest=None, owed=1, levels=1)).facts
        assert facts[-3:] == ["1 message waits", "1 thing is to be told", "1 level of stock is to be told"]


def test_faults_on_demand_are_met_and_a_file_says_what_is_sold(tmp_path: Path) -> None:
    goods = tmp_path / "goods.csv"
    goods.write_text("sku,title,price,stock\nOWN-1,Our own,249.50,7\n", "utf-8")
    more = ("--rate", "600", "--orders", "3", "--catalogue", str(goods))
    with servers.sandbox("shopify", tmp_path / "log", *more) as printed:
        address = connected(printed)
        post(address, "fault", fault="broken")
        with pytest.raises(Exception, match="answered 500"):
            channels.test(make.ADMIN, "shopify")
        with transaction() as tx:  # its rest is over, and yet it did not answer
            channel_rows.change_link(tx, channel_rows.link_named(tx, "shopify").channel_id, retry_at=None)
        assert [each.health for each in channel_overview.every(make.ADMIN)] == [Health.RESTING]
        assert channels.test(make.ADMIN, "shopify")
        [standing] = channel_overview.every(make.ADMIN)
        assert (standing.health, standing.link.title) == (Health.FINE, "Shopify")
        post(address, "orders", sku="OWN-1")
        assert len(there(address)) >= 4
        assert {line["sku"] for order in there(address) for line in order["lines"]} == {"OWN-1"}
        with pytest.raises(urllib.error.HTTPError) as refusal:
            post(address, "odds", odds="dropt=1")
        assert "There is no fault" in refusal.value.read().decode()
