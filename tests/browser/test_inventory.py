"""Inventory in Chromium: stock truth, transfers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from oms_app.db.engine import transaction
from oms_app.services import catalogue, stock
from tests import make
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.browser.test_accessibility import violations
from tests.servers import Shop


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that the tests of this file share."""
    with staffed_shop(tmp_path_factory.mktemp("inventory")) as running:
        yield running


@pytest.fixture
def keeper(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """The inventory specialist's browser."""
    page = sit_down(browser, staffed, console_errors, who="inventory")
    yield page
    page.context.close()
    assert console_errors == []


def test_a_corrupted_counter_is_found_and_repaired(keeper: Page, staffed: Shop) -> None:
    sku = make.product("TRUE-1", on_hand=7)
    with transaction() as tx:
        tx.execute(text("UPDATE stock_level SET on_hand = 9 WHERE product_id = (SELECT MAX(id) FROM product)"))
    open_page(keeper, staffed, "/inventory/truth")
    keeper.get_by_role("button", name="Check now").click()
    row = keeper.locator(f"[data-differs='{sku}']")
    expect(row).to_contain_text("on hand says 9, the ledger 7")
    expect(keeper.locator("[data-checked]")).to_contain_text("1 difference, checked")
    keeper.mouse.move(0, 0)
    assert violations(keeper) == []
    row.get_by_role("button", name=f"Repair {sku}").click()
    expect(keeper.get_by_label("Reason")).to_be_focused()
    assert violations(keeper, "light") == []
    keeper.keyboard.type("power cut")
    keeper.keyboard.press("Enter")
    expect(row).to_have_count(0)
    assert stock.get(make.ADMIN, sku).on_hand == 7


def test_a_transfer_is_drafted_sent_and_received_in_part(keeper: Page, staffed: Shop) -> None:
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    sku = make.product("MOVE-1", on_hand=10)
    open_page(keeper, staffed, "/inventory/transfers")
    keeper.get_by_role("button", name="New transfer").click()
    keeper.get_by_label("From").select_option("MAIN")
    keeper.get_by_label("To", exact=True).select_option("BHI")
    keeper.get_by_label("Articles").fill(f"{sku}\t6")
    assert violations(keeper, "light") == []
    keeper.get_by_role("button", name="Draft it").click()
    keeper.get_by_role("button", name="Send").click()
    expect(keeper.locator("[data-state=sent]")).to_be_visible()
    assert (stock.get(make.ADMIN, sku).on_hand, stock.get(make.ADMIN, sku).incoming) == (4, 6)
    keeper.get_by_role("button", name="Receive").click()
    keeper.get_by_label(sku).fill("4")
    keeper.get_by_label(sku).press("Enter")
    expect(keeper.locator("[data-state=part_received]")).to_be_visible()
    keeper.mouse.move(0, 0)
    assert violations(keeper) == []
    keeper.get_by_role("button", name="The rest is missing").click()
    keeper.get_by_label("Reason").fill("fell off the lorry")
    keeper.get_by_role("button", name="Record as missing").click()
    expect(keeper.locator(f"[data-line='{sku}'] td")).to_have_text(["6", "4", "2", "0"])
    assert (stock.get(make.ADMIN, sku).on_hand, stock.get(make.ADMIN, sku).incoming) == (8, 0)
