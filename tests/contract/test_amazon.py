"""Amazon, held against Amazon's own models: what we ask and what the sandbox answers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from oms_app.domain.channels import Cancellation, ChannelStatus, Connection, Fulfilment, Level, Position
from oms_app.domain.errors import Rejected
from oms_app.domain.settlements import EntryKind
from oms_app.integrations.channels.amazon import ADAPTER, cancel
from oms_app.integrations.channels.amazon.client import GET_ORDER, SEARCH_ORDERS
from oms_app.integrations.http import Http
from oms_app.integrations.sandbox.amazon import AmazonSandbox
from oms_app.integrations.sandbox.buyers import BUYERS
from oms_app.integrations.sandbox.server import serving
from oms_app.integrations.sandbox.shop import Shop
from tests.contract.prism import Through, models, prism
from tests.contract.rig import ARTICLES, START

TOKEN = {"access_token": "Atza|prism", "expires_in": 3600, "token_type": "bearer"}
THEN = datetime(2024, 12, 1, tzinfo=UTC)
"""Before the order of Amazon's example."""
ODD = 'A/B %2F, "ü" 100%'


def connection(address: str, marketplace: str = "IN", currency: str = "INR") -> Connection:
    """An account whose calls go to `address`."""
    settings = {"seller_id": "A2SELLER", "marketplace": marketplace, "client_id": address, "sandbox": address}
    return Connection("amazon", currency, settings, {"client_secret": "s3cret", "refresh_token": "Atzr|refresh"})


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return models(tmp_path_factory.mktemp("amazon"))


@pytest.fixture(scope="session")
def mocked(model: Any) -> Iterator[str]:
    """Prism that answers by itself, and refuses what the models do not allow."""
    with prism(model.with_name("mock.log"), "mock", str(model), "--errors") as address:
        yield address


@pytest.fixture
def line(mocked: str) -> Iterator[Through]:
    """The line to Prism; tokens, which the models do not hold, come by themselves."""
    with Through(mocked, {"/auth/o2/token": httpx.Response(200, json=TOKEN)}) as line:
        yield line


def called(line: Through, address: str, **more: str) -> tuple[Any, Http]:
    """The channel at the end of the line; nobody waits."""
    http = Http(transport=line, sleep=lambda _seconds: None)
    return ADAPTER.connect(connection(address, **more), http), http


def test_every_request_is_as_amazons_models_want_it(line: Through) -> None:
    channel, http = called(line, line.prism)
    assert channel.test()
    (raw,) = channel.orders(Position(THEN)).items
    channel.order(raw.external_id)
    articles, _ = channel.articles()
    told = channel.stock([Level(articles[0].sku, 7), Level(ODD, 3), Level("Unknown", 3), Level("A,B", 0)], "key")
    assert [each.problem for each in told] == ["", "", "Amazon has no listing with this SKU.", ""]
    parcel = Fulfilment("key", raw.external_id, "Speedy Couriers", "TRACK-1", "", START, (("79039765272157", 1),))
    channel.fulfil(parcel)
    channel._client.hand_in = lambda *_file: None  # the example's address is no address
    cancel.tell(channel._client, {"orderId": raw.external_id, "orderItems": [{"orderItemId": "1"}]}, "Out of stock")
    with pytest.raises(Rejected, match="again and again"):  # its example names a page that follows, for ever
        channel.settlements(datetime.now(UTC) - timedelta(days=400))
    asked = {(method, *path.split("/")[1:3]) for method, path, _ in line.held_against}
    assert asked == {
        ("GET", "orders", "2026-01-01"),
        ("POST", "orders", "v0"),
        ("GET", "listings", "2021-08-01"),
        ("PATCH", "listings", "2021-08-01"),
        ("GET", "reports", "2021-06-30"),
        ("POST", "feeds", "2021-06-30"),
    }
    assert line.violations == []
    assert {status for _, _, status in line.held_against} == {200, 201, 202, 204}
    http.close()


def test_prism_refuses_what_the_models_do_not_allow(line: Through) -> None:
    channel, http = called(line, line.prism)
    with pytest.raises(Rejected):
        channel._client.call(SEARCH_ORDERS, {"lastUpdatedAfter": "yesterday", "includedData": "EVERYTHING"})
    assert {each["code"] for each in line.violations} == {"format", "enum"}
    http.close()


