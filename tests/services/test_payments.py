"""Payments: facts that add up, and refusals that leave nothing behind."""

import threading

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.permissions import Role
from oms_app.services import events, orders, payments
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
