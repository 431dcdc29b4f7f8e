"""The shortfall queue in Chromium: stock comes, somebody decides, lines leave."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.orders import OrderView
from oms_app.domain.routing import Missing, Wish
from oms_app.domain.shortfalls import Waiting
from oms_app.services import catalogue, orders, routing, shortfalls, stock
from tests import make
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.servers import Shop


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that the tests of this file share, with a second location."""
    with staffed_shop(tmp_path_factory.mktemp("shortfalls")) as running:
        catalogue.add_location(make.ADMIN, code="DEL", name="Delhi")
        yield running


@pytest.fixture
def manager(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """A manager at the queue."""
    page = sit_down(browser, staffed, console_errors, who="manager", path="/shortfalls")
    yield page
    page.context.close()
    assert console_errors == []


def short(units: int = 2) -> tuple[str, OrderView]:
    """An order that lacks units of an article of its own, of which it got one."""
    sku = make.product(on_hand=1)
    return sku, make.order(make.line(sku, 1 + units))


def choose(page: Page, number: str, item: str) -> None:
    page.locator(f"[data-short='{number}'] [data-menu]").click()
    page.get_by_role("menuitem", name=item).click()


def test_a_line_leaves_the_queue_when_what_is_missing_is_cancelled(manager: Page, staffed: Shop) -> None:
    sku, order = short()
    open_page(manager, staffed, f"/shortfalls?q={sku}")
    expect(manager.locator(f"[data-short='{order.number}']")).to_contain_text("2 of 3")
    choose(manager, order.number, "Cancel what is missing")
    manager.get_by_label("Reason").fill("customer agreed")
    manager.get_by_role("button", name="Cancel them").click()
    expect(manager.get_by_text("No line fits.")).to_be_visible()
    assert orders.get(make.ADMIN, order.number).lines[0].cancelled == 2


def test_another_article_goes_instead(manager: Page, staffed: Shop) -> None:
    (_, order), other = short(), make.product(on_hand=5)
    open_page(manager, staffed, f"/shortfalls?q={order.number}")
    choose(manager, order.number, "Send another article")
    manager.get_by_label("SKU", exact=True).fill("NOTHING")
    manager.get_by_role("button", name="Replace").click()
    expect(manager.get_by_text("There are no goods with the SKU NOTHING")).to_be_visible()
    manager.get_by_label("SKU", exact=True).fill(other)
    manager.get_by_role("button", name="Replace").click()
    expect(manager.get_by_text("No line fits.")).to_be_visible()
    assert [line.allocated for line in orders.get(make.ADMIN, order.number).lines] == [1, 2]


def test_a_line_waits_as_a_backorder_and_stock_serves_it(manager: Page, staffed: Shop) -> None:
    sku, order = short()
    open_page(manager, staffed, f"/shortfalls?q={sku}")
    choose(manager, order.number, "Waits as: backorder")
    expect(manager.locator(f"[data-short='{order.number}']")).to_contain_text("Backorder")
    stock.adjust(make.ADMIN, sku, "DEL", 2, reason="received")
    manager.reload()
    expect(manager.get_by_text("No line fits.")).to_be_visible()
    assert orders.get(make.ADMIN, order.number).shortfall == 0


def test_who_only_looks_has_no_buttons(browser: Browser, staffed: Shop, console_errors: list[str]) -> None:
    _, order = short()
    page = sit_down(browser, staffed, console_errors, who="analyst", path=f"/shortfalls?q={order.number}")
    expect(page.locator(f"[data-short='{order.number}']")).to_be_visible()
    assert page.locator("[data-short] button").count() == 0
    assert shortfalls.counts(make.ADMIN)[Waiting.OPEN].number >= 1
    page.context.close()
    assert console_errors == []


def test_units_are_moved_and_let_go_on_the_page_of_their_order(manager: Page, staffed: Shop) -> None:
    sku = make.product(on_hand=2)
    order = make.order(make.line(sku, 2))
    stock.adjust(make.ADMIN, sku, "DEL", 2, reason="received")
    open_page(manager, staffed, f"/orders/{order.number}")
    kept = manager.locator("[data-stock]")
    expect(kept).to_contain_text("the only one with everything")
    manager.get_by_role("button", name=f"Move 2 of {sku} at MAIN").click()
    manager.get_by_label("Location").select_option("DEL")
    manager.get_by_label("Reason").fill("closer to the customer")
    manager.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    expect(kept).to_contain_text("by hand: closer to the customer")
    manager.get_by_role("button", name=f"Release 2 of {sku} at DEL").click()
    manager.get_by_label("Reason").fill("for another order")
    manager.get_by_role("dialog").get_by_role("button", name="Release").click()
    expect(kept).to_contain_text("2 units wait for stock")
    assert stock.get(make.ADMIN, sku).reserved == 0


def test_the_rules_of_allocation_are_edited_in_the_settings(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    page = sit_down(browser, staffed, console_errors, path="/settings/routing")
    page.get_by_label("First comes").select_option("nearest")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Each wish stands once")).to_be_visible()
    page.get_by_label("at last").select_option("fewest_parcels")
    page.get_by_label("then", exact=True).nth(0).select_option("priority")
    page.get_by_label("then", exact=True).nth(1).select_option("most_stock")
    page.get_by_label("Priority of DEL").fill("0")
    page.get_by_label("What is missing on Manual").select_option("backorder")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Orders that arrive from now on follow these rules.")).to_be_visible()
    rules = routing.rules(make.ADMIN)
    assert rules.wishes == (Wish.NEAREST, Wish.PRIORITY, Wish.MOST_STOCK, Wish.FEWEST_PARCELS)
    assert (rules.locations, rules.channel_missing) == (("DEL", "MAIN"), {"manual": Missing.BACKORDER})
    page.reload()
    expect(page.get_by_label("First comes")).to_have_value("nearest")
    page.context.close()
    assert console_errors == []


def test_units_are_set_aside_and_kept_from_a_channel(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    sku = make.product(on_hand=9)
    page = sit_down(browser, staffed, console_errors, who="inventory", path=f"/inventory/{sku}")
    page.get_by_role("button", name="Set aside").click()
    page.get_by_label("Location").select_option("MAIN")
    page.get_by_label("Blocked").fill("4")
    page.get_by_label("Reason").fill("water damage")
    page.get_by_role("dialog").get_by_role("button", name="Set aside").click()
    expect(page.get_by_text("It is set aside.")).to_be_visible()
    assert stock.get(make.ADMIN, sku).available == 5
    page.get_by_label("Buffer of Manual").fill("2")
    page.get_by_role("row", name="Manual").get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Manual").locator("td").last).to_have_text("3")
    page.context.close()
    assert console_errors == []
