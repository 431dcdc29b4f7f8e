"""Signing in and out, one's own password and browsers, and the link that sets a forgotten password."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import accounts as queries
from oms_app.domain.accounts import (
    ATTEMPT_WINDOW,
    ATTEMPTS_PER_ACCOUNT,
    ATTEMPTS_PER_ADDRESS,
    SESSION_LIFETIME,
    OpenSession,
    TooManyAttempts,
    check_password,
    normal_email,
    normal_name,
)
from oms_app.domain.errors import Conflict, NotFound, Refused, Unauthenticated
from oms_app.domain.permissions import Actor, Role
from oms_app.services import events, identity, passwords

WRONG = "That e-mail and password do not belong together. Check both, or ask an admin for a reset link."


def sign_in(email: str, password: str, *, address: str, agent: str) -> str:
    """Open a session and return its cookie.

    Raises Unauthenticated when e-mail and password do not fit, and TooManyAttempts when somebody guesses; the two
    answers do not tell whether the account exists.
    """
    account, now = email.strip().lower(), datetime.now(UTC)
    _claim_attempt(f"account:{account[:254]}", f"address:{address}", now)
    with reading() as tx:
        user = queries.user_by_email(tx, account)
    fits = passwords.verify(password, user.password_hash if user else None)
    if not (user and fits and user.active):
        raise Unauthenticated(WRONG, code="wrong_password")
    with transaction() as tx:
        queries.forget_attempts(tx, f"account:{account[:254]}", f"address:{address}", now)
        return _open_session(tx, user, address, agent, now)


def sign_out(cookie: str) -> None:
    """Close the session of this cookie; nothing happens when it is closed already."""
    try:
        signed_in = identity.person(cookie)
    except Unauthenticated:
        return
    _close(signed_in.actor, signed_in.user_id, "signed_out", only=signed_in.session_id)


def is_first_run() -> bool:
    """Whether nobody has an account yet."""
    with reading() as tx:
        return queries.count_users(tx) == 0


def first_admin(email: str, name: str, password: str, *, address: str, agent: str) -> str:
    """Make the first admin and sign them in; returns the cookie. Raises Conflict once anybody has an account."""
    email, name, now = normal_email(email), normal_name(name), datetime.now(UTC)
    check_password(password, email)
    hashed = passwords.hash_password(password)
    with identity.changing() as tx:
        queries.lock_accounts(tx)
        if queries.count_users(tx):
            raise Conflict("There is an admin already: sign in, or ask them for an account.")
        user_id = queries.add_user(
            tx, email=email, name=name, role=Role.ADMIN, password_hash=hashed, active=True, demo=False, created_at=now
        )
        user = queries.user(tx, user_id)
        assert user is not None  # noqa: S101 - inserted above
        actor = Actor(name=email, role=Role.ADMIN, user_id=user_id)
        events.record(
            tx, actor, "user_added", subject="user", subject_id=user_id, after={"email": email, "role": Role.ADMIN}
        )
        return _open_session(tx, user, address, agent, now)


def change_password(actor: Actor, session_id: int, current: str, new: str) -> None:
    """Change one's own password; every other browser of the account is signed out."""
    user_id = _own(actor)
    with reading() as tx:
        user = queries.user(tx, user_id)
    assert user is not None  # noqa: S101 - the actor was resolved from this row
    _claim_attempt(f"account:{user.email}", f"user:{user_id}", datetime.now(UTC))
    if not passwords.verify(current, user.password_hash):
        raise Refused("The current password is not right.", code="wrong_password")
    _set_password(actor, user, new, keep=session_id)


def reset_email(link: str) -> str:
    """The account a reset link belongs to. Raises NotFound when it was used or is too old."""
    with reading() as tx:
        user = queries.reset_user(tx, passwords.hash_secret(link), datetime.now(UTC))
    if user is None:
        raise NotFound("This link was used or is too old. Ask an admin for a new one: oms user reset EMAIL")
    return str(user.email)


