"""What the frame round every page shows: who is signed in, what they may do, and their preferences."""

import reflex as rx

from oms_app.domain.accounts import initials
from oms_app.domain.permissions import Permission
from oms_app.services import users
from oms_app.state.session import SessionState, notice


class ShellState(SessionState, rx.State):
    """For showing only: whatever is done here is checked again by the service that does it."""

    name: str = ""
    email: str = ""
    initials: str = ""
    role: str = ""
    may: list[str] = []
    shortcuts: bool = True
    denied: bool = False

    @rx.event
    async def arrive(self, needs: str):
        """Fill the frame, and say so when this page needs a permission that the reader lacks."""
        account, preferences, may = await self.call(users.me)
        self.name, self.email, self.role = account.name, account.email, str(account.role)
        self.initials = initials(account.name)
        self.may = [str(each) for each in Permission if each in may]
        self.shortcuts = preferences.shortcuts
        self.denied = bool(needs) and needs not in self.may

    @rx.event(temporal=True)
    async def set_shortcuts(self, on: bool):
        """Switch single-key shortcuts on or off for this person."""
        preferences = await self.call(users.set_preferences, shortcuts=on)
        self.shortcuts = preferences.shortcuts
        return notice("Keyboard shortcuts are on." if self.shortcuts else "Keyboard shortcuts are off.")
