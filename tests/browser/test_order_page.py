"""The page of one order in Chromium: moves, holds, notes, live in every browser that shows it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from oms_app.db.engine import transaction
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView
from oms_app.services import events, order_page, orders
from tests import make
from tests.browser.people import open_page, sit_down
from tests.servers import Shop


@pytest.fixture
def look(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[object]:
    """Opens an order as somebody, each in a browser of their own."""
    pages: list[Page] = []

    def open_order(order: OrderView, who: str = "manager", **options: object) -> Page:
        page = sit_down(browser, staffed, console_errors, who=who, path=f"/orders/{order.number}", **options)
        pages.append(page)
        expect(page.locator(f"[data-order='{order.number}']")).to_be_visible()
        return page

    yield open_order
    for page in pages:
        page.context.close()
    assert console_errors == []


def test_an_order_is_walked_from_placed_to_delivered_by_the_primary_button(look, staffed: Shop) -> None:
    order = make.order()
    page = look(order)
    for title in ("Processing", "Ready to pick", "Picking"):
        page.get_by_role("button", name=f"Move to {title}").click()
    page.get_by_role("button", name="Move to Packed").click()
    page.get_by_label("Weight of the parcel in grams").fill("750")
    page.get_by_role("dialog").get_by_role("button", name="Move to Packed").click()
    page.get_by_role("button", name="Move to Shipped").click()
    page.get_by_label("Courier").fill("Delhivery")
    page.get_by_label("Tracking number").fill("AWB 77")
    page.get_by_role("dialog").get_by_role("button", name="Move to Shipped").click()
    expect(page.get_by_text("750 g · Delhivery · AWB AWB 77")).to_be_visible()
    page.get_by_role("button", name="Move to Delivered").click()
    page.get_by_label("Reason").fill("handed over")
    page.get_by_role("dialog").get_by_role("button", name="Move to Delivered").click()
    expect(page.locator("[data-stage-now=delivered]")).to_be_visible()
    moved = [event for event in events.timeline(make.ADMIN, order.number) if event.kind == "moved"]
    assert {event.actor for event in moved} == {"manager@shop.example"}
    assert [event.reason for event in moved] == ["", "", "", "", "", "handed over"]


def test_a_move_shows_in_the_other_browser_with_its_line_in_the_timeline(look) -> None:
    order = make.order()
    mine, theirs = look(order), look(order, who="service")
    mine.get_by_role("button", name="Move to Processing").click()
    expect(theirs.locator("[data-stage-now=processing]")).to_be_visible(timeout=2_000)
    expect(theirs.locator(".timeline")).to_contain_text("Moved to Processing")
    expect(mine.locator(".timeline")).to_contain_text("manager@shop.example")
    mine.locator("[data-toast]").get_by_role("button", name="Undo").click()
    expect(theirs.locator("[data-stage-now=placed]")).to_be_visible()


def test_of_two_people_one_is_told_who_was_first_and_may_try_again(look) -> None:
    order = make.order(stage=Stage.PICKING)
    page = look(order)
    page.get_by_role("button", name="Move to Packed").click()
    page.get_by_label("Weight of the parcel in grams").fill("750")
    make.move(order, Stage.READY)
    page.get_by_role("dialog").get_by_role("button", name="Move to Packed").click()
    told = page.locator("[data-toast=warning]")
    expect(told).to_contain_text("tests moved this to Ready to pick")
    expect(told).to_contain_text("Your change was not applied.")
    expect(page.locator("[data-stage-now=ready]")).to_be_visible()
    assert orders.get(make.ADMIN, order.number).parcels == ()


def test_a_hold_stops_the_next_step_and_says_why_until_it_is_released(look) -> None:
    order = make.order(stage=Stage.PROCESSING)
    page, other = look(order), look(order, who="service")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Put on hold").click()
    page.get_by_label("Why").select_option("customer")
    page.get_by_label("Reason").fill("wants another colour")
    page.get_by_role("button", name="Put on hold").click()
    expect(other.locator("[data-hold]")).to_contain_text("wants another colour")
    expect(other.get_by_role("button", name="Move to Ready to pick")).to_be_disabled()
    expect(other.get_by_text("Not yet Ready to pick: On hold: customer. Release the hold first.")).to_be_visible()
    other.get_by_role("button", name="Release").click()
    expect(page.locator("[data-hold]")).to_have_count(0)
    expect(page.get_by_role("button", name="Move to Ready to pick")).to_be_enabled()


def test_payment_notes_and_tags_are_written_where_everybody_sees_them(look) -> None:
    order = make.order()
    page = look(order)
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Record a payment").click()
    page.get_by_label("Amount in INR").fill("9999")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Only ₹499.50 is still to be paid.")
    page.get_by_label("Amount in INR").fill("499.50")
    page.get_by_label("Reference").fill("UPI 1")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("Payment: paid")).to_be_visible()
    page.get_by_label("New note").fill("<b>Ring twice</b>")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("[data-notes]")).to_contain_text("<b>Ring twice</b>")
    page.get_by_label("New tag").fill("gift")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Remove the tag gift").click()
    expect(page.get_by_role("button", name="Remove the tag gift")).to_have_count(0)
    page.get_by_role("button", name="Internal").click()
    expect(page.locator(".timeline")).not_to_contain_text("Payment recorded")
    expect(page.locator(".timeline")).to_contain_text("Tags changed")


def test_cancelling_asks_for_a_reason_and_is_final(look) -> None:
    order = make.order()
    page = look(order)
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Cancel the order").click()
    expect(page.get_by_role("dialog")).to_contain_text("This is final.")
    page.get_by_label("Reason").fill("ordered twice")
    page.get_by_role("dialog").get_by_role("button", name="Cancel the order").click()
    expect(page.locator("[data-stage-now=cancelled]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("ordered twice")
    expect(page.locator("[data-next]")).to_have_count(0)


def test_an_analyst_sees_no_customer_and_no_buttons(look) -> None:
    order = make.order()
    page = look(order, who="analyst")
    expect(page.locator("main")).to_contain_text("A. R.")
    expect(page.locator("main")).not_to_contain_text("Asha Rao")
    expect(page.locator("main")).not_to_contain_text("asha@customer.example")
    expect(page.locator("[data-next]")).to_have_count(0)
    expect(page.get_by_label("New note")).to_have_count(0)


def test_older_and_newer_lead_through_the_orders_and_a_missing_one_is_told(look, staffed: Shop) -> None:
    first, second = make.order(), make.order()
    page = look(second)
    older = order_page.read(make.ADMIN, second.number).older
    page.get_by_role("button", name="Older order").click()
    expect(page.locator(f"[data-order='{older}']")).to_be_visible()
    expect(page).to_have_title(f"Order {older} · OMS")
    assert first.number
    page.goto(f"{staffed.url}/orders/nothing-like-it")
    expect(page.get_by_text("There is no order nothing-like-it.")).to_be_visible()


def test_the_order_fits_a_phone_without_scrolling_sideways(look) -> None:
    page = look(make.order(lines=3), viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("navigation", name="Main, short")).to_be_visible()
    button = page.get_by_role("button", name="Move to Processing").bounding_box()
    assert button
    assert button["height"] >= 40


def test_today_counts_and_follows(browser: Browser, staffed: Shop, console_errors: list[str]) -> None:
    page = sit_down(browser, staffed, console_errors)
    tile = page.locator("[data-queue=placed]")
    before = int(tile.get_attribute("data-drill") or 0)
    make.order()
    expect(tile).to_have_attribute("data-drill", str(before + 1), timeout=5_000)
    assert tile.get_attribute("href").startswith("/orders?q=status%3Aplaced&until=20")  # type: ignore[union-attr]
    open_page(page, staffed, "/")
    page.get_by_role("button", name="Put away").click()
    expect(page.get_by_role("heading", name="First steps")).to_have_count(0)
    page.context.close()
    assert console_errors == []


def test_a_number_with_a_slash_opens_by_its_address(look, staffed: Shop) -> None:
    order = make.order()
    with transaction() as tx:
        tx.execute(text("UPDATE orders SET number = 'INV/7' WHERE id = :id"), {"id": order.id})
    page = look(make.order())
    html = {"accept": "text/html"}
    found = [page.request.get(f"{staffed.url}/orders/{part}", headers=html).status for part in ("INV%2F7", "INV/7")]
    assert found == [200, 404]
    open_page(page, staffed, "/orders/INV%2F7")
    expect(page.get_by_role("heading", level=1)).to_have_text("Order INV/7")
