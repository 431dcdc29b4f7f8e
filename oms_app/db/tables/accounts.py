"""Users, what was granted to them, and how they prove who they are."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import document, instant, key, ref


class User(SQLModel, table=True):
    """Somebody who signs in."""

    __tablename__ = "user_account"
    id: int = key()
    email: str = Field(unique=True)
    name: str
    role: str
    password_hash: str
    location_id: int | None = ref("location.id", null=True)
    active: bool = True
    demo: bool = False
    created_at: datetime = instant()
    preferences: dict[str, Any] | None = document()


class Grant(SQLModel, table=True):
    """An exception an admin made: one permission beyond the role."""

    __tablename__ = "user_grant"
    user_id: int = ref("user_account.id", primary_key=True)
    permission: str = Field(primary_key=True)


class LoginSession(SQLModel, table=True):
    """A signed-in browser. Only the hash of its cookie is kept."""

    __tablename__ = "login_session"
    id: int = key()
    token_hash: str = Field(unique=True)
    user_id: int = ref("user_account.id", index=True)
    created_at: datetime = instant()
    seen_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(null=True)
    address: str = ""
    agent: str = ""


class LoginAttempt(SQLModel, table=True):
    """A failed sign-in, counted to slow down guessing."""

    __tablename__ = "login_attempt"
    id: int = key()
    subject: str = Field(index=True)
    at: datetime = instant()


class PasswordReset(SQLModel, table=True):
    """A link that sets a new password once."""

    __tablename__ = "password_reset"
    token_hash: str = Field(primary_key=True)
    user_id: int = ref("user_account.id")
    expires_at: datetime = instant()
    used_at: datetime | None = instant(null=True)


class ApiToken(SQLModel, table=True):
    """A program's bearer token. Only its hash is kept."""

    __tablename__ = "api_token"
    id: int = key()
    name: str
    role: str
    token_hash: str = Field(unique=True)
    created_by: str
    created_at: datetime = instant()
    used_at: datetime | None = instant(null=True)
    revoked_at: datetime | None = instant(null=True)


class IdempotencyKey(SQLModel, table=True):
    """The first answer to a POST that carried an Idempotency-Key, kept for 24 hours."""

    __tablename__ = "idempotency_key"
    token_id: int = ref("api_token.id", primary_key=True)
    key: str = Field(primary_key=True)
    request_hash: str
    status: int | None = None
    body: str | None = None
    created_at: datetime = instant(index=True)


class SavedView(SQLModel, table=True):
    """A search that somebody named: a tab on the board or in the orders list."""

    __tablename__ = "saved_view"
    id: int = key()
    user_id: int = ref("user_account.id", index=True)
    page: str
    name: str
    query: str
