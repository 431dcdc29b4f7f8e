"""The edge refuses other sites and gives every answer its headers; docs/running.md says what a proxy must send."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from oms_app.api import edge
from oms_app.settings import get_settings

HERE = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OMS_PUBLIC_URL", "https://shop.example/")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("origin", "headers"),
    [
        (None, {}),
        (HERE, {}),
        ("http://LOCALHOST:8000", {"host": "localhost:8000"}),
        ("https://oms.example", {"host": "oms.example:443"}),
        ("http://192.168.1.7:8000", {"host": "192.168.1.7:8000"}),
        ("https://oms.example", {"x-forwarded-host": "oms.example, inner.example"}),
        ("https://shop.example", {}),
    ],
)
async def test_a_request_of_our_own_page_or_of_a_program_passes(origin: str | None, headers: dict[str, str]) -> None:
    given = headers | ({"origin": origin} if origin else {})
    assert await _status("POST", given) == 200
    assert await _handshake(given) == "accepted"


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "", "http://127.0.0.1:9000", f"{HERE}.example"])
async def test_a_write_or_websocket_of_another_site_is_refused(origin: str) -> None:
    assert await _status("POST", {"origin": origin}) == 403
    assert await _status("DELETE", {"origin": origin}) == 403
    assert await _handshake({"origin": origin}) == "refused"


async def test_reading_is_left_to_the_browser_which_hides_it_from_other_sites() -> None:
    assert await _status("GET", {"origin": "http://elsewhere.example"}) == 200


async def test_a_proxy_says_that_the_browser_came_by_https() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse(Request(scope).url.scheme)(scope, receive, send)

    answers = await _exchange(edge.Edge(app), "GET", {"x-forwarded-proto": "https"})
    assert answers[1]["body"] == b'"https"'


async def test_scripts_of_a_page_run_only_when_they_were_built_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text("<script>one()</script><script src='/a.js'></script>")
    monkeypatch.setattr(edge, "PAGES", tmp_path)
    policy = (await _headers(HTMLResponse("")))["content-security-policy"]
    assert "script-src 'self' 'unsafe-eval' 'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4=';" in policy
    assert "frame-ancestors 'none'" in policy


async def test_an_unchanged_page_keeps_its_policy() -> None:
    page, unchanged = await _headers(HTMLResponse("")), await _headers(Response(status_code=304))
    assert page["content-security-policy"] == unchanged["content-security-policy"]


async def test_an_answer_may_set_its_own_headers() -> None:
    own = {"content-security-policy": "default-src 'none'", "cache-control": "max-age=60"}
    headers = await _headers(HTMLResponse("", headers=own))
    assert {name: headers[name] for name in own} == own
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "etag", "wanted"),
    [
        ("/assets/board-a1b2.js", True, "public, max-age=31536000, immutable"),
        ("/styles.css", True, "no-cache"),
        ("/api/v1/orders", False, "no-store"),
    ],
)
async def test_only_files_whose_name_changes_with_their_content_are_kept(path: str, etag: bool, wanted: str) -> None:
    answer = Response("", headers={"etag": '"1"'} if etag else {})
    assert (await _headers(answer, path=path))["cache-control"] == wanted


async def _status(method: str, headers: dict[str, str]) -> int:
    return int((await _exchange(edge.Edge(JSONResponse({})), method, headers))[0]["status"])


async def _headers(answer: Response, path: str = "/") -> dict[str, str]:
    [start, *_] = await _exchange(edge.Edge(answer), "GET", {}, path)
    return {name.decode(): value.decode() for name, value in start["headers"]}


async def _exchange(app: edge.Edge, method: str, headers: dict[str, str], path: str = "/") -> list[Message]:
    scope = _scope("http", headers) | {"method": method, "path": path, "query_string": b"", "scheme": "http"}
    return await _run(app, scope)


async def _handshake(headers: dict[str, str]) -> str:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    [answer] = await _run(edge.Edge(app), _scope("websocket", headers) | {"scheme": "ws", "path": "/_event"})
    return {"websocket.accept": "accepted", "websocket.close": "refused"}[answer["type"]]


def _scope(kind: str, headers: dict[str, str]) -> Scope:
    given = {"host": "127.0.0.1:8000"} | headers
    return {"type": kind, "headers": [(name.encode(), value.encode()) for name, value in given.items()]}


async def _run(app: edge.Edge, scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent
