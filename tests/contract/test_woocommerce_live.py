"""WooCommerce live: a throwaway shop of yours, if you name one; what is made there is deleted again.

OMS_LIVE_WOOCOMMERCE=https://shop.example OMS_LIVE_WOOCOMMERCE_KEY=ck_… OMS_LIVE_WOOCOMMERCE_SECRET=cs_…
"""

import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from oms_app.domain import money
from oms_app.domain.channels import (
    Cancellation,
    ChannelOrder,
    ChannelStatus,
    Connection,
    Fulfilment,
    Level,
    Listing,
    Position,
    Refund,
    Told,
)
from oms_app.domain.errors import NotFound, Rejected
from oms_app.integrations.channels.woocommerce import ADAPTER
from oms_app.integrations.http import Http
from oms_app.integrations.ports import Channel

pytestmark = pytest.mark.live
ADDRESS = {"first_name": "Asha", "last_name": "Iyer", "address_1": "14 Lake View Road", "city": "Bengaluru"}
ADDRESS |= {"state": "KA", "postcode": "560001", "country": "IN"}


class Live:
    """The shop, by its own API and as a channel; two products, one of them with a comma in its SKU, and a variation."""

    def __init__(self, address: str, key: str, secret: str):
        self.api = httpx.Client(base_url=f"{address}/wp-json/wc/v3/", auth=(key, secret), timeout=120)
        self.currency: str = self.get("data/currencies/current")["code"]
        self.secrets = {"consumer_key": key, "consumer_secret": secret}
        self.settings, self.made = {"address": address}, list[str]()
        self.mark = uuid.uuid4().hex[:8]
        self.simple = self.make("products", name="Kurta", sku=f"K-{self.mark}", regular_price="1290.03", **counted(40))
        self.comma = self.make("products", name="Bell", sku=f"B,{self.mark}", regular_price="118.01", **counted(5))
        sizes = {"name": "Size", "options": ["S"], "variation": True, "visible": True}
        parent = self.make("products", name="Saree", type="variable", attributes=[sizes])
        size = [{"name": "Size", "option": "S"}]
        path = f"products/{parent['id']}/variations"
        self.variation = self.make(path, sku=f"S-{self.mark}", regular_price="849.50", attributes=size, **counted(3))

    def channel(self, **settings: str) -> Channel:
        """The shop as a channel."""
        return ADAPTER.connect(Connection("live", self.currency, self.settings | settings, self.secrets), Http())

    def get(self, path: str, **query: Any) -> Any:
        """What is there."""
        return self.api.get(path, params=query).raise_for_status().json()

    def make(self, path: str, **what: Any) -> dict[str, Any]:
        """Make something, to be deleted at the end."""
        made: dict[str, Any] = self.api.post(path, json=what).raise_for_status().json()
        self.made.append(f"{path}/{made['id']}")
        return made

    def buy(self, units: int = 2, **more: Any) -> str:
        """A paid order."""
        wish = [{"key": "Engraving", "value": "For Amma ❤"}]
        lines = [{"product_id": self.simple["id"], "quantity": units, "meta_data": wish}]
        lines += [{"product_id": self.comma["id"], "quantity": 1}]
        paid = {"set_paid": True, "payment_method": "razorpay", "payment_method_title": "Razorpay"}
        addresses = {"billing": ADDRESS | {"email": "asha@example.in", "phone": "+919845012301"}, "shipping": ADDRESS}
        ship = [{"method_id": "flat_rate", "method_title": "Express", "total": "50"}]
        return str(self.make("orders", line_items=lines, shipping_lines=ship, **paid, **addresses, **more)["id"])

    def read(self, order: str) -> ChannelOrder:
        """An order as our shop reads it."""
        return ADAPTER.read(self.channel().order(order).body)

    def tidy(self) -> None:
        """Delete what was made."""
        for path in reversed(self.made):
            self.api.delete(path, params={"force": True})
        for each in self.get("webhooks", per_page=100):
            if self.mark in each["delivery_url"]:
                self.api.delete(f"webhooks/{each['id']}", params={"force": True})


