"""Payments: facts that add up, and refusals that leave nothing behind."""

import threading

import pytest

from oms_app.domain.changes import RefundDraft
from oms_app.domain.errors import Conflict, Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import GuardsFailed, Stage
from oms_app.domain.orders import OrderView, PaymentMethod
from oms_app.domain.permissions import Role
from oms_app.domain.validation import Rules
from oms_app.services import checks, events, holds, orders, payments, refunds, validation
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_captures_and_voids_add_up_to_the_status() -> None:
    order = make.order()
    steps = [("capture", 20_000, "part_paid", 20_000), ("void", 5_000, "part_paid", 15_000)]
    steps += [("capture", 34_950, "paid", 49_950), ("void", 49_950, "unpaid", 0)]
    for kind, amount, status, captured in steps:
        order = payments.record(make.ADMIN, order.number, kind=kind, amount=amount, method="upi", reference="UTR1")
        assert (order.payment_status, order.captured, order.refundable) == (status, captured, captured)
    assert [(payment.kind, payment.amount) for payment in order.payments] == [step[:2] for step in steps]
    last = events.timeline(make.ADMIN, order.number)[-1]
    assert (last.kind, last.before, last.after["amount"]) == ("payment_voided", {"payment_status": "paid"}, "499.50")


@pytest.mark.parametrize(
    ("error", "change"),
    [
        (Refused, {"amount": 49_951}),
        (Refused, {"kind": "void", "amount": 1}),
        (Malformed, {"amount": 0}),
        (Malformed, {"amount": -1}),
        (Malformed, {"method": "barter"}),
        (Malformed, {"kind": "refund"}),
    ],
)
def test_a_payment_that_cannot_be_leaves_nothing_behind(error: type[Exception], change: dict) -> None:
    order = make.order()
    with pytest.raises(error):
        payments.record(make.ADMIN, order.number, **{"kind": "capture", "amount": 100, "method": "cash"} | change)
    assert orders.get(make.ADMIN, order.number, history=False) == order
    assert [event.kind for event in events.timeline(make.ADMIN, order.number)] == ["placed"]


@pytest.mark.parametrize("role", [Role.INVENTORY, Role.WAREHOUSE, Role.SERVICE, Role.ANALYST])
def test_only_managers_and_admins_record_money(role: Role) -> None:
    order = make.order()
    with pytest.raises(Forbidden):
        payments.record(make.actor(role), order.number, kind="capture", amount=100, method="cash")
    assert orders.get(make.ADMIN, order.number).captured == 0


def test_an_order_that_is_not_there_takes_no_money() -> None:
    with pytest.raises(NotFound):
        payments.record(make.ADMIN, "nowhere", kind="capture", amount=100, method="cash")


def test_two_who_record_the_whole_sum_at_once_record_it_once() -> None:
    order = make.order()
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def capture() -> None:
        barrier.wait()
        try:
            payments.record(make.ADMIN, order.number, kind="capture", amount=order.total, method="upi")
            outcomes.append("recorded")
        except Refused as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=capture) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["more_than_owed", "recorded"]
    now = orders.get(make.ADMIN, order.number)
    assert (now.captured, len(now.payments)) == (order.total, 1)


def test_a_promise_is_captured_in_parts_and_the_rest_of_it_voided() -> None:
    order = make.order()
    steps = [
        ("authorise", 40_000, "authorised", 40_000, 0),
        ("capture", 15_000, "part_paid", 25_000, 15_000),
        ("void", 25_000, "part_paid", 0, 15_000),
        ("void", 15_000, "unpaid", 0, 0),
    ]
    for kind, amount, status, authorised, captured in steps:
        order = payments.record(make.ADMIN, order.number, kind=kind, amount=amount, method="card")
        assert (order.payment_status, order.authorised, order.captured) == (status, authorised, captured)
    assert [each.kind for each in order.payments] == ["authorise", "capture", "release", "void"]
    assert checks.money(make.ADMIN) == ()


