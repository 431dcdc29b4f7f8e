"""Changing a placed order: the preview says what the commit does; units, money, stock and charts agree afterwards."""

import threading
from datetime import timedelta

import pytest

from oms_app.domain.changes import Edit, LineEdit, RefundDraft
from oms_app.domain.errors import Forbidden, Malformed, NotFound, OmsError, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft, OrderView
from oms_app.domain.permissions import Role
from oms_app.services import change_records, changes, checks, events, orders, payments, refunds, shortfalls, stock
from oms_app.services.moves import StaleVersion
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def drift() -> list[str]:
    return [difference for name in checks.CHECKS for difference in checks.CHECKS[name](make.ADMIN)]


def now(order: OrderView) -> OrderView:
    return orders.get(make.ADMIN, order.number)


def quantity(order: OrderView, units: int, **values: int) -> Edit:
    return Edit((LineEdit(order.lines[0].id, quantity=units, **values),))


def test_a_preview_says_what_the_commit_does_and_keeps_nothing() -> None:
    sku, other = make.product(on_hand=5, price_micros=100_000_000), make.product(on_hand=1, price_micros=50_000_000)
    order = make.order(make.line(sku, 3), shipping=4_000, paid=True)
    edit = Edit((LineEdit(order.lines[0].id, quantity=1), LineEdit(sku=other, quantity=2)), shipping=0)
    was = (now(order), stock.get(make.ADMIN, sku), events.timeline(make.ADMIN, order.number))
    seen = changes.preview(make.ADMIN, order.number, edit, version=order.version)
    assert (now(order), stock.get(make.ADMIN, sku), events.timeline(make.ADMIN, order.number)) == was
    assert (seen.before.total, seen.after.total, seen.refund_due, seen.balance_due) == (34_000, 20_000, 14_000, 0)
    assert {(each.sku, each.location, each.units) for each in seen.stock} == {
        (sku, "MAIN", -2),
        (other, "MAIN", 1),
        (other, "", 1),
    }
    done = changes.apply(make.ADMIN, order.number, edit, version=order.version)
    assert (done.before, done.after, done.lines, done.stock) == (seen.before, seen.after, seen.lines, seen.stock)
    after = now(order)
    assert (after.total, after.shipping, after.units, after.shortfall, after.version) == (20_000, 0, 3, 1, done.version)
    assert [(line.sku, line.quantity - line.cancelled, line.allocated) for line in after.lines] == [
        (sku, 1, 1),
        (other, 2, 1),
    ]
    assert after.refund_due == 14_000
    assert drift() == []


def test_a_change_is_one_numbered_record_in_the_timeline_and_the_versions() -> None:
    order = make.order(make.line(make.product("KUR-1", on_hand=9, price_micros=100_000_000), 2))
    first = changes.apply(make.actor("service"), order.number, quantity(order, 3), version=1, reason="one more")
    changes.apply(make.ADMIN, order.number, quantity(order, 3, unit_price_micros=90_000_000), version=first.version)
    newest, oldest = change_records.of_order(make.ADMIN, order.number)
    assert (oldest.number, oldest.actor, oldest.reason) == (1, "service@shop.example", "one more")
    assert oldest.changed == (("KUR-1", "2 × 100.00", "3 × 100.00"), ("total", "200.00", "300.00"))
    assert newest.changed == (("KUR-1", "3 × 100.00", "3 × 90.00"), ("total", "300.00", "270.00"))
    event = next(each for each in events.timeline(make.ADMIN, order.number) if each.kind == "changed")
    assert (event.before, event.after["change"], event.reason) == (
        {"KUR-1": "2 × 100.00", "total": "200.00"},
        1,
        "one more",
    )


def test_units_taken_off_are_those_first_that_wait() -> None:
    sku = make.product(on_hand=3)
    order = make.order(make.line(sku, 5))
    after = changes.apply(make.ADMIN, order.number, quantity(order, 4), version=1)
    assert (stock.get(make.ADMIN, sku).reserved, now(order).shortfall) == (3, 1)
    changes.apply(make.ADMIN, order.number, quantity(order, 2), version=after.version)
    assert (stock.get(make.ADMIN, sku).reserved, now(order).shortfall) == (2, 0)
    assert shortfalls.page(make.ADMIN).lines == ()
    assert drift() == []


