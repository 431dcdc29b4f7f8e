"""What the Vendure adapter makes of errors, of a lost session and of a shop that lacks something."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from oms_app.domain.channels import Connection, Listing
from oms_app.domain.errors import NotFound, Rejected, Unavailable
from oms_app.integrations.channels.vendure import ADAPTER, client
from oms_app.integrations.http import Http
from oms_app.integrations.ports import Channel

CONNECTION = Connection(
    "vendure",
    "INR",
    {"url": "https://shop.example/admin-api", "username": "oms", "channel_token": "retail"},
    {"password": "not to be seen", "webhook_secret": "neither"},
)
SHOP = {"activeChannel": {"code": "retail", "seller": None}, "orders": {"totalItems": 0}}
WITH_PLUGIN = SHOP | {"settingsStoreFieldDefinitions": [{"key": "oms.webhook"}]}


@pytest.fixture(autouse=True)
def _signed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_sessions", {})


class Shop:
    """Answers what it is told to; every session ends after `lasts` calls."""

    def __init__(self, *answers: dict[str, Any], lasts: int = 100):
        self.answers, self.lasts, self.sessions, self.used = list(answers), lasts, 0, 0
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if "mutation Login" in json.loads(request.content)["query"]:
            self.sessions, self.used = self.sessions + 1, 0
            token = {"vendure-auth-token": f"session-{self.sessions}"}
            return httpx.Response(200, json={"data": {"login": {"id": "1"}}}, headers=token)
        self.asked.append(request)
        self.used += 1
        if self.used > self.lasts:
            return httpx.Response(200, json=_error("You may not", "FORBIDDEN"))
        return httpx.Response(200, json=self.answers.pop(0))


def test_a_session_is_used_until_the_shop_forgets_it_and_begun_again_once() -> None:
    shop = Shop(*[{"data": WITH_PLUGIN}] * 4, lasts=2)
    channel = _connect(shop)
    assert [channel.test() for _ in range(4)] == ["retail"] * 4
    assert shop.sessions == 2
    assert {request.headers["vendure-token"] for request in shop.asked} == {"retail"}
    assert shop.asked[-1].headers["authorization"] == "Bearer session-2"


def test_a_session_outlives_the_connection_and_is_nobody_elses() -> None:
    shop = Shop(*[{"data": WITH_PLUGIN}] * 3)
    for _ in range(2):
        _connect(shop).test()
    assert shop.sessions == 1
    _connect(shop, password="another one").test()
    assert shop.sessions == 2
    assert not any("not to be seen" in repr(each) for each in client._sessions.items())


def test_what_an_administrator_may_not_do_is_refused_and_not_asked_for_ever() -> None:
    shop = Shop(lasts=0)
    with pytest.raises(Rejected, match="You may not"):
        _connect(shop).test()
    assert shop.sessions == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (None, Unavailable),
        ("INTERNAL_SERVER_ERROR", Unavailable),
        ("ENTITY_NOT_FOUND", NotFound),
        ("USER_INPUT_ERROR", Rejected),
        ("CHANNEL_NOT_FOUND", Rejected),
    ],
)
def test_an_error_says_whether_another_try_is_worth_it(code: str | None, error: type[Exception]) -> None:
    with pytest.raises(error, match="Something in the way"):
        _connect(Shop(_error("Something in the way", code))).order("1")


def test_a_shop_without_the_plugin_is_told_where_to_find_it() -> None:
    with pytest.raises(Rejected, match="docs/channels/vendure.md"):
        _connect(Shop({"data": SHOP | {"settingsStoreFieldDefinitions": []}})).test()


def test_a_page_of_the_web_is_no_shop() -> None:
    with pytest.raises(Rejected, match="not Vendure's Admin API"):
        _connect(lambda _request: httpx.Response(200, text="<html>")).test()


def test_a_shop_that_gives_no_token_is_told_what_to_set() -> None:
    with pytest.raises(Rejected, match="tokenMethod"):
        _connect(lambda _request: httpx.Response(200, json={"data": {"login": {"id": "1"}}})).test()


def test_an_administrator_of_one_channel_only_lists_products_in_it() -> None:
    here = {"code": "retail", "defaultCurrencyCode": "INR", "pricesIncludeTax": False}
    found = {"activeChannel": here, "globalSettings": {"serverConfig": {"moneyStrategyPrecision": 3}}}
    found |= {"language": {"defaultLanguageCode": "en"}, "stockLocations": {"items": [{"id": "4", "name": "Godown"}]}}
    made = {"id": "9", "sku": "A-1", "name": "A", "price": 12_345, "priceWithTax": 0, "stockLevels": []}
    shop = Shop(
        {"data": found | {"productVariants": {"items": []}, "product": None}},
        *[_error("You may not", "FORBIDDEN")] * 2,  # the default channel is none of its business
        {"data": {"createProduct": {"id": "7"}}},
        {"data": {"createProductVariants": [made]}},
    )
    channel: Any = _connect(shop)
    assert channel.push_product(Listing("A-1", "A", 12_345_000, "INR", False)).price_micros == 12_345_000
    assert [request.headers.get("vendure-token") for request in shop.asked] == ["retail", None, None, *["retail"] * 2]
    [variant] = json.loads(shop.asked[-1].content)["variables"]["input"]
    assert (variant["productId"], variant["price"]) == ("7", 12_345)
    assert variant["stockLevels"] == [{"stockLocationId": "4", "stockOnHand": 0}]


def test_a_price_finer_than_the_shop_keeps_is_refused_and_not_rounded() -> None:
    here = {"code": "retail", "defaultCurrencyCode": "INR", "pricesIncludeTax": False}
    found = {"activeChannel": here, "globalSettings": {"serverConfig": {"moneyStrategyPrecision": 2}}}
    found |= {"language": {"defaultLanguageCode": "en"}, "stockLocations": {"items": [{"id": "4", "name": "Godown"}]}}
    shop = Shop({"data": found | {"productVariants": {"items": []}, "product": None}})
    channel: Any = _connect(shop)
    with pytest.raises(Rejected, match="no price as fine as ₹12.345"):
        channel.push_product(Listing("A-1", "A", 12_345_000, "INR", False))
    assert len(shop.asked) == 1


def _connect(answer: Callable[[httpx.Request], httpx.Response], **secrets: str) -> Channel:
    connection = replace(CONNECTION, secrets=CONNECTION.secrets | secrets)
    return ADAPTER.connect(connection, Http(transport=httpx.MockTransport(answer)))


def _error(said: str, code: str | None) -> dict[str, Any]:
    return {"data": None, "errors": [{"message": said} | ({"extensions": {"code": code}} if code else {})]}
