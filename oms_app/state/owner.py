"""A tab's state belongs to the session that filled it: another person in the same tab starts from nothing.

Reflex finds the state by a token in the tab's storage. Whoever presents that token with another cookie (after signing
out and in as somebody else, or with a stolen token) must not see what the state still holds.
"""

from collections import OrderedDict
from typing import Any

import reflex as rx
from reflex.middleware import Middleware

from oms_app.services.passwords import hash_secret
from oms_app.state.session import cookie

_REMEMBERED = 50_000


class OwnerState(rx.State):
    """Whose session filled the states of this tab; never sent to the browser."""

    _owner: str = ""


class Owner(Middleware):
    """Empties every state of a tab before the first event of a connection that comes with another cookie."""

    def __init__(self) -> None:
        self._checked: OrderedDict[str, None] = OrderedDict()

    async def preprocess(self, app: Any, state: Any, event: Any) -> None:
        """Look once per websocket: its cookie cannot change."""
        connection = state.router.session.session_id
        if connection in self._checked:
            return
        owner = hash_secret(cookie(state.router))
        kept = await state.get_state(OwnerState)
        if kept._owner != owner:
            for each in rx.State.get_substates():  # Redis hands over only the states that this event needs
                await state.get_state(each)
            state._get_root_state().reset()
            kept._owner = owner
        self._checked[connection] = None
        if len(self._checked) > _REMEMBERED:
            self._checked.popitem(last=False)
