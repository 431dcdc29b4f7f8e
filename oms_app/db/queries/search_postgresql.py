"""Search documents on PostgreSQL: the tokens as a tsvector with a GIN index, the codes with GIN trigrams."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, text

from oms_app.db.queries.search_eras import era_token
from oms_app.domain.search_document import Document

_READ = text(
    "SELECT order_id, tsvector_to_array(words) AS words, codes FROM order_text WHERE order_id IN :ids"
).bindparams(bindparam("ids", expanding=True))
_ADD = text("INSERT INTO order_text VALUES (:order_id, array_to_tsvector(string_to_array(btrim(:words), ' ')), :codes)")
_CHANGE = text(
    "UPDATE order_text SET words = array_to_tsvector(string_to_array(btrim(:words), ' ')), codes = :codes"
    " WHERE order_id = :order_id"
)
_REMOVE = text("DELETE FROM order_text WHERE order_id = :order_id")
_BEGIN_BULK = ("DROP INDEX IF EXISTS order_text_words", "DROP INDEX IF EXISTS order_text_codes")
_END_BULK = (
    "SET LOCAL maintenance_work_mem = '256MB'",
    "CREATE INDEX order_text_words ON order_text USING gin (words) WITH (fastupdate = off)",
    "CREATE INDEX order_text_codes ON order_text USING gin (codes gin_trgm_ops)",
    "ANALYZE order_text",
    "ANALYZE order_text_vocabulary",
)


def read(tx: Connection, ids: Sequence[int]) -> dict[int, Document]:
    """Stored documents by order id. One without the token of its era has it here, and so is seen to be wrong."""
    return {
        row.order_id: Document(
            row.order_id, f" {' '.join(sorted({*row.words} ^ {era_token(row.order_id)}))} ", row.codes
        )
        for row in tx.execute(_READ, {"ids": ids})
    }


def add(tx: Connection, documents: Sequence[Document]) -> None:
    """Store new documents."""
    tx.execute(_ADD, _rows(documents))


def change(tx: Connection, changed: Sequence[tuple[Document, Document]]) -> None:
    """Store (old, new) documents."""
    tx.execute(_CHANGE, _rows([new for _old, new in changed]))


def remove(tx: Connection, documents: Sequence[Document]) -> None:
    """Forget stored documents."""
    tx.execute(_REMOVE, _rows(documents))


def begin_bulk(tx: Connection) -> None:
    """Get ready for many documents: an index is quicker built at once than grown."""
    for statement in _BEGIN_BULK:
        tx.exec_driver_sql(statement)


def add_bulk(tx: Connection, documents: Sequence[tuple[int, str, str]]) -> None:
    """Store new documents by COPY, which takes a tsvector as quoted words."""
    driver: Any = tx.connection.driver_connection
    with driver.cursor().copy("COPY order_text FROM STDIN") as stream:
        for order_id, words, codes in documents:
            quoted = words.strip().replace("\\", "\\\\").replace("'", "''").replace(" ", "' '")
            stream.write_row((order_id, f"'{quoted}' '{era_token(order_id)}'", codes))


def end_bulk(tx: Connection) -> None:
    """Build the indexes over every stored document."""
    for statement in _END_BULK:
        tx.exec_driver_sql(statement)


def clear(tx: Connection) -> None:
    """Nothing to add: the indexes go with the documents."""


def merge(tx: Connection) -> None:
    """Nothing to do: new entries go to their places at once."""


def verify(tx: Connection) -> None:
    """Nothing to add: PostgreSQL keeps its indexes true to the table."""


def _rows(documents: Sequence[Document]) -> list[dict[str, Any]]:
    return [each._asdict() | {"words": f"{each.words}{era_token(each.order_id)}"} for each in documents]
