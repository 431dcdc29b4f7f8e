"""Orders come in: every one, once, and exact to the minor unit."""

from datetime import timedelta

import pytest

from oms_app.domain import money
from oms_app.domain.channels import Capability, ChannelOrder, ChannelStatus
from oms_app.domain.errors import NotFound, Rejected
from oms_app.domain.orders import PaymentMethod
from oms_app.domain.payments import PaymentKind
from oms_app.integrations.sandbox.buyers import BUYERS
from oms_app.integrations.sandbox.shop import Order
from tests.contract.rig import ADAPTERS, LIVE, SANDBOXES, START, Rig, channels, connected


def test_every_channel_runs_this_suite() -> None:
    assert set(ADAPTERS) == set(SANDBOXES) | LIVE


@channels()
def test_paging_loses_nothing_though_all_changed_in_one_moment(kind: str) -> None:
    with connected(kind) as rig:
        orders = [rig.shop.place([("DIYA-12", 1)]) for _ in range(230)]
        pages = list(rig.walk())
        assert len(pages) > 1
        assert [raw.external_id for page in pages for raw in page.items] == [
            rig.sandbox.external_id(order) for order in orders
        ]
        assert {raw.updated_at for page in pages for raw in page.items} == {START}


@channels()
def test_orders_come_oldest_change_first_and_only_since_then(kind: str) -> None:
    with connected(kind) as rig:
        moment = START
        rig.shop.clock = lambda: moment
        made = []
        for _ in range(4):
            made.append(rig.shop.place([("SAR-BAN", 1)]))
            moment += timedelta(minutes=1)
        rig.shop.touch(made[1])
        (page,) = rig.walk(START + timedelta(minutes=2))
        assert [raw.external_id for raw in page.items] == [rig.sandbox.external_id(made[at]) for at in (2, 3, 1)]


@channels(by_http=True)
def test_a_page_that_follows_itself_stops_the_walk(kind: str) -> None:
    with connected(kind) as rig:
        for _ in range(230):
            rig.shop.place([("DIYA-12", 1)])
        walk = rig.walk()
        next(walk)
        rig.repeat = True
        with pytest.raises(Rejected, match="again and again"):
            list(walk)


@channels()
def test_an_order_that_is_not_there_is_not_found(kind: str) -> None:
    with connected(kind) as rig, pytest.raises(NotFound):
        rig.channel.order("999999")


@channels()
@pytest.mark.parametrize("currency", ["INR", "JPY", "KWD"])
@pytest.mark.parametrize("tax_included", [True, False], ids=["tax in the price", "tax on top"])
def test_money_is_exact(kind: str, currency: str, tax_included: bool) -> None:
    with connected(kind, currency=currency) as rig:
        lines = [
            rig.shop.line("KUR-IND-M", 3, price=129_003, discount=10_001, tax_percent=5),
            rig.shop.line("SAR-BAN", 1, price=849_950, tax_percent=18),
            rig.shop.line("DIYA-12", 7, price=101, tax_percent=0),
        ]
        order = rig.shop.place(lines, tax_included=tax_included, shipping=4_900, discount=3_333)
        read = rig.read(order)
        assert_sums(read, order)
        assert [line.unit_price_micros for line in read.lines] == [
            line.price * 10 ** (6 - money.digits(currency)) for line in lines
        ]
        assert [line.tax for line in read.lines] == [order.tax(line) for line in lines]
        assert {line.tax_included for line in read.lines} == {tax_included}
        assert read.shipping == 4_900


def assert_sums(read: ChannelOrder, order: Order) -> None:
    """What was read adds up to what the buyer pays."""
    assert (read.currency, read.total) == (order.currency, order.total)
    goods = sum(money.line_total(line.unit_price_micros, line.quantity, read.currency) for line in read.lines)
    off = sum(line.discount for line in read.lines) + read.discount
    on_top = sum(line.tax for line in read.lines if not line.tax_included)
    assert off == order.discount + sum(line.discount for line in order.lines)
    assert goods - off + on_top + read.shipping == read.total


