"""Checks of arriving orders: what holds an order and why, how a fix lets it go, and that good orders go through."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import customers
from oms_app.db.queries import orders as rows
from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft, CustomerDraft, OrderDraft, OrderView, PaymentMethod
from oms_app.domain.permissions import Role
from oms_app.domain.validation import Rules
from oms_app.services import (
    addresses,
    catalogue,
    checks,
    events,
    holds,
    orders,
    payments,
    placement,
    sku_map,
    stock,
    validation,
)
from tests import make

HERE = AddressDraft(line1="12 MG Road", city="Pune", state="Maharashtra", postal_code="411001")


@pytest.fixture(autouse=True)
def strict(shop: str) -> None:
    """A shop with the rules it comes with."""
    with transaction() as tx:
        settings.remove_setting(tx, "validation")
    validation.save(make.ADMIN, Rules())


def draft(*lines, **values) -> OrderDraft:
    """A paid order that nothing is wrong with."""
    return make.draft(*lines, **{"paid": True} | values)


def place(*lines, **values) -> OrderView:
    return placement.place(make.ADMIN, draft(*lines, **values))


def held(order: OrderView) -> list[tuple[str, str]]:
    """(kind, check) of the open holds."""
    return [(hold.kind, hold.check) for hold in order.holds]


def test_a_good_order_is_held_by_nothing() -> None:
    order = place()
    assert (order.holds, order.version) == ((), 1)
    assert [each.kind for each in events.timeline(make.ADMIN, order.number)] == ["placed", "paid"]


@pytest.mark.parametrize(
    ("change", "kind", "check", "message"),
    [
        ({"ship_to": AddressDraft()}, "address", "address", "The address has no street, town, State and PIN."),
        ({"ship_to": replace(HERE, postal_code="560001")}, "address", "pin", "PIN 560001 lies in Karnataka, not in"),
        ({"ship_to": replace(HERE, postal_code="103001")}, "address", "pin", "There is no PIN 103001."),
        ({"ship_to": replace(HERE, state="Karnatka")}, "address", "address", "“Karnatka” is no State of India."),
        ({"ship_to": replace(HERE, postal_code="41100")}, "address", "address", "“41100” is no PIN of Maharashtra."),
        ({"ship_to": replace(HERE, country="XX")}, "address", "address", "“XX” is no country."),
        ({"ship_to": replace(HERE, phone="12345")}, "address", "phone", "“12345” is no phone number."),
        ({"customer": CustomerDraft("Guest")}, "address", "customer", "Neither phone nor e-mail"),
        ({"paid": False}, "payment", "payment", "Prepaid, and nothing is paid yet."),
    ],
)
def test_an_order_is_held_for_what_is_wrong_with_it(change: dict, kind: str, check: str, message: str) -> None:
    order = place(**change)
    assert held(order) == [(kind, check)]
    [hold] = order.holds
    assert hold.reason.startswith(message)
    assert (hold.opened_by, bool(hold.fix)) == ("Validation", True)
    told = [each for each in events.timeline(make.ADMIN, order.number) if each.kind == "held"]
    assert [(each.actor, each.after["check"], each.reason) for each in told] == [("Validation", check, hold.reason)]
    assert stock.get(make.ADMIN, order.lines[0].sku).reserved == 1  # it keeps its stock


@pytest.mark.parametrize("state", ["MH", "IN-MH", "maharashtra", " Maharashtra "])
def test_a_state_may_be_spelt_as_channels_do(state: str) -> None:
    assert place(ship_to=replace(HERE, state=state)).holds == ()


@pytest.mark.parametrize(
    "there",
    [
        AddressDraft(line1="10 Downing Street", city="London", postal_code="SW1A 2AA", country="GB"),
        AddressDraft(line1="1 Main St", city="Mountain View", state="California", postal_code="94043", country="US"),
        AddressDraft(line1="Villa 4", city="Dubai", state="Dubai", country="AE"),
        AddressDraft(line1="Army post", city="New Delhi", state="Delhi", postal_code="900056"),
    ],
)
def test_addresses_elsewhere_follow_their_own_format(there: AddressDraft) -> None:
    assert place(ship_to=there).holds == ()


def test_an_order_that_nobody_means_is_held() -> None:
    postage = make.product("POST", kind="charge")
    assert held(place(make.line(postage))) == [("manual", "contents")]
    assert held(place(make.line(make.product(on_hand=1), 501))) == [("manual", "contents")]


def test_a_payment_releases_what_waited_for_it() -> None:
    order = place(paid=False)
    paid = payments.record(make.ADMIN, order.number, kind="capture", amount=order.total, method="upi")
    assert (paid.holds, paid.payment_status) == ((), "paid")
    kinds = [each.kind for each in events.timeline(make.ADMIN, order.number)]
    assert kinds == ["placed", "held", "paid", "released"]


def test_a_payment_hold_that_somebody_opened_stays() -> None:
    order = holds.place(make.ADMIN, place(paid=False).number, kind="payment", reason="cheque not cleared")
    paid = payments.record(make.ADMIN, order.number, kind="capture", amount=order.total, method="bank")
    assert [hold.reason for hold in paid.holds] == ["cheque not cleared"]


def test_cash_above_the_limit_waits_for_a_confirmation() -> None:
    sku = make.product(on_hand=50)
    cod = {"payment_method": PaymentMethod.COD, "paid": False}
    assert place(make.line(sku, 10), **cod).holds == ()  # ₹4,995
    order = place(make.line(sku, 11), **cod)
    assert held(order) == [("cod", "cod")]
    free = holds.release(make.actor(Role.SERVICE), order.number, order.holds[0].id, reason="Confirmed by phone")
    assert free.holds == ()
    assert events.timeline(make.ADMIN, order.number)[-1].reason == "Confirmed by phone"


def test_a_limit_does_not_compare_rupees_with_pounds() -> None:
    catalogue.add_channel(make.ADMIN, name="uk", title="UK", kind="manual", currency="GBP")
    lines = make.line("MUG", 1, unit_price_micros=9_000_000_000)
    order = place(lines, channel="uk", paid=False, payment_method=PaymentMethod.COD)
    assert held(order) == [("sku", "sku")]


def test_an_order_that_comes_twice_is_held_and_a_different_one_is_not() -> None:
    one, other = make.product(on_hand=20), make.product(on_hand=20)
    first = place(make.line(one, 2), make.line(other, 1))
    again = place(make.line(other, 1), make.line(one, 2))
    assert held(again) == [("duplicate", "duplicate")]
    assert first.number in again.holds[0].reason
    assert place(make.line(one, 1), make.line(other, 1)).holds == ()
    stranger = CustomerDraft("Ravi", email="ravi@customer.example", phone="99999 11111")
    assert place(make.line(one, 2), make.line(other, 1), customer=stranger).holds == ()


def test_the_same_order_an_hour_apart_or_after_a_cancellation_is_no_duplicate() -> None:
    sku, now = make.product(on_hand=20), datetime.now(UTC)
    place(make.line(sku), placed_at=now - timedelta(hours=1))
    second = place(make.line(sku), placed_at=now)
    assert second.holds == ()
    make.move(second, Stage.CANCELLED)
    assert place(make.line(sku), placed_at=now).holds == ()


def test_fraud_points_add_up_and_say_why() -> None:
    validation.save(make.ADMIN, Rules(velocity_orders=2, value_above=100_000, risky_pins=("4110",), hold_from=60))
    assert place().holds == ()  # 30 for the PIN
    place()
    order = place()
    assert held(order) == [("fraud", "fraud")]
    assert (
        order.holds[0].reason == "Score 60 (from 60): 2 earlier orders in 24 hours +30, PIN 411001 is on the list +30."
    )


def test_refused_cash_orders_count_against_the_next_one() -> None:
    validation.save(make.ADMIN, Rules(refused_cod=2, refused_points=60))
    cod = {"payment_method": PaymentMethod.COD, "paid": False}
    for _ in range(2):
        make.move(place(**cod), Stage.CANCELLED)
    assert held(place(**cod)) == [("fraud", "fraud")]
    assert place().holds == ()  # prepaid is no risk


def test_a_check_that_is_switched_off_holds_nothing() -> None:
    validation.save(make.ADMIN, Rules(off=("address", "pin")))
    assert place(ship_to=AddressDraft()).holds == ()


def test_history_is_not_checked() -> None:
    with transaction() as tx:
        row = placement.insert(tx, make.ADMIN, draft(ship_to=AddressDraft(), paid=False), checked=False)
    assert row.holds == 0


def test_the_past_is_read_only_where_it_can_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    place(placed_at=now - timedelta(days=3))
    monkeypatch.setattr(customers, "lately", lambda *args, **options: pytest.fail("read for nothing"))
    place(placed_at=now)  # has not bought for days
    place(customer=CustomerDraft("New", email="new@customer.example"))


def test_a_corrected_address_lets_the_order_go() -> None:
    order = place(ship_to=replace(HERE, postal_code="560001", phone="12345"))
    assert held(order) == [("address", "pin"), ("address", "phone")]
    with pytest.raises(Refused) as refusal:
        addresses.correct(make.ADMIN, order.number, replace(HERE, postal_code="110001"))
    assert "PIN 110001 lies in Delhi" in refusal.value.message
    assert orders.get(make.ADMIN, order.number).version == order.version
    wanted = AddressDraft(line1="5 FC Road", city="Pune", state="mh", postal_code="411004", phone="98200 00000")
    fixed = addresses.correct(make.actor(Role.SERVICE), order.number, wanted)
    assert (fixed.holds, fixed.ship_to.state, fixed.ship_to.phone) == ((), "Maharashtra", "+919820000000")
    assert fixed.ship_to == fixed.bill_to
    kinds = [each.kind for each in events.timeline(make.ADMIN, order.number)]
    assert kinds[-3:] == ["address_corrected", "released", "released"]
    assert checks.search(make.ADMIN) == ()


def test_an_order_that_came_without_an_address_gets_one() -> None:
    order = place()
    with transaction() as tx:
        row = rows.find(tx, order.number, lock=True)
        rows.change(tx, row, ship_to_id=None, bill_to_id=None, customer_id=None)
    fixed = addresses.correct(make.ADMIN, order.number, replace(HERE, phone="98200 00000"))
    assert (fixed.ship_to.city, fixed.ship_to.name, fixed.ship_to.phone) == ("Pune", "Asha Rao", "+919820000000")


def test_who_may_not_edit_orders_corrects_no_address() -> None:
    order = place(ship_to=replace(HERE, postal_code="560001"))
    for role in (Role.ANALYST, Role.WAREHOUSE, Role.INVENTORY):
        with pytest.raises(Forbidden):
            addresses.correct(make.actor(role), order.number, HERE)
    assert held(orders.get(make.ADMIN, order.number)) == [("address", "pin")]


def test_an_unknown_sku_waits_until_somebody_says_what_it_is() -> None:
    sku = make.product("KUR-1", on_hand=10)
    lines = make.line("SHOP-77", 2, unit_price_micros=300_000_000), make.line(sku, 1)
    waiting = [place(*lines) for _ in range(2)]
    assert [held(each)[0] for each in waiting] == [("sku", "sku")] * 2
    assert waiting[0].shortfall == 2
    assert sku_map.put(make.ADMIN, channel="manual", channel_sku="SHOP-77", sku="KUR-1", quantity=3) == 2
    first = orders.get(make.ADMIN, waiting[0].number)
    assert ("sku", "sku") not in held(first)
    assert [(line.sku, line.quantity, line.allocated, line.total) for line in first.lines] == [
        ("KUR-1", 6, 6, 60_000),
        ("KUR-1", 1, 1, 49_950),
    ]
    assert (first.units, first.shortfall, first.total) == (7, 0, waiting[0].total)
    second = orders.get(make.ADMIN, waiting[1].number)
    assert (second.units, second.shortfall) == (7, 4)  # of 10 in stock the first order keeps 7
    later = place(make.line("SHOP-77", 1, unit_price_micros=300_000_000))
    assert [(line.sku, line.quantity, line.total) for line in later.lines] == [("KUR-1", 3, 30_000)]
    assert [check(make.ADMIN) for check in checks.CHECKS.values()] == [()] * 4


def test_an_order_waits_on_while_one_of_its_skus_is_unknown() -> None:
    make.product("KUR-1", on_hand=10)
    order = place(*(make.line(name, 1, unit_price_micros=1_000_000) for name in ("A", "B")))
    assert sku_map.put(make.ADMIN, channel="manual", channel_sku="A", sku="KUR-1") == 1
    assert held(orders.get(make.ADMIN, order.number)) == [("sku", "sku")]
    assert [each.skus for each in holds.page(make.ADMIN, "sku")] == [("B",)]


def test_a_product_that_is_added_later_completes_what_waited_for_it() -> None:
    order = place(make.line("NEW-1", 2, unit_price_micros=1_000_000))
    make.product("NEW-1", on_hand=5)
    assert (sku_map.complete_waiting(), sku_map.complete_waiting()) == (1, 0)
    done = orders.get(make.ADMIN, order.number)
    assert (held(done), done.lines[0].allocated, done.shortfall) == ([], 2, 0)


def test_the_map_says_what_it_knows_and_forgets_it() -> None:
    make.product("KUR-1")
    sku_map.put(make.ADMIN, channel="manual", channel_sku="X", sku="KUR-1", quantity=2)
    [name] = sku_map.page(make.ADMIN)
    assert (name.channel, name.channel_sku, name.sku, name.quantity) == ("manual", "X", "KUR-1", 2)
    for refused in ({"sku": "NOPE"}, {"channel": "nowhere"}):
        with pytest.raises(NotFound):
            sku_map.put(make.ADMIN, **{"channel": "manual", "channel_sku": "Y", "sku": "KUR-1"} | refused)
    with pytest.raises(Forbidden):
        sku_map.put(make.actor(Role.SERVICE), channel="manual", channel_sku="Y", sku="KUR-1")
    sku_map.remove(make.ADMIN, channel="manual", channel_sku="X")
    with pytest.raises(NotFound):
        sku_map.remove(make.ADMIN, channel="manual", channel_sku="X")
    assert sku_map.page(make.ADMIN) == ()


def test_a_hold_ends_by_itself_when_its_day_has_come() -> None:
    order, later = place(), place()
    now = datetime.now(UTC)
    holds.place(make.ADMIN, order.number, kind="customer", reason="away", until=now - timedelta(seconds=1))
    holds.place(make.ADMIN, later.number, kind="customer", reason="away", until=now + timedelta(days=1))
    assert (holds.release_due(), holds.release_due()) == (1, 0)
    assert orders.get(make.ADMIN, order.number).holds == ()
    assert len(orders.get(make.ADMIN, later.number).holds) == 1
    last = events.timeline(make.ADMIN, order.number)[-1]
    assert (last.kind, last.actor, last.reason) == ("released", "Timetable", "Its day has come")


def test_a_cancelled_order_leaves_every_queue() -> None:
    order = make.move(place(paid=False), Stage.CANCELLED)
    assert (order.holds, any(each.number for each in holds.counts(make.ADMIN).values())) == ((), False)
    assert checks.search(make.ADMIN) == ()


def test_queues_are_counted_and_paged_oldest_first() -> None:
    numbers = [place(paid=False).number for _ in range(3)]
    place(ship_to=AddressDraft())
    counts = holds.counts(make.ADMIN)
    assert {kind: count.number for kind, count in counts.items() if count.number} == {"address": 1, "payment": 3}
    first = holds.page(make.ADMIN, "payment", limit=2)
    rest = holds.page(make.ADMIN, "payment", after=first[-1].id, limit=2)
    assert [each.number for each in (*first, *rest)] == numbers
    assert len(holds.page(make.ADMIN)) == 4
    masked = holds.page(make.actor(Role.ANALYST), "payment")[0]
    assert (masked.customer, masked.phone, masked.line1) == ("A. R.", "•••", "•••")


def test_the_rules_are_the_admins_and_their_change_is_recorded() -> None:
    with pytest.raises(Forbidden):
        validation.save(make.actor(Role.MANAGER), Rules(cod_above=1))
    for wrong in (Rules(cod_above=-1), Rules(risky_pins=("4 1",)), Rules(off=("mood",))):
        with pytest.raises(Malformed):
            validation.save(make.ADMIN, wrong)
    assert validation.read(make.actor(Role.ANALYST)) == Rules()
    validation.save(make.ADMIN, Rules(cod_above=10_000, off=("phone",)))
    assert validation.read(make.ADMIN) == Rules(cod_above=10_000, off=("phone",))
