"""One's own account: password and signed-in browsers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.accounts import device
from oms_app.domain.errors import OmsError
from oms_app.services import sign_in
from oms_app.state.session import SessionState, notice


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A signed-in browser, written out."""

    id: int
    device: str
    text: str
    current: bool


class AccountState(SessionState, rx.State):
    """Nothing here names a password or a cookie."""

    sessions: list[SessionRow] = []
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """List the browsers of this account."""
        here, now = await self.signed_in(), datetime.now(UTC)
        found = await self.call(sign_in.open_sessions, here.session_id)
        self.sessions = [
            SessionRow(
                each.id,
                device(each.agent),
                f"{each.address} · last used {moments.until(each.seen_at, now)}",
                each.current,
            )
            for each in found
        ]
        self.problem, self.ready = "", True

    @rx.event(temporal=True)
    async def revoke(self, session_id: int):
        """Sign one browser out."""
        await self.call(sign_in.revoke_session, int(session_id))
        return [AccountState.load, notice("That browser is signed out.")]

    @rx.event(temporal=True)
    async def revoke_others(self):
        """Sign every other browser out."""
        here = await self.signed_in()
        closed = await self.call(sign_in.revoke_other_sessions, here.session_id)
        return [AccountState.load, notice(f"{closed} other browsers are signed out.")]

    @rx.event(temporal=True)
    async def change_password(self, form: dict[str, Any]):
        """Change one's own password."""
        here = await self.signed_in()
        current, new, again = (str(form.get(name) or "") for name in ("current", "new", "again"))
        if new != again:
            self.problem = "The two new passwords differ."
            return None
        try:
            await self.call(sign_in.change_password, here.session_id, current, new)
        except OmsError as error:
            self.problem = error.message
            return None
        return [AccountState.load, notice("Your password is changed. Other browsers are signed out.")]
