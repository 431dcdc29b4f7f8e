"""The spine: appending events, reading timelines, and tailing without stepping over an uncommitted row."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from oms_app.db.engine import is_sqlite
from oms_app.db.tables.spine import Event

_event = Event.__table__  # type: ignore[attr-defined]


def append(tx: Connection, row: dict[str, Any]) -> int:
    """Append one event and note its id for the listeners of this commit."""
    event_id = int(tx.execute(insert(_event).values(row)).inserted_primary_key[0])
    tx.info["events"].append(event_id)
    return event_id


def of_order(tx: Connection, order_id: int, *, before: int | None = None, limit: int = 500) -> list[Any]:
    """An order's events, newest last; `before` pages back from an event id."""
    query = select(_event).where(_event.c.order_id == order_id).order_by(_event.c.id.desc()).limit(limit)
    if before:
        query = query.where(_event.c.id < before)
    return list(reversed(tx.execute(query).all()))


def last_of_kind(tx: Connection, order_id: int, kind: str) -> Any | None:
    """The newest event of a kind on an order."""
    query = select(_event).where(_event.c.order_id == order_id, _event.c.kind == kind)
    return tx.execute(query.order_by(_event.c.id.desc()).limit(1)).first()


def last_id(tx: Connection) -> int:
    """Id of the newest event; 0 on an empty spine."""
    return tx.scalar(select(func.max(_event.c.id))) or 0


def by_ids(tx: Connection, ids: Sequence[int]) -> list[Any]:
    """Those of the events that are visible now, in order."""
    return list(tx.execute(select(_event).where(_event.c.id.in_(ids)).order_by(_event.c.id)))


def after(tx: Connection, event_id: int, limit: int = 1_000) -> list[Any]:
    """Visible events above an id, in order."""
    return list(tx.execute(select(_event).where(_event.c.id > event_id).order_by(_event.c.id).limit(limit)))


class Tail:
    """Follows the spine: every event once, also those that commit after a later one.

    PostgreSQL gives an id before its transaction commits, so a reader sees 7 before 6. A missing id is remembered
    with the transactions that were running when it was missed, and is given up (it was rolled back) once they ended.
    """

    def __init__(self, tx: Connection):
        self.position = last_id(tx)
        self._gaps: dict[int, int] = {}

    def read(self, tx: Connection, limit: int = 1_000) -> list[Any]:
        """Events that became visible since the last call."""
        horizon, newest = (0, 0) if is_sqlite(tx) else _snapshot(tx)
        late = by_ids(tx, list(self._gaps)) if self._gaps else []
        for row in late:
            self._gaps.pop(row.id)
        if not is_sqlite(tx):
            self._gaps = {gap: seen for gap, seen in self._gaps.items() if seen > horizon}
        fresh = after(tx, self.position, limit)
        for row in fresh:
            if not is_sqlite(tx):
                self._gaps.update(dict.fromkeys(range(self.position + 1, row.id), newest))
            self.position = row.id
        return late + fresh


def _snapshot(tx: Connection) -> tuple[int, int]:
    """(oldest transaction still running, first transaction not yet begun)."""
    row = tx.execute(
        text(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
            " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )
    ).one()
    return int(row[0]), int(row[1])
