"""The same shop over several processes: PostgreSQL, Redis and two web processes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.lifecycle import Stage
from oms_app.services import users
from tests import make, servers
from tests.browser import people
from tests.conftest import use_settings


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
def test_each_web_process_keeps_to_a_core_of_its_own(wide_shop: servers.Shop) -> None:
    kept = [os.sched_getaffinity(pid) for pid in wide_shop.web_processes()]
    assert [len(cores) for cores in kept] == [1, 1]
    assert len(set.union(*kept)) == min(2, len(os.sched_getaffinity(0)))


@pytest.mark.postgres
def test_pages_work_over_two_processes(page: Page, wide_shop: servers.Shop) -> None:
    for _ in range(4):
        with page.expect_websocket():
            page.goto(wide_shop.url)
        expect(page.get_by_label("E-mail")).to_be_visible()


@pytest.mark.postgres
def test_a_move_in_one_process_shows_on_the_boards_of_the_others(
    browser: Browser, wide_shop: servers.Shop, console_errors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three processes: two that serve boards, and this one."""
    ours = ("OMS_DATABASE_URL", "OMS_REDIS_URL", "OMS_DATA_DIR")
    use_settings(monkeypatch, **{name: wide_shop.environment[name] for name in ours})
    users.add(make.ADMIN, "wide@shop.example", name="Wide", role="manager", password=people.PASSWORD)
    make.trust()
    order = make.order(make.line(make.product(on_hand=5)))
    boards = [people.sit_down(browser, wide_shop, console_errors, who="wide", path="/board") for _ in range(4)]
    for board in boards:
        expect(board.locator(f"[data-stage=placed] [data-order='{order.number}']")).to_be_visible()
    make.move(order, Stage.PROCESSING)
    for board in boards:
        expect(board.locator(f"[data-stage=processing] [data-order='{order.number}']")).to_be_visible()
    boards[0].locator(f"[data-order='{order.number}']").focus()
    boards[0].keyboard.press(">")
    for board in boards:
        expect(board.locator(f"[data-stage=ready] [data-order='{order.number}']")).to_have_attribute(
            "data-version", "3"
        )
        board.context.close()
    use_settings(monkeypatch)
    assert console_errors == []


@pytest.mark.postgres
def test_the_doctor_finds_nothing_wrong(wide_shop: servers.Shop) -> None:
    done = wide_shop.oms("doctor")
    assert done.returncode == 0, done.stdout
    assert "a shop is open" in done.stdout


@pytest.mark.postgres
def test_nothing_is_written_beside_the_log(wide_shop: servers.Shop) -> None:
    """Several machines share nothing but PostgreSQL and Redis."""
    assert [path.name for path in Path(wide_shop.environment["OMS_DATA_DIR"]).iterdir()] == ["shop.log"]
