"""Purchasing in Chromium: goods taken in by keyboard, an order sent by e-mail, what is low drafted with a click."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.lifecycle import Stage
from oms_app.domain.suppliers import Terms
from oms_app.services import company, purchasing, reorder, stock, stock_cover, suppliers
from tests import make, servers
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.browser.test_accessibility import violations
from tests.servers import Shop


class Postbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.letters: list[Message] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content))
        return "250 kept"


@pytest.fixture(scope="module")
def postbox() -> Iterator[tuple[Postbox, int]]:
    """A real SMTP server and its port."""
    box, port = Postbox(), servers.free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, port
    server.stop()


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory, postbox: tuple[Postbox, int]) -> Iterator[Shop]:
    """A shop that the tests of this file share, with a mail server."""
    mail = f"smtp://127.0.0.1:{postbox[1]}"
    with staffed_shop(tmp_path_factory.mktemp("purchasing"), OMS_SMTP_URL=mail) as running:
        company.save(make.ADMIN, company.CompanyView(legal_name="Neelkanti Crafts", email="hello@shop.example"))
        yield running


@pytest.fixture
def buyer(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """The inventory specialist's browser."""
    page = sit_down(browser, staffed, console_errors, who="inventory")
    yield page
    page.context.close()
    assert console_errors == []


def test_a_purchase_order_is_received_by_keyboard_only(buyer: Page, staffed: Shop) -> None:
    sku = make.product("DOCK-1", barcode="8901234567894")
    waiting = make.order(make.line(sku, 3))
    number = make.purchase_order(sku, 24, name="Anand Weavers", pack_size=12).row.number
    open_page(buyer, staffed, "/purchasing")
    buyer.locator("body").press("Tab")
    for _ in range(80):
        if buyer.evaluate("document.activeElement.textContent") == number:
            break
        buyer.keyboard.press("Tab")
    buyer.keyboard.press("Enter")
    expect(buyer.get_by_label("SKU or barcode")).to_be_focused()
    assert violations(buyer) == []

    buyer.keyboard.type("8901234567894\n")
    expect(buyer.get_by_text(f"{sku} · Article {sku} · 24 to come")).to_be_visible()
    expect(buyer.get_by_label("Units")).to_be_focused()
    buyer.keyboard.type("10\n")
    expect(buyer.get_by_text("10 taken in.")).to_be_visible()
    expect(buyer.get_by_label("SKU or barcode")).to_be_focused()
    expect(buyer.locator("[data-state=part_received]")).to_be_visible()
    view = stock.get(make.ADMIN, sku)
    assert (view.on_hand, view.incoming, view.reserved) == (10, 14, 3), waiting.number

    buyer.keyboard.type("NOTHING\n")
    expect(buyer.get_by_role("alert").filter(has_text="not on this order")).to_be_visible()
    expect(buyer.get_by_label("SKU or barcode")).to_be_focused()
    expect(buyer.get_by_label("SKU or barcode")).to_have_value("")
    buyer.keyboard.type(f"{sku}\n")
    expect(buyer.get_by_label("Units")).to_be_focused()
    buyer.keyboard.type("16\n")
    expect(buyer.get_by_label("Why more is taken in")).to_be_focused()
    expect(buyer.get_by_text("14 are expected, 16 came")).to_be_visible()
    assert violations(buyer, "light") == []
    buyer.keyboard.type("two as a gift\n")
    expect(buyer.locator("[data-state=received]")).to_be_visible()
    expect(buyer.locator(f"[data-line='{sku}'] td")).to_have_text(["2 × 12", "24", "26", "0", "₹310.50", "₹7,452.00"])
    assert stock.get(make.ADMIN, sku).on_hand == 26
    assert stock.movements(make.ADMIN, sku)[0].reason == f"{number}, Anand Weavers: 2 too many, two as a gift"
    expect(buyer.get_by_label("SKU or barcode")).to_be_focused()


