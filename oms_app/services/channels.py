"""Connected channels: connecting, changing, testing, pausing."""

import secrets as chance
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import channel_tasks as tasks
from oms_app.db.queries import channels as rows
from oms_app.db.queries import events as spine
from oms_app.domain.channels import ChannelKind
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.integrations.registry import ADAPTERS
from oms_app.services import events, sealing
from oms_app.services.catalogue import add_channel
from oms_app.services.channel_calls import adapter_of, calling, place

ORDERS = "orders"
"""The stream of a channel's orders."""
OVERLAP = timedelta(minutes=2)
"""How far behind the newest change a walk begins again: vendors' clocks and their indexes lag behind each other."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """A connected channel as people see it. `secrets`: names of those that are written, never what they are."""

    name: str
    title: str
    kind: str
    kind_title: str
    currency: str
    settings: Mapping[str, str]
    secrets: tuple[str, ...]
    path: str
    paused: bool
    failures: int
    retry_at: datetime | None
    problem: str
    problem_at: datetime | None
    worked_at: datetime | None


def kinds() -> tuple[ChannelKind, ...]:
    """Every kind of channel that can be connected."""
    return tuple(adapter.kind for adapter in ADAPTERS.values())


def linked(actor: Actor) -> tuple[LinkView, ...]:
    """Connected channels by title."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        return tuple(_view(row) for row in rows.linked(tx))


def connect(
    actor: Actor, *, kind: str, name: str, title: str = "", currency: str, settings: Mapping[str, str]
) -> LinkView:
    """Connect a channel, or one that only had a name until now. Raises Malformed, Conflict, NotFound."""
    actor.require(Permission.MANAGE_CHANNELS)
    adapter = adapter_of(kind)
    plain, hidden = _sorted(adapter.kind, settings, {})
    now = datetime.now(UTC)
    with transaction() as tx:
        if catalogue.channel_named(tx, name) is None:
            named = title or (adapter.kind.title if name == kind else name)
            add_channel(actor, name=name, title=named, kind=kind, currency=currency)
        known: Any = catalogue.channel_named(tx, name)
        if known.demo and actor.source != "demo":
            raise Refused(
                f"“{known.title}” is the demo shop's and goes with it: connect the shop under another name.",
                code="demo",
            )
        if rows.link_of(tx, known.id) is not None:
            raise Refused(f"“{known.title}” is connected already: change its settings instead.", code="connected")
        if known.currency != currency:
            raise Refused(
                f"“{known.title}” takes its orders in {known.currency}: connect the shop under another name.",
                code="currency",
            )
        if known.kind != kind:  # it had a name until now, and orders came by hand or from files
            catalogue.change_channel(tx, known.id, kind=kind)
        rows.put_link(
            tx,
            known.id,
            settings=plain,
            secrets=sealing.seal(hidden, place(known.id)),
            path=chance.token_urlsafe(24),
            paused=False,
            failures=0,
            problem="",
            changed_by=actor.name,
            changed_at=now,
        )
        if tasks.cursor(tx) is None:  # what happens from now on is told, whenever a worker first looks
            tasks.move_cursor(tx, spine.last_id(tx))
        after = {"kind": kind, "settings": plain, "secrets": sorted(hidden)}
        events.record(tx, actor, "channel_connected", subject="channel", subject_id=known.id, after=after, at=now)
        return _view(rows.link_of(tx, known.id))


def change(actor: Actor, name: str, settings: Mapping[str, str]) -> LinkView:
    """Change settings and secrets; a secret that is left empty stays. What had failed is tried again at once."""
    actor.require(Permission.MANAGE_CHANNELS)
    now = datetime.now(UTC)
    with transaction() as tx:
        link = _link(tx, name)
        before: Any = rows.lock_link(tx, link.channel_id)  # tokens may be renewed at the same moment
        kept = sealing.unseal(before.secrets, place(link.channel_id))
        plain, hidden = _sorted(adapter_of(link.kind).kind, settings, kept)
        sealed = sealing.seal(hidden, place(link.channel_id))
        again = {"failures": 0, "retry_at": None, "problem": "", "problem_at": None}
        if rows.position_of(tx, link.channel_id, ORDERS) is None:  # what came since it was connected is read still
            rows.move_position(tx, link.channel_id, ORDERS, position(link.changed_at - OVERLAP), link.changed_at)
        rows.change_link(tx, link.channel_id, settings=plain, secrets=sealed, changed_by=actor.name, **again)
        changed = sorted(each for each in hidden if hidden[each] != kept.get(each))
        events.record(
            tx,
            actor,
            "channel_changed",
            subject="channel",
            subject_id=link.channel_id,
            before={"settings": link.settings},
            after={"settings": plain, "secrets": changed},
            at=now,
        )
        return _view(rows.link_of(tx, link.channel_id))


def pause(actor: Actor, name: str, *, paused: bool) -> LinkView:
    """Let a channel rest, or go on. What it sends meanwhile is stored and waits."""
    actor.require(Permission.MANAGE_CHANNELS)
    with transaction() as tx:
        link = _link(tx, name)
        if link.paused != paused:
            rows.change_link(tx, link.channel_id, paused=paused, failures=0, retry_at=None)
            done = "channel_paused" if paused else "channel_resumed"
            events.record(tx, actor, done, subject="channel", subject_id=link.channel_id)
        return _view(rows.link_of(tx, link.channel_id))


def test(actor: Actor, name: str) -> str:
    """Sign in at the channel and read one thing; returns the shop's name there. Raises Unavailable, Rejected."""
    actor.require(Permission.MANAGE_CHANNELS)
    with reading() as tx:
        link = _link(tx, name)
    with calling(link, "test") as channel:
        return channel.test()


def position(since: datetime, page: str = "", seen: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """A `Position` as it is kept."""
    return {"since": stamp(since), "page": page, "seen": [list(each) for each in seen]}


def stamp(moment: datetime) -> str:
    """A moment as text that sorts by time, whole: two changes of one second are two."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _link(tx: Any, name: str) -> Any:
    link = rows.link_named(tx, name)
    if link is None:
        raise NotFound(f"No channel “{name}” is connected.")
    return link


def _sorted(
    kind: ChannelKind, given: Mapping[str, str], kept: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """(settings, secrets) out of a form; a secret that is not given stays. Raises Malformed for what is missing."""
    plain: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for each in kind.settings:
        value = str(given.get(each.name) or "").strip() or (kept.get(each.name, "") if each.secret else "")
        if each.required and not value:
            raise Malformed(f"{each.title} is missing.", details={"field": each.name})
        (hidden if each.secret else plain)[each.name] = value
    return plain, hidden


def _view(row: Any) -> LinkView:
    kind = adapter_of(row.kind).kind
    return LinkView(
        name=row.name,
        title=row.title,
        kind=row.kind,
        kind_title=kind.title,
        currency=row.currency,
        settings=row.settings,
        secrets=tuple(each.name for each in kind.settings if each.secret),
        path=row.path,
        paused=row.paused,
        failures=row.failures,
        retry_at=row.retry_at,
        problem=row.problem,
        problem_at=row.problem_at,
        worked_at=row.worked_at,
    )
