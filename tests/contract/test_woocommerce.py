"""WooCommerce beside what every channel does: its own words, its roundings and its traps."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from oms_app.domain import money
from oms_app.domain.channels import (
    Cancellation,
    ChannelStatus,
    Connection,
    Fulfilment,
    Level,
    Listing,
    Refund,
    Told,
)
from oms_app.domain.errors import Malformed, Rejected
from oms_app.domain.payments import PaymentKind
from oms_app.integrations.channels.woocommerce.client import address
from oms_app.integrations.channels.woocommerce.read import read
from oms_app.integrations.channels.woocommerce.webhook import secret, verify
from oms_app.integrations.sandbox.shop import Order
from oms_app.integrations.sandbox.woocommerce import WooCommerceSandbox
from tests.contract.rig import START, Rig, connected
from tests.contract.woocommerce_judge import Judge

HOOK = "https://shop.example/webhooks/woo/secret-path"


@pytest.fixture
def rig() -> Iterator[Rig]:
    with connected("woocommerce") as made:
        yield made


def sandbox(rig: Rig) -> WooCommerceSandbox:
    assert isinstance(rig.sandbox, WooCommerceSandbox)
    return rig.sandbox


def parcel(rig: Rig, order: Order, *counts: int, key: str = "parcel-1") -> Fulfilment:
    return Fulfilment(
        key, str(order.number), "Delhivery", "DL1", "https://t.example/DL1", START, rig.units(order, *counts)
    )


def told(order: Order, rig: Rig, **changed: Any) -> str:
    """An order as it is sent, with other values in it."""
    return json.dumps(sandbox(rig).views.order(order, 6) | changed)


def test_every_call_and_answer_is_woocommerces_own(rig: Rig) -> None:
    """Route, method, parameters, types and fields, by the index and the schemas of a running shop."""
    judge = Judge()
    sandbox(rig).acts.vary("Festival wear", "KUR-IND-M", "SAR-BAN")
    rig.channel.test()
    wish = (("Engraving", "For Amma"),)
    lines = [rig.shop.line("KUR-IND-M", 2, personalisation=wish, discount=500), rig.shop.line("DIYA-12", 3)]
    order = rig.shop.place(lines, shipping=4_900, discount=900)
    other = rig.shop.place([("SAR-BAN", 1)], cod=True)
    for _ in range(2):
        rig.channel.subscribe(HOOK)
        sandbox(rig).disable(HOOK)
    rig.channel.acknowledge(str(order.number), "OMS-1")
    rig.channel.fulfil(parcel(rig, order, 1, 0))
    rig.channel.refund(Refund("refund-1", str(order.number), 1_00, "INR", "Stain", rig.units(order, 1, 0)))
    rig.channel.fulfil(parcel(rig, order, 0, 3, key="parcel-2"))
    rig.channel.cancel(Cancellation("cancel-1", str(other.number), "Changed their mind", False))
    rig.channel.stock([Level("KUR-IND-M", 1), Level("SAR-BAN", 2), Level("DIYA-12", 3), Level("A,B", 1)], "stock-1")
    channel: Any = rig.channel
    for sku in ("NEW-1", "NEW-1", "KUR-IND-M"):
        channel.push_product(Listing(sku, "Stole & <M>", 1_290_500_000, "INR", True, "8901234567894", 180, "A < B"))
    assert list(rig.channel.articles()[0])
    assert [len(page.items) for page in rig.walk()] == [2]
    paths = {call.url.split("?")[0] for call in rig.calls}
    assert len(paths) >= 19
    for call in rig.calls:
        judge.call(call)
        judge.answer(call)


def test_an_order_that_changes_while_pages_are_read_pushes_none_away(rig: Rig) -> None:
    moment = START
    rig.shop.clock = lambda: moment
    orders = []
    for place in range(250):
        moment = START + timedelta(seconds=place // 7)
        orders.append(rig.shop.place([("DIYA-12", 1)]))
    walk, seen = rig.walk(), []
    for page in walk:
        seen += [raw.external_id for raw in page.items]
        moment += timedelta(seconds=1)
        for order in orders[:3]:  # those were read already; they go to the end
            rig.shop.touch(order)
    assert {str(order.number) for order in orders} <= set(seen)


def test_more_orders_of_one_second_than_an_address_can_name_are_all_read(rig: Rig) -> None:
    rig.shop.place([("DIYA-12", 1)])
    moment = START + timedelta(seconds=1)
    rig.shop.clock = lambda: moment
    orders = {str(rig.shop.place([("DIYA-12", 1)]).number) for _ in range(880)}
    moment += timedelta(seconds=1)
    last = str(rig.shop.place([("DIYA-12", 1)]).number)
    pages = list(rig.walk())
    found = [raw.external_id for page in pages for raw in page.items]
    assert set(found) >= orders | {last}
    assert (len(pages), pages[0].total, found[-1]) == (10, 882, last)
    assert max(len(call.url) for call in rig.calls) < 8_000
    walk = rig.walk()
    for _ in range(8):
        next(walk)
    rig.repeat = True
    with pytest.raises(Rejected, match="again and again"):
        list(walk)


@pytest.mark.parametrize(
    ("status", "paid", "cod", "expected"),
    [
        ("pending", False, False, ChannelStatus.PENDING),
        ("on-hold", False, False, ChannelStatus.PENDING),
        ("checkout-draft", False, False, ChannelStatus.PENDING),
        ("processing", True, False, ChannelStatus.OPEN),
        ("awaiting-engraving", True, False, ChannelStatus.OPEN),
        ("awaiting-engraving", False, True, ChannelStatus.OPEN),
        ("awaiting-engraving", False, False, ChannelStatus.PENDING),
        ("completed", True, False, ChannelStatus.SHIPPED),
        ("delivered", True, False, ChannelStatus.DELIVERED),
        ("failed", False, False, ChannelStatus.CANCELLED),
        ("trash", True, False, ChannelStatus.CANCELLED),
        ("refunded", True, False, ChannelStatus.CANCELLED),
    ],
)
def test_each_status_means_something_a_plugins_own_too(
    rig: Rig, status: str, paid: bool, cod: bool, expected: ChannelStatus
) -> None:
    order = rig.shop.place([("SAR-BAN", 1)], cod=cod, paid=paid, gateway="Bank Deposit")
    found = read(told(order, rig, status=status))
    assert found.status is expected
    assert found.tags == (("awaiting-engraving",) if status == "awaiting-engraving" else ())


def test_what_is_refunded_after_it_left_came_back_and_before_it_is_taken_out(rig: Rig) -> None:
    order = rig.shop.place([("KUR-IND-M", 2)])
    rig.channel.refund(Refund("refund-1", str(order.number), 1_290_00, "INR", "", rig.units(order, 1)))
    rig.channel.fulfil(parcel(rig, order, 1))
    assert sandbox(rig).views.status(order) == "completed"
    rig.channel.refund(Refund("refund-2", str(order.number), 1_290_00, "INR", "", rig.units(order, 1)))
    found = rig.read(order)
    assert (found.status, [line.cancelled for line in found.lines]) == (ChannelStatus.SHIPPED, [1])
    assert [(each.amount, each.units[0][1]) for each in found.refunds] == [(1_290_00, 1)] * 2


@pytest.mark.parametrize(
    ("total", "charges", "off"), [("1466.12", 50_00, 0), ("1466.13", 50_01, 0), ("1466.11", 50_00, 1)]
)
def test_fees_are_charges_and_a_rounding_of_the_total_is_no_difference(
    rig: Rig, total: str, charges: int, off: int
) -> None:
    """A price with tax of ₹118.01: WooCommerce keeps 100.008475 and, rounded, 18.00."""
    order = rig.shop.place([rig.shop.line("SAR-BAN", 12, price=118_01, tax_percent=18)], discount=0)
    fee = {"id": 1, "name": "COD charges", "total": "42.37", "total_tax": "7.63"}
    bonus = {"id": 2, "name": "Bonus", "total": "-0.11", "total_tax": ""}
    plain = sandbox(rig).views.order(order, 6)["line_items"]
    found = read(told(order, rig, total="1466.01", fee_lines=[fee, bonus], line_items=plain))
    goods = 12 * 118_01
    assert money.line_total(found.lines[0].unit_price_micros, 12, "INR") == goods == 1_416_12
    assert (found.shipping, found.discount, found.total) == (50_00, 11, 1_466_01)
    assert found.note == "COD charges: ₹50.00\nBonus: −₹0.11"
    again = read(told(order, rig, total=total, fee_lines=[fee]))
    assert (again.shipping, again.discount) == (charges, off)


def test_an_order_says_its_gstin_its_gift_message_and_who_pays(rig: Rig) -> None:
    metas = (("_billing_gstin", "27aapfu0939f1zv"), ("gift_message", "Happy Diwali"), ("_hidden", "x"), ("a", [1]))
    order = rig.shop.place([("SAR-BAN", 1)], attributes=metas, note="Ring twice")
    found = rig.read(order)
    assert found.gstin == "27AAPFU0939F1ZV"
    assert found.note == "Ring twice\nGift message: Happy Diwali"
    [paid] = found.payments
    assert (paid.external_id, paid.kind) == (f"pay_{order.number}", PaymentKind.CAPTURE)
    billing = sandbox(rig).views.order(order)["billing"]
    empty = dict.fromkeys(billing, "")
    alike = read(told(order, rig, shipping=empty))
    assert (alike.ship_to, alike.ship_to.state) == (found.ship_to, "Karnataka")


def test_what_waits_for_no_gateway_is_refunded_by_hand_and_a_gateways_no_is_final(rig: Rig) -> None:
    order = rig.shop.place([("SAR-BAN", 1)], gateway="Bank Deposit")
    with pytest.raises(Rejected, match="does not support automatic refunds"):
        rig.channel.refund(Refund("refund-1", str(order.number), 1_00, "INR", ""))
    settings = {**rig.connection.settings, "pay_back": "no"}
    by_hand = rig.adapter.connect(Connection("woo", "INR", settings, rig.connection.secrets), rig.http)
    by_hand.refund(Refund("refund-1", str(order.number), 1_00, "INR", "Stain"))
    assert [(each.amount, each.reason) for each in order.refunds] == [(1_00, "Stain")]


def test_a_shipped_order_is_not_cancelled_though_woocommerce_would(rig: Rig) -> None:
    order = rig.shop.place([("KUR-IND-M", 2)])
    rig.channel.fulfil(parcel(rig, order, 1))
    with pytest.raises(Rejected, match="shipped"):
        rig.channel.cancel(Cancellation("cancel-1", str(order.number), "Too late", False))
    assert sandbox(rig).views.status(order) == "processing"


def test_the_buyer_reads_of_a_parcel_once(rig: Rig) -> None:
    order = rig.shop.place([("KUR-IND-M", 2)])
    for _ in range(2):
        rig.channel.fulfil(parcel(rig, order, 1))
    [note] = sandbox(rig).acts.notes[order.number]
    assert note["customer_note"]
    assert note["note"] == (
        "On its way with Delhivery, tracking number DL1: 1 × Indigo Kurta, M. Follow it: https://t.example/DL1"
    )


def test_parcels_are_read_as_they_left_in_whatever_order_their_fields_come(rig: Rig) -> None:
    order = rig.shop.place([("KUR-IND-M", 2)])
    for day, name in enumerate(("first", "second")):
        rig.shop.clock = lambda day=day: START + timedelta(days=day)  # type: ignore[misc]
        rig.shop.fulfil(order, {order.lines[0].number: 1}, courier="Delhivery", tracking=name)
    metas = sandbox(rig).views.order(order)["meta_data"]
    for each in (metas, metas[::-1]):
        assert [found.tracking for found in read(told(order, rig, meta_data=each)).parcels] == ["first", "second"]


def test_variations_are_listed_and_their_stock_is_told_by_their_product(rig: Rig) -> None:
    sandbox(rig).acts.vary("Festival wear", "KUR-IND-M", "SAR-BAN")
    rig.shop.offer("ODD,SKU", "With a comma", 100, 1)
    rig.shop.offer("UNCOUNTED", "Made to order", 100, 1, tracked=False)
    articles, following = rig.channel.articles()
    assert following == ""
    assert {each.sku: each.title for each in articles} == {
        "DIYA-12": "Diyas",
        "ODD,SKU": "With a comma",
        "UNCOUNTED": "Made to order",
        "KUR-IND-M": "Festival wear, Indigo Kurta, M",
        "SAR-BAN": "Festival wear, Banarasi Saree",
    }
    levels = [Level("KUR-IND-M", 7), Level("SAR-BAN", 8), Level("DIYA-12", 9), Level("ODD,SKU", 4)]
    assert rig.channel.stock(levels, "stock-1") == tuple(Told(each.sku, each.available) for each in levels)
    assert [rig.shop.articles[each.sku].stock for each in levels] == [7, 8, 9, 4]
    rig.calls.clear()
    rig.channel.stock(levels, "stock-2")
    assert {call.method for call in rig.calls} == {"GET"}
    [uncounted] = rig.channel.stock([Level("UNCOUNTED", 3)], "stock-3")
    assert "does not count" in uncounted.problem


def test_webhooks_that_woocommerce_gave_up_on_are_switched_on_again_and_paused_ones_stay(rig: Rig) -> None:
    rig.channel.subscribe(HOOK)
    hooks = sandbox(rig).webhooks
    assert sorted(each["topic"] for each in hooks.values()) == [
        "order.created",
        "order.deleted",
        "order.restored",
        "order.updated",
    ]
    sandbox(rig).disable(HOOK)
    paused = next(iter(hooks.values()))
    paused["status"] = "paused"
    rig.channel.subscribe(HOOK)
    assert sorted(each["status"] for each in hooks.values()) == ["active"] * 3 + ["paused"]
    secrets = {**rig.connection.secrets, "webhook_secret": "another"}
    rig.adapter.connect(Connection("woo", "INR", rig.connection.settings, secrets), rig.http).subscribe(HOOK)
    assert {each["secret"] for each in hooks.values()} == {"another"}
    assert len(hooks) == 4


def test_two_orders_of_one_second_are_two_deliveries_though_woocommerce_names_them_alike(rig: Rig) -> None:
    rig.channel.subscribe(HOOK)
    orders = [rig.shop.place([("DIYA-12", 1)]) for _ in range(2)]
    messages = [rig.sandbox.messages("updated", order)[0] for order in orders]
    assert len({each.headers["X-WC-Webhook-Delivery-ID"] for each in messages}) == 1
    said = [verify(rig.connection, {k.lower(): v for k, v in m.headers.items()}, m.body) for m in messages]
    assert len({each.delivery_id for each in said}) == 2
    sandbox(rig).trash(orders[0])
    [gone] = rig.sandbox.messages("deleted", orders[0])
    delivery = verify(rig.connection, {k.lower(): v for k, v in gone.headers.items()}, gone.body)
    assert delivery.changed == (str(orders[0].number),)
    assert rig.read(orders[0]).status is ChannelStatus.CANCELLED


def test_without_a_secret_of_its_own_webhooks_are_signed_with_one_of_the_consumer_secret() -> None:
    connection = Connection("woo", "INR", {}, {"consumer_secret": "cs_1"})
    assert secret(connection) == hmac.new(b"cs_1", b"webhooks", hashlib.sha256).hexdigest()
    assert secret(Connection("woo", "INR", {}, {})) == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://www.shop.example/", "https://www.shop.example"),
        (" https://shop.example/store/ ", "https://shop.example/store"),
        ("http://127.0.0.1:8040", "http://127.0.0.1:8040"),
        ("http://shop.example", None),
        ("https://user:word@shop.example", None),
        ("ftp://127.0.0.1", None),
        ("https://shop.example/?a=1", None),
        ("shop.example", None),
    ],
)
def test_a_key_travels_over_tls_only(given: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(Malformed):
            address(given)
    else:
        assert address(given) == expected


def test_a_shop_of_another_currency_is_not_connected(rig: Rig) -> None:
    connection = Connection("woo", "EUR", rig.connection.settings, rig.connection.secrets)
    with pytest.raises(Rejected, match="keeps its money in INR"):
        rig.adapter.connect(connection, rig.http).test()
