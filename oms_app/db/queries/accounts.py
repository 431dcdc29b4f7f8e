"""Statements about users, their browsers and tokens. Nothing here knows a secret, only its hash."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from oms_app.db import engine
from oms_app.db.tables.accounts import ApiToken, Grant, LoginAttempt, LoginSession, PasswordReset, User
from oms_app.db.tables.company import Setting

USER, GRANT = User.__table__, Grant.__table__  # type: ignore[attr-defined]
SESSION, TOKEN = LoginSession.__table__, ApiToken.__table__  # type: ignore[attr-defined]
ATTEMPT, RESET, SETTING = LoginAttempt.__table__, PasswordReset.__table__, Setting.__table__  # type: ignore[attr-defined]
REVISION = "accounts_revision"


def add_user(tx: Connection, **values: Any) -> int:
    """Insert a user and return its id."""
    return int(tx.execute(insert(USER).values(**values).returning(USER.c.id)).scalar_one())


def user(tx: Connection, user_id: int) -> Row[Any] | None:
    """The user's row."""
    return tx.execute(select(USER).where(USER.c.id == user_id)).first()


def user_by_email(tx: Connection, email: str) -> Row[Any] | None:
    """The row of the user with this normalised address."""
    return tx.execute(select(USER).where(USER.c.email == email)).first()


def emails(tx: Connection, user_ids: Iterable[int]) -> dict[int, str]:
    """E-mail addresses by user id."""
    return {row.id: row.email for row in tx.execute(select(USER.c.id, USER.c.email).where(USER.c.id.in_(user_ids)))}


def names(tx: Connection, user_ids: Iterable[int]) -> dict[int, str]:
    """Names by user id."""
    return {row.id: row.name for row in tx.execute(select(USER.c.id, USER.c.name).where(USER.c.id.in_(user_ids)))}


def users(tx: Connection) -> list[Row[Any]]:
    """Every user with `seen_at`, the last use of any of their browsers; by name."""
    seen = select(func.max(SESSION.c.seen_at)).where(SESSION.c.user_id == USER.c.id).scalar_subquery()
    return list(tx.execute(select(USER, seen.label("seen_at")).order_by(USER.c.name, USER.c.id)))


def change_user(tx: Connection, user_id: int, **values: Any) -> None:
    """Change columns of a user."""
    tx.execute(update(USER).where(USER.c.id == user_id).values(**values))


def count_users(tx: Connection) -> int:
    """How many users there are, disabled ones included."""
    return int(tx.execute(select(func.count()).select_from(USER)).scalar_one())


def active_admins(tx: Connection) -> int:
    """How many admins can sign in."""
    active = select(func.count()).select_from(USER).where(USER.c.role == "admin", USER.c.active)
    return int(tx.execute(active).scalar_one())


def lock_accounts(tx: Connection) -> None:
    """Let one transaction at a time count admins or users and act on it. SQLite's writers are alone anyway."""
    if not engine.is_sqlite(tx):
        tx.execute(text("SELECT pg_advisory_xact_lock(671224)"))


def grants(tx: Connection, user_ids: Iterable[int]) -> dict[int, list[str]]:
    """Permissions granted beyond the role, by user."""
    found: dict[int, list[str]] = {}
    rows = select(GRANT).where(GRANT.c.user_id.in_(list(user_ids))).order_by(GRANT.c.permission)
    for row in tx.execute(rows):
        found.setdefault(row.user_id, []).append(row.permission)
    return found


def set_grants(tx: Connection, user_id: int, permissions: Iterable[str]) -> None:
    """Replace the exceptions of a user."""
    tx.execute(delete(GRANT).where(GRANT.c.user_id == user_id))
    if rows := [{"user_id": user_id, "permission": permission} for permission in permissions]:
        tx.execute(insert(GRANT), rows)


def add_session(tx: Connection, **values: Any) -> int:
    """Insert a signed-in browser and return its id."""
    return int(tx.execute(insert(SESSION).values(**values).returning(SESSION.c.id)).scalar_one())


def live_session(tx: Connection, token_hash: str) -> Row[Any] | None:
    """The user of an open session, with `session_id`, `expires_at` and `seen_at`; the caller compares the clock."""
    columns = (USER, SESSION.c.id.label("session_id"), SESSION.c.expires_at, SESSION.c.seen_at)
    found = select(*columns).join(USER, USER.c.id == SESSION.c.user_id)
    return tx.execute(
        found.where(SESSION.c.token_hash == token_hash, SESSION.c.revoked_at.is_(None), USER.c.active)
    ).first()


def open_sessions(tx: Connection, user_id: int, now: datetime) -> list[Row[Any]]:
    """Sessions of a user that are neither revoked nor expired; last used first."""
    mine = select(SESSION).where(SESSION.c.user_id == user_id, SESSION.c.revoked_at.is_(None))
    return list(tx.execute(mine.where(SESSION.c.expires_at > now).order_by(SESSION.c.seen_at.desc())))


