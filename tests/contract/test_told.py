"""What a channel is told: once, whatever happens on the way, and it answers for every part."""

import dataclasses

import pytest

from oms_app.domain.channels import Cancellation, Capability, Fulfilment, Level, Refund, Told
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.integrations.sandbox.shop import Order
from tests.contract.rig import START, Rig, channels, connected

LOST = pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer lost"])


def parcel(rig: Rig, order: Order, *counts: int, tracking: str = "DL100", key: str = "parcel-1") -> Fulfilment:
    """A parcel of ours."""
    return Fulfilment(
        key,
        rig.sandbox.external_id(order),
        "Delhivery",
        tracking,
        f"https://www.delhivery.com/track/package/{tracking}",
        START,
        rig.units(order, *counts),
    )


@channels(Capability.FULFIL)
@LOST
def test_a_parcel_told_twice_is_one(kind: str, lost: bool) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("KUR-IND-M", 2), ("SAR-BAN", 1)])
        told = parcel(rig, order)
        if lost:
            rig.lose_answer_of_write = True
            with pytest.raises(Unavailable) as error:
                rig.channel.fulfil(told)
            assert error.value.details["sent"]
        first, again = rig.channel.fulfil(told), rig.channel.fulfil(told)
        assert first == again
        link = "https://www.delhivery.com/track/package/DL100" if rig.sandbox.links else ""
        assert [(each.courier, each.tracking, each.url) for each in order.parcels] == [("Delhivery", "DL100", link)]
        assert [order.to_ship(line) for line in order.lines] == [0, 0]


@channels(Capability.FULFIL)
def test_an_order_leaves_in_parts(kind: str) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("KUR-IND-M", 3), ("SAR-BAN", 1)])
        first = rig.channel.fulfil(parcel(rig, order, 2, 0))
        second = rig.channel.fulfil(parcel(rig, order, 1, 1, tracking="DL101", key="parcel-2"))
        assert first != second
        assert [each.units for each in order.parcels] == [
            {order.lines[0].number: 2},
            {order.lines[0].number: 1, order.lines[1].number: 1},
        ]


@channels(Capability.FULFIL)
@pytest.mark.parametrize("tracking", ["DL101", ""], ids=["tracked", "untracked"])
@LOST
def test_a_parcel_without_named_units_holds_all_that_is_left(kind: str, tracking: str, lost: bool) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("KUR-IND-M", 3), ("SAR-BAN", 1)])
        first = rig.channel.fulfil(parcel(rig, order, 2, 0))
        rest = dataclasses.replace(parcel(rig, order, tracking=tracking, key="parcel-2"), units=())
        if lost:
            rig.lose_answer_of_write = True
            with pytest.raises(Unavailable):
                rig.channel.fulfil(rest)
        told = rig.channel.fulfil(rest)
        assert told == rig.channel.fulfil(rest) != first
        shirts, saree = order.lines
        assert [each.units for each in order.parcels] == [{shirts.number: 2}, {shirts.number: 1, saree.number: 1}]


@channels(Capability.FULFIL)
def test_of_an_order_that_left_whole_there_is_no_parcel_of_the_rest(kind: str) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("KUR-IND-M", 3)])
        whole = parcel(rig, order)
        rig.channel.fulfil(whole)
        with pytest.raises(Rejected):
            rig.channel.fulfil(dataclasses.replace(whole, key="parcel-2", tracking="DL101", units=()))
        assert [each.tracking for each in order.parcels] == ["DL100"]


@channels(Capability.FULFIL)
def test_a_parcel_of_more_than_is_left_is_rejected_and_nothing_changes(kind: str) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("KUR-IND-M", 1)])
        with pytest.raises(Rejected):
            rig.channel.fulfil(parcel(rig, order, 2))
        assert order.parcels == []


@channels(Capability.FULFIL, Capability.CANCEL)
def test_a_cancelled_order_takes_no_parcel_and_a_second_cancelling_changes_nothing(kind: str) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("KUR-IND-M", 1)])
        cancellation = Cancellation("cancel-1", rig.sandbox.external_id(order), "Customer changed their mind", False)
        rig.channel.cancel(cancellation)
        at = order.updated_at
        rig.channel.cancel(cancellation)
        assert (order.cancelled_at, order.updated_at) == (at, at)
        with pytest.raises(Rejected):
            rig.channel.fulfil(parcel(rig, order))
        assert rig.shop.articles["KUR-IND-M"].stock == 40


@channels(Capability.REFUND)
@LOST
def test_money_goes_back_once(kind: str, lost: bool) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("KUR-IND-M", 2)])
        refund = Refund("refund-1", rig.sandbox.external_id(order), 500_00, "INR", "Stain", rig.units(order, 1))
        if lost:
            rig.lose_answer_of_write = True
            with pytest.raises(Unavailable):
                rig.channel.refund(refund)
        assert rig.channel.refund(refund) == rig.channel.refund(refund)
        assert [each.amount for each in order.refunds] == [500_00]
        rig.channel.refund(dataclasses.replace(refund, key="refund-2", amount=2_080_00, units=()))
        assert order.refunded == order.captured


@channels(Capability.REFUND)
def test_more_money_than_came_does_not_go_back(kind: str) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("DIYA-12", 1)])
        with pytest.raises(Rejected):
            rig.channel.refund(Refund("refund-1", rig.sandbox.external_id(order), 1_01, "INR", ""))
        assert order.refunds == []


@channels(Capability.STOCK)
@LOST
def test_stock_is_set_and_every_sku_answered_for(kind: str, lost: bool) -> None:
    with connected(kind) as rig:
        levels = [Level("KUR-IND-M", 7), Level("NOT-OURS", 3), Level("SAR-BAN", 0), Level("DIYA-12", 900)]
        if lost:
            rig.lose_answer_of_write = True
            with pytest.raises(Unavailable):
                rig.channel.stock(levels, "stock-1")
        told = rig.channel.stock(levels, "stock-1")
        assert [(each.sku, each.available, bool(each.problem)) for each in told] == [
            ("KUR-IND-M", 7, False),
            ("NOT-OURS", 3, True),
            ("SAR-BAN", 0, False),
            ("DIYA-12", 900, False),
        ]
        assert {sku: each.stock for sku, each in rig.shop.articles.items()} == {
            "KUR-IND-M": 7,
            "SAR-BAN": 0,
            "DIYA-12": 900,
        }
        assert rig.channel.stock([Level("SAR-BAN", 4)], "stock-2") == (Told("SAR-BAN", 4),)
        assert rig.shop.articles["SAR-BAN"].stock == 4


@channels(Capability.ACKNOWLEDGE)
def test_the_channel_learns_our_number(kind: str) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("DIYA-12", 1)])
        for _ in range(2):
            rig.channel.acknowledge(rig.sandbox.external_id(order), "OMS-17")
        assert order.known_as == "OMS-17"
