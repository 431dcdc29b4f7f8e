"""Lots: what came together expires together, goes first expired first, and is not sold when it is too old."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from oms_app.db.engine import reading, transaction
from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.lots import Came, Terms
from oms_app.domain.orders import OrderView
from oms_app.domain.permissions import Role
from oms_app.services import (
    catalogue,
    checks,
    events,
    goods_receipts,
    lots,
    orders,
    placement,
    reservations,
    shortfalls,
    stock,
    stock_truth,
    transfers,
)
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def on(days: int) -> date:
    return make.today() + timedelta(days=days)


def tracked(unsold_days: int = 0, **units: int) -> str:
    """A product with lots: so many units each; L30 expires in 30 days, X5 did 5 days ago."""
    sku = make.product()
    lots.set_terms(make.ADMIN, sku, Terms(True, unsold_days))
    for code, count in units.items():
        days = int(code[1:]) * (-1 if code[0] == "X" else 1)
        receive(sku, count, code, on(days))
    return sku


def receive(sku: str, units: int, code: str, expires: date | None = None, location: str = "MAIN") -> None:
    stock.adjust(make.ADMIN, sku, location, units, reason="came", kind="received", lot=Came(code, expires))


def held(sku: str) -> dict[str, int]:
    """Units by lot, in the order they go."""
    return {f"{lot.code}@{lot.location}": lot.units for lot in lots.of_product(make.ADMIN, sku)}


def drift() -> list[str]:
    return [each for name in ("stock", "rollups", "search", "money") for each in checks.CHECKS[name](make.ADMIN)]


def test_what_expires_first_goes_first_and_the_order_says_so() -> None:
    sku = tracked(L90=4, L30=2)
    assert held(sku) == {"L30@MAIN": 2, "L90@MAIN": 4}
    order = make.order(make.line(sku, 3), stage=Stage.PACKED)
    (kept,) = reservations.of_order(make.ADMIN, order.number)
    assert kept.lots == "2 × L30, 1 × L90"
    make.move(order, Stage.SHIPPED)
    assert (held(sku), drift()) == ({"L90@MAIN": 3}, [])
    (gone,) = (entry for entry in lots.history(make.ADMIN, 1)[1] if entry.units < 0)
    assert gone.reason == f"Order {order.number}"


def ship(order: OrderView) -> OrderView:
    order = orders.get(make.ADMIN, order.number)
    for stage in FLOW[1 : FLOW.index(Stage.SHIPPED) + 1]:
        order = make.move(order, stage)
    return order


def test_a_lot_chosen_by_hand_goes_instead_of_the_first_and_is_left_to_its_order() -> None:
    sku = tracked(X5=2, L30=3, L90=4)
    fresh, other = make.order(make.line(sku, 3)), make.order(make.line(sku, 2))
    (kept,), (last,) = (reservations.of_order(make.ADMIN, each.number) for each in (fresh, other))
    assert [(code, units) for code, _, units in reservations.lots_for(make.ADMIN, kept.id)] == [("L30", 3), ("L90", 4)]
    assert reservations.choose_lot(make.ADMIN, kept.id, "L90", reason="they want it fresh") == 3
    assert reservations.of_order(make.ADMIN, fresh.number)[0].lots == "3 × L90, chosen"
    assert reservations.of_order(make.ADMIN, other.number)[0].lots == "2 × L30"
    assert events.timeline(make.ADMIN, fresh.number)[-1].reason == "they want it fresh"
    ship(other)
    stock.adjust(make.ADMIN, sku, "MAIN", -3, reason="broken")
    assert held(sku) == {"L90@MAIN": 4}
    ship(fresh)
    assert (held(sku), drift()) == ({"L90@MAIN": 1}, [])


def test_a_lot_that_is_expired_taken_or_not_there_is_not_chosen() -> None:
    sku = tracked(X5=2, L30=3, L90=4)
    fresh, other = make.order(make.line(sku, 3)), make.order(make.line(sku, 2))
    (kept,), (last,) = (reservations.of_order(make.ADMIN, each.number) for each in (fresh, other))
    reservations.choose_lot(make.ADMIN, kept.id, "L90", reason="fresh")
    for error, said, lot in (
        (Refused, f"Lot X5 of {sku} expires too soon to be sold", "X5"),
        (Refused, f"Lot L90 of {sku} has 1 free at MAIN, and 2 are kept.", "L90"),
        (NotFound, f"No lot NONE of {sku} lies at MAIN.", "NONE"),
    ):
        with pytest.raises(error, match=said):
            reservations.choose_lot(make.ADMIN, last.id, lot, reason="x")
    with pytest.raises(Malformed):
        reservations.choose_lot(make.ADMIN, last.id, "L30", reason=" ")
    with pytest.raises(Forbidden):
        reservations.choose_lot(make.actor(Role.WAREHOUSE), last.id, "L30", reason="x")
    assert reservations.of_order(make.ADMIN, other.number)[0].lots == "2 × L30"


def test_a_chosen_lot_that_expires_meanwhile_stays_on_its_shelf_until_another_is_chosen() -> None:
    sku = tracked(L30=3, L90=4)
    order = make.order(make.line(sku, 3))
    (kept,) = reservations.of_order(make.ADMIN, order.number)
    reservations.choose_lot(make.ADMIN, kept.id, "L30", reason="first")
    lots.set_terms(make.ADMIN, sku, Terms(True, 40))
    with pytest.raises(Refused, match="choose another lot"):
        ship(order)
    make.move(orders.get(make.ADMIN, order.number), Stage.PICKING)
    reservations.choose_lot(make.ADMIN, kept.id, "", reason="it expired")
    make.move(make.move(orders.get(make.ADMIN, order.number), Stage.PACKED), Stage.SHIPPED)
    assert (held(sku), drift()) == ({"L30@MAIN": 3, "L90@MAIN": 1}, [])


def test_what_is_expired_or_nearly_so_is_not_sold() -> None:
    sku = tracked(unsold_days=10, X5=3, L9=4, L10=2)
    level = stock.get(make.ADMIN, sku).levels[0]
    assert (level.on_hand, level.expired, level.available) == (9, 7, 2)
    order = make.order(make.line(sku, 3))
    assert (order.shortfall, stock.get(make.ADMIN, sku).available) == (1, 0)
    lots.set_terms(make.ADMIN, sku, Terms(True, 9))
    assert orders.get(make.ADMIN, order.number).shortfall == 0
    assert [lot.code for lot in lots.expiring(make.ADMIN, within=-1)] == ["X5"]
    assert [lot.code for lot in lots.expiring(make.ADMIN, within=9)] == ["X5", "L9"]
    assert drift() == []


def test_days_pass_and_orders_let_go_of_what_expired() -> None:
    sku = tracked(L1=3, L90=1)
    urgent, other = make.order(make.line(sku, 1)), make.order(make.line(sku, 3))
    packed = make.order(make.line(tracked(L1=1)), stage=Stage.PACKED)
    with transaction() as tx:
        tx.execute(text("UPDATE orders SET priority = 90 WHERE id = :id"), {"id": urgent.id})
    assert lots.expire() == 0
    assert lots.expire(datetime.now(UTC) + timedelta(days=2)) == 3
    assert [orders.get(make.ADMIN, each.number).shortfall for each in (urgent, other)] == [0, 3]
    assert reservations.of_order(make.ADMIN, urgent.number)[0].units == 1
    with transaction() as tx:
        tx.execute(text("UPDATE stock_lot SET expires_on = expires_on - 2 WHERE code = 'L1'"))
    with pytest.raises(Refused) as refusal:
        make.move(packed, Stage.SHIPPED)
    assert (refusal.value.code, checks.stock(make.ADMIN)) == ("expired", ())


def test_a_transfer_takes_its_lots_along() -> None:
    catalogue.add_location(make.ADMIN, code="DEL", name="Delhi")
    sku = tracked(L30=2, L90=4)
    make.order(make.line(sku, 2))
    sent = transfers.send(make.ADMIN, transfers.draft(make.ADMIN, "MAIN", "DEL", [(sku, 4)]).row.id, version=1)
    part = transfers.receive(make.ADMIN, sent.row.id, {sku: 3}, version=2)
    assert held(sku) == {"L30@DEL": 2, "L90@DEL": 1, "L90@MAIN": 2}
    transfers.receive(make.ADMIN, sent.row.id, {sku: 1}, version=part.row.version)
    assert (held(sku), drift()) == ({"L30@DEL": 2, "L90@DEL": 2, "L90@MAIN": 2}, [])


def test_a_goods_receipt_names_its_lots() -> None:
    sku = tracked()
    bought = make.purchase_order(sku, units=24)
    with pytest.raises(Malformed):
        goods_receipts.receive(make.ADMIN, bought.row.number, {sku: 5}, receipt="DN-1")
    parts = [(Came("A", on(30)), 2), (Came("B"), 3)]
    for _ in range(2):
        goods_receipts.receive(make.ADMIN, bought.row.number, {sku: 5}, receipt="DN-1", lots={sku: parts})
    with pytest.raises(Malformed):
        goods_receipts.receive(make.ADMIN, bought.row.number, {sku: 5}, receipt="DN-2", lots={sku: parts[:1]})
    assert (held(sku), drift()) == ({"A@MAIN": 2, "B@MAIN": 3}, [])


def test_lots_are_switched_on_named_and_switched_off_again() -> None:
    sku = make.product(on_hand=5)
    lots.set_terms(make.ADMIN, sku, Terms(True))
    (nameless,) = lots.of_product(make.ADMIN, sku)
    assert (nameless.code, nameless.units) == ("", 5)
    lots.name(make.ADMIN, nameless.id, to=Came("A", on(9)), units=4)
    stock.adjust(make.ADMIN, sku, "MAIN", -1, reason="broken", lot=Came("A"))
    stock.adjust(make.ADMIN, sku, "MAIN", 2, reason="found")
    assert (held(sku), drift()) == ({"A@MAIN": 3, "@MAIN": 3}, [])
    lots.set_terms(make.ADMIN, sku, Terms(False))
    stock.adjust(make.ADMIN, sku, "MAIN", 1, reason="found")
    assert (held(sku), stock.get(make.ADMIN, sku).available, drift()) == ({}, 7, [])
    lots.set_terms(make.ADMIN, sku, Terms(True))
    assert (held(sku), drift()) == ({"@MAIN": 7}, [])


def test_what_makes_no_sense_is_refused_and_changes_nothing() -> None:
    sku, plain = tracked(L30=2), make.product(on_hand=1)
    (lot,) = lots.of_product(make.ADMIN, sku)
    for error, act in (
        (Malformed, lambda: receive(sku, 1, "")),
        (Malformed, lambda: receive(sku, 1, "L30", on(31))),
        (Malformed, lambda: receive(plain, 1, "A")),
        (Refused, lambda: stock.adjust(make.ADMIN, sku, "MAIN", -1, reason="broken", lot=Came("WHAT"))),
        (Refused, lambda: lots.name(make.ADMIN, lot.id, to=Came("B"), units=3)),
        (Malformed, lambda: lots.name(make.ADMIN, lot.id, to=Came("L30"), units=1)),
        (NotFound, lambda: lots.name(make.ADMIN, 999, to=Came("B"), units=1)),
        (Malformed, lambda: lots.set_terms(make.ADMIN, sku, Terms(True, -1))),
        (Forbidden, lambda: lots.set_terms(make.actor(Role.WAREHOUSE), sku, Terms(False))),
    ):
        with pytest.raises(error):
            act()
    assert (held(sku), drift()) == ({"L30@MAIN": 2}, [])


def test_lots_that_do_not_add_up_are_found_and_repaired() -> None:
    sku = tracked(L30=5)
    with transaction() as tx:
        tx.execute(text("UPDATE stock_lot SET on_hand = 7"))
    assert len(checks.stock(make.ADMIN)) == 2
    assert stock_truth.check(make.ADMIN).differences == 1
    seen = stock_truth.overview(make.ADMIN)
    assert seen.differing[0].wrong == "its lots hold 7, 5 on hand; 1 lot does not hold what its entries add up to"
    assert seen.rows == seen.differing
    stock_truth.repair(make.ADMIN, sku, "MAIN", reason="rats")
    assert (held(sku), drift(), stock_truth.overview(make.ADMIN).differing) == ({"L30@MAIN": 5}, [], ())
    with reading() as tx:
        entries = tx.execute(text("SELECT reason, before, after FROM event WHERE kind = 'stock_repaired'")).all()
    assert (len(entries), entries[0].reason) == (1, "rats")
    with transaction() as tx:
        tx.execute(text("UPDATE stock_level SET on_hand = 7"))
    stock_truth.repair(make.ADMIN, sku, "MAIN", reason="power cut")
    assert (held(sku), drift()) == ({"L30@MAIN": 5}, [])


@pytest.mark.parametrize("off", [False, True])
def test_everything_that_lots_say_wrong_is_repaired_at_once(off: bool) -> None:
    fewer, more, bare = tracked(L30=5), tracked(L30=5), make.product(on_hand=3)
    with transaction() as tx:
        tx.execute(text("UPDATE stock_lot SET on_hand = on_hand - 2 WHERE id = 1"))
        tx.execute(text("UPDATE lot_entry SET units = units + 2 WHERE lot_id = 2"))
        if off:
            tx.execute(text("UPDATE stock_level SET lots = FALSE WHERE product_id = (SELECT MIN(id) FROM product)"))
            tx.execute(text("UPDATE product SET lots = FALSE WHERE id = (SELECT MIN(id) FROM product)"))
    assert stock_truth.check(make.ADMIN).differences == 2
    mended, _ = stock_truth.repair_all(make.ADMIN, reason="rats")
    assert {row.sku for row in mended} == {fewer, more}
    assert (stock_truth.check(make.ADMIN).differences, drift()) == (0, [])
    assert stock.get(make.ADMIN, bare).on_hand == 3


def test_many_buyers_and_a_delivery_at_once_leave_lots_that_add_up() -> None:
    sku = tracked(L30=6, X5=4)

    def act(index: int) -> None:
        if index % 5:
            placement.place(make.ADMIN, make.draft(make.line(sku)))
        else:
            receive(sku, 1, f"N{index}", on(60))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(30)))
    shortfalls.refill()
    found = stock.get(make.ADMIN, sku)
    assert (found.on_hand, found.reserved, found.available) == (16, 12, 0)
    assert drift() == []
