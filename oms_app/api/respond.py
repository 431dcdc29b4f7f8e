"""One request from its bytes to its bytes, on a worker thread: who calls, what is asked, one use case, the answer.

The order of refusals is fixed: 401 before everything, then 429, 404, 405, 403, 413, 415, 400, and then the use case's.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import structlog

from oms_app.api.caller import Rate, caller
from oms_app.api.endpoint import Endpoint
from oms_app.api.errors import BodyTooLarge, Broken, MethodNotAllowed, UnknownPath, body_of, headers_of, status_of
from oms_app.api.reading import read_body, read_path, read_query
from oms_app.domain.errors import Malformed, OmsError
from oms_app.services import idempotency
from oms_app.services.deadlocks import untangled
from oms_app.services.idempotency import Answer
from oms_app.services.identity import Program

ROOT = "/api/v1"
MAX_BODY = 1_048_576
"""Bytes; an order of 1,000 lines takes about 150,000."""

_KEY_LENGTH = 255

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. `body` is None where it is larger than MAX_BODY; header names are lower case."""

    id: str
    method: str
    path: bytes
    query: bytes
    headers: dict[str, str]
    body: bytes | None


@dataclass(slots=True)
class Response:
    """What goes out. `route` is the endpoint's path for the log and the measurements, `caller` the token's id."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    route: str = "unknown"
    caller: int | None = None


class Responder:
    """Answers requests to a set of endpoints."""

    def __init__(self, endpoints: Iterable[Endpoint], rate: Rate | None = None):
        self.endpoints = tuple(endpoints)
        self.rate = rate or Rate()
        self._by_length: dict[int, list[Endpoint]] = {}
        for endpoint in sorted(self.endpoints, key=lambda each: each.segments.count(None)):
            self._by_length.setdefault(len(endpoint.segments), []).append(endpoint)

    def __call__(self, request: Request) -> Response:
        """The answer to one request; never raises."""
        response = Response(500, "")
        try:
            self._fill(response, request)
        except OmsError as error:
            response.status, response.body, response.headers = status_of(error), body_of(error), headers_of(error)
        except Exception:
            _log.exception("request_failed", request_id=request.id, route=response.route)
            broken = Broken(
                f"Something broke on our side. It is in the log as {request.id}.", details={"request_id": request.id}
            )
            response.status, response.body, response.headers = 500, body_of(broken), {}
        return response

    def _fill(self, response: Response, request: Request) -> None:
        program = caller(request.headers.get("authorization", ""))
        response.caller = program.token_id
        self.rate.spend(program.token_id)
        endpoint, given = self._find(request)
        response.route = endpoint.path
        program.actor.require(endpoint.permission)
        if request.body is None:
            raise BodyTooLarge(f"A body has at most {MAX_BODY:,} bytes.", details={"limit": MAX_BODY})
        arguments = _arguments(endpoint, given, request)

        def act() -> Answer:
            return untangled(lambda: _act(endpoint, program, arguments))

        answer = _once(program, request, arguments, act) if endpoint.method == "POST" else act()
        if isinstance(answer, idempotency.Given):
            response.headers["idempotency-replayed"] = "true" if answer.again else "false"
            answer = answer.answer
        response.status, response.body = answer.status, answer.body
        if answer.location:
            response.headers["location"] = answer.location

    def _find(self, request: Request) -> tuple[Endpoint, dict[str, str]]:
        try:
            # Split before decoding: a SKU may hold a slash, sent as %2F.
            parts = [unquote_to_bytes(part).decode() for part in request.path.strip(b"/").split(b"/")]
        except UnicodeDecodeError:
            raise Malformed("The address is not percent-encoded UTF-8.") from None
        method = "GET" if request.method == "HEAD" else request.method
        root, segments = "/" + "/".join(parts[:2]), parts[2:]
        allowed = []
        for endpoint in self._by_length.get(len(segments), ()) if root == ROOT else ():
            given = endpoint.match(segments)
            if given is not None:
                if endpoint.method == method:
                    return endpoint, given
                allowed.append(endpoint.method)
        if allowed:
            raise MethodNotAllowed(
                f"This address answers {' and '.join(allowed)}, not {method}.", details={"allowed": allowed}
            )
        raise UnknownPath("There is no such address. /api/docs lists them all.")


def _arguments(endpoint: Endpoint, given: dict[str, str], request: Request) -> dict[str, Any]:
    arguments = read_path(endpoint.parameters, given)
    query = read_query(endpoint.query, request.query)
    if endpoint.query is not None:
        arguments["query"] = query
    if endpoint.body is not None:
        arguments["body"] = read_body(endpoint.body, request.body or b"", request.headers.get("content-type", ""))
    return arguments


def _act(endpoint: Endpoint, program: Program, arguments: dict[str, Any]) -> Answer:
    result = endpoint.act(actor=program.actor, **arguments)
    location = ""
    if endpoint.location:
        location = ROOT + endpoint.location.format_map({name: quote(str(result[name]), safe="") for name in result})
    return Answer(endpoint.status, location, json.dumps(result, ensure_ascii=False, separators=(",", ":")))


def _once(
    program: Program, request: Request, arguments: dict[str, Any], act: Callable[[], Answer]
) -> Answer | idempotency.Given:
    key = request.headers.get("idempotency-key")
    if key is None:
        return act()
    if not 1 <= len(key) <= _KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise Malformed(f"An Idempotency-Key has 1 to {_KEY_LENGTH} printable ASCII characters.")

    def act_or_refuse() -> Answer:
        try:
            return act()
        except OmsError as error:
            # The use case's own refusal is an answer like another: the second request hears it again.
            return Answer(status_of(error), "", body_of(error))

    body = arguments.get("body")
    asked = [request.method, request.path.decode("latin-1"), body.model_dump_json() if body is not None else ""]
    digest = hashlib.sha256("\n".join(asked).encode()).hexdigest()
    return idempotency.once(program.token_id, key, digest, act_or_refuse)
