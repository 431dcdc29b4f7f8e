"""Saved searches of a user."""

from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into

from oms_app.db.tables.accounts import SavedView

_saved = SavedView.__table__  # type: ignore[attr-defined]


def of_user(tx: Connection, user_id: int, page: str) -> list[Any]:
    """Searches of a user on a page."""
    mine = (_saved.c.user_id == user_id, _saved.c.page == page)
    return list(tx.execute(select(_saved).where(*mine).order_by(_saved.c.id)))


def put(tx: Connection, user_id: int, page: str, name: str, query: str) -> int:
    """Write a search under its name; returns its id."""
    mine = (_saved.c.user_id == user_id, _saved.c.page == page, _saved.c.name == name)
    known = tx.scalar(select(_saved.c.id).where(*mine))
    if known:
        tx.execute(update(_saved).where(_saved.c.id == known).values(query=query))
        return int(known)
    values = {"user_id": user_id, "page": page, "name": name, "query": query}
    return int(tx.execute(insert_into(_saved).values(values)).inserted_primary_key[0])


def delete(tx: Connection, user_id: int, search_id: int) -> bool:
    """Remove a search of this user; False where there is none."""
    return bool(tx.execute(delete_from(_saved).where(_saved.c.id == search_id, _saved.c.user_id == user_id)).rowcount)
