"""Search documents on SQLite: a table of them, and two FTS5 indexes that are told of every change.

Row ids are order ids, so a posting list runs in placement order. Positions are not kept (`detail=none`): a token is a
whole word already, and a list of bare row ids is small and quick to intersect.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, text

from oms_app.db.prepared import Prepared
from oms_app.domain.search_document import Document

_READ = text("SELECT order_id, words, codes FROM order_text WHERE order_id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_ADD = Prepared(text("INSERT INTO order_text VALUES (:order_id, :words, :codes)"))
_ADD_MANY = "INSERT INTO order_text VALUES (?, ?, ?)"
_CHANGE = text("UPDATE order_text SET words = :words, codes = :codes WHERE order_id = :order_id")
_REMOVE = text("DELETE FROM order_text WHERE order_id = :order_id")
_LIST = {
    "words": Prepared(text("INSERT INTO order_text_words(rowid, words) VALUES (:order_id, :words)")),
    "codes": Prepared(text("INSERT INTO order_text_codes(rowid, codes) VALUES (:order_id, :codes)")),
}
_UNLIST = {
    "words": text("INSERT INTO order_text_words(order_text_words, rowid, words) VALUES ('delete', :order_id, :words)"),
    "codes": text("INSERT INTO order_text_codes(order_text_codes, rowid, codes) VALUES ('delete', :order_id, :codes)"),
}
_LIST_MANY = {
    "words": "INSERT INTO order_text_words(rowid, words) VALUES (?, ?)",
    "codes": "INSERT INTO order_text_codes(rowid, codes) VALUES (?, ?)",
}
_MEMORY = "INSERT INTO order_text_{0}(order_text_{0}, rank) VALUES ('hashsize', {1})"
_USUAL, _LARGE = 1_048_576, 67_108_864
_CLEAR = "INSERT INTO order_text_{0}(order_text_{0}) VALUES ('delete-all')"
_MERGE = "INSERT INTO order_text_{0}(order_text_{0}, rank) VALUES ('merge', {1})"
_PAGES = 64
"""Of an index, merged at a time: some 10 ms, for which writers wait."""
_VERIFY = (
    "INSERT INTO order_text_words(order_text_words, rank) VALUES ('integrity-check', 1)",
    "INSERT INTO order_text_codes(order_text_codes, rank) VALUES ('integrity-check', 1)",
    "INSERT INTO order_text_fragments(order_text_fragments, rank) VALUES ('integrity-check', 1)",
)


def read(tx: Connection, ids: Sequence[int]) -> dict[int, Document]:
    """Stored documents by order id."""
    return {row.order_id: Document._make(row) for row in tx.execute(_READ, {"ids": ids})}


def add(tx: Connection, documents: Sequence[Document]) -> None:
    """Store new documents and index them."""
    rows = _rows(documents)
    for statement in (_ADD, *_LIST.values()):
        statement.run_many(tx, rows)


def change(tx: Connection, changed: Sequence[tuple[Document, Document]]) -> None:
    """Store (old, new) documents; an index is touched only where its own part differs."""
    for part in ("words", "codes"):
        differing = [pair for pair in changed if getattr(pair[0], part) != getattr(pair[1], part)]
        if differing:
            tx.execute(_UNLIST[part], _rows([old for old, _new in differing]))
            _LIST[part].run_many(tx, _rows([new for _old, new in differing]))
    tx.execute(_CHANGE, _rows([new for _old, new in changed]))


def remove(tx: Connection, documents: Sequence[Document]) -> None:
    """Forget stored documents."""
    rows = _rows(documents)
    for statement in _UNLIST.values():
        tx.execute(statement, rows)
    tx.execute(_REMOVE, rows)


def begin_bulk(tx: Connection) -> None:
    """Get ready for many documents: memory enough to write few segments of the indexes."""
    for part in _LIST_MANY:
        tx.exec_driver_sql(_MEMORY.format(part, _LARGE))


def add_bulk(tx: Connection, documents: Sequence[tuple[Any, ...]]) -> None:
    """Store new documents and index them."""
    tx.exec_driver_sql(_ADD_MANY, documents)
    tx.exec_driver_sql(_LIST_MANY["words"], [(order_id, words) for order_id, words, _codes in documents])
    tx.exec_driver_sql(_LIST_MANY["codes"], [(order_id, codes) for order_id, _words, codes in documents])


def end_bulk(tx: Connection) -> None:
    """Go back to the usual memory."""
    for part in _LIST_MANY:
        tx.exec_driver_sql(_MEMORY.format(part, _USUAL))


def clear(tx: Connection) -> None:
    """Empty the indexes; the documents are gone already."""
    for part in _LIST_MANY:
        tx.exec_driver_sql(_CLEAR.format(part))


def merge(tx: Connection) -> None:
    """Make few segments of many, one step of it. FTS5 does so by itself only where 16 of a size have come together."""
    for part in ("words", "codes", "fragments"):
        tx.exec_driver_sql(_MERGE.format(part, _PAGES))


def verify(tx: Connection) -> None:
    """Raise DatabaseError where an index contradicts the documents."""
    for statement in _VERIFY:
        tx.exec_driver_sql(statement)


def _rows(documents: Sequence[Document]) -> list[dict[str, Any]]:
    return [each._asdict() for each in documents]
