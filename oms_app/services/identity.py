"""Who a cookie or a bearer token belongs to, asked at every call and answered from memory while no rights change.

Every change of somebody's rights writes a new revision. The process that made it forgets at once; the others compare
the revision once a second.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import accounts as queries
from oms_app.domain.accounts import SESSION_LIFETIME
from oms_app.domain.errors import Unauthenticated
from oms_app.domain.permissions import Actor, Permission, Role
from oms_app.services.passwords import hash_secret

_RECHECK_S = 1.0
_TOUCH = timedelta(minutes=10)
_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and the browser they sit at."""

    actor: Actor
    user_id: int
    session_id: int


@dataclass(frozen=True, slots=True)
class Program:
    """A program and the token it calls with."""

    actor: Actor
    token_id: int


@dataclass(frozen=True, slots=True)
class _Known:
    actor: Actor
    id: int
    seen_at: datetime
    expires_at: datetime


class _Memory:
    """Answers of this process, valid for one revision of the accounts."""

    def __init__(self) -> None:
        self.known: dict[str, _Known] = {}
        self.revision = ""
        self.checked = 0.0
        self.generation = 0

    def forget(self) -> None:
        self.generation += 1
        self.known = {}

    def get(self, key: str) -> _Known | None:
        now = time.monotonic()
        if now - self.checked > _RECHECK_S:
            self.checked = now
            with reading() as tx:
                revision = queries.revision(tx)
            if revision != self.revision:
                self.forget()
                self.revision = revision
        return self.known.get(key)

    def put(self, key: str, known: _Known, generation: int) -> None:
        # Read before somebody else's change was committed: true for this answer only.
        if generation == self.generation:
            if len(self.known) >= _KEPT:
                self.known = {}
            self.known[key] = known


_memory = _Memory()


def person(cookie: str) -> SignedIn:
    """Who is signed in with this cookie. Raises Unauthenticated when the session ended or never was."""
    if not cookie:
        raise Unauthenticated("Sign in to continue.")
    now = datetime.now(UTC)
    known = _recall("session:", cookie)
    if known is None or known.expires_at <= now:
        known = _find_session(cookie)
    if known is None or known.expires_at <= now:
        raise Unauthenticated("Sign in to continue.")
    if now - known.seen_at > _TOUCH:
        known = _touch_session(cookie, known, now)
    assert known.actor.user_id is not None  # noqa: S101 - a session always belongs to a user
    return SignedIn(known.actor, known.actor.user_id, known.id)


def program(token: str) -> Program:
    """Who calls with this bearer token. Raises Unauthenticated when it is unknown or revoked."""
    now = datetime.now(UTC)
    known = _recall("token:", token) or _find_token(token)
    if known is None:
        raise Unauthenticated("This token is unknown or revoked. Make one with: oms token create --role ROLE")
    if now - known.seen_at > _TOUCH:
        with transaction() as tx:
            queries.touch_token(tx, known.id, now)
        _memory.put("token:" + hash_secret(token), replace(known, seen_at=now), _memory.generation)
    return Program(known.actor, known.id)


@contextmanager
def changing() -> Iterator[Connection]:
    """A transaction that changes who may do what: when it is committed, nobody acts on what they remember."""
    with transaction() as tx:
        queries.set_revision(tx, secrets.token_hex(8))
        yield tx
    forget()


def forget() -> None:
    """Ask the database anew for everybody."""
    _memory.forget()
    _memory.checked = 0.0


def _recall(kind: str, secret: str) -> _Known | None:
    return _memory.get(kind + hash_secret(secret))


def _find_session(cookie: str) -> _Known | None:
    generation = _memory.generation
    with reading() as tx:
        row = queries.live_session(tx, hash_secret(cookie))
        if row is None:
            return None
        granted = queries.grants(tx, [row.id]).get(row.id, [])
    actor = Actor(
        name=row.email,
        role=Role(row.role),
        user_id=row.id,
        location_id=row.location_id,
        granted=frozenset(Permission(each) for each in granted),
    )
    known = _Known(actor, row.session_id, row.seen_at, row.expires_at)
    _memory.put("session:" + hash_secret(cookie), known, generation)
    return known


def _find_token(token: str) -> _Known | None:
    generation = _memory.generation
    with reading() as tx:
        row = queries.live_token(tx, hash_secret(token)) if token else None
    if row is None:
        return None
    actor = Actor(name=row.name, role=Role(row.role), source="api")
    known = _Known(actor, row.id, row.used_at or row.created_at - 2 * _TOUCH, datetime.max.replace(tzinfo=UTC))
    _memory.put("token:" + hash_secret(token), known, generation)
    return known


def _touch_session(cookie: str, known: _Known, now: datetime) -> _Known:
    generation = _memory.generation
    known = replace(known, seen_at=now, expires_at=now + SESSION_LIFETIME)
    with transaction() as tx:
        queries.touch_session(tx, known.id, now, now + SESSION_LIFETIME)
    _memory.put("session:" + hash_secret(cookie), known, generation)
    return known
