"""Bearer tokens of programs: make, list, revoke. The secret is shown once and only its hash is kept."""

from datetime import UTC, datetime

from oms_app.db.engine import reading
from oms_app.db.queries import accounts as queries
from oms_app.domain.accounts import Token, normal_name
from oms_app.domain.errors import NotFound
from oms_app.domain.permissions import Actor, Permission, Role
from oms_app.services import events, identity, passwords
from oms_app.services.users import read_role

PREFIX = "oms_"
"""Lets people, and scanners of leaked secrets, see what it is."""


def create(actor: Actor, *, role: str, name: str = "") -> str:
    """Make a token that acts with this role; returns its secret, which nobody can read again."""
    actor.require(Permission.MANAGE_USERS)
    known_role = read_role(role)
    name, secret = normal_name(name or f"{known_role} token"), passwords.new_secret(PREFIX)
    with identity.changing() as tx:
        token_id = queries.add_token(
            tx,
            name=name,
            role=known_role,
            token_hash=passwords.hash_secret(secret),
            created_by=actor.name,
            created_at=datetime.now(UTC),
        )
        events.record(
            tx, actor, "token_created", subject="token", subject_id=token_id, after={"name": name, "role": known_role}
        )
    return secret


def every(actor: Actor) -> list[Token]:
    """All tokens, newest first, revoked ones included."""
    actor.require(Permission.MANAGE_USERS)
    with reading() as tx:
        rows = queries.tokens(tx)
    return [
        Token(row.id, row.name, Role(row.role), row.created_by, row.created_at, row.used_at, row.revoked_at)
        for row in rows
    ]


def revoke(actor: Actor, token_id: int) -> None:
    """End a token at once. Raises NotFound when there is no such open token."""
    actor.require(Permission.MANAGE_USERS)
    with identity.changing() as tx:
        row = queries.revoke_token(tx, token_id, datetime.now(UTC))
        if row is None:
            raise NotFound("There is no such open token. See: oms token list")
        events.record(
            tx,
            actor,
            "token_revoked",
            subject="token",
            subject_id=token_id,
            before={"name": row.name, "role": row.role},
        )
