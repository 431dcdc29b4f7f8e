"""The same shop over several processes: PostgreSQL, Redis and two web processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import servers


@pytest.fixture(scope="module")
def wide_shop(
    postgresql: servers.Postgresql, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[servers.Shop]:
    settings = {
        "OMS_DATABASE_URL": postgresql.url(postgresql.create()),
        "OMS_REDIS_URL": redis_url,
        "OMS_SECRET_KEY": "only-for-tests",
    }
    with servers.shop(tmp_path_factory.mktemp("wide"), "--web", "2", **settings) as running:
        yield running


@pytest.mark.postgres
def test_pages_work_over_two_processes(page: Page, wide_shop: servers.Shop) -> None:
    for _ in range(4):
        with page.expect_websocket():
            page.goto(wide_shop.url)
        expect(page.get_by_label("Email")).to_be_visible()


@pytest.mark.postgres
def test_the_doctor_finds_nothing_wrong(wide_shop: servers.Shop) -> None:
    done = wide_shop.oms("doctor")
    assert done.returncode == 0, done.stdout
    assert "a shop is open" in done.stdout


@pytest.mark.postgres
def test_nothing_is_written_beside_the_log(wide_shop: servers.Shop) -> None:
    """Several machines share nothing but PostgreSQL and Redis."""
    assert [path.name for path in Path(wide_shop.environment["OMS_DATA_DIR"]).iterdir()] == ["shop.log"]
