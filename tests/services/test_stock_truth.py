"""Stock truth: a level that does not add up is found, shown and repaired, and the ledger is never touched."""

import threading

import pytest
from sqlalchemy import delete, insert, text, update

from oms_app.db.engine import reading, transaction
from oms_app.db.tables.orders import OrderLine
from oms_app.db.tables.stock import StockLevel, StockMovement
from oms_app.domain.errors import Forbidden, Malformed, NotFound
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.domain.stock import TruthRow
from oms_app.services import catalogue, checks, kits, orders, stock, stock_truth
from oms_app.services.events import timeline
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def corrupt(sku: str, **values: int) -> None:
    with transaction() as tx:
        mine = text("product_id = (SELECT id FROM product WHERE sku = :sku)").bindparams(sku=sku)
        tx.execute(update(StockLevel).where(mine).values(values))


def events(kind: str) -> list[tuple[str, str]]:
    with reading() as tx:
        found = tx.execute(text("SELECT actor, reason FROM event WHERE kind = :kind ORDER BY id"), {"kind": kind})
        return [(row.actor, row.reason) for row in found]


def row(sku: str) -> TruthRow:
    return next(each for each in stock_truth.overview(make.ADMIN).rows if each.sku == sku)


def test_a_shop_at_work_adds_up() -> None:
    sku = make.product(on_hand=9)
    for stage in (Stage.PLACED, Stage.SHIPPED, Stage.DELIVERED):
        make.order(make.line(sku, 2), stage=stage)
    done = stock_truth.check(make.ADMIN)
    assert (done.levels, done.movements, done.reservations, done.differences) == (1, 3, 1, 0)
    assert row(sku) == TruthRow(sku, f"Article {sku}", "MAIN", 5, 5, 2, 2)
    assert stock_truth.overview(make.ADMIN).check == done


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"on_hand": 7}, "on hand says 7, the ledger 9"),
        ({"reserved": 3}, "reserved says 3, open reservations 2"),
        ({"on_hand": 1, "reserved": 0}, "on hand says 1, the ledger 9; reserved says 0, open reservations 2"),
    ],
)
def test_a_corrupted_counter_is_found_and_repaired_with_an_audit_entry(change: dict[str, int], sentence: str) -> None:
    sku, other = make.product(on_hand=9), make.product(on_hand=4)
    make.order(make.line(sku, 2))
    corrupt(sku, **change)
    assert stock_truth.check(make.ADMIN).differences == 1
    assert [each.wrong for each in stock_truth.overview(make.ADMIN).differing] == [sentence]
    ledger = stock.movements(make.ADMIN, sku)
    repaired = stock_truth.repair(make.actor(Role.INVENTORY), sku, "MAIN", reason=" power cut ")
    assert (repaired.on_hand, repaired.reserved, repaired.is_true) == (9, 2, True)
    assert events("stock_repaired") == [("inventory@shop.example", "power cut")]
    assert stock.movements(make.ADMIN, sku) == ledger
    assert stock_truth.overview(make.ADMIN).differing == ()
    assert (checks.stock(make.ADMIN), stock_truth.check(make.ADMIN).differences) == ((), 0)
    assert row(other).is_true


def test_a_page_sees_what_changed_since_the_check() -> None:
    sku = make.product(on_hand=9)
    stock_truth.check(make.ADMIN)
    stock.adjust(make.ADMIN, sku, "MAIN", -4, reason="lost")
    assert (row(sku).ledger, row(sku).is_true) == (5, True)
    corrupt(sku, on_hand=6)
    assert row(sku).wrong == "on hand says 6, the ledger 5"


def test_a_ledger_that_was_tampered_with_is_found_below_the_balance() -> None:
    sku = make.product(on_hand=9)
    stock_truth.check(make.ADMIN)
    with transaction() as tx:
        tx.execute(update(StockMovement).values(quantity=8))
    assert stock_truth.check(make.ADMIN).differences == 1
    assert row(sku).wrong == "on hand says 9, the ledger 8"
    stock_truth.repair(make.ADMIN, sku, "MAIN", reason="ledger is right")
    assert (row(sku).on_hand, row(sku).is_true) == (8, True)


def test_a_level_that_is_gone_comes_back() -> None:
    sku = make.product(on_hand=9)
    with transaction() as tx:
        tx.execute(delete(StockLevel))
    assert stock_truth.check(make.ADMIN).differences == 1
    assert [each.sku for each in stock_truth.repair_all(make.ADMIN, reason="restored")[0]] == [sku]
    assert stock.get(make.ADMIN, sku).on_hand == 9


def test_a_corrupted_order_line_is_found_and_repaired_with_an_entry_in_its_timeline() -> None:
    sku = make.product(on_hand=9)
    order, other = make.order(make.line(sku, 2)), make.order(make.line(sku, 3), stage=Stage.SHIPPED)
    line = order.lines[0].id
    with transaction() as tx:
        tx.execute(update(OrderLine).where(OrderLine.__table__.c.id == line).values(allocated=5))
    done = stock_truth.check(make.ADMIN)
    assert (done.differences, done.lines) == (1, (line,))
    assert [each.wrong for each in stock_truth.overview(make.ADMIN).lines] == ["allocated says 5, its reservations 2"]
    with pytest.raises(Forbidden):
        stock_truth.repair_line(make.actor(Role.MANAGER), line, reason="x")
    with pytest.raises(Malformed):
        stock_truth.repair_line(make.ADMIN, line, reason=" ")
    repaired = stock_truth.repair_line(make.actor(Role.INVENTORY), line, reason=" power cut ")
    assert (repaired.order, repaired.allocated, repaired.is_true) == (order.number, 2, True)
    assert events("stock_repaired") == [("inventory@shop.example", "power cut")]
    assert [each.kind for each in timeline(make.ADMIN, order.number)][-1] == "stock_repaired"
    assert (stock_truth.overview(make.ADMIN).lines, checks.stock(make.ADMIN)) == ((), ())
    assert stock_truth.repair_all(make.ADMIN, reason="again") == ((), ())
    assert orders.get(make.ADMIN, other.number).version == other.version


