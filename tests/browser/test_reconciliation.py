"""Reconciliation in Chromium: compared with a sandbox, what differs is shown and mended by its button, and agrees."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channel_tasks
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import reconciliation as rows
from oms_app.domain.lifecycle import Stage
from oms_app.services import intake, orders, reconciliation, search, settlements
from tests import make, servers
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.browser.test_accessibility import violations
from tests.conftest import use_settings
from tests.servers import Shop
from tests.services.test_sandbox import connected, post

KEY = "the key that the shop and this process share"


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose secrets this process can seal too."""
    directory = tmp_path_factory.mktemp("shop")
    with staffed_shop(directory, OMS_SECRET_KEY=KEY) as running, pytest.MonkeyPatch.context() as patch:
        use_settings(patch, OMS_DATA_DIR=str(directory), OMS_SECRET_KEY=KEY)
        yield running


@pytest.fixture
def page(browser: Browser, staffed: Shop, console_errors: list[str]) -> Page:
    """The admin's browser."""
    return sit_down(browser, staffed, console_errors, path="/reconciliation")


def test_a_difference_is_found_shown_and_mended(page: Page, staffed: Shop, tmp_path: Path) -> None:
    expect(page.get_by_text("No channel is connected.")).to_be_visible()
    make.product("BEL-BRS", on_hand=5)
    with servers.sandbox("shopify", tmp_path / "log", "--rate", "0", "--orders", "0") as printed:
        address = connected(printed)
        post(address, "orders", sku="BEL-BRS")
        intake.sync(make.ADMIN, "shopify")
        [row] = search.orders(make.ADMIN, "sku:BEL-BRS").rows
        with transaction() as tx:
            order = order_rows.find(tx, row.number)
            assert order is not None
            order_rows.change(tx, order, captured=0)
        _wait_until_told(row.number)
        open_page(page, staffed, "/reconciliation")
        expect(page.get_by_text("Not compared yet.")).to_have_count(2)  # and nothing is said to agree
        line = page.locator("[data-channel=shopify]")
        line.get_by_role("button", name="Compare").click()
        dialog = page.get_by_role("dialog")
        since = dialog.get_by_label("Orders changed since")
        since.fill(since.get_attribute("max") or "")
        dialog.get_by_role("button", name="Compare").click()
        expect(line).to_contain_text("1 order, 1 difference")
        difference = page.locator("[data-difference=paid]")
        expect(difference).to_contain_text("here ₹0.00")
        assert violations(page) == []
        page.get_by_role("link", name="Paid 1").click()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save as CSV").click()
        assert len(saved.value.path().read_text().splitlines()) == 2
        _fail_to_mend()
        open_page(page, staffed, "/reconciliation")
        expect(difference.get_by_role("button", name="Accept")).to_be_visible()
        difference.get_by_role("button", name="Take it over").click()
        expect(page.get_by_text("Nothing differs.")).to_be_visible()
        expect(page.locator("[data-look=green]")).to_contain_text("1 order, 0 differences")
        assert orders.get(make.ADMIN, row.number).payment_status == "paid"
        _accept_what_nobody_can_mend(page, line)


def _fail_to_mend() -> None:
    """What a button could not mend may be accepted as well."""
    [found] = reconciliation.differences(make.ADMIN, "shopify")
    with transaction() as tx:
        rows.settle(tx, found.id, problem="It cannot be told.")


def _accept_what_nobody_can_mend(page: Page, line: Locator) -> None:
    make.order(channel="shopify", external_id="424242")
    line.get_by_role("button", name="Compare").click()
    page.get_by_role("dialog").get_by_role("button", name="Compare").click()
    expect(line).to_contain_text("2 orders, 1 difference")
    page.get_by_role("button", name="Accept: 424242, Not on the channel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why does it stay so?").fill("Entered for a test")
    assert violations(page) == []
    dialog.get_by_role("button", name="Accept").click()
    expect(line).to_contain_text("2 orders, 0 differences, 1 accepted")
    expect(page.get_by_role("region", name="Accepted differences")).to_contain_text("Entered for a test")
    assert violations(page) == []
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("region", name="Accepted differences")).to_have_count(0)
    page.wait_for_function("document.activeElement !== document.body")


def _wait_until_told(number: str) -> None:
    """What is still on its way to a channel is no difference: the shop's worker acknowledges the order first."""
    for _ in range(200):
        with reading() as tx:
            order = order_rows.find(tx, number)
            assert order is not None
            if any(task.state == "done" for task in channel_tasks.of_order(tx, order.id)):
                return
        time.sleep(0.1)
    raise AssertionError("The order was not acknowledged.")


def test_a_settlement_is_shown_order_by_order_with_what_differs(page: Page, staffed: Shop) -> None:
    order = make.order(external_id="M-1", stage=Stage.SHIPPED)
    table = "settlement,currency,kind,amount,posted,order\n"
    table += "S-1,INR,sale,400.00,2026-11-02,M-1\nS-1,INR,commission,-40.00,2026-11-02,M-1\n"
    settlements.import_file(make.ADMIN, "manual", table)
    open_page(page, staffed, "/reconciliation/settlements")
    expect(page.locator("[data-settlement=S-1]")).to_contain_text("₹360.00")
    difference = page.locator("[data-settlement-difference=amount]")
    expect(difference).to_contain_text("₹400.00 was settled, here it is ₹499.50")
    assert violations(page) == []
    page.get_by_role("link", name="S-1", exact=True).click()
    expect(page.get_by_role("row", name="M-1")).to_contain_text(order.number)
    page.set_viewport_size({"width": 390, "height": 844})
    assert violations(page, "light") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    [_, row] = saved.value.path().read_text().splitlines()
    assert row == f"M-1,{order.number},INR,499.50,400.00,0.00,-40.00,0.00,0.00,0.00,360.00"
