"""Products in the browser: found while typing, made as a family, changed, pictured; unknown SKUs become known."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from oms_app.domain.holds import HoldKind
from oms_app.services import holds, orders, pictures, products
from tests import make
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.browser.test_accessibility import violations
from tests.servers import Shop


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with two products of ours that are easy to find."""
    with staffed_shop(tmp_path_factory.mktemp("products")) as running:
        make.product("KUR-BLUE", on_hand=20, name="Blue kurta", barcode="8901234567890")
        make.product("SAR-1", on_hand=5, name="Silk sari")
        yield running


def drawn(colour: str, size: tuple[int, int]) -> bytes:
    """A photo of one colour."""
    picture = io.BytesIO()
    Image.new("RGB", size, colour).save(picture, "JPEG")
    return picture.getvalue()


def test_a_family_is_made_changed_and_pictured(browser: Browser, staffed: Shop, console_errors: list[str]) -> None:
    page = sit_down(browser, staffed, console_errors, who="inventory", path="/products")
    page.get_by_label("Look for products").press_sequentially("8901234567890", delay=15)
    expect(page.locator("[data-product]")).to_have_count(1)
    page.wait_for_url("**/products?q=8901234567890")
    page.get_by_role("button", name="Add a family").click()
    page.get_by_label("Code").fill("KAF")
    page.get_by_label("Name", exact=True).fill("Kaftan")
    page.get_by_label("Options").fill("Size: S, M\nColour: Indigo")
    page.get_by_label("Price", exact=True).fill("1490")
    page.get_by_role("button", name="Make the variants").click()
    expect(page.get_by_role("heading", name="KAF-S-INDIGO")).to_be_visible()
    expect(page.locator("[data-variant]")).to_have_count(2)

    file = {"name": "front.jpg", "mimeType": "image/jpeg", "buffer": drawn("teal", (90, 120))}
    page.locator("#product-pictures input").set_input_files(files=[file])  # type: ignore[list-item]
    shown = page.locator("[data-picture] img")
    expect(shown).to_have_js_property("naturalWidth", 90)
    pictures.add(make.ADMIN, "KAF-S-INDIGO", drawn("maroon", (60, 60)))
    page.reload()
    page.get_by_role("button", name="Make Picture 2 the first").click()
    expect(shown.first).to_have_js_property("naturalWidth", 60)
    page.get_by_role("button", name="Make Picture 2 the first").click()
    expect(shown.first).to_have_js_property("naturalWidth", 90)

    page.get_by_role("button", name="Change").click()
    page.get_by_label("Attributes").fill("Material")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("like Material: Cotton")
    page.get_by_label("Attributes").fill("Material: Cotton")
    page.get_by_label("Tax").select_option("no")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("tax on top")).to_be_visible()
    page.get_by_role("button", name="Set a rate").click()
    page.get_by_label("Rate in %").fill("5")
    page.get_by_label("From").fill("2099-04-01")
    page.get_by_role("button", name="Set it").click()
    expect(page.locator("[data-rate='2099-04-01']")).to_contain_text("Not yet")
    assert violations(page, "light") == []
    found = products.get(make.ADMIN, "KAF-S-INDIGO")
    assert (dict(found.attributes), found.product.tax_included) == ({"Material": "Cotton"}, False)

    order = make.order(make.line("KAF-S-INDIGO"))
    open_page(page, staffed, f"/orders/{order.number}")
    expect(page.locator(".thumbnail")).to_have_js_property("naturalWidth", 90)
    page.context.close()
    assert console_errors == []


