"""Refusals before a use case runs: who comes first, and one shape for all."""

import json

import pytest
from anyio.from_thread import BlockingPortal

from oms_app.api import caller
from oms_app.api.caller import Rate
from oms_app.api.errors import TooManyRequests
from oms_app.api.gate import Gate
from oms_app.api.respond import MAX_BODY, Responder
from oms_app.api.routes import ENDPOINTS
from oms_app.services import identity, tokens
from tests import make
from tests.api.client import NEW_ORDER, Client, assert_error
from tests.api.conftest import As


@pytest.fixture
def database(sqlite: str) -> str:
    """One database is enough for what no statement decides."""
    return sqlite


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/orders", {}),
        ("GET", "/nowhere", {}),
        ("GET", "//api/v2/orders", {}),
        ("GET", "//api", {}),
        ("PUT", "/orders", {}),
        ("POST", "/orders", {"content": b"{"}),
        ("POST", "/orders", {"content": b"x" * (MAX_BODY + 1)}),
        ("POST", "/orders", {"content": b"<order/>", "headers": {"content-type": "text/xml"}}),
        ("GET", "/orders?limit=9999", {}),
    ],
)
def test_without_a_token_nothing_else_is_said(stranger: Client, method: str, path: str, options: dict) -> None:
    for token in ("", "Bearer oms_wrong", "Basic b21zOm9tcw==", "Bearer", "Bearer ‮"):
        headers = options.get("headers", {}) | ({"authorization": token.encode()} if token else {})
        answer = stranger.send(method, path, **options | {"headers": headers})
        assert_error(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_token_is_refused_at_once(api: Client, as_role: As) -> None:
    analyst = as_role("analyst")
    assert analyst.get("/orders").status_code == 200
    [token] = [each for each in tokens.every(make.ADMIN) if each.role == "analyst"]
    tokens.revoke(make.ADMIN, token.id)
    assert_error(analyst.get("/orders"), 401, "unauthenticated")


def test_a_token_revoked_by_another_process_ends_within_a_second(as_role: As, monkeypatch: pytest.MonkeyPatch) -> None:
    analyst = as_role("analyst")
    assert analyst.get("/orders").status_code == 200
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(identity, "forget", lambda: None)  # what the other process does in its own memory only
        [token] = [each for each in tokens.every(make.ADMIN) if each.role == "analyst"]
        tokens.revoke(make.ADMIN, token.id)
    identity._memory.checked -= 1.0  # a second goes by
    assert_error(analyst.get("/orders"), 401, "unauthenticated")


def test_an_unknown_address_is_not_found(api: Client) -> None:
    assert_error(api.get("/nowhere"), 404, "not_found")
    assert_error(api.get("/orders/1/2/3/4"), 404, "not_found")
    assert_error(api.get("//api/v2/orders"), 404, "not_found")


def test_an_unknown_method_says_which_there_are(api: Client) -> None:
    answer = api.send("PUT", "/orders")
    assert_error(answer, 405, "method_not_allowed", allowed=["GET", "POST"])
    assert answer.headers["allow"] == "GET, POST"


def test_head_answers_like_get_without_a_body(api: Client) -> None:
    answer = api.send("HEAD", "/orders")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_a_body_that_is_too_large_is_not_read(api: Client) -> None:
    assert_error(api.send("POST", "/orders", content=b" " * (MAX_BODY + 1)), 413, "body_too_large", limit=MAX_BODY)


def test_a_body_that_is_too_large_is_not_read_either_when_its_length_is_not_said(api: Client) -> None:
    async def parts():
        for _ in range(3):
            yield b" " * (MAX_BODY // 2)

    assert_error(api.send("POST", "/orders", content=parts()), 413, "body_too_large")


def test_a_body_that_is_not_json_is_refused_by_its_type(api: Client) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert_error(api.send("POST", "/orders", content=b"a=b", headers=form), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"channel": "\\ud800"}',
        b'{"channel": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"version": ' + b"9" * 5_000 + b"}",
    ],
)
def test_a_body_that_cannot_be_read_is_malformed(api: Client, body: bytes) -> None:
    json_type = {"content-type": "application/json"}
    assert_error(api.send("POST", "/orders", content=body, headers=json_type), 400, "malformed")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=many",
        "limit=1&limit=2",
        "page=2",
        "sort=colour",
        "cursor=%00",
        "cursor=x",
        "%ff=1",
    ],
)
def test_a_query_that_cannot_be_read_is_malformed(api: Client, query: str) -> None:
    for path in ("/orders", "/products", "/inventory", "/channels", "/locations"):
        assert_error(api.get(f"{path}?{query}"), 400, "malformed")


@pytest.mark.parametrize("number", ["%00", "%ff", "a%00b", "x" * 300, "%F0%9F%98%80", "..%2f..", "%20"])
def test_a_strange_number_in_the_address_does_no_harm(api: Client, number: str) -> None:
    assert api.get(f"/orders/{number}").status_code in (400, 404)
    assert api.get(f"/inventory/{number}/movements").status_code in (400, 404)


def test_a_sku_may_hold_a_slash(api: Client) -> None:
    make.product("85123A/B", on_hand=2)
    assert api.get("/inventory/85123A%2FB").json()["on_hand"] == 2


def test_a_defect_of_ours_is_logged_and_named_by_its_request(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("oms_app.services.catalogue.channels", broken)
    answer = api.get("/channels", headers={"x-request-id": "abc-123"})
    assert_error(answer, 500, "internal_error", request_id="abc-123")
    assert "secret detail" not in answer.text


def test_five_hundred_requests_a_second_are_always_answered() -> None:
    rate = Rate()
    for request in range(5_000):
        rate.spend(1, now=request / caller.PER_SECOND)


def test_faster_than_that_waits(portal: BlockingPortal, shop: str) -> None:
    gate = Gate(Responder(ENDPOINTS, Rate(per_second=1, burst=3)), {})
    client = Client(portal, gate, make.token().headers)
    statuses = [client.get("/channels").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    answer = client.get("/channels")
    assert_error(answer, 429, "too_many_requests", retry_after_s=1)
    assert answer.headers["retry-after"] == "1"
    other = Client(portal, gate, make.token().headers)
    assert other.get("/channels").status_code == 200


def test_a_bucket_fills_again() -> None:
    rate = Rate(per_second=2, burst=2)
    rate.spend(1, now=0.0)
    rate.spend(1, now=0.0)
    with pytest.raises(TooManyRequests):
        rate.spend(1, now=0.1)
    rate.spend(1, now=0.6)


def test_every_answer_carries_its_request_id(api: Client) -> None:
    assert api.get("/channels", headers={"x-request-id": "from-a-proxy_1"}).headers["x-request-id"] == "from-a-proxy_1"
    made = api.get("/channels", headers={"x-request-id": "bad id\t!"}).headers["x-request-id"]
    assert len(made) == 16


def test_answers_are_json_in_utf8(api: Client) -> None:
    order = api.post("/orders", NEW_ORDER | {"note": "₹ और नमस्ते"}).json()
    answer = api.get(f"/orders/{order['number']}")
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content.decode("utf-8"))["notes"][0]["body"] == "₹ और नमस्ते"
