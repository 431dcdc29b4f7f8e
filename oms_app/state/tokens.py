"""Bearer tokens of programs, for an admin."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.accounts import Token
from oms_app.domain.errors import OmsError
from oms_app.services import tokens
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, fill, notice, typed


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token, written out and without its secret."""

    id: int
    name: str
    role: str
    made: str
    used: str
    revoked: str


class TokensState(SessionState, rx.State):
    """The list and its one dialog. A new secret goes straight into a field of the browser and into no state."""

    rows: list[TokenRow] = []
    dialog: str = ""
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """List the tokens."""
        self.rows = [_row(token) for token in await self.call(tokens.every)]
        self.ready = True

    @rx.event
    async def open_dialog(self):
        """Open the form for a new token."""
        self.dialog, self.problem = "new", ""

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form, or the secret."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def create(self, form: dict[str, Any]):
        """Make a token and show its secret once."""
        try:
            secret = await self.call(tokens.create, role=typed(form, "role"), name=typed(form, "name"))
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = "made"
        return [fill("made-token", secret), TokensState.load]

    @rx.event(temporal=True)
    async def revoke(self, token_id: int):
        """End a token at once."""
        await self.call(tokens.revoke, int(token_id))
        return [TokensState.load, notice("The token is revoked.")]


def _row(token: Token) -> TokenRow:
    zone = ZoneInfo(get_settings().timezone)
    return TokenRow(
        id=token.id,
        name=token.name,
        role=token.role,
        made=f"{moments.show(token.created_at, zone)} by {token.created_by}",
        used=moments.show(token.used_at, zone) if token.used_at else "never",
        revoked=moments.show(token.revoked_at, zone) if token.revoked_at else "",
    )
