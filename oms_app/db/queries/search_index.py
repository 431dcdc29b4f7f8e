"""Keeping the text index: every order write refreshes its document in the same transaction; bulk writers load many.

`refresh` is the one call of services. A bulk writer works out documents itself (domain/search_document.py, away from
the database), hands them to `load`, and wraps the whole in `bulk`, which builds the indexes once at the end.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import ModuleType

from sqlalchemy import BigInteger, Connection, column, func, select, table

from oms_app.db.engine import is_sqlite
from oms_app.db.queries import search_postgresql, search_sqlite
from oms_app.db.queries import search_vocabulary as vocabulary
from oms_app.db.queries.orders import order
from oms_app.db.queries.search_subjects import subjects, subjects_of
from oms_app.domain.search_document import Document, document

order_text = table("order_text", column("order_id", BigInteger), column("words"), column("codes"))

_CHUNK = 500
_BULK_CHUNK = 5_000


def refresh(tx: Connection, order_ids: Iterable[int]) -> None:
    """Bring the documents of these orders up to date; an order that is gone loses its document."""
    store = _store(tx)
    for ids in _chunks(order_ids, _CHUNK):
        fresh = {each.id: document(each) for each in subjects_of(tx, ids)}
        stored = store.read(tx, ids)
        if new := [fresh[each] for each in fresh.keys() - stored.keys()]:
            store.add(tx, new)
        if gone := [stored[each] for each in stored.keys() - fresh.keys()]:
            store.remove(tx, gone)
        pairs = [(stored[each], fresh[each]) for each in fresh.keys() & stored.keys()]
        if changed := [(old, new) for old, new in pairs if old != new]:
            store.change(tx, changed)
        vocabulary.add(tx, _words(fresh.values()) - _words(stored.values()))


def load(tx: Connection, documents: Sequence[tuple[int, str, str]]) -> None:
    """Add the documents of new orders, thousands at a time: `Document`, or tuples of its fields. Best inside `bulk`."""
    if not documents:
        return
    collected: set[str] | None = tx.info.get("search_bulk")
    if collected is None:
        _store(tx).add(tx, [Document(*each) for each in documents])
        vocabulary.add(tx, _words(documents))
    else:
        _store(tx).add_bulk(tx, documents)
        collected |= _words(documents)


@contextmanager
def bulk(tx: Connection) -> Iterator[None]:
    """Write many documents: what is quicker done once is done when the block ends, in the same transaction."""
    collected: set[str] = set()
    tx.info["search_bulk"] = collected
    try:
        _store(tx).begin_bulk(tx)
        yield
        vocabulary.add(tx, collected)
        _store(tx).end_bulk(tx)
    finally:
        del tx.info["search_bulk"]


def merge(tx: Connection) -> None:
    """Tidy the indexes a little, away from the order that is being written."""
    _store(tx).merge(tx)


def rebuild(tx: Connection) -> int:
    """Work out every document anew and build the indexes; returns how many documents there are."""
    count = 0
    tx.execute(order_text.delete())
    _store(tx).clear(tx)
    vocabulary.clear(tx)
    with bulk(tx):
        for documents in _every_document(tx):
            load(tx, documents)
            count += len(documents)
    return count


def check(tx: Connection) -> list[int]:
    """Ids of orders whose document is missing, wrong or left over; raises where an index contradicts the documents."""
    store, wrong, seen = _store(tx), [], 0
    for documents in _every_document(tx):
        stored = store.read(tx, [each.order_id for each in documents])
        wrong += [each.order_id for each in documents if stored.get(each.order_id) != each]
        seen += len(stored)
    if seen != tx.scalar(select(func.count()).select_from(order_text)):
        wrong += tx.scalars(select(order_text.c.order_id).where(order_text.c.order_id.not_in(select(order.c.id))))
    store.verify(tx)
    return wrong


def _every_document(tx: Connection) -> Iterator[list[Document]]:
    last = -1
    while ids := list(tx.scalars(select(order.c.id).where(order.c.id > last).order_by(order.c.id).limit(_BULK_CHUNK))):
        last = ids[-1]
        yield [document(each) for each in subjects(tx, order.c.id.between(ids[0], last))]


def _words(documents: Iterable[tuple[int, str, str]]) -> set[str]:
    return set("".join(words for _order_id, words, _codes in documents).split())


def _store(tx: Connection) -> ModuleType:
    return search_sqlite if is_sqlite(tx) else search_postgresql


def _chunks(items: Iterable[int], size: int) -> Iterator[list[int]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
