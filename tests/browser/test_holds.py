"""The hold queues in Chromium: what holds an order is fixed in place, and it leaves every open screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.orders import AddressDraft, OrderView, PaymentMethod
from oms_app.domain.validation import Rules
from oms_app.services import orders, placement, validation
from tests import make
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.browser.test_accessibility import violations
from tests.servers import Shop

HERE = AddressDraft(line1="12 MG Road", city="Pune", state="Maharashtra", postal_code="411001")


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with the rules it comes with, but for orders that look alike."""
    with staffed_shop(tmp_path_factory.mktemp("holds")) as running:
        validation.save(make.ADMIN, Rules(off=("duplicate", "fraud")))
        yield running


@pytest.fixture
def manager(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """The manager's browser, on the queues."""
    page = sit_down(browser, staffed, console_errors, who="manager", path="/holds")
    yield page
    page.context.close()
    assert console_errors == []


def place(*lines, **values) -> OrderView:
    return placement.place(make.ADMIN, make.draft(*lines, **{"paid": True} | values))


def held(page: Page, order: OrderView):
    return page.locator(f"[data-hold][data-order='{order.number}']")


def test_a_bad_address_is_fixed_and_the_order_leaves_every_open_screen(
    browser: Browser, staffed: Shop, console_errors: list[str], manager: Page
) -> None:
    other = sit_down(browser, staffed, console_errors, who="service", path="/holds?kind=address")
    order = place(ship_to=AddressDraft(line1="12 MG Road", city="Pune", state="Karnataka", postal_code="411001"))
    for page in (manager, other):
        expect(held(page, order)).to_contain_text("PIN 411001 lies in Maharashtra, not in Karnataka.")
    row = held(manager, order)
    row.get_by_role("button", name="Fix the address").click()
    expect(row.get_by_label("Address line 1")).to_be_focused()
    assert violations(manager, "light") == []
    row.get_by_label("PIN").fill("110001")
    row.get_by_role("button", name="Check and save").click()
    expect(row.get_by_role("alert")).to_contain_text("PIN 110001 lies in Delhi")
    row.get_by_label("PIN").fill("411001")
    row.get_by_label("State").fill("Maharashtra")
    row.get_by_label("State").press("Enter")
    for page in (manager, other):
        expect(held(page, order)).to_have_count(0)
    assert orders.get(make.ADMIN, order.number).holds == ()
    manager.wait_for_function("document.activeElement !== document.body")
    other.context.close()


def test_a_sku_is_mapped_and_all_that_waited_go_on(manager: Page, staffed: Shop) -> None:
    make.product("KUR-BLUE-M", on_hand=20)
    waiting = [place(make.line("SHOP-77", 1, unit_price_micros=100_000_000)) for _ in range(2)]
    queue = manager.get_by_role("navigation", name="Queues").get_by_role("link", name="Unknown SKU")
    queue.click()
    expect(queue).to_have_attribute("aria-current", "page")
    row = held(manager, waiting[0])
    row.get_by_role("button", name="Say what it is").click()
    row.get_by_label("SHOP-77 is our SKU").fill("KUR-RED")
    row.get_by_role("button", name="Map it").click()
    expect(row.get_by_role("alert")).to_contain_text("There is no product with the SKU “KUR-RED”")
    row.get_by_label("SHOP-77 is our SKU").fill("KUR-BLUE-M")
    row.get_by_role("button", name="Map it").click()
    for order in waiting:
        expect(held(manager, order)).to_have_count(0)
    assert [orders.get(make.ADMIN, each.number).shortfall for each in waiting] == [0, 0]


def test_cash_on_delivery_is_confirmed_and_a_hold_released_with_a_reason(manager: Page, staffed: Shop) -> None:
    cod = place(make.line(make.product(on_hand=20), 12), paid=False, payment_method=PaymentMethod.COD)
    unpaid = place(paid=False)
    held(manager, cod).get_by_role("button", name="Confirmed").click()
    expect(held(manager, cod)).to_have_count(0)
    expect(held(manager, unpaid).get_by_role("link", name="Record the payment")).to_be_visible()
    held(manager, unpaid).get_by_role("button", name="Release").click()
    held(manager, unpaid).get_by_label("Why it may go").fill("Pays at pick-up")
    held(manager, unpaid).get_by_label("Why it may go").press("Enter")
    expect(held(manager, unpaid)).to_have_count(0)
    open_page(manager, staffed, f"/orders/{unpaid.number}")
    expect(manager.get_by_text("Pays at pick-up")).to_be_visible()


def test_who_only_looks_sees_no_way_to_act(browser: Browser, staffed: Shop, console_errors: list[str]) -> None:
    order = place(ship_to=AddressDraft(line1="12 MG Road", city="Pune", state="Kerala", postal_code="411001"))
    page = sit_down(browser, staffed, console_errors, who="analyst", path="/holds?kind=address")
    expect(held(page, order)).to_contain_text("A. R.")
    expect(held(page, order).get_by_role("button")).to_have_count(0)
    page.context.close()
    assert console_errors == []


def test_an_admin_changes_a_limit_and_switches_a_check_off(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    page = sit_down(browser, staffed, console_errors, path="/settings/checks")
    before = validation.read(make.ADMIN)
    page.get_by_label("Confirm cash on delivery above").fill("a lot")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("is not an amount")
    page.get_by_label("Confirm cash on delivery above").fill("7500")
    page.get_by_role("checkbox", name="Phone", exact=True).uncheck()
    page.get_by_label("PIN begins with one of", exact=True).fill("122 2013")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-toast=success]")).to_contain_text("The checks are saved")
    after = validation.read(make.ADMIN)
    assert (after.cod_above, after.risky_pins) == (750_000, ("122", "2013"))
    assert set(after.off) == {"duplicate", "fraud", "phone"}
    validation.save(make.ADMIN, before)
    page.context.close()
    assert console_errors == []