def touch_session(tx: Connection, session_id: int, now: datetime, expires_at: datetime) -> None:
    """Note that a session was used."""
    tx.execute(update(SESSION).where(SESSION.c.id == session_id).values(seen_at=now, expires_at=expires_at))


def revoke_sessions(
    tx: Connection, user_id: int, now: datetime, *, only: int | None = None, keep: int | None = None
) -> int:
    """Close open sessions of a user (`only` that one, or all but `keep`); returns how many."""
    change = update(SESSION).where(SESSION.c.user_id == user_id, SESSION.c.revoked_at.is_(None))
    if only is not None:
        change = change.where(SESSION.c.id == only)
    if keep is not None:
        change = change.where(SESSION.c.id != keep)
    return tx.execute(change.values(revoked_at=now)).rowcount


def attempts(tx: Connection, subject: str, since: datetime) -> tuple[int, datetime | None]:
    """(failed sign-ins of an account or address since then, the oldest of them)."""
    count = select(func.count(), func.min(ATTEMPT.c.at)).where(ATTEMPT.c.subject == subject, ATTEMPT.c.at > since)
    number, oldest = tx.execute(count).one()
    return int(number), oldest


def add_attempts(tx: Connection, subjects: Iterable[str], now: datetime, forget: datetime) -> None:
    """Note an attempt, and drop those too old to count."""
    tx.execute(delete(ATTEMPT).where(ATTEMPT.c.at < forget))
    tx.execute(insert(ATTEMPT), [{"subject": subject, "at": now} for subject in subjects])


def forget_attempts(tx: Connection, account: str, address: str, at: datetime) -> None:
    """After a success: drop the account's attempts, and of the address only this one."""
    tx.execute(delete(ATTEMPT).where(ATTEMPT.c.subject == account))
    tx.execute(delete(ATTEMPT).where(ATTEMPT.c.subject == address, ATTEMPT.c.at == at))


def add_reset(tx: Connection, token_hash: str, user_id: int, expires_at: datetime) -> None:
    """A new link; older ones of the user end."""
    tx.execute(delete(RESET).where(RESET.c.user_id == user_id, RESET.c.used_at.is_(None)))
    tx.execute(insert(RESET).values(token_hash=token_hash, user_id=user_id, expires_at=expires_at))


def reset_user(tx: Connection, token_hash: str, now: datetime) -> Row[Any] | None:
    """The user a link belongs to, while it is unused and in time."""
    found = select(USER).join(RESET, RESET.c.user_id == USER.c.id)
    return tx.execute(
        found.where(
            RESET.c.token_hash == token_hash, RESET.c.used_at.is_(None), RESET.c.expires_at > now, USER.c.active
        )
    ).first()


def use_reset(tx: Connection, token_hash: str, now: datetime) -> bool:
    """Use a link up; False when another request was faster."""
    change = update(RESET).where(RESET.c.token_hash == token_hash, RESET.c.used_at.is_(None)).values(used_at=now)
    return tx.execute(change).rowcount == 1


def add_token(tx: Connection, **values: Any) -> int:
    """Insert an API token and return its id."""
    return int(tx.execute(insert(TOKEN).values(**values).returning(TOKEN.c.id)).scalar_one())


def tokens(tx: Connection) -> list[Row[Any]]:
    """Every token, newest first."""
    return list(tx.execute(select(TOKEN).order_by(TOKEN.c.id.desc())))


def live_token(tx: Connection, token_hash: str) -> Row[Any] | None:
    """The row of a token that is not revoked."""
    return tx.execute(select(TOKEN).where(TOKEN.c.token_hash == token_hash, TOKEN.c.revoked_at.is_(None))).first()


def touch_token(tx: Connection, token_id: int, now: datetime) -> None:
    """Note that a token was used."""
    tx.execute(update(TOKEN).where(TOKEN.c.id == token_id).values(used_at=now))


def revoke_token(tx: Connection, token_id: int, now: datetime) -> Row[Any] | None:
    """Revoke a token; None when there is no such open token."""
    change = update(TOKEN).where(TOKEN.c.id == token_id, TOKEN.c.revoked_at.is_(None)).values(revoked_at=now)
    return tx.execute(change.returning(TOKEN.c.id, TOKEN.c.name, TOKEN.c.role)).first()


def revision(tx: Connection) -> str:
    """Changes whenever somebody's rights or secrets do; processes compare it with what they remember."""
    return str(tx.execute(select(SETTING.c.value).where(SETTING.c.name == REVISION)).scalar())


def set_revision(tx: Connection, value: str) -> None:
    """Write a new revision."""
    row = engine.insert(tx)(SETTING).values(name=REVISION, value=value)
    tx.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
