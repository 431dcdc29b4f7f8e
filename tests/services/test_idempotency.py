"""The same request twice."""

import threading

import pytest

from oms_app.domain.errors import Conflict, Refused
from oms_app.services import idempotency, notes, orders
from oms_app.services.idempotency import Answer
from tests import make

OK = Answer(201, "/orders/1", '{"number":"1"}')


@pytest.fixture
def token(shop: str) -> int:
    """The id of a token."""
    return make.token().id


def test_the_first_answer_is_given_again(token: int) -> None:
    first = idempotency.once(token, "k", "hash", lambda: OK)
    again = idempotency.once(token, "k", "hash", lambda: pytest.fail("acted twice"))
    assert (first.answer, first.again) == (OK, False)
    assert (again.answer, again.again) == (OK, True)


def test_another_request_with_the_same_key_is_refused(token: int) -> None:
    idempotency.once(token, "k", "hash", lambda: OK)
    with pytest.raises(Refused) as refusal:
        idempotency.once(token, "k", "other", lambda: pytest.fail("acted"))
    assert refusal.value.code == "idempotency_key_reused"


def test_each_token_has_its_own_keys(token: int) -> None:
    idempotency.once(token, "k", "hash", lambda: OK)
    other = make.token().id
    assert idempotency.once(other, "k", "other", lambda: OK).again is False


def test_a_failure_undoes_the_work_and_frees_the_key(token: int) -> None:
    order = make.order()

    def die() -> Answer:
        notes.add(make.ADMIN, order.number, "half")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        idempotency.once(token, "k", "hash", die)
    assert orders.get(make.ADMIN, order.number).notes == ()
    assert idempotency.once(token, "k", "hash", lambda: OK).again is False


def test_a_request_that_still_runs_is_a_conflict(token: int) -> None:
    started, finish = threading.Event(), threading.Event()

    def slow() -> Answer:
        started.set()
        finish.wait(10)
        return OK

    thread = threading.Thread(target=idempotency.once, args=(token, "k", "hash", slow))
    thread.start()
    started.wait(10)
    try:
        with pytest.raises(Conflict) as conflict:
            idempotency.once(token, "k", "hash", lambda: pytest.fail("acted twice"))
        assert conflict.value.code == "still_running"
    finally:
        finish.set()
        thread.join()
    assert idempotency.once(token, "k", "hash", lambda: pytest.fail("acted twice")).again is True


def test_placing_an_order_inside_a_key_takes_stock_once(token: int) -> None:
    from oms_app.services import placement, stock

    sku = make.product(on_hand=5)
    draft = make.draft(make.line(sku, 2))

    def place() -> Answer:
        return Answer(201, "", placement.place(make.ADMIN, draft).number)

    first = idempotency.once(token, "k", "hash", place)
    again = idempotency.once(token, "k", "hash", place)
    assert first.answer == again.answer
    assert stock.get(make.ADMIN, sku).reserved == 2