def test_an_order_is_drafted_sent_by_e_mail_and_promised(
    buyer: Page, staffed: Shop, postbox: tuple[Postbox, int]
) -> None:
    make.product("MAIL-1")
    open_page(buyer, staffed, "/purchasing/suppliers")
    buyer.get_by_role("button", name="Add a supplier").click()
    buyer.get_by_label("Name", exact=True).fill("Kutch Looms")
    buyer.get_by_label("E-mail").fill("orders@kutch.example")
    buyer.get_by_role("button", name="Save").click()
    buyer.get_by_role("button", name="Paste a price list").click()
    buyer.get_by_role("textbox", name="Price list").fill("MAIL-1\t120.50\tKL-9\t10\t20")
    buyer.get_by_role("button", name="Save").click()
    expect(buyer.locator("[data-terms='MAIL-1'] td").first).to_have_text("KL-9")
    buyer.mouse.move(0, 0)
    assert violations(buyer, "light") == []

    open_page(buyer, staffed, "/purchasing")
    buyer.get_by_role("button", name="New purchase order").click()
    buyer.get_by_label("Supplier", exact=True).select_option("Kutch Looms")
    buyer.get_by_label("Articles").fill("MAIL-1 25")
    buyer.get_by_role("button", name="Draft it").click()
    expect(buyer.get_by_text("25 units are no whole packs. Order 20 or 30.")).to_be_visible()
    buyer.get_by_label("Articles").fill("MAIL-1 30")
    buyer.get_by_role("button", name="Draft it").click()
    expect(buyer.locator("[data-state=draft]")).to_be_visible()
    number = buyer.locator("h1").inner_text()
    buyer.get_by_role("button", name="Send by e-mail").click()
    expect(buyer.locator("[data-state=sent]")).to_be_visible()
    expect(buyer.get_by_role("region", name="Letters")).to_contain_text("orders@kutch.example")
    for _ in range(40):
        if postbox[0].letters:
            break
        buyer.wait_for_timeout(250)
    (letter,) = postbox[0].letters
    assert letter["Subject"] == f"Purchase order {number}, Neelkanti Crafts"
    open_page(buyer, staffed, f"/purchasing/{number}")
    expect(buyer.get_by_role("region", name="Letters")).to_contain_text("sent")
    buyer.get_by_role("button", name="Promised day").click()
    buyer.get_by_label("Promised day").fill(str(purchasing.today().replace(year=2030)))
    buyer.get_by_label("Their number").fill("SO-77")
    buyer.get_by_role("button", name="Save").click()
    expect(buyer.locator("[data-state=acknowledged]")).to_be_visible()
    open_page(buyer, staffed, "/inventory/MAIL-1")
    expect(buyer.locator(f"[data-coming='{number}']")).to_contain_text("30")
    open_page(buyer, staffed, f"/purchasing/{number}")
    with buyer.expect_download() as started:
        buyer.get_by_role("button", name="Download the document as PDF").click()
    assert started.value.path().read_bytes().startswith(b"%PDF-")


def test_what_is_low_is_ordered_with_one_click_one_draft_for_each_supplier(buyer: Page, staffed: Shop) -> None:
    for supplier, skus in (("Loom A", ("LOW-1", "LOW-2")), ("Loom B", ("LOW-3",))):
        made = suppliers.add(make.ADMIN, suppliers.Supplier(supplier, lead_time_days=7))
        for sku in skus:
            make.product(sku, on_hand=30)
            make.order(make.line(sku, 28), stage=Stage.SHIPPED)
            suppliers.set_terms(make.ADMIN, made.id, [Terms(sku, 100_000_000, pack_size=12)])
    stock_cover.work_out(make.ADMIN)
    reorder.work_out(make.ADMIN)
    open_page(buyer, staffed, "/purchasing/reorder")
    expect(buyer.locator("[data-why='LOW-1']")).to_have_text(
        "28 in 28 days is 1.00 a day × 21 days + 0 safety = 21, less 2 = 19"
    )
    expect(buyer.get_by_label("Units of LOW-1")).to_have_value("24")
    assert violations(buyer) == []
    buyer.get_by_label("Units of LOW-2").fill("0")
    buyer.get_by_role("button", name="Draft purchase orders").click()
    expect(buyer.locator("[data-purchase]")).to_have_count(2)
    drafts = purchasing.page(make.ADMIN, states=["draft"])
    assert {(row.supplier, row.units) for row in drafts} == {("Loom A", 24), ("Loom B", 24)}
    open_page(buyer, staffed, "/purchasing/reorder")
    expect(buyer.locator("[data-reorder]")).to_have_count(1)
    expect(buyer.locator("[data-reorder='LOW-2']")).to_be_visible()