def test_a_list_is_tried_shown_and_imported(browser: Browser, staffed: Shop, console_errors: list[str]) -> None:
    page = sit_down(browser, staffed, console_errors, who="manager", path="/products")
    page.get_by_role("button", name="Import a file").click()
    text = b"sku,name,price\nSAR-1,Silk saree,\nSTL-1,Wool stole,790\n,Nameless,1\n"
    page.locator("#product-file input[type=file]").set_input_files(
        files=[{"name": "prices.csv", "mimeType": "text/csv", "buffer": text}]
    )
    expect(page.locator("[data-preview]")).to_have_text(
        "3 rows: 1 new, 1 changed, 0 are so already, 1 cannot be taken."
    )
    expect(page.get_by_text("the SKU is blank. (1)")).to_be_visible()
    assert violations(page, "light") == []
    with page.expect_download() as started:
        page.get_by_role("button", name="Import it").click()
    assert "Nameless" in started.value.path().read_text()
    expect(page.locator("[data-product='SAR-1']")).to_contain_text("Silk saree")
    expect(page.locator("[data-product='STL-1']")).to_be_visible()
    page.context.close()
    assert console_errors == []


def test_an_unknown_sku_is_mapped_by_keyboard_and_its_order_goes_on(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    order = make.order(make.line("NK-KURTA-2", 1, name="Kurta, set of two", unit_price_micros=900_000_000))
    holds.place(make.ADMIN, order.number, kind=HoldKind.SKU, reason="unknown")
    page = sit_down(browser, staffed, console_errors, who="inventory", path="/holds?kind=sku")
    page.get_by_role("button", name="Say what it is").click()
    page.get_by_role("link", name="SKU map").click()
    expect(page.locator("[data-unknown='NK-KURTA-2']")).to_contain_text("1 order waits, 1 unit")
    page.get_by_role("button", name="It is a product of ours: NK-KURTA-2").press("Enter")
    expect(page.get_by_label("NK-KURTA-2 is")).to_be_focused()
    page.keyboard.type("blue k", delay=15)
    expect(page.locator("#find-product-list [role=option]")).to_have_count(1)
    assert violations(page, "light") == []
    page.keyboard.press("Enter")
    expect(page.get_by_label("Our units in one of theirs")).to_be_focused()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-name='NK-KURTA-2']")).to_contain_text("KUR-BLUE")
    expect(page.locator("[data-unknown]")).to_have_count(0)
    page.wait_for_function("document.activeElement !== document.body")
    after = orders.get(make.ADMIN, order.number)
    assert (after.holds, [(line.sku, line.quantity) for line in after.lines]) == ((), [("KUR-BLUE", 2)])
    page.context.close()
    assert console_errors == []


def test_suggestions_are_confirmed_by_keyboard_one_by_one_and_all_that_are_sure(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    placed = {}
    for sku, name in (("amz_kur_blue", "Kurta"), ("kur_blue", "Blue kurta"), ("sar.1", "Silk sari, red")):
        order = make.order(make.line(sku, 1, name=name, unit_price_micros=900_000_000))
        holds.place(make.ADMIN, order.number, kind=HoldKind.SKU, reason="unknown")
        placed[sku] = order.number
    page = sit_down(browser, staffed, console_errors, who="inventory", path="/products/sku-map")
    first = page.get_by_role("button", name="It is KUR-BLUE: kur_blue")
    expect(first).to_be_visible()  # the worker looked, and the page was told
    assert violations(page) == []
    first.press("Enter")
    expect(page.get_by_text("1 order goes on.")).to_be_visible()
    expect(page.get_by_role("button", name="It is SAR-1: sar.1")).to_be_focused()
    assert orders.get(make.ADMIN, placed["kur_blue"]).holds == ()
    page.get_by_role("button", name="Confirm all that are sure: 1").click()
    expect(page.get_by_label("What is confirmed")).to_have_text("Manual: sar.1 → SAR-1, sure")
    assert violations(page, "light") == []
    page.get_by_role("button", name="Confirm 1", exact=True).press("Enter")
    expect(page.locator("[data-unknown]")).to_have_count(1)
    assert orders.get(make.ADMIN, placed["sar.1"]).lines[0].sku == "SAR-1"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-name='sar.1']")).to_have_count(0)
    page.context.close()
    assert console_errors == []
