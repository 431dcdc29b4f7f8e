"""Doing one action to many orders: judged before, started, looked at, stopped, taken back. The doing: `run_work.py`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import runs as rows
from oms_app.db.queries.search import Search
from oms_app.domain import actions
from oms_app.domain.actions import Action, Given, Standing
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.lifecycle import Stage, asks
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.query import parse
from oms_app.domain.runs import (
    AT_ONCE,
    MOST_LOOKED_AT,
    MOST_NAMED,
    OPEN,
    Preview,
    Reason,
    RowState,
    Run,
    RunRow,
    RunState,
    Selection,
)
from oms_app.services import actions as doing
from oms_app.services import run_work, search

_NAMED = 20


def preview(actor: Actor, action: str, given: Given, chosen: Selection) -> Preview:
    """What would become of the orders: how many can, and why the others cannot.

    given  what is known of the action already; what its dialog still asks for counts as given
    """
    actor.require(Permission.SEE_ORDERS)
    known, told = _partly_read(action, given)
    with reading() as tx:
        actor.require(actions.needed(known, told))
        numbers, total = _look(tx, actor, chosen)
        found = {each.number: (each, held, tagged) for each, held, tagged in rows.standing(tx, numbers)}
    refused: dict[str, list[str]] = {}
    fields: set[str] = set()
    can = 0
    for number in numbers:
        if number not in found:
            refused.setdefault(f"There is no order {number}.", []).append(number)
            continue
        order, held, tagged = found[number]
        short = 0 if order.parcels else order.shortfall
        standing = Standing(Stage(order.stage), held, tagged, order.assignee_id, order.boost, short)
        if why := actions.why_not(known, told, standing, asked=False):
            refused.setdefault(why, []).append(number)
            continue
        can += 1
        if known is Action.MOVE:
            fields |= set(asks(standing.stage, Stage(told["to"])))
    reasons = sorted(refused.items(), key=_by_count)
    told_reasons = tuple(Reason(why, tuple(each)) for why, each in reasons)
    return Preview(total, len(numbers), can, told_reasons, frozenset(fields))


def start(actor: Actor, action: str, given: Given, chosen: Selection) -> Run:
    """Do it: up to 50 orders at once, more of them by the worker. Raises Malformed, Forbidden, NotFound."""
    actor.require(Permission.SEE_ORDERS)
    known, told = actions.read(action, given)
    if known is Action.NOTIFY:
        raise Malformed("Telling people is for rules.", details={"field": "action"})
    named = tuple(dict(chosen.numbers).items())
    if chosen.q is None and not 0 < len(named) <= MOST_NAMED:
        raise Malformed(f"A run takes 1 to {MOST_NAMED:,} orders by their numbers.", details={"field": "numbers"})
    background = chosen.q is not None or len(named) > AT_ONCE
    state = RunState.RUNNING if chosen.q is None else RunState.GATHERING
    until = chosen.until or datetime.now(UTC)
    values = {"q": chosen.q, "until": until if chosen.q is not None else None, "state": state, "total": len(named)}
    with transaction() as tx:
        told = doing.prepare(tx, actor, known, told)
        run_id = _add(tx, actor, known, told, background, **values)
        rows.add_rows(tx, run_id, 0, named)
    return get(actor, run_id) if background else _finish_now(actor, run_id)


def undo(actor: Actor, run_id: int) -> Run:
    """Take a run back where its orders still stand as it left them; a run of its own, once. Raises Refused."""
    actor.require(Permission.SEE_ORDERS)
    with transaction() as tx:
        before = _visible(tx, actor, run_id, lock=True)
        action, given = Action(before.action), before.given
        actor.require(actions.needed(action, given))
        if before.state in OPEN:
            raise Refused("It is still at work: stop it first.")
        if before.undoes or before.undone_by or not actions.undoable(action, given):
            raise Refused(f"“{actions.said(action, given)}” is not taken back.")
        values = {"undoes": run_id, "state": RunState.RUNNING, "total": before.done}
        background = before.done > AT_ONCE
        undo_id = _add(tx, actor, action, given, background, **values)
        rows.copy_done(tx, run_id, undo_id)
    return get(actor, undo_id) if background else _finish_now(actor, undo_id)


def cancel(actor: Actor, run_id: int) -> Run:
    """Stop a run: what is done stays done, the rest is left. Raises Refused where it has ended."""
    actor.require(Permission.SEE_ORDERS)
    with transaction() as tx:
        run = _visible(tx, actor, run_id, lock=True)
        if run.user_id != actor.user_id or run.actor != actor.name:
            actor.require(Permission.PRIORITISE_ORDERS)
        now = datetime.now(UTC)
        if not rows.change(tx, run_id, state=RunState.CANCELLED, why=f"Stopped by {actor.name}.", finished_at=now):
            raise Refused("It has ended already.")
        run_work.tell(tx, actor, "run_cancelled", run_id)
    return get(actor, run_id)


def get(actor: Actor, run_id: int) -> Run:
    """A run as it stands. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return _view(_visible(tx, actor, run_id))


