"""The spine: appending events and reading timelines. Following it as it grows: `tail.py`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select

from oms_app.db.prepared import Prepared, insert_into
from oms_app.db.tables.spine import Event

_event = Event.__table__  # type: ignore[attr-defined]


_APPEND = Prepared(insert_into(_event).returning(_event.c.id))
_APPEND_MANY = insert(_event).returning(_event.c.id)
_AFTER_ALL = 2**63 - 1
_OF_ORDER = Prepared(
    select(_event)
    .where(_event.c.order_id == bindparam("of_order"), _event.c.id < bindparam("before"))
    .order_by(_event.c.id.desc())
    .limit(bindparam("most"))
)


def append(tx: Connection, row: dict[str, Any]) -> int:
    """Append one event and note its id for the listeners of this commit."""
    event_id = int(_APPEND.value(tx, **row))
    tx.info["events"].append(event_id)
    return event_id


def append_many(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append events and note their ids for the listeners of this commit."""
    if rows:
        tx.info["events"].extend(tx.scalars(_APPEND_MANY, rows))


def of_order(tx: Connection, order_id: int, *, before: int | None = None, limit: int = 500) -> list[Any]:
    """An order's events, newest last; `before` pages back from an event id."""
    newest_first = _OF_ORDER.all(tx, of_order=order_id, before=before or _AFTER_ALL, most=limit)
    return newest_first[::-1]


def of_order_after(tx: Connection, order_id: int, *, after: int, limit: int) -> list[Any]:
    """An order's events above an event id, oldest first."""
    query = select(_event).where(_event.c.order_id == order_id, _event.c.id > after).order_by(_event.c.id)
    return list(tx.execute(query.limit(limit)))


def last_change(tx: Connection, order_id: int) -> Any:
    """The newest event of an order that made a new version of it; a note makes none."""
    query = select(_event).where(_event.c.order_id == order_id, _event.c.kind != "note_added")
    return tx.execute(query.order_by(_event.c.id.desc()).limit(1)).one()


def of_subject(tx: Connection, subject: str, subject_id: int, *, limit: int) -> list[Any]:
    """Events about something that is no order, newest first."""
    its = (_event.c.subject == subject, _event.c.subject_id == subject_id, _event.c.order_id.is_(None))
    return list(tx.execute(select(_event).where(*its).order_by(_event.c.id.desc()).limit(limit)))


def last_id(tx: Connection) -> int:
    """Id of the newest event; 0 on an empty spine."""
    return tx.scalar(select(func.max(_event.c.id))) or 0


def visible(tx: Connection, where: ColumnElement[bool], limit: int) -> list[Any]:
    """The first events of a selection that are visible now, in order."""
    return list(tx.execute(select(_event).where(where).order_by(_event.c.id).limit(limit)))


def after(tx: Connection, event_id: int, limit: int = 1_000) -> list[Any]:
    """Visible events above an id, in order."""
    return list(tx.execute(select(_event).where(_event.c.id > event_id).order_by(_event.c.id).limit(limit)))
