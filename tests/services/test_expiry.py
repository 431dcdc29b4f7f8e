"""Unpaid orders expire once, with their stock freed, and never where money or somebody's word came first."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import company
from oms_app.domain.errors import Forbidden, Malformed, Refused
from oms_app.domain.expiry import Rules
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView, PaymentMethod
from oms_app.domain.permissions import Role
from oms_app.domain.validation import Rules as Checks
from oms_app.services import (
    catalogue,
    checks,
    events,
    expiry,
    holds,
    order_page,
    orders,
    payments,
    shortfalls,
    validation,
)
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def asks_for_money(shop: str) -> None:
    """Arriving orders are asked for their payment."""
    validation.save(make.ADMIN, Checks(off=("duplicate", "fraud")))


def after(hours: int, *, set_ago: timedelta = timedelta(days=30), **channels: int) -> None:
    """These hours hold, since long ago."""
    since = int((datetime.now(UTC) - set_ago).timestamp() * 1000)
    with transaction() as tx:
        company.set_setting(tx, "expiry", {"hours": hours, "channels": channels, "since": since})


def old(*lines: object, hours: float = 30, **values: object) -> OrderView:
    """An order that nobody paid, placed so many hours ago."""
    return make.order(*lines, placed_at=datetime.now(UTC) - timedelta(hours=hours), **values)


def expire() -> None:
    while expiry.expire_due():
        pass


def stage(order: OrderView) -> Stage:
    return orders.get(make.ADMIN, order.number).stage


def test_an_order_that_nobody_paid_is_cancelled_once_and_its_stock_serves_who_waits() -> None:
    sku = make.product("KUR-1", on_hand=2)
    unpaid = old(make.line(sku, 2))
    waiting = make.order(make.line(sku, 2))
    after(24)
    expire()
    gone = orders.get(make.ADMIN, unpaid.number)
    assert (gone.stage, gone.cancel_reason, gone.holds) == (Stage.CANCELLED, "Not paid within 24 h", ())
    [moved] = [event for event in events.timeline(make.ADMIN, unpaid.number) if event.kind == "moved"]
    assert (moved.actor, moved.source, moved.reason) == ("Payment deadline", "job", "Not paid within 24 h")
    assert shortfalls.refill() == 2
    assert orders.get(make.ADMIN, waiting.number).shortfall == 0
    told = events.timeline(make.ADMIN, unpaid.number)
    expire()
    assert events.timeline(make.ADMIN, unpaid.number) == told
    assert checks.stock(make.ADMIN) == () == checks.money(make.ADMIN)


def test_nothing_expires_until_somebody_sets_hours() -> None:
    order = old(hours=10_000)
    expire()
    assert stage(order) is Stage.PLACED
    assert order_page.read(make.ADMIN, order.number).expires is None


def test_only_unpaid_orders_that_nobody_works_on_expire() -> None:
    validation.save(make.ADMIN, Checks(off=("duplicate", "fraud", "payment")))
    on_account = old()
    validation.save(make.ADMIN, Checks(off=("duplicate", "fraud")))
    kept = {"on account": on_account, "cod": old(payment_method=PaymentMethod.COD), "in time": old(hours=23)}
    for word, kind, amount in (("promised", "authorise", 49_950), ("in part", "capture", 100), ("back", "capture", 50)):
        kept[word] = old()
        payments.record(make.ADMIN, kept[word].number, kind=kind, amount=amount, method="upi")
    payments.record(make.ADMIN, kept["back"].number, kind="void", amount=50, method="upi")
    kept["trusted"] = old()
    holds.release(make.ADMIN, kept["trusted"].number, kept["trusted"].holds[0].id, reason="Pays by invoice")
    late, processing = old(), make.move(old(), Stage.PROCESSING)
    after(24)
    shown = {word: order_page.read(make.ADMIN, order.number).expires for word, order in kept.items()}
    assert {word for word, ends in shown.items() if ends} == {"in time"}
    assert shown["in time"] == kept["in time"].placed_at + timedelta(hours=24)
    expire()
    assert {word for word, order in kept.items() if stage(order) is Stage.CANCELLED} == set()
    assert (stage(late), stage(processing)) == (Stage.CANCELLED, Stage.CANCELLED)


def test_a_channel_has_its_own_hours_or_never() -> None:
    for name in ("web", "phone"):
        catalogue.add_channel(make.ADMIN, name=name, title=name, kind="manual", currency="INR")
    manual, web, phone = (old(channel=name) for name in ("manual", "web", "phone"))
    after(24, web=48, phone=0)
    expire()
    assert [stage(each) for each in (manual, web, phone)] == [Stage.CANCELLED, Stage.PLACED, Stage.PLACED]


def test_orders_that_wait_when_the_hours_are_set_get_their_full_time() -> None:
    order, before = old(hours=500), datetime.now(UTC)
    expiry.set_rules(make.ADMIN, Rules(24))
    ends = order_page.read(make.ADMIN, order.number).expires
    assert ends is not None
    assert abs(ends - before - timedelta(hours=24)) < timedelta(minutes=1)
    expire()
    assert stage(order) is Stage.PLACED


def test_hours_that_cannot_be_are_refused() -> None:
    for wanted in (Rules(-1), Rules(1_000_000), Rules(24, {"nowhere": 1})):
        with pytest.raises(Malformed):
            expiry.set_rules(make.ADMIN, wanted)
    with pytest.raises(Forbidden):
        expiry.set_rules(make.actor(Role.MANAGER), Rules(24))
    assert expiry.read_settings(make.ADMIN).rules == Rules()


def test_more_orders_than_a_batch_all_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    found = [old() for _ in range(5)]
    after(24)
    assert expiry.expire_due() is True
    assert [stage(each) is Stage.CANCELLED for each in found].count(True) == 2
    expire()
    assert {stage(each) for each in found} == {Stage.CANCELLED}


def test_a_failure_inside_an_order_leaves_it_whole_and_the_next_look_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sku = make.product(on_hand=4)
    found = [old(make.line(sku, 2)) for _ in range(2)]
    after(24)
    record = events.record

    def dies(*args: object, **values: object) -> int:
        if args[2] == "changed":
            raise RuntimeError("no power")
        return record(*args, **values)

    with monkeypatch.context() as patched:
        patched.setattr(events, "record", dies)
        with pytest.raises(RuntimeError):
            expiry.expire_due()
    assert {stage(each) for each in found} == {Stage.PLACED}
    assert checks.stock(make.ADMIN) == ()
    expire()
    assert {stage(each) for each in found} == {Stage.CANCELLED}
    assert make.order(make.line(sku, 4)).shortfall == 0


def test_a_payment_wins_that_comes_after_the_worker_has_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    paid, unpaid = old(), old()
    after(24)
    look = expiry._due

    def look_then_pay(*args: object) -> list[str]:
        found = look(*args)
        payments.record(make.ADMIN, paid.number, kind="capture", amount=1, method="upi")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(expiry, "_due", look_then_pay)
        expiry.expire_due()
    assert (stage(paid), stage(unpaid)) == (Stage.PLACED, Stage.CANCELLED)


def test_a_payment_and_the_deadline_at_once_leave_one_of_them() -> None:
    """Whoever has the row first wins: never money on an order that was cancelled for lack of it."""
    found = [old() for _ in range(8)]
    after(24)
    barrier, paid = threading.Barrier(2), set()

    def pay() -> None:
        barrier.wait()
        for order in reversed(found):
            try:
                payments.record(make.ADMIN, order.number, kind="capture", amount=order.total, method="upi")
                paid.add(order.number)
            except Refused:
                continue

    buyer = threading.Thread(target=pay)
    buyer.start()
    barrier.wait()
    expire()
    buyer.join()
    for order in found:
        now = orders.get(make.ADMIN, order.number)
        by_deadline = any(each.actor == "Payment deadline" for each in events.timeline(make.ADMIN, order.number))
        if by_deadline:
            kinds = [each.kind for each in events.timeline(make.ADMIN, order.number)]
            assert "paid" not in kinds[: kinds.index("moved")]
        else:
            assert (now.payment_status, now.stage) == ("paid", Stage.PLACED)
    assert checks.stock(make.ADMIN) == () == checks.money(make.ADMIN)
