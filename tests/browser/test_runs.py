"""Many orders at once in Chromium: judged before, done, taken back, followed while the worker is at it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.lifecycle import Stage
from oms_app.services import holds, orders
from tests import make
from tests.browser.people import open_page, sit_down
from tests.servers import Shop


@pytest.fixture
def page(browser: Browser, staffed: Shop, console_errors: list[str]) -> Page:
    """A manager's browser."""
    return sit_down(browser, staffed, console_errors, who="manager", path="/orders")


def choose(page: Page, staffed: Shop, q: str, *numbers: str) -> None:
    open_page(page, staffed, f"/orders?q={q}")
    for number in numbers:
        page.get_by_label(f"Select order {number}").click()
    expect(page.get_by_text(f"{len(numbers)} selected")).to_be_visible()


def do(page: Page, what: str) -> None:
    page.get_by_role("button", name="Do …").click()
    page.get_by_role("menuitem", name=what).click()


def test_a_hold_says_before_what_cannot_and_is_taken_back(page: Page, staffed: Shop) -> None:
    free, gone = make.order(), make.order(stage=Stage.SHIPPED)
    choose(page, staffed, f"{free.number},{gone.number}", free.number, gone.number)
    do(page, "Hold …")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 can, 1 cannot")
    expect(dialog).to_contain_text(f"{gone.number}: It is shipped")
    dialog.get_by_label("Kind of hold").select_option("fraud")
    dialog.get_by_label("Reason").fill("Twelve orders in an hour")
    dialog.get_by_role("button", name="Hold 1").click()
    expect(page.locator("[data-result]", has_text="On hold")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-result]", has_text="On hold")).to_have_count(0)
    assert orders.get(make.ADMIN, free.number).holds == ()


def test_everything_a_search_finds_is_tagged_in_the_background_and_shown_live(page: Page, staffed: Shop) -> None:
    sku = make.product("LOT")
    many = [make.order(make.line(sku)) for _ in range(60)]
    holds.place(make.ADMIN, many[0].number, kind="manual", reason="x")
    open_page(page, staffed, "/orders?q=sku:LOT")
    page.get_by_label("Select every order shown").click()
    page.get_by_role("button", name="Select all 60 orders that match").click()
    expect(page.get_by_text("All 60 orders selected")).to_be_visible()
    do(page, "Tag …")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Tag: 60 orders")
    dialog.get_by_label("Tags").fill("festival")
    dialog.get_by_role("button", name="Tag 60").click()
    page.get_by_role("button", name="View").click()
    page.wait_for_url("**/runs?r=*")
    expect(page.locator("[data-run-state=done]")).to_be_visible(timeout=20_000)
    expect(page.locator("[data-done='60']")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    lines = saved.value.path().read_text().splitlines()
    assert lines[0] == "order,result,why,at"
    assert len(lines) == 61
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Taken back: Tag: festival")
    expect(page.locator("[data-run-state=done]")).to_be_visible(timeout=20_000)
    assert orders.get(make.ADMIN, many[0].number).tags == ()
    open_page(page, staffed, "/runs")
    expect(page.locator("[data-run]").first).to_contain_text("Taken back")


def test_an_order_is_given_to_somebody_and_found_by_it(page: Page, staffed: Shop) -> None:
    order = make.order()
    choose(page, staffed, order.number, order.number)
    do(page, "Assign …")
    page.get_by_label("Who works on them").select_option("service@shop.example")
    page.get_by_role("dialog").get_by_role("button", name="Assign").click()
    expect(page.locator("[data-toast]").first).to_contain_text("Assign to service@shop.example: 1 order")
    open_page(page, staffed, "/orders?q=assigned:service@shop.example")
    expect(page.locator(f"[data-result='order:{order.number}']")).to_be_visible()
    open_page(page, staffed, f"/board?q={order.number}&lanes=assignee")
    expect(page.locator(f"[data-order='{order.number}']")).to_contain_text("Service")
    expect(page.locator(".board-lane", has=page.locator(f"[data-order='{order.number}']")).first).to_be_visible()
    open_page(page, staffed, f"/orders/{order.number}")
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("button", name="Give it back")).to_be_visible()
    assert orders.get(make.ADMIN, order.number).assignee == "manager@shop.example"
