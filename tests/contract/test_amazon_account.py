"""Amazon's own ways: its token and limits, what it ships itself, what it shows no more of, and its sums."""

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest

from oms_app.domain.channels import Cancellation, Capability, ChannelStatus, Fulfilment, Level, Position, Told
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.domain.orders import PaymentMethod
from oms_app.integrations.channels.amazon import ADAPTER, cancel
from oms_app.integrations.channels.amazon.client import limit
from oms_app.integrations.channels.amazon.fulfil import carrier, reference_of
from oms_app.integrations.channels.amazon.marketplaces import marketplace
from oms_app.integrations.channels.amazon.read import read
from oms_app.integrations.http import Http
from oms_app.integrations.sandbox.shop import Order
from tests.contract.rig import START, Rig, connected


def parcel(rig: Rig, order: Order, key: str = "parcel-1") -> Fulfilment:
    """Everything of it in one parcel."""
    return Fulfilment(key, order.name, "Delhivery", "DL1", "", START, rig.units(order))


def asked(rig: Rig, word: str) -> list[Any]:
    """The calls whose address has that word."""
    return [call for call in rig.calls if word in call.url]


def test_one_token_serves_all_who_call_and_one_that_is_withdrawn_is_renewed_once() -> None:
    with connected("amazon") as rig:
        order = rig.shop.place([("DIYA-12", 1)])
        rig.channel.order(order.name)
        assert len(asked(rig, "/auth/o2/token")) == 1
        other = Http(record=rig.calls.append, transport=rig.http._client._transport)
        ADAPTER.connect(rig.connection, other).order(order.name)
        other.close()
        assert len(asked(rig, "/auth/o2/token")) == 1
        rig.sandbox.revoke()  # type: ignore[attr-defined]
        rig.channel.order(order.name)
        assert len(asked(rig, "/auth/o2/token")) == 2
        shown = repr(rig.calls)
        assert "Atza|" not in shown
        assert "Atzr|" not in shown


def test_a_role_that_is_missing_is_said_and_not_asked_for_again_and_again() -> None:
    with connected("amazon") as rig:
        rig.channel.test()
        foreign = dataclasses.replace(rig.connection, settings={**rig.connection.settings, "seller_id": "A2OTHER"})
        before = len(rig.calls)
        with pytest.raises(Rejected, match="Access to requested resource is denied"):
            ADAPTER.connect(foreign, rig.http).test()
        assert len(rig.calls) - before == 3, "refused, a new token, refused"


def test_another_currency_than_the_marketplaces_is_refused() -> None:
    with connected("amazon") as rig:
        wrong = dataclasses.replace(rig.connection, currency="USD")
        with pytest.raises(Rejected, match=r"Amazon\.in keeps its money in INR"):
            ADAPTER.connect(wrong, rig.http).test()


def test_calls_are_spaced_as_amazons_header_says() -> None:
    with connected("amazon") as rig:
        rig.sandbox.allowed, rig.sandbox.burst = 0.5, 2  # type: ignore[attr-defined]
        order = rig.shop.place([("DIYA-12", 1)])
        rig.channel.order(order.name)
        rig.channel.order(order.name)
        with pytest.raises(Unavailable) as error:
            rig.channel.order(order.name)
        assert error.value.details["retry_after"] == 2
        assert rig.http.rates["getOrder"].per_second == 0.5
        assert rig.http.rates["getOrder"].wait(1, longest=0) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("said", ["", "string", "nan", "-1", "0", "inf"])
def test_a_limit_that_is_no_number_says_nothing(said: str) -> None:
    assert limit({"x-amzn-ratelimit-limit": said}) is None


def test_what_amazon_ships_itself_is_not_ours() -> None:
    with connected("amazon") as rig:
        amazons, ours = rig.shop.place([("DIYA-12", 1)], tags=["fba"]), rig.shop.place([("DIYA-12", 1)])
        (page,) = rig.walk()
        assert [raw.external_id for raw in page.items] == [ours.name]
        order = rig.read(amazons)
        assert (order.status, order.tags) == (ChannelStatus.SHIPPED, ("fba",))
        with pytest.raises(Rejected, match="Amazon ships this order itself"):
            rig.channel.fulfil(parcel(rig, amazons))
        rig.shop.extra["fba"] = {"SAR-BAN"}
        told = rig.channel.stock([Level("SAR-BAN", 1), Level("DIYA-12", 2)], "key")
        assert told[0].problem.startswith("Amazon ships this article itself")
        assert told[1] == Told("DIYA-12", 2)
        assert rig.shop.articles["SAR-BAN"].stock == 5
        assert rig.shop.extra["fba"] == {"SAR-BAN"}, "telling stock would have made it ours to ship"


