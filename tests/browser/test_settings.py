"""Settings and stock in Chromium: what an admin and an inventory specialist do there."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from oms_app.db.engine import transaction
from oms_app.services import company, identity, stock, users
from tests import make
from tests.browser.people import PASSWORD, open_page, sit_down
from tests.servers import Shop


@pytest.fixture
def admin(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """The admin's browser."""
    page = sit_down(browser, staffed, console_errors)
    yield page
    page.context.close()
    assert console_errors == []


def test_an_admin_invites_somebody_who_chooses_a_password(admin: Page, staffed: Shop, browser: Browser) -> None:
    open_page(admin, staffed, "/settings/users")
    admin.get_by_role("button", name="Add a user").click()
    admin.get_by_label("E-mail").fill("ravi@shop.example")
    admin.get_by_label("Name").fill("Ravi")
    admin.get_by_label("Role").select_option("inventory")
    admin.get_by_role("button", name="Add", exact=True).click()
    field = admin.get_by_role("textbox", name="Link")
    expect(field).to_have_value(re.compile(f"^{staffed.url}/reset/[-_A-Za-z0-9]{{43}}$"))
    link = field.input_value()
    admin.get_by_role("button", name="Done").click()
    expect(admin.get_by_role("row", name="Ravi")).to_contain_text("inventory")

    theirs = browser.new_context()
    page = theirs.new_page()
    page.goto(link)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_label("E-mail").fill("ravi@shop.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    theirs.close()


def test_roles_and_exceptions_are_changed_and_the_last_admin_stays(admin: Page, staffed: Shop) -> None:
    open_page(admin, staffed, "/settings/users")
    row = admin.get_by_role("row", name="warehouse@shop.example")
    row.get_by_role("button", name="Change").click()
    admin.get_by_label("Export").check()
    admin.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("+ export")
    row.get_by_role("button", name="Disable").click()
    admin.get_by_role("alertdialog").get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("Disabled")
    row.get_by_role("button", name="Enable").click()
    expect(row).to_contain_text("Active")
    own = admin.get_by_role("row", name="admin@shop.example")
    own.get_by_role("button", name="Disable").click()
    admin.get_by_role("alertdialog").get_by_role("button", name="Disable").click()
    expect(admin.locator("[data-toast=error]")).to_contain_text("admin@shop.example is the only admin")


def test_a_token_is_shown_once_and_revoked(admin: Page, staffed: Shop) -> None:
    open_page(admin, staffed, "/settings/tokens")
    admin.get_by_role("button", name="Make a token").click()
    admin.get_by_label("What it is for").fill("webshop bridge")
    admin.get_by_role("button", name="Make it").click()
    field = admin.get_by_role("textbox", name="Token")
    expect(field).not_to_have_value("")
    secret = field.input_value()
    assert identity.program(secret).actor.name == "webshop bridge"
    admin.get_by_role("button", name="Done").click()
    assert secret not in admin.content()
    admin.get_by_role("button", name="Revoke").click()
    admin.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(admin.get_by_role("row", name="webshop bridge")).to_contain_text("Revoked")


def test_the_company_profile_says_what_is_wrong_and_keeps_what_is_right(admin: Page, staffed: Shop) -> None:
    open_page(admin, staffed, "/settings/company")
    admin.get_by_label("Legal name").fill("Kurta House Private Limited")
    admin.get_by_label("IFSC").fill("123")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("alert")).to_contain_text("An IFSC has eleven characters")
    admin.get_by_label("IFSC").fill("HDFC0001234")
    admin.get_by_role("button", name="Save").click()
    expect(admin.locator("[data-toast=success]")).to_contain_text("saved")
    admin.get_by_label("Add a GSTIN").fill("27AAPFU0939F1ZW")
    admin.get_by_role("button", name="Add", exact=True).click()
    expect(admin.locator("[data-toast=error]")).to_contain_text("a digit is wrong somewhere")
    admin.get_by_label("Add a GSTIN").fill("27AAPFU0939F1ZV")
    admin.get_by_role("button", name="Add", exact=True).click()
    expect(admin.get_by_role("row", name="27AAPFU0939F1ZV")).to_contain_text("Maharashtra")
    admin.get_by_label("Logo").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"0" * 50}
    )
    expect(admin.get_by_role("img", name="Logo")).to_be_visible()
    admin.get_by_label("Signature").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"<svg onload='alert(1)'/>"}
    )
    expect(admin.locator("[data-toast=error]").first).to_contain_text("PNG or JPEG")
    saved = company.profile(make.ADMIN)
    assert (saved.legal_name, saved.bank.ifsc, saved.signature) == ("Kurta House Private Limited", "HDFC0001234", "")


