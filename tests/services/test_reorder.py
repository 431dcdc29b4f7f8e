"""What to order again: the arithmetic, who it is ordered from, and drafts of it."""

import pytest

from oms_app.domain.errors import Forbidden, Malformed, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.domain.purchasing import Wanted
from oms_app.domain.reorder import Numbers, Suggestion
from oms_app.domain.suppliers import Supplier, Terms
from oms_app.services import (
    goods_receipts,
    purchase_sending,
    purchasing,
    reorder,
    reorder_drafts,
    stock_cover,
    stock_limits,
    suppliers,
)
from tests import make

EMPTY = {"safety": 0, "on_hand": 0, "reserved": 0, "blocked": 0, "waiting": 0, "incoming": 0, "drafted": 0}


def numbers(**given: int) -> Numbers:
    return Numbers(**({"issued": 28, "lead_time_days": 7, "cover_days": 14, "moq": 1, "pack_size": 1} | EMPTY | given))


@pytest.mark.parametrize(
    ("given", "quantity"),
    [
        ({}, 21),  # one a day for 7 + 14 days
        ({"safety": 5}, 26),
        ({"on_hand": 6}, 15),
        ({"on_hand": 7}, 0),  # at the reorder point, not below it
        ({"on_hand": 3, "incoming": 2, "drafted": 2}, 0),
        ({"on_hand": 9, "reserved": 2, "blocked": 1}, 15),
        ({"on_hand": 9, "waiting": 4}, 16),
        ({"pack_size": 12}, 24),
        ({"pack_size": 12, "moq": 30}, 36),
        ({"issued": 1}, 1),  # what is sold is rounded up
        ({"issued": 0}, 0),
        ({"issued": 0, "waiting": 3}, 3),
    ],
)
def test_the_quantity_follows_from_the_numbers(given: dict[str, int], quantity: int) -> None:
    assert numbers(**given).quantity == quantity


def test_the_sentence_says_the_whole_sum() -> None:
    said = numbers(safety=5, on_hand=6).why
    assert said == "28 in 28 days is 1.00 a day × 21 days + 5 safety = 26, less 6 = 20"
    assert (numbers(on_hand=6).days_left, numbers(waiting=2).days_left) == (6, -2)


@pytest.fixture
def weavers(shop: str) -> Supplier:
    """A supplier of LOW-1 (28 sold in 28 days, 2 left, packs of 12) and LOW-2 (nothing sold, 50 left)."""
    make.product("LOW-1", on_hand=30)
    make.product("LOW-2", on_hand=50)
    make.order(make.line("LOW-1", 28), stage=Stage.SHIPPED)
    made = suppliers.add(make.ADMIN, Supplier("Anand Weavers", lead_time_days=7))
    suppliers.set_terms(make.ADMIN, made.id, [Terms("LOW-1", 1_000_000, pack_size=12), Terms("LOW-2", 1_000_000)])
    stock_cover.work_out(make.ADMIN)
    reorder.work_out(make.ADMIN)
    return made


def listed() -> list[Suggestion]:
    return list(reorder.page(make.ADMIN).rows)


def test_what_falls_below_its_point_is_listed_with_every_number(weavers: Supplier) -> None:
    (found,) = listed()
    assert (found.sku, found.supplier, found.numbers.quantity) == ("LOW-1", "Anand Weavers", 24)
    assert found.numbers == numbers(on_hand=2, pack_size=12)
    assert reorder.page(make.ADMIN).count == 1
    stock_limits.set_limits(make.ADMIN, "LOW-2", "MAIN", safety=60, blocked=0, reason="Diwali")
    assert [each.sku for each in listed()] == ["LOW-1"]  # the list is worked out once an hour
    reorder.work_out(make.ADMIN)
    assert {each.sku: each.numbers.quantity for each in listed()} == {"LOW-1": 24, "LOW-2": 10}


def test_a_draft_takes_it_off_the_list_and_dropping_it_brings_it_back(weavers: Supplier) -> None:
    (made,) = reorder_drafts.draft_all(make.ADMIN, "MAIN")
    assert ([(line.sku, line.quantity) for line in made.lines], listed()) == ([("LOW-1", 24)], [])
    with pytest.raises(Refused, match="Nothing"):
        reorder_drafts.draft_all(make.ADMIN, "MAIN")
    purchasing.cancel(make.ADMIN, made.row.number, version=made.row.version)
    assert [each.sku for each in listed()] == ["LOW-1"]
    (again,) = reorder_drafts.draft(make.ADMIN, "MAIN", {listed()[0].product_id: 36})
    sent = purchase_sending.hand_over(make.ADMIN, again.row.number, version=again.row.version)
    assert listed() == []
    goods_receipts.receive(make.ADMIN, sent.row.number, {"LOW-1": 36}, receipt="DN-1")
    assert listed() == []


