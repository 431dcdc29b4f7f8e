"""Connected channels: connecting, testing, pausing, and the one way to call one."""

import secrets as chance
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import channel_tasks as tasks
from oms_app.db.queries import channels as rows
from oms_app.db.queries import events as spine
from oms_app.domain import call_log
from oms_app.domain.channels import ChannelKind, Connection
from oms_app.domain.errors import Malformed, NotFound, OmsError, Refused, Rejected, Unauthenticated, Unavailable
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.integrations.http import Call, Http, Rate
from oms_app.integrations.ports import Adapter, Channel
from oms_app.integrations.registry import ADAPTERS
from oms_app.services import events, sealing
from oms_app.services.catalogue import add_channel

KEPT_CALLS = 5_000
ORDERS = "orders"
"""The stream of a channel's orders."""
OVERLAP = timedelta(minutes=2)
"""How far behind the newest change a walk begins again: vendors' clocks and their indexes lag behind each other."""
_rates: dict[int, dict[str, Rate]] = {}
"""What each channel allows, as it said itself; all threads that call it draw on the same."""
_renewing: dict[int, Lock] = {}
"""Held while a channel's tokens are renewed: a token that rotates is spent once."""
_refused: dict[str, datetime] = {}
_REFUSED_EVERY = timedelta(minutes=1)
_about: ContextVar[str] = ContextVar("about", default="")
_LONGEST_REST = timedelta(minutes=15)
_REFUSED_REST = timedelta(minutes=5)


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
            secrets=sealing.seal(hidden, _place(known.id)),
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
        kept = sealing.unseal(before.secrets, _place(link.channel_id))
        plain, hidden = _sorted(adapter_of(link.kind).kind, settings, kept)
        sealed = sealing.seal(hidden, _place(link.channel_id))
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


def note_refused(link: Any, body: bytes, refusal: OmsError) -> None:
    """Keep in the log that a webhook was refused, at most one a minute: whoever mistyped a secret finds out why."""
    now = datetime.now(UTC)
    if now - _refused.get(link.path, datetime.min.replace(tzinfo=UTC)) < _REFUSED_EVERY:
        return
    _refused[link.path] = now
    refused = {
        "channel_id": link.channel_id,
        "incoming": True,
        "method": "POST",
        "address": f"/webhooks/{link.name}/…",
        "request": call_log.masked(body.decode("utf-8", "replace")),
        "status": 401 if isinstance(refusal, Unauthenticated) else 400,
        "answer": "",
        "ms": 0,
        "problem": refusal.message,
        "at": now,
    }
    with transaction() as tx:
        rows.note_calls(tx, [refused])


def forget_calls() -> None:
    """Drop old calls from the log. The worker calls it."""
    with reading() as tx:
        found = [link.channel_id for link in rows.linked(tx)]
    for channel_id in found:
        with transaction() as tx:
            rows.forget_calls(tx, channel_id, KEPT_CALLS)


