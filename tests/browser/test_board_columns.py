"""The board's columns in Chromium: what stands beside them, their limits, and one that cannot be read."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from oms_app.db.engine import transaction
from oms_app.domain.lifecycle import Stage
from oms_app.services import holds, orders, wip
from tests import make
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.servers import Shop

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that the tests of this file share."""
    with staffed_shop(tmp_path_factory.mktemp("columns")) as running:
        yield running


@pytest.fixture
def board(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Open]:
    """Opens the board as somebody; errors in any console fail the test."""
    tabs = []

    def open_board(who: str = "admin", path: str = "/board", **options: Any) -> Page:
        wide = {"viewport": {"width": 2480, "height": 1000}}
        tabs.append(sit_down(browser, staffed, console_errors, who=who, path=path, **wide | options))
        expect(tabs[-1].locator("[data-order]").first).to_be_visible()
        return tabs[-1]

    yield open_board
    for tab in tabs:
        tab.context.close()
    assert console_errors == []


def test_the_held_side_is_closed_counts_live_and_opens_to_the_orders(board: Open) -> None:
    page = board("service")
    side = page.locator("[data-side=held]")
    expect(side.locator("summary")).to_contain_text(re.compile(r"On hold\s*1"))
    expect(side.locator("[data-aside]")).to_have_count(0)
    side.locator("summary").click()
    expect(side.locator("[data-aside]")).to_have_count(1)
    order = make.order(stage=Stage.PICKING)
    held = holds.place(make.ADMIN, order.number, kind="manual", reason="call first")
    expect(side.locator("summary")).to_contain_text(re.compile(r"On hold\s*2"), timeout=2000)
    row = side.locator(f'[data-aside="{order.number}"]')
    expect(row).to_contain_text("Picking")
    expect(row).to_contain_text("call first")
    holds.release(make.ADMIN, order.number, held.holds[0].id)
    expect(row).to_have_count(0)
    page.locator("[data-side=returns] summary").click()
    expect(page.locator("[data-side=returns]")).to_contain_text("Nothing has come back.")
    expect(side).not_to_have_attribute("open", "")
    side.locator("summary").click()
    side.locator("[data-aside]").first.click()
    page.wait_for_url("**/orders/*")


def test_a_limit_set_in_the_settings_marks_a_full_column_and_refuses_nothing(board: Open, staffed: Shop) -> None:
    for _ in range(2):
        make.order(stage=Stage.PROCESSING)
    page, settings = board("manager"), board()
    head = page.locator(f"[data-stage={Stage.PROCESSING}] .board-head")
    open_page(settings, staffed, "/settings/stages")
    field = settings.get_by_label("Limit of Processing")
    field.fill("two")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("alert").filter(has_text="whole number")).to_be_visible()
    field.fill("2")
    settings.get_by_role("button", name="Save").click()
    expect(settings.locator("[data-toast=success]")).to_contain_text("limits are saved")
    expect(head).to_contain_text("3/2")
    expect(head).to_contain_text("over")
    assert wip.limits(make.ADMIN) == {Stage.PROCESSING: 2}
    order = make.order()
    make.move(order, Stage.PROCESSING)
    expect(head).to_contain_text("4/2")
    settings.reload()
    expect(field).to_have_value("2")


def test_a_column_that_cannot_be_read_says_so_and_is_read_again_alone(board: Open) -> None:
    broken, fine = make.order(stage=Stage.READY), make.order(stage=Stage.PACKED)
    page = board("manager")
    column = page.locator(f"[data-stage={Stage.READY}]")
    expect(column.locator(f'[data-order="{broken.number}"]')).to_be_visible()
    with transaction() as tx:
        tx.execute(text("UPDATE orders SET placed_at = 'x' WHERE number = :number"), {"number": broken.number})
    make.move(broken_twin := make.order(stage=Stage.READY), Stage.PICKING)
    expect(column).to_contain_text("This column could not be read.")
    expect(column.locator(f'[data-order="{broken.number}"]')).to_be_visible()
    picked = page.locator(f'[data-stage={Stage.PICKING}] [data-order="{broken_twin.number}"]')
    expect(picked).to_be_attached()
    expect(page.get_by_text("This column could not be read.")).to_have_count(1)
    column.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-toast=error]")).to_contain_text("It still cannot be read")
    with transaction() as tx:
        moment = tx.scalar(text("SELECT placed_at FROM orders WHERE number = :number"), {"number": fine.number})
        tx.execute(
            text("UPDATE orders SET placed_at = :at WHERE number = :number"), {"at": moment, "number": broken.number}
        )
    column.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("This column could not be read.")).to_have_count(0)
    expect(column.locator(f'[data-order="{broken_twin.number}"]')).to_have_count(0)
    assert orders.get(make.ADMIN, broken.number).stage is Stage.READY


def test_changes_under_a_drag_wait_are_counted_in_their_own_column_and_come_with_the_drop(board: Open) -> None:
    order = make.order()
    page = board("manager")
    handle = page.locator(f'[data-order="{order.number}"] [data-handle]').bounding_box()
    column = page.locator(f"[data-stage={Stage.PROCESSING}]")
    box = column.bounding_box()
    assert handle
    assert box
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 220, steps=10)
    expect(column).to_contain_text("Drop to Processing")
    come = []
    for _ in range(3):
        come.append(make.order(stage=Stage.PROCESSING))
        page.wait_for_timeout(400)
    expect(column.locator(".board-late")).to_have_text(re.compile(r"\d updates"))
    expect(column.locator(f'[data-order="{come[-1].number}"]')).to_have_count(0)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(column.locator(f'[data-order="{come[-1].number}"]')).to_be_visible()
    expect(page.locator(".board-late")).to_have_count(0)
