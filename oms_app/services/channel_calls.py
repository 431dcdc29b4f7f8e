"""The one way to call a connected channel: its line, when it may be called, and the log of what went over it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

from sqlalchemy.exc import DBAPIError

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channels as rows
from oms_app.domain import call_log
from oms_app.domain.channels import Capability, Connection
from oms_app.domain.errors import Malformed, OmsError, Rejected, Unauthenticated, Unavailable
from oms_app.domain.permissions import system
from oms_app.integrations.http import Call, Http, Rate
from oms_app.integrations.ports import Adapter, Channel
from oms_app.integrations.registry import ADAPTERS
from oms_app.services import events, sealing

KEPT_CALLS = 5_000
_CALLS_AT_ONCE = 100
_GOING_WELL = 5
"""So many answers before a failure, and the channel does answer: it begins with the shortest rest."""
_rates: dict[int, dict[str, Rate]] = {}
"""What each channel allows, as it said itself; all threads that call it draw on the same."""
_renewing: dict[int, Lock] = {}
"""Held while a channel's tokens are renewed: a token that rotates is spent once."""
_refused: dict[str, datetime] = {}
_REFUSED_EVERY = timedelta(minutes=1)
_about: ContextVar[str] = ContextVar("about", default="")
_LONGEST_REST = timedelta(minutes=15)
_REFUSED_REST = timedelta(minutes=5)


def adapter_of(kind: str) -> Adapter:
    """The adapter of a kind. Raises Malformed."""
    if kind not in ADAPTERS:
        known = ", ".join(ADAPTERS) or "none"
        raise Malformed(f"There is no kind of channel “{kind}”. Known: {known}.", details={"field": "kind"})
    return ADAPTERS[kind]


def can(kind: str, wanted: Capability) -> bool:
    """Whether channels of a kind can do something."""
    return wanted in adapter_of(kind).kind.capabilities


def connection(link: Any) -> Connection:
    """A connection with its secrets opened, for as long as a call takes. Raises Refused."""
    here = link.channel_id
    return Connection(
        link.name,
        link.currency,
        link.settings,
        sealing.unseal(link.secrets, place(here)),
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
            secrets = sealing.unseal(link.secrets, place(channel_id)) | dict(renewed)
            rows.change_link(tx, channel_id, secrets=sealing.seal(secrets, place(channel_id)))


def _kept(channel_id: int) -> Mapping[str, str]:
    with reading() as tx:
        link = rows.link_of(tx, channel_id)
    return sealing.unseal(link.secrets, place(channel_id)) if link is not None else {}


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
    opened, calls, answers = connection(link), list[tuple[Call, str]](), Counter[bool]()

    def record(call: Call) -> None:
        answers[200 <= call.status < 300] += 1
        calls.append((call, _about.get()))
        if len(calls) > _CALLS_AT_ONCE:  # a long walk does not keep all it was told
            with transaction() as tx:
                rows.note_calls(tx, _noted(link, opened, calls[:-1]))
            del calls[:-1]

    http = Http(record=record, rates=_rates.setdefault(link.channel_id, {}))
    try:
        yield opened, http
    except (Unavailable, Rejected) as error:
        _log(link, opened, calls, error, going_well=answers[True] >= _GOING_WELL)
        raise
    except (OmsError, DBAPIError):
        _log(link, opened, calls, None)  # it answered: what it said, or our own database, is not its to answer for
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


def _log(
    link: Any, opened: Connection, calls: list[tuple[Call, str]], error: OmsError | None, *, going_well: bool = False
) -> None:
    now, hidden = datetime.now(UTC), tuple(opened.secrets.values())
    with transaction() as tx:
        rows.note_calls(tx, _noted(link, opened, calls))
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
        failures = 1 if going_well else link.failures + 1
        doubled = min(timedelta(seconds=2 ** min(failures, 20)), _LONGEST_REST)
        rest = _REFUSED_REST if isinstance(error, Rejected) else doubled
        asked = timedelta(seconds=float(error.details.get("retry_after", 0)))
        said = call_log.masked(error.message, hidden)
        rows.change_link(
            tx, link.channel_id, failures=failures, retry_at=now + max(rest, asked), problem=said, problem_at=now
        )


def _noted(link: Any, opened: Connection, calls: Sequence[tuple[Call, str]]) -> list[dict[str, Any]]:
    """Calls as the log keeps them: nothing secret in them."""
    now, hidden = datetime.now(UTC), tuple(opened.secrets.values())
    return [
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


def place(channel_id: int) -> str:
    return f"channel:{channel_id}"
