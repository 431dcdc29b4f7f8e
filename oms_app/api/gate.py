"""The way in for machines: an ASGI app that answers API, health and measurements, and leaves the rest to the pages."""

import time
from collections.abc import Callable
from functools import partial
from secrets import token_hex

import anyio
import structlog
from anyio import CapacityLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from oms_app.api import telemetry
from oms_app.api.respond import MAX_BODY, ROOT, Request, Responder, Response

THREADS = 16
"""Requests that are answered at the same time in one process; more wait their turn."""

_ID_LENGTH = 64

_log = structlog.get_logger("oms_app.api")
Plain = Callable[[Request, str], Response]


class Gate:
    """Sends machines' requests to worker threads and everything else to `pages`.

    plain  answers that need no endpoint, by exact path; each gets the request and the caller's network address
    """

    def __init__(self, responder: Responder, plain: dict[str, Plain], pages: ASGIApp | None = None):
        self.responder = responder
        self.plain = plain
        self.pages = pages
        self._limiter: CapacityLimiter | None = None

    def before(self, pages: ASGIApp) -> "Gate":
        """This gate with an app behind it, as Reflex's `api_transformer` asks for."""
        return Gate(self.responder, self.plain, pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        ours = scope["type"] == "http" and (path in self.plain or path == "/api" or path.startswith("/api/"))
        if ours:
            await self._answer(scope, receive, send)
        elif self.pages is not None:
            await self.pages(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        self._limiter = self._limiter or CapacityLimiter(THREADS)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request = Request(
            id=_request_id(headers.get("x-request-id", "")),
            method=scope["method"],
            path=_raw_path(scope),
            query=scope["query_string"],
            headers=headers,
            body=await _body(receive, headers.get("content-length", "")),
        )
        plain = self.plain.get(scope["path"])
        client = (scope.get("client") or ("", 0))[0]
        answer = partial(plain, request, client) if plain else partial(self.responder, request)
        response = await anyio.to_thread.run_sync(answer, limiter=self._limiter)
        await _send(send, request, response)
        seconds = time.perf_counter() - started
        telemetry.observe(response.route, request.method, response.status, seconds)
        if not plain:
            _log.info(
                "request",
                request_id=request.id,
                method=request.method,
                route=response.route,
                path=scope["path"],
                status=response.status,
                ms=round(seconds * 1000, 1),
                token=response.caller,
            )


def _request_id(given: str) -> str:
    fits = 0 < len(given) <= _ID_LENGTH and given.isascii() and given.replace("-", "").replace("_", "").isalnum()
    return given if fits else token_hex(8)


def _raw_path(scope: Scope) -> bytes:
    raw = scope.get("raw_path")
    return bytes(raw).partition(b"?")[0] if raw else scope["path"].encode()


async def _body(receive: Receive, length: str) -> bytes | None:
    """The whole body, or None as soon as it is known to be too large."""
    if length.isdecimal() and int(length) > MAX_BODY:
        return None
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > MAX_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, request: Request, response: Response) -> None:
    body = response.body.encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "x-request-id": request.id,
        **response.headers,
    }
    if request.body is None:
        headers["connection"] = "close"  # the rest of the body is not read
    encoded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


assert ROOT.startswith("/api/")  # noqa: S101 - the gate knows only that much
