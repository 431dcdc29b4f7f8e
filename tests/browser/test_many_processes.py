"""Several machines, played by several processes: PostgreSQL, Redis, two web servers on two ports, one worker."""

import json
import signal
import statistics
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import make, servers
from tests.conftest import use_settings

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

EMAIL, PASSWORD = "meera@shop.example", "correct horse battery"
NEW_ORDER = {
    "channel": "manual",
    "customer": {"name": "Asha Rao"},
    "shipping_address": {"line1": "12 MG Road", "city": "Pune", "country": "IN"},
    "lines": [{"sku": "KUR-1", "quantity": 1, "price": "499.50"}],
}


@dataclass(frozen=True)
class Cluster:
    """Two web servers and a worker over one database; `token` is an admin's."""

    here: servers.Shop
    there: servers.Shop
    worker: subprocess.Popen[bytes]
    token: str

    def ask(self, shop: servers.Shop, path: str, body: Any = None) -> dict[str, Any]:
        """A request to one of the servers."""
        request = urllib.request.Request(
            f"{shop.url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def cluster(
    postgresql: servers.Postgresql, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    settings = {
        "OMS_DATABASE_URL": postgresql.url(postgresql.create()),
        "OMS_REDIS_URL": redis_url,
        "OMS_SECRET_KEY": "only-for-tests",
    }
    place = tmp_path_factory.mktemp
    with (
        servers.worker(place("worker"), **settings) as worker,  # first, so that it has the lead
        servers.shop(place("here"), **settings) as here,
        servers.shop(place("there"), **settings) as there,
        pytest.MonkeyPatch.context() as patch,
    ):
        assert here.oms("user", "add", EMAIL, "--role", "manager", "--password", PASSWORD).returncode == 0
        token = here.oms("token", "create", "--role", "admin").stdout.split()[-1]
        use_settings(patch, **settings)
        make.product("KUR-1", on_hand=50)
        yield Cluster(here, there, worker, token)
        use_settings(patch)


def test_a_token_is_good_in_both_and_orders_never_share_a_number(cluster: Cluster) -> None:
    shops = [cluster.here, cluster.there] * 30
    with ThreadPoolExecutor(8) as pool:
        orders = list(pool.map(lambda shop: cluster.ask(shop, "/api/v1/orders", NEW_ORDER), shops))
    assert len({order["number"] for order in orders}) == 60
    assert sum(order["shortfall"] for order in orders) == 10
    assert cluster.ask(cluster.there, "/api/v1/inventory/KUR-1")["reserved"] == 50


def test_a_revoked_token_is_refused_by_the_other_within_a_second(cluster: Cluster) -> None:
    secret = cluster.here.oms("token", "create", "--role", "analyst", "--name", "short-lived").stdout.split()[-1]
    short_lived = Cluster(cluster.here, cluster.there, cluster.worker, secret)
    for shop in (cluster.here, cluster.there):
        short_lived.ask(shop, "/api/v1/channels")
    listed = json.loads(cluster.here.oms("token", "list", "--json").stdout)
    [token_id] = [token["id"] for token in listed if token["name"] == "short-lived"]
    assert cluster.here.oms("token", "revoke", str(token_id)).returncode == 0
    time.sleep(1.0)
    for shop in (cluster.here, cluster.there):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            short_lived.ask(shop, "/api/v1/channels")


def test_one_sign_in_is_good_in_both(cluster: Cluster, context: BrowserContext, page: Page) -> None:
    _sign_in(context, cluster.here)
    for shop in (cluster.here, cluster.there):
        page.goto(f"{shop.url}/board")
        expect(page.locator("[data-stage='placed']")).to_be_visible()


def test_a_move_in_one_is_on_the_board_of_the_other_within_half_a_second(
    cluster: Cluster, context: BrowserContext, page: Page
) -> None:
    orders = [cluster.ask(cluster.here, "/api/v1/orders", NEW_ORDER) for _ in range(5)]
    _sign_in(context, cluster.there)
    page.goto(f"{cluster.there.url}/board?q={' OR '.join(order['number'] for order in orders)}")
    took = []
    for order in orders:
        number = order["number"]
        expect(page.locator(f"[data-stage='placed'] [data-order='{number}']")).to_be_visible()
        path = f"/api/v1/orders/{number}/moves"
        started = time.monotonic()
        cluster.ask(cluster.here, path, {"to": "processing", "version": order["version"]})
        page.wait_for_selector(f"[data-stage='processing'] [data-order='{number}']", timeout=5_000)
        took.append(time.monotonic() - started)
    assert statistics.median(took) <= 0.5, took


def test_both_are_ready_and_another_worker_takes_over_from_a_killed_one(cluster: Cluster) -> None:
    _wait_until_ready(cluster.here)
    cluster.worker.send_signal(signal.SIGKILL)
    cluster.worker.wait()
    seen = _last_beat(cluster)
    end = time.monotonic() + 40
    while _last_beat(cluster) < seen + 5:
        assert time.monotonic() < end
        time.sleep(0.5)
    _wait_until_ready(cluster.there)


def _sign_in(context: BrowserContext, shop: servers.Shop) -> None:
    form = {"email": EMAIL, "password": PASSWORD, "next": "/"}
    assert context.request.post(f"{shop.url}/auth/sign-in", form=form).ok


def _wait_until_ready(shop: servers.Shop) -> None:
    end = time.monotonic() + 20
    while (status := shop.get("/health/ready")[0]) != 200:
        assert time.monotonic() < end, status
        time.sleep(0.2)


def _last_beat(cluster: Cluster) -> float:
    """When a worker was last seen, on this process' clock, to the second."""
    found = json.loads(cluster.here.get("/health/ready")[1])["checks"]["worker"]["found"]
    return time.monotonic() - float(found.split()[1])