def test_easy_ship_tells_amazon_itself() -> None:
    with connected("amazon") as rig:
        order = rig.shop.place([("DIYA-12", 1)], tags=["easy-ship"])
        assert rig.read(order).tags == ("easy-ship",)
        assert rig.channel.fulfil(parcel(rig, order)).external_id == reference_of("parcel-1")
        assert order.parcels == []


def test_a_parcel_somebody_typed_in_by_hand_is_not_told_again() -> None:
    with connected("amazon") as rig:
        order = rig.shop.place([("DIYA-12", 2)])
        rig.shop.fulfil(order, {order.lines[0].number: 2}, courier="Delhivery", tracking="DL1")
        assert rig.channel.fulfil(parcel(rig, order)).external_id == "1"
        assert len(order.parcels) == 1


def test_carriers_are_called_what_amazon_calls_them() -> None:
    assert [carrier(name) for name in ("Blue Dart Surface", "delhivery", "Ups", "Cupsy Couriers", "")] == [
        "BlueDart",
        "Delhivery",
        "UPS",
        "Other",
        "Other",
    ]


def test_more_articles_than_amazon_shows_of_a_search_are_all_listed() -> None:
    articles = [(f"SKU-{index:04d}", f"Article {index}", 100, 1) for index in range(1_105)]
    with connected("amazon", articles=articles) as rig:
        found, page = set(), ""
        while True:
            listed, page = rig.channel.articles(page)
            found |= {each.sku for each in listed}
            if not page:
                break
        assert found == {sku for sku, *_ in articles}


def test_a_sku_of_any_characters_is_told() -> None:
    with connected("amazon") as rig:
        odd = ["A/B", "100% ü", "X,Y", "a b+c#d?e"]
        for sku in odd:
            rig.shop.offer(sku, sku, 100)
        told = rig.channel.stock([Level(sku, 3) for sku in odd], "key")
        assert [each.problem for each in told] == [""] * len(odd)
        assert {rig.shop.articles[sku].stock for sku in odd} == {3}


def test_what_amazon_cannot_do_is_not_promised_and_says_why() -> None:
    lacking = {Capability.REFUND, Capability.ACKNOWLEDGE, Capability.WEBHOOKS, Capability.BULK_LOAD}
    assert not lacking & ADAPTER.kind.capabilities
    assert ADAPTER.verify is None


def test_a_cancelling_names_every_item_and_what_left_cannot_be_cancelled() -> None:
    with connected("amazon") as rig:
        order = rig.shop.place([("DIYA-12", 2), ("SAR-BAN", 1)])
        rig.channel.cancel(Cancellation("c", order.name, "The customer changed their mind", False))
        read = rig.read(order)
        assert (read.status, read.cancel_reason) == (ChannelStatus.CANCELLED, "buyercanceled")
        assert [(each.amount, each.reason) for each in read.refunds] == [(order.total, "Cancelled")]
        part = rig.shop.place([("DIYA-12", 2)])
        rig.shop.fulfil(part, {part.lines[0].number: 1}, courier="Delhivery", tracking="DL1")
        with pytest.raises(Rejected, match="Amazon has parcels of this order"):
            rig.channel.cancel(Cancellation("d", part.name, "Out of stock", False))


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("Out of stock", "NoInventory"),
        ("Customer changed their mind", "BuyerCanceled"),
        ("Address cannot be served", "ShippingAddressUndeliverable"),
        ("", "GeneralAdjustment"),
    ],
)
def test_a_reason_of_ours_is_one_of_amazons(reason: str, code: str) -> None:
    order = {"orderId": "404-1234567-1234567", "orderItems": [{"orderItemId": "1"}, {"orderItemId": "2"}]}
    _, columns, *rows = [row.split("\t") for row in cancel.text(order, reason).split("\r\n") if row]
    assert columns == ["order-id", "cancellation-reason-code", "amazon-order-item-code"]
    assert rows == [["404-1234567-1234567", code, "1"], ["404-1234567-1234567", code, "2"]]


def test_a_marketplace_is_found_by_country_name_or_id() -> None:
    assert marketplace("").id == marketplace("in").id == marketplace("Amazon.IN").id == "A21TJRUUN4KGV"
    assert marketplace("US").address == "https://sellingpartnerapi-na.amazon.com"
    assert marketplace("JP").address == "https://sellingpartnerapi-fe.amazon.com"


def test_orders_are_asked_for_by_one_moment_a_hundred_a_page() -> None:
    with connected("amazon") as rig:
        rig.channel.orders(Position(START))
        call = asked(rig, "/orders/2026-01-01/orders")[-1]
        assert "lastUpdatedAfter=2026-11-02T04%3A28%3A00.000Z" in call.url, "two minutes are not told yet"
        assert "createdAfter" not in call.url
        assert "maxResultsPerPage=100" in call.url


