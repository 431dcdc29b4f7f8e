"""Orders made from another one, linked to it, and the buyer's other orders that go to the same address."""

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, OmsError, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft
from oms_app.domain.permissions import Role
from oms_app.domain.related import Related
from oms_app.domain.validation import Rules
from oms_app.services import checks, events, orders, related, sku_map, stock, validation
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def drift() -> list[str]:
    return [difference for name in checks.CHECKS for difference in checks.CHECKS[name](make.ADMIN)]


def test_a_clone_costs_the_same_goes_to_the_same_place_and_is_linked() -> None:
    sku = make.product(on_hand=9)
    order = make.order(
        make.line(sku, 2, discount=500), shipping=4_000, discount=100, gstin="27ABCDE1234F1Z5", paid=True
    )
    validation.save(make.ADMIN, Rules())
    copy = related.clone(make.ADMIN, order.number)
    assert (copy.total, copy.captured, copy.payment_status, copy.stage) == (order.total, 0, "unpaid", Stage.PLACED)
    assert (copy.ship_to, copy.customer.id, copy.gstin) == (order.ship_to, order.customer.id, order.gstin)  # type: ignore[union-attr]
    assert [(line.sku, line.quantity, line.discount) for line in copy.lines] == [(sku, 2, 500)]
    assert "duplicate" not in {hold.kind for hold in copy.holds}
    assert stock.get(make.ADMIN, sku).reserved == 4
    assert related.of_order(make.ADMIN, copy.number) == Related(order.number, "clone", (), (order.number,))
    assert related.of_order(make.ADMIN, order.number).copies == ((copy.number, "clone"),)
    assert events.timeline(make.ADMIN, order.number)[-1].after == {"number": copy.number}
    assert drift() == []


def test_its_lines_are_ours_whatever_their_channel_calls_so() -> None:
    make.product("CUP", on_hand=40)
    order = make.order(make.line("CUP", 2))
    sku_map.put(make.ADMIN, channel="manual", channel_sku="CUP", sku="CUP", quantity=6)
    assert [(line.sku, line.quantity) for line in related.clone(make.ADMIN, order.number).lines] == [("CUP", 2)]


def test_lost_units_are_sent_again_for_nothing() -> None:
    sku = make.product(on_hand=9)
    order = make.order(make.line(sku, 3), stage=Stage.SHIPPED)
    again = related.resend(make.actor("service"), order.number, {order.lines[0].id: 2}, reason="lost on the way")
    assert (again.total, again.payment_status, again.units, again.lines[0].unit_price_micros) == (0, "paid", 2, 0)
    assert (stock.get(make.ADMIN, sku).on_hand, stock.get(make.ADMIN, sku).reserved) == (6, 2)
    assert related.of_order(make.ADMIN, again.number).kind == "resend"
    assert events.timeline(make.ADMIN, again.number)[-1].reason == "lost on the way"
    assert drift() == []


@pytest.mark.parametrize(
    ("error", "units", "reason"),
    [(Malformed, 4, "lost"), (Malformed, 0, "lost"), (Malformed, 1, " "), (Malformed, -1, "lost")],
)
def test_what_never_left_is_not_sent_again(error: type[OmsError], units: int, reason: str) -> None:
    order = make.order(make.line(make.product(on_hand=9), 3), stage=Stage.SHIPPED)
    with pytest.raises(error):
        related.resend(make.ADMIN, order.number, {order.lines[0].id: units}, reason=reason)
    placed = make.order(make.line(make.product(on_hand=9), 3))
    with pytest.raises(Refused):
        related.resend(make.ADMIN, placed.number, {placed.lines[0].id: 1}, reason="lost")
    assert related.of_order(make.ADMIN, order.number).copies == ()


def test_a_cancelled_order_is_placed_again_as_it_was_ordered() -> None:
    order = make.move(make.order(make.line(make.product(on_hand=9), 3)), Stage.CANCELLED)
    assert related.clone(make.ADMIN, order.number).units == 3


def test_other_orders_to_the_same_address_are_told_however_it_is_spelt() -> None:
    order, elsewhere = make.order(), make.order(ship_to=AddressDraft(line1="4 Park Street", city="Kolkata"))
    same = make.order(
        ship_to=AddressDraft(line1="12, M.G. Road", city="PUNE", state="Maharashtra", postal_code="411 001")
    )
    gone = make.order(stage=Stage.SHIPPED)
    assert related.of_order(make.ADMIN, order.number).same_address == (same.number,)
    assert related.of_order(make.ADMIN, gone.number).same_address == ()
    assert related.of_order(make.ADMIN, elsewhere.number).same_address == ()


@pytest.mark.parametrize("role", [Role.INVENTORY, Role.WAREHOUSE, Role.ANALYST])
def test_who_may_not_create_orders_makes_none_from_another(role: Role) -> None:
    order = make.order(make.line(make.product(on_hand=9), 3), stage=Stage.SHIPPED)
    with pytest.raises(Forbidden):
        related.clone(make.actor(role), order.number)
    with pytest.raises(Forbidden):
        related.resend(make.actor(role), order.number, {order.lines[0].id: 1}, reason="x")
    with pytest.raises(NotFound):
        related.clone(make.ADMIN, "nowhere")
    assert len(orders.page(make.ADMIN).orders) == 1
