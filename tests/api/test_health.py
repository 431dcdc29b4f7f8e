"""Health, measurements and the log."""

import json

import pytest
import structlog
from anyio.from_thread import BlockingPortal

from oms_app.api.routes import app
from oms_app.db.engine import transaction
from oms_app.db.queries import condition as rows
from oms_app.domain.clock import from_ms
from oms_app.services import condition, logs
from tests import make
from tests.api.client import NEW_ORDER, Client, assert_error


@pytest.fixture
def database(sqlite: str) -> str:
    """One database is enough here."""
    return sqlite


def test_a_process_that_answers_is_alive(stranger: Client) -> None:
    answer = stranger.get("//health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_shop_with_a_worker_is_ready(stranger: Client) -> None:
    condition.beat()
    answer = stranger.get("//health/ready")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert (answer.json()["status"], set(checks)) == ("ready", {"database", "migrations", "worker"})
    assert all(check["ok"] for check in checks.values())


def test_a_shop_without_a_worker_says_so(stranger: Client) -> None:
    answer = stranger.get("//health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == {"ok": False, "found": "no worker was ever seen: start oms worker"}
    with transaction() as tx:
        rows.beat(tx, from_ms(0))
    assert stranger.get("//health/ready").json()["checks"]["worker"]["ok"] is False


def test_a_database_behind_the_code_is_not_ready(stranger: Client) -> None:
    with transaction() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '20200101_01'")
    check = stranger.get("//health/ready").json()["checks"]["migrations"]
    assert check["ok"] is False
    assert "oms migrate" in check["found"]


def test_a_database_that_is_away_is_not_ready(stranger: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise ConnectionError("10.0.0.5 refused")

    monkeypatch.setattr("oms_app.db.engine.reading", away)
    answer = stranger.get("//health/ready")
    assert answer.status_code == 503
    assert "10.0.0.5" not in answer.text


def test_measurements_count_requests_by_their_route(api: Client) -> None:
    labels = '{method="GET",route="/orders/{number}",status="404"}'
    before = _measured(api, "oms_http_requests_total" + labels)
    for number in ("1", "2"):
        api.get(f"/orders/{number}")
    assert _measured(api, "oms_http_requests_total" + labels) == before + 2
    assert _measured(api, 'oms_http_request_seconds_count{method="GET",route="/orders/{number}"}') >= 2
    assert _measured(api, "oms_database_connections_used") >= 0


def test_measurements_are_for_this_machine_or_a_token(shop: str, portal: BlockingPortal) -> None:
    here = Client(portal, app, {})
    assert here.get("//metrics").status_code == 200
    assert_error(here.get("//metrics", headers={"x-forwarded-for": "203.0.113.9"}), 401, "unauthenticated")
    there = Client(portal, app, {}, address="203.0.113.9")
    assert_error(there.get("//metrics"), 401, "unauthenticated")
    assert there.get("//metrics", headers=make.token("analyst").headers).status_code == 200


def test_the_log_names_each_request_and_no_secret(api: Client, capsys: pytest.CaptureFixture[str]) -> None:
    token = api.headers["Authorization"].removeprefix("Bearer ")
    previous = structlog.get_config()
    logs.configure()
    try:
        api.post("/orders", NEW_ORDER, headers={"x-request-id": "abc-123"})
        structlog.get_logger("test").warning(
            "tried",
            password="hunter2",
            authorization=f"Bearer {token}",
            text=f"a program sent {token} to postgresql://oms:hunter2@db/oms",
            nested={"api_key": "hunter2", "list": [token]},
        )
    finally:
        structlog.configure(**previous)
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert token not in written
    assert "hunter2" not in written
    [request] = [line for line in lines if line["event"] == "request"]
    assert (request["request_id"], request["route"], request["status"], request["token"]) == (
        "abc-123",
        "/orders",
        201,
        1,
    )


def _measured(client: Client, name: str) -> float:
    lines = client.get("//metrics").text.splitlines()
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name + " ")), 0.0)
