"""What is owed to channels, and what of our orders they are to be told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.queries.catalogue import channel
from oms_app.db.queries.orders import order, parcel, parcel_line, payment
from oms_app.db.tables.channels import ChannelLink, ChannelOrder, ChannelTask
from oms_app.db.tables.spine import ReaderCursor
from oms_app.domain.channel_tasks import TaskKind, TaskState

task = ChannelTask.__table__  # type: ignore[attr-defined]
_theirs = ChannelOrder.__table__  # type: ignore[attr-defined]
_link = ChannelLink.__table__  # type: ignore[attr-defined]
_cursor = ReaderCursor.__table__  # type: ignore[attr-defined]
_READER = "channels"


def cursor(tx: Connection) -> int | None:
    """The last event that was looked at; None before the first."""
    return tx.scalar(select(_cursor.c.event_id).where(_cursor.c.name == _READER))


def move_cursor(tx: Connection, event_id: int) -> None:
    """Note the last event that was looked at."""
    row = upsert(tx)(_cursor).values(name=_READER, event_id=event_id)
    tx.execute(row.on_conflict_do_update(index_elements=["name"], set_={"event_id": event_id}))


def of_channels(tx: Connection, order_ids: Sequence[int]) -> list[Any]:
    """Those of the orders that a connected channel knows: the channel's row with its kind and ours beside it."""
    query = (
        select(
            _theirs,
            channel.c.kind,
            order.c.number.label("ours"),
            order.c.stage,
            order.c.cancel_reason,
            order.c.currency,
        )
        .join(channel, channel.c.id == _theirs.c.channel_id)
        .join(order, order.c.id == _theirs.c.order_id)
        .join(_link, _link.c.channel_id == _theirs.c.channel_id)
        .where(_theirs.c.order_id.in_(list(order_ids)))
    )
    return list(tx.execute(query))


def shipped(tx: Connection, order_ids: Sequence[int]) -> dict[int, list[tuple[Any, dict[int, int]]]]:
    """Parcels that left, by order: each with its units by line."""
    boxes = tx.execute(
        select(parcel)
        .where(parcel.c.order_id.in_(list(order_ids)), parcel.c.status.in_(("shipped", "delivered")))
        .order_by(parcel.c.id)
    ).all()
    content: dict[int, dict[int, int]] = {box.id: {} for box in boxes}
    for row in tx.execute(select(parcel_line).where(parcel_line.c.parcel_id.in_(list(content)))):
        content[row.parcel_id][row.order_line_id] = row.quantity
    found: dict[int, list[tuple[Any, dict[int, int]]]] = {}
    for box in boxes:
        found.setdefault(box.order_id, []).append((box, content[box.id]))
    return found


def refunds(tx: Connection, order_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Recorded refunds by order."""
    found: dict[int, list[Any]] = {}
    here = (payment.c.order_id.in_(list(order_ids)), payment.c.kind == "refund")
    for row in tx.execute(select(payment).where(*here).order_by(payment.c.id)):
        found.setdefault(row.order_id, []).append(row)
    return found


def owe(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write tasks; one that is there already stays as it is."""
    if rows:
        tx.execute(upsert(tx)(task).on_conflict_do_nothing(), list(rows))


def due(tx: Connection, channel_id: int, now: datetime, most: int) -> list[Any]:
    """Tasks of a channel whose time has come: those of orders before products, the longest due first."""
    here = (task.c.channel_id == channel_id, task.c.state == TaskState.WAITING, task.c.due <= now)
    order = (task.c.order_id.is_(None), task.c.due, task.c.id)
    return list(tx.execute(select(task).where(*here).order_by(*order).limit(most)))


def task_of(tx: Connection, task_id: int) -> Any | None:
    """A task."""
    return tx.execute(select(task).where(task.c.id == task_id)).first()


def claim(tx: Connection, row: Any, until: datetime) -> bool:
    """Take a task up, so that nobody else does before `until`; whether it was still to be taken."""
    here = (task.c.id == row.id, task.c.state == TaskState.WAITING, task.c.due == row.due)
    return bool(tx.execute(update(task).where(*here).values(due=until)).rowcount)


def settle(tx: Connection, task_id: int, **values: Any) -> None:
    """Write what became of a task."""
    tx.execute(update(task).where(task.c.id == task_id).values(values))


def of_order(tx: Connection, order_id: int) -> list[Any]:
    """What was owed for an order, oldest first."""
    return list(tx.execute(select(task).where(task.c.order_id == order_id).order_by(task.c.id)))


def unanswered(tx: Connection, order_id: int, kind: TaskKind) -> list[Mapping[str, Any]]:
    """What a channel is being told of an order and has not said what it calls it."""
    here = (task.c.order_id == order_id, task.c.kind == kind, task.c.answer == "")
    open_ = task.c.state.in_((TaskState.WAITING, TaskState.DONE))
    return list(tx.scalars(select(task.c.given).where(*here, open_)))


def counts(tx: Connection) -> dict[tuple[int, str], int]:
    """Tasks by (channel, state), those that are over left out."""
    states = (TaskState.WAITING, TaskState.DEAD)
    query = select(task.c.channel_id, task.c.state, func.count()).where(task.c.state.in_(states))
    return {(row[0], row[1]): row[2] for row in tx.execute(query.group_by(task.c.channel_id, task.c.state))}


def dead(tx: Connection, channel_id: int, *, limit: int) -> list[Any]:
    """Tasks somebody has to look at, newest first."""
    here = (task.c.channel_id == channel_id, task.c.state == TaskState.DEAD)
    return list(tx.execute(select(task).where(*here).order_by(task.c.id.desc()).limit(limit)))
