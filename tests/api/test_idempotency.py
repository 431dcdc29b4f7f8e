"""The same POST twice over the API."""

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from oms_app.api.routes import ENDPOINTS
from oms_app.db.engine import transaction
from oms_app.db.queries import idempotency as rows
from oms_app.services import idempotency, stock
from tests import make
from tests.api.client import NEW_ORDER, Client, assert_error
from tests.api.conftest import As
from tests.api.test_permissions import BODIES, path_of
from tests.servers import ROOT

KEY = {"idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def test_the_same_order_twice_is_one_order(api: Client) -> None:
    make.product("KUR-1", on_hand=5)
    first = api.post("/orders", NEW_ORDER, headers=KEY)
    again = api.post("/orders", NEW_ORDER, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    assert (first.headers["idempotency-replayed"], again.headers["idempotency-replayed"]) == ("false", "true")
    assert len(api.get("/orders").json()["items"]) == 1
    assert stock.get(make.ADMIN, "KUR-1").reserved == 2


def test_the_same_fields_in_another_order_are_the_same_request(api: Client) -> None:
    first = api.post("/orders", NEW_ORDER, headers=KEY)
    again = api.post("/orders", dict(reversed(NEW_ORDER.items())), headers=KEY)
    assert first.json() == again.json()


def test_another_body_with_the_same_key_is_refused(api: Client) -> None:
    api.post("/orders", NEW_ORDER, headers=KEY)
    answer = api.post("/orders", NEW_ORDER | {"note": "and a card"}, headers=KEY)
    assert_error(answer, 422, "idempotency_key_reused")
    assert len(api.get("/orders").json()["items"]) == 1


def test_the_same_key_at_another_address_is_refused(api: Client) -> None:
    one, other = make.order(), make.order()
    api.post(f"/orders/{one.number}/notes", {"body": "x"}, headers=KEY)
    assert_error(api.post(f"/orders/{other.number}/notes", {"body": "x"}, headers=KEY), 422, "idempotency_key_reused")


def test_a_refusal_is_given_again_too(api: Client) -> None:
    order = make.order()
    move = {"to": "processing", "version": 99}
    first = api.post(f"/orders/{order.number}/moves", move, headers=KEY)
    again = api.post(f"/orders/{order.number}/moves", move, headers=KEY)
    assert_error(first, 409, "stale_version")
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"


def test_a_body_that_cannot_be_read_does_not_use_the_key_up(api: Client) -> None:
    assert_error(api.post("/orders", NEW_ORDER | {"lines": []}, headers=KEY), 400, "malformed")
    assert api.post("/orders", NEW_ORDER, headers=KEY).status_code == 201


def test_two_programs_may_choose_the_same_key(api: Client, as_role: As) -> None:
    first = api.post("/orders", NEW_ORDER, headers=KEY).json()
    other = as_role("manager").post("/orders", NEW_ORDER, headers=KEY).json()
    assert first["number"] != other["number"]


def test_of_eight_at_once_one_acts_and_the_others_hear_it_or_wait(api: Client) -> None:
    def place(_: int) -> tuple[int, str]:
        answer = api.post("/orders", NEW_ORDER, headers=KEY)
        return answer.status_code, answer.json().get("number") or answer.json()["error"]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(place, range(8)))
    numbers = {said for status, said in answers if status == 201}
    assert len(numbers) == 1
    assert answers - {(201, numbers.copy().pop())} <= {(409, "still_running")}
    assert len(api.get("/orders").json()["items"]) == 1


@pytest.mark.parametrize("endpoint", [each for each in ENDPOINTS if each.method == "POST"], ids=lambda each: each.name)
def test_every_post_takes_a_key(api: Client, endpoint) -> None:
    make.product("KUR-1", on_hand=9)
    order = make.order(make.line("KUR-1"))
    body = BODIES[endpoint.name] if endpoint.body else None
    first, again = (api.post(path_of(endpoint, order.number), body, headers=KEY) for _ in range(2))
    assert first.status_code in (endpoint.status, 404, 409, 422), first.text  # what the address names may not be there
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "é"])
def test_a_key_that_cannot_be_kept_is_malformed(api: Client, key: str) -> None:
    headers = {"idempotency-key": key.encode("latin-1")}
    assert_error(api.post("/orders", NEW_ORDER, headers=headers), 400, "malformed")


def test_a_key_is_free_again_after_a_day(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = api.post("/orders", NEW_ORDER, headers=KEY).json()
    with transaction() as tx:
        rows.forget(tx, datetime.now(UTC) - timedelta(hours=23))
    assert api.post("/orders", NEW_ORDER, headers=KEY).json() == first
    monkeypatch.setattr(idempotency, "KEPT_FOR", timedelta(0))
    monkeypatch.setattr(idempotency, "_cleared", float("-inf"))
    assert api.post("/orders", NEW_ORDER, headers=KEY).json()["number"] != first["number"]


def test_a_process_killed_half_way_leaves_neither_an_order_nor_a_used_key(api: Client) -> None:
    make.product("KUR-1", on_hand=5)
    token = make.token()
    program = textwrap.dedent(f"""
        import os, signal, sys
        from oms_app.services import idempotency, placement
        from tests import make
        def act():
            placement.place(make.ADMIN, make.draft(make.line("KUR-1", 2)))
            print("half way", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        idempotency.once({token.id}, "{KEY["idempotency-key"]}", "hash", act)
    """)
    died = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (died.stdout, died.returncode) == ("half way\n", -signal.SIGKILL), died.stderr
    assert api.get("/orders").json()["items"] == []
    assert stock.get(make.ADMIN, "KUR-1").reserved == 0
    client = Client(api.portal, api.app, token.headers)
    assert client.post("/orders", NEW_ORDER, headers=KEY).status_code == 201
