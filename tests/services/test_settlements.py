"""What a marketplace pays out is taken once and held against the orders: each difference is found and named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import orders as order_rows
from oms_app.domain.channels import Capability
from oms_app.domain.errors import Forbidden, Malformed, NotFound
from oms_app.domain.lifecycle import Stage
from oms_app.domain.settlement_check import SettlementKind as K
from oms_app.domain.settlements import Entry, EntryKind, Settlement
from oms_app.integrations import registry
from oms_app.integrations.sandbox.amazon import AmazonSandbox
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.server import serving
from oms_app.integrations.sandbox.shop import Shop
from oms_app.services import cancellation, catalogue, channel_tasks, channels, intake, orders, search, settlements
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.contract.rig import ARTICLES
from tests.services.test_channel_tasks import walk

pytestmark = pytest.mark.usefixtures("shop")
HEAD = "settlement,currency,kind,amount,posted,order,total,deposited\n"


@pytest.fixture(autouse=True)
def market(shop: str) -> None:
    """A marketplace without a connection."""
    catalogue.add_channel(make.ADMIN, name="market", title="Market", kind="manual", currency="INR")


def sold(external_id: str, stage: Stage = Stage.SHIPPED, days_ago: int = 1) -> str:
    """An order of ₹499.50 that came from there, and left; returns our number."""
    order = make.order(channel="market", external_id=external_id, stage=stage)
    if stage is Stage.SHIPPED:
        with transaction() as tx:
            row = order_rows.find(tx, order.number)
            assert row is not None
            order_rows.change(tx, row, shipped_at=datetime.now(UTC) - timedelta(days=days_ago))
    return order.number


def row(settlement: str, kind: str, amount: str, order: str = "", total: str = "") -> str:
    return f"{settlement},INR,{kind},{amount},2026-10-20,{order},{total},2026-11-02\n"


def found() -> dict[str, Any]:
    """What differs, by the channel's id."""
    return {each.external_id: each.kind for each in settlements.differences(make.ADMIN, "market")}


def test_a_settlement_says_what_was_charged_kept_and_paid_of_each_order_and_is_taken_once() -> None:
    number = sold("A-1")
    table = HEAD + row("S-1", "sale", "423.30", "A-1", "434.50") + row("S-1", "tax", "76.20", "A-1")
    table += row("S-1", "commission", "-50", "A-1") + row("S-1", "fee", "-10", "A-1")
    table += row("S-1", "tcs", "-2.12", "A-1") + row("S-1", "tds", "-0.42", "A-1") + row("S-1", "reserve", "-2.46")
    assert settlements.import_file(make.ADMIN, "market", table) == (1, 0)
    assert settlements.import_file(make.ADMIN, "market", table) == (0, 1)
    [one] = settlements.page(make.ADMIN, "market")
    assert (one.total, one.unexplained, one.sums.charged, one.sums.fees) == (434_50, 0, 499_50, -60_00)
    [order] = settlements.orders(make.ADMIN, one.id)
    assert (order.external_id, order.order, order.total) == ("A-1", number, 499_50)
    assert (order.sums.tcs, order.sums.tds, order.sums.payout) == (-2_12, -42, 436_96)
    assert found() == {}