def test_a_page_that_names_itself_for_ever_and_a_limit_that_is_a_word_are_survived(line: Through) -> None:
    channel, http = called(line, line.prism)
    first = channel.orders(Position(THEN))
    with pytest.raises(Rejected, match="again and again"):
        channel.orders(Position(START, first.following))
    _, following = channel.articles()
    with pytest.raises(Rejected, match="again and again"):
        channel.articles(following)
    assert http.rates["searchOrders"].per_second == SEARCH_ORDERS.per_second
    http.close()


def test_amazons_own_example_is_read(line: Through) -> None:
    channel, http = called(line, line.prism, marketplace="US", currency="USD")
    (raw,) = channel.orders(Position(THEN)).items
    order = ADAPTER.read(raw.body)
    assert (order.status, order.currency, order.total) == (ChannelStatus.DELIVERED, "USD", 154_99)
    assert [(line.sku, line.quantity, line.unit_price_micros, line.tax) for line in order.lines] == [
        ("ECHO-DOT-4-CHARCOAL", 2, 49_990_000, 2),
        ("FIRE-TV-4K-2021", 1, 49_990_000, 0),
    ]
    assert order.shipping == 5_00, "the tip"
    assert not order.lines[0].tax_included
    assert ("Gift wrap", "PREMIUM") in order.lines[0].personalisation
    assert (order.parcels[0].courier, order.parcels[0].tracking) == ("UPS", "1Z999AA1234567890")
    assert "Purchase order: PO-2024-12345" in order.note
    http.close()


def test_the_sandbox_answers_as_amazons_models_say(model: Any) -> None:
    now = datetime.now(UTC).replace(microsecond=0)  # Amazon keeps its reports for 90 days
    shop = Shop(ARTICLES, clock=lambda: now)
    sandbox = AmazonSandbox(shop, allowed=10_000, burst=10_000, lag_s=0)
    lines = [shop.line("KUR-IND-M", 3, discount=100, personalisation=(("Gift wrap", "yes"), ("Name", "Asha")))]
    sent = shop.place(lines, shipping=4_900, discount=500, note="Ring twice", service="Express")
    shop.place([("DIYA-12", 2)], buyer=next(each for each in BUYERS if each.guest), cod=True)
    shop.place([("DIYA-12", 1)], buyer=next(each for each in BUYERS if each.gstin), tags=["business", "easy-ship"])
    shop.place([("SAR-BAN", 1)], paid=False, gateway="Bank Deposit")
    shop.cancel(shop.place([("DIYA-12", 1)]), "CUSTOMER")
    off = shop.place([("DIYA-12", 1), ("SAR-BAN", 1)])
    for _ in range(100):
        shop.place([("DIYA-12", 1)])
    with (
        serving(sandbox) as server,
        prism(model.with_name("proxy.log"), "proxy", str(model), server.address) as address,
        Through(address) as line,
    ):
        http = Http(transport=line, sleep=lambda _seconds: None)
        channel: Any = ADAPTER.connect(sandbox.connection(server.address), http)
        assert channel.test()
        first = channel.orders(Position(now))
        channel.orders(Position(now, first.following))
        channel.fulfil(
            Fulfilment("key", sent.name, "Delhivery", "DL1", "", now, ((sandbox.line_id(sent, lines[0]), 2),))
        )
        assert ADAPTER.read(channel.order(sent.name).body).parcels[0].tracking == "DL1"
        with pytest.raises(Rejected):
            channel.fulfil(
                Fulfilment("k2", sent.name, "Delhivery", "D2", "", now, ((sandbox.line_id(sent, lines[0]), 9),))
            )
        channel.articles()
        shop.offer("A,B", "With a comma", 100)
        channel.stock([Level("KUR-IND-M", 7), Level("A,B", 3), Level("NO,NE", 1)], "key")
        shop.refund(sent, 100_00)
        channel.cancel(Cancellation("cancel", off.name, "Out of stock", False))
        assert ADAPTER.read(channel.order(off.name).body).cancel_reason == "noinventory"
        (settlement,) = channel.settlements(now - timedelta(days=1))
        objected = list(line.violations)
        sandbox.views.status = lambda _order: "LOST"  # type: ignore[method-assign]
        channel._client.call(GET_ORDER, {"includedData": "FULFILLMENT"}, order=sent.name)
        http.close()
    assert objected == []
    assert [each["code"] for each in line.violations] == ["enum"], "Prism looks at answers"
    assert {status for _, _, status in line.held_against} == {200, 201, 202, 204, 400, 404}
    assert len(line.held_against) >= 15
    assert (shop.articles["KUR-IND-M"].stock, shop.articles["A,B"].stock) == (7, 3)
    assert settlement.unexplained == 0
    assert sum(each.amount for each in settlement.entries if each.kind is EntryKind.REFUND) == -100_00
