"""A new user in Chromium connects a sandbox of Shopify, ships what is sold there, sells more, does a call again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from oms_app.domain.validation import Check, Rules
from oms_app.services import orders, validation
from tests import make, servers
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.browser.test_accessibility import violations
from tests.servers import Shop

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that sells what the sandbox sells, but for an article with another name there."""
    with staffed_shop(tmp_path_factory.mktemp("shop")) as running:
        make.product("BEL-BRS", on_hand=5)
        make.product("KUR-BLUE", name="Blue kurta", on_hand=5)
        make.product("DUP-RED", name="Dupatta, red", on_hand=3)
        validation.save(make.ADMIN, Rules(off=tuple(each for each in Check if each is not Check.SKU)))
        yield running


@pytest.fixture
def printed(tmp_path: Path) -> Iterator[str]:
    """What an open sandbox says to a new user."""
    goods = tmp_path / "goods.csv"
    goods.write_text("sku,title,price,stock\nBEL-BRS,Brass Temple Bell,590,5\nkur_blue,Blue kurta,1290,5\n", "utf-8")
    with servers.sandbox(
        "shopify", tmp_path / "log", "--rate", "0", "--orders", "0", "--catalogue", str(goods)
    ) as said:
        yield said


def fill_in(page: Page, printed: str) -> None:
    """The dialog, as the sandbox says it is filled in."""
    page.get_by_role("button", name="Connect a channel").click()
    page.get_by_role("menuitem", name="Shopify").click()
    dialog = page.get_by_role("dialog")
    for title in ("Store", "Client ID", "Client secret"):
        value = re.search(rf"^  {title}  +(\S+)$", printed, re.MULTILINE)
        assert value
        dialog.get_by_label(title, exact=True).fill(value[1])


def buy(sandbox: Page, sku: str) -> Locator:
    """A buyer's order there: its row, the newest."""
    sandbox.get_by_label("Article").select_option(sku)
    sandbox.get_by_role("button", name="New order").click()
    row = sandbox.locator("#live table").first.locator("tbody tr").first
    expect(row).to_contain_text(f"1 × {sku}")
    return row


def fits(page: Page) -> None:
    """Nothing to object to, light and dark, and as wide as a phone."""
    assert violations(page) == []
    size = page.viewport_size
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert violations(page, "light") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    stacked = page.locator(".table-box:has(.stacks)")
    assert stacked.evaluate_all("boxes => boxes.filter(each => each.scrollWidth > each.clientWidth).length") == 0
    page.set_viewport_size(size)  # type: ignore[arg-type]


def ours(row: Locator) -> str:
    """Our number of an order, once the channel was told it."""
    expect(row).to_contain_text("ours: ")
    found = re.search(r"ours: (\d+)", row.inner_text())
    assert found
    return found[1]


def ship(board: Page, number: str) -> None:
    """By keys and menu, from Placed to Shipped."""
    card = board.locator(f"[data-order='{number}']")
    card.focus()
    for stage in ("processing", "ready", "picking"):
        board.keyboard.press(">")
        expect(board.locator(f"[data-stage={stage}] [data-order='{number}']")).to_be_focused()
    for stage, answers in (("packed", ("750",)), ("shipped", ("Delhivery", "DL7700"))):
        board.keyboard.press("m")
        board.locator(f"[role=menuitem][data-to={stage}]").click()
        boxes = board.get_by_role("dialog").get_by_role("textbox")
        for place, answer in enumerate(answers):
            boxes.nth(place).fill(answer)
        board.keyboard.press("Enter")
        expect(board.locator(f"[data-stage={stage}] [data-order='{number}']")).to_be_focused()


def test_a_new_user_connects_a_sandbox_ships_maps_and_does_a_call_again(
    browser: Browser, staffed: Shop, console_errors: list[str], printed: str
) -> None:
    page = sit_down(browser, staffed, console_errors, path="/channels")
    expect(page.get_by_text("No channel is connected.")).to_be_visible()
    fill_in(page, printed)
    page.get_by_text("More settings").click()
    assert violations(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Connect").click()
    expect(page.get_by_text("It answers: Sandbox Handlooms.")).to_be_visible()
    card = page.locator("[data-channel=shopify]")
    expect(card).to_have_attribute("data-health", "fine")
    page.get_by_role("button", name="Connect a channel").click()
    page.get_by_role("menuitem", name="Shopify").click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_visible()  # the kind's own is taken
    page.keyboard.press("Escape")

    sandbox = page.context.new_page()
    sandbox.goto(re.search(r"open here, .*: (\S+)$", printed, re.MULTILINE)[1])  # type: ignore[index]
    board = page.context.new_page()
    open_page(board, staffed, "/board")
    expect(sandbox.locator("#live")).to_contain_text("/webhooks/shopify/")
    sold = buy(sandbox, "BEL-BRS")
    number = ours(sold)
    expect(board.locator(f"[data-stage=placed] [data-order='{number}']")).to_be_visible()
    ship(board, number)
    expect(sold).to_contain_text("Delhivery DL7700")
    expect(sandbox.get_by_role("row", name="BEL-BRS Brass Temple Bell")).to_contain_text("4")
    sandbox.evaluate("document.documentElement.className = 'light dark'")  # it has one look
    fits(sandbox)

    other = ours(buy(sandbox, "kur_blue"))
    expect(board.locator(f"[data-order='{other}']").get_by_text("On hold")).to_be_visible()
    open_page(board, staffed, "/products/sku-map")
    board.get_by_role("button", name="It is KUR-BLUE: kur_blue").click()
    expect(board.get_by_text("1 order goes on.")).to_be_visible()
    assert orders.get(make.ADMIN, other).holds == ()

    open_page(board, staffed, "/products/DUP-RED")
    place = board.locator("[data-on=Shopify]")
    expect(place).to_contain_text("Not sold there yet.")
    fits(board)
    board.get_by_role("button", name="Sell it on Shopify").click()
    expect(place).to_contain_text("DUP-RED")
    board.wait_for_function("document.activeElement !== document.body")
    expect(board.get_by_text("Sold on Shopify from now on")).to_be_visible()
    expect(sandbox.get_by_role("row", name="DUP-RED Dupatta, red")).to_contain_text("3")

    page.bring_to_front()
    fits(page)
    card.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Load older orders").click()
    page.get_by_label("Sold or changed since").fill("2026-01-01")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("row", name="Here already")).to_have_count(2)
    fits(page)
    page.keyboard.press("Escape")
    sandbox.get_by_label("Fault", exact=True).select_option("broken")
    sandbox.get_by_role("button", name="Next calls fail so").click()
    card.get_by_role("button", name="Read now").click()
    expect(card).to_have_attribute("data-health", "resting")
    expect(card).to_contain_text("answered 500")
    card.get_by_role("link", name="Calls").click()
    failed = page.locator("[data-failed=true]").first
    expect(failed).to_contain_text("reading orders")
    fits(page)
    failed.get_by_role("button", name="Try again: reading orders").click()
    expect(page.get_by_text("The orders are read on at once.")).to_be_visible()
    open_page(page, staffed, "/channels")
    expect(card).to_have_attribute("data-health", "fine")
    page.context.close()
    assert console_errors == []
