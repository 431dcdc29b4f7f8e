"""Kits: an order of one reserves, waits for and ships its components, all of them or none."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from oms_app.domain.changes import Edit, LineEdit
from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import MoveDetails, Stage
from oms_app.domain.permissions import Role
from oms_app.services import (
    cancellation,
    catalogue,
    changes,
    checks,
    kits,
    moves,
    orders,
    parcels,
    placement,
    reservations,
    shortfalls,
    stock,
    stock_limits,
)
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def kit(**parts: int) -> str:
    """A product made of these articles."""
    sku = make.product()
    kits.set_parts(make.ADMIN, sku, parts)
    return sku


def boxed(cups: int = 10, spoons: int = 3) -> tuple[str, str, str]:
    """A kit of two cups and a spoon, with these on the shelf."""
    cup, spoon = make.product(on_hand=cups), make.product(on_hand=spoons)
    return kit(**{cup: 2, spoon: 1}), cup, spoon


def numbers(*skus: str) -> list[tuple[int, int, int]]:
    """(on hand, reserved, available) of each."""
    found = [stock.get(make.ADMIN, sku) for sku in skus]
    return [(each.on_hand, each.reserved, each.available) for each in found]


def drift() -> list[str]:
    return [each for name in ("stock", "rollups", "search", "money") for each in checks.CHECKS[name](make.ADMIN)]


def test_a_kit_takes_its_components_and_says_so_on_the_line() -> None:
    box, cup, spoon = boxed()
    assert kits.get(make.ADMIN, box).available == 3
    order = make.order(make.line(box, 2), make.line(cup))
    assert [(part.sku, part.units) for part in order.lines[0].parts] == sorted([(cup, 2), (spoon, 1)])
    assert (order.units, order.shortfall, order.lines[0].allocated, order.lines[1].parts) == (3, 0, 2, ())
    assert numbers(cup, spoon, box) == [(10, 5, 5), (3, 2, 1), (0, 0, 1)]
    assert {told.available for told in stock_limits.told(make.ADMIN, box)} == {1}
    assert drift() == []


def test_a_shortfall_names_the_component_that_lacks_and_its_arrival_wakes_the_line() -> None:
    box, cup, spoon = boxed(cups=3, spoons=0)
    order = make.order(make.line(box, 2))
    (line,) = shortfalls.page(make.ADMIN).lines
    assert (line.sku, line.units, line.lacks, line.available) == (box, 2, spoon, 0)
    stock.adjust(make.ADMIN, spoon, "MAIN", 5, reason="received")
    (line,) = shortfalls.page(make.ADMIN, words=cup).lines
    assert (line.units, line.lacks, line.available) == (1, cup, 1)
    assert numbers(cup, spoon) == [(3, 2, 1), (5, 1, 4)]
    stock.adjust(make.ADMIN, cup, "MAIN", 1, reason="received")
    assert (orders.get(make.ADMIN, order.number).shortfall, numbers(cup)) == (0, [(4, 4, 0)])
    assert drift() == []


def test_a_kit_is_kept_at_one_location_or_not_at_all() -> None:
    catalogue.add_location(make.ADMIN, code="DEL", name="Delhi")
    box, cup, spoon = boxed(cups=4, spoons=0)
    stock.adjust(make.ADMIN, spoon, "DEL", 4, reason="received")
    order = make.order(make.line(box))
    assert (order.shortfall, numbers(cup, spoon)) == (1, [(4, 0, 4), (4, 0, 4)])
    assert kits.get(make.ADMIN, box).available == 0
    stock.adjust(make.ADMIN, cup, "DEL", 2, reason="received")
    assert {kept.location for kept in reservations.of_order(make.ADMIN, order.number)} == {"DEL"}
    assert drift() == []


def test_shipping_issues_the_components_also_parcel_by_parcel() -> None:
    box, cup, spoon = boxed(cups=6)
    order = make.order(make.line(box, 3), stage=Stage.PICKING)
    split = parcels.split(make.ADMIN, order.number, {order.lines[0].id: 1}, version=order.version)
    for parcel in split.parcels:
        for target in (Stage.PACKED, Stage.SHIPPED):
            given = MoveDetails(weight_g=500, courier="Delhivery", awb=f"AWB{parcel.id}")
            version = orders.get(make.ADMIN, order.number).version
            moves.move(make.ADMIN, order.number, target, version=version, details=given, parcel_id=parcel.id)
    assert numbers(cup, spoon) == [(0, 0, 0), (0, 0, 0)]
    assert sorted(each.quantity for each in stock.movements(make.ADMIN, cup)) == [-4, -2, 6]
    other, mug, _ = boxed()
    make.order(make.line(other), stage=Stage.SHIPPED)
    assert (numbers(mug), drift()) == ([(8, 0, 8)], [])


def test_editing_and_cancelling_give_the_components_back() -> None:
    box, cup, spoon = boxed()
    order = make.order(make.line(box, 3))
    line = order.lines[0].id
    fewer = changes.apply(make.ADMIN, order.number, Edit((LineEdit(line, quantity=1),)), version=order.version)
    assert numbers(cup, spoon) == [(10, 2, 8), (3, 1, 2)]
    kits.set_parts(make.ADMIN, box, {spoon: 1})  # an order keeps what it was placed with
    more = changes.apply(make.ADMIN, order.number, Edit((LineEdit(line, quantity=2),)), version=fewer.version)
    assert numbers(cup, spoon) == [(10, 4, 6), (3, 2, 1)]
    added = Edit((LineEdit(None, sku=box, quantity=1),))
    third = changes.apply(make.ADMIN, order.number, added, version=more.version)
    assert (numbers(cup, spoon), drift()) == ([(10, 4, 6), (3, 3, 0)], [])
    cancellation.cancel(make.ADMIN, order.number, version=third.version, reason="no more wanted")
    assert (numbers(cup, spoon), drift()) == ([(10, 0, 10), (3, 0, 3)], [])


def test_by_hand_components_of_a_kit_stay_together() -> None:
    catalogue.add_location(make.ADMIN, code="DEL", name="Delhi")
    box, cup, spoon = boxed()
    for sku in (cup, spoon):
        stock.adjust(make.ADMIN, sku, "DEL", 4, reason="received")
    order = make.order(make.line(box, 3))
    with pytest.raises(Refused):
        reservations.prefer(make.ADMIN, order.number, "DEL", reason="nearer, but it has two kits only")
    kept = reservations.of_order(make.ADMIN, order.number)[0]
    assert reservations.release(make.ADMIN, kept.id, reason="for a better customer") == 3
    assert numbers(cup, spoon) == [(14, 0, 14), (7, 0, 7)]
    (line,) = shortfalls.page(make.ADMIN).lines
    assert shortfalls.allocate_now(make.ADMIN, line.line_id, location="DEL") == 2
    kept = reservations.of_order(make.ADMIN, order.number)[0]
    assert reservations.prefer(make.ADMIN, order.number, "MAIN", reason="they have gone there") == 2
    assert {each.location for each in reservations.of_order(make.ADMIN, order.number)} == {"MAIN"}
    assert drift() == []


def test_what_no_kit_can_be_is_refused() -> None:
    box, cup, _ = boxed()
    make.product("POST-1", kind="charge")
    for error, sku, parts in (
        (Refused, cup, {make.product(): 1}),
        (Malformed, box, {box: 1}),
        (Malformed, make.product(), {box: 1}),
        (Malformed, box, {cup: 0}),
        (Malformed, box, {"POST-1": 1}),
        (NotFound, box, {"WHAT": 1}),
        (NotFound, "WHAT", {cup: 1}),
    ):
        with pytest.raises(error):
            kits.set_parts(make.ADMIN, sku, parts)
    with pytest.raises(Forbidden):
        kits.set_parts(make.actor(Role.WAREHOUSE), box, {cup: 1})
    with pytest.raises(Refused):
        stock.adjust(make.ADMIN, box, "MAIN", 5, reason="received")
    assert [part.units for part in kits.get(make.ADMIN, box).parts] == [2, 1]
    assert [view.sku for view in kits.page(make.ADMIN)] == [box]
    assert kits.used_in(make.ADMIN, cup) == ((box, f"Article {box}", 2),)
    assert kits.set_parts(make.ADMIN, box, {}).parts == ()
    assert stock.adjust(make.ADMIN, box, "MAIN", 5, reason="it is goods again").available == 5


def test_many_buyers_of_a_kit_and_of_its_component_never_oversell() -> None:
    box, cup, spoon = boxed(cups=20, spoons=8)

    def buy(index: int) -> None:
        placement.place(make.ADMIN, make.draft(make.line(box if index % 2 else cup)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(buy, range(40)))
    (_, cups, left), (_, spoons, _) = numbers(cup, spoon)
    assert (cups <= 20, spoons <= 8, left) == (True, True, 20 - cups)
    assert drift() == []
    waiting = shortfalls.page(make.ADMIN).lines
    assert sum(line.units for line in waiting if line.sku == box) == 20 - spoons
    assert sum(line.units for line in waiting if line.sku == cup) == 20 - (cups - 2 * spoons)