def test_drafts_are_one_for_each_supplier_and_all_or_none(weavers: Supplier) -> None:
    other = suppliers.add(make.ADMIN, Supplier("Kutch Looms", lead_time_days=3))
    make.product("LOW-3", on_hand=28)
    make.order(make.line("LOW-3", 28), stage=Stage.SHIPPED)
    suppliers.set_terms(make.ADMIN, other.id, [Terms("LOW-3", 1_000_000, pack_size=10)])
    stock_cover.work_out(make.ADMIN)
    reorder.work_out(make.ADMIN)
    found = {each.sku: each.product_id for each in listed()}
    assert [each.sku for each in listed()] == ["LOW-3", "LOW-1"]  # what runs out first
    with pytest.raises(Refused, match="no whole packs"):
        reorder_drafts.draft(make.ADMIN, "MAIN", {found["LOW-1"]: None, found["LOW-3"]: 7})
    assert purchasing.page(make.ADMIN) == ()
    made = reorder_drafts.draft(make.ADMIN, "MAIN", dict.fromkeys(found.values()))
    assert [(each.row.supplier, each.row.units) for each in made] == [("Anand Weavers", 24), ("Kutch Looms", 20)]


def test_the_preferred_supplier_gets_the_reorder(weavers: Supplier) -> None:
    fast = suppliers.add(make.ADMIN, Supplier("Fast Looms", lead_time_days=1))
    suppliers.set_terms(make.ADMIN, fast.id, [Terms("LOW-1", 1_000_000, lead_time_days=10)])
    reorder.work_out(make.ADMIN)
    assert [each.supplier for each in listed()] == ["Anand Weavers"]
    suppliers.prefer(make.ADMIN, fast.id, "LOW-1")
    (found,) = listed()
    assert (found.supplier, found.numbers.lead_time_days, found.numbers.quantity) == ("Fast Looms", 10, 22)
    assert [each.supplier for each in suppliers.offers(make.ADMIN, "LOW-1")] == ["Fast Looms", "Anand Weavers"]
    suppliers.change(make.ADMIN, fast.id, Supplier("Fast Looms", active=False))
    assert [each.supplier for each in listed()] == ["Anand Weavers"]


def test_the_days_an_order_is_for_are_a_setting(weavers: Supplier) -> None:
    reorder.set_cover_days(make.ADMIN, 42)
    assert [each.numbers.quantity for each in listed()] == [48]
    for wrong in (-1, 366):
        with pytest.raises(Malformed):
            reorder.set_cover_days(make.ADMIN, wrong)
    with pytest.raises(Forbidden):
        reorder.set_cover_days(make.actor(Role.MANAGER), 7)
    with pytest.raises(Forbidden):
        reorder_drafts.draft_all(make.actor(Role.WAREHOUSE), "MAIN")


def test_pages_follow_each_other_without_gaps(weavers: Supplier) -> None:
    for index in range(7):
        make.product(f"SAFE-{index}")
    suppliers.set_terms(make.ADMIN, weavers.id, [Terms(f"SAFE-{index}", 1) for index in range(7)])
    for index in range(7):
        make.order(make.line(f"SAFE-{index}", 1 + index % 2))
    reorder.work_out(make.ADMIN)
    seen, after = [], None
    while True:
        page = reorder.page(make.ADMIN, after=after, limit=3)
        seen += [each.sku for each in page.rows]
        if not (after := page.following):
            break
    assert sorted(seen) == sorted({*seen}) == ["LOW-1", *(f"SAFE-{index}" for index in range(7))]


def test_what_nobody_sells_any_more_leaves_the_list(weavers: Supplier) -> None:
    purchasing.draft(make.ADMIN, weavers.id, "MAIN", [Wanted("LOW-2", 1)])
    suppliers.drop_terms(make.ADMIN, weavers.id, "LOW-1")
    assert listed() == []
    reorder.work_out(make.ADMIN)
    assert reorder.page(make.ADMIN).count == 0
