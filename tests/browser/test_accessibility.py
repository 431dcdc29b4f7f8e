"""axe (WCAG 2.2 AA, best practice) finds nothing: every page, light and dark, desktop and phone, menus and dialogs."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from oms_app import pages
from oms_app.pages.shell import pages as registered
from oms_app.services import orders, purchasing, today, users
from tests import make
from tests.browser.people import open_page, sit_down
from tests.servers import Shop

pages.load()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EXAMPLES = {
    "/orders/[order_number]": "/orders/{order}",
    "/orders/[order_number]/change": "/orders/{order}/change",
    "/inventory/[stock_sku]": "/inventory/{sku}",
    "/products/[product_sku]": "/products/{sku}",
    "/purchasing/[purchase_number]": "/purchasing/{purchase}",
}
"""Addresses of pages whose route has a name in it."""

OUTSIDE = ["/login", "/welcome", "/reset/[reset_link]"]
FRAMED = [page.route for page in registered if page.route not in OUTSIDE]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that look at colours: the only ones that can find something else in the dark."""

THEMES = ("light", "dark")
AXE = Axe()
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def admin(browser: Browser, staffed: Shop) -> Iterator[Page]:
    """The admin's browser, in the colours of its device."""
    page = sit_down(browser, staffed, [])
    yield page
    page.context.close()


def violations(page: Page, *themes: str) -> list[str]:
    """What axe objects to in these colours, each with the elements it means."""
    found, rules = [], TAGS
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.axe_script)
    for theme in themes or THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        expect(page.locator(f"html.{theme}")).to_be_attached()
        options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
        for each in page.evaluate("options => axe.run(options).then(({violations}) => violations)", options):
            elements = [node["html"][:160] for node in each["nodes"][:3]]
            found.append(f"{theme}: {each['id']}: {each['help']}: {elements}")
        rules = COLOURS
    return found


def path_of(route: str) -> str:
    """An address of the route, with an order, a product and a purchase order that exist."""
    number = today.read(make.ADMIN).touched[0].number
    sku = orders.get(make.ADMIN, number).lines[0].sku
    bought = purchasing.page(make.ADMIN, limit=1) or (make.purchase_order(sku).row,)
    return EXAMPLES.get(route, route).format(order=number, sku=sku, purchase=bought[0].number)


@pytest.mark.parametrize("route", FRAMED)
def test_every_page_is_accessible_and_fits_a_phone(admin: Page, staffed: Shop, route: str) -> None:
    admin.set_viewport_size(DESKTOP)
    open_page(admin, staffed, path_of(route))
    assert violations(admin) == []
    assert admin.title().endswith(" · OMS")
    assert admin.locator("h1:visible").count() == 1
    assert admin.evaluate("document.documentElement.lang") == "en"
    admin.set_viewport_size(PHONE)
    assert violations(admin, "light") == []
    assert admin.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("path", ["/login", "/login?error=wrong_password", "/reset/unknown", "/orders/unknown"])
def test_pages_outside_the_frame_and_errors_are_accessible(browser: Browser, staffed: Shop, path: str) -> None:
    page = sit_down(browser, staffed, []) if path.startswith("/orders") else browser.new_context().new_page()
    page.goto(f"{staffed.url}{path}")
    expect(page.locator("h1")).to_be_visible()
    assert violations(page) == []
    page.context.close()


def test_the_first_page_and_a_reset_form_are_accessible(browser: Browser, staffed: Shop, empty_shop: Shop) -> None:
    link = users.reset_link(make.ADMIN, users.get(make.ADMIN, "analyst@shop.example").id)
    for address in (f"{empty_shop.url}/welcome", f"{staffed.url}/reset/{link}"):
        page = browser.new_context(viewport=DESKTOP).new_page()
        page.goto(address)
        expect(page.get_by_label("Password").or_(page.get_by_label("New password"))).to_be_visible()
        assert violations(page) == []
        page.set_viewport_size(PHONE)
        assert violations(page, "light") == []
        page.context.close()