def position(since: datetime, page: str = "", seen: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """A `Position` as it is kept."""
    return {"since": stamp(since), "page": page, "seen": [list(each) for each in seen]}


def stamp(moment: datetime) -> str:
    """A moment as text that sorts by time, whole: two changes of one second are two."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def adapter_of(kind: str) -> Adapter:
    """The adapter of a kind. Raises Malformed."""
    if kind not in ADAPTERS:
        known = ", ".join(ADAPTERS) or "none"
        raise Malformed(f"There is no kind of channel “{kind}”. Known: {known}.", details={"field": "kind"})
    return ADAPTERS[kind]


def connection(link: Any) -> Connection:
    """A connection with its secrets opened, for as long as a call takes. Raises Refused."""
    here = link.channel_id
    return Connection(
        link.name,
        link.currency,
        link.settings,
        sealing.unseal(link.secrets, _place(here)),
        keep=partial(_keep, here),
        kept=partial(_kept, here),
        renewing=_renewing.setdefault(here, Lock()),
    )


def ready(name: str) -> Any | None:
    """The link of a channel that may be called now; None where there is none, it is paused, or it rests."""
    with reading() as tx:
        link = rows.link_named(tx, name)
    return link if link is not None and may_be_called(link, datetime.now(UTC)) else None


def may_be_called(link: Any, now: datetime) -> bool:
    """Whether the channel is neither paused nor resting after failures."""
    return not link.paused and (link.retry_at is None or link.retry_at <= now)


def _keep(channel_id: int, renewed: Mapping[str, str]) -> None:
    """Seal secrets that a vendor renewed, beside those that stay."""
    with transaction() as tx:
        link = rows.lock_link(tx, channel_id)
        if link is not None:
            secrets = sealing.unseal(link.secrets, _place(channel_id)) | dict(renewed)
            rows.change_link(tx, channel_id, secrets=sealing.seal(secrets, _place(channel_id)))


def _kept(channel_id: int) -> Mapping[str, str]:
    with reading() as tx:
        link = rows.link_of(tx, channel_id)
    return sealing.unseal(link.secrets, _place(channel_id)) if link is not None else {}


@contextmanager
def calling(link: Any, what: str = "") -> Iterator[Channel]:
    """The channel of a link, ready to be called. `what` the calls are for: see `about`."""
    with line(link) as (opened, http), about(what):
        yield adapter_of(link.kind).connect(opened, http)


@contextmanager
def line(link: Any) -> Iterator[tuple[Connection, Http]]:
    """A line to a channel; its calls are logged, and how it went is kept on the link.

    A channel that does not answer rests before it is asked again: 2 s, 4 s … 15 min, or as long as it says.
    """
    opened, calls = connection(link), list[tuple[Call, str]]()
    rates = _rates.setdefault(link.channel_id, {})
    http = Http(record=lambda call: calls.append((call, _about.get())), rates=rates)
    try:
        yield opened, http
    except (Unavailable, Rejected) as error:
        _log(link, opened, calls, error)
        raise
    except OmsError:
        _log(link, opened, calls, None)  # it answered: what it said is somebody else's to judge
        raise
    except Exception:
        # An answer that nobody foresaw: it rests as after a refusal, instead of being asked for it every second.
        _log(link, opened, calls, Rejected("Its answer could not be understood here, and that was logged."))
        raise
    else:
        _log(link, opened, calls, None)
    finally:
        http.close()


@contextmanager
def about(what: str) -> Iterator[None]:
    """What the calls inside are made for ("orders", "task:17"): the log keeps it, so that it can be done again."""
    before = _about.set(what)
    try:
        yield
    finally:
        _about.reset(before)


def _log(link: Any, opened: Connection, calls: list[tuple[Call, str]], error: OmsError | None) -> None:
    now, hidden = datetime.now(UTC), tuple(opened.secrets.values())
    noted = [
        {
            "channel_id": link.channel_id,
            "about": what,
            "method": call.method,
            "address": call_log.masked(call.url, hidden),
            "request": call_log.masked(call.request, hidden),
            "status": call.status,
            "answer": call_log.masked(call.response, hidden),
            "ms": round(call.seconds * 1000),
            "problem": call_log.masked(call.error, hidden),
            "at": now,
        }
        for call, what in calls
    ]
    with transaction() as tx:
        rows.note_calls(tx, noted)
        throttled = error is not None and error.details.get("sent") is False and "retry_after" in error.details
        if (error is None) == bool(link.failures) and calls and not throttled:  # people who look are told of the change
            kind, said = ("channel_answers", "") if error is None else ("channel_failed", error.message)
            after = {"problem": call_log.masked(said, hidden)} if said else {}
            who = system(link.title, "channel")
            events.record(tx, who, kind, subject="channel", subject_id=link.channel_id, after=after, at=now)
        if error is None:
            if calls:
                rows.change_link(
                    tx, link.channel_id, worked_at=now, failures=0, retry_at=None, problem="", problem_at=None
                )
            return
        if throttled:
            # It answers, and takes no more calls for now: that is its right.
            rows.change_link(tx, link.channel_id, retry_at=now + timedelta(seconds=float(error.details["retry_after"])))
            return
        failures = link.failures + 1
        doubled = min(timedelta(seconds=2 ** min(failures, 20)), _LONGEST_REST)
        rest = _REFUSED_REST if isinstance(error, Rejected) else doubled
        asked = timedelta(seconds=float(error.details.get("retry_after", 0)))
        said = call_log.masked(error.message, hidden)
        rows.change_link(
            tx, link.channel_id, failures=failures, retry_at=now + max(rest, asked), problem=said, problem_at=now
        )


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


def _place(channel_id: int) -> str:
    return f"channel:{channel_id}"


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
