"""Cancelling lines or an order: reason, freed stock and refund together, or nothing."""

import pytest

from oms_app.domain.changes import RefundDraft
from oms_app.domain.errors import Forbidden, Malformed, NotFound, OmsError, Refused
from oms_app.domain.lifecycle import IllegalMove, Stage
from oms_app.domain.permissions import Role
from oms_app.services import cancellation, change_records, checks, events, orders, refunds, stock
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
UPI = RefundDraft("upi", reference="UTR 9")


def drift() -> list[str]:
    return [difference for name in checks.CHECKS for difference in checks.CHECKS[name](make.ADMIN)]


def test_an_order_is_cancelled_with_its_refund_and_its_stock_is_free() -> None:
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 2), stage=Stage.PACKED, paid=True)
    seen = cancellation.preview(make.ADMIN, order.number, version=order.version, refund=UPI)
    assert (seen.refund, [(each.location, each.units) for each in seen.stock]) == (99_900, [("MAIN", -2)])
    assert orders.get(make.ADMIN, order.number) == orders.get(make.ADMIN, order.number)
    done = cancellation.cancel(make.ADMIN, order.number, version=order.version, reason="ordered twice", refund=UPI)
    assert (done.refund, done.refund_due, done.balance_due) == (99_900, 0, 0)
    after = orders.get(make.ADMIN, order.number)
    assert (after.stage, after.cancel_reason, after.refunded, after.payment_status) == (
        Stage.CANCELLED,
        "ordered twice",
        99_900,
        "refunded",
    )
    assert stock.get(make.ADMIN, sku).available == 5
    (record,) = change_records.of_order(make.ADMIN, order.number)
    assert (record.kind, record.refunded, record.reason) == ("cancel", 99_900, "ordered twice")
    assert drift() == []


def test_units_of_lines_are_cancelled_and_their_share_goes_back() -> None:
    sku, other = make.product(on_hand=5, price_micros=100_000_000), make.product(on_hand=5, price_micros=10_000_000)
    order = make.order(make.line(sku, 3, discount=300), make.line(other, 1), paid=True)
    lines = {order.lines[0].id: 1}
    done = cancellation.cancel(make.ADMIN, order.number, version=1, reason="too many", lines=lines, refund=UPI)
    assert (done.before.total - done.after.total, done.refund) == (9_900, 9_900)
    after = orders.get(make.ADMIN, order.number)
    assert [(line.cancelled, line.allocated) for line in after.lines] == [(1, 2), (0, 1)]
    assert change_records.of_order(make.ADMIN, order.number)[0].kind == "cancel_lines"
    assert drift() == []


def test_cancelling_every_unit_cancels_the_order() -> None:
    order = make.order(make.line(make.product(on_hand=5), 2))
    cancellation.cancel(make.ADMIN, order.number, version=1, reason="all of it", lines={order.lines[0].id: 2})
    assert orders.get(make.ADMIN, order.number).stage is Stage.CANCELLED


@pytest.mark.parametrize(
    ("error", "values"),
    [
        (Malformed, {"reason": " "}),
        (Malformed, {"lines": {0: 3}}),
        (NotFound, {"lines": {999_999: 1}}),
        (OmsError, {"refund": RefundDraft("upi", 10**9)}),
        (Malformed, {"refund": RefundDraft("barter")}),
    ],
)
def test_a_cancellation_that_cannot_be_leaves_nothing_behind(error: type[OmsError], values: dict) -> None:
    order = make.order(make.line(make.product(on_hand=5), 2), paid=True)
    if 0 in (lines := values.get("lines", {})):
        values = values | {"lines": {order.lines[0].id: lines[0]}}
    before = events.timeline(make.ADMIN, order.number)
    with pytest.raises(error):
        cancellation.cancel(make.ADMIN, order.number, **{"version": order.version, "reason": "no"} | values)
    assert orders.get(make.ADMIN, order.number, history=False) == order
    assert events.timeline(make.ADMIN, order.number) == before


def test_who_may_not_refund_as_much_cancels_without_it() -> None:
    order = make.order(make.line(make.product(on_hand=5), 5), paid=True)
    with pytest.raises(Refused, match="2,000"):
        cancellation.cancel(make.actor("service"), order.number, version=1, reason="no", refund=UPI)
    assert orders.get(make.ADMIN, order.number, history=False) == order
    done = cancellation.cancel(make.actor("service"), order.number, version=1, reason="changed their mind")
    assert (done.refund, done.refund_due) == (0, 249_750)
    after = orders.get(make.ADMIN, order.number)
    assert after.refund_due == 249_750
    paid = refunds.record(make.ADMIN, order.number, RefundDraft("bank", 249_750), version=after.version, reason="x")
    assert (paid.refund_due, paid.payment_status) == (0, "refunded")
    assert drift() == []


def test_what_left_the_building_is_not_cancelled_and_service_not_what_is_packed() -> None:
    packed = make.order(make.line(make.product(on_hand=5), 2), stage=Stage.PACKED)
    with pytest.raises(Forbidden):
        cancellation.cancel(make.actor(Role.SERVICE), packed.number, version=packed.version, reason="x")
    shipped = make.move(packed, Stage.SHIPPED)
    with pytest.raises(IllegalMove):
        cancellation.cancel(make.ADMIN, shipped.number, version=shipped.version, reason="x")
    assert orders.get(make.ADMIN, shipped.number).stage is Stage.SHIPPED


def test_goodwill_goes_back_and_leaves_the_order_paid_for() -> None:
    order = make.order(make.line(make.product(on_hand=5), 2), paid=True)
    paid = refunds.record(make.ADMIN, order.number, RefundDraft("upi", 10_000), version=1, reason="late")
    assert (paid.refunded, paid.balance_due, paid.payment_status) == (10_000, 0, "part_refunded")
    assert drift() == []
