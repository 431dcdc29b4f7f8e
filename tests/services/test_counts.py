"""Cycle counts: what is there is counted blind, again where it differs, and posted as differences."""

import pytest

from oms_app.domain.counts import CountLine, CountView
from oms_app.domain.errors import Conflict, Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.services import bins, catalogue, checks, counts, stock
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
WORKER = make.actor(Role.WAREHOUSE)


def line(view: CountView, sku: str) -> CountLine:
    return next(each for each in view.lines if each.sku == sku)


def finish(view: CountView) -> CountView:
    return counts.finish(WORKER, view.row.id, version=counts.get(WORKER, view.row.id).row.version)


def on_hand(sku: str) -> int:
    return stock.get(make.ADMIN, sku).on_hand


def test_a_count_that_agrees_goes_straight_to_review_and_moves_nothing() -> None:
    sku = make.product(on_hand=5)
    asked = counts.request(make.ADMIN, "MAIN")
    assert (asked.row.state, asked.row.lines, asked.row.counted) == ("requested", 1, 0)
    counts.enter(WORKER, asked.row.id, sku, 5)
    done = finish(asked)
    assert (done.row.state, done.row.differing) == ("counted", 0)
    believed = counts.review(make.ADMIN, asked.row.id, version=done.row.version)
    posted, waiting = counts.post(make.ADMIN, asked.row.id, version=believed.row.version)
    assert (posted.row.state, waiting, len(stock.movements(make.ADMIN, sku))) == ("posted", (), 1)


def test_what_differs_is_counted_again_and_the_second_number_is_posted() -> None:
    sku, other = make.product(on_hand=5), make.product(on_hand=8)
    asked = counts.request(make.ADMIN, "MAIN")
    counts.enter(WORKER, asked.row.id, sku, 3)
    counts.enter(WORKER, asked.row.id, other, 8)
    again = finish(asked)
    assert again.row.state == "recount"
    with pytest.raises(Refused, match=f"Not counted again: {sku}"):
        finish(asked)
    with pytest.raises(Refused, match="agreed with the books"):
        counts.enter(WORKER, asked.row.id, other, 7)
    counts.enter(WORKER, asked.row.id, sku, 4)
    done = finish(asked)
    assert (line(done, sku).first, line(done, sku).difference) == (-2, -1)
    believed = counts.review(make.ADMIN, asked.row.id, version=done.row.version)
    counts.post(make.ADMIN, asked.row.id, version=believed.row.version)
    newest = stock.movements(make.ADMIN, sku)[0]
    assert (newest.kind, newest.quantity, newest.cause) == ("counted", -1, f"count:{asked.row.id}")
    assert (on_hand(sku), on_hand(other), checks.stock(make.ADMIN)) == (4, 8, ())


def test_orders_that_ship_between_the_count_and_its_posting_are_not_counted_twice() -> None:
    sku = make.product(on_hand=10)
    asked = counts.request(make.ADMIN, "MAIN")
    counts.enter(WORKER, asked.row.id, sku, 9)
    again = finish(asked)
    assert again.row.state == "recount"
    make.order(make.line(sku, 4), stage=Stage.SHIPPED)
    counts.enter(WORKER, asked.row.id, sku, 5)
    done = finish(asked)
    make.order(make.line(sku, 2), stage=Stage.SHIPPED)
    believed = counts.review(make.ADMIN, asked.row.id, version=done.row.version)
    counts.post(make.ADMIN, asked.row.id, version=believed.row.version)
    assert on_hand(sku) == 3


def test_a_difference_below_what_is_reserved_waits_and_the_rest_is_posted() -> None:
    sku, other = make.product(on_hand=5), make.product(on_hand=5)
    order = make.order(make.line(sku, 5))
    asked = counts.request(make.ADMIN, "MAIN")
    for _ in range(2):
        counts.enter(WORKER, asked.row.id, sku, 3)
        counts.enter(WORKER, asked.row.id, other, 6)
        done = finish(asked)
    believed = counts.review(make.ADMIN, asked.row.id, version=done.row.version)
    part, waiting = counts.post(make.ADMIN, asked.row.id, version=believed.row.version)
    assert (part.row.state, on_hand(sku), on_hand(other)) == ("reviewed", 5, 6)
    assert waiting == (f"{sku}: 2 are missing, and some of them are reserved",)
    make.move(order, Stage.CANCELLED)
    posted, waiting = counts.post(make.ADMIN, asked.row.id, version=part.row.version)
    assert (posted.row.state, waiting, on_hand(sku), on_hand(other)) == ("posted", (), 3, 6)


