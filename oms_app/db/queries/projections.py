"""What is written beside an order in the same transaction: its row in the text index, its share of the rollups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import orders, rollups, search_index, shortfalls
from oms_app.domain.rollups import Counts, LineFacts, OrderFacts
from oms_app.domain.search_document import Subject, document

_GATHERED = "gathered_orders"
_MANY = 50_000
"""From so many removed orders on, working the projections out anew is quicker."""


def order_changed(tx: Connection, before: Any, after: Any) -> None:
    """Bring the projections up to date with a change of an order, given its rows before and after."""
    if after.id in tx.info.get(_GATHERED, ()):
        return
    if after.shortfall and _place(before) != _place(after):
        shortfalls.rerank(tx, after)
    rollups.apply(tx, [(before, after)])
    search_index.refresh(tx, [after.id])


def orders_changed(tx: Connection, changes: Sequence[tuple[Any, Any]]) -> None:
    """The same for many orders, (row before, row after), whose place in the shortfall queue stays."""
    gathered = tx.info.get(_GATHERED, ())
    now = [(before, after) for before, after in changes if after.id not in gathered]
    rollups.apply(tx, now)
    search_index.refresh(tx, [after.id for _, after in now])


def orders_ranked(tx: Connection, changes: Sequence[tuple[Any, Any]]) -> None:
    """The same for many orders whose priority alone changed: they count as before, and wait at another place."""
    for before, after in changes:
        if after.shortfall and before.priority != after.priority:
            shortfalls.rerank(tx, after)
    search_index.refresh(tx, [after.id for before, after in changes if before.priority != after.priority])


def order_placed(tx: Connection, order: OrderFacts, lines: Sequence[LineFacts], subject: Subject) -> None:
    """The same for an order written just now, told by its writer, who has everything at hand."""
    gathered: set[int] | None = tx.info.get(_GATHERED)
    if gathered is not None:
        gathered.add(order.id)
        return
    history_added(tx, [(order, lines)], [subject])


def orders_added(tx: Connection, order_ids: Sequence[int]) -> None:
    """Bring the projections up to date with many new orders, whose rows, lines and events are written already."""
    rollups.add_many(tx, order_ids)
    search_index.refresh(tx, order_ids)


def history_added(
    tx: Connection, orders: Iterable[tuple[OrderFacts, Sequence[LineFacts]]], subjects: Iterable[Subject]
) -> None:
    """The same for new orders whose timelines hold no move, told by a writer who has everything at hand."""
    rollups.add_known(tx, orders)
    search_index.load(tx, [document(subject) for subject in subjects])


@contextmanager
def gathering(tx: Connection) -> Iterator[None]:
    """Place many orders and take them further: the projections of those follow once, when the block ends."""
    tx.info[_GATHERED] = set[int]()
    try:
        yield
        orders_added(tx, sorted(tx.info[_GATHERED]))
    finally:
        del tx.info[_GATHERED]


@contextmanager
def rewriting(tx: Connection, order_id: int) -> Iterator[None]:
    """Change lines of a locked order inside the block; the projections count them anew."""
    was, had = orders.by_id(tx, order_id), orders.lines(tx, order_id)
    yield
    rollups.apply_rewritten(tx, was, had, orders.by_id(tx, order_id), orders.lines(tx, order_id))
    search_index.refresh(tx, [order_id])


@contextmanager
def removing(tx: Connection, order_ids: Sequence[int]) -> Iterator[None]:
    """Delete orders and everything that hangs on them inside the block; the projections forget them."""
    if len(order_ids) > _MANY:
        yield
        rollups.rebuild(tx)
        search_index.rebuild(tx)
        return
    rollups.remove_many(tx, order_ids)
    yield
    rollups.sweep(tx)
    search_index.refresh(tx, order_ids)


@contextmanager
def loading(tx: Connection) -> Iterator[None]:
    """Write very many orders with `load`: indexes and sums follow once, when the block ends."""
    with search_index.bulk(tx):
        yield
    rollups.fold_many(tx)


def load(tx: Connection, cells: Mapping[tuple[Any, ...], Counts], documents: Sequence[tuple[int, str, str]]) -> None:
    """What new orders count towards and are found by, worked out by their writer. Inside `loading` only."""
    rollups.append_many(tx, cells)
    search_index.load(tx, documents)


def _place(order: Any) -> tuple[Any, ...]:
    return order.priority, order.ship_by
