"""First answers to requests that carried an idempotency key."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from oms_app.db.engine import is_sqlite
from oms_app.db.tables.accounts import IdempotencyKey

_key = IdempotencyKey.__table__  # type: ignore[attr-defined]


def lock(tx: Connection, token_id: int, key: str) -> bool:
    """Keep the key to this transaction; False where another one has it. SQLite's writers are alone anyway."""
    if is_sqlite(tx):
        return True
    digest = hashlib.sha256(f"{token_id}:{key}".encode()).digest()
    return bool(tx.scalar(select(func.pg_try_advisory_xact_lock(int.from_bytes(digest[:8], signed=True)))))


def find(tx: Connection, token_id: int, key: str) -> Any | None:
    """The row of a key."""
    return tx.execute(select(_key).where(_key.c.token_id == token_id, _key.c.key == key)).first()


def keep(tx: Connection, **values: Any) -> None:
    """Insert an answer."""
    tx.execute(insert(_key).values(values))


def forget(tx: Connection, before: datetime) -> None:
    """Delete the answers kept before that moment."""
    tx.execute(delete(_key).where(_key.c.created_at < before))
