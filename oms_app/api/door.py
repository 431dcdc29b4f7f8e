"""The door: a browser that asks for a page of the shop without being signed in is sent to the sign-in page at once.

The services refuse anyway. This saves such a browser from loading an empty frame before it is told.
"""

from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from oms_app.domain.accounts import COOKIE
from oms_app.domain.errors import Unauthenticated
from oms_app.services import identity, sign_in

OPEN = ("/login", "/welcome", "/reset")


class Door:
    """Let `app` answer, except for pages that are asked for by nobody."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if _is_page(scope) and (elsewhere := await run_in_threadpool(_elsewhere, scope)):
            await RedirectResponse(elsewhere, 303)(scope, receive, send)
            return
        if _is_page(scope) and b"%2f" in scope["raw_path"].lower():
            # A number such as INV/7 is one part of its address: pages are told apart before it is decoded.
            scope = {**scope, "path": scope["raw_path"].decode("latin-1")}
        await self.app(scope, receive, send)


def _is_page(scope: Scope) -> bool:
    """Whether a browser navigates to a page: it says that it wants HTML, and a page's last part has no ending."""
    if scope["type"] != "http" or scope["method"] != "GET" or "." in scope["path"].rpartition("/")[2]:
        return False
    wants_html = Headers(scope=scope).get("accept", "").startswith("text/html")
    return wants_html and not scope["path"].startswith((*OPEN, "/_", "/ping", "/health"))


def _elsewhere(scope: Scope) -> str:
    request = HTTPConnection(scope)
    try:
        identity.person(request.cookies.get(COOKIE, ""))
    except Unauthenticated:
        # As it was sent: a number such as #1001 is written %231001, and must come back so.
        wanted = b"?".join(filter(None, (scope["raw_path"], scope["query_string"]))).decode("latin-1")
        return "/welcome" if sign_in.is_first_run() else f"/login?next={quote(wanted, safe='')}"
    return ""