def counted(units: int) -> dict[str, Any]:
    return {"manage_stock": True, "stock_quantity": units}


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    given = [os.environ.get(f"OMS_LIVE_WOOCOMMERCE{end}", "") for end in ("", "_KEY", "_SECRET")]
    if not all(given):
        pytest.skip("needs a WooCommerce shop: OMS_LIVE_WOOCOMMERCE, …_KEY and …_SECRET")
    shop = Live(*given)
    try:
        yield shop
    finally:
        shop.tidy()


def test_the_shop_says_its_name_and_what_it_sells(live: Live) -> None:
    assert live.channel().test()
    found, page = dict[str, str](), ""
    while True:
        articles, page = live.channel().articles(page)
        found |= {each.sku: each.title for each in articles}
        if not page:
            break
    assert found[f"S-{live.mark}"] == "Saree, S"
    assert {f"K-{live.mark}", f"B,{live.mark}"} <= found.keys()


def test_an_order_is_read_to_the_minor_unit(live: Live) -> None:
    metas = [{"key": "_billing_gstin", "value": "27AAPFU0939F1ZV"}]
    fee = [{"name": "Gift wrap", "total": "20"}]
    order = live.read(live.buy(3, meta_data=metas, fee_lines=fee, customer_note="Ring twice"))
    goods = sum(money.line_total(each.unit_price_micros, each.quantity, live.currency) for each in order.lines)
    on_top = sum(0 if each.tax_included else each.tax for each in order.lines)
    off = order.discount + sum(each.discount for each in order.lines)
    assert goods + on_top - off + order.shipping == order.total
    assert (order.status, order.gstin) == (ChannelStatus.OPEN, "27AAPFU0939F1ZV")
    assert order.lines[0].personalisation == (("Engraving", "For Amma ❤"),)
    assert (order.ship_to.state, order.customer.name, order.service) == ("Karnataka", "Asha Iyer", "Express")
    assert [each.amount for each in order.payments] == [order.total]


def test_every_order_that_changed_is_found_and_none_before(live: Live) -> None:
    since = datetime.now(UTC)
    line = [{"product_id": live.simple["id"], "quantity": 1}]
    made: set[str] = set()
    for size in (90, 90, 50):
        answer = live.api.post("orders/batch", json={"create": [{"line_items": line}] * size}).raise_for_status()
        made |= {str(each["id"]) for each in answer.json()["create"]}
    live.made += [f"orders/{number}" for number in made]
    found, position = list[str](), Position(since - timedelta(seconds=1))
    while True:
        page = live.channel().orders(position)
        found += [raw.external_id for raw in page.items]
        if not page.following:
            break
        position = Position(position.since, page.following)
    assert made <= set(found)
    assert len(found) == len(set(found))
    assert live.channel().orders(Position(datetime.now(UTC) + timedelta(days=1))).items == ()


def test_an_order_leaves_in_parts_is_completed_with_the_last_and_each_is_told_once(live: Live) -> None:
    number = live.buy()
    first, second = live.read(number).lines
    live.channel().acknowledge(number, "OMS-1")
    at, url = datetime.now(UTC), "https://t.example/?a=1&b=2"
    part = Fulfilment("fulfil:1", number, "Delhivery", "DL1", url, at, ((first.external_id, 1),))
    assert live.channel().fulfil(part) == live.channel().fulfil(part)
    assert live.read(number).status is ChannelStatus.OPEN
    notes = [each["note"] for each in live.get(f"orders/{number}/notes") if "DL1" in each["note"]]
    assert len(notes) == 1
    with pytest.raises(Rejected):
        live.channel().fulfil(Fulfilment("fulfil:2", number, "Delhivery", "DL2", "", at, ((first.external_id, 2),)))
    rest = ((first.external_id, 1), (second.external_id, 1))
    live.channel().fulfil(Fulfilment("fulfil:3", number, "Delhivery", "DL3", "", at + timedelta(seconds=1), rest))
    order = live.read(number)
    assert (order.status, [each.tracking for each in order.parcels]) == (ChannelStatus.SHIPPED, ["DL1", "DL3"])
    with pytest.raises(Rejected):
        live.channel().cancel(Cancellation("cancel:1", number, "Too late", False))


