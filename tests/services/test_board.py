"""The board's service: columns, their sums, and which of them an event may have changed."""

from dataclasses import replace

import pytest

from oms_app.domain.board import Side
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.orders import PaymentMethod
from oms_app.domain.permissions import Role
from oms_app.services import board, events, holds
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_every_column_shows_its_orders_and_what_they_add_up_to():
    placed, packed = make.order(), make.order(stage=Stage.PACKED)
    columns = {column.stage: column for column in board.view(make.ADMIN).columns}
    assert tuple(columns) == FLOW
    assert [card.number for card in columns[Stage.PLACED].cards] == [placed.number]
    assert [card.number for card in columns[Stage.PACKED].cards] == [packed.number]
    sums = columns[Stage.PACKED].totals
    assert (sums.count, sums.totals, sums.on_time, sums.due, sums.late) == (1, (("INR", packed.total),), 1, 0, 0)


def test_some_columns_can_be_read_apart_from_the_others():
    make.order()
    packed = make.order(stage=Stage.PACKED)
    [column] = board.columns(make.ADMIN, {Stage.PACKED})
    assert column.stage is Stage.PACKED
    assert [card.number for card in column.cards] == [packed.number]
    assert column.totals.count == 1


def test_a_column_shows_no_more_cards_than_asked_and_says_that_there_are_more():
    orders = [make.order() for _ in range(3)]
    [column] = board.columns(make.ADMIN, {Stage.PLACED}, limits={Stage.PLACED: 2})
    assert [card.number for card in column.cards] == [order.number for order in orders[:2]]
    assert column.totals.count == 3
    more = board.more(make.ADMIN, Stage.PLACED, str(column.next_cursor))
    assert [card.number for card in more.cards] == [orders[2].number]


def test_a_move_touches_the_column_it_leaves_and_the_one_it_enters():
    order = make.move(make.order(), Stage.PROCESSING)
    moved = events.timeline(make.ADMIN, order.number)[-1]
    assert board.touched([moved]) == {Stage.PLACED, Stage.PROCESSING}


def test_an_event_without_a_stage_touches_the_column_where_its_order_stands():
    order = make.order(stage=Stage.READY)
    holds.place(make.ADMIN, order.number, kind="manual", reason="call first")
    held = events.timeline(make.ADMIN, order.number)[-1]
    assert board.touched([held]) == {Stage.READY, Side.HELD}


def test_what_happens_to_a_held_order_and_its_release_touch_the_held_side():
    order = make.order()
    moved = events.timeline(make.ADMIN, order.number)[-1]
    order = holds.place(make.ADMIN, order.number, kind="manual", reason="call first")
    assert Side.HELD in board.touched([moved])
    holds.release(make.ADMIN, order.number, order.holds[0].id)
    assert Side.HELD not in board.touched([moved])
    assert Side.HELD in board.touched(events.timeline(make.ADMIN, order.number)[-1:])


def test_the_held_side_lists_held_orders_of_every_stage_that_fit_the_search():
    held = [make.order(stage=stage) for stage in (Stage.PLACED, Stage.PICKING)]
    make.order()
    for order in held:
        holds.place(make.ADMIN, order.number, kind="manual", reason="call first")
    cod = make.order(payment_method=PaymentMethod.COD)
    holds.place(make.ADMIN, cod.number, kind="manual", reason="call first")
    everything, returns = board.sides(make.ADMIN, Side)
    assert everything.count == 3
    assert {card.number for card in everything.cards} == {order.number for order in (*held, cod)}
    assert {card.held_for for card in everything.cards} == {"call first"}
    assert (returns.side, returns.count) == (Side.RETURNS, 0)
    [some] = board.sides(make.ADMIN, {Side.HELD}, q="is:cod")
    assert [card.number for card in some.cards] == [cod.number]


def test_the_held_side_counts_more_orders_than_it_lists(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(board, "CARDS", 2)
    for _ in range(3):
        holds.place(make.ADMIN, make.order().number, kind="manual", reason="call first")
    [side] = board.sides(make.ADMIN, {Side.HELD})
    assert (side.count, len(side.cards)) == (3, 2)


def test_what_happens_to_the_whole_shop_touches_every_column():
    make.order()
    [placed] = events.timeline(make.ADMIN, make.order().number)
    gone = replace(placed, subject="shop", order_id=None, kind="demo_removed", after={})
    assert board.touched([gone]) == {*FLOW, *Side}


def test_an_analyst_sees_initials_instead_of_names():
    make.order()
    [column] = board.columns(make.actor(Role.ANALYST), {Stage.PLACED})
    assert column.cards[0].customer == "A. R."


def test_a_search_leaves_the_orders_that_match():
    make.order()
    cod = make.order(payment_method=PaymentMethod.COD)
    columns = {column.stage: column for column in board.columns(make.ADMIN, FLOW, q="is:cod city:Pune")}
    assert [card.number for card in columns[Stage.PLACED].cards] == [cod.number]
    assert columns[Stage.PLACED].totals.count == 1
