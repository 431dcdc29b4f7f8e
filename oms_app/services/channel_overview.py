"""How connected channels stand, for people: what waits, what failed and why, and the log of calls."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channel_levels, channel_tasks, intake
from oms_app.db.queries import channels as rows
from oms_app.domain.channel_tasks import TaskState
from oms_app.domain.channels import Capability, ChannelKind
from oms_app.domain.errors import NotFound
from oms_app.domain.intake import MessageState
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import channel_tasks as owed
from oms_app.services import channels
from oms_app.services import intake as taking
from oms_app.services.channels import LinkView


class Health(StrEnum):
    """How a channel does, in a word."""

    FINE = "fine"
    PAUSED = "paused"
    RESTING = "resting"
    """It did not answer, or refused: it is asked again at `retry_at`."""
    ATTENTION = "attention"
    """It works, and something waits for somebody."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A channel and how it stands.

    read_at          when its orders were last read on
    waiting, dead    messages to be taken over; those that could not be
    owed, refused    things it is to be told; those it refused for good
    levels, since    levels of stock it does not have yet, and since when
    """

    link: LinkView
    kind: ChannelKind
    health: Health
    read_at: datetime | None
    waiting: int
    dead: int
    owed: int
    refused: int
    levels: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that waits for somebody. `part` and `id` name it for `replay`; `about` says what it is of."""

    part: str
    id: int
    about: str
    problem: str
    tries: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as the log has it: secrets and what names a person masked."""

    id: int
    incoming: bool
    method: str
    address: str
    request: str
    status: int
    answer: str
    ms: int
    problem: str
    at: datetime


def every(actor: Actor) -> tuple[Standing, ...]:
    """Every connected channel by title, and how it stands."""
    views = channels.linked(actor)
    kinds, now = {kind.name: kind for kind in channels.kinds()}, datetime.now(UTC)
    with reading() as tx:
        ids = {row.name: row.channel_id for row in rows.linked(tx)}
        messages, tasks, levels = intake.counts(tx), channel_tasks.counts(tx), channel_levels.waiting(tx)
        read = {name: rows.read_at(tx, channel_id, taking.STREAM) for name, channel_id in ids.items()}
    found = []
    for view in views:
        of, kind = ids[view.name], kinds[view.kind]
        dead, refused = messages.get((of, MessageState.DEAD), 0), tasks.get((of, TaskState.DEAD), 0)
        waiting = sum(messages.get((of, state), 0) for state in (MessageState.WAITING, MessageState.FETCH))
        told = levels.get(of, (0, None)) if Capability.STOCK in kind.capabilities else (0, None)
        health = Health.ATTENTION if dead or refused else Health.FINE
        if view.retry_at is not None and view.retry_at > now:
            health = Health.RESTING
        if view.paused:
            health = Health.PAUSED
        owing = tasks.get((of, TaskState.WAITING), 0)
        found.append(Standing(view, kind, health, read[view.name], waiting, dead, owing, refused, *told))
    return tuple(found)


def troubles(actor: Actor, name: str, *, limit: int = 50) -> tuple[Trouble, ...]:
    """What of a channel waits for somebody, newest first. Raises NotFound."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        link = rows.link_named(tx, name)
        if link is None:
            raise NotFound(f"No channel “{name}” is connected.")
        messages = intake.dead(tx, link.channel_id, below=None, limit=limit)
        tasks = channel_tasks.dead(tx, link.channel_id, limit=limit)
    found = [Trouble("message", m.id, f"order {m.external_id}", m.problem, m.tries, m.received_at) for m in messages]
    found += [Trouble("task", t.id, _said(t), t.problem, t.tries, t.created_at) for t in tasks]
    return tuple(sorted(found, key=lambda each: each.at, reverse=True)[:limit])


def replay(actor: Actor, wanted: Iterable[tuple[str, int]]) -> int:
    """Let troubles run again, by (part, id); returns how many do."""
    actor.require(Permission.MANAGE_CHANNELS)
    given = list(wanted)
    with transaction():
        again = taking.replay(actor, [number for part, number in given if part == "message"])
        tasks = [number for part, number in given if part == "task"]
        owed.replay(actor, tasks)
    return again + len(tasks)


def calls(
    actor: Actor, name: str, *, below: int | None = None, failed: bool = False, limit: int = 50
) -> tuple[CallView, ...]:
    """A keyset page of a channel's calls, newest first. Raises NotFound."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        link = rows.link_named(tx, name)
        if link is None:
            raise NotFound(f"No channel “{name}” is connected.")
        return tuple(
            CallView(
                row.id,
                row.incoming,
                row.method,
                row.address,
                row.request,
                row.status,
                row.answer,
                row.ms,
                row.problem,
                row.at,
            )
            for row in rows.calls(tx, link.channel_id, below=below, failed=failed, limit=limit)
        )


def _said(task: object) -> str:
    given = getattr(task, "given", {})
    return f"{getattr(task, 'kind', '')} of order {given.get('external_id', '')}"
