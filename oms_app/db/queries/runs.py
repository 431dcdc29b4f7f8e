"""Runs over many: written whole, taken row by row, listed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, literal, select, update

from oms_app.db.prepared import Prepared, insert_into
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.orders import hold, order, tag
from oms_app.db.tables.runs import BulkRow, BulkRun

run = BulkRun.__table__  # type: ignore[attr-defined]
row = BulkRow.__table__  # type: ignore[attr-defined]

_OPEN = ("gathering", "running")
_ADD_ROW = Prepared(insert_into(row))
_WAITING = Prepared(
    select(row)
    .where(row.c.run_id == bindparam("of"), row.c.state == "waiting")
    .order_by(row.c.position)
    .limit(bindparam("most"))
)
_STANDING = Prepared(
    lambda sqlite: select(
        order.c.id,
        order.c.number,
        order.c.stage,
        order.c.holds,
        order.c.assignee_id,
        order.c.boost,
        order.c.shortfall,
        order.c.parcels,
    ).where(among(order.c.number, "numbers", sqlite=sqlite))
)
_NUMBERS = Prepared(
    lambda sqlite: select(order.c.number).where(among(order.c.id, "ids", sqlite=sqlite)).order_by(order.c.id.desc())
)
_HOLDS = Prepared(
    lambda sqlite: select(hold.c.order_id, hold.c.kind).where(
        among(hold.c.order_id, "ids", sqlite=sqlite), hold.c.released_at.is_(None)
    )
)
_TAGS = Prepared(lambda sqlite: select(tag.c.order_id, tag.c.tag).where(among(tag.c.order_id, "ids", sqlite=sqlite)))


def add(tx: Connection, values: dict[str, Any]) -> int:
    """Insert a run; returns its id."""
    return int(tx.execute(insert(run).values(values).returning(run.c.id)).scalar_one())


def add_rows(tx: Connection, run_id: int, start: int, rows: Iterable[tuple[str, int | None]]) -> int:
    """Append (number, version seen) from a position on; returns how many."""
    given = [
        {"run_id": run_id, "position": start + index, "number": number, "version": version, "state": "waiting"}
        for index, (number, version) in enumerate(rows)
    ]
    _ADD_ROW.run_many(tx, given)
    return len(given)


def copy_done(tx: Connection, run_id: int, into: int) -> None:
    """Give a run the rows that another one did, with what it kept of them, to take them back."""
    done = select(literal(into), row.c.position, row.c.number, literal("waiting"), literal(""), row.c.kept).where(
        row.c.run_id == run_id, row.c.state == "done"
    )
    tx.execute(insert(row).from_select(["run_id", "position", "number", "state", "message", "kept"], done))


def get(tx: Connection, run_id: int, *, lock: bool = False) -> Any | None:
    """A run, with the run that took it back."""
    later = run.alias("later")
    query = select(run, later.c.id.label("undone_by")).outerjoin(later, later.c.undoes == run.c.id)
    if lock:
        query = query.with_for_update(of=run)
    return tx.execute(query.where(run.c.id == run_id)).first()


def last_number(tx: Connection, run_id: int) -> str:
    """The number of the last row; empty before there is one."""
    query = select(row.c.number).where(row.c.run_id == run_id).order_by(row.c.position.desc()).limit(1)
    return tx.scalar(query) or ""


def page(tx: Connection, *, subjects: Sequence[str], by: str | None, before: int | None, limit: int) -> list[Any]:
    """Runs over these subjects, newest first, below an id; those of one actor where asked."""
    later = run.alias("later")
    query = select(run, later.c.id.label("undone_by")).outerjoin(later, later.c.undoes == run.c.id)
    query = query.where(run.c.subject.in_(subjects))
    if by is not None:
        query = query.where(run.c.actor == by)
    if before:
        query = query.where(run.c.id < before)
    return list(tx.execute(query.order_by(run.c.id.desc()).limit(limit)))


def next_open(tx: Connection, left_alone: datetime) -> Any | None:
    """The open run that was worked on longest ago; one that somebody waits for only where they left it alone."""
    mine = run.c.background | (run.c.worked_at < left_alone)
    query = select(run).where(run.c.state.in_(_OPEN), mine).order_by(run.c.worked_at, run.c.id)
    return tx.execute(query.limit(1)).first()


def change(tx: Connection, run_id: int, *, only_open: bool = True, **values: Any) -> bool:
    """Write values on a run; False where it is not open any more."""
    statement = update(run).where(run.c.id == run_id).values(**values)
    if only_open:
        statement = statement.where(run.c.state.in_(_OPEN))
    return bool(tx.execute(statement).rowcount)


def waiting(tx: Connection, run_id: int, most: int) -> list[Any]:
    """The first rows that wait."""
    return _WAITING.all(tx, of=run_id, most=most)


def take(tx: Connection, run_id: int, position: int, at: datetime) -> bool:
    """Make a waiting row of a running run done; False where it does not wait any more, or the run was stopped."""
    running = select(run.c.id).where(run.c.id == run_id, run.c.state == "running").exists()
    mine = (row.c.run_id == run_id, row.c.position == position, row.c.state == "waiting")
    return bool(tx.execute(update(row).where(*mine, running).values(state="done", at=at)).rowcount)


def settle(tx: Connection, run_id: int, position: int, *, kept: Any = None, refused: str = "") -> None:
    """Say what became of a row that was taken, and count it."""
    values = {"state": "refused", "message": refused} if refused else {"kept": kept}
    tx.execute(update(row).where(row.c.run_id == run_id, row.c.position == position).values(values))
    counted = {"refused": run.c.refused + 1} if refused else {"done": run.c.done + 1}
    tx.execute(update(run).where(run.c.id == run_id).values(counted))


def rows(tx: Connection, run_id: int, *, state: str = "", after: int = -1, limit: int = 1_000) -> list[Any]:
    """Rows of a run by position, those in one state where asked."""
    query = select(row).where(row.c.run_id == run_id, row.c.position > after)
    if state:
        query = query.where(row.c.state == state)
    return list(tx.execute(query.order_by(row.c.position).limit(limit)))


def reasons(tx: Connection, run_id: int, most: int) -> list[Any]:
    """(message, count) of what was refused, the most frequent first."""
    count = func.count().label("count")
    query = select(row.c.message, count).where(row.c.run_id == run_id, row.c.state == "refused")
    return list(tx.execute(query.group_by(row.c.message).order_by(count.desc()).limit(most)))


def numbers(tx: Connection, ids: Sequence[int]) -> list[str]:
    """Numbers of orders, newest first."""
    return _NUMBERS.values(tx, ids=packed(tx, ids))


def standing(tx: Connection, wanted: Sequence[str]) -> list[tuple[Any, tuple[str, ...], tuple[str, ...]]]:
    """(order, kinds of its open holds, its tags) of the orders with these numbers, in no order."""
    found = _STANDING.all(tx, numbers=packed(tx, wanted))
    held = _gathered(_HOLDS.all(tx, ids=packed(tx, [each.id for each in found if each.holds])))
    tagged = _gathered(_TAGS.all(tx, ids=packed(tx, [each.id for each in found])))
    return [(each, held.get(each.id, ()), tagged.get(each.id, ())) for each in found]


def _gathered(pairs: Iterable[Any]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for order_id, word in pairs:
        found[order_id] = (*found.get(order_id, ()), word)
    return found
