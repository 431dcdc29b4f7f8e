"""Who acts in a browser, asked of the cookie at every call, and how a refusal reaches the screen.

A state is `class Orders(SessionState, rx.State)`. Its handlers are open to any browser that reaches the socket, so they
hold no rule and no identity: `await self.call(service, …)` runs a service as whoever the cookie of this websocket
belongs to right now.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import reflex as rx
import structlog
from reflex.event import EventSpec
from starlette.requests import cookie_parser

from oms_app.domain.accounts import COOKIE
from oms_app.domain.errors import Conflict, OmsError, Unauthenticated
from oms_app.domain.permissions import Actor
from oms_app.services import identity
from oms_app.services.deadlocks import untangled
from oms_app.services.identity import SignedIn

TO_SIGN_IN = "location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search + location.hash))"

BROKE = "document.documentElement.dataset.broke = ''"
"""Marks the page, so that one whose first answer never came shows a way on instead of waiting (components/shell.py)."""

P = ParamSpec("P")
T = TypeVar("T")
_log = structlog.get_logger(__name__)


class SessionState:
    """Mixed into every state of ours. A plain class: its methods are no event handlers, so no browser can call them."""

    router: Any

    async def signed_in(self) -> SignedIn:
        """Who sits at this browser; raises Unauthenticated."""
        return await asyncio.to_thread(identity.person, cookie(self.router))

    async def actor(self) -> Actor:
        """Who acts; raises Unauthenticated."""
        return (await self.signed_in()).actor

    async def call(self, service: Callable[Concatenate[Actor, P], T], *args: P.args, **options: P.kwargs) -> T:
        """Run `service(actor, …)` in a thread and return its answer.

        What it raises (Refused, Conflict, Forbidden, Unauthenticated …) may pass through a handler: `explain` shows it.
        """
        key = cookie(self.router)

        def work() -> T:
            return service(identity.person(key).actor, *args, **options)

        return await asyncio.to_thread(untangled, work)


def cookie(router: Any) -> str:
    """The session cookie of the websocket an event came through; no client can set it from a script."""
    return cookie_parser(router.headers.cookie).get(COOKIE, "")


def explain(exception: Exception) -> list[EventSpec]:
    """What a browser is shown when a handler raised: a sentence, or the sign-in page. Reflex calls it."""
    if isinstance(exception, Unauthenticated):
        return [rx.call_script(TO_SIGN_IN)]
    if isinstance(exception, OmsError):
        return [refusal(exception), rx.call_script(BROKE)]
    _log.error("handler_failed", exc_info=exception)
    return [notice("Something went wrong here, and it was logged. Try again.", "error"), rx.call_script(BROKE)]


def refusal(error: OmsError) -> EventSpec:
    """The toast of a refused request."""
    return notice(error.message, "warning" if isinstance(error, Conflict) else "error")


def notice(message: str, kind: str = "success") -> EventSpec:
    """A toast: `kind` is success, info, warning or error. Bad news stays until it is read."""
    lasts = 5_000 if kind in ("success", "info") else 12_000
    return getattr(rx.toast, kind)(message, duration=lasts, close_button=True)


def fill(field_id: str, text: str) -> EventSpec:
    """Write a secret into a field of this browser, once; no state keeps it."""
    return rx.call_script(f"window.omsFill({json.dumps(field_id)}, {json.dumps(text)})")


def save(address: str) -> EventSpec:
    """Have this browser save a file of ours. Going there instead would close the page's socket."""
    link = f"Object.assign(document.createElement('a'), {{href: {json.dumps(address)}, download: ''}}).click()"
    return rx.call_script(link)


def typed(form: dict[str, Any], name: str) -> str:
    """What somebody typed into a field, trimmed; Reflex sends null for a field that is not on the screen."""
    return str(form.get(name) or "").strip()
