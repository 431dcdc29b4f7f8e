"""Working on runs: a search becomes rows, each row is done in a transaction that marks it, whatever stops the work.

Bounded steps, so that a long run leaves the worker its other tasks. Nothing is done twice: a row is taken by a
conditional update in the transaction that does it.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import accounts
from oms_app.db.queries import runs as rows
from oms_app.domain.errors import OmsError
from oms_app.domain.permissions import Actor, Permission, Role
from oms_app.domain.runs import AT_ONCE, RunState, Subject
from oms_app.services import events
from oms_app.services.run_subjects import SUBJECTS, RunSubject

STEP = timedelta(seconds=1)
"""So long a run is worked on before others have their turn."""

LEFT_ALONE = timedelta(seconds=15)
"""A run that somebody waited for, and that nobody works on for so long, is the worker's."""

_CHUNK = 500
_BROKE = "Something went wrong with this one, and it was logged."

_log = structlog.get_logger(__name__)


def work() -> bool:
    """Work on the run that waits longest, for about a second; whether there may be more to do. The worker calls it."""
    now = datetime.now(UTC)
    with reading() as tx:
        run = rows.next_open(tx, now - LEFT_ALONE)
    if run is None:
        return False
    work_on(run.id, time.monotonic() + STEP.total_seconds())
    return True


def work_on(run_id: int, until: float) -> None:
    """Work on a run until it has ended, or until a moment of the monotonic clock."""
    with transaction() as tx:
        run: Any = rows.get(tx, run_id)
        starter = _starter(tx, run)
        if starter is None:
            why = f"{run.actor} may not sign in any more."
            rows.change(tx, run_id, state=RunState.CANCELLED, why=why, finished_at=datetime.now(UTC))
            return
        rows.change(tx, run_id, worked_at=datetime.now(UTC))
    while run.state == RunState.GATHERING and time.monotonic() < until:
        run = _gather(starter, run_id)
    while run.state == RunState.RUNNING:
        with reading() as tx:
            found = rows.waiting(tx, run_id, AT_ONCE)
        if not found:
            _finish(starter, run_id)
            return
        for row in found:
            _do(starter, run, row)
            if time.monotonic() >= until:
                break
        else:
            continue
        break
    with transaction() as tx:
        if run.background:
            tell(tx, starter, "run_progressed", run_id)


def _gather(starter: Actor, run_id: int) -> Any:
    """Make the next matches of a search rows of its run; returns the run as it stands then."""
    with transaction() as tx:
        run: Any = rows.get(tx, run_id, lock=True)
        if run.state != RunState.GATHERING:
            return run
        found, last = _of(run).gather(tx, starter, run, _CHUNK)
        if found:
            added = rows.add_rows(tx, run_id, run.total, [(number, None) for number in found])
            rows.change(tx, run_id, total=run.total + added, gathered_to=last)
        else:
            rows.change(tx, run_id, state=RunState.RUNNING)
        return rows.get(tx, run_id)


def _do(starter: Actor, run: Any, row: Any) -> None:
    """Do one and mark its row, both or neither."""
    try:
        with transaction() as tx:
            if not rows.take(tx, run.id, row.position, datetime.now(UTC)):
                return
            try:
                with transaction():  # what is refused leaves nothing behind
                    kept = _act(tx, starter, run, row)
            except OmsError as error:
                rows.settle(tx, run.id, row.position, refused=error.message)
            else:
                rows.settle(tx, run.id, row.position, kept=kept)
    except OperationalError:
        raise  # the database is away or busy: the row still waits
    except Exception:
        _log.exception("bulk_row_failed", run=run.id, number=row.number)
        with transaction() as tx:
            if rows.take(tx, run.id, row.position, datetime.now(UTC)):
                rows.settle(tx, run.id, row.position, refused=_BROKE)


def _act(tx: Connection, starter: Actor, run: Any, row: Any) -> dict[str, Any]:
    if run.undoes is None:
        return _of(run).perform(tx, starter, run, row)
    _of(run).take_back(tx, starter, run, row)
    return {}


def _of(run: Any) -> RunSubject:
    return SUBJECTS[Subject(run.subject)]


def _finish(starter: Actor, run_id: int) -> None:
    with transaction() as tx:
        if rows.change(tx, run_id, state=RunState.DONE, finished_at=datetime.now(UTC)):
            tell(tx, starter, "run_finished", run_id)


def _starter(tx: Connection, run: Any) -> Actor | None:
    """Who started the run, with the rights they have now; None where they may not act any more."""
    if run.user_id is None:
        granted = frozenset(Permission(each) for each in run.granted or ())
        return Actor(run.actor, Role(run.role), source=run.source, location_id=run.location_id, granted=granted)
    user = accounts.user(tx, run.user_id)
    if user is None or not user.active or user.email != run.actor:
        return None
    granted = frozenset(Permission(each) for each in accounts.grants(tx, [user.id]).get(user.id, ()))
    return Actor(user.email, Role(user.role), user.id, run.source, user.location_id, granted)


def tell(tx: Connection, actor: Actor, kind: str, run_id: int, after: dict[str, Any] | None = None) -> None:
    """Record on the spine how a run fares: open screens follow it."""
    events.record(tx, actor, kind, subject="run", subject_id=run_id, after=after)