def page(actor: Actor, *, before: int | None = None, limit: int = 50) -> tuple[Run, ...]:
    """Runs, newest first; `before` (a run id) pages on."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        mine = None if actor.location_id is None else actor.name
        return tuple(_view(run) for run in rows.page(tx, by=mine, before=before, limit=limit))


def results(actor: Actor, run_id: int, *, state: str = "", after: int = -1, limit: int = 200) -> tuple[RunRow, ...]:
    """What became of each order, in the order of the run; `state` shows one part, `after` (a position) pages on."""
    actor.require(Permission.SEE_ORDERS)
    if state and state not in set(RowState):
        raise Malformed(f"A row is one of {', '.join(RowState)}.", details={"field": "state"})
    with reading() as tx:
        _visible(tx, actor, run_id)
        return tuple(_row(each) for each in rows.rows(tx, run_id, state=state, after=after, limit=limit))


def reasons(actor: Actor, run_id: int) -> tuple[tuple[str, int], ...]:
    """(why, how many) of what was refused, the most frequent first."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        _visible(tx, actor, run_id)
        return tuple((each.message, each.count) for each in rows.reasons(tx, run_id, _NAMED))


def _finish_now(actor: Actor, run_id: int) -> Run:
    run_work.work_on(run_id, float("inf"))
    return get(actor, run_id)


def _add(tx: Connection, actor: Actor, action: Action, given: Given, background: bool, **values: Any) -> int:
    now = datetime.now(UTC)
    run_id = rows.add(
        tx,
        {
            "action": action,
            "given": dict(given),
            "actor": actor.name,
            "role": actor.role,
            "source": actor.source,
            "user_id": actor.user_id,
            "location_id": actor.location_id,
            "granted": sorted(actor.granted),
            "background": background,
            "started_at": now,
            "worked_at": now,
            **values,
        },
    )
    run_work.tell(tx, actor, "run_started", run_id, after={"action": action, **given})
    return run_id


def _visible(tx: Connection, actor: Actor, run_id: int, *, lock: bool = False) -> Any:
    run = rows.get(tx, run_id, lock=lock)
    if run is None or (actor.location_id is not None and run.actor != actor.name):
        raise NotFound(f"There is no run {run_id}.")
    return run


def _look(tx: Connection, actor: Actor, chosen: Selection) -> tuple[list[str], int]:
    """(numbers to judge, how many there are)."""
    if chosen.q is None:
        return list(dict(chosen.numbers)), len(dict(chosen.numbers))
    found = Search(tx, parse(chosen.q), search.scope(actor, chosen.until))
    ids = found.ids(limit=MOST_LOOKED_AT)
    total = len(ids) if len(ids) < MOST_LOOKED_AT else found.count(None)
    return rows.numbers(tx, ids), total


def _partly_read(action: str, given: Given) -> tuple[Action, Given]:
    """The action, and what was told of it if it can be read already."""
    if action == Action.MOVE or action not in set(Action):
        return actions.read(action, given)
    try:
        return actions.read(action, given)
    except Malformed:
        return Action(action), {}


def _by_count(item: tuple[str, Sequence[str]]) -> int:
    return -len(item[1])


def _view(run: Any) -> Run:
    action, given = Action(run.action), run.given
    title = actions.said(action, given)
    undoable = run.state not in OPEN and run.done > 0 and not run.undoes and not run.undone_by
    return Run(
        id=run.id,
        action=action,
        given=given,
        title=f"Taken back: {title}" if run.undoes else title,
        by=run.actor,
        q=run.q,
        state=RunState(run.state),
        background=run.background,
        total=run.total,
        done=run.done,
        refused=run.refused,
        started_at=run.started_at,
        finished_at=run.finished_at,
        undoes=run.undoes,
        undone_by=run.undone_by,
        undoable=undoable and actions.undoable(action, given),
        why=run.why,
    )


def _row(row: Any) -> RunRow:
    version = (row.kept or {}).get("version")
    return RunRow(row.position, row.number, RowState(row.state), row.message, row.at, version)
