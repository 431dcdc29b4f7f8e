"""What goes on in the background, or did lately: one list of what people and channels started."""

from dataclasses import dataclass
from datetime import datetime

from oms_app.db.engine import reading
from oms_app.db.queries import channels as links
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import first_load, reconciliation, runs


@dataclass(frozen=True, slots=True)
class Job:
    """A job. `state`: running, done or stopped; `total` None: nobody knows; `subject`: a run's id, a channel's name."""

    kind: str
    subject: str
    title: str
    state: str
    done: int
    total: int | None
    problem: str
    started_at: datetime
    finished_at: datetime | None


def jobs(actor: Actor, *, limit: int = 50) -> tuple[Job, ...]:
    """The newest jobs the actor may see, newest first."""
    actor.require(Permission.SEE_ORDERS)
    found = [
        Job(
            "run",
            str(run.id),
            run.title,
            "running" if run.finished_at is None else "stopped" if run.state == "cancelled" else "done",
            run.done + run.refused,
            run.total,
            run.why,
            run.started_at,
            run.finished_at,
        )
        for run in runs.page(actor, limit=limit)
    ]
    if actor.may(Permission.SEE_CHANNELS):
        found += [*_first_loads(), *_reconciliations(actor)]
    return tuple(sorted(found, key=lambda job: job.started_at, reverse=True)[:limit])


def _first_loads() -> list[Job]:
    with reading() as tx:
        standing = [(link, first_load.standing(tx, link.channel_id)) for link in links.linked(tx)]
    return [
        Job(
            "first_load",
            link.name,
            f"First load of {link.title}",
            "running" if load.ended_at is None else "stopped" if load.problem else "done",
            load.read,
            load.total,
            load.problem,
            load.started_at,
            load.ended_at,
        )
        for link, load in standing
        if load is not None
    ]


def _reconciliations(actor: Actor) -> list[Job]:
    return [
        Job(
            "reconciliation",
            each.name,
            f"Reconciliation of {each.title}",
            run.state,
            run.orders,
            run.expected,
            run.problem,
            run.started_at,
            run.finished_at,
        )
        for each in reconciliation.every(actor)
        for run in (each.running, each.last)
        if run is not None
    ]
