"""Differences to a channel that somebody leaves as they are."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, func, select

from oms_app.db.engine import insert as upsert
from oms_app.db.tables.reconciliation import ReconciliationAccepted

_accepted = ReconciliationAccepted.__table__  # type: ignore[attr-defined]
_MARK = ("channel_id", "kind", "external_id")


def put(tx: Connection, **values: Any) -> None:
    """Note one; what was accepted of the same before is over."""
    rest = {name: value for name, value in values.items() if name not in _MARK}
    tx.execute(upsert(tx)(_accepted).values(values).on_conflict_do_update(index_elements=list(_MARK), set_=rest))


def of(tx: Connection, channel_id: int, external_ids: Iterable[str]) -> list[Any]:
    """What is accepted of these orders or articles."""
    here = (_accepted.c.channel_id == channel_id, _accepted.c.external_id.in_(set(external_ids)))
    return list(tx.execute(select(_accepted).where(*here)))


def page(tx: Connection, channel_id: int, *, before: int | None, limit: int) -> list[Any]:
    """What is accepted of a channel, newest first."""
    query = select(_accepted).where(_accepted.c.channel_id == channel_id)
    query = query if before is None else query.where(_accepted.c.id < before)
    return list(tx.execute(query.order_by(_accepted.c.id.desc()).limit(limit)))


def get(tx: Connection, accepted_id: int) -> Any | None:
    """One of them."""
    return tx.execute(select(_accepted).where(_accepted.c.id == accepted_id)).first()


def counts(tx: Connection) -> dict[int, int]:
    """How many there are, by channel."""
    query = select(_accepted.c.channel_id, func.count()).group_by(_accepted.c.channel_id)
    return {row[0]: row[1] for row in tx.execute(query)}


def forget(tx: Connection, ids: Iterable[int]) -> None:
    """These are not accepted any more, or are no differences."""
    tx.execute(delete(_accepted).where(_accepted.c.id.in_(list(ids))))
