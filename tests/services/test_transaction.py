"""Transactions inside transactions, and what their listeners hear."""

import pytest

from oms_app.db.engine import on_commit, reading, transaction
from oms_app.domain.errors import Refused
from oms_app.services import notes, orders
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_a_use_case_inside_a_transaction_is_undone_with_it() -> None:
    order = make.order()
    with pytest.raises(Refused):
        _note_and_refuse(order.number, "call first")
    assert orders.get(make.ADMIN, order.number).notes == ()


def test_a_refused_use_case_undoes_only_itself() -> None:
    order = make.order()
    with transaction():
        notes.add(make.ADMIN, order.number, "stays")
        with pytest.raises(Refused):
            _note_and_refuse(order.number, "goes")
    assert [note.body for note in orders.get(make.ADMIN, order.number).notes] == ["stays"]


def test_reading_inside_a_transaction_sees_what_was_written() -> None:
    order = make.order()
    with transaction():
        notes.add(make.ADMIN, order.number, "seen")
        with reading():
            assert len(orders.get(make.ADMIN, order.number).notes) == 1


def test_listeners_hear_of_committed_events_only() -> None:
    order = make.order()
    heard: list[list[int]] = []
    remove = on_commit(heard.append)
    try:
        with transaction():
            notes.add(make.ADMIN, order.number, "one")
            with pytest.raises(Refused):
                _note_and_refuse(order.number, "two")
        with pytest.raises(Refused):
            _note_and_refuse(order.number, "three")
    finally:
        remove()
    assert [len(events) for events in heard] == [1]


def _note_and_refuse(number: str, body: str) -> None:
    with transaction():
        notes.add(make.ADMIN, number, body)
        raise Refused("no")