@pytest.mark.parametrize(
    ("route", "opener"),
    [
        ("/", "Your account"),
        ("/", "Colours of the screen"),
        ("/orders/[order_number]", "More actions"),
        ("/channels", "Connect a channel"),
        ("/settings/users", "Add a user"),
        ("/settings/users", "Change"),
        ("/settings/users", "Disable"),
        ("/settings/tokens", "Make a token"),
        ("/settings/places", "Add a location"),
        ("/inventory/[stock_sku]", "Adjust"),
        ("/products", "Add a family"),
        ("/products/sku-map", "Change the rules of Manual"),
        ("/products/[product_sku]", "Change"),
        ("/purchasing", "New purchase order"),
        ("/purchasing/[purchase_number]", "Promised day"),
        ("/purchasing/suppliers", "Add a supplier"),
    ],
)
def test_menus_and_dialogs_are_accessible(admin: Page, staffed: Shop, route: str, opener: str) -> None:
    admin.set_viewport_size(DESKTOP)
    open_page(admin, staffed, path_of(route))
    admin.get_by_role("button", name=opener).first.click()
    expect(admin.locator("[role=menu], [role=dialog], [role=alertdialog]").first).to_be_visible()
    assert violations(admin) == []
    admin.keyboard.press("Escape")
    expect(admin.locator("[role=menu], [role=dialog], [role=alertdialog]")).to_have_count(0)
    admin.wait_for_function("document.activeElement !== document.body")


@pytest.mark.parametrize(
    ("route", "opener"),
    [
        ("/channels", "Connect a channel"),
        ("/products", "Add a family"),
        ("/products", "Do …"),
        ("/settings/places", "Add a location"),
        ("/settings/tokens", "Make a token"),
        ("/settings/users", "Add a user"),
    ],
)
def test_a_dialog_is_gone_when_its_page_is_opened_anew(admin: Page, staffed: Shop, route: str, opener: str) -> None:
    admin.set_viewport_size(DESKTOP)
    open_page(admin, staffed, route)
    dialog = admin.get_by_role("dialog")
    if opener == "Do …":
        admin.get_by_label("Select every product shown").click()
    admin.get_by_role("button", name=opener).first.click()
    if admin.get_by_role("menuitem").count():
        admin.get_by_role("menuitem").first.click()
    expect(dialog).to_be_visible()
    open_page(admin, staffed, route)
    expect(dialog).to_have_count(0)


def test_a_button_under_the_mouse_can_be_read_in_the_dark(admin: Page, staffed: Shop) -> None:
    admin.set_viewport_size(DESKTOP)
    open_page(admin, staffed, "/settings/users")
    admin.get_by_role("button", name="Add a user").first.click()
    admin.get_by_role("dialog").locator("button[type=submit]").hover()
    assert violations(admin, "light") == []
    assert violations(admin, "dark") == []
    admin.keyboard.press("Escape")


def test_what_a_role_may_not_open_is_said_accessibly(browser: Browser, staffed: Shop) -> None:
    page = sit_down(browser, staffed, [], who="analyst", path="/settings/users")
    assert violations(page) == []
    page.context.close()


def test_the_page_is_reached_by_the_skip_link_and_focus_is_never_lost(browser: Browser, staffed: Shop) -> None:
    page = sit_down(browser, staffed, [])
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    reachable = page.locator("main :is(a[href], button, input, [tabindex='0']):visible").count()
    for _ in range(reachable):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body") is False
    page.context.close()


def test_forced_colours_and_print_keep_what_matters(browser: Browser, staffed: Shop) -> None:
    page = sit_down(browser, staffed, [], forced_colors="active")
    current = page.locator("[aria-current=page]").first
    assert current.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    open_page(page, staffed, path_of("/orders/[order_number]"))
    page.emulate_media(media="print", forced_colors="none")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator("[data-notes]")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    page.context.close()
