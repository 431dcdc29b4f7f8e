"""Payments in Chromium: a move that waits for money records it on the way; money goes back; limits are set."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.validation import Rules
from oms_app.services import expiry, orders, payments, refunds, validation
from tests import make
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.browser.test_accessibility import violations
from tests.servers import Shop


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that picks prepaid orders once they are paid."""
    with staffed_shop(tmp_path_factory.mktemp("payments")) as running:
        validation.save(make.ADMIN, Rules(off=("duplicate", "fraud")))
        yield running


@pytest.fixture
def manager(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """The manager's browser, on the board."""
    page = sit_down(browser, staffed, console_errors, who="manager", path="/board")
    yield page
    page.context.close()
    assert console_errors == []


def unpaid() -> OrderView:
    return make.move(make.order(), Stage.PROCESSING)


def test_the_order_page_records_the_payment_and_moves_the_order(manager: Page, staffed: Shop) -> None:
    order = unpaid()
    open_page(manager, staffed, f"/orders/{order.number}")
    expect(manager.get_by_text("Capture payment first.")).to_be_visible()
    manager.get_by_role("button", name="Move to Ready to pick").click()
    dialog = manager.get_by_role("dialog")
    expect(dialog).to_contain_text("₹499.50 is not paid yet")
    assert violations(manager) == []
    dialog.get_by_label("How").select_option("bank")
    dialog.get_by_label("Reference").fill("UTR 77")
    dialog.get_by_label("Reference").press("Enter")
    expect(manager.locator("[data-stage-now=ready]")).to_be_visible()
    now = orders.get(make.ADMIN, order.number)
    assert [(each.method, each.reference, each.amount) for each in now.payments] == [("bank", "UTR 77", 49_950)]
    assert now.holds == ()


def test_the_board_asks_for_the_payment_and_a_card_that_is_not_paid_stays(manager: Page) -> None:
    order = unpaid()
    card = manager.locator(f"[data-order='{order.number}']")
    card.focus()
    manager.keyboard.press(">")
    dialog = manager.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Order {order.number}: ₹499.50 is not paid yet")
    manager.keyboard.press("Escape")
    expect(manager.locator(f"[data-stage=processing] [data-order='{order.number}']")).to_be_visible()
    assert orders.get(make.ADMIN, order.number).stage is Stage.PROCESSING
    card.focus()
    manager.keyboard.press(">")
    dialog.get_by_role("button", name="Record ₹499.50 and move").click()
    expect(manager.locator("[data-toast=success]")).to_contain_text(f"Order {order.number} moved to Ready")
    expect(manager.locator(f"[data-stage=ready] [data-order='{order.number}']")).to_be_visible()
    assert orders.get(make.ADMIN, order.number).payment_status == "paid"


def test_an_admin_sets_when_unpaid_orders_expire_and_the_order_page_counts_down(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    order = make.order()
    admin = sit_down(browser, staffed, console_errors, path="/settings/payments")
    admin.get_by_label("After").fill("soon")
    admin.get_by_label("After").press("Enter")
    expect(admin.get_by_role("alert").filter(has_text="Hours are a whole number")).to_be_visible()
    admin.get_by_label("After").fill("24")
    admin.get_by_role("textbox", name="Hours of Manual").fill("48")
    admin.get_by_label("After").press("Enter")
    expect(admin.locator("[data-toast=success]")).to_contain_text("The hours are saved")
    assert violations(admin) == []
    rules = expiry.read_settings(make.ADMIN).rules
    assert (rules.hours, rules.channel_hours) == (24, {"manual": 48})
    open_page(admin, staffed, f"/orders/{order.number}")
    expect(admin.get_by_text("Expires in 1 day unless paid")).to_be_visible()
    assert violations(admin) == []
    payments.record(make.ADMIN, order.number, kind="capture", amount=100, method="upi")
    expect(admin.get_by_text("unless paid")).to_be_hidden()
    admin.context.close()
    assert console_errors == []


def test_customer_service_refunds_to_its_limit_which_an_admin_sets(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    admin = sit_down(browser, staffed, console_errors, path="/settings/payments")
    admin.get_by_label("Service").fill("150")
    admin.get_by_role("button", name="Save limits").click()
    expect(admin.locator("[data-toast=success]")).to_contain_text("The limits are saved")
    admin.context.close()
    assert refunds.limits(make.ADMIN) == {"service": 15_000}
    order = payments.record(make.ADMIN, make.order().number, kind="capture", amount=49_950, method="upi")
    page = sit_down(browser, staffed, console_errors, who="service", path=f"/orders/{order.number}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Record a refund…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount in INR").fill("200")
    dialog.get_by_label("Reason").fill("Came late")
    dialog.get_by_role("button", name="Record the refund").click()
    expect(dialog.get_by_role("alert")).to_contain_text("refunds up to ₹150.00")
    dialog.get_by_label("Amount in INR").fill("150")
    dialog.get_by_role("button", name="Record the refund").click()
    expect(page.get_by_text("Payment: part refunded")).to_be_visible()
    page.context.close()
    assert console_errors == []
