"""Runs of reconciliation and what they found; the rows of ours that a channel's orders are compared with, by chunks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, exists, func, insert, literal, or_, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.queries.channel_levels import told
from oms_app.db.queries.channel_tasks import task
from oms_app.db.queries.intake import message, theirs
from oms_app.db.queries.orders import order
from oms_app.db.tables.reconciliation import ReconciliationDifference, ReconciliationRun, ReconciliationSeen
from oms_app.domain.channel_tasks import TaskState
from oms_app.domain.intake import MessageState
from oms_app.domain.lifecycle import Stage
from oms_app.domain.reconciliation import Fix, RunState

run = ReconciliationRun.__table__  # type: ignore[attr-defined]
difference = ReconciliationDifference.__table__  # type: ignore[attr-defined]
seen = ReconciliationSeen.__table__  # type: ignore[attr-defined]

_OPEN = difference.c.fixed_at.is_(None)


def add_run(tx: Connection, **values: Any) -> int:
    """Begin a run; returns its id."""
    return int(tx.execute(insert(run).values(values).returning(run.c.id)).scalar_one())


def get(tx: Connection, run_id: int) -> Any | None:
    """A run."""
    return tx.execute(select(run).where(run.c.id == run_id)).first()


def open_run(tx: Connection, channel_id: int) -> Any | None:
    """The run over a channel that has not ended."""
    return tx.execute(select(run).where(run.c.channel_id == channel_id, run.c.state == RunState.RUNNING)).first()


def last_begun(tx: Connection, channel_id: int) -> datetime | None:
    """When a run over a channel last began."""
    return tx.scalar(select(func.max(run.c.started_at)).where(run.c.channel_id == channel_id))


def last_run(tx: Connection, channel_id: int) -> Any | None:
    """The last run over a channel that came to its end."""
    query = select(run).where(run.c.channel_id == channel_id, run.c.state == RunState.DONE)
    return tx.execute(query.order_by(run.c.id.desc()).limit(1)).first()


def waiting(tx: Connection, left_alone_since: datetime) -> list[Any]:
    """Runs the worker goes on with, the oldest first."""
    mine = or_(run.c.background, run.c.worked_at < left_alone_since)
    return list(tx.execute(select(run).where(run.c.state == RunState.RUNNING, mine).order_by(run.c.id)))


def step(tx: Connection, run_id: int, steps: int, **values: Any) -> bool:
    """Go on to the next page; False where somebody else did, or stopped the run."""
    here = (run.c.id == run_id, run.c.steps == steps, run.c.state == RunState.RUNNING)
    return bool(tx.execute(update(run).where(*here).values(steps=steps + 1, **values)).rowcount)


def change(tx: Connection, run_id: int, **values: Any) -> None:
    """Write new values on a run."""
    tx.execute(update(run).where(run.c.id == run_id).values(values))


def forget(tx: Connection, channel_id: int, keep: int) -> None:
    """Drop what all but the newest runs over a channel found."""
    newest = select(run.c.id).where(run.c.channel_id == channel_id).order_by(run.c.id.desc())
    old = list(tx.scalars(newest.offset(keep).limit(1_000)))
    if old:
        for table in (difference, seen):
            tx.execute(delete(table).where(table.c.run_id.in_(old)))
        tx.execute(delete(run).where(run.c.id.in_(old)))


def note_seen(tx: Connection, run_id: int, external_ids: Iterable[str]) -> int:
    """Note orders that the channel showed; returns how many of them for the first time."""
    wanted = set(external_ids)
    query = select(seen.c.external_id).where(seen.c.run_id == run_id, seen.c.external_id.in_(wanted))
    fresh = wanted - set(tx.scalars(query))
    if fresh:
        tx.execute(insert(seen), [{"run_id": run_id, "external_id": each} for each in sorted(fresh)])
    return len(fresh)


def forget_seen(tx: Connection, run_id: int) -> None:
    """A run that has ended needs no such notes."""
    tx.execute(delete(seen).where(seen.c.run_id == run_id))


def not_seen(tx: Connection, run: Any, *, first_id: int, after: int, limit: int) -> list[Any]:
    """Our orders of the channel from the time of the run which it did not show: (id, number, external id)."""
    shown = exists(select(literal(1)).where(seen.c.run_id == run.id, seen.c.external_id == order.c.external_id))
    query = (
        select(order.c.id, order.c.number, order.c.external_id)
        .where(order.c.channel_id == run.channel_id, order.c.id > max(after, first_id - 1))
        .where(order.c.external_id.is_not(None), order.c.stage != Stage.CANCELLED, ~shown)
        .order_by(order.c.id)
        .limit(limit)
    )
    return list(tx.execute(query))


def put_differences(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Store what was found; what the run found already stays. Returns how many are new."""
    statement = upsert(tx)(difference).on_conflict_do_nothing().returning(difference.c.id)
    return sum(1 for row in rows if tx.execute(statement, row).first() is not None)