def test_a_line_taken_off_costs_nothing_and_frees_its_stock() -> None:
    sku, other = make.product(on_hand=3), make.product(on_hand=3)
    order = make.order(make.line(sku, 2), make.line(other, 1))
    changes.apply(make.ADMIN, order.number, quantity(order, 0), version=1)
    line, _ = now(order).lines
    assert (line.cancelled, line.allocated, line.total) == (2, 0, 0)
    assert stock.get(make.ADMIN, sku).available == 3
    gone = Edit((LineEdit(order.lines[1].id, quantity=0),))
    with pytest.raises(Refused, match="cancel the order"):
        changes.apply(make.ADMIN, order.number, gone, version=now(order).version)
    assert drift() == []


def test_a_discount_on_the_order_is_spread_so_that_tax_on_top_is_true() -> None:
    taxed = make.product(on_hand=5, price_micros=100_000_000, gst_rate=18)
    order = make.order(make.line(taxed, 3, tax_included=False), make.line(make.product(on_hand=1), 1))
    assert (order.tax_added, order.total) == (5_400, 35_400 + 49_950)
    edit = Edit(discount=10_000)
    changes.apply(make.ADMIN, order.number, edit, version=1)
    after = now(order)
    # Its share is 10,000 × 30,000 / 79,950 = 3,752; the paisa that does not divide goes to the larger line.
    assert after.lines[0].total == 30_000 + 4_725  # 18 % of 26,248 is 4,724.64
    assert (after.discount, after.total) == (10_000, after.subtotal - 10_000)
    assert after.tax_added == after.lines[0].total - 30_000
    assert drift() == []


def test_a_line_that_nothing_changes_costs_what_it_did_whatever_its_article_costs_today() -> None:
    sku, other = make.product(on_hand=9, price_micros=100_000_000, gst_rate=5), make.product(on_hand=9)
    order = make.order(make.line(sku, 3, tax_included=False, discount=1), make.line(other, 1), discount=333)
    with pytest.raises(Refused, match="Nothing is changed"):
        changes.preview(make.ADMIN, order.number, Edit(discount=333), version=1)
    after = changes.apply(make.ADMIN, order.number, Edit(shipping=100), version=1).after
    assert (after.subtotal, after.total) == (order.subtotal, order.total + 100)


def test_money_paid_too_much_goes_back_in_the_same_transaction() -> None:
    order = make.order(make.line(make.product(on_hand=5, price_micros=100_000_000), 3), paid=True)
    refunds.set_limits(make.ADMIN, {"service": 9_999})
    with pytest.raises(Refused, match="up to ₹99.99"):
        changes.apply(make.actor("service"), order.number, quantity(order, 2), version=1, refund=RefundDraft("upi"))
    assert now(order).total == 30_000
    done = changes.apply(make.ADMIN, order.number, quantity(order, 2), version=1, refund=RefundDraft("upi"))
    after = now(order)
    assert (after.captured, after.refunded, after.refund_due, done.refund, done.refund_due) == (
        30_000,
        10_000,
        0,
        10_000,
        0,
    )
    assert [(each.kind, each.amount) for each in after.payments] == [("capture", 30_000), ("refund", 10_000)]
    assert (after.payment_status, change_records.of_order(make.ADMIN, order.number)[0].refunded) == (
        "part_refunded",
        10_000,
    )
    changes.apply(make.ADMIN, order.number, quantity(order, 4), version=after.version)
    after = now(order)
    assert (after.balance_due, after.payment_status) == (20_000, "part_paid")
    paid = payments.record(make.ADMIN, order.number, kind="capture", amount=20_000, method="upi")
    assert (paid.balance_due, paid.refund_due) == (0, 0)
    assert drift() == []


def test_an_order_that_lacks_units_goes_back_to_processing() -> None:
    sku = make.product(on_hand=2)
    order = make.order(make.line(sku, 2), stage=Stage.PICKING)
    seen = changes.preview(make.ADMIN, order.number, quantity(order, 3), version=order.version)
    assert seen.effects == ("The order goes back to Processing: 1 of its units wait for stock.",)
    changes.apply(make.ADMIN, order.number, quantity(order, 3), version=order.version)
    assert (now(order).stage, now(order).shortfall) == (Stage.PROCESSING, 1)
    assert drift() == []


