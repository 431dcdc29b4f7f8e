"""The orders list and the palette in Chromium: search while typing, marks, chips, Back, saved searches, files."""

import json
import time
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.orders import CustomerDraft
from tests import make
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.servers import Shop


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with orders of several customers, shared by the tests of this file."""
    with staffed_shop(tmp_path_factory.mktemp("orders")) as running:
        for name in ("Meera Iyer", "Kabir Sethi", "Meenakshi Pillai"):
            make.order(customer=CustomerDraft(name, email=f"{name.split()[0].lower()}@customer.example"))
        yield running


@pytest.fixture
def orders(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """The list in a manager's browser."""
    page = sit_down(browser, staffed, console_errors, who="manager", path="/orders")
    expect(page.locator("[data-result]").first).to_be_visible()
    yield page
    page.context.close()
    assert console_errors == []


def names(page: Page) -> list[str]:
    return [cell.split("\n")[0] for cell in page.locator("[data-result] td:nth-child(3)").all_inner_texts()]


def test_results_follow_the_keys_and_no_letter_is_lost(orders: Page) -> None:
    orders.locator("#order-search").click()
    orders.keyboard.type("meena", delay=35)
    last_key = time.monotonic()
    expect(orders.locator("mark").first).to_have_text("Meena")
    assert time.monotonic() - last_key < 2  # the bar is 300 ms; a loaded machine gets some air
    assert names(orders) == ["Meenakshi Pillai"]
    expect(orders.locator("#order-search")).to_have_value("meena")
    expect(orders.locator("[data-count='1']")).to_have_text("1 order")
    assert orders.url.endswith("/orders?q=meena")


def test_a_filter_is_a_chip_in_the_address_and_back_undoes_it(orders: Page) -> None:
    everything = len(names(orders))
    orders.locator("#order-search").fill("status:shipped")
    orders.locator("#order-search").press("Enter")
    expect(orders.locator(".filter-chip")).to_have_text("status:shipped")
    expect(orders.locator("[data-result]")).to_have_count(1)
    orders.get_by_role("button", name="Remove status:shipped").click()
    expect(orders.locator("[data-result]")).to_have_count(everything)
    orders.go_back()
    expect(orders.locator("[data-result]")).to_have_count(1)


def test_no_hit_names_the_filter_that_hides(orders: Page, staffed: Shop) -> None:
    open_page(orders, staffed, "/orders?q=meera+status%3Ashipped")
    expect(orders.get_by_text("1 hidden by status:shipped")).to_be_visible()
    orders.get_by_role("link", name="Search without it").click()
    expect(orders.locator("[data-result]")).to_have_count(1)


def test_a_search_is_kept_under_a_name_and_forgotten(orders: Page, staffed: Shop) -> None:
    open_page(orders, staffed, "/orders?q=is%3Aheld")
    orders.get_by_role("button", name="Save search").click()
    orders.get_by_label("Name").fill("Waiting")
    orders.get_by_role("button", name="Save", exact=True).click()
    open_page(orders, staffed, "/orders")
    orders.get_by_role("link", name="Waiting").click()
    expect(orders.locator(".filter-chip")).to_have_text("is:held")
    orders.get_by_role("button", name="Forget the search Waiting").click()
    expect(orders.get_by_role("link", name="Waiting")).to_have_count(0)


def test_selected_orders_move_together_after_a_question(orders: Page, staffed: Shop) -> None:
    numbers = [make.order().number for _ in range(2)]
    open_page(orders, staffed, f"/orders?q={','.join(numbers)}")
    for number in numbers:
        orders.get_by_label(f"Select order {number}").click()
    expect(orders.get_by_text("2 selected")).to_be_visible()
    orders.get_by_role("button", name="Move to …").click()
    orders.get_by_role("menuitem", name="Processing").click()
    orders.get_by_role("button", name="Move 2").click()
    expect(orders.locator("[data-stage-badge='processing']")).to_have_count(2)


def test_the_palette_opens_an_exact_order_with_enter(orders: Page) -> None:
    number = make.order().number
    orders.keyboard.press("Control+k")
    orders.get_by_label("Search everything").press_sequentially(number, delay=30)
    expect(orders.locator(f"[role=option][data-result='order:{number}']")).to_be_visible()
    orders.keyboard.press("Enter")
    orders.wait_for_url(f"**/orders/{number}**")


def test_arrows_walk_through_the_palette_and_words_lead_to_pages(orders: Page) -> None:
    orders.keyboard.press("/")
    orders.get_by_label("Search everything").press_sequentially("board", delay=30)
    expect(orders.get_by_role("option", name="Board")).to_be_visible()
    expect(orders.get_by_role("option")).to_have_count(1)
    orders.keyboard.press("ArrowUp")
    expect(orders.get_by_label("Search everything")).to_have_attribute("aria-activedescendant", "palette-0")
    orders.keyboard.press("Enter")
    orders.wait_for_url("**/board**")


def test_the_list_is_saved_as_a_file(orders: Page, staffed: Shop) -> None:
    open_page(orders, staffed, "/orders?q=kabir")
    orders.get_by_role("button", name="Export").click()
    with orders.expect_download() as download:
        orders.get_by_role("menuitem", name="JSON").click()
    saved = json.loads(download.value.path().read_text())
    assert [order["customer"] for order in saved] == ["Kabir Sethi"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_list_and_palette_have_no_accessibility_violations(
    browser: Browser, staffed: Shop, console_errors: list[str], scheme: str
) -> None:
    page = sit_down(browser, staffed, console_errors, path="/orders?q=mee+OR+status%3Aplaced", color_scheme=scheme)
    expect(page.locator("[data-result]").first).to_be_visible()
    page.locator("[data-result] input").first.click()
    expect(page.get_by_text("1 selected")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Control+k")
    page.get_by_label("Search everything").press_sequentially("mee")
    expect(page.get_by_role("option").first).to_be_visible()
    page.wait_for_timeout(300)
    assert Axe().run(page).response["violations"] == []
    page.context.close()
    assert console_errors == []
