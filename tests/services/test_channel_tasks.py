"""What channels are owed is told once, whatever stops in between, and is no news when it comes back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import channel_tasks as rows
from oms_app.db.queries import channels as links
from oms_app.domain.changes import RefundDraft
from oms_app.domain.channel_tasks import TaskState
from oms_app.domain.channels import Capability, Fulfilment
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.domain.lifecycle import FLOW, MoveDetails, Stage
from oms_app.domain.orders import OrderView
from oms_app.integrations import registry
from oms_app.services import cancellation, channel_tasks, moves, parcels, refunds
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_intake import corner, ours, pull  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def _anew(shop: str) -> None:
    channel_tasks.forget()


def sold(corner: CornerShop, units: int = 2) -> OrderView:  # noqa: F811
    """An order of the channel that is here and acknowledged."""
    corner.sells("C1", (make.product(on_hand=9), units))
    pull()
    tell()
    return ours("C1")


def tell() -> None:
    """All that is owed is noted and told."""
    while channel_tasks.note():
        pass
    while any(channel_tasks.work(name) for name in channel_tasks.due()):
        pass


def walk(order: OrderView, to: Stage) -> OrderView:
    """Along the flow."""
    for stage in FLOW[FLOW.index(order.stage) + 1 : FLOW.index(to) + 1]:
        order = make.move(order, stage)
    return order


def test_a_parcel_that_left_is_told_once_with_its_number_and_units(corner: CornerShop) -> None:  # noqa: F811
    order = walk(sold(corner), Stage.SHIPPED)
    tell()
    tell()
    assert corner.orders_by_id["C1"]["ours"] == order.number
    [said] = corner.fulfilments.values()
    assert isinstance(said, Fulfilment)
    assert (said.external_id, said.courier, said.tracking, said.units) == ("C1", "Delhivery", "AWB1", (("C1-0", 2),))
    corner.changes("C1", minute=1, status="shipped", parcels=["theirs"])
    pull()
    assert ours("C1").notes == ()


def test_what_came_before_a_worker_first_looked_is_told_too(corner: CornerShop) -> None:  # noqa: F811
    corner.sells("C1", (make.product(on_hand=9), 1))
    pull()
    channel_tasks.forget()
    tell()
    assert corner.orders_by_id["C1"]["ours"] == ours("C1").number


def test_a_channel_that_is_away_is_told_when_it_is_back(corner: CornerShop) -> None:  # noqa: F811
    walk(sold(corner), Stage.SHIPPED)
    corner.fails = Unavailable("Away.")
    tell()
    assert corner.fulfilments == {}
    pull()  # its rest is over
    tell()
    assert len(corner.fulfilments) == 1


def test_a_refusal_waits_for_its_next_time_and_holds_up_nothing(corner: CornerShop) -> None:  # noqa: F811
    order = walk(sold(corner), Stage.SHIPPED)
    corner.fails = Rejected("There is no such line.")
    tell()
    with transaction() as tx:
        [_, task] = rows.of_order(tx, order.id)
    assert (task.state, task.tries, task.problem) == (TaskState.WAITING, 1, "There is no such line.")
    channel_tasks.replay(make.ADMIN, [task.id])
    tell()
    assert len(corner.fulfilments) == 1


def test_each_parcel_of_a_split_order_is_told(corner: CornerShop) -> None:  # noqa: F811
    order = sold(corner, units=3)
    split = parcels.split(make.ADMIN, order.number, {order.lines[0].id: 1}, version=order.version)
    for stage in (Stage.PROCESSING, Stage.READY, Stage.PICKING):
        split = make.move(split, stage)
    for stage in (Stage.PACKED, Stage.SHIPPED):
        for parcel in split.parcels:
            details = MoveDetails(weight_g=500, courier="Delhivery", awb=f"AWB{parcel.id}")
            split = moves.move(
                make.ADMIN, split.number, stage, version=split.version, details=details, parcel_id=parcel.id
            )
    tell()
    assert sorted(said.units for said in corner.fulfilments.values()) == [(("C1-0", 1),), (("C1-0", 2),)]


def test_a_cancellation_here_is_told_and_one_there_is_not_told_back(corner: CornerShop) -> None:  # noqa: F811
    order = sold(corner)
    cancellation.cancel(make.ADMIN, order.number, version=order.version, reason="Damaged")
    tell()
    [said] = corner.cancelled.values()
    assert (said.external_id, said.reason) == ("C1", "Damaged")
    corner.sells("C2", (make.product(on_hand=1), 1))
    pull()
    corner.changes("C2", minute=1, status="cancelled")
    pull()
    tell()
    assert len(corner.cancelled) == 1


def test_money_given_back_here_is_asked_for_once_and_not_taken_for_another(corner: CornerShop) -> None:  # noqa: F811
    order = sold(corner)
    refund = RefundDraft("upi", 5_000, reference="")
    refunds.record(make.ADMIN, order.number, refund, version=order.version, reason="Goodwill")
    while channel_tasks.note():
        pass
    channel_tasks.work("corner")
    [said] = corner.refunds.values()
    assert said.amount == 5_000
    corner.changes("C1", minute=1, refunds=[[f"refund-{said.key}", 5_000]])
    pull()
    tell()
    assert ours("C1").refunded == 5_000
    assert len(corner.refunds) == 1


def test_money_that_somebody_paid_back_already_is_not_asked_for(corner: CornerShop) -> None:  # noqa: F811
    order = sold(corner)
    for refund in (RefundDraft("upi", 5_000, reference="UTR 4711"), RefundDraft("cash", 1_000)):
        order = ours("C1")
        refunds.record(make.ADMIN, order.number, refund, version=order.version, reason="Goodwill")
    tell()
    assert not corner.refunds


def test_a_task_is_told_by_one_of_two_who_saw_it(corner: CornerShop) -> None:  # noqa: F811
    corner.sells("C1", (make.product(on_hand=9), 1))
    pull()
    while channel_tasks.note():
        pass
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        [seen] = rows.due(tx, link.channel_id, datetime.now(UTC), 10)
        assert rows.claim(tx, seen, datetime.now(UTC) + timedelta(minutes=5))
        assert not rows.claim(tx, seen, datetime.now(UTC) + timedelta(minutes=5))
    assert channel_tasks.due() == []


def test_a_task_that_breaks_the_channel_holds_up_no_other_for_ever(corner: CornerShop) -> None:  # noqa: F811
    corner.sells("C1", (make.product(on_hand=9), 1))
    pull()
    while channel_tasks.note():
        pass
    corner.fails = Unavailable("500.", details={"status": 500, "sent": True})
    channel_tasks.work("corner")
    assert channel_tasks.due() == []
    with transaction() as tx:
        [task] = rows.of_order(tx, ours("C1").id)
    assert (task.tries, task.problem) == (1, "500.")


def test_money_that_a_channel_gave_back_in_parts_is_the_refund_it_was_asked_for(corner: CornerShop) -> None:  # noqa: F811
    order = sold(corner)
    refund = RefundDraft("upi", 5_000, reference="")
    refunds.record(make.ADMIN, order.number, refund, version=order.version, reason="Goodwill")
    while channel_tasks.note():
        pass
    with transaction() as tx:
        [name] = [task.name for task in rows.of_order(tx, order.id) if task.kind == "refund"]
    corner.changes("C1", minute=1, refunds=[["1", 3_000, name], ["2", 2_000, name], ["3", 700]])
    pull()
    assert ours("C1").refunded == 5_700


def test_what_a_channel_cannot_be_told_is_not_written_down(
    corner: CornerShop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapter = corner.adapter()
    mute = replace(adapter, kind=replace(adapter.kind, capabilities=frozenset({Capability.FULFIL})))
    monkeypatch.setitem(registry.ADAPTERS, "corner", mute)  # type: ignore[misc]
    order = walk(sold(corner), Stage.SHIPPED)
    tell()
    with transaction() as tx:
        assert [task.kind for task in rows.of_order(tx, order.id)] == ["fulfil"]