def test_money_goes_back_once_and_a_refusal_is_final(live: Live) -> None:
    number = live.buy()
    first = live.read(number).lines[0]
    refund = Refund("refund:1", number, 100 * 10 ** money.digits(live.currency), live.currency, "Stain")
    with pytest.raises(Rejected, match="gateway"):  # the shop has none of that name
        live.channel().refund(refund)
    by_hand = live.channel(pay_back="no")
    units = ((first.external_id, 1),)
    once = Refund("refund:2", number, refund.amount, live.currency, "Stain", units)
    assert by_hand.refund(once) == by_hand.refund(once)
    order = live.read(number)
    assert [(each.amount, each.reason, each.units) for each in order.refunds] == [(refund.amount, "Stain", units)]
    assert order.lines[0].cancelled == 1
    with pytest.raises(Rejected):
        by_hand.refund(Refund("refund:3", number, order.total, live.currency, ""))


def test_a_cancelled_order_and_one_in_the_trash_say_so_and_a_deleted_one_is_gone(live: Live) -> None:
    number, other = live.buy(), live.buy()
    for _ in range(2):
        live.channel().cancel(Cancellation("cancel:1", number, "Changed their mind", False))
    order = live.read(number)
    assert (order.status, order.cancel_reason) == (ChannelStatus.CANCELLED, "Changed their mind")
    live.api.delete(f"orders/{other}")
    assert live.read(other).status is ChannelStatus.CANCELLED
    live.api.delete(f"orders/{other}", params={"force": True})
    with pytest.raises(NotFound):
        live.read(other)


def test_stock_is_set_and_every_sku_answered_for(live: Live) -> None:
    levels = [Level(f"{start}{live.mark}", units) for start, units in (("K-", 7), ("B,", 8), ("S-", 9))]
    told = live.channel().stock([*levels, Level("NOT-OURS", 1)], "stock-1")
    assert told[:3] == tuple(Told(each.sku, each.available) for each in levels)
    assert told[3].problem
    now = [live.get(f"products/{each['id']}")["stock_quantity"] for each in (live.simple, live.comma, live.variation)]
    assert now == [7, 8, 9]


def test_a_product_of_ours_is_made_once_as_a_draft(live: Live) -> None:
    channel: Any = live.channel()
    included = True
    if live.get("settings/general/woocommerce_calc_taxes")["value"] == "yes":
        included = live.get("settings/tax/woocommerce_prices_include_tax")["value"] == "yes"
    barcode = str(int(live.mark, 16)).zfill(13)
    listing = Listing(f"P&{live.mark}", "Stole \\ <M>", 649_500_000, live.currency, included, barcode, 180, "A < B")
    made = channel.push_product(listing)
    live.made.append(f"products/{made.external_id}")
    assert channel.push_product(listing) == made
    assert (made.title, made.price_micros, made.available) == ("Stole \\ <M>", 649_500_000, 0)
    product = live.get(f"products/{made.external_id}")
    assert (product["status"], product["description"].strip()) == ("draft", "<p>A &lt; B</p>")
    assert channel.stock([Level(listing.sku, 4)], "stock-1") == (Told(listing.sku, 4),)
    at_once = [(live.channel(), replace(listing, sku=f"Q{live.mark}", barcode=""))] * 3
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda pair: pair[0].push_product(pair[1]), at_once))  # type: ignore[attr-defined]
    live.made.append(f"products/{found[0].external_id}")
    assert found == found[:1] * 3


def test_webhooks_are_made_once_and_a_disabled_one_is_switched_on(live: Live) -> None:
    address = f"https://oms.example/webhooks/{live.mark}"
    for _ in range(2):
        live.channel().subscribe(address)
    ours = [each for each in live.get("webhooks", per_page=100) if each["delivery_url"] == address]
    assert len(ours) == 4
    live.api.put(f"webhooks/{ours[0]['id']}", json={"status": "disabled"})
    live.channel().subscribe(address)
    assert live.get(f"webhooks/{ours[0]['id']}")["status"] == "active"
