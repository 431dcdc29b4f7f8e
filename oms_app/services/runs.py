"""Doing one action to many: judged before, started, looked at, stopped, taken back. The doing: `run_work.py`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import runs as rows
from oms_app.domain.actions import Action, Given
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.runs import (
    AT_ONCE,
    MOST_NAMED,
    OPEN,
    THINGS,
    Preview,
    Reason,
    RowState,
    Run,
    RunRow,
    RunState,
    Selection,
    Subject,
)
from oms_app.services import run_work
from oms_app.services.run_subjects import SUBJECTS, RunSubject

_NAMED = 20


def read(subject: Subject, action: str, form: Given) -> dict[str, Any]:
    """What an action is told, out of what somebody typed. Raises Malformed with the field."""
    return SUBJECTS[subject].read(action, form)[1]


def preview(actor: Actor, action: str, given: Given, chosen: Selection) -> Preview:
    """What would become of them: how many can, and why the others cannot.

    given  what is known of the action already; what its dialog still asks for counts as given
    """
    of = SUBJECTS[chosen.subject]
    actor.require(of.SEES)
    told = _partly_read(of, action, given)
    with reading() as tx:
        actor.require(of.needed(action, told))
        seen = of.look(tx, actor, action, told, chosen)
    refused: dict[str, list[str]] = {}
    for number in seen.numbers:
        if number in seen.why:
            refused.setdefault(seen.why[number], []).append(number)
    reasons = sorted(refused.items(), key=_by_count)
    told_reasons = tuple(Reason(why, tuple(each)) for why, each in reasons)
    can = len(seen.numbers) - len(seen.why)
    return Preview(seen.total, len(seen.numbers), can, told_reasons, seen.fields)


def start(actor: Actor, action: str, given: Given, chosen: Selection) -> Run:
    """Do it: up to 50 at once, more of them by the worker. Raises Malformed, Forbidden, NotFound."""
    of = SUBJECTS[chosen.subject]
    actor.require(of.SEES)
    action, told = of.read(action, given)
    named = tuple(dict(chosen.numbers).items())
    if chosen.q is None and not 0 < len(named) <= MOST_NAMED:
        things = f"{THINGS[chosen.subject]}s"
        raise Malformed(f"A run takes 1 to {MOST_NAMED:,} {things} by their numbers.", details={"field": "numbers"})
    background = chosen.q is not None or len(named) > AT_ONCE
    state = RunState.RUNNING if chosen.q is None else RunState.GATHERING
    until = chosen.until or datetime.now(UTC)
    values = {"q": chosen.q, "until": until if chosen.q is not None else None, "state": state, "total": len(named)}
    with transaction() as tx:
        told = of.prepare(tx, actor, action, told)
        run_id = _add(tx, actor, chosen.subject, action, told, background, **values)
        rows.add_rows(tx, run_id, 0, named)
    return get(actor, run_id) if background else _finish_now(actor, run_id)


def undo(actor: Actor, run_id: int) -> Run:
    """Take a run back where all still stands as it left it; a run of its own, once. Raises Refused."""
    with transaction() as tx:
        before = _visible(tx, actor, run_id, lock=True)
        of, action, given = SUBJECTS[Subject(before.subject)], before.action, before.given
        actor.require(of.needed(action, given))
        if before.state in OPEN:
            raise Refused("It is still at work: stop it first.")
        if before.undoes or before.undone_by or not of.undoable(action, given):
            raise Refused(f"“{of.said(action, given)}” is not taken back.")
        values = {"undoes": run_id, "state": RunState.RUNNING, "total": before.done}
        background = before.done > AT_ONCE
        undo_id = _add(tx, actor, Subject(before.subject), action, given, background, **values)
        rows.copy_done(tx, run_id, undo_id)
    return get(actor, undo_id) if background else _finish_now(actor, undo_id)


def cancel(actor: Actor, run_id: int) -> Run:
    """Stop a run: what is done stays done, the rest is left. Raises Refused where it has ended."""
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
    with reading() as tx:
        return _view(_visible(tx, actor, run_id))


def page(actor: Actor, *, before: int | None = None, limit: int = 50) -> tuple[Run, ...]:
    """Runs over what the actor may see, newest first; `before` (a run id) pages on."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        mine = None if actor.location_id is None else actor.name
        seen = [subject for subject, of in SUBJECTS.items() if actor.may(of.SEES)]
        return tuple(_view(run) for run in rows.page(tx, subjects=seen, by=mine, before=before, limit=limit))


def results(actor: Actor, run_id: int, *, state: str = "", after: int = -1, limit: int = 200) -> tuple[RunRow, ...]:
    """What became of each order, in the order of the run; `state` shows one part, `after` (a position) pages on."""
    if state and state not in set(RowState):
        raise Malformed(f"A row is one of {', '.join(RowState)}.", details={"field": "state"})
    with reading() as tx:
        _visible(tx, actor, run_id)
        return tuple(_row(each) for each in rows.rows(tx, run_id, state=state, after=after, limit=limit))


def reasons(actor: Actor, run_id: int) -> tuple[tuple[str, int], ...]:
    """(why, how many) of what was refused, the most frequent first."""
    with reading() as tx:
        _visible(tx, actor, run_id)
        return tuple((each.message, each.count) for each in rows.reasons(tx, run_id, _NAMED))


def _finish_now(actor: Actor, run_id: int) -> Run:
    run_work.work_on(run_id, float("inf"))
    return get(actor, run_id)


def _add(
    tx: Connection, actor: Actor, subject: Subject, action: str, given: Given, background: bool, **values: Any
) -> int:
    now = datetime.now(UTC)
    run_id = rows.add(
        tx,
        {
            "subject": subject,
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
    if run is not None:
        actor.require(SUBJECTS[Subject(run.subject)].SEES)
    if run is None or (actor.location_id is not None and run.actor != actor.name):
        raise NotFound(f"There is no run {run_id}.")
    return run


def _partly_read(of: RunSubject, action: str, given: Given) -> dict[str, Any]:
    """What was told of the action if it can be read already; a move is nothing without its stage."""
    try:
        return of.read(action, given)[1]
    except Malformed as problem:
        if action == Action.MOVE or problem.details.get("field") == "action":
            raise
        return {}


def _by_count(item: tuple[str, Sequence[str]]) -> int:
    return -len(item[1])


def _view(run: Any) -> Run:
    subject, action, given = Subject(run.subject), run.action, run.given
    title = SUBJECTS[subject].said(action, given)
    undoable = run.state not in OPEN and run.done > 0 and not run.undoes and not run.undone_by
    return Run(
        id=run.id,
        subject=subject,
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
        undoable=undoable and SUBJECTS[subject].undoable(action, given),
        why=run.why,
    )


def _row(row: Any) -> RunRow:
    version = (row.kept or {}).get("version")
    return RunRow(row.position, row.number, RowState(row.state), row.message, row.at, version)
