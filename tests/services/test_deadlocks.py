"""Writers who wait for each other on PostgreSQL: channels lock as people do, and who is refused begins anew."""

import contextlib
import threading
from collections.abc import Callable, Sequence

import pytest

from oms_app.db.engine import commits, transaction
from oms_app.db.queries import catalogue, stock
from oms_app.db.queries import orders as order_rows
from oms_app.domain.errors import Refused
from oms_app.services import intake, notes, orders
from oms_app.services.deadlocks import untangled
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_intake import corner, ours, post, pull  # noqa: F401

pytestmark = [
    pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True),
    pytest.mark.usefixtures("shop"),
]


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Do all of them, each in a thread; what they raised."""
    raised: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return raised


def product_ids(*skus: str) -> list[int]:
    with transaction() as tx:
        found = catalogue.products_by_sku(tx, skus)
    return [found[sku].id for sku in skus]


def test_who_is_refused_begins_anew_and_nothing_is_done_twice() -> None:
    numbers = {name: make.order().number for name in ("one", "two")}
    first, second = product_ids(make.product(on_hand=1), make.product(on_hand=1))
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def work(name: str, locked: Sequence[int]) -> Callable[[], None]:
        def act() -> None:
            tries.append(name)
            with transaction() as tx:
                notes.add(make.ADMIN, numbers[name], name)
                stock.lock(tx, locked[:1])
                if tries.count(name) == 1:
                    both_hold_one.wait(10)
                stock.lock(tx, locked[1:])

        return lambda: untangled(act)

    assert at_once(work("one", (first, second)), work("two", (second, first))) == []
    assert len(tries) == 3
    for name, number in numbers.items():
        assert [note.body for note in orders.get(make.ADMIN, number).notes] == [name]


def test_what_was_kept_in_part_is_not_done_anew() -> None:
    order = make.order()
    first, second = product_ids(make.product(on_hand=1), make.product(on_hand=1))
    both_hold_one = threading.Barrier(2)

    def work(name: str, locked: Sequence[int]) -> Callable[[], None]:
        def act() -> None:
            notes.add(make.ADMIN, order.number, name)
            with transaction() as tx:
                stock.lock(tx, locked[:1])
                both_hold_one.wait(10)
                stock.lock(tx, locked[1:])

        return lambda: untangled(act)

    [refused] = at_once(work("one", (first, second)), work("two", (second, first)))
    assert "deadlock detected" in str(refused)
    assert len(orders.get(make.ADMIN, order.number).notes) == 2


def test_what_a_transaction_around_it_keeps_is_not_done_anew() -> None:
    order = make.order()
    first, second = product_ids(make.product(on_hand=1), make.product(on_hand=1))
    both_hold_one = threading.Barrier(2)

    def work(name: str, locked: Sequence[int]) -> Callable[[], None]:
        def act() -> None:
            with transaction() as tx:
                stock.lock(tx, locked[:1])
            both_hold_one.wait(10)
            with transaction() as tx:
                stock.lock(tx, locked[1:])

        def once() -> None:  # as a request with an Idempotency-Key is answered
            with transaction():
                untangled(act)
            notes.add(make.ADMIN, order.number, name)

        return once

    [refused] = at_once(work("one", (first, second)), work("two", (second, first)))
    assert "deadlock detected" in str(refused)
    assert len(orders.get(make.ADMIN, order.number).notes) == 1


def test_what_is_undone_within_it_is_not_kept() -> None:
    with commits() as kept:
        with contextlib.suppress(Refused), transaction():
            with transaction():
                pass
            raise Refused("No.")
        assert kept == []
        with transaction(), transaction():
            pass
        assert len(kept) == 2


def test_a_refusal_is_the_answer() -> None:
    tries = []

    def act() -> None:
        tries.append(1)
        raise Refused("No.")

    with pytest.raises(Refused):
        untangled(act)
    assert len(tries) == 1


def test_many_orders_of_a_channel_wait_for_a_person_and_not_a_person_for_them(corner: CornerShop) -> None:  # noqa: F811
    sku, other = make.product(on_hand=9), make.product(on_hand=9)
    corner.sells("C1", (sku, 1), (other, 1))
    corner.sells("C2", (sku, 1), (other, 1))
    pull()
    for number in ("C1", "C2"):
        corner.changes(number, minute=1, status="cancelled")
        post(f"{number}-again", order=corner.orders_by_id[number])
    second, [a, b] = ours("C2").number, product_ids(sku, other)
    person_has_the_order = threading.Event()

    def person() -> None:
        with transaction() as tx:
            order_rows.find(tx, second, lock=True)
            person_has_the_order.set()
            threading.Event().wait(0.5)  # the channel has come as far as it can by now
            stock.lock(tx, [a, b])

    def channel() -> None:
        person_has_the_order.wait(10)
        while intake.take():
            continue

    assert at_once(person, channel) == []
    assert {ours(number).stage for number in ("C1", "C2")} == {"cancelled"}
