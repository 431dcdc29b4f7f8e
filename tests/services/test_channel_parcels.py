"""What is sent on the channel's side leaves here too: the same units, once, and the channel is not told of it."""

import pytest

from oms_app.domain.holds import HoldKind
from oms_app.domain.lifecycle import MoveDetails, Stage
from oms_app.services import channel_tasks, holds, moves, parcels, payments, sku_map, stock
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_channel_tasks import tell, walk
from tests.services.test_intake import corner, ours, pull  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def _anew(shop: str) -> None:
    channel_tasks.forget()


def sold(corner: CornerShop, units: int = 3) -> str:  # noqa: F811
    """An order of the channel that is here; its article."""
    sku = make.product(on_hand=9)
    corner.sells("C1", (sku, units))
    pull()
    tell()
    return sku


def sends(corner: CornerShop, name: str, units: int, *, minute: int = 1) -> None:  # noqa: F811
    """Somebody sends a parcel there."""
    before = corner.orders_by_id["C1"]
    sent = before.get("sent", {}) | {name: {"C1-0": units}}
    corner.changes("C1", minute=minute, parcels=[*before["parcels"], name], sent=sent)
    pull()
    tell()


def test_a_part_sent_there_leaves_here_and_the_rest_follows(corner: CornerShop) -> None:  # noqa: F811
    sku = sold(corner)
    sends(corner, "p1", 2)
    part = ours("C1")
    assert (part.stage, [(box.awb, box.status) for box in part.parcels]) == (
        Stage.PLACED,
        [("", "placed"), ("AWB-p1", "shipped")],
    )
    assert part.holds == ()
    level = stock.get(make.ADMIN, sku)
    assert (level.on_hand, level.reserved, level.available) == (7, 1, 6)
    sends(corner, "p2", 1, minute=2)
    whole = ours("C1")
    assert (whole.stage, [box.awb for box in whole.parcels]) == (Stage.SHIPPED, ["AWB-p2", "AWB-p1"])
    level = stock.get(make.ADMIN, sku)
    assert (level.on_hand, level.reserved) == (6, 0)
    assert corner.fulfilments == {}


def test_everything_sent_there_ends_what_held_it_here(corner: CornerShop) -> None:  # noqa: F811
    sold(corner)
    holds.place(make.ADMIN, ours("C1").number, kind=HoldKind.CUSTOMER, reason="Asked to wait")
    corner.changes("C1", minute=1, status="shipped", parcels=["p1"])
    pull()
    tell()
    order = ours("C1")
    assert (order.stage, order.holds, len(order.parcels)) == (Stage.SHIPPED, (), 1)
    corner.changes("C1", minute=2, status="delivered")
    pull()
    assert (ours("C1").stage, ours("C1").parcels[0].status) == (Stage.DELIVERED, "delivered")
    assert corner.fulfilments == {}


def test_what_left_here_arrives_when_the_channel_says_so(corner: CornerShop) -> None:  # noqa: F811
    sold(corner)
    walk(ours("C1"), Stage.SHIPPED)
    corner.changes("C1", minute=1, status="delivered", parcels=["p1"])
    pull()
    assert (ours("C1").stage, ours("C1").notes) == (Stage.DELIVERED, ())


def test_what_was_sold_and_sent_there_while_we_were_away_leaves_our_shelves(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=9)
    corner.sells("C1", (sku, 2), placed=1, minute=2, status="delivered", parcels=["p1"])
    corner.sells("C2", (sku, 1), placed=1, minute=2, status="delivered")  # no parcel: not even the channel knows
    pull()
    tell()
    assert [(ours(name).stage, ours(name).holds) for name in ("C1", "C2")] == [(Stage.DELIVERED, ())] * 2
    level = stock.get(make.ADMIN, sku)
    assert (level.on_hand, level.reserved) == (7, 0)
    assert corner.fulfilments == {}