def test_each_kind_of_difference_is_found() -> None:
    for name in ("FINE", "LESS", "TWICE", "BACK"):
        sold(name)
    sold("LATE", days_ago=20)
    sold("SOON", days_ago=3)
    cancelled = make.order(channel="market", external_id="CANCELLED")
    cancellation.cancel(make.ADMIN, cancelled.number, version=1, reason="Broken")
    table = HEAD + row("S-1", "sale", "499.50", "FINE") + row("S-1", "sale", "450", "LESS")
    table += row("S-1", "sale", "499.50", "TWICE") + row("S-2", "sale", "499.50", "TWICE")
    table += row("S-1", "sale", "499.50", "BACK") + row("S-1", "refund", "-100", "BACK")
    table += row("S-1", "sale", "10", "NOBODY") + row("S-1", "sale", "499.50", "CANCELLED")
    table += row("S-3", "sale", "1", "FINE", "2") + row("S-3", "sale", "-1", "FINE")
    settlements.import_file(make.ADMIN, "market", table)
    assert found() == {
        "LESS": K.AMOUNT,
        "TWICE": K.TWICE,
        "BACK": K.REFUND,
        "NOBODY": K.NOT_HERE,
        "CANCELLED": K.AMOUNT,
        "LATE": K.UNSETTLED,
        "S-3": K.UNEXPLAINED,
    }
    said = {each.external_id: each.said for each in settlements.differences(make.ADMIN, "market")}
    assert said["TWICE"] == "₹999.00 was settled in 2 settlements, here it is ₹499.50."
    assert said["LATE"] == "It left 20 days ago, ₹499.50 is in no settlement."
    assert said["S-3"] == "₹2.00 is paid, its entries add up to ₹0.00."
    [standing] = settlements.every(make.ADMIN)
    assert (standing.name, standing.differences, standing.fetches) == ("market", 7, False)
    settlements.import_file(make.ADMIN, "market", HEAD + row("S-4", "sale", "49.50", "LESS"))
    assert "LESS" not in found()


def test_a_file_that_cannot_be_read_changes_nothing() -> None:
    with pytest.raises(Malformed, match="Line 3"):
        settlements.import_file(make.ADMIN, "market", HEAD + row("S-1", "sale", "1") + row("S-1", "bribe", "1"))
    with pytest.raises(NotFound):
        settlements.import_file(make.ADMIN, "nowhere", HEAD)
    assert settlements.page(make.ADMIN, "market") == ()


def test_a_channel_that_has_settlements_brings_them_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []
    at = datetime(2026, 11, 2, tzinfo=UTC)

    class Market(CornerShop):
        def settlements(self, since: datetime) -> tuple[Settlement, ...]:
            asked.append(since)
            return (Settlement("S-9", "INR", at, at, 5_00, (Entry(EntryKind.COMPENSATION, 5_00, at),)),)

    monkeypatch.setitem(registry.ADAPTERS, "corner", Market().adapter())  # type: ignore[misc]
    settings = {"address": "http://corner.example", "token": "corner-token"}
    channels.connect(make.ADMIN, kind="corner", name="corner", title="Corner", currency="INR", settings=settings)
    assert Capability.SETTLEMENTS in Market().adapter().kind.capabilities
    assert settlements.due() == ["corner"]
    settlements.work("corner")
    assert settlements.due() == []
    assert settlements.fetch(make.ADMIN, "corner") == (0, 1)
    assert asked[1] == at - timedelta(days=7)
    with pytest.raises(NotFound):
        settlements.fetch(make.ADMIN, "market")


def test_who_may_not_manage_channels_takes_none() -> None:
    with pytest.raises(Forbidden):
        settlements.import_file(make.actor("manager"), "market", HEAD)


def test_what_amazon_pays_out_for_an_order_that_left_agrees_with_it() -> None:
    make.product("KUR-IND-M", on_hand=9)
    sandbox = AmazonSandbox(Shop(ARTICLES), Faults(), allowed=10_000, burst=10_000, lag_s=0)
    with serving(sandbox) as server:
        line = sandbox.connection(server.address)
        settings = {**line.settings, **line.secrets}
        channels.connect(make.ADMIN, kind="amazon", name="amazon", currency=line.currency, settings=settings)
        sandbox.shop.place([("KUR-IND-M", 2)])
        intake.sync(make.ADMIN, "amazon")
        [row] = search.orders(make.ADMIN, "sku:KUR-IND-M").rows
        walk(orders.get(make.ADMIN, row.number), Stage.SHIPPED)
        channel_tasks.forget()
        while channel_tasks.note() or channel_tasks.work("amazon"):
            pass
        assert settlements.fetch(make.ADMIN, "amazon") == (1, 0)
    assert settlements.differences(make.ADMIN, "amazon") == ()
    [one] = settlements.page(make.ADMIN, "amazon")
    [order] = settlements.orders(make.ADMIN, one.id)
    assert (order.order, order.sums.charged, one.unexplained) == (row.number, order.total, 0)
    assert order.sums.fees < 0 > order.sums.tcs
    assert order.sums.payout < order.sums.charged
