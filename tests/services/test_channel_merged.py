"""An order of a channel that came into another one: its channel hears of it what the other one comes to."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channel_tasks as tasks
from oms_app.db.queries import channels as links
from oms_app.domain import channel_tasks as rules
from oms_app.domain.changes import RefundDraft
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.payments import Method
from oms_app.domain.reconciliation import Difference
from oms_app.integrations import registry
from oms_app.services import (
    cancellation,
    channel_calls,
    channel_tasks,
    holds,
    merging,
    reconciliation_look,
    refunds,
)
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_channel_tasks import tell, walk
from tests.services.test_intake import corner, ours, pull  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def _anew(shop: str) -> None:
    channel_tasks.forget()


def merged(corner: CornerShop, *others: str) -> OrderView:  # noqa: F811
    """C1, with all the others in it: each came into the one before."""
    for each in ("C1", *others):
        corner.sells(each, (make.product(on_hand=9), 2))
    pull()
    tell()
    before = ["C1", *others]
    for into, gone in reversed(list(zip(before, others, strict=False))):
        merging.merge(make.ADMIN, ours(into).number, ours(gone).number, version=ours(into).version)
    return ours("C1")


def differences(corner: CornerShop, *names: str) -> list[Difference]:  # noqa: F811
    """What a reconciliation finds of these orders, nothing being under way."""
    with reading() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        read = channel_calls.adapter_of(link.kind).read
        theirs = [read(corner.order(name).body) for name in names]
        later = datetime.now(UTC) + timedelta(hours=1)
        return [each for look in reconciliation_look.orders(tx, link, theirs, later) for each in look.differences]


def test_they_are_sent_when_the_order_they_came_into_is(corner: CornerShop) -> None:  # noqa: F811
    order = merged(corner, "C2", "C3")
    tell()
    assert corner.fulfilments == {}
    assert corner.cancelled == {}
    assert differences(corner, "C1", "C2", "C3") == []
    walk(order, Stage.SHIPPED)
    assert len(differences(corner, "C1", "C2", "C3")) == 3, "each is to be told"
    tell()
    tell()
    said = sorted((each.external_id, each.tracking, each.units) for each in corner.fulfilments.values())
    assert said == [("C1", "AWB1", (("C1-0", 2),)), ("C2", "AWB1", ()), ("C3", "AWB1", ())]
    assert corner.cancelled == {}
    assert corner.refunds == {}
    for minute, name in enumerate(("C2", "C3"), 1):
        [parcel] = [f"parcel-{key}" for key, each in corner.fulfilments.items() if each.external_id == name]
        corner.changes(name, minute=minute, status="shipped", parcels=[parcel])
    pull()
    assert (ours("C2").notes, ours("C2").stage) == ((), Stage.CANCELLED)
    assert differences(corner, "C2", "C3") == []


def test_they_are_cancelled_with_it(corner: CornerShop) -> None:  # noqa: F811
    order = merged(corner, "C2")
    cancellation.cancel(make.ADMIN, order.number, version=order.version, reason="Damaged")
    tell()
    assert sorted((each.external_id, each.reason) for each in corner.cancelled.values()) == [
        ("C1", "Damaged"),
        ("C2", "Damaged"),
    ]


def test_what_the_buyer_changes_of_it_there_holds_the_order_it_came_into(corner: CornerShop) -> None:  # noqa: F811
    merged(corner, "C2")
    corner.changes("C2", minute=1, status="cancelled")
    pull()
    [hold] = ours("C1").holds
    assert hold.reason.startswith(f"Order {ours('C2').number}, which came into this one. It was cancelled there")


def test_a_reason_that_only_reads_like_a_merge_is_none(corner: CornerShop) -> None:  # noqa: F811
    for name in ("C1", "C2"):
        corner.sells(name, (make.product(on_hand=9), 2))
    pull()
    first, second = ours("C1"), ours("C2")
    for order, named in ((second, first), (first, first)):
        said = f"Merged into order {named.number}"
        cancellation.cancel(make.ADMIN, order.number, version=order.version, reason=said)
    tell()
    assert sorted(each.external_id for each in corner.cancelled.values()) == ["C1", "C2"]
    assert corner.fulfilments == {}


def test_what_is_given_back_of_it_all_the_same_is_told(corner: CornerShop) -> None:  # noqa: F811
    for name in ("C1", "C2"):
        corner.sells(name, (make.product(on_hand=9), 2))
    pull()
    less = [{**each, "units": 1} for each in corner.orders_by_id["C2"]["lines"]]
    corner.changes("C2", minute=1, lines=less)  # paid for two
    pull()
    merging.merge(make.ADMIN, ours("C1").number, ours("C2").number, version=ours("C1").version)
    gone = ours("C2")
    refunds.record(make.ADMIN, gone.number, RefundDraft(Method.UPI), version=gone.version, reason="Paid too much")
    tell()
    [said] = corner.refunds.values()
    assert (said.external_id, said.amount) == ("C2", 10_000)


def give_back(amount: int) -> None:
    """Record a refund on C1."""
    order, draft = ours("C1"), RefundDraft(Method.UPI, amount)
    refunds.record(make.ADMIN, order.number, draft, version=order.version, reason="Goodwill")


def test_a_refund_of_what_came_with_others_is_asked_of_each_of_them(corner: CornerShop) -> None:  # noqa: F811
    merged(corner, "C2", "C3")
    for amount in (5_000, 30_000, 25_000):  # of 20,000 that each of the three brought
        give_back(amount)
        tell()
    asked = sorted((each.external_id, each.amount) for each in corner.refunds.values())
    assert asked == [("C1", 5_000), ("C1", 15_000), ("C2", 5_000), ("C2", 15_000), ("C3", 20_000)]
    assert len({each.key for each in corner.refunds.values()}) == 5


def test_such_a_refund_comes_back_as_no_news_and_is_no_difference(corner: CornerShop) -> None:  # noqa: F811
    merged(corner, "C2")
    give_back(30_000)
    assert [each.kind for each in differences(corner, "C1", "C2")] == ["refunded", "refunded"], "each is to be told"
    while channel_tasks.note():
        pass  # written down, and not told yet
    gone = ours("C2").id
    with reading() as tx:
        [key] = [each.name for each in tasks.of_order(tx, gone) if each.kind == "refund"]
    corner.changes("C2", minute=1, refunds=[("early", 10_000, key)])
    pull()
    tell()
    for minute, name in enumerate(("C1", "C2"), 2):
        said = [(f"refund-{each.key}", each.amount) for each in corner.refunds.values() if each.external_id == name]
        corner.changes(name, minute=minute, refunds=said)
    pull()
    assert [(ours(name).refunded, ours(name).notes, ours(name).holds) for name in ("C1", "C2")] == [
        (30_000, (), ()),
        (20_000, (), ()),  # what the merge moved
    ]
    assert differences(corner, "C1", "C2") == []
    corner.changes("C2", minute=5, refunds=[("theirs", 4_000)])
    [one] = differences(corner, "C1", "C2")
    assert (one.kind, one.fix) == ("refunded", "tell")


def test_a_refund_that_was_asked_whole_before_is_asked_of_no_other_order(corner: CornerShop) -> None:  # noqa: F811
    order = merged(corner, "C2")
    give_back(30_000)
    with transaction() as tx:
        [refund] = tasks.refunds(tx, [order.id])[order.id]
        [known] = tasks.of_channels(tx, [order.id])
        said = {"external_id": "C1", "amount": 30_000, "currency": "INR", "reason": ""}
        whole = rules.task(rules.TaskKind.REFUND, refund.id, said, datetime.now(UTC))
        tasks.owe(tx, [whole | {"channel_id": known.channel_id, "order_id": order.id}])
    tell()
    assert [(each.external_id, each.amount) for each in corner.refunds.values()] == [("C1", 30_000)]


def test_a_cancellation_that_the_channel_was_told_comes_back_as_no_news(corner: CornerShop) -> None:  # noqa: F811
    order = merged(corner, "C2")
    cancellation.cancel(make.ADMIN, order.number, version=order.version, reason="Damaged")
    tell()
    for name in ("C1", "C2"):
        corner.changes(name, minute=1, status="cancelled")
    pull()
    assert [note.body for name in ("C1", "C2") for note in ours(name).notes] == []


def test_a_change_there_takes_off_nothing_that_another_order_brought(
    corner: CornerShop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapter = corner.adapter()
    with_shipping = dataclasses.replace(
        adapter, read=lambda body: dataclasses.replace(adapter.read(body), shipping=4_000, total=24_000)
    )
    monkeypatch.setitem(registry.ADAPTERS, "corner", with_shipping)  # type: ignore[misc]
    merged(corner, "C2")
    lines = [{**each, "units": 1} for each in corner.orders_by_id["C1"]["lines"]]
    corner.changes("C1", minute=1, lines=lines)
    pull()
    order = ours("C1")
    assert (order.shipping, order.units) == (8_000, 4)
    assert "another order came into it" in order.holds[0].reason


def test_what_is_sent_of_it_there_holds_the_order_it_came_into_and_is_not_told_again(corner: CornerShop) -> None:  # noqa: F811
    order = merged(corner, "C2")
    corner.changes("C2", minute=1, status="shipped", parcels=["p1"])
    pull()
    [hold] = ours("C1").holds
    assert "its units are in this order, and have not left here" in hold.reason
    holds.release(make.ADMIN, order.number, hold.id)
    walk(ours("C1"), Stage.SHIPPED)
    tell()
    assert [each.external_id for each in corner.fulfilments.values()] == ["C1"]
    pull()
    assert ours("C1").notes == ()
