"""`oms run` opens the shop, says so, and leaves nothing behind."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests import servers
from tests.timing import within


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[servers.Shop]:
    with servers.shop(tmp_path) as running:
        yield running


def test_a_second_start_is_ready_within_10_seconds(empty_shop: servers.Shop, tmp_path: Path) -> None:
    started = time.monotonic()  # `empty_shop` made sure that the front end is built
    with servers.shop(tmp_path):
        assert time.monotonic() - started < within(10)


def test_it_prints_its_address_and_says_goodbye(shop: servers.Shop) -> None:
    _until(lambda: shop.url in shop.log.read_text())
    shop.process.send_signal(signal.SIGTERM)
    assert shop.process.wait(timeout=within(10)) == 0
    assert shop.log.read_text().endswith("Stopped.\n")


def test_it_stops_at_once_with_a_page_open(shop: servers.Shop) -> None:
    address = shop.url.replace("http", "ws") + "/_event/?token=1&EIO=4&transport=websocket"
    with connect(address, origin=shop.url, subprotocols=["0.10.1"]) as page:  # type: ignore[arg-type, list-item]
        assert str(page.recv()).startswith("0")
        started = time.monotonic()
        shop.process.send_signal(signal.SIGINT)
        assert shop.process.wait(timeout=within(15)) == 0
        assert time.monotonic() - started < within(6)


def test_no_web_process_outlives_a_killed_shop(shop: servers.Shop) -> None:
    shop.process.kill()
    shop.process.wait()
    _until(lambda: _refuses(shop.url))


def test_a_web_process_that_dies_is_started_again(shop: servers.Shop) -> None:
    [worker] = shop.web_processes()
    time.sleep(6)  # a crash right after the start counts as a crash loop
    os.kill(worker, signal.SIGKILL)
    _until(lambda: shop.web_processes() not in ([], [worker]))
    _until(lambda: not _refuses(shop.url))
    assert shop.get("/ping") == (200, b'"pong"')


def test_a_taken_port_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        done = servers.oms("run", OMS_PORT=port, OMS_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Something listens on 127.0.0.1:{port} already")
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    done = servers.oms("run", OMS_PORT="many", OMS_DEMO="maybe", OMS_DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    port, demo = done.stderr.splitlines()
    assert port.startswith("OMS_PORT=many: ")
    assert demo.startswith("OMS_DEMO=maybe: ")


def test_postgresql_wants_a_secret_key(tmp_path: Path) -> None:
    done = servers.oms("migrate", OMS_DATABASE_URL="postgresql://nobody@127.0.0.1/none", OMS_DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert "OMS_SECRET_KEY" in done.stderr


def test_a_database_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    address = f"postgresql://nobody@127.0.0.1:{servers.free_port()}/none"
    done = servers.oms("run", OMS_DATABASE_URL=address, OMS_SECRET_KEY="key", OMS_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "OMS_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_redis_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    address = f"redis://127.0.0.1:{servers.free_port()}/0"
    done = servers.oms("run", OMS_REDIS_URL=address, OMS_DATA_DIR=str(tmp_path), OMS_PORT=str(servers.free_port()))
    assert done.returncode == 1
    assert "OMS_REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_runs_from_any_directory(tmp_path: Path) -> None:
    with servers.shop(tmp_path / "data", cwd=tmp_path, PYTHONPATH=str(servers.ROOT)) as running:
        assert running.get("/ping")[0] == 200


def test_several_web_processes_want_redis(tmp_path: Path) -> None:
    done = servers.oms("run", "--web", "2", OMS_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "OMS_REDIS_URL" in done.stderr


def test_the_secret_key_is_made_once_and_for_us_alone(shop: servers.Shop) -> None:
    file = Path(shop.environment["OMS_DATA_DIR"]) / "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_text()
    shop.oms("migrate")
    assert file.read_text() == before
    assert len(before) >= 43


def _refuses(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) != 0


def _until(condition: object, *, seconds: float = 10) -> None:
    assert callable(condition)
    end = time.monotonic() + within(seconds)
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
