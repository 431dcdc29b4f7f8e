"""Cancelling what is missing and sending another article: units, money, stock and charts agree afterwards."""

import pytest

from oms_app.domain.errors import Forbidden, Malformed, Refused
from oms_app.domain.permissions import Role
from oms_app.domain.shortfalls import ShortLine
from oms_app.services import checks, events, line_changes, orders, shortfalls, stock
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def waiting() -> ShortLine:
    (line,) = shortfalls.page(make.ADMIN).lines
    return line


def drift() -> list[str]:
    return [difference for name in checks.CHECKS for difference in checks.CHECKS[name](make.ADMIN)]


def test_cancelling_what_is_missing_takes_its_share_of_the_price() -> None:
    sku = make.product(on_hand=2, price_micros=100_000_000)
    order = make.order(make.line(sku, 3, discount=100), shipping=4_000, paid=True)
    assert order.total == 33_900
    after = line_changes.cancel_missing(make.actor(Role.SERVICE), waiting().line_id, reason="customer agreed")
    (line,) = after.lines
    assert (line.cancelled, line.allocated, line.discount, line.total) == (1, 2, 67, 19_933)
    assert (after.total, after.units, after.shortfall, after.payment_status) == (23_933, 2, 0, "paid")
    assert shortfalls.page(make.ADMIN).lines == ()
    event = events.timeline(make.ADMIN, order.number)[-1]
    assert (event.kind, event.before["total"], event.after["total"]) == ("line_cancelled", "339.00", "239.33")
    assert drift() == []


def test_tax_on_top_shrinks_with_the_line() -> None:
    sku = make.product(on_hand=1, price_micros=100_000_000, gst_rate=18)
    order = make.order(make.line(sku, 3, tax_included=False))
    assert (order.total, order.tax_added) == (35_400, 5_400)
    after = line_changes.cancel_missing(make.ADMIN, waiting().line_id, reason="none left")
    assert (after.total, after.tax_added) == (11_800, 1_800)
    assert drift() == []


def test_an_order_of_which_nothing_would_be_left_is_cancelled_as_a_whole() -> None:
    order = make.order(make.line(make.product(), 3))
    with pytest.raises(Refused, match="cancel the order"):
        line_changes.cancel_missing(make.ADMIN, waiting().line_id, reason="none left")
    assert orders.get(make.ADMIN, order.number).version == order.version


def test_another_article_is_kept_at_once_at_the_price_agreed() -> None:
    sku, other = make.product(on_hand=1), make.product(on_hand=9, price_micros=1_000_000)
    order = make.order(make.line(sku, 3))
    after = line_changes.substitute(make.ADMIN, waiting().line_id, other)
    old, new = after.lines
    assert (old.cancelled, old.allocated, new.sku, new.quantity, new.allocated) == (2, 1, other, 2, 2)
    assert (after.total, after.units, after.shortfall) == (order.total, 3, 0)
    assert new.unit_price_micros == make.PRICE
    assert stock.get(make.ADMIN, other).reserved == 2
    assert drift() == []


def test_an_article_that_is_not_there_either_waits() -> None:
    order = make.order(make.line("WHAT-1", 2, unit_price_micros=5_000_000))
    other = make.product(on_hand=1)
    after = line_changes.substitute(make.ADMIN, waiting().line_id, other)
    assert (after.shortfall, waiting().sku, waiting().units) == (1, other, 1)
    assert after.total == order.total
    assert drift() == []


def test_who_may_not_change_orders_changes_nothing() -> None:
    sku, other = make.product(on_hand=1), make.product(on_hand=5)
    order = make.order(make.line(sku, 2))
    line = waiting()
    for error, act in (
        (Forbidden, lambda: line_changes.cancel_missing(make.actor(Role.INVENTORY), line.line_id, reason="no")),
        (Forbidden, lambda: line_changes.substitute(make.actor(Role.INVENTORY), line.line_id, other)),
        (Malformed, lambda: line_changes.cancel_missing(make.ADMIN, line.line_id, reason="")),
        (Malformed, lambda: line_changes.substitute(make.ADMIN, line.line_id, "NOTHING")),
        (Refused, lambda: line_changes.substitute(make.ADMIN, line.line_id, sku)),
    ):
        with pytest.raises(error):
            act()
    assert orders.get(make.ADMIN, order.number).version == order.version
    assert waiting() == line
