"""Accounts of people, for an admin."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.accounts import Account
from oms_app.domain.errors import OmsError
from oms_app.domain.permissions import Permission
from oms_app.services import users
from oms_app.state.session import SessionState, fill, notice, typed


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account, written out."""

    id: int = 0
    email: str = ""
    name: str = ""
    role: str = ""
    active: bool = True
    demo: bool = False
    seen: str = ""
    granted: str = ""
    extra: list[str] = ()  # type: ignore[assignment]


class UsersState(SessionState, rx.State):
    """The list and its one dialog. A link goes straight into a field of the browser and into no state."""

    rows: list[UserRow] = []
    chosen: UserRow = UserRow()
    dialog: str = ""
    problem: str = ""
    made_for: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """List the accounts."""
        now = datetime.now(UTC)
        self.rows = [_row(account, now) for account in await self.call(users.every)]
        self.ready = True

    @rx.event
    async def open_dialog(self, name: str, user_id: int):
        """Open the form to add somebody, or to change them."""
        self.chosen = next((row for row in self.rows if row.id == user_id), UserRow(role="warehouse"))
        self.dialog, self.problem = str(name), ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def add(self, form: dict[str, Any]):
        """Make an account; its link to choose a password follows."""
        email, name, role = (typed(form, each) for each in ("email", "name", "role"))
        try:
            account = await self.call(users.add, email, role=role, name=name)
        except OmsError as error:
            self.problem = error.message
            return None
        return [UsersState.load, UsersState.make_link(account.id)]

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Change name, role and exceptions of somebody."""
        granted = tuple(str(each) for each in Permission if form.get(f"grant_{each}"))
        name, role = typed(form, "name"), typed(form, "role")
        try:
            await self.call(users.change, self.chosen.id, name=name, role=role, granted=granted)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return [UsersState.load, notice(f"{self.chosen.email} is changed.")]

    @rx.event(temporal=True)
    async def set_active(self, user_id: int, active: bool):
        """Shut an account or open it again."""
        await self.call(users.enable if active else users.disable, int(user_id))
        return [UsersState.load, notice("The account is open again." if active else "The account is shut.")]

    @rx.event(temporal=True)
    async def make_link(self, user_id: int):
        """Make a one-time link with which somebody chooses a password."""
        link = await self.call(users.reset_link, int(user_id))
        self.made_for = next((row.email for row in self.rows if row.id == user_id), "the new account")
        self.dialog = "link"
        return fill("made-link", f"{self.router.url.origin}/reset/{link}")


def _row(account: Account, now: datetime) -> UserRow:
    return UserRow(
        id=account.id,
        email=account.email,
        name=account.name,
        role=account.role,
        active=account.active,
        demo=account.demo,
        seen=moments.until(account.seen_at, now) if account.seen_at else "never",
        granted=", ".join(each.replace("_", " ") for each in account.granted),
        extra=[str(each) for each in account.granted],
    )
