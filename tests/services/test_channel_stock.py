"""Channels are told what they may sell: only what changed, as it is when it is sent, until they took it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import channel_levels as rows
from oms_app.db.queries import channels as links
from oms_app.domain.channels import Cancellation, Level, Told
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.domain.lifecycle import Stage
from oms_app.services import cancellation, channel_stock, channel_tasks, kits, routing, sku_map, stock, stock_limits
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_channel_tasks import walk
from tests.services.test_intake import corner, ours, pull  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def _anew(shop: str) -> None:
    channel_stock.forget()


def tell() -> None:
    """Everything that changed is worked out and told."""
    with transaction() as tx:
        for link in links.linked(tx):
            links.change_link(tx, link.channel_id, retry_at=None)
    while channel_stock.note():
        pass
    while any(channel_stock.push(name) for name in channel_stock.due()):
        pass


def listed(corner: CornerShop, *skus: str) -> None:  # noqa: F811
    """The channel sells these, and thinks that it has none."""
    corner.stock_by_sku |= dict.fromkeys(skus, 0)
    with transaction() as tx:
        link = links.link_named(tx, "corner")
    channel_stock.take_list(link)
    tell()


def test_a_channel_hears_of_every_change_of_what_it_may_sell(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=10)
    listed(corner, sku)
    assert corner.stock_by_sku == {sku: 10}
    order = make.order(make.line(sku, 3))
    tell()
    assert corner.stock_by_sku == {sku: 7}
    cancellation.cancel(make.ADMIN, order.number, version=order.version, reason="Changed their mind")
    tell()
    assert corner.stock_by_sku == {sku: 10}
    stock.adjust(make.ADMIN, sku, "MAIN", -4, reason="Broken")
    tell()
    assert corner.stock_by_sku == {sku: 6}
    stock_limits.set_buffer(make.ADMIN, sku, "corner", 2)
    tell()
    assert corner.stock_by_sku == {sku: 4}


def test_nothing_is_sent_that_did_not_change(corner: CornerShop) -> None:  # noqa: F811
    sku, other = make.product(on_hand=10), make.product(on_hand=10)
    listed(corner, sku)
    calls = corner.calls
    make.order(make.line(other, 3))
    tell()
    assert corner.calls == calls


def test_a_kit_follows_its_components_and_a_pack_holds_several(corner: CornerShop) -> None:  # noqa: F811
    cup, box = make.product("CUP", on_hand=9), make.product("BOX")
    kits.set_parts(make.ADMIN, box, {cup: 2})
    sku_map.put(make.ADMIN, channel="corner", channel_sku="CUP-X3", sku=cup, quantity=3)
    listed(corner, "BOX", "CUP-X3")
    assert corner.stock_by_sku == {"BOX": 4, "CUP-X3": 3}
    make.order(make.line(cup, 4))
    tell()
    assert corner.stock_by_sku == {"BOX": 2, "CUP-X3": 1}


def test_a_channel_that_is_away_gets_the_level_there_is_when_it_is_back(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=10)
    listed(corner, sku)
    make.order(make.line(sku))
    corner.fails = Unavailable("Away.")
    channel_stock.note()
    channel_stock.push("corner")
    make.order(make.line(sku))
    tell()
    assert corner.stock_by_sku == {sku: 8}


def test_an_article_that_is_refused_holds_up_no_other(corner: CornerShop) -> None:  # noqa: F811
    skus = [make.product(on_hand=5) for _ in range(5)]
    listed(corner, *skus)
    told, bad = corner.stock, skus[2]

    def stock(levels: Sequence[Level], key: str) -> tuple[Told, ...]:
        if bad in {each.sku for each in levels}:
            raise Rejected("This article cannot be stocked here.")
        return told(levels, key)

    corner.stock = stock  # type: ignore[method-assign]
    for sku in skus:
        make.order(make.line(sku))
    tell()
    assert corner.stock_by_sku == {sku: 5 if sku == bad else 4 for sku in skus}


def test_a_buffer_that_changes_is_told(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=9)
    listed(corner, sku)
    rules = routing.rules(make.ADMIN)
    routing.set_rules(make.ADMIN, replace(rules, channel_buffer={"corner": 4}))
    tell()
    assert corner.stock_by_sku == {sku: 5}


def test_what_the_channel_does_not_take_is_said_with_its_reason(corner: CornerShop) -> None:  # noqa: F811
    sku, gone = make.product(on_hand=5), make.product(on_hand=5)
    listed(corner, sku, gone)
    del corner.stock_by_sku[gone]
    for each in (sku, gone):
        make.order(make.line(each))
    tell()
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        said = {
            row.sku: (row.sent, row.waits, row.problem) for row in rows.page(tx, link.channel_id, after="", limit=9)
        }
    assert said == {sku: (4, False, ""), gone: (5, True, "No such article.")}


def test_telling_everything_again_mends_what_somebody_changed_there(corner: CornerShop) -> None:  # noqa: F811
    skus = [make.product(on_hand=units) for units in (3, 4, 5)]
    listed(corner, *skus)
    corner.stock_by_sku[skus[1]] = 99
    assert channel_stock.again(make.ADMIN, "corner") == 3
    tell()
    assert list(corner.stock_by_sku.values()) == [3, 4, 5]


def test_orders_of_the_channel_itself_are_in_what_it_hears(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=5)
    listed(corner, sku)
    corner.sells("C1", (sku, 2))
    pull()
    tell()
    assert ours("C1").units == 2
    assert corner.stock_by_sku == {sku: 3}


def test_what_a_channel_puts_back_by_itself_is_not_there_twice(
    corner: CornerShop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sku = make.product(on_hand=5)
    listed(corner, sku)
    corner.sells("C1", (sku, 2))
    pull()
    said = corner.cancel

    def cancel(cancellation: Cancellation) -> None:
        said(cancellation)
        corner.stock_by_sku[sku] += 2

    monkeypatch.setattr(corner, "cancel", cancel)
    order = ours("C1")
    cancellation.cancel(make.ADMIN, order.number, version=order.version, reason="Changed their mind")
    tell()
    assert corner.stock_by_sku == {sku: 5}
    channel_tasks.forget()
    channel_tasks.note()
    channel_tasks.work("corner")
    assert corner.stock_by_sku == {sku: 7}
    tell()
    assert corner.stock_by_sku == {sku: 5}


def test_what_had_left_here_and_is_put_back_there_is_for_sale_only_once_it_is_back(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=5)
    listed(corner, sku)
    corner.sells("C1", (sku, 2))
    pull()
    walk(ours("C1"), Stage.SHIPPED)
    tell()
    corner.changes("C1", minute=1, status="cancelled")
    corner.stock_by_sku[sku] += 2
    pull()
    tell()
    assert corner.stock_by_sku == {sku: 3}
