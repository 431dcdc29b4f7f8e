"""Changing an order in Chromium: boxes, preview, commit, versions, and the conflict with somebody who was first."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.changes import Edit
from oms_app.domain.lifecycle import Stage
from oms_app.services import changes, orders, stock
from tests import make
from tests.browser.people import open_page, sit_down
from tests.browser.test_accessibility import violations
from tests.servers import Shop


@pytest.fixture
def manager(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """A manager's browser."""
    page = sit_down(browser, staffed, console_errors, who="manager")
    yield page
    page.context.close()
    assert console_errors == []


def test_an_order_is_edited_previewed_and_changed(manager: Page, staffed: Shop) -> None:
    sku, other = make.product(on_hand=9, price_micros=100_000_000), make.product(on_hand=1, price_micros=50_000_000)
    order = make.order(make.line(sku, 3), paid=True)
    open_page(manager, staffed, f"/orders/{order.number}")
    manager.get_by_role("button", name="More actions").click()
    manager.get_by_role("menuitem", name="Change the order").click()
    manager.get_by_label("SKU of an article to add").fill("NOTHING")
    manager.get_by_role("button", name="Add article").click()
    expect(manager.get_by_role("alert").filter(has_text="NOTHING")).to_be_visible()
    manager.get_by_label("SKU of an article to add").fill(other)
    manager.get_by_role("button", name="Add article").click()
    manager.get_by_label(f"Quantity of {other}").fill("2")
    manager.get_by_label(f"Quantity of {sku}").fill("1")
    manager.get_by_label("Shipping (INR)").fill("40")
    manager.get_by_role("button", name="Preview").click()
    preview = manager.locator("[data-preview]")
    expect(preview).to_contain_text("Refund ₹60.00 due.")
    expect(preview).to_contain_text(f"{sku}: 2 free again at MAIN")
    expect(preview).to_contain_text(f"{other}: 1 more waits for stock")
    expect(manager.get_by_role("button", name="Make the change")).to_be_focused()
    expect(manager.get_by_label(f"Quantity of {sku}")).to_be_disabled()
    assert orders.get(make.ADMIN, order.number).version == order.version
    assert violations(manager) == []
    manager.get_by_role("button", name="Change something").click()
    expect(manager.get_by_label(f"Quantity of {sku}")).to_have_value("1")
    manager.get_by_role("button", name="Preview").click()
    manager.get_by_label("Refund of ₹60.00").select_option("upi")
    manager.get_by_label("Reason").fill("asked by phone")
    manager.get_by_role("button", name="Make the change").click()
    versions = manager.locator("[data-versions]")
    expect(versions).to_contain_text("1. Order changed: ₹240.00")
    expect(versions).to_contain_text("asked by phone")
    expect(manager.locator(".timeline")).to_contain_text("Order changed (1)")
    expect(manager.locator(".timeline")).to_contain_text("Refund recorded")
    after = orders.get(make.ADMIN, order.number)
    assert (after.total, after.refunded, after.refund_due) == (24_000, 6_000, 0)
    assert stock.get(make.ADMIN, sku).reserved == 1


def test_a_line_is_taken_off_and_the_address_corrected(manager: Page, staffed: Shop) -> None:
    sku, other = make.product(on_hand=9), make.product(on_hand=9)
    order = make.order(make.line(sku, 1), make.line(other, 1))
    open_page(manager, staffed, f"/orders/{order.number}/change")
    manager.get_by_role("button", name=f"Remove {sku}").click()
    manager.get_by_label("Address line 1").fill("14 MG Road")
    manager.get_by_role("button", name="Preview").click()
    expect(manager.locator("[data-preview]")).to_contain_text("not on the order")
    manager.get_by_role("button", name="Make the change").click()
    expect(manager.locator("[data-versions]")).to_contain_text("Pune (corrected)")
    after = orders.get(make.ADMIN, order.number)
    assert [line.cancelled for line in after.lines] == [1, 0]
    assert after.ship_to.line1 == "14 MG Road"  # type: ignore[union-attr]


def test_who_comes_second_is_told_who_was_first_and_sees_the_order_as_it_is(manager: Page, staffed: Shop) -> None:
    sku = make.product(on_hand=9)
    order = make.order(make.line(sku, 1))
    open_page(manager, staffed, f"/orders/{order.number}/change")
    manager.get_by_label(f"Quantity of {sku}").fill("4")
    changes.apply(make.actor("service"), order.number, Edit(shipping=4_000), version=1)
    manager.get_by_role("button", name="Preview").click()
    expect(manager.locator("[data-toast=warning]")).to_contain_text("service@shop.example changed order")
    expect(manager.get_by_label("Shipping (INR)")).to_have_value("40.00")
    assert orders.get(make.ADMIN, order.number).units == 1


def test_an_order_is_cancelled_with_its_refund(manager: Page, staffed: Shop) -> None:
    order = make.order(make.line(make.product(on_hand=9), 1), paid=True)
    open_page(manager, staffed, f"/orders/{order.number}")
    manager.get_by_role("button", name="More actions").click()
    manager.get_by_role("menuitem", name="Cancel the order").click()
    manager.get_by_label("Reason").fill("ordered twice")
    manager.get_by_label("Refund of ₹499.50").select_option("upi")
    manager.get_by_role("dialog").get_by_role("button", name="Cancel the order").click()
    expect(manager.locator("[data-stage-now=cancelled]")).to_be_visible()
    expect(manager.locator("[data-versions]")).to_contain_text("Order cancelled")
    after = orders.get(make.ADMIN, order.number)
    assert (after.refunded, after.refund_due) == (49_950, 0)