def differences(tx: Connection, run_id: int, *, kind: str = "", after: int = 0, limit: int) -> list[Any]:
    """A keyset page of what a run found and nobody mended."""
    query = select(difference).where(difference.c.run_id == run_id, _OPEN, difference.c.id > after)
    query = query.where(difference.c.kind == kind) if kind else query
    return list(tx.execute(query.order_by(difference.c.id).limit(limit)))


def counts(tx: Connection, run_id: int) -> dict[str, tuple[int, int]]:
    """(what is open, what of it has a way to mend it) by kind."""
    mendable = func.sum(case((difference.c.fix == Fix.PERSON, 0), else_=1))
    query = select(difference.c.kind, func.count(), mendable).where(difference.c.run_id == run_id, _OPEN)
    return {row[0]: (row[1], int(row[2] or 0)) for row in tx.execute(query.group_by(difference.c.kind))}


def difference_of(tx: Connection, difference_id: int) -> Any | None:
    """A difference, with its run's channel."""
    query = select(difference, run.c.channel_id).join(run, run.c.id == difference.c.run_id)
    return tx.execute(query.where(difference.c.id == difference_id)).first()


def settle(tx: Connection, difference_id: int, **values: Any) -> None:
    """Write what became of a difference."""
    tx.execute(update(difference).where(difference.c.id == difference_id, _OPEN).values(values))


def known(tx: Connection, channel_id: int, external_ids: Sequence[str]) -> dict[str, Any]:
    """Orders of a channel by its own id, as they were last read."""
    query = select(theirs).where(theirs.c.channel_id == channel_id, theirs.c.external_id.in_(list(external_ids)))
    return {row.external_id: row for row in tx.execute(query)}


def ours(tx: Connection, channel_id: int, external_ids: Sequence[str], order_ids: Iterable[int]) -> dict[str, Any]:
    """Our orders by the channel's id of them, whether they were read from the channel or came otherwise."""
    mine = or_(order.c.external_id.in_(list(external_ids)), order.c.id.in_(list(order_ids)))
    query = select(order).where(order.c.channel_id == channel_id, mine)
    return {row.external_id: row for row in tx.execute(query)}


def messages(tx: Connection, channel_id: int, external_ids: Sequence[str]) -> dict[str, Any]:
    """The newest message of each resource that waits or could not be taken."""
    open_ = message.c.state.in_((MessageState.WAITING, MessageState.FETCH, MessageState.DEAD))
    query = select(message).where(
        message.c.channel_id == channel_id, message.c.external_id.in_(list(external_ids)), open_
    )
    return {row.external_id: row for row in tx.execute(query.order_by(message.c.updated_at, message.c.id))}


def give_up_messages(tx: Connection, channel_id: int, external_id: str, at: datetime) -> None:
    """Messages that could not be taken, of an order that was taken otherwise, are older ones now."""
    here = (message.c.channel_id == channel_id, message.c.external_id == external_id)
    dead = update(message).where(*here, message.c.state == MessageState.DEAD)
    tx.execute(dead.values(state=MessageState.OLDER, done_at=at))


def tasks(tx: Connection, order_ids: Sequence[int]) -> dict[int, list[Any]]:
    """What is owed for these orders, oldest first."""
    found: dict[int, list[Any]] = {}
    for row in tx.execute(select(task).where(task.c.order_id.in_(list(order_ids))).order_by(task.c.id)):
        found.setdefault(row.order_id, []).append(row)
    return found


def tell_again(tx: Connection, order_id: int, kind: str, now: datetime) -> int:
    """Have the channel told once more what it was told of an order; returns how many things."""
    here = (task.c.order_id == order_id, task.c.kind == kind)
    values = {"state": TaskState.WAITING, "tries": 0, "due": now, "problem": ""}
    return int(tx.execute(update(task).where(*here).values(values)).rowcount)


def levels(tx: Connection, channel_id: int, skus: Iterable[str]) -> dict[str, Any]:
    """What the channel is to believe of these articles of its own."""
    query = select(told).where(told.c.channel_id == channel_id, told.c.sku.in_(list(skus)))
    return {row.sku: row for row in tx.execute(query)}


def tell_level_again(tx: Connection, channel_id: int, sku: str, now: datetime) -> bool:
    """Have a level told once more."""
    here = (told.c.channel_id == channel_id, told.c.sku == sku)
    return bool(tx.execute(update(told).where(*here).values(waits=True, due=now, tries=0)).rowcount)


def oldest(tx: Connection, channel_id: int) -> int | None:
    """Id of our oldest order of a channel."""
    return tx.scalar(select(func.min(order.c.id)).where(order.c.channel_id == channel_id))
