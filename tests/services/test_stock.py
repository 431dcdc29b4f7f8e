"""Stock: the ledger, its sums, and the last unit when many want it."""

import multiprocessing
import os
import threading
from typing import Any

import pytest
from sqlalchemy import text

from oms_app.db.engine import reading, transaction
from oms_app.domain.errors import Forbidden, Malformed, NotFound, OmsError, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.services import catalogue, stock
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_an_adjustment_moves_stock_and_says_why() -> None:
    sku = make.product(on_hand=5)
    view = stock.adjust(make.actor(Role.INVENTORY), sku, "MAIN", -2, reason=" water damage ")
    assert (view.on_hand, view.available) == (3, 3)
    newest = stock.movements(make.ADMIN, sku)[0]
    assert (newest.kind, newest.quantity, newest.reason, newest.actor) == (
        "adjusted",
        -2,
        "water damage",
        "inventory@shop.example",
    )


def test_on_hand_is_the_sum_of_the_movements() -> None:
    sku = make.product(on_hand=5)
    for quantity in (7, -3, 2):
        stock.adjust(make.ADMIN, sku, "MAIN", quantity, reason="count")
    make.order(make.line(sku, 4), stage=Stage.SHIPPED)
    assert sum(each.quantity for each in stock.movements(make.ADMIN, sku)) == 7
    assert stock.get(make.ADMIN, sku).on_hand == 7


def test_what_is_reserved_cannot_be_taken_away() -> None:
    sku = make.product(on_hand=5)
    make.order(make.line(sku, 3))
    before = stock.get(make.ADMIN, sku), stock.movements(make.ADMIN, sku)
    with pytest.raises(Refused) as refusal:
        stock.adjust(make.ADMIN, sku, "MAIN", -3, reason="lost")
    assert (refusal.value.code, refusal.value.details) == ("insufficient_stock", {"on_hand": 5, "reserved": 3})
    assert (stock.get(make.ADMIN, sku), stock.movements(make.ADMIN, sku)) == before
    assert stock.adjust(make.ADMIN, sku, "MAIN", -2, reason="lost").on_hand == 3


@pytest.mark.parametrize(
    ("error", "change"),
    [
        (Malformed, {"quantity": 0}),
        (Malformed, {"reason": "  "}),
        (NotFound, {"location": "NOWHERE"}),
        (NotFound, {"sku": "NOTHING"}),
        (Refused, {"sku": "POSTAGE"}),
    ],
)
def test_an_adjustment_that_makes_no_sense_is_refused(error: type[OmsError], change: dict[str, Any]) -> None:
    make.product("KUR-1", on_hand=5)
    make.product("POSTAGE", kind="charge")
    given = {"sku": "KUR-1", "location": "MAIN", "quantity": 1, "reason": "found"} | change
    with pytest.raises(error):
        stock.adjust(make.ADMIN, given["sku"], given["location"], given["quantity"], reason=given["reason"])
    assert stock.get(make.ADMIN, "KUR-1").on_hand == 5


def test_the_same_cause_moves_stock_once() -> None:
    sku = make.product(on_hand=5)
    stock.adjust(make.ADMIN, sku, "MAIN", 3, reason="return", cause="return:1:line:1")
    again = stock.adjust(make.ADMIN, sku, "MAIN", 3, reason="return", cause="return:1:line:1")
    assert (again.on_hand, len(stock.movements(make.ADMIN, sku))) == (8, 2)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.WAREHOUSE, Role.SERVICE, Role.ANALYST])
def test_only_inventory_and_admins_adjust(role: Role) -> None:
    sku = make.product(on_hand=5)
    with pytest.raises(Forbidden):
        stock.adjust(make.actor(role), sku, "MAIN", 1, reason="found")
    assert stock.get(make.actor(role), sku).on_hand == 5


def test_a_closed_location_keeps_its_stock_but_gives_none() -> None:
    sku = make.product(on_hand=0)
    catalogue.add_location(make.ADMIN, code="OLD", name="Old shed")
    stock.adjust(make.ADMIN, sku, "OLD", 5, reason="opening stock")
    with transaction() as tx:
        tx.execute(text("UPDATE location SET active = :no WHERE code = 'OLD'"), {"no": False})
    assert make.order(make.line(sku, 2)).shortfall == 2
    assert stock.get(make.ADMIN, sku).on_hand == 5


def test_two_threads_that_want_the_last_unit_get_one_between_them() -> None:
    sku = make.product(on_hand=1)
    barrier = threading.Barrier(2)
    shortfalls: list[int] = []

    def place() -> None:
        barrier.wait()
        shortfalls.append(make.order(make.line(sku, 1)).shortfall)

    threads = [threading.Thread(target=place) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(shortfalls) == [0, 1]
    assert _sums(sku) == (1, 1, 1)


def test_an_adjustment_and_an_order_never_take_the_same_unit() -> None:
    sku = make.product(on_hand=1)
    barrier = threading.Barrier(2)
    outcome: dict[str, object] = {}

    def lose() -> None:
        barrier.wait()
        try:
            outcome["on_hand"] = stock.adjust(make.ADMIN, sku, "MAIN", -1, reason="lost").on_hand
        except Refused as refusal:
            outcome["on_hand"] = refusal.code

    def place() -> None:
        barrier.wait()
        outcome["shortfall"] = make.order(make.line(sku, 1)).shortfall

    threads = [threading.Thread(target=act) for act in (lose, place)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcome in ({"on_hand": 0, "shortfall": 1}, {"on_hand": "insufficient_stock", "shortfall": 0})


@pytest.mark.slow
def test_eight_processes_that_want_the_last_units_get_each_one_once() -> None:
    """Two articles in opposite order in the lines: nobody waits for anybody for ever."""
    one, other = make.product(on_hand=20), make.product(on_hand=20)
    settings = {name: value for name, value in os.environ.items() if name.startswith("OMS_")}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.make"])
    with context.Pool(8) as pool:
        given = [(settings, (one, other) if index % 2 else (other, one)) for index in range(8)]
        placed = [order for orders in pool.starmap(_place_five, given, chunksize=1) for order in orders]
    assert len({number for number, _ in placed}) == 40
    assert sum(shortfall for _, shortfall in placed) == 40
    assert _sums(one) == _sums(other) == (20, 20, 20)


def _place_five(settings: dict[str, str], skus: tuple[str, str]) -> list[tuple[str, int]]:
    """In a process of its own: (number, shortfall) of five orders of one unit each."""
    os.environ.update(settings)
    orders = [make.order(*(make.line(sku, 1) for sku in skus)) for _ in range(5)]
    return [(order.number, order.shortfall) for order in orders]


def _sums(sku: str) -> tuple[int, int, int]:
    """(on hand, reserved by the level, units of open reservations): the last two must agree."""
    view = stock.get(make.ADMIN, sku)
    query = text(
        "SELECT coalesce(sum(quantity), 0) FROM reservation JOIN product ON product.id = product_id"
        " WHERE sku = :sku AND state = 'open'"
    )
    with reading() as tx:
        return view.on_hand, view.reserved, int(tx.scalar(query, {"sku": sku}) or 0)
