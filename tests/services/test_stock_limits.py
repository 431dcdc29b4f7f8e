"""Units that are there and not for sale: safety, blocked, and what a channel does not hear of."""

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, OmsError, Refused
from oms_app.domain.permissions import Role
from oms_app.domain.routing import Rules
from oms_app.services import catalogue, checks, orders, routing, stock, stock_limits
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def limit(sku: str, *, safety: int = 0, blocked: int = 0, reason: str = "inspection") -> None:
    stock_limits.set_limits(make.ADMIN, sku, "MAIN", safety=safety, blocked=blocked, reason=reason)


def test_what_is_blocked_or_kept_for_safety_is_not_sold() -> None:
    sku = make.product(on_hand=10)
    limit(sku, safety=2, blocked=3)
    (level,) = stock.get(make.ADMIN, sku).levels
    assert (level.on_hand, level.safety, level.blocked, level.available) == (10, 2, 3, 5)
    assert make.order(make.line(sku, 7)).shortfall == 2
    assert checks.stock(make.ADMIN) == ()


def test_units_that_are_set_free_go_to_who_waits() -> None:
    sku = make.product(on_hand=4)
    limit(sku, blocked=4)
    order = make.order(make.line(sku, 3))
    limit(sku, blocked=1, reason="inspected")
    assert orders.get(make.ADMIN, order.number).shortfall == 0
    with pytest.raises(Refused):
        stock.adjust(make.ADMIN, sku, "MAIN", -1, reason="lost")


def test_what_is_reserved_cannot_be_blocked() -> None:
    sku = make.product(on_hand=4)
    make.order(make.line(sku, 3))
    before = stock.get(make.ADMIN, sku)
    with pytest.raises(Refused):
        limit(sku, blocked=2)
    assert stock.get(make.ADMIN, sku) == before


@pytest.mark.parametrize(
    ("error", "given"),
    [
        (Malformed, {"safety": -1}),
        (Malformed, {"reason": " "}),
        (NotFound, {"sku": "NOTHING"}),
        (NotFound, {"location": "NOWHERE"}),
        (Forbidden, {"actor": make.actor(Role.MANAGER)}),
    ],
)
def test_limits_that_make_no_sense_are_refused(error: type[OmsError], given: dict) -> None:
    sku = make.product(on_hand=4)
    values = {"actor": make.ADMIN, "sku": sku, "location": "MAIN", "safety": 0, "blocked": 1, "reason": "x"} | given
    with pytest.raises(error):
        stock_limits.set_limits(**values)
    assert stock.get(make.ADMIN, sku).available == 4


def test_a_channel_is_told_what_is_available_less_its_buffer() -> None:
    catalogue.add_channel(make.ADMIN, name="shopify", title="Shopify", kind="manual", currency="INR")
    sku = make.product(on_hand=5)
    stock_limits.set_buffer(make.ADMIN, sku, "shopify", 2)
    make.order(make.line(sku, 1))
    assert {told.channel: told.available for told in stock_limits.told(make.ADMIN, sku)} == {"manual": 4, "shopify": 2}
    stock_limits.set_buffer(make.ADMIN, sku, "shopify", 9)
    assert {told.channel: told.available for told in stock_limits.told(make.ADMIN, sku)} == {"manual": 4, "shopify": 0}
    stock_limits.set_buffer(make.ADMIN, sku, "shopify", 0)
    assert {told.available for told in stock_limits.told(make.ADMIN, sku)} == {4}
    routing.set_rules(make.ADMIN, Rules(channel_buffer={"shopify": 3, "manual": 1}))
    told = {each.channel: (each.available, each.own) for each in stock_limits.told(make.ADMIN, sku)}
    assert told == {"manual": (3, False), "shopify": (4, True)}
    stock_limits.set_buffer(make.ADMIN, sku, "shopify", None)
    assert {each.available for each in stock_limits.told(make.ADMIN, sku)} == {1, 3}
    for wrong in ({"ebay": 1}, {"shopify": -1}):
        with pytest.raises(Malformed):
            routing.set_rules(make.ADMIN, Rules(channel_buffer=wrong))
    with pytest.raises(NotFound):
        stock_limits.set_buffer(make.ADMIN, sku, "ebay", 1)
    with pytest.raises(Forbidden):
        stock_limits.set_buffer(make.actor(Role.SERVICE), sku, "shopify", 1)
