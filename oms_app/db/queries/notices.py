"""Notices to people."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from oms_app.db.tables.accounts import User
from oms_app.db.tables.rules import Notice

notice = Notice.__table__  # type: ignore[attr-defined]
_user = User.__table__  # type: ignore[attr-defined]


def add(tx: Connection, rows: list[dict[str, Any]]) -> None:
    """Insert notices."""
    if rows:
        tx.execute(insert(notice), rows)


def page(tx: Connection, user_id: int, *, before: int | None, limit: int) -> list[Any]:
    """Somebody's notices, newest first, below an id."""
    query = select(notice).where(notice.c.user_id == user_id)
    if before:
        query = query.where(notice.c.id < before)
    return list(tx.execute(query.order_by(notice.c.id.desc()).limit(limit)))


def unread(tx: Connection, user_id: int, most: int) -> int:
    """How many somebody has not read; stops at `most`."""
    found = select(notice.c.id).where(notice.c.user_id == user_id, notice.c.read_at.is_(None)).limit(most)
    return tx.scalar(select(func.count()).select_from(found.subquery())) or 0


def read(tx: Connection, user_id: int, at: datetime) -> int:
    """Mark all of somebody's notices read; returns how many were not."""
    mine = (notice.c.user_id == user_id, notice.c.read_at.is_(None))
    return int(tx.execute(update(notice).where(*mine).values(read_at=at)).rowcount)


def readers(tx: Connection, to: str) -> list[Any]:
    """Who may sign in and has this e-mail address or this role."""
    mine = (_user.c.email == to) | (_user.c.role == to)
    return list(tx.execute(select(_user).where(mine, _user.c.active).order_by(_user.c.id)))