def test_a_reviewer_may_send_it_back() -> None:
    sku = make.product(on_hand=5)
    asked = counts.request(make.ADMIN, "MAIN")
    counts.enter(WORKER, asked.row.id, sku, 1)
    finish(asked)
    counts.enter(WORKER, asked.row.id, sku, 1)
    done = finish(asked)
    back = counts.recount(make.ADMIN, asked.row.id, version=done.row.version)
    assert (back.row.state, line(back, sku).recounted) == ("recount", None)
    counts.enter(WORKER, asked.row.id, sku, 5)
    assert line(finish(asked), sku).difference == 0


def test_a_code_is_a_sku_or_a_barcode_and_what_nobody_expected_is_found() -> None:
    sku = make.product(on_hand=5, barcode="8901234567894")
    stray = make.product()
    asked = counts.request(make.ADMIN, "MAIN")
    assert counts.find(WORKER, asked.row.id, "8901234567894").sku == sku
    counts.enter(WORKER, asked.row.id, "8901234567894", 5)
    assert counts.enter(WORKER, asked.row.id, stray, 2).difference == 2
    assert counts.get(WORKER, asked.row.id).row.lines == 2
    with pytest.raises(NotFound, match="No article"):
        counts.enter(WORKER, asked.row.id, "0000", 1)
    with pytest.raises(Malformed):
        counts.enter(WORKER, asked.row.id, sku, -1)


def test_a_count_covers_a_location_a_bin_or_skus_that_begin_alike() -> None:
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    for sku in ("KUR-1", "KUR-2", "SAR-1"):
        make.product(sku, on_hand=1)
    bins.put(make.ADMIN, "SAR-1", "MAIN", "A-01")
    bins.put(make.ADMIN, "KUR-2", "MAIN", "A-01")

    def skus(**scope: str) -> list[str]:
        return [each.sku for each in counts.request(make.ADMIN, "MAIN", **scope).lines]

    assert skus() == ["KUR-1", "KUR-2", "SAR-1"]
    assert skus(prefix="KUR-") == ["KUR-1", "KUR-2"]
    assert skus(bin="A-01") == ["KUR-2", "SAR-1"]
    assert skus(bin="A-01", prefix="SAR") == ["SAR-1"]
    with pytest.raises(Refused, match="Nothing of that kind"):
        counts.request(make.ADMIN, "BHI")
    with pytest.raises(NotFound):
        counts.request(make.ADMIN, "MAIN", bin="B-99")
    assert len(counts.page(make.ADMIN)) == 4


def test_who_may_count_may_not_post_and_counts_at_the_own_location() -> None:
    sku = make.product(on_hand=5)
    main = counts.request(make.ADMIN, "MAIN")
    elsewhere = make.actor(Role.WAREHOUSE, location_id=99)
    for act in (
        lambda: counts.get(elsewhere, main.row.id),
        lambda: counts.enter(elsewhere, main.row.id, sku, 1),
    ):
        with pytest.raises(NotFound):
            act()
    assert counts.page(elsewhere) == ()
    with pytest.raises(Forbidden):
        counts.request(elsewhere, "MAIN")
    with pytest.raises(Forbidden):
        counts.enter(make.actor(Role.ANALYST), main.row.id, sku, 1)
    counts.enter(WORKER, main.row.id, sku, 5)
    done = finish(main)
    with pytest.raises(Forbidden):
        counts.review(WORKER, main.row.id, version=done.row.version)
    with pytest.raises(Conflict):
        counts.review(make.ADMIN, main.row.id, version=1)
    with pytest.raises(Refused):
        counts.enter(WORKER, main.row.id, sku, 5)
    assert counts.cancel(WORKER, main.row.id, version=done.row.version).row.state == "cancelled"


def test_nothing_is_skipped() -> None:
    for _ in range(5):
        make.product(on_hand=1)
    asked = counts.request(make.ADMIN, "MAIN")
    with pytest.raises(Refused, match="and 2 more. Enter 0 where nothing is there"):
        finish(asked)