def test_who_may_not_edit_orders_has_no_way_to(browser: Browser, staffed: Shop, console_errors: list[str]) -> None:
    order = make.order()
    page = sit_down(browser, staffed, console_errors, who="warehouse", path=f"/orders/{order.number}/change")
    expect(page.get_by_text("Your role does not include this page.")).to_be_visible()
    open_page(page, staffed, f"/orders/{order.number}")
    page.get_by_role("button", name="More actions").click()
    expect(page.get_by_role("menuitem", name="Print")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Change the order")).to_have_count(0)
    page.context.close()
    assert console_errors == []


def test_what_is_there_goes_on_and_the_rest_waits(manager: Page, staffed: Shop) -> None:
    sku = make.product(on_hand=2)
    order = make.order(make.line(sku, 5), stage=Stage.PROCESSING)
    open_page(manager, staffed, f"/orders/{order.number}")
    expect(manager.get_by_text("3 units wait for stock. Ship what is there")).to_be_visible()
    expect(manager.get_by_role("button", name="Move to Ready to pick")).to_be_disabled()
    manager.get_by_role("button", name="Ship what is there").click()
    parcels = manager.locator("[data-parcel]")
    expect(parcels).to_have_count(2)
    expect(parcels.nth(0)).to_contain_text(f"2 × {sku}")
    expect(parcels.nth(1)).to_contain_text("waits for stock")
    assert violations(manager, "light") == []
    manager.get_by_role("button", name="Move to Ready to pick", exact=True).click()
    expect(manager.locator("[data-stage-now=ready]")).to_be_visible()
    for title in ("Picking", "Packed", "Shipped"):
        manager.get_by_role("button", name=f"Parcel 1: move to {title}").click()
        if title == "Packed":
            manager.get_by_label("Weight of the parcel in grams").fill("400")
            manager.get_by_role("dialog").get_by_role("button", name="Move to Packed").click()
        if title == "Shipped":
            manager.get_by_label("Courier").fill("Delhivery")
            manager.get_by_label("Tracking number").fill("AWB 5")
            manager.get_by_role("dialog").get_by_role("button", name="Move to Shipped").click()
    expect(manager.locator("[data-stage-now=processing]")).to_be_visible()
    expect(parcels.nth(0)).to_contain_text("shipped")
    assert stock.get(make.ADMIN, sku).on_hand == 0


def test_an_order_is_split_by_units_and_put_together_again(manager: Page, staffed: Shop) -> None:
    sku = make.product(on_hand=9)
    order = make.order(make.line(sku, 4))
    open_page(manager, staffed, f"/orders/{order.number}")
    manager.get_by_role("button", name="More actions").click()
    manager.get_by_role("menuitem", name="Split into parcels").click()
    manager.get_by_label(f"{sku}: units out of 4").fill("4")
    manager.get_by_role("dialog").get_by_role("button", name="Split").click()
    expect(manager.get_by_role("alert").filter(has_text="A parcel would be empty")).to_be_visible()
    manager.get_by_label(f"{sku}: units out of 4").fill("1")
    manager.get_by_role("dialog").get_by_role("button", name="Split").click()
    expect(manager.locator("[data-parcel]")).to_have_count(2)
    manager.get_by_role("button", name="Combine those not packed").click()
    expect(manager.locator("[data-parcel]")).to_have_count(0)
    assert orders.get(make.ADMIN, order.number).split == 0


def test_lost_units_are_sent_again_and_orders_to_one_address_become_one(manager: Page, staffed: Shop) -> None:
    sku = make.product(on_hand=9)
    order = make.order(make.line(sku, 2), stage=Stage.SHIPPED)
    open_page(manager, staffed, f"/orders/{order.number}")
    manager.get_by_role("button", name="More actions").click()
    manager.get_by_role("menuitem", name="Send units again").click()
    manager.get_by_label(f"{sku}: units out of 2").fill("1")
    manager.get_by_label("Reason").fill("lost on the way")
    manager.get_by_role("dialog").get_by_role("button", name="Send again").click()
    expect(manager.get_by_text(f"Sent again for {order.number}")).to_be_visible()
    expect(manager.locator("[data-same-address]")).to_contain_text("to this address")
    manager.get_by_role("button", name="More actions").click()
    again = manager.locator("[data-order]").first.get_attribute("data-order")
    manager.get_by_role("menuitem", name="Place it again").click()
    expect(manager.get_by_text(f"Copy of {again}")).to_be_visible()
    assert violations(manager, "light") == []
    manager.get_by_role("button", name=f"Merge order {again} into this one").click()
    dialog = manager.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{sku}not on the order1 × 0.00")
    expect(dialog).to_contain_text(f"Order {again} is cancelled.")
    assert violations(manager, "light") == []
    dialog.get_by_role("button", name="Merge them").click()
    expect(manager.get_by_text(f"Order {again} came into this one and is cancelled.")).to_be_visible()
    expect(manager.get_by_role("button", name=f"Merge order {again} into this one")).to_have_count(0)
    assert orders.get(make.ADMIN, str(again)).stage is Stage.CANCELLED