def test_a_packed_parcel_that_is_the_same_is_the_one_that_left(corner: CornerShop) -> None:  # noqa: F811
    sold(corner)
    packed = walk(ours("C1"), Stage.PACKED)
    sends(corner, "p1", 3)
    order = ours("C1")
    assert (order.stage, [(box.id, box.awb) for box in order.parcels]) == (
        Stage.SHIPPED,
        [(packed.parcels[0].id, "AWB-p1")],
    )


def test_what_cannot_have_left_is_somebodys_decision(corner: CornerShop) -> None:  # noqa: F811
    sku = sold(corner)
    walk(ours("C1"), Stage.PACKED)
    sends(corner, "p1", 2)  # three are in one parcel here
    order = ours("C1")
    assert order.stage == Stage.PACKED
    assert "packed here with other units" in order.holds[0].reason
    assert stock.get(make.ADMIN, sku).on_hand == 9


def test_a_parcel_of_ours_that_comes_back_before_its_answer_is_no_other(corner: CornerShop) -> None:  # noqa: F811
    sku = sold(corner)
    order = ours("C1")
    order = parcels.split(make.ADMIN, order.number, {order.lines[0].id: 1}, version=order.version)
    for stage in (Stage.PROCESSING, Stage.READY, Stage.PICKING):
        order = make.move(order, stage)
    for stage in (Stage.PACKED, Stage.SHIPPED):
        box = order.parcels[1].id
        details = MoveDetails(weight_g=500, courier="Delhivery", awb="AWB-mine")
        order = moves.move(make.ADMIN, order.number, stage, version=order.version, details=details, parcel_id=box)
    while channel_tasks.note():
        pass
    corner.changes("C1", minute=1, parcels=["other-name"], sent={"other-name": {"C1-0": 1}})
    pull()  # the channel gives it a number of its own, and we are not told yet that it is ours
    tell()
    assert [box.awb for box in ours("C1").parcels] == ["", "AWB-mine"]
    assert stock.get(make.ADMIN, sku).on_hand == 8


def test_a_pack_is_counted_in_packs_there_and_in_units_here(corner: CornerShop) -> None:  # noqa: F811
    cup = make.product(on_hand=30)
    sku_map.put(make.ADMIN, channel="corner", channel_sku="CUP-X3", sku=cup, quantity=3)
    corner.sells("C1", ("CUP-X3", 4))
    pull()
    assert ours("C1").units == 12
    corner.orders_by_id["C1"]["lines"][0]["off"] = 1
    corner.changes("C1", minute=1)
    pull()
    assert ours("C1").units == 9
    sends(corner, "p1", 1, minute=2)
    assert stock.get(make.ADMIN, cup).on_hand == 27
    order = ours("C1")
    assert order.holds == ()
    for stage in (Stage.PROCESSING, Stage.READY, Stage.PICKING, Stage.PACKED, Stage.SHIPPED):
        order = make.move(order, stage)
    tell()
    assert [said.units for said in corner.fulfilments.values()] == [(("C1-0", 2),)]


def test_a_pack_under_our_own_sku_and_a_line_added_there_later_count_as_the_channel_counts(
    corner: CornerShop,  # noqa: F811
) -> None:
    make.product("CUP", on_hand=40)
    make.product("KUR", on_hand=9)
    for sku, units in (("CUP", 6), ("KUR", 2)):
        sku_map.put(make.ADMIN, channel="corner", channel_sku=sku, sku="CUP", quantity=units)
    sold = corner.sells("C1", ("CUP", 2))
    pull()
    corner.changes("C1", minute=1, lines=[*sold["lines"], {"id": "C1-1", "sku": "KUR", "units": 3}])
    pull()
    order = ours("C1")
    assert ([(line.sku, line.quantity) for line in order.lines], order.total) == ([("CUP", 12), ("CUP", 6)], 50_000)
    payments.record(make.ADMIN, order.number, kind="capture", amount=30_000, method="upi", reference="more")
    walk(ours("C1"), Stage.SHIPPED)
    tell()
    [said] = corner.fulfilments.values()
    assert said.units == (("C1-0", 2), ("C1-1", 3))