def test_a_kit_says_how_many_its_components_make() -> None:
    bowl, spoon = make.product(on_hand=9), make.product(on_hand=9)
    kit = make.product()
    kits.set_parts(make.ADMIN, kit, {bowl: 1, spoon: 2})
    line = make.order(make.line(kit, 3)).lines[0].id
    assert stock_truth.check(make.ADMIN).lines == ()
    with transaction() as tx:
        tx.execute(update(OrderLine).where(OrderLine.__table__.c.id == line).values(allocated=1))
    assert stock_truth.check(make.ADMIN).lines == (line,)
    assert stock_truth.repair_line(make.ADMIN, line, reason="drift").allocated == 3
    assert (stock_truth.check(make.ADMIN).differences, checks.stock(make.ADMIN)) == (0, ())


def test_units_promised_that_are_not_there_stay_a_finding() -> None:
    sku = make.product(on_hand=3)
    make.order(make.line(sku, 3))
    with transaction() as tx:
        known = tx.execute(text("SELECT product_id, location_id, at FROM stock_movement")).one()
        gone = {"quantity": -1, "kind": "damaged", "cause": "fire", "reason": "fire", "actor": "x"}
        tx.execute(
            insert(StockMovement).values(
                product_id=known.product_id,
                location_id=known.location_id,
                **gone,
                at=stock.movements(make.ADMIN, sku)[0].at,
            )
        )
    stock_truth.repair_all(make.ADMIN, reason="fire")
    assert row(sku).wrong == "3 are reserved, 2 on hand"
    assert [each.sku for each in stock_truth.overview(make.ADMIN).differing] == [sku]


def test_a_repair_while_orders_arrive_loses_no_unit() -> None:
    sku = make.product(on_hand=30)
    corrupt(sku, on_hand=25)
    barrier = threading.Barrier(3)

    def place() -> None:
        barrier.wait()
        for _ in range(5):
            make.order(make.line(sku, 1))

    def repair() -> None:
        barrier.wait()
        for _ in range(5):
            stock_truth.repair(make.ADMIN, sku, "MAIN", reason="drift")

    threads = [threading.Thread(target=act) for act in (place, place, repair)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert row(sku) == TruthRow(sku, f"Article {sku}", "MAIN", 30, 30, 10, 10)


def test_levels_page_by_sku_and_location() -> None:
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    for sku in ("A", "B"):
        make.product(sku, on_hand=1)
        stock.adjust(make.ADMIN, sku, "BHI", 2, reason="found")
    seen, after = [], ("", "")
    while rows := stock_truth.overview(make.ADMIN, after=after, limit=3).rows:
        seen += [(each.sku, each.location) for each in rows]
        after = seen[-1]
    assert seen == [("A", "MAIN"), ("A", "BHI"), ("B", "MAIN"), ("B", "BHI")]


def test_who_may_not_adjust_may_not_repair_and_a_repair_says_why() -> None:
    sku = make.product(on_hand=3)
    corrupt(sku, on_hand=4)
    with pytest.raises(Forbidden):
        stock_truth.repair(make.actor(Role.MANAGER), sku, "MAIN", reason="x")
    with pytest.raises(Malformed):
        stock_truth.repair(make.ADMIN, sku, "MAIN", reason=" ")
    with pytest.raises(NotFound):
        stock_truth.repair(make.ADMIN, sku, "NOWHERE", reason="x")
    assert (stock.get(make.ADMIN, sku).on_hand, events("stock_repaired")) == (4, [])


def test_the_check_that_nobody_asks_for_runs_once_an_hour() -> None:
    stock_truth.check_in_time()
    first = stock_truth.overview(make.ADMIN).check
    stock_truth.check_in_time()
    assert first
    assert stock_truth.overview(make.ADMIN).check == first


def test_a_line_of_a_document_is_restocked_once_wherever_it_goes() -> None:
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    sku = make.product(on_hand=1)
    for place in ("MAIN", "MAIN", "BHI"):
        stock.restock(make.ADMIN, sku, place, 2, document="return:12", line=1, reason="unworn")
    assert stock.restock(make.ADMIN, sku, "MAIN", 1, document="return:12", line=2, reason="unworn").on_hand == 4
    assert [each.kind for each in stock.movements(make.ADMIN, sku)] == ["returned", "returned", "adjusted"]


@pytest.mark.parametrize(
    ("kind", "quantity"), [("received", -1), ("damaged", 1), ("returned", -1), ("issued", 1), ("stolen", -1)]
)
def test_a_movement_goes_the_way_of_its_kind(kind: str, quantity: int) -> None:
    sku = make.product(on_hand=3)
    with pytest.raises(Malformed):
        stock.adjust(make.ADMIN, sku, "MAIN", quantity, reason="x", kind=kind)
    assert stock.get(make.ADMIN, sku).on_hand == 3
