"""Days of cover: what runs out, what lasts too long, what nobody buys."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from oms_app.db.engine import transaction
from oms_app.domain.errors import Forbidden
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.domain.stock_cover import View, days_of_cover
from oms_app.services import stock, stock_cover
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def skus(view: View, days: int = 0) -> list[tuple[str, int, int | None]]:
    return [(row.sku, row.issued, row.days) for row in stock_cover.page(make.ADMIN, view, days).rows]


def sell(sku: str, units: int) -> None:
    make.order(make.line(sku, units), stage=Stage.SHIPPED)


def test_articles_are_found_by_how_long_they_last() -> None:
    for sku, there, sold in (("SHORT", 20, 14), ("GONE", 28, 28), ("LONG", 300, 2), ("IDLE", 7, 0), ("EMPTY", 0, 0)):
        make.product(sku, on_hand=there)
        if sold:
            sell(sku, sold)
    assert stock_cover.page(make.ADMIN, View.LOW, 14).at is None
    stock_cover.work_out(make.ADMIN)
    assert skus(View.LOW, 14) == [("GONE", 28, 0), ("SHORT", 14, 12)]
    assert skus(View.LOW, 7) == [("GONE", 28, 0)]
    assert skus(View.OVER, 365) == [("LONG", 2, 4172)]
    assert skus(View.IDLE) == [("IDLE", 0, None)]


def test_only_the_last_28_days_count_and_what_changed_is_worked_out_anew() -> None:
    sku = make.product(on_hand=20)
    sell(sku, 10)
    stock_cover.work_out(make.ADMIN)
    assert skus(View.LOW, 30) == [(sku, 10, 28)]
    before = int((datetime.now(UTC) - timedelta(days=29)).timestamp() * 1_000)
    with transaction() as tx:
        tx.execute(text("UPDATE stock_movement SET at = :at WHERE kind = 'issued'"), {"at": before})
    stock_cover.work_out(make.ADMIN)
    assert (skus(View.LOW, 30), skus(View.IDLE)) == ([], [(sku, 0, None)])


def test_lists_page_by_their_number() -> None:
    for index in range(5):
        make.product(f"SKU-{index}X", on_hand=3)
    stock_cover.work_out(make.ADMIN)
    seen: list[str] = []
    after = None
    while rows := stock_cover.page(make.ADMIN, View.IDLE, 0, after=after, limit=2).rows:
        seen += [row.sku for row in rows]
        after = (rows[-1].number, rows[-1].product_id)
    assert sorted(seen) == [f"SKU-{index}X" for index in range(5)]


def test_it_runs_by_itself_once_an_hour_and_by_hand_for_those_who_may() -> None:
    stock_cover.work_out_in_time()
    first = stock_cover.page(make.ADMIN, View.LOW, 14).at
    stock_cover.work_out_in_time()
    assert first
    assert stock_cover.page(make.ADMIN, View.LOW, 14).at == first
    with pytest.raises(Forbidden):
        stock_cover.work_out(make.actor(Role.ANALYST))


def test_a_product_says_what_it_sold_and_how_long_it_lasts() -> None:
    sku = make.product(on_hand=20)
    sell(sku, 10)
    assert (stock.get(make.ADMIN, sku).issued, stock.get(make.ADMIN, sku).cover) == (0, None)
    stock_cover.work_out(make.ADMIN)
    assert (stock.get(make.ADMIN, sku).issued, stock.get(make.ADMIN, sku).cover) == (10, 28)


@pytest.mark.parametrize(("available", "issued", "days"), [(10, 56, 5), (5, 0, None), (-3, 28, 0), (1, 29, 0)])
def test_days_are_whole_and_never_negative(available: int, issued: int, days: int | None) -> None:
    assert days_of_cover(available, issued) == days
