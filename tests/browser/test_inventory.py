"""Inventory in Chromium: stock truth, transfers, counts, the sheet, cover and bins."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from oms_app.db.engine import transaction
from oms_app.domain.lifecycle import Stage
from oms_app.domain.lots import Came
from oms_app.services import catalogue, orders, stock, stock_cover, transfers
from tests import make
from tests.browser.people import open_page, sit_down
from tests.browser.test_accessibility import violations
from tests.servers import Shop


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
    order = make.order(make.line(make.product(on_hand=2), 2))
    with transaction() as tx:
        tx.execute(text("UPDATE order_line SET allocated = 1 WHERE order_id = :id"), {"id": order.id})
    open_page(keeper, staffed, "/inventory/truth")
    keeper.get_by_role("button", name="Check now").click()
    row = keeper.locator(f"[data-differs='{sku}']")
    expect(row).to_contain_text("on hand says 9, the ledger 7")
    expect(keeper.locator("[data-checked]")).to_contain_text("2 differences, checked")
    keeper.mouse.move(0, 0)
    assert violations(keeper) == []
    row.get_by_role("button", name=f"Repair {sku}").click()
    expect(keeper.get_by_label("Reason")).to_be_focused()
    assert violations(keeper, "light") == []
    keeper.keyboard.type("power cut")
    keeper.keyboard.press("Enter")
    expect(row).to_have_count(0)
    assert stock.get(make.ADMIN, sku).on_hand == 7
    line = keeper.locator(f"[data-differs='{order.number}']")
    expect(line).to_contain_text("allocated says 1, its reservations 2")
    line.get_by_role("button").click()
    keeper.get_by_label("Reason").fill("power cut")
    keeper.keyboard.press("Enter")
    expect(line).to_have_count(0)
    assert orders.get(make.ADMIN, order.number).lines[0].allocated == 2


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


def test_a_count_is_walked_with_a_scanner_on_a_phone(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    sku = make.product("SCAN-1", on_hand=5, barcode="8901234567894")
    phone = {"viewport": {"width": 390, "height": 844}}
    page = sit_down(browser, staffed, console_errors, who="warehouse", path="/inventory/counts", **phone)
    page.get_by_role("button", name="New count").click()
    page.get_by_label("SKU begins with").fill("SCAN-")
    page.get_by_label("Location").select_option("MAIN")
    page.get_by_role("button", name="Request it").click()
    for state in ("recount", "counted"):
        page.get_by_label("SKU or barcode").focus()
        page.keyboard.type("8901234567894\n")
        expect(page.get_by_text(f"{sku} · Article {sku}")).to_be_visible()
        expect(page.get_by_label("Units")).to_be_focused()
        page.keyboard.type("4\n")
        expect(page.get_by_text(f"{sku}: 4")).to_be_visible()
        expect(page.get_by_label("SKU or barcode")).to_have_value("")
        assert violations(page, "light") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("button", name="Everything is counted").click()
        expect(page.locator(f"[data-state={state}]")).to_be_visible()
    assert page.get_by_role("button", name="Approve").count() == 0
    address = page.url
    page.context.close()

    keeper = sit_down(browser, staffed, console_errors, who="inventory", path=address.removeprefix(staffed.url))
    expect(keeper.locator(f"[data-line='{sku}'] td")).to_have_text(["4", "4", "5", "−1"])
    keeper.get_by_role("button", name="Approve").click()
    keeper.get_by_role("button", name="Post the differences").click()
    expect(keeper.locator("[data-state=posted]")).to_be_visible()
    keeper.mouse.move(0, 0)
    assert violations(keeper) == []
    keeper.context.close()
    assert stock.get(make.ADMIN, sku).on_hand == 4
    assert console_errors == []


def test_a_column_is_pasted_saved_and_taken_back(keeper: Page, staffed: Shop) -> None:
    skus = [make.product(f"PASTE-{index}", on_hand=5) for index in range(3)]
    open_page(keeper, staffed, "/inventory/sheet?location=MAIN&q=PASTE-")
    keeper.get_by_label("Counted, PASTE-0").focus()
    paste = """text => {
        const data = new DataTransfer();
        data.setData("text", text);
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
    }"""
    keeper.evaluate(paste, "PASTE-0\t7\n8\n1,000\n")
    expect(keeper.get_by_label("Counted, PASTE-2")).to_have_value("1000")
    expect(keeper.get_by_label("Counted, PASTE-2")).to_be_focused()
    keeper.keyboard.press("ArrowUp")
    expect(keeper.get_by_label("Counted, PASTE-1")).to_be_focused()
    keeper.get_by_label("Reason").fill("Monday")
    keeper.get_by_role("button", name="Save what changed").click()
    expect(keeper.locator("[data-row='PASTE-2'] td").nth(1)).to_have_text("1000")
    assert [stock.get(make.ADMIN, sku).on_hand for sku in skus] == [7, 8, 1000]
    keeper.mouse.move(0, 0)
    assert violations(keeper) == []
    keeper.get_by_role("button", name="Undo").click()
    expect(keeper.get_by_label("Counted, PASTE-2")).to_have_value("5")
    assert [stock.get(make.ADMIN, sku).on_hand for sku in skus] == [5, 5, 5]
    expect(keeper.get_by_role("button", name="Undo")).to_be_disabled()
    with keeper.expect_download() as started:
        keeper.get_by_role("button", name="Download CSV").click()
    assert started.value.path().read_text().splitlines()[1].startswith("PASTE-0,Article PASTE-0,MAIN,5,0,0,0,5")


def test_cover_is_listed_and_bins_are_noted_on_the_product(keeper: Page, staffed: Shop) -> None:
    sku = make.product("COVER-1", on_hand=20)
    make.order(make.line(sku, 14), stage=Stage.SHIPPED)
    stock_cover.work_out(make.ADMIN)
    open_page(keeper, staffed, "/inventory/cover")
    expect(keeper.locator(f"[data-cover='{sku}'] td")).to_have_text(["6", "14", "12", "0"])
    keeper.get_by_role("link", name="Under 7 days").click()
    expect(keeper.get_by_role("link", name="Under 7 days")).to_have_attribute("aria-current", "page")
    expect(keeper.locator(f"[data-cover='{sku}']")).to_have_count(0)
    assert violations(keeper) == []
    open_page(keeper, staffed, f"/inventory/{sku}")
    keeper.get_by_role("button", name="Bins at MAIN").click()
    keeper.get_by_label("Bins", exact=True).fill("A-01, B-02")
    keeper.get_by_role("button", name="Save").click()
    expect(keeper.get_by_text("A-01, B-02")).to_be_visible()


def test_a_file_is_tried_shown_and_imported(keeper: Page, staffed: Shop) -> None:
    sku = make.product("FILE-1", on_hand=5)
    open_page(keeper, staffed, "/inventory/sheet?location=MAIN&q=FILE-")
    text = f"sku,location,on_hand\n{sku},MAIN,8\nNOTHING,MAIN,1\n"
    keeper.locator("#stock-file input[type=file]").set_input_files(
        {"name": "count.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    expect(keeper.locator("[data-preview]")).to_have_text(
        "2 rows: 1 would change, 0 are so already, 1 cannot be taken."
    )
    assert stock.get(make.ADMIN, sku).on_hand == 5
    keeper.mouse.move(0, 0)
    assert violations(keeper, "light") == []
    with keeper.expect_download() as started:
        keeper.get_by_role("button", name="Import it").click()
    assert "there is no product with the SKU NOTHING" in started.value.path().read_text()
    expect(keeper.get_by_label(f"Counted, {sku}")).to_have_value("8")


def test_a_kit_is_put_together_and_an_order_of_it_says_what_it_takes(keeper: Page, staffed: Shop) -> None:
    cup, spoon = make.product("CUP-1", on_hand=9), make.product("SPOON-1", on_hand=3)
    open_page(keeper, staffed, f"/inventory/{make.product('BOX-1')}")
    for sku, units in ((cup, "2"), (spoon, "1")):
        keeper.get_by_label("Component", exact=True).fill(sku)
        keeper.get_by_label("Units of one kit").fill(units)
        keeper.get_by_label("Units of one kit").press("Enter")
        expect(keeper.locator(f"[data-part={sku}] td").first).to_have_text(units)
    expect(keeper.locator("[data-made]")).to_have_text("3 can be made: 3 at MAIN")
    assert violations(keeper) == []
    order = make.order(make.line("BOX-1", 4))
    open_page(keeper, staffed, "/inventory/kits")
    expect(keeper.locator("[data-sku=BOX-1] td")).to_have_text(["0", "–", "2 × CUP-1, 1 × SPOON-1"])
    open_page(keeper, staffed, f"/orders/{order.number}")
    expect(keeper.get_by_text("Kit of 2 × CUP-1, 1 × SPOON-1")).to_be_visible()
    open_page(keeper, staffed, "/shortfalls?q=SPOON-1")
    expect(keeper.locator(f"[data-short='{order.number}']")).to_contain_text("Kit, lacks SPOON-1")


def test_bins_are_listed_and_a_transfer_is_taken_in_from_the_list_of_goods(keeper: Page, staffed: Shop) -> None:
    sku = make.product("BIN-9", on_hand=4)
    catalogue.add_location(make.ADMIN, code="PUN", name="Pune")
    open_page(keeper, staffed, "/inventory/bins?location=MAIN")
    keeper.get_by_role("button", name="Put an article in a bin").click()
    dialog = keeper.get_by_role("dialog")
    dialog.get_by_label("SKU").fill(sku)
    dialog.get_by_label("Bin").fill("Z-9")
    keeper.keyboard.press("Enter")
    expect(keeper.locator("[data-bin='Z-9']")).to_contain_text(sku)
    made = transfers.draft(make.ADMIN, "MAIN", "PUN", [(sku, 3)])
    transfers.send(make.ADMIN, made.row.id, version=1)
    open_page(keeper, staffed, "/inventory")
    keeper.locator(f"[data-coming='{made.row.number}']").get_by_role("link", name="Receive").click()
    expect(dialog.get_by_label(sku)).to_have_value("3")
    dialog.get_by_role("button", name="Receive").click()
    expect(keeper.locator("[data-state=received]")).to_be_visible()


def test_lots_are_switched_on_received_and_listed_as_they_expire(keeper: Page, staffed: Shop) -> None:
    sku = make.product("MILK-1", on_hand=2)
    open_page(keeper, staffed, f"/inventory/{sku}")
    keeper.get_by_role("button", name="Lots and expiry…").click()
    keeper.get_by_label("Units are kept by lot").select_option("yes")
    assert violations(keeper, "light") == []
    keeper.get_by_role("button", name="Save").click()
    expect(keeper.locator("[data-lot='No lot']")).to_contain_text("MAIN")
    keeper.get_by_role("button", name="Adjust").click()
    keeper.get_by_label("What happened").select_option("received")
    keeper.get_by_label("Units, more or fewer").fill("5")
    keeper.get_by_label("Lot", exact=True).fill("M-7")
    keeper.get_by_label("Last day it is good").fill("2020-01-31")
    keeper.get_by_label("Reason").fill("came late")
    keeper.keyboard.press("Enter")
    expect(keeper.locator("[data-lot=M-7]")).to_contain_text("31 Jan 2020")
    assert (stock.get(make.ADMIN, sku).on_hand, stock.get(make.ADMIN, sku).available) == (7, 2)
    open_page(keeper, staffed, "/inventory/lots?within=expired")
    expect(keeper.locator("[data-lot=M-7] td").last).to_have_text("5")
    keeper.mouse.move(0, 0)
    assert violations(keeper) == []
    keeper.get_by_role("link", name="M-7").click()
    expect(keeper.get_by_role("row", name="came late")).to_contain_text("+5")
    assert violations(keeper, "light") == []
    for code in ("M-8", "M-9"):
        came = Came(code, make.today() + timedelta(days=int(code[-1]) * 10))
        stock.adjust(make.ADMIN, sku, "MAIN", 2, reason="came", kind="received", lot=came)
    order = make.order(make.line(sku))
    open_page(keeper, staffed, f"/orders/{order.number}")
    keeper.get_by_role("button", name=f"Choose the lot of 1 of {sku} at MAIN").click()
    keeper.get_by_label("Lot", exact=True).select_option("M-9")
    keeper.get_by_label("Reason").fill("a gift")
    keeper.get_by_role("dialog").get_by_role("button", name="Choose").click()
    expect(keeper.locator("[data-kept]")).to_contain_text("Lots: 1 × M-9, chosen")


def test_many_articles_are_adjusted_after_a_preview_and_many_products_changed(keeper: Page, staffed: Shop) -> None:
    full, bare = make.product("BULK-1", on_hand=6), make.product("BULK-2")
    open_page(keeper, staffed, "/inventory?q=bulk-")
    keeper.get_by_label("Select every article shown").click()
    expect(keeper.get_by_text("2 selected")).to_be_visible()
    keeper.get_by_role("button", name="Do …").click()
    keeper.get_by_role("menuitem", name="Adjust …").click()
    dialog = keeper.get_by_role("dialog")
    expect(dialog).to_contain_text("Adjust: 2 articles")
    dialog.get_by_label("Location").select_option("MAIN")
    dialog.get_by_label("Units, more or fewer").fill("-2")
    dialog.get_by_label("Reason").fill("Monsoon")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog).to_contain_text("1 can, 1 cannot")
    expect(dialog).to_contain_text(f"{bare}: Fewer than 2 are free at MAIN.")
    assert violations(keeper, "light") == []
    dialog.get_by_role("button", name="Adjust: 1").click()
    expect(keeper.locator(f"[data-sku='{full}'] td").nth(2)).to_have_text("4")
    keeper.get_by_role("button", name="Undo").click()
    expect(keeper.locator(f"[data-sku='{full}'] td").nth(2)).to_have_text("6")
    assert [row.quantity for row in stock.movements(make.ADMIN, full)] == [2, -2, 6]

    open_page(keeper, staffed, "/products?q=bulk-")
    keeper.get_by_label(f"Select {full}").click()
    keeper.get_by_role("button", name="Do …").click()
    keeper.get_by_role("menuitem", name="Offer no more …").click()
    keeper.get_by_role("dialog").get_by_role("button", name="Offer no more: 1").click()
    expect(keeper.locator(f"[data-product='{full}']")).to_contain_text("Not offered")
    open_page(keeper, staffed, "/runs")
    expect(keeper.locator("[data-run]").first).to_contain_text("1 product")