def test_a_role_refunds_up_to_its_limit_however_often() -> None:
    def give(role: Role, amount: int) -> OrderView:
        version = orders.get(make.ADMIN, order.number).version
        refund = RefundDraft("upi", amount)
        return refunds.record(make.actor(role), order.number, refund, version=version, reason="Late")

    refunds.set_limits(make.ADMIN, {"service": 20_000})
    order = payments.record(make.ADMIN, make.order().number, kind="capture", amount=49_950, method="upi")
    give(Role.SERVICE, 15_000)
    with pytest.raises(Refused, match="up to ₹200.00") as refusal:
        give(Role.SERVICE, 5_001)
    assert refusal.value.code == "over_limit"
    assert orders.get(make.ADMIN, order.number).refunded == 15_000
    give(Role.MANAGER, 5_001)
    assert orders.get(make.ADMIN, order.number).refunded == 20_001
    with pytest.raises(Forbidden):
        give(Role.WAREHOUSE, 1)
    with pytest.raises(Forbidden):
        refunds.set_limits(make.actor(Role.SERVICE), {})
    with pytest.raises(Malformed):
        refunds.set_limits(make.ADMIN, {"analyst": 1})
    assert checks.money(make.ADMIN) == ()


def test_a_prepaid_order_is_picked_only_once_it_is_paid() -> None:
    validation.save(make.ADMIN, Rules(off=("duplicate", "fraud")))
    order = make.move(make.order(), Stage.PROCESSING)
    assert [hold.kind for hold in order.holds] == ["payment"]
    with pytest.raises(GuardsFailed) as refusal:
        make.move(order, Stage.READY)
    assert [each["guard"] for each in refusal.value.details["failed"]] == ["no_hold", "payment"]
    assert (refusal.value.details["pays"], refusal.value.details["failed"][1]["fix"]) == (
        "₹499.50",
        "Capture payment first.",
    )
    [step] = [move for move in order.next_moves if move.to is Stage.READY]
    assert (step.pays, "Capture payment first." in step.blocked) == ("₹499.50", True)
    ready = payments.capture_and_move(make.ADMIN, order.number, Stage.READY, version=order.version, method="bank")
    assert (ready.stage, ready.payment_status, ready.holds) == (Stage.READY, "paid", ())
    assert [event.kind for event in events.timeline(make.ADMIN, order.number)][-3:] == ["paid", "released", "moved"]


def test_the_payment_is_not_recorded_where_the_move_is_refused_all_the_same() -> None:
    validation.save(make.ADMIN, Rules(off=("duplicate", "fraud")))
    order = make.move(make.order(), Stage.PROCESSING)
    held = holds.place(make.ADMIN, order.number, kind="fraud", reason="Looks odd")
    with pytest.raises(GuardsFailed) as refusal:
        payments.capture_and_move(make.ADMIN, order.number, Stage.READY, version=held.version, method="bank")
    assert "pays" not in refusal.value.details
    now = orders.get(make.ADMIN, order.number)
    assert (now.captured, now.payments, now.stage, len(now.holds)) == (0, (), Stage.PROCESSING, 2)
    with pytest.raises(Conflict):
        payments.capture_and_move(make.ADMIN, order.number, Stage.READY, version=1, method="bank")


def test_who_releases_the_payment_hold_lets_the_order_go_unpaid() -> None:
    validation.save(make.ADMIN, Rules(off=("duplicate", "fraud")))
    order = make.order()
    trusted = holds.release(make.ADMIN, order.number, order.holds[0].id, reason="Pays by invoice")
    assert trusted.on_account
    assert make.move(make.move(trusted, Stage.PROCESSING), Stage.READY).payment_status == "unpaid"


def test_cash_on_delivery_is_paid_at_the_door() -> None:
    validation.save(make.ADMIN, Rules(off=("duplicate", "fraud")))
    order = make.order(payment_method=PaymentMethod.COD, stage=Stage.READY)
    assert (order.stage, order.captured) == (Stage.READY, 0)
