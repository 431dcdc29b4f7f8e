"""One act done to many articles or products: judged before, done by their own services, taken back where it can be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lots import Came, Terms
from oms_app.domain.permissions import Role
from oms_app.domain.runs import Run, RunState, Selection, Subject
from oms_app.domain.stock_actions import search_for
from oms_app.services import (
    catalogue,
    checks,
    counts,
    exports,
    lots,
    products,
    run_work,
    runs,
    stock,
    stock_limits,
    transfers,
)
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def stock_of(*skus: str) -> Selection:
    return Selection(tuple((sku, None) for sku in skus), subject=Subject.STOCK)


def products_of(*skus: str) -> Selection:
    return Selection(tuple((sku, None) for sku in skus), subject=Subject.PRODUCT)


def work_off() -> None:
    while run_work.work():
        pass


def result(run: Run) -> dict[str, str]:
    return {row.number: row.message or str(row.state) for row in runs.results(make.ADMIN, run.id)}


def level(sku: str) -> Any:
    return next(each for each in stock.get(make.ADMIN, sku).levels if each.location == "MAIN")


def test_a_preview_of_an_adjustment_says_which_articles_lack_the_units():
    full, reserved, none = make.product(on_hand=10), make.product(on_hand=3), make.product()
    make.order(make.line(reserved, 2))
    catalogue.add_product(make.ADMIN, sku="WRAP", name="Wrapping", price_micros=0, currency="INR", kind="charge")

    seen = runs.preview(
        make.ADMIN,
        "adjust",
        {"location": "MAIN", "quantity": "-2", "reason": "Damaged"},
        stock_of(full, reserved, none, "WRAP", "NONE"),
    )

    assert (seen.total, seen.can, seen.cannot) == (5, 1, 4)
    assert {each.sentence: each.numbers for each in seen.reasons} == {
        "Fewer than 2 are free at MAIN.": (reserved, none),
        "It is a charge: it has no stock.": ("WRAP",),
        "There is no such article.": ("NONE",),
    }
    assert level(full).on_hand == 10


def test_an_adjustment_that_is_refused_leaves_the_article_and_says_why():
    full, reserved = make.product(on_hand=10), make.product(on_hand=3)
    make.order(make.line(reserved, 2))
    given = {"location": "MAIN", "quantity": -2, "reason": "Damaged"}
    run = runs.start(make.ADMIN, "adjust", given, stock_of(full, reserved))
    assert (run.title, run.done, run.refused) == ("Adjust by −2 at MAIN (Damaged)", 1, 1)
    assert result(run) == {full: "done", reserved: "Fewer than 2 are free at MAIN."}
    assert (level(full).on_hand, level(reserved).on_hand) == (8, 3)


TRIED: dict[str, tuple[dict[str, Any], Callable[[str], Any], Any, Any]] = {
    "adjust": ({"location": "MAIN", "quantity": "5", "reason": "Found"}, lambda s: level(s).on_hand, 10, 15),
    "safety": ({"location": "MAIN", "units": 4, "reason": "Sale"}, lambda s: level(s).safety, 0, 4),
    "block": ({"location": "MAIN", "units": "", "reason": "Recall"}, lambda s: level(s).available, 10, 0),
    "buffer": ({"channel": "manual", "units": 3}, lambda s: stock_limits.told(make.ADMIN, s)[0].available, 10, 7),
}


@pytest.mark.parametrize("action", TRIED)
def test_an_act_on_stock_is_done_and_taken_back(action: str):
    sku = make.product(on_hand=10)
    given, read, before, after = TRIED[action]
    run = runs.start(make.ADMIN, action, given, stock_of(sku))
    assert (run.done, run.undoable, read(sku)) == (1, True, after)
    back = runs.undo(make.ADMIN, run.id)
    assert (back.done, back.undoes, read(sku)) == (1, run.id, before)
    assert checks.stock(make.ADMIN) == ()


def test_an_adjustment_taken_back_is_the_opposite_entry_in_the_lots_it_came_from():
    sku = make.product()
    lots.set_terms(make.ADMIN, sku, Terms(True, 0))
    for code, units, days in (("A", 2, 10), ("B", 5, 20)):
        lot = Came(code, (datetime.now(UTC) + timedelta(days=days)).date())
        stock.adjust(make.ADMIN, sku, "MAIN", units, reason="came", kind="received", lot=lot)
    run = runs.start(make.ADMIN, "adjust", {"location": "MAIN", "quantity": -3, "reason": "Lost"}, stock_of(sku))
    assert {lot.code: lot.units for lot in lots.of_product(make.ADMIN, sku)} == {"B": 4}
    runs.undo(make.ADMIN, run.id)
    assert {lot.code: lot.units for lot in lots.of_product(make.ADMIN, sku)} == {"A": 2, "B": 5}
    assert [row.quantity for row in stock.movements(make.ADMIN, sku)][:2] == [3, -3]
    assert checks.stock(make.ADMIN) == ()


def test_a_number_that_was_changed_since_is_not_taken_back():
    sku = make.product(on_hand=10)
    run = runs.start(make.ADMIN, "safety", {"location": "MAIN", "units": 4, "reason": "Sale"}, stock_of(sku))
    stock_limits.set_limits(make.ADMIN, sku, "MAIN", safety=6, blocked=0, reason="more")
    back = runs.undo(make.ADMIN, run.id)
    assert (result(back), level(sku).safety) == ({sku: "It was changed since."}, 6)


def test_many_articles_go_on_one_draft_of_a_transfer_and_come_off_it_again():
    catalogue.add_location(make.ADMIN, code="BLR", name="Bengaluru")
    some = [make.product(on_hand=units) for units in (5, 7, 0)]
    make.order(make.line(some[0], 2))
    run = runs.start(make.ADMIN, "transfer", {"location": "MAIN", "to": "BLR", "units": ""}, stock_of(*some))
    [row] = transfers.page(make.ADMIN)
    assert result(run) == {some[0]: "done", some[1]: "done", some[2]: "Fewer than 1 are free at MAIN."}
    assert {line.sku: line.quantity for line in transfers.get(make.ADMIN, row.id).lines} == {some[0]: 3, some[1]: 7}
    assert run.title == f"Transfer T-{row.id} of all that is free from MAIN to BLR"
    runs.undo(make.ADMIN, run.id)
    assert transfers.get(make.ADMIN, row.id).row.state == "cancelled"


def test_a_transfer_that_was_sent_stays():
    catalogue.add_location(make.ADMIN, code="BLR", name="Bengaluru")
    sku = make.product(on_hand=5)
    run = runs.start(make.ADMIN, "transfer", {"location": "MAIN", "to": "BLR", "units": 2}, stock_of(sku))
    transfers.send(make.ADMIN, run.given["transfer"], version=1)
    back = runs.undo(make.ADMIN, run.id)
    assert "cannot be done to it any more" in result(back)[sku]


def test_many_articles_are_one_count_and_what_was_counted_stays_on_it():
    one, other, third = (make.product(on_hand=5) for _ in range(3))
    run = runs.start(make.ADMIN, "count", {"location": "MAIN"}, stock_of(one, other))
    count = counts.get(make.ADMIN, run.given["count"])
    assert (count.row.scope, {line.sku for line in count.lines}) == ("chosen articles", {one, other})
    counts.enter(make.ADMIN, count.row.id, one, 4)
    back = runs.undo(make.ADMIN, run.id)
    assert result(back) == {one: "It was counted since.", other: "done"}
    assert [line.sku for line in counts.get(make.ADMIN, count.row.id).lines] == [one]
    assert third not in result(run)


def test_everything_a_search_of_the_stock_list_finds_is_done_in_the_background_once():
    some = [make.product(f"KURTA-{each:03}", on_hand=2) for each in range(60)]
    out, other = make.product("KURTA-OUT"), make.product("SAREE", on_hand=2)
    q = search_for("kurta", only_out=False)
    given = {"location": "MAIN", "quantity": 1, "reason": "Found"}
    chosen = Selection(q=q, subject=Subject.STOCK)
    assert (runs.preview(make.ADMIN, "adjust", given, chosen).total) == 61
    run = runs.start(make.ADMIN, "adjust", given, chosen)
    assert (run.state, run.background) == (RunState.GATHERING, True)
    work_off()
    done = runs.get(make.ADMIN, run.id)
    assert (done.state, done.total, done.done) == (RunState.DONE, 61, 61)
    assert {level(sku).on_hand for sku in some} == {3}
    assert (level(out).on_hand, level(other).on_hand) == (1, 2)
    assert b"".join(exports.run(make.ADMIN, run_id=run.id)).splitlines()[0] == b"article,result,why,at"
    empty = make.product("KURTA-EMPTY")
    seen = runs.preview(make.ADMIN, "adjust", given, Selection(q=search_for("", only_out=True), subject=Subject.STOCK))
    assert (seen.total, seen.can) == (1, 1)
    assert empty not in result(done)


def rate(sku: str) -> Any:
    return products.get(make.ADMIN, sku).product.gst_rate


CHANGED: dict[str, tuple[dict[str, Any], Callable[[str], Any], Any, Any]] = {
    "hsn": ({"hsn": "6109"}, lambda s: products.get(make.ADMIN, s).product.hsn, "", "6109"),
    "attribute": (
        {"name": "Season", "value": "Winter"},
        lambda s: dict(products.get(make.ADMIN, s).attributes),
        {"Fabric": "Silk"},
        {"Fabric": "Silk", "Season": "Winter"},
    ),
    "withdraw": ({}, lambda s: products.get(make.ADMIN, s).product.active, True, False),
    "tax": (
        {"rate": "12", "valid_from": (datetime.now(UTC) + timedelta(days=9)).date().isoformat()},
        lambda s: [str(each.rate) for each in products.get(make.ADMIN, s).rates],
        ["5"],
        ["5", "12"],
    ),
}


@pytest.mark.parametrize("action", CHANGED)
def test_many_products_are_changed_and_changed_back(action: str):
    sku = make.product()
    products.change(make.ADMIN, sku, attributes={"Fabric": "Silk"})
    products.set_rate(make.ADMIN, sku, Decimal(5), products.GST_BEGAN)
    given, read, before, after = CHANGED[action]
    run = runs.start(make.ADMIN, action, given, products_of(sku, "NONE"))
    assert (run.done, result(run)["NONE"], read(sku)) == (1, "There is no such product.", after)
    again = runs.preview(make.ADMIN, action, given, products_of(sku))
    assert again.can == (1 if action == "tax" else 0)
    runs.undo(make.ADMIN, run.id)
    assert read(sku) == before


def test_a_rate_that_has_begun_is_not_taken_back():
    sku = make.product()
    today = products.today().isoformat()
    run = runs.start(make.ADMIN, "tax", {"rate": "18 %", "valid_from": today}, products_of(sku))
    assert str(rate(sku)) == "18"
    back = runs.undo(make.ADMIN, run.id)
    assert result(back)[sku].startswith("This rate has begun")
    assert str(rate(sku)) == "18"


@pytest.mark.parametrize(
    ("subject", "action", "given", "problem"),
    [
        (Subject.STOCK, "tag", {"tags": "x"}, Malformed),
        (Subject.ORDER, "adjust", {"location": "MAIN", "quantity": 1, "reason": "x"}, Malformed),
        (Subject.STOCK, "adjust", {"location": "MAIN", "quantity": "0", "reason": "x"}, Malformed),
        (Subject.STOCK, "adjust", {"location": "MAIN", "quantity": "1", "reason": " "}, Malformed),
        (Subject.STOCK, "count", {"location": "NOWHERE"}, NotFound),
        (Subject.STOCK, "transfer", {"location": "MAIN", "to": "MAIN"}, Malformed),
        (Subject.PRODUCT, "tax", {"rate": "101", "valid_from": "2026-12-01"}, Malformed),
        (Subject.PRODUCT, "tax", {"rate": "5", "valid_from": "soon"}, Malformed),
        (Subject.PRODUCT, "attribute", {"name": "a:b", "value": "x"}, Malformed),
    ],
)
def test_what_cannot_be_read_starts_nothing(subject: Subject, action: str, given: dict[str, Any], problem: type):
    with pytest.raises(problem):
        runs.start(make.ADMIN, action, given, Selection(((make.product(on_hand=1), None),), subject=subject))
    assert runs.page(make.ADMIN) == ()


def test_each_act_needs_its_own_permission():
    sku = make.product(on_hand=5)
    given = {"location": "MAIN", "quantity": 1, "reason": "x"}
    with pytest.raises(Forbidden):
        runs.start(make.actor(Role.MANAGER), "adjust", given, stock_of(sku))
    with pytest.raises(Forbidden):
        runs.preview(make.actor(Role.SERVICE), "withdraw", {}, products_of(sku))
    run = runs.start(make.actor(Role.WAREHOUSE), "count", {"location": "MAIN"}, stock_of(sku))
    with pytest.raises(Forbidden):
        runs.undo(make.actor(Role.ANALYST), run.id)
    with pytest.raises(Refused):
        runs.undo(make.actor(Role.INVENTORY), runs.undo(make.actor(Role.INVENTORY), run.id).id)
