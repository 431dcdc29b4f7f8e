"""Accounts of people: add, change, disable, exceptions to the role, and reset links."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from oms_app.db.engine import is_duplicate, reading, transaction
from oms_app.db.queries import accounts as queries
from oms_app.domain.accounts import RESET_LIFETIME, Account, Preferences, check_password, normal_email, normal_name
from oms_app.domain.errors import Conflict, Malformed, NotFound, Refused
from oms_app.domain.permissions import Actor, Permission, Role
from oms_app.services import events, identity, passwords


def add(
    actor: Actor,
    email: str,
    *,
    role: str,
    name: str = "",
    password: str = "",
    location_id: int | None = None,
    demo: bool = False,
) -> Account:
    """Make an account; without a password it gets one that nobody knows. Raises Conflict when the e-mail has one."""
    actor.require(Permission.MANAGE_USERS)
    email, known_role = normal_email(email), read_role(role)
    name = normal_name(name or email.partition("@")[0].replace(".", " ").title())
    if password:
        check_password(password, email)
    hashed = passwords.hash_password(password or passwords.new_secret())
    values = {"email": email, "name": name, "role": known_role, "location_id": location_id, "demo": demo}
    try:
        with identity.changing() as tx:
            user_id = queries.add_user(tx, password_hash=hashed, active=True, created_at=datetime.now(UTC), **values)
            events.record(
                tx, actor, "user_added", subject="user", subject_id=user_id, after={"email": email, "role": known_role}
            )
    except IntegrityError as error:
        if is_duplicate(error):
            raise Conflict(f"{email} has an account already.") from None
        raise
    return get(actor, email)


def get(actor: Actor, email: str) -> Account:
    """One account. Raises NotFound."""
    actor.require(Permission.MANAGE_USERS)
    for account in every(actor):
        if account.email == email.strip().lower():
            return account
    raise NotFound(f"Nobody has the e-mail {email}. See: oms user list")


def every(actor: Actor) -> list[Account]:
    """All accounts, by name."""
    actor.require(Permission.MANAGE_USERS)
    with reading() as tx:
        rows = queries.users(tx)
        granted = queries.grants(tx, [row.id for row in rows])
    return [_account(row, granted.get(row.id, [])) for row in rows]


def change(
    actor: Actor,
    user_id: int,
    *,
    name: str,
    role: str,
    location_id: int | None = None,
    granted: tuple[str, ...] = (),
) -> None:
    """Change name, role, location and exceptions of an account. The last admin stays one."""
    actor.require(Permission.MANAGE_USERS)
    new_role, permissions = read_role(role), sorted({_permission(each) for each in granted})
    with identity.changing() as tx:
        row = _lock(tx, user_id)
        if row.role == Role.ADMIN and new_role is not Role.ADMIN:
            _keep_an_admin(tx, row)
        values = {"name": normal_name(name), "role": new_role, "location_id": location_id}
        before = {key: getattr(row, key) for key in values} | {
            "granted": queries.grants(tx, [user_id]).get(user_id, [])
        }
        after = values | {"granted": permissions}
        queries.change_user(tx, user_id, **values)
        queries.set_grants(tx, user_id, permissions)
        changed = [key for key in after if before[key] != after[key]]
        if changed:
            old, new = ({key: side[key] for key in changed} for side in (before, after))
            events.record(tx, actor, "user_changed", subject="user", subject_id=user_id, before=old, after=new)


def disable(actor: Actor, user_id: int) -> None:
    """Shut an account; its browsers are signed out at once. The last admin stays."""
    actor.require(Permission.MANAGE_USERS)
    with identity.changing() as tx:
        row = _lock(tx, user_id)
        _keep_an_admin(tx, row)
        queries.change_user(tx, user_id, active=False)
        queries.revoke_sessions(tx, user_id, datetime.now(UTC))
        events.record(
            tx,
            actor,
            "user_disabled",
            subject="user",
            subject_id=user_id,
            before={"active": True},
            after={"active": False},
        )


def enable(actor: Actor, user_id: int) -> None:
    """Open an account again; its person signs in anew."""
    actor.require(Permission.MANAGE_USERS)
    with identity.changing() as tx:
        _lock(tx, user_id)
        queries.change_user(tx, user_id, active=True)
        events.record(
            tx,
            actor,
            "user_enabled",
            subject="user",
            subject_id=user_id,
            before={"active": False},
            after={"active": True},
        )


def reset_link(actor: Actor, user_id: int) -> str:
    """The secret of a one-time link, valid a day, that sets a new password; older links of the account end."""
    actor.require(Permission.MANAGE_USERS)
    link = passwords.new_secret()
    with transaction() as tx:
        row = _lock(tx, user_id)
        if not row.active:
            raise Refused(f"{row.email} is disabled: enable the account first.")
        queries.add_reset(tx, passwords.hash_secret(link), user_id, datetime.now(UTC) + RESET_LIFETIME)
        events.record(tx, actor, "reset_link_made", subject="user", subject_id=user_id)
    return link


def me(actor: Actor) -> tuple[Account, Preferences, frozenset[Permission]]:
    """One's own account and preferences, and what one may do."""
    with reading() as tx:
        row = queries.user(tx, actor.user_id or 0)
    if row is None:
        raise NotFound("Programs have no account.")
    known = {key: value for key, value in (row.preferences or {}).items() if key in Preferences.__slots__}
    may = frozenset(each for each in Permission if actor.may(each))
    return _account(row, sorted(actor.granted)), Preferences(**known), may


def set_preferences(actor: Actor, **choices: bool) -> Preferences:
    """Change some of one's own preferences and return all of them."""
    unknown = choices.keys() - set(Preferences.__slots__)
    if unknown or not all(isinstance(value, bool) for value in choices.values()):
        raise Malformed("A preference is one of shortcuts, rail_open, checklist, and is on or off.")
    with transaction() as tx:
        row = queries.user(tx, actor.user_id or 0)
        if row is None:
            raise NotFound("Programs have no preferences.")
        queries.change_user(tx, row.id, preferences=(row.preferences or {}) | choices)
    return me(actor)[1]


def read_role(text: str) -> Role:
    """A role by its name. Raises Malformed with the list."""
    try:
        return Role(text.strip().lower())
    except ValueError:
        raise Malformed(f"“{text}” is not a role; choose one of {', '.join(Role)}.") from None


def _permission(text: str) -> Permission:
    try:
        return Permission(text)
    except ValueError:
        raise Malformed(f"“{text}” is not a permission.") from None


def _lock(tx: Connection, user_id: int) -> Row[Any]:
    queries.lock_accounts(tx)
    row = queries.user(tx, user_id)
    if row is None:
        raise NotFound("There is no such account.")
    return row


def _keep_an_admin(tx: Connection, row: Row[Any]) -> None:
    if row.role == Role.ADMIN and row.active and queries.active_admins(tx) == 1:
        raise Refused(f"{row.email} is the only admin: make somebody else one first.", code="last_admin")


def _account(row: Row[Any], granted: list[str] | list[Permission]) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        active=row.active,
        demo=row.demo,
        location_id=row.location_id,
        granted=tuple(Permission(each) for each in granted),
        created_at=row.created_at,
        seen_at=getattr(row, "seen_at", None),
    )
