"""What only Wix does: its tokens, its two catalogues, its lagging search, and what it can send back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oms_app.domain.channels import Fulfilment, Level, Position, Refund, Told
from oms_app.domain.errors import Malformed, Rejected, Unavailable
from oms_app.integrations.channels.wix.client import address
from oms_app.integrations.sandbox.shop import Order, Parcel, Refusal
from oms_app.integrations.sandbox.wix import WixSandbox
from oms_app.integrations.sandbox.wix.views import guid
from tests.contract.rig import START, Rig, connected


def site(rig: Rig) -> WixSandbox:
    """The sandbox."""
    assert isinstance(rig.sandbox, WixSandbox)
    return rig.sandbox


def paths(rig: Rig) -> list[str]:
    """Where calls went."""
    return [call.url.partition("127.0.0.1:1")[2].partition("?")[0] for call in rig.calls]


def test_an_api_key_goes_with_its_site() -> None:
    with connected("wix") as rig:
        by_key = site(rig).by_key("http://127.0.0.1:1")
        assert rig.adapter.connect(by_key, rig.http).test() == rig.shop.name
        assert "/oauth2/token" not in paths(rig)
        by_key.settings["site_id"] = "another"
        with pytest.raises(Rejected, match="401"):
            rig.adapter.connect(by_key, rig.http).test()


def test_a_token_is_renewed_before_it_runs_out_and_once_when_it_was_taken_away() -> None:
    with connected("wix") as rig:
        rig.channel.test()
        assert paths(rig).count("/oauth2/token") == 1
        assert rig.kept["access_token"] in site(rig).access_tokens
        left = datetime.fromisoformat(rig.kept["access_token_until"]) - datetime.now(UTC)
        assert timedelta(hours=3, minutes=57) < left <= timedelta(hours=3, minutes=58)
        rig.connection.secrets["access_token_until"] = datetime.now(UTC).isoformat()
        rig.channel.test()
        assert paths(rig).count("/oauth2/token") == 2
        site(rig).expire()
        rig.channel.test()
        assert paths(rig).count("/oauth2/token") == 3
        again = rig.adapter.connect(rig.connection, rig.http)
        again.test()
        assert paths(rig).count("/oauth2/token") == 3


def test_a_refresh_token_is_spent_once_and_the_new_one_kept() -> None:
    with connected("wix") as rig:
        rig.connection.secrets["refresh_token"] = "sandbox-refresh-1"
        rig.channel.test()
        assert rig.kept["refresh_token"] == rig.connection.secrets["refresh_token"] == "sandbox-refresh-2"
        site(rig).expire()
        assert rig.channel.test() == rig.shop.name
        assert rig.kept["refresh_token"] == "sandbox-refresh-3"


def test_who_gives_neither_key_nor_app_is_told_what_is_missing() -> None:
    with connected("wix") as rig:
        rig.connection.secrets.clear()
        with pytest.raises(Rejected, match="API key with its site ID"):
            rig.channel.test()
        assert rig.calls == []


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "http://127.0.0.1", "http://127.0.0.1:80@evil.example"])
def test_secrets_go_to_wix_or_to_this_machine_only(elsewhere: str) -> None:
    with pytest.raises(Malformed):
        address(elsewhere)
    assert address(" ") == "https://www.wixapis.com"


def test_a_site_without_a_store_or_in_another_currency_is_not_connected() -> None:
    with connected("wix") as rig:
        site(rig).catalogue = "STORES_NOT_INSTALLED"
        with pytest.raises(Rejected, match="no Wix Store"):
            rig.channel.test()
    with connected("wix", currency="EUR") as rig:
        rig.sandbox.shop.currency = "USD"
        with pytest.raises(Rejected, match="USD"):
            rig.channel.test()


def test_search_knows_of_an_order_later_than_its_webhook() -> None:
    with connected("wix") as rig:
        site(rig).lag = timedelta(seconds=5)
        moment = START
        rig.shop.clock = lambda: moment
        order = rig.shop.place([("DIYA-12", 1)])
        assert rig.channel.orders(Position(START)).items == ()
        assert rig.read(order).number == order.name
        moment += timedelta(seconds=5)
        assert len(rig.channel.orders(Position(START)).items) == 1


def test_too_many_calls_are_worth_another_try() -> None:
    with connected("wix") as rig:
        rig.channel.test()
        site(rig).per_minute = 0
        with pytest.raises(Unavailable, match="429"):
            rig.channel.test()


def test_no_more_calls_than_wix_takes_in_a_minute() -> None:
    with connected("wix") as rig:
        rig.adapter.connect(rig.connection, rig.http)
        assert rig.http.rate is None  # a sandbox says itself what it takes
        rig.connection.settings["address"] = ""
        rig.adapter.connect(rig.connection, rig.http)
        rate = rig.http.rate
        assert rate
        now = rate.clock()
        rate.clock = lambda: now
        waits = [rate.wait() for _ in range(201)]
        assert waits[49] == 0
        assert waits[199] <= 60 < waits[200]


@pytest.mark.parametrize("catalogue", ["V3_CATALOG", "V1_CATALOG"])
def test_stock_is_told_to_either_catalogue(catalogue: str) -> None:
    with connected("wix") as rig:
        site(rig).catalogue = catalogue
        rig.shop.articles["SAR-BAN"].tracked = False
        told = rig.channel.stock(
            [Level("KUR-IND-M", 7), Level("SAR-BAN", 3), Level("NOT-OURS", 1), Level("DIYA-12", 900)], "stock-1"
        )
        assert [(each.sku, each.available) for each in told if not each.problem] == [("KUR-IND-M", 7), ("DIYA-12", 900)]
        assert [each.problem.partition(":")[0] for each in told if each.problem] == [
            "Wix does not count this article",
            "Wix sells no article with this SKU.",
        ]
        assert {sku: (each.stock, each.tracked) for sku, each in rig.shop.articles.items()} == {
            "KUR-IND-M": (7, True),
            "SAR-BAN": (5, False),
            "DIYA-12": (900, True),
        }
        rig.calls.clear()
        rig.channel.stock([Level("KUR-IND-M", 7)], "stock-1")
        assert not [call for call in rig.calls if call.method == "PATCH" or "/bulk/" in call.url]
        assert rig.channel.stock([Level("KUR-IND-M", 200_000)], "stock-2") == (Told("KUR-IND-M", 99_999),)


@pytest.mark.parametrize("catalogue", ["V3_CATALOG", "V1_CATALOG"])
def test_an_article_without_a_sku_is_told_by_its_ids(catalogue: str) -> None:
    with connected("wix") as rig:
        site(rig).catalogue = catalogue
        site(rig).shelves.unnamed.add("SAR-BAN")
        listed = {each.title: each.sku for each in rig.channel.articles()[0]}
        ids = listed["Banarasi Saree"]
        assert (listed["Diyas"], ids.partition("/")[0]) == ("DIYA-12", guid("product", 1002))
        told = rig.channel.stock([Level(ids, 2), Level("DIYA-12", 4), Level("SAR-BAN", 9)], "stock-1")
        assert [(each.available, bool(each.problem)) for each in told] == [(2, False), (4, False), (9, True)]
        assert [each.stock for each in rig.shop.articles.values()] == [40, 2, 4]


def test_every_article_of_the_first_catalogue_is_listed() -> None:
    with connected("wix", articles=[(f"SKU-{place}", f"Article {place}", 100, place) for place in range(130)]) as rig:
        site(rig).catalogue = "V1_CATALOG"
        first, page = rig.channel.articles()
        rest, end = rig.channel.articles(page)
        assert [each.available for each in (*first, *rest)] == list(range(130))
        assert (len(first), end, first[1].price_micros) == (100, "", None)


def test_a_first_catalogue_that_does_not_search_is_looked_through() -> None:
    with connected("wix", articles=[(f"SKU-{place}", f"Article {place}", 100, place) for place in range(130)]) as rig:
        site(rig).catalogue = "V1_CATALOG"
        variants = site(rig).shelves.variants_first

        def no_search(said: Any) -> dict[str, Any]:
            if said["query"].get("filter"):
                raise Refusal("The filter sku is not supported.")
            return variants(said)

        reroute(rig, "/stores-reader/v1/variants/query", no_search)
        assert rig.channel.stock([Level("SKU-120", 3)], "stock-1") == (Told("SKU-120", 3),)
        assert rig.shop.articles["SKU-120"].stock == 3


def test_a_level_that_was_overtaken_is_read_and_set_again() -> None:
    with connected("wix") as rig:
        change, turns = site(rig).shelves.change, []

        def overtaken(said: Any) -> dict[str, Any]:
            if not turns:
                turns.append(1)
                site(rig).shelves.revisions["DIYA-12"] = 9
            return change(said)

        reroute(rig, "/stores/v3/bulk/inventory-items/update", overtaken)
        told = rig.channel.stock([Level("KUR-IND-M", 7), Level("DIYA-12", 8)], "stock-1")
        assert [each.problem for each in told] == ["", ""]
        assert [rig.shop.articles[sku].stock for sku in ("KUR-IND-M", "DIYA-12")] == [7, 8]


def test_an_article_of_several_locations_waits_for_one_to_be_named() -> None:
    with connected("wix") as rig:
        items = site(rig).shelves.items

        def doubled(said: Any) -> dict[str, Any]:
            told = items(said)
            return told | {"inventoryItems": told["inventoryItems"] * 2}

        reroute(rig, "/stores/v3/inventory-items/search", doubled)
        (told,) = rig.channel.stock([Level("KUR-IND-M", 7)], "stock-1")
        assert "several locations" in told.problem
        assert rig.shop.articles["KUR-IND-M"].stock == 40


def test_what_was_marked_as_sent_in_wix_gets_our_tracking_number() -> None:
    with connected("wix") as rig:
        order = rig.shop.place([("KUR-IND-M", 2)])
        line = order.lines[0].number
        order.parcels.append(Parcel(77, "", "", "", START, {line: 2}))
        told = Fulfilment("p", rig.sandbox.external_id(order), "Delhivery", "DL1", "", START, rig.units(order, 2))
        assert rig.channel.fulfil(told) == rig.channel.fulfil(told)
        assert [(each.number, each.courier, each.tracking) for each in order.parcels] == [(77, "Delhivery", "DL1")]


def test_a_parcel_that_does_not_say_holds_what_is_left() -> None:
    with connected("wix") as rig:
        order = rig.shop.place([("KUR-IND-M", 2), ("DIYA-12", 5)])
        rig.shop.fulfil(order, {order.lines[0].number: 1}, courier="", tracking="DL0")
        rig.channel.fulfil(Fulfilment("p", rig.sandbox.external_id(order), "FedEx", "DL1", "", START, ()))
        assert order.parcels[1].units == {order.lines[0].number: 1, order.lines[1].number: 5}
        assert order.parcels[1].courier == "fedex"


def test_what_was_paid_in_cash_goes_back_outside_and_wix_is_told_so() -> None:
    with connected("wix") as rig:
        order = rig.shop.place([("KUR-IND-M", 1)], gateway="Bank Deposit")
        rig.channel.refund(Refund("r", rig.sandbox.external_id(order), 100_00, "INR", "Stain"))
        assert order.refunded == 100_00
        assert '"externalRefund":true' in rig.calls[-1].request


def test_a_refund_says_why_it_cannot_be() -> None:
    with connected("wix") as rig:
        order = rig.shop.place([("KUR-IND-M", 1)])
        id = rig.sandbox.external_id(order)
        with pytest.raises(Rejected, match="kept in INR"):
            rig.channel.refund(Refund("r", id, 1_00, "USD", ""))

        def by_hand(_said: Any) -> dict[str, Any]:
            reason = {"manuallyRefundable": {"reason": "EXPIRED"}, "providerLink": "https://pay.example/1"}
            return {"payments": [reason | {"payment": {"monetary": {"maxRefund": {"amount": "1290.00"}}}}]}

        reroute(rig, "/ecom/v1/order-billing/get-order-refundability", by_hand)
        with pytest.raises(Rejected, match="only ₹0.00 of this order. It says expired, at https://pay.example/1"):
            rig.channel.refund(Refund("r", id, 1_00, "INR", ""))
        assert order.refunds == []


def test_a_refund_that_failed_is_sent_again() -> None:
    with connected("wix") as rig:
        order = rig.shop.place([("KUR-IND-M", 1)])
        wanted = Refund("r", rig.sandbox.external_id(order), 1_00, "INR", "")
        view = site(rig).views.refund

        def failed(order: Order, refund: Any) -> dict[str, Any]:
            told = view(order, refund)
            if refund is order.refunds[0]:
                told["transactions"][0]["refundStatus"] = "FAILED"
            return told

        site(rig).views.refund = failed  # type: ignore[method-assign]
        with pytest.raises(Rejected, match="could not send the money back"):
            rig.channel.refund(wanted)
        assert rig.read(order).refunds == ()
        assert rig.channel.refund(wanted) == rig.channel.refund(wanted)
        assert [each.amount for each in rig.read(order).refunds] == [1_00]
        assert len(order.refunds) == 2


def reroute(rig: Rig, path: str, act: Callable[[Any], dict[str, Any]]) -> None:
    """Have a path of the site answered otherwise."""
    routes = site(rig)._routes
    for place, (verb, pattern, _) in enumerate(routes):
        if pattern.fullmatch(path):
            routes[place] = (verb, pattern, act)
