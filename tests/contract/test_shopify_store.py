"""A Shopify store: its tokens, its webhooks, its export, and what only Shopify has."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, cast

import pytest

from oms_app.domain.channels import ChannelStatus, Connection, Done, Fulfilment, Position
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.integrations.channels.shopify.client import Client, address
from oms_app.integrations.channels.shopify.fulfil import fulfil
from oms_app.integrations.channels.shopify.read import is_cod, method
from oms_app.integrations.sandbox.buyers import BUYERS
from tests.contract.rig import START, connected

HOOK = "https://shop.example/webhooks/shopify/secret-path"


def test_the_secret_before_still_signs() -> None:
    with connected("shopify") as rig:
        rig.sandbox.send_to(HOOK)
        message = rig.sandbox.messages("created", rig.shop.place([("DIYA-12", 1)]))[0]
        headers = {name.lower(): value for name, value in message.headers.items()}
        rig.connection.secrets.update(client_secret="new", client_secret_before="sandbox-client-secret")
        assert rig.adapter.verify(rig.connection, headers, message.body).topic == "orders/create"


def test_a_token_that_ran_out_is_renewed_once_and_kept() -> None:
    with connected("shopify") as rig:
        sandbox: Any = rig.sandbox
        sandbox.access.rotate()
        rig.connection.secrets["refresh_token"] = sandbox.access.refresh_token
        assert rig.channel.test() == rig.shop.name
        assert rig.kept == {"access_token": sandbox.access.access_token, "refresh_token": sandbox.access.refresh_token}
        shown = "".join(map(repr, rig.calls))
        assert not any(secret in shown for secret in (*rig.kept.values(), sandbox.access.secret))


def test_throttling_says_how_long_and_the_pace_follows_the_stores_own_numbers() -> None:
    with connected("shopify") as rig:
        sandbox: Any = rig.sandbox
        rig.channel.test()
        assert rig.http.rate
        assert (rig.http.rate.allowed, rig.http.rate.per_second) == (50_000, 10_000)
        sandbox.points, sandbox.restored, sandbox._left = 900, 0.001, 0
        rig.http.rate = None
        with pytest.raises(Unavailable) as error:
            rig.channel.articles()
        assert error.value.details["retry_after"] > 1


def test_an_export_is_resumed_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oms_app.integrations.channels.shopify.export._PART", 6_000)
    with connected("shopify") as rig:
        orders = [rig.shop.place([("DIYA-12", 1), ("SAR-BAN", 2)], buyer=BUYERS[i % 8]) for i in range(25)]
        rig.shop.fulfil(orders[3], {line.number: line.quantity for line in orders[3].lines}, courier="D", tracking="T")
        rig.shop.fulfil(orders[4], {orders[4].lines[0].number: 1}, courier="D", tracking="U")
        channel: Any = rig.channel
        found, token, pages = {}, "", 0
        while True:
            page = channel.history(Position(START, token))
            again = rig.adapter.connect(rig.connection, rig.http)
            channel, pages = again, pages + 1
            found |= {raw.external_id: rig.adapter.read(raw.body) for raw in page.items}
            assert page.following != token
            if not (token := page.following):
                break
        assert pages > 4
        assert found == {str(order.number): rig.read(order) for order in orders}


def test_other_buyers_gstin_is_taken_from_the_note_attributes_and_a_wrong_one_is_not() -> None:
    with connected("shopify") as rig:
        for given, read in (
            ("27AAPFU0939F1ZV", "27AAPFU0939F1ZV"),
            ("27aapfu0939f1zv ", "27AAPFU0939F1ZV"),
            ("27X", ""),
        ):
            order = rig.shop.place([("DIYA-12", 1)], attributes=(("GST Number", given), ("Gift", "yes")))
            assert (rig.read(order).gstin, rig.read(order).note) == (read, "Gift: yes")


@pytest.mark.parametrize("name", ["Cash on Delivery (COD)", "cash_on_delivery", "COD", "GoKwik COD", "Pay on Delivery"])
def test_cash_on_delivery_by_the_names_it_has_in_india(name: str) -> None:
    assert is_cod({"paymentGatewayNames": [name], "transactions": []})


def test_gateways_are_read_as_far_as_their_names_say() -> None:
    said = {
        "Razorpay UPI": "upi",
        "PhonePe": "upi",
        "Razorpay Secure": "other",
        "gift_card": "wallet",
        "Paytm Wallet": "wallet",
    }
    assert {name: str(method(name)) for name in said} == said
    assert not is_cod({"paymentGatewayNames": ["Razorpay Secure (UPI, Cards)"], "transactions": []})


def test_only_a_store_of_shopifys_or_a_sandbox_here_is_called() -> None:
    assert address("My-Store.myshopify.com/") == "https://my-store.myshopify.com"
    assert address("http://127.0.0.1:8040") == "http://127.0.0.1:8040"
    for wrong in ("evil.example", "http://10.0.0.1", "my-store.myshopify.com.evil.example", ""):
        with pytest.raises(Exception, match="is not a store"):
            address(wrong)


def test_a_missing_permission_and_another_currency_are_said() -> None:
    with connected("shopify") as rig:
        sandbox: Any = rig.sandbox
        sandbox.access.scopes = tuple(scope for scope in sandbox.access.scopes if scope != "write_inventory")
        with pytest.raises(Rejected, match="permissions: write_inventory\\."):
            rig.channel.test()


def test_goods_that_come_back_are_read_with_their_units_and_why() -> None:
    with connected("shopify") as rig:
        order = rig.shop.place([("KUR-IND-M", 3), ("SAR-BAN", 1)])
        rig.shop.fulfil(order, {order.lines[0].number: 3}, courier="Delhivery", tracking="DL1")
        rig.shop.send_back(order, {order.lines[0].number: 2}, reason="Too small", status="requested")
        [back] = rig.read(order).returns
        assert (back.status, back.units) == ("requested", rig.units(order, 2, 0))
        assert (back.number, back.reason, back.at) == (f"{order.name}-R1", "Other: Too small", START)
        [page] = rig.walk()
        assert rig.adapter.read(page.items[0].body).returns == (back,)


def test_a_hold_of_ours_goes_and_others_stay() -> None:
    with connected("shopify") as rig:
        channel: Any = rig.channel
        order = rig.shop.place([("DIYA-12", 1)])
        channel.hold(str(order.number), "Phone number is wrong")
        channel.hold(str(order.number), "Phone number is wrong")
        assert (order.hold, rig.read(order).status) == ("ours:INCORRECT_ADDRESS", ChannelStatus.PENDING)
        channel.release(str(order.number))
        channel.release(str(order.number))
        assert (order.hold, rig.read(order).status) == ("", ChannelStatus.OPEN)
        order.hold = "HIGH_RISK_OF_FRAUD"
        channel.release(str(order.number))
        assert rig.read(order).status is ChannelStatus.PENDING
        with pytest.raises(Rejected, match=r"Shopify holds this order \(High risk of fraud\)"):
            channel.fulfil(Fulfilment("p", str(order.number), "D", "1", "", START, ()))


def test_webhooks_name_the_order_whatever_they_are_about_and_are_subscribed_again_where_they_were_deleted() -> None:
    with connected("shopify") as rig:
        rig.channel.subscribe(HOOK)
        order = rig.shop.place([("DIYA-12", 2)])
        rig.sandbox.messages("created", order)

        def news() -> dict[str, tuple[str, ...]]:
            sent = rig.sandbox.messages("updated", order)
            told = [{name.lower(): value for name, value in each.headers.items()} for each in sent]
            found = [rig.adapter.verify(rig.connection, h, m.body) for h, m in zip(told, sent, strict=True)]  # type: ignore[misc]
            return {each.topic: each.changed for each in found}

        named = (str(order.number),)
        assert news() == {"orders/updated": named}
        rig.shop.refund(order, 1_00, units={order.lines[0].number: 1})
        assert news() == {"orders/updated": named, "refunds/create": named}
        parcel = rig.shop.fulfil(order, {order.lines[0].number: 1}, courier="D", tracking="T")
        assert news() == {"orders/updated": named}
        rig.shop.deliver(order, parcel)
        assert news() == {"orders/updated": named, "fulfillments/update": named}

        sent = len(rig.calls)
        rig.channel.subscribe(HOOK)
        assert len(rig.calls) == sent + 1, "what is subscribed already is only looked at"
        rig.sandbox.abandon(rig.sandbox.messages("updated", order)[0])
        assert news() == {}
        rig.channel.subscribe(HOOK)
        assert news() == {"orders/updated": named}


def test_an_app_without_a_token_asks_for_one_with_its_own_credentials() -> None:
    with connected("shopify") as rig:
        del rig.connection.secrets["access_token"], rig.connection.secrets["refresh_token"]
        assert rig.channel.test() == rig.shop.name
        assert rig.kept == {"access_token": "sandbox-access-2"}
        rig.connection.secrets["client_secret"] = "wrong"
        rig.sandbox.access.expire()  # type: ignore[attr-defined]
        with pytest.raises(Rejected, match="The client ID or the client secret is wrong"):
            rig.channel.test()


def test_threads_that_notice_at_once_renew_a_token_once() -> None:
    with connected("shopify") as rig:
        access = rig.sandbox.access  # type: ignore[attr-defined]
        rig.connection.secrets["refresh_token"] = access.refresh_token
        access.expire()
        stored = dict(rig.connection.secrets)
        opened = [
            Connection("s", "INR", rig.connection.settings, dict(stored), stored.update, lambda: stored, lock)
            for lock in [Lock()]
            for _ in range(6)
        ]
        with ThreadPoolExecutor(6) as pool:
            names = list(pool.map(lambda each: rig.adapter.connect(each, rig.http).test(), opened))
        assert names == [rig.shop.name] * 6
        assert (access.given, stored["refresh_token"]) == (1, access.refresh_token)


def test_a_process_that_came_second_takes_the_token_of_the_first() -> None:
    with connected("shopify") as rig:
        access = rig.sandbox.access  # type: ignore[attr-defined]
        looks = iter([{}, {"access_token": "sandbox-access-2", "refresh_token": "sandbox-refresh-2"}])
        late = Connection("s", "INR", rig.connection.settings, dict(rig.connection.secrets), kept=lambda: next(looks))
        access.rotate()  # the first process has renewed, and keeps it while ours asks
        assert rig.adapter.connect(late, rig.http).test() == rig.shop.name
        assert access.given == 0


def test_a_page_that_costs_too_much_is_asked_smaller_and_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oms_app.integrations.channels.shopify.orders._fits", {})
    with connected("shopify") as rig:
        orders = [rig.shop.place([("DIYA-12", 1)]) for _ in range(9)]
        [first, second] = rig.walk()
        assert len(first.items) < 9
        assert len(first.items) + len(second.items) == 9
        refused = sum("MAX_COST_EXCEEDED" in call.response for call in rig.calls)
        assert refused > 0
        rig.channel = rig.adapter.connect(rig.connection, rig.http)
        list(rig.walk())
        assert sum("MAX_COST_EXCEEDED" in call.response for call in rig.calls) == refused
        rig.shop.refund(orders[0], 1_00)
        several: Any = rig.channel
        ids = [f"gid://shopify/Order/{order.number}" for order in orders]
        rig.sandbox.most_a_call = 300  # type: ignore[attr-defined]
        assert [raw.external_id for raw in several._orders.several(ids)] == [str(order.number) for order in orders]


def test_the_rest_of_an_order_leaves_from_its_second_place_though_the_first_was_told_before() -> None:
    line, told = {"id": "gid://shopify/LineItem/7"}, list[Any]()
    first = {"id": "gid://shopify/Fulfillment/1", "status": "SUCCESS", "trackingInfo": [{"number": "DL1"}]}
    first |= {"fulfillmentLineItems": {"nodes": [{"lineItem": line, "quantity": 1}]}}
    place = {"id": "gid://shopify/FulfillmentOrder/2", "status": "OPEN", "assignedLocation": None}
    place |= {"lineItems": {"nodes": [{"id": "gid://part/3", "lineItem": line, "remainingQuantity": 1}]}}
    waiting = {"nodes": [place], "pageInfo": {"hasNextPage": False, "endCursor": None}}

    class Answers:
        def call(self, operation: str, _variables: Any) -> Any:
            order = {"fulfillments": [first]} if operation == "parcels" else {"fulfillmentOrders": waiting}
            return {"order": order | {"cancelledAt": None}}

        def complete(self, *_connection: Any) -> None: ...

        def act(self, _operation: str, variables: Any) -> Any:
            told.append(variables["fulfillment"]["lineItemsByFulfillmentOrder"])
            return {"fulfillment": {"id": "gid://shopify/Fulfillment/2"}}

    whole = Fulfilment("parcel-1", "1", "Delhivery", "DL1", "", START, ())
    assert fulfil(cast(Client, Answers()), whole, notify=False) == Done("1")
    parts = [{"id": "gid://part/3", "quantity": 1}]
    assert told == [[{"fulfillmentOrderId": place["id"], "fulfillmentOrderLineItems": parts}]]