def test_another_service_moves_the_promise_and_the_priority() -> None:
    order = make.order()
    edit = Edit(service="same_day")
    seen = changes.preview(make.ADMIN, order.number, edit, version=order.version)
    assert [effect.startswith("It ships by ") for effect in seen.effects] == [True]
    changes.apply(make.ADMIN, order.number, edit, version=order.version)
    after = now(order)
    assert (after.service, order.ship_by - after.ship_by) == ("same_day", timedelta(hours=44))
    assert after.priority > order.priority
    with pytest.raises(Refused):
        changes.apply(make.ADMIN, order.number, edit, version=after.version)
    with pytest.raises(Malformed):
        changes.apply(make.ADMIN, order.number, Edit(service="by drone"), version=after.version)
    assert drift() == []


def test_the_address_changes_with_the_lines_or_not_at_all() -> None:
    order = make.order(make.line(make.product(on_hand=2), 1))
    to = AddressDraft(line1="4 Park Street", city="Kolkata", state="West Bengal", postal_code="700016")
    for edit, error in (
        (Edit((LineEdit(order.lines[0].id, quantity=0),), ship_to=to), Refused),
        (Edit((LineEdit(sku="NOTHING"),), ship_to=to), Malformed),
        (Edit((LineEdit(999_999, quantity=1),), ship_to=to), NotFound),
    ):
        with pytest.raises(error):
            changes.apply(make.ADMIN, order.number, edit, version=1)
        assert now(order) == order or now(order).ship_to == order.ship_to
    changes.apply(make.ADMIN, order.number, Edit(ship_to=to), version=1)
    assert now(order).ship_to.city == "Kolkata"  # type: ignore[union-attr]
    assert change_records.of_order(make.ADMIN, order.number)[0].changed == (("ship to", "Pune", "Kolkata (corrected)"),)
    assert drift() == []


@pytest.mark.parametrize(
    ("error", "edit"),
    [
        (Malformed, {"quantity": -1}),
        (Malformed, {"unit_price_micros": -1}),
        (Malformed, {"discount": 49_951}),
        (Refused, {"quantity": 1}),
    ],
)
def test_a_change_that_cannot_be_leaves_nothing_behind(error: type[OmsError], edit: dict[str, int]) -> None:
    order = make.order(make.line(make.product(on_hand=5), 1))
    with pytest.raises(error):
        changes.apply(make.ADMIN, order.number, Edit((LineEdit(order.lines[0].id, **edit),)), version=1)
    assert now(order) == orders.get(make.ADMIN, order.number)
    assert [event.kind for event in events.timeline(make.ADMIN, order.number)] == ["placed"]


@pytest.mark.parametrize("stage", [Stage.PACKED, Stage.SHIPPED, Stage.CANCELLED])
def test_what_is_packed_or_gone_is_not_changed(stage: Stage) -> None:
    order = make.order(make.line(make.product(on_hand=5), 2), stage=Stage.PICKING)
    for to in (Stage.PACKED, Stage.SHIPPED) if stage is Stage.SHIPPED else (stage,):
        order = make.move(order, to)
    with pytest.raises(Refused):
        changes.apply(make.ADMIN, order.number, quantity(order, 1), version=order.version)
    assert now(order).version == order.version


@pytest.mark.parametrize("role", [Role.INVENTORY, Role.WAREHOUSE, Role.ANALYST])
def test_who_may_not_edit_orders_neither_changes_nor_previews(role: Role) -> None:
    order = make.order(make.line(make.product(on_hand=5), 2))
    for act in (changes.preview, changes.apply):
        with pytest.raises(Forbidden):
            act(make.actor(role), order.number, quantity(order, 1), version=1)
    assert now(order).version == 1


def test_of_two_who_change_at_once_one_is_told_who_was_first() -> None:
    order = make.order(make.line(make.product(on_hand=9), 3))
    told: list[str] = []
    barrier = threading.Barrier(2)

    def change(units: int) -> None:
        barrier.wait()
        try:
            changes.apply(make.ADMIN, order.number, quantity(order, units), version=1)
        except StaleVersion as conflict:
            told.append(conflict.details["did"])

    threads = [threading.Thread(target=change, args=(units,)) for units in (1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert len(change_records.of_order(make.ADMIN, order.number)) == 1
    assert drift() == []
