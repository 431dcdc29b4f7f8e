"""Taking an order by phone, by keyboard alone; drafts; a sale over the counter."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft, CustomerDraft
from oms_app.services import catalogue, drafts, orders, stock
from tests import make
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.browser.test_accessibility import violations
from tests.servers import Shop


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with a customer who bought before, and three articles."""
    with staffed_shop(tmp_path_factory.mktemp("drafts")) as running:
        there = AddressDraft(line1="3 Hill Road", city="Mumbai", state="Maharashtra", postal_code="400050")
        make.order(customer=CustomerDraft("Meera Nair", "meera@customer.example", "98220 11122"), ship_to=there)
        make.product("KUR-BLUE", on_hand=20, name="Blue kurta", barcode="8901234567890")
        make.product("KUR-RED", on_hand=1, name="Red kurta", price_micros=1_000_000_000)
        make.product("SAR-1", on_hand=5, name="Sari")
        yield running


@pytest.fixture
def service(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """Customer service, on the page of a new order."""
    page = sit_down(browser, staffed, console_errors, who="service", path="/orders/new")
    yield page
    page.context.close()
    assert console_errors == []


def write(page: Page, *keys: str) -> None:
    for each in keys:
        page.keyboard.type(each, delay=15)


def test_an_order_is_taken_by_keyboard_alone(service: Page) -> None:
    page = service
    page.get_by_label("Find a customer").focus()
    write(page, "98220")
    expect(page.locator("#find-buyer-list [role=option]")).to_contain_text("Meera Nair")
    assert violations(page, "light") == []
    page.keyboard.press("Enter")
    expect(page.get_by_label("Address line 1")).to_have_value("3 Hill Road")
    expect(page.get_by_label("Add an article")).to_be_focused()
    write(page, "8901234567890")
    page.keyboard.press("Enter")
    quantity = page.get_by_label("Quantity of KUR-BLUE")
    expect(quantity).to_be_focused()
    write(page, "3")
    for _ in range(3):  # price, discount, personalisation
        page.keyboard.press("Enter")
    write(page, "Gift wrap: red")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Add an article")).to_be_focused()
    write(page, "red kur")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#find-article-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Quantity of KUR-RED")).to_be_focused()
    write(page, "1")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Discount of KUR-RED")).to_be_focused()
    write(page, "10%")
    page.keyboard.press("Enter")
    expect(page.locator("[data-bill]")).to_contain_text("₹2,398.50")  # 3 × 499.50 + 1,000 − 10 %
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/orders/1*")
    (order,) = orders.page(make.ADMIN, "channel:phone").orders
    assert (order.customer.name, order.ship_to.city, order.total) == ("Meera Nair", "Mumbai", 239_850)
    assert [(line.sku, line.quantity, line.discount) for line in order.lines] == [
        ("KUR-BLUE", 3, 0),
        ("KUR-RED", 1, 10_000),
    ]
    assert order.lines[0].personalisation == (("Gift wrap", "red"),)
    expect(page.get_by_text("Gift wrap: red")).to_be_visible()
    page.wait_for_function("document.activeElement !== document.body")


def test_a_new_customer_a_pin_that_fills_its_state_and_a_draft_to_go_on_with(service: Page, staffed: Shop) -> None:
    page = service
    page.get_by_label("Name", exact=True).fill("Kiran Das")
    page.get_by_label("Phone", exact=True).fill("98333 00011")
    page.get_by_label("Address line 1").fill("5 Lake View")
    page.get_by_label("PIN", exact=True).fill("560001")
    page.get_by_label("PIN", exact=True).press("Enter")
    expect(page.get_by_label("State", exact=True)).to_have_value("Karnataka")
    page.get_by_label("Town", exact=True).fill("Bengaluru")
    page.get_by_label("State", exact=True).fill("Kerala")
    page.get_by_label("State", exact=True).press("Tab")
    expect(page.get_by_text("PIN 560001 lies in Karnataka, not in Kerala.")).to_be_visible()
    page.get_by_label("State", exact=True).fill("Karnataka")
    page.get_by_label("Country").select_option("AE")
    expect(page.get_by_label("Emirate")).to_be_visible()
    expect(page.get_by_label("PIN", exact=True)).to_have_count(0)
    page.get_by_label("Country").select_option("IN")
    page.get_by_label("PIN", exact=True).fill("560001")
    page.get_by_label("Town", exact=True).fill("Bengaluru")
    page.get_by_label("State", exact=True).fill("Karnataka")
    page.get_by_label("Add an article").fill("SAR-1")
    page.get_by_label("Add an article").press("Enter")
    expect(page.get_by_label("Quantity of SAR-1")).to_be_focused()
    expect(page.locator("[data-edit-line=SAR-1]")).to_contain_text("5 available")
    page.get_by_label("Pays").select_option("cod")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/orders/drafts")
    (draft,) = drafts.page(make.ADMIN)
    assert (draft.customer, draft.units, stock.get(make.ADMIN, "SAR-1").reserved) == ("Kiran Das", 1, 0)
    assert violations(page, "light") == []
    page.get_by_role("link", name=f"D-{draft.id}").click()
    expect(page.get_by_label("Address line 1")).to_have_value("5 Lake View")
    expect(page.get_by_label("Quantity of SAR-1")).to_have_value("1")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/orders/1*")
    order = orders.get(make.ADMIN, drafts.get(make.ADMIN, draft.id).row.number)
    assert (order.payment_method, order.ship_to.state, order.customer.phone) == ("cod", "Karnataka", "+919833300011")


def test_what_cannot_be_placed_says_why_and_stays(service: Page) -> None:
    page = service
    page.get_by_label("Name", exact=True).fill("Nobody Yet")
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("alert")).to_contain_text("The order has no lines.")
    page.get_by_role("link", name="Drafts").click()
    row = page.locator("[data-draft-row]").filter(has_text="Nobody Yet")
    row.get_by_role("button", name="Discard").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Discard").click()
    expect(row).to_have_count(0)


def test_a_sale_over_the_counter_leaves_with_its_stock(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    page = sit_down(browser, staffed, console_errors, who="manager", path="/orders/new?kind=counter")
    before = stock.get(make.ADMIN, "KUR-BLUE").on_hand
    code = catalogue.locations(make.ADMIN)[0].code
    page.get_by_label("Location").select_option(code)
    page.get_by_label("Add an article").fill("KUR-BLUE")
    page.get_by_label("Add an article").press("Enter")
    expect(page.get_by_label("Quantity of KUR-BLUE")).to_be_focused()
    assert violations(page, "light") == []
    page.get_by_label("Quantity of KUR-BLUE").fill("2")
    page.get_by_label("Pays").select_option("upi")
    page.get_by_role("button", name="Paid and handed over").click()
    page.wait_for_url("**/orders/1*")
    (order,) = orders.page(make.ADMIN, "channel:counter").orders
    assert (order.stage, order.payment_status, order.units) == (Stage.DELIVERED, "paid", 2)
    assert stock.get(make.ADMIN, "KUR-BLUE").on_hand == before - 2
    open_page(page, staffed, f"/orders/{order.number}")
    expect(page.get_by_text("Handed over at once")).to_be_visible()
    page.context.close()
    assert console_errors == []
