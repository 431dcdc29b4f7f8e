"""Placing orders: price, stock, customer, number; and nothing at all after a refusal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import reading
from oms_app.db.queries import events as event_rows
from oms_app.domain.errors import Conflict, Forbidden, Malformed
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft, CustomerDraft, OrderDraft, PaymentMethod
from oms_app.domain.permissions import Role
from oms_app.services import catalogue, events, order_page, orders, placement, stock
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_an_order_adds_up() -> None:
    one, other = make.product(on_hand=10), make.product(on_hand=10)
    order = make.order(
        make.line(one, 3),
        make.line(other, 2, unit_price_micros=100_000_000, discount=5_000),
        shipping=4_900,
        discount=10_000,
    )
    assert [line.total for line in order.lines] == [149_850, 15_000]
    assert (order.subtotal, order.discount, order.shipping, order.total) == (164_850, 10_000, 4_900, 159_750)
    assert (order.units, order.shortfall, order.stage, order.version) == (5, 0, Stage.PLACED, 1)


def test_a_price_without_tax_gets_the_products_rate_on_top() -> None:
    sku = make.product(gst_rate=18)
    order = make.order(make.line(sku, 1, unit_price_micros=19_990_000, tax_included=False))
    assert (order.lines[0].total, order.tax_added, order.total) == (2_359, 360, 2_359)


def test_a_unit_price_finer_than_the_currency_is_rounded_once_a_line() -> None:
    order = make.order(make.line("FREE-TEXT", 12_345, unit_price_micros=1_000))
    assert (order.lines[0].unit_price_micros, order.total) == (1_000, 1_235)


def test_stock_is_kept_at_the_location_with_most() -> None:
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    sku = make.product(on_hand=5)
    stock.adjust(make.ADMIN, sku, "BHI", 8, reason="opening stock")
    order = make.order(make.line(sku, 6))
    assert (order.location, order.lines[0].allocated) == ("BHI", 6)
    assert _levels(sku) == {"BHI": (8, 6, 2), "MAIN": (5, 0, 5)}


def test_what_one_location_lacks_is_kept_at_the_next_and_the_rest_is_counted() -> None:
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    sku = make.product(on_hand=5)
    stock.adjust(make.ADMIN, sku, "BHI", 8, reason="opening stock")
    order = make.order(make.line(sku, 15))
    assert (order.lines[0].allocated, order.shortfall) == (13, 2)
    assert _levels(sku) == {"BHI": (8, 8, 0), "MAIN": (5, 5, 0)}


def test_two_lines_of_one_article_share_its_stock() -> None:
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 3), make.line(sku, 4))
    assert ([line.allocated for line in order.lines], order.shortfall) == ([3, 2], 2)
    assert _levels(sku) == {"MAIN": (5, 5, 0)}


def test_an_unknown_article_with_a_price_is_a_shortfall_and_a_charge_is_not() -> None:
    postage = make.product("POST", kind="charge")
    order = make.order(make.line("UNKNOWN", 2, unit_price_micros=1_000_000), make.line(postage, 1))
    assert (order.shortfall, order.units) == (2, 3)


def test_a_paid_order_records_its_capture() -> None:
    order = make.order(paid=True)
    assert (order.payment_status, order.captured, order.version) == ("paid", 49_950, 1)
    assert [(payment.kind, payment.amount) for payment in order.payments] == [("capture", 49_950)]
    assert [event.kind for event in events.timeline(make.ADMIN, order.number)] == ["placed", "paid"]


def test_an_order_that_costs_nothing_is_paid() -> None:
    order = make.order(make.line("GIFT", 1, unit_price_micros=0), paid=True)
    assert (order.total, order.payment_status, order.payments) == (0, "paid", ())


def test_a_customer_who_comes_back_is_the_same_customer() -> None:
    first = make.order()
    assert (first.customer.name, first.customer.email, first.customer.phone) == (
        "Asha Rao",
        "asha@customer.example",
        "+919876543210",
    )
    second = make.order(customer=CustomerDraft("A. Rao", email=" ASHA@customer.example ", phone="+919876543210"))
    stranger = make.order(customer=CustomerDraft("Asha Rao", email="other@customer.example", phone="99999 11111"))
    assert second.customer.id == first.customer.id
    assert stranger.customer.id != first.customer.id
    history = orders.get(make.ADMIN, second.number).customer
    assert (history.orders, history.spent) == (2, 99_900)


def test_demo_customers_and_real_ones_never_meet() -> None:
    catalogue.add_channel(make.ADMIN, name="demo", title="Demo", kind="manual", currency="INR", demo=True)
    assert make.order().customer.id != make.order(channel="demo").customer.id


def test_numbers_are_never_given_twice_and_step_over_those_in_use() -> None:
    numbers = [make.order().number for _ in range(60)]
    assert len(set(numbers)) == 60
    assert numbers[0] == "10001"


def test_the_id_is_the_moment_of_placement() -> None:
    now = datetime.now(UTC)
    older, newer = make.order(placed_at=now - timedelta(days=2)), make.order(placed_at=now - timedelta(days=1))
    assert older.id < newer.id
    found = order_page.read(make.ADMIN, older.number)
    assert (found.older, found.newer) == (None, newer.number)


def test_an_order_from_the_future_was_placed_now() -> None:
    order = make.order(placed_at=datetime.now(UTC) + timedelta(days=3))
    assert order.placed_at <= datetime.now(UTC)


def test_a_channels_order_is_taken_once() -> None:
    order = make.order(external_id="W-1")
    sku = make.product(on_hand=5)
    with pytest.raises(Conflict) as conflict:
        make.order(make.line(sku, 2), external_id="W-1")
    assert conflict.value.details == {"number": order.number}
    assert _levels(sku) == {"MAIN": (5, 0, 5)}


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "nowhere"},
        {"lines": ()},
        {"customer": CustomerDraft("  ")},
        {"lines": (make.line("KUR-1", 0),)},
        {"lines": (make.line(" ", 1, unit_price_micros=1),)},
        {"lines": (make.line("UNPRICED", 1),)},
        {"lines": (make.line("KUR-1", 1, discount=49_951),)},
        {"lines": (make.line("KUR-1", 1, discount=-1),)},
        {"lines": (make.line("X", 1_000_000, unit_price_micros=10**18),)},
        {"lines": tuple(make.line("KUR-1", 1) for _ in range(1_001))},
        {"shipping": -1},
        {"tags": ("not a tag",)},
    ],
)
def test_a_draft_that_cannot_be_taken_changes_nothing(change: dict) -> None:
    make.product("KUR-1", on_hand=5)
    before = _newest_event()
    draft = replace(make.draft(make.line("KUR-1", 2)), **change)
    with pytest.raises(Malformed):
        placement.place(make.ADMIN, draft)
    assert _levels("KUR-1") == {"MAIN": (5, 0, 5)}
    assert _newest_event() == before


def test_a_role_that_may_not_is_refused_and_changes_nothing() -> None:
    sku = make.product(on_hand=5)
    before = _newest_event()
    for role in (Role.INVENTORY, Role.WAREHOUSE, Role.ANALYST):
        with pytest.raises(Forbidden):
            placement.place(make.actor(role), make.draft(make.line(sku, 2)))
    assert _levels(sku) == {"MAIN": (5, 0, 5)}
    assert _newest_event() == before


def test_cash_on_delivery_is_not_paid_yet() -> None:
    order = make.order(payment_method=PaymentMethod.COD)
    assert (order.payment_method, order.payment_status) == ("cod", "unpaid")


def test_a_billing_address_is_kept_apart() -> None:
    order = make.order(bill_to=AddressDraft(line1="1 Park Street", city="Kolkata", postal_code="700016"))
    assert (order.ship_to.city, order.bill_to.city, order.bill_to.name) == ("Pune", "Kolkata", "Asha Rao")


def test_a_draft_is_complete_with_a_name_and_a_line() -> None:
    sku = make.product(on_hand=1)
    order = placement.place(
        make.ADMIN, OrderDraft(channel="manual", customer=CustomerDraft("Guest"), lines=(make.line(sku),))
    )
    assert (order.total, order.lines[0].allocated) == (49_950, 1)


def _levels(sku: str) -> dict[str, tuple[int, int, int]]:
    return {
        level.location: (level.on_hand, level.reserved, level.available) for level in stock.get(make.ADMIN, sku).levels
    }


def _newest_event() -> int:
    with reading() as tx:
        return event_rows.last_id(tx)


def test_a_new_buyer_keeps_the_name_they_gave(shop: str) -> None:
    placed = make.order(customer=CustomerDraft("Meera Nair", email="meera@customer.example"))
    assert placed.customer.name == "Meera Nair"


def test_tax_on_top_is_due_on_what_a_discount_of_the_order_leaves() -> None:
    taxed, free = (make.product(on_hand=5, price_micros=100_000_000, gst_rate=rate) for rate in (18, None))
    order = make.order(make.line(taxed, 3, tax_included=False), make.line(free, 1), discount=4_000)
    assert order.lines[0].total == 30_000 + 4_860  # 18 % of 30,000 less its share of 3,000
    assert (order.tax_added, order.total) == (4_860, 40_000 + 4_860 - 4_000)