def test_channels_and_locations_are_added(admin: Page, staffed: Shop) -> None:
    open_page(admin, staffed, "/settings/places")
    admin.get_by_role("button", name="Add a location").click()
    admin.get_by_label("Code").fill("BLR1")
    admin.get_by_label("Name").fill("Bengaluru")
    admin.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(admin.get_by_role("row", name="BLR1")).to_contain_text("Bengaluru")
    admin.get_by_role("button", name="Add a channel").click()
    admin.get_by_label("Name").fill("not a name!")
    admin.get_by_label("Title").fill("Shop")
    admin.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(admin.get_by_role("alert")).to_contain_text("lower-case letters")


def test_ones_own_password_and_browsers(browser: Browser, staffed: Shop, console_errors: list[str]) -> None:
    users.add(make.ADMIN, "own@shop.example", role="service", password=PASSWORD)
    other = sit_down(browser, staffed, console_errors, who="own")
    page = sit_down(browser, staffed, console_errors, who="own", path="/settings/account")
    expect(page.get_by_role("row", name="This browser")).to_be_visible()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("an entirely new one")
    page.get_by_label("New password again").fill("an entirely other one")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert")).to_contain_text("differ")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("an entirely new one")
    page.get_by_label("New password again").fill("an entirely new one")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("[data-toast=success]")).to_contain_text("Your password is changed")
    other.wait_for_url(re.compile("/login"))
    expect(page.get_by_role("row", name="This browser")).to_be_visible()
    other.context.close()
    page.context.close()


def test_stock_is_found_and_adjusted_with_a_reason(browser: Browser, staffed: Shop, console_errors: list[str]) -> None:
    make.product("LAMP-1", on_hand=3)
    page = sit_down(browser, staffed, console_errors, who="inventory", path="/inventory")
    page.get_by_label("Look for goods").fill("lamp")
    page.get_by_label("Look for goods").press("Enter")
    page.wait_for_url(re.compile(r"/inventory/?\?q=lamp$"))
    page.get_by_role("link", name="LAMP-1").click()
    page.get_by_role("button", name="Adjust").click()
    page.get_by_label("Location", exact=True).select_option("MAIN")
    page.get_by_label("Units, more or fewer").fill("-5")
    page.get_by_label("Reason").fill("Damaged")
    page.get_by_role("dialog").get_by_role("button", name="Adjust").click()
    expect(page.get_by_role("alert")).to_contain_text("3 on hand")
    page.get_by_label("Units, more or fewer").fill("-2")
    page.get_by_role("dialog").get_by_role("button", name="Adjust").click()
    expect(page.locator("[data-movement]").first).to_contain_text("−2")
    assert stock.get(make.ADMIN, "LAMP-1").on_hand == 1
    page.go_back()
    page.wait_for_url(re.compile(r"/inventory/?\?q=lamp$"))
    page.context.close()
    assert console_errors == []


def test_a_product_is_added_and_a_price_that_is_none_is_refused(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    page = sit_down(browser, staffed, console_errors, who="inventory", path="/products")
    page.get_by_role("button", name="Add a product").click()
    page.get_by_label("SKU", exact=True).fill("MUG/1 #2")
    page.get_by_label("Name").fill("Mug")
    page.get_by_label("Price", exact=True).fill("twelve")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("is not an amount")
    page.get_by_label("Price", exact=True).fill("149.50")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="MUG/1 #2")).to_be_visible()
    page.context.close()
    assert console_errors == []


def test_a_page_whose_reading_fails_shows_a_way_on(browser: Browser, staffed: Shop) -> None:
    page = sit_down(browser, staffed, [])
    with transaction() as tx:
        tx.execute(text("ALTER TABLE stock_level RENAME TO away"))
    try:
        page.goto(f"{staffed.url}/inventory")
        expect(page.get_by_text("This page could not be read.")).to_be_visible()
        expect(page.locator("[data-toast=error]")).to_contain_text("it was logged")
    finally:
        with transaction() as tx:
            tx.execute(text("ALTER TABLE away RENAME TO stock_level"))
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-sku]").first).to_be_visible()
    page.context.close()


def test_pages_one_may_not_open_say_so(browser: Browser, staffed: Shop, console_errors: list[str]) -> None:
    page = sit_down(browser, staffed, console_errors, who="warehouse")
    for path in ("/settings/users", "/settings/tokens", "/settings/company", "/settings/data"):
        open_page(page, staffed, path)
        expect(page.get_by_text("Your role does not include this page.")).to_be_visible()
    open_page(page, staffed, "/settings")
    expect(page.get_by_role("link", name="Users")).to_have_count(0)
    page.context.close()