@channels()
def test_who_where_and_what_arrive_as_they_were_given(kind: str) -> None:
    with connected(kind) as rig:
        wish = (("Engraving", "For Amma ❤"), ("Gift wrap", "yes"))
        order = rig.shop.place(
            [rig.shop.line("KUR-IND-M", 2, personalisation=wish), rig.shop.line("NOT-OURS", 1)],
            buyer=BUYERS[1],
            note="Ring twice\nplease",
            tags=["vip"],
            service="Express",
            shipping=9_900,
        )
        read = rig.read(order)
        assert read.external_id == rig.sandbox.external_id(order)
        assert (read.number, read.status, read.placed_at, read.updated_at) == (
            order.name,
            ChannelStatus.OPEN,
            START,
            START,
        )
        assert [(line.external_id, line.sku, line.name, line.quantity) for line in read.lines] == [
            (rig.sandbox.line_id(order, line), line.sku, line.title, line.quantity) for line in order.lines
        ]
        assert read.lines[0].personalisation == rig.sandbox.wishes(order.lines[0])
        assert "Ring twice\nplease" in read.note
        assert read.service == "Express"
        buyer = BUYERS[1]
        assert (read.customer.name, read.customer.email, read.customer.phone) == (buyer.name, buyer.email, buyer.phone)
        there = read.ship_to
        assert (there.name, there.phone, there.line1, there.line2) == (
            buyer.name,
            buyer.phone,
            buyer.line1,
            buyer.line2,
        )
        assert (there.city, there.state, there.postal_code, there.country) == ("Pune", "Maharashtra", "411004", "IN")


@channels()
def test_a_guest_without_email_is_still_somebody(kind: str) -> None:
    with connected(kind) as rig:
        guest = next(buyer for buyer in BUYERS if buyer.guest)
        read = rig.read(rig.shop.place([("DIYA-12", 2)], buyer=guest))
        assert (read.customer.name, read.customer.email, read.customer.phone) == (guest.name, "", guest.phone)
        assert read.customer.external_id is None


@channels()
def test_cash_on_delivery_is_owed_and_prepaid_is_paid(kind: str) -> None:
    with connected(kind) as rig:
        cod, paid = rig.shop.place([("SAR-BAN", 1)], cod=True), rig.shop.place([("SAR-BAN", 1)])
        at_the_door, now = rig.read(cod), rig.read(paid)
        assert (at_the_door.payment_method, at_the_door.payments) == (PaymentMethod.COD, ())
        assert at_the_door.status is ChannelStatus.OPEN
        assert now.payment_method is PaymentMethod.PREPAID
        assert [(each.kind, each.amount) for each in now.payments] == [(PaymentKind.CAPTURE, paid.total)]


@channels()
def test_an_order_that_still_waits_for_its_money_is_pending(kind: str) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("SAR-BAN", 1)], paid=False, gateway="Bank Deposit")
        assert rig.read(order).status is ChannelStatus.PENDING


@channels()
def test_parcels_refunds_and_cancelled_units_are_told_apart(kind: str) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("KUR-IND-M", 3), ("SAR-BAN", 1)])
        kurta, saree = order.lines
        rig.shop.fulfil(order, {kurta.number: 2}, courier="Delhivery", tracking="DL1")
        rig.shop.refund(order, 1_290_00, reason="Too small", units={kurta.number: 1})
        rig.shop.refund(order, 50_00, reason="Goodwill")
        read = rig.read(order)
        assert read.status is ChannelStatus.OPEN
        assert [(line.quantity, line.cancelled) for line in read.lines] == [(3, 1), (1, 0)]
        assert [(each.courier, each.tracking, each.units) for each in read.parcels] == [
            ("Delhivery", "DL1", ((rig.sandbox.line_id(order, kurta), 2),))
        ]
        if rig.can(Capability.REFUND):  # what cannot send money back does not tell of it in its orders either
            assert [(each.amount, each.units) for each in read.refunds] == [
                (1_290_00, ((rig.sandbox.line_id(order, kurta), 1),)),
                (50_00, ()),
            ]
        rig.shop.fulfil(order, {saree.number: 1}, courier="Delhivery", tracking="DL2")
        assert rig.read(order).status is ChannelStatus.SHIPPED


@channels()
def test_a_cancelled_order_says_so(kind: str) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("SAR-BAN", 2)])
        rig.shop.cancel(order, "CUSTOMER")
        read = rig.read(order)
        assert read.status is ChannelStatus.CANCELLED
        assert [line.cancelled for line in read.lines] == [2]
        assert_sums(read, order)


@channels(Capability.PRODUCTS)
def test_every_article_is_listed(kind: str) -> None:
    articles = [(f"SKU-{index:03d}", f"Article {index}", 100 + index, index) for index in range(120)]
    with connected(kind, articles=articles) as rig:
        found = walk_articles(rig)
        assert found == {sku: (title, price * 10_000, stock) for sku, title, price, stock in articles}


def walk_articles(rig: Rig) -> dict[str, tuple[str, int | None, int | None]]:
    """Articles by SKU."""
    found, page = {}, ""
    while True:
        articles, page = rig.channel.articles(page)
        found |= {each.sku: (each.title, each.price_micros, each.available) for each in articles}
        if not page:
            return found
