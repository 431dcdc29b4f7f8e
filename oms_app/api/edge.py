"""The edge of the server: one ASGI wrapper round pages, websocket, API and files.

It refuses requests that another site's page makes in a signed-in browser, and gives every answer its security and
cache headers.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oms_app.settings import PAGES, get_settings

READING = {"GET", "HEAD", "OPTIONS"}
SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}


class Edge:
    """Compare Origin with Host, then let `app` answer and add the headers it did not set itself."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self._policy = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or websocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (scheme := _first(headers, "x-forwarded-proto")) in {"http", "https"}:
            scope["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(scope, MutableHeaders(scope=message))
            await send(message)

        foreign = scope.get("method") not in READING and _is_foreign(headers)
        await (_refuse if foreign else self.app)(scope, receive, send_with_headers)

    def _complete(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        is_data = scope["path"].startswith("/assets/") or headers.get("content-type") == "application/json"
        # Not told by text/html: a 304 has no content type, and its headers replace those the browser kept.
        headers.setdefault("content-security-policy", "frame-ancestors 'none'" if is_data else self.policy())
        headers.setdefault("cache-control", _cache_control(scope["path"], headers))

    def policy(self) -> str:
        """The content security policy of pages.

        Scripts come from this server; the few that Reflex writes into the pages are named by their digests.
        'unsafe-eval' is what `rx.call_script` is made of, 'unsafe-inline' for styles what Emotion is made of.
        """
        if not self._policy:
            digests = " ".join(sorted({f"'sha256-{_digest(script)}'" for script in _inline_scripts(PAGES)}))
            self._policy = "; ".join(
                [
                    "default-src 'self'",
                    f"script-src 'self' 'unsafe-eval' {digests}".rstrip(),
                    "style-src 'self' 'unsafe-inline'",
                    "img-src 'self' data: blob:",
                    "font-src 'self' data:",
                    "worker-src 'self' blob:",
                    "object-src 'none'",
                    "base-uri 'self'",
                    "form-action 'self'",
                    "frame-ancestors 'none'",
                ]
            )
        return self._policy


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the browser sees 403
        return
    message = "This request comes from another site's page. Open the shop's own address and try again."
    refusal = JSONResponse({"error": "foreign_origin", "message": message, "details": {}}, status_code=403)
    await refusal(scope, receive, send)


def _is_foreign(headers: Headers) -> bool:
    """Whether a browser says that another site's page made this request.

    A page cannot set Host, nor X-Forwarded-Host on a request it may send here, so a proxy's word is taken for both.
    Programs send no Origin.
    """
    origin = headers.get("origin")
    if origin is None:
        return False
    sender = urlsplit(origin.lower())
    port = {"http": ":80", "https": ":443"}.get(sender.scheme, "")
    own = [headers.get("host", ""), _first(headers, "x-forwarded-host"), urlsplit(get_settings().public_url).netloc]
    return sender.netloc.removesuffix(port) not in {host.lower().removesuffix(port) for host in own if host}


def _first(headers: Headers, name: str) -> str:
    """What the outermost of several proxies said."""
    return headers.get(name, "").split(",")[0].strip()


def _cache_control(path: str, headers: MutableHeaders) -> str:
    if path.startswith("/assets/"):  # their names change with their content
        return "public, max-age=31536000, immutable"
    return "no-cache" if "etag" in headers else "no-store"


def _inline_scripts(pages: Path) -> Iterator[str]:
    for page in pages.rglob("*.html"):
        yield from re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", page.read_text(), re.DOTALL)


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
