"""The queue of unknown SKUs, and the ways an order leaves it."""

from decimal import Decimal

import pytest

from oms_app.domain.changes import Edit, LineEdit
from oms_app.domain.errors import Conflict, NotFound
from oms_app.domain.holds import HoldKind
from oms_app.domain.orders import OrderView
from oms_app.services import (
    catalogue,
    changes,
    checks,
    holds,
    line_changes,
    orders,
    products,
    shortfalls,
    sku_map,
    sku_queue,
)
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
HUNDRED = {"unit_price_micros": 100_000_000}


def place(*skus: str, units: int = 2, channel: str = "manual") -> OrderView:
    """An order of SKUs, held for those that no product has."""
    order = make.order(*(make.line(sku, units, **HUNDRED) for sku in skus), channel=channel)
    return holds.place(make.ADMIN, order.number, kind=HoldKind.SKU, reason="unknown")


def held(order: OrderView) -> list[str]:
    return [hold.kind for hold in orders.get(make.ADMIN, order.number).holds]


def line_waiting(order: OrderView) -> int:
    return shortfalls.page(make.ADMIN, words=order.number).lines[0].line_id


def test_a_new_product_completes_the_orders_under_its_own_name_or_another() -> None:
    one, other = place("NK-1"), place("NK-2")
    given = {"name": "Dupatta", "price_micros": 5, "gst_rate": Decimal(5)}
    assert sku_map.make_product(make.ADMIN, channel="manual", channel_sku="NK-1", sku="NK-1", **given) == 1
    assert sku_map.page(make.ADMIN) == ()
    assert sku_map.make_product(make.ADMIN, channel="manual", channel_sku="NK-2", sku="DUP-2", **given) == 1
    assert [(each.channel_sku, each.sku) for each in sku_map.page(make.ADMIN)] == [("NK-2", "DUP-2")]
    assert (held(one), held(other), sku_queue.page(make.ADMIN)) == ([], [], ())
    for wrong, error in (({"channel": "nowhere"}, NotFound), ({"sku": "NK-1"}, Conflict)):
        with pytest.raises(error):
            sku_map.make_product(
                make.ADMIN, **{"channel": "manual", "channel_sku": "NK-9", "sku": "NK-9"} | given | wrong
            )
    with pytest.raises(NotFound):
        products.get(make.ADMIN, "NK-9")


def test_a_name_holds_for_its_channel_only() -> None:
    make.product("KUR", on_hand=5)
    catalogue.add_channel(make.ADMIN, name="wix", title="Wix", kind="file", currency="INR")
    ours, theirs = place("NK-1"), place("NK-1", channel="wix")
    assert sku_map.put(make.ADMIN, channel="manual", channel_sku="NK-1", sku="KUR") == 1
    assert (held(ours), held(theirs), sku_map.complete_waiting()) == ([], ["sku"], 0)


def test_the_hold_goes_when_the_unknown_line_is_substituted() -> None:
    make.product("KUR", on_hand=5)
    order = place("NK-1", "NK-2")
    line_changes.substitute(make.ADMIN, line_waiting(order), "KUR")
    assert held(order) == ["sku"]  # the other one is still unknown
    line_changes.substitute(make.ADMIN, line_waiting(order), "KUR")
    assert (held(order), sku_queue.page(make.ADMIN)) == ([], ())


def test_the_hold_goes_when_the_unknown_line_is_cancelled() -> None:
    order = place("NK-1", make.product(on_hand=5))
    line_changes.cancel_missing(make.ADMIN, line_waiting(order), reason="nobody knows it")
    assert (held(order), sku_map.complete_waiting()) == ([], 0)


def test_the_hold_goes_when_an_edit_takes_the_unknown_line_off_and_stays_when_it_takes_some_units() -> None:
    order = place("NK-1", make.product(on_hand=5))
    line = order.lines[0].id
    some = Edit(lines=(LineEdit(line_id=line, quantity=1),))
    changed = changes.apply(make.ADMIN, order.number, some, version=order.version)
    assert held(order) == ["sku"]
    gone = Edit(lines=(LineEdit(line_id=line, quantity=0),))
    assert (
        "Its hold goes: Unknown SKU." in changes.apply(make.ADMIN, order.number, gone, version=changed.version).effects
    )
    assert held(order) == []


def test_what_was_cancelled_of_a_line_stays_cancelled_when_it_becomes_known() -> None:
    make.product("KUR", on_hand=10)
    order = place("NK-1", units=3)
    one_less = Edit(lines=(LineEdit(line_id=order.lines[0].id, quantity=2),))
    changes.apply(make.ADMIN, order.number, one_less, version=order.version)
    assert sku_map.put(make.ADMIN, channel="manual", channel_sku="NK-1", sku="KUR", quantity=2) == 1
    after = orders.get(make.ADMIN, order.number)
    (line,) = after.lines
    assert (line.quantity, line.cancelled, line.allocated) == (6, 2, 4)
    assert (after.units, after.shortfall, after.holds) == (4, 0, ())
    assert [check(make.ADMIN) for check in checks.CHECKS.values()] == [()] * 4


def test_what_the_map_says_goes_before_our_own_sku() -> None:
    make.product("KUR", on_hand=5)
    make.product("CUP", on_hand=20)
    sku_map.put(make.ADMIN, channel="manual", channel_sku="KUR", sku="CUP")
    order = make.order(make.line("KUR", 2, **HUNDRED))
    assert [(line.sku, line.quantity) for line in order.lines] == [("CUP", 2)]
    sku_map.put(make.ADMIN, channel="manual", channel_sku="CUP", sku="CUP", quantity=6)
    order = make.order(make.line("CUP", 2, **HUNDRED))
    assert [(line.sku, line.quantity, line.allocated) for line in order.lines] == [("CUP", 12, 12)]
    sku_map.remove(make.ADMIN, channel="manual", channel_sku="KUR")
    assert make.order(make.line("KUR", 2, **HUNDRED)).lines[0].sku == "KUR"
