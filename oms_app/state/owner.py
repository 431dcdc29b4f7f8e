"""A tab's state belongs to the session that filled it, and a socket lives no longer than the session it came with.

Reflex finds a state by a token in the tab's storage. Whoever presents that token with another cookie (after signing
out and in as somebody else, or with a stolen token) must not see what the state still holds. And a screen that only
listens never asks who it is: when somebody's rights end or change, their sockets are told to load anew and are cut.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex.middleware import Middleware

from oms_app.domain.errors import Unauthenticated
from oms_app.domain.orders import EventView
from oms_app.services import identity
from oms_app.services.passwords import hash_secret
from oms_app.settings import get_settings
from oms_app.state import live
from oms_app.state.session import cookie

REMEMBERED = 50_000
RIGHTS = {
    "signed_out",
    "session_revoked",
    "sessions_revoked",
    "password_changed",
    "user_changed",
    "user_disabled",
}
"""Events after which somebody's open screens may show more than they should."""

_sockets: OrderedDict[str, tuple[int, str]] = OrderedDict()
"""(user, cookie) of each socket of this process; 0 for nobody."""


class OwnerState(rx.State):
    """Whose session filled the states of this tab; never sent to the browser."""

    _owner: str = ""


class Owner(Middleware):
    """Empties every state of a tab before the first event of a socket that comes with another cookie."""

    async def preprocess(self, app: Any, state: Any, event: Any) -> None:
        """Look once per socket: its cookie cannot change."""
        socket, key = state.router.session.session_id, cookie(state.router)
        if socket in _sockets:
            return
        kept = await state.get_state(OwnerState)
        owner = hash_secret(key)
        if may_be_anothers(kept._owner, owner):
            for each in rx.State.get_substates():  # Redis hands over only the states that this event needs
                await state.get_state(each)
            state._get_root_state().reset()
        if kept._owner != owner:
            kept._owner = owner
        _sockets[socket] = (await asyncio.to_thread(_user_of, key), key)
        if len(_sockets) > REMEMBERED:
            _sockets.popitem(last=False)


def may_be_anothers(kept: str, owner: str) -> bool:
    """Whether a tab's states may hold what another session filled in.

    In memory a tab's states come and go together: without an owner they are new, and stay small where nothing is
    written into them. In Redis each runs out by itself, and the one that names the owner may have gone first.
    """
    return kept != owner and (bool(kept) or bool(get_settings().redis_url))


@live.reader
async def cut_off(events: Sequence[EventView]) -> None:
    """Reload the screens of whose rights changed, and cut the sockets of sessions that are over."""
    changed = {event.subject_id for event in events if event.subject == "user" and event.kind in RIGHTS}
    if not changed:
        return
    identity.forget()  # another process may have made the change
    reload = any(event.kind == "user_changed" for event in events)
    for socket, (user_id, key) in list(_sockets.items()):
        if user_id not in changed or live.is_empty(socket):
            continue
        if await asyncio.to_thread(_user_of, key) == 0:
            await live.reload(socket, cut=True)
            _sockets.pop(socket, None)
        elif reload:
            await live.reload(socket)


def _user_of(key: str) -> int:
    try:
        return identity.person(key).user_id
    except Unauthenticated:
        return 0