def test_a_long_walk_says_how_long_to_wait_for_the_next_page() -> None:
    with connected("amazon") as rig:
        rig.sandbox.allowed = 0.0056  # type: ignore[attr-defined]
        for _ in range(101):
            rig.shop.place([("DIYA-12", 1)])
        rig.channel.test()  # the token is a new one from now on
        waits = [rig.channel.orders(Position(START)).wait_s for _ in range(20)]
        assert waits[:19] == [0] * 19
        assert waits[19] == pytest.approx(1 / 0.0056, abs=30)
        before = len(rig.calls)
        with pytest.raises(Unavailable, match="takes no more calls") as error:
            rig.channel.orders(Position(START))
        assert error.value.details["sent"] is False
        assert len(rig.calls) == before


def test_a_change_is_told_once_its_second_is_over() -> None:
    with connected("amazon") as rig:
        now = START + timedelta(milliseconds=300)
        rig.shop.clock = lambda: now
        rig.sandbox.lag_s = 1  # type: ignore[attr-defined]
        order = rig.shop.place([("DIYA-12", 1)])
        now += timedelta(milliseconds=600)
        assert [page.items for page in rig.walk()] == [()]
        rig.shop.cancel(order, "CUSTOMER")
        now += timedelta(milliseconds=200)
        ((page,),) = [page.items for page in rig.walk()]
        assert read(page.body).status is ChannelStatus.CANCELLED


def order_of(**item: Any) -> str:
    """An order of one item as Amazon tells it."""
    about = {
        "orderId": "404-1234567-1234567",
        "createdTime": "2026-11-02T04:30:00Z",
        "lastUpdatedTime": "2026-11-02T04:30:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A21TJRUUN4KGV"},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "payment": {
            "paymentExecutions": [
                {"paymentMethod": "CashOnDelivery", "paymentAmount": rupees("900.00")},
                {"paymentMethod": "GiftCard", "paymentAmount": rupees("238.00")},
            ]
        },
    }
    product = {"sellerSku": "KUR", "title": "Kurta"}
    return json.dumps(about | {"orderItems": [{"orderItemId": "1", "quantityOrdered": 3, "product": product} | item]})


def rupees(amount: str) -> dict[str, str]:
    """An amount."""
    return {"amount": amount, "currencyCode": "INR"}


def part(name: str, amount: str, **details: str) -> dict[str, Any]:
    """One part of the proceeds of an item."""
    found = [{"subtype": each, "value": rupees(value)} for each, value in details.items()]
    return {"type": name, "subtotal": rupees(amount)} | ({"detailedBreakdowns": found} if found else {})


@pytest.mark.parametrize("sign", ["", "-"], ids=["discounts above zero", "below"])
@pytest.mark.parametrize("on_top", [False, True], ids=["tax in it", "tax on top"])
def test_every_part_of_an_items_proceeds_finds_its_place(sign: str, on_top: bool) -> None:
    total = "1138.00" if not on_top else "1192.00"
    proceeds = {
        "proceedsTotal": rupees(total),
        "breakdowns": [
            part("ITEM", "1000.00"),
            part("SHIPPING", "99.00"),
            part("GIFT_WRAP", "50.00"),
            part("COD_FEE", "49.00"),
            part("DISCOUNT", f"{sign}60.00", ITEM=f"{sign}40.00", SHIPPING=f"{sign}20.00"),
            part("TAX", "54.00", ITEM="48.00", SHIPPING="6.00"),
        ],
    }
    order = read(order_of(proceeds=proceeds))
    (line,) = order.lines
    assert (line.unit_price_micros, line.discount, line.tax) == (333_333_333, 40_00, 48_00)
    assert line.tax_included is not on_top
    assert order.shipping == 178_00 + (6_00 if on_top else 0)
    assert order.total == (1_192_00 if on_top else 1_138_00)
    assert order.payment_method is PaymentMethod.COD
    assert [(each.amount, each.method) for each in order.payments] == [(238_00, "wallet")]


def test_a_buyers_wish_to_cancel_is_noted_until_it_is_done() -> None:
    wish = {"requester": "BUYER", "cancelReason": "Ordered by mistake"}
    asked_for = read(order_of(cancellation={"cancellationRequest": wish}))
    assert asked_for.note == "The buyer asks to cancel KUR: Ordered by mistake"
    assert asked_for.tags == ("cancellation-requested",)
    done = {"cancelledBy": "MERCHANT", "cancelReason": "BuyerCanceled"}
    assert read(order_of(cancellation={"cancellationRequest": wish, "cancellationExecution": done})).tags == ()
