"""The vocabulary of the text index: which values of the listed kinds any order ever had. It only grows."""

import json
from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import Connection, bindparam, column, or_, select, table, text, union_all

from oms_app.db.engine import is_sqlite
from oms_app.db.prepared import Prepared
from oms_app.db.queries.search_tokens import trigrams
from oms_app.domain.search_words import LISTED

vocabulary = table("order_text_vocabulary", column("token"))

_ADD_TO_POSTGRESQL = text(
    "INSERT INTO order_text_vocabulary SELECT unnest(CAST(:tokens AS text[])) ON CONFLICT DO NOTHING"
)
_ADD_TO_SQLITE = Prepared(text("INSERT INTO order_text_vocabulary(token) VALUES (:token)"))
_LIST_IN_SQLITE = Prepared(
    text(
        "INSERT INTO order_text_fragments(rowid, token)"
        " SELECT id, token FROM order_text_vocabulary WHERE token = :token"
    )
)
_CONTAINING_IN_SQLITE = text(
    "SELECT token FROM order_text_vocabulary"
    " WHERE id IN (SELECT rowid FROM order_text_fragments WHERE order_text_fragments MATCH :wanted)"
)
_KNOWN_IN_SQLITE = Prepared(
    text("SELECT token FROM order_text_vocabulary WHERE token IN (SELECT value FROM json_each(:tokens))").columns(
        column("token")
    )
)
_CHUNK = 500
_LAST = "\U0010ffff"


def add(tx: Connection, tokens: Iterable[str]) -> None:
    """Note the tokens of listed kinds that are not known yet."""
    listed = sorted(token for token in tokens if token.partition(":")[0] in LISTED)
    if listed and not is_sqlite(tx):
        # Sorted, so that two writers who meet on new words never wait for each other in a circle.
        tx.execute(_ADD_TO_POSTGRESQL, {"tokens": listed})
        return
    for start in range(0, len(listed), _CHUNK):
        some = listed[start : start + _CHUNK]
        known = set(_KNOWN_IN_SQLITE.values(tx, tokens=json.dumps(some)))
        if fresh := [{"token": token} for token in some if token not in known]:
            _ADD_TO_SQLITE.run_many(tx, fresh)
            _LIST_IN_SQLITE.run_many(tx, fresh)


def clear(tx: Connection) -> None:
    """Forget every token."""
    if is_sqlite(tx):
        tx.exec_driver_sql("DELETE FROM order_text_vocabulary")
        tx.exec_driver_sql("INSERT INTO order_text_fragments(order_text_fragments) VALUES ('rebuild')")
    else:
        tx.exec_driver_sql("TRUNCATE order_text_vocabulary")


def beginning(tx: Connection, kinds: Sequence[str], start: str, limit: int) -> list[str]:
    """Tokens of these kinds whose value begins so, in order; at most `limit` of each kind."""
    if not kinds:
        return []
    bounds = {f"low{place}": f"{kind}:{start}" for place, kind in enumerate(kinds)}
    bounds |= {f"high{place}": f"{kind}:{start}{_LAST}" for place, kind in enumerate(kinds)}
    return _beginning(len(kinds)).values(tx, most=limit, **bounds)


def containing(tx: Connection, kinds: Sequence[str], fragments: Sequence[str], limit: int) -> list[str]:
    """Tokens of these kinds whose value contains one of the fragments (of three letters or more)."""
    if is_sqlite(tx):
        candidates = tx.scalars(_CONTAINING_IN_SQLITE, {"wanted": trigrams(fragments)})
    else:
        conditions = [vocabulary.c.token.contains(fragment, autoescape=True) for fragment in fragments]
        candidates = tx.scalars(select(vocabulary.c.token).where(or_(*conditions)))
    found = []
    for token in candidates:
        kind, _, value = token.partition(":")
        if kind in kinds and any(fragment in value for fragment in fragments):
            found.append(token)
            if len(found) == limit:
                break
    return found


@cache
def _beginning(kinds: int) -> Prepared:
    """Built once for each number of kinds: building it costs ten times as much as running it."""
    token = vocabulary.c.token
    ranges = [
        select(
            select(token)
            .where(token >= bindparam(f"low{place}"), token < bindparam(f"high{place}"))
            .order_by(token)
            .limit(bindparam("most"))
            .subquery()
        )
        for place in range(kinds)
    ]
    return Prepared(union_all(*ranges) if kinds > 1 else ranges[0])