def reset_password(link: str, new: str) -> str:
    """Set a new password with a one-time link and return the account's e-mail; every browser is signed out."""
    email = reset_email(link)
    with reading() as tx:
        user = queries.user_by_email(tx, email)
    assert user is not None  # noqa: S101 - users are disabled, never deleted

    def use_up(tx: Connection) -> None:
        if not queries.use_reset(tx, passwords.hash_secret(link), datetime.now(UTC)):
            raise NotFound("This link was used already. Ask an admin for a new one.")
        queries.forget_attempts(tx, f"account:{email}", "", datetime.now(UTC))

    _set_password(Actor(name=email, role=Role(user.role), user_id=user.id), user, new, before=use_up)
    return email


def open_sessions(actor: Actor, session_id: int) -> list[OpenSession]:
    """The browsers this account is signed in with, last used first."""
    with reading() as tx:
        rows = queries.open_sessions(tx, _own(actor), datetime.now(UTC))
    return [
        OpenSession(row.id, row.agent, row.address, row.created_at, row.seen_at, row.id == session_id) for row in rows
    ]


def revoke_session(actor: Actor, session_id: int) -> None:
    """Sign one of one's own browsers out. Raises NotFound for anybody else's."""
    if not _close(actor, _own(actor), "session_revoked", only=session_id):
        raise NotFound("That browser is signed out already.")


def revoke_other_sessions(actor: Actor, session_id: int) -> int:
    """Sign every other browser of this account out; returns how many."""
    return _close(actor, _own(actor), "sessions_revoked", keep=session_id)


def _claim_attempt(account: str, address: str, now: datetime) -> None:
    """Count the attempt before the password is looked at, so that parallel guesses count as well."""
    since = now - ATTEMPT_WINDOW
    with transaction() as tx:
        queries.lock_accounts(tx)
        for subject, limit in ((account, ATTEMPTS_PER_ACCOUNT), (address, ATTEMPTS_PER_ADDRESS)):
            number, oldest = queries.attempts(tx, subject, since)
            if oldest and number >= limit:
                raise TooManyAttempts(oldest + ATTEMPT_WINDOW - now)
        queries.add_attempts(tx, (account, address), now, since - timedelta(days=1))


def _open_session(tx: Connection, user: Row[Any], address: str, agent: str, now: datetime) -> str:
    cookie = passwords.new_secret()
    queries.add_session(
        tx,
        token_hash=passwords.hash_secret(cookie),
        user_id=user.id,
        created_at=now,
        seen_at=now,
        expires_at=now + SESSION_LIFETIME,
        address=address[:64],
        agent=agent[:300],
    )
    actor = Actor(name=user.email, role=Role(user.role), user_id=user.id)
    events.record(tx, actor, "signed_in", subject="user", subject_id=user.id, after={"address": address[:64]})
    return cookie


def _close(actor: Actor, user_id: int, kind: str, *, only: int | None = None, keep: int | None = None) -> int:
    with identity.changing() as tx:
        closed = queries.revoke_sessions(tx, user_id, datetime.now(UTC), only=only, keep=keep)
        if closed:
            events.record(tx, actor, kind, subject="user", subject_id=user_id, after={"sessions": closed})
    return closed


def _set_password(
    actor: Actor,
    user: Row[Any],
    new: str,
    *,
    keep: int | None = None,
    before: Callable[[Connection], None] = lambda tx: None,
) -> None:
    check_password(new, user.email)
    hashed = passwords.hash_password(new)
    with identity.changing() as tx:
        before(tx)
        queries.change_user(tx, user.id, password_hash=hashed)
        queries.revoke_sessions(tx, user.id, datetime.now(UTC), keep=keep)
        if keep is not None:
            queries.forget_attempts(tx, f"account:{user.email}", f"user:{user.id}", datetime.now(UTC))
        events.record(tx, actor, "password_changed", subject="user", subject_id=user.id)


def _own(actor: Actor) -> int:
    if actor.user_id is None:
        raise Refused("Only somebody with an account has a password and sessions.")
    return actor.user_id
