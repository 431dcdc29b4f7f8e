"""How connected channels stand, for people: what came, what waits, what failed and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channel_levels, channel_tasks, intake
from oms_app.db.queries import channels as rows
from oms_app.domain.channel_tasks import TaskState
from oms_app.domain.channels import Capability, ChannelKind
from oms_app.domain.errors import NotFound
from oms_app.domain.intake import MessageState
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import channel_calls, channel_webhooks, channels, first_load
from oms_app.services import channel_tasks as owed
from oms_app.services import intake as taking
from oms_app.services.channels import LinkView
from oms_app.services.first_load import Load


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
    oldest           since when the oldest message waits
    last_order       number and moment of the newest order that came from there
    load             its first load, if there was one
    sends            whether it sends webhooks here; `why_not` where it does not want to
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
    oldest: datetime | None
    last_order: tuple[str, datetime] | None
    load: Load | None
    sends: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that waits for somebody. `part` and `id` name it for `replay`; `about` says what it is of."""

    part: str
    id: int
    about: str
    problem: str
    tries: int
    at: datetime


def every(actor: Actor) -> tuple[Standing, ...]:
    """Every connected channel by title, and how it stands."""
    views = channels.linked(actor)
    now = datetime.now(UTC)
    with reading() as tx:
        ids = {row.name: row.channel_id for row in rows.linked(tx)}
        messages, tasks, levels = intake.counts(tx), channel_tasks.counts(tx), channel_levels.waiting(tx)
        return tuple(_standing(tx, view, ids[view.name], messages, tasks, levels, now) for view in views)


def one(actor: Actor, name: str) -> Standing:
    """How a channel stands. Raises NotFound."""
    found = next((each for each in every(actor) if each.link.name == name), None)
    if found is None:
        raise NotFound(f"No channel “{name}” is connected.")
    return found


def _standing(
    tx: Connection,
    view: LinkView,
    of: int,
    messages: Mapping[tuple[int, str], int],
    tasks: Mapping[tuple[int, str], int],
    levels: Mapping[int, tuple[int, datetime]],
    now: datetime,
) -> Standing:
    kind = channel_calls.adapter_of(view.kind).kind
    dead, refused = messages.get((of, MessageState.DEAD), 0), tasks.get((of, TaskState.DEAD), 0)
    health = Health.ATTENTION if dead or refused else Health.FINE
    if view.failures:  # until it answers again, also when its rest is over
        health = Health.RESTING
    if view.paused:
        health = Health.PAUSED
    count, since = levels.get(of, (0, None)) if Capability.STOCK in kind.capabilities else (0, None)
    hooks, last = rows.position_of(tx, of, channel_webhooks.STREAM) or {}, rows.last_order(tx, of)
    return Standing(
        link=view,
        kind=kind,
        health=health,
        read_at=rows.read_at(tx, of, taking.STREAM),
        waiting=sum(messages.get((of, state), 0) for state in (MessageState.WAITING, MessageState.FETCH)),
        dead=dead,
        owed=tasks.get((of, TaskState.WAITING), 0),
        refused=refused,
        levels=count,
        since=since,
        oldest=intake.oldest(tx, of),
        last_order=None if last is None else (last.number, last.placed_at),
        load=first_load.standing(tx, of),
        sends=bool(hooks.get("address")) and not hooks.get("problem"),
        why_not=hooks.get("problem", ""),
    )


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


def _said(task: object) -> str:
    given = getattr(task, "given", {})
    if "sku" in given:
        return f"sale of {given['sku']}"
    return f"{getattr(task, 'kind', '')} of order {given.get('external_id', '')}"
