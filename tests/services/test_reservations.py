"""Letting kept units go and moving them by hand: the queue, the levels and the order follow, and it is written why."""

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import GuardsFailed, Stage
from oms_app.domain.permissions import Role
from oms_app.domain.shortfalls import Waiting
from oms_app.services import catalogue, checks, events, orders, reservations, shortfalls, stock
from tests import make

pytestmark = pytest.mark.usefixtures("shop")

DRIFT = ("stock", "rollups", "search", "money")


def drift() -> list[str]:
    return [difference for name in DRIFT for difference in checks.CHECKS[name](make.ADMIN)]


def test_an_order_says_where_its_units_are_kept_and_why() -> None:
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 3))
    (kept,) = reservations.of_order(make.ADMIN, order.number)
    assert (kept.sku, kept.location, kept.units, kept.why) == (sku, "MAIN", 3, "the only one with everything")


def test_released_units_are_free_and_their_line_waits_for_a_hand() -> None:
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 3))
    (kept,) = reservations.of_order(make.ADMIN, order.number)
    assert reservations.release(make.actor(Role.INVENTORY), kept.id, reason="for a better customer") == 3
    assert stock.get(make.ADMIN, sku).available == 5
    assert shortfalls.refill() == 0
    (line,) = shortfalls.page(make.ADMIN).lines
    assert (line.state, line.units, line.allocated) == (Waiting.BY_HAND, 3, 0)
    assert events.timeline(make.ADMIN, order.number)[-1].reason == "for a better customer"
    with pytest.raises(NotFound):
        reservations.release(make.ADMIN, kept.id, reason="again")
    assert shortfalls.allocate_now(make.ADMIN, line.line_id) == 3
    assert (orders.get(make.ADMIN, order.number).shortfall, drift()) == (0, [])


def test_units_move_to_another_location_or_stay() -> None:
    catalogue.add_location(make.ADMIN, code="DEL", name="Delhi")
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 3))
    (kept,) = reservations.of_order(make.ADMIN, order.number)
    stock.adjust(make.ADMIN, sku, "DEL", 2, reason="received")
    with pytest.raises(Refused) as refusal:
        reservations.move(make.ADMIN, kept.id, "DEL", reason="closer")
    assert refusal.value.details == {"available": 2}
    assert reservations.of_order(make.ADMIN, order.number) == (kept,)
    stock.adjust(make.ADMIN, sku, "DEL", 1, reason="received")
    assert reservations.move(make.ADMIN, kept.id, "DEL", reason="closer") == 3
    (moved,) = reservations.of_order(make.ADMIN, order.number)
    assert (moved.location, moved.units, moved.why) == ("DEL", 3, "by hand: closer")
    assert (orders.get(make.ADMIN, order.number).location, drift()) == ("DEL", [])


def test_what_makes_no_sense_is_refused() -> None:
    order = make.order(make.line(make.product(on_hand=5), 3))
    (kept,) = reservations.of_order(make.ADMIN, order.number)
    for error, act in (
        (Malformed, lambda: reservations.release(make.ADMIN, kept.id, reason=" ")),
        (Forbidden, lambda: reservations.release(make.actor(Role.WAREHOUSE), kept.id, reason="no")),
        (NotFound, lambda: reservations.move(make.ADMIN, kept.id, "NOWHERE", reason="closer")),
        (Refused, lambda: reservations.move(make.ADMIN, kept.id, "MAIN", reason="closer")),
        (NotFound, lambda: reservations.release(make.ADMIN, 99_999, reason="gone")),
    ):
        with pytest.raises(error):
            act()
    assert reservations.of_order(make.ADMIN, order.number) == (kept,)


def test_what_is_packed_stays_kept() -> None:
    order = make.order(make.line(make.product(on_hand=5), 3), stage=Stage.PACKED)
    (kept,) = reservations.of_order(make.ADMIN, order.number)
    with pytest.raises(Refused):
        reservations.release(make.ADMIN, kept.id, reason="too late")
    assert reservations.of_order(make.ADMIN, order.number) == (kept,)


def test_units_released_while_they_are_picked_keep_the_order_from_leaving_without_them() -> None:
    sku = make.product(on_hand=2)
    order = make.order(make.line(sku, 2), stage=Stage.PICKING)
    [kept] = reservations.of_order(make.ADMIN, order.number)
    reservations.release(make.ADMIN, kept.id, reason="broken")
    with pytest.raises(GuardsFailed, match="2 units wait for stock"):
        make.move(orders.get(make.ADMIN, order.number), Stage.PACKED)
    now = orders.get(make.ADMIN, order.number)
    assert (now.stage, now.shortfall, now.lines[0].shipped) == (Stage.PICKING, 2, 0)
    assert make.move(now, Stage.PROCESSING).stage is Stage.PROCESSING
