"""The board's columns in Chromium: what stands beside them, limits, lanes, tabs, and one that cannot be read."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import text

from oms_app.db.engine import transaction
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import PaymentMethod
from oms_app.services import holds, orders, wip
from tests import make
from tests.browser.people import open_page, sit_down
from tests.browser.test_accessibility import DESKTOP, PHONE, violations
from tests.servers import Shop

Open = Callable[..., Page]


@pytest.fixture
def board(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Open]:
    """Opens the board as somebody; errors in any console fail the test."""
    tabs = []

    def open_board(who: str = "admin", path: str = "/board", **options: Any) -> Page:
        wide = {"viewport": {"width": 2480, "height": 1000}}
        tabs.append(sit_down(browser, staffed, console_errors, who=who, path=path, **wide | options))
        expect(tabs[-1].locator("[data-order]").first).to_be_visible()
        return tabs[-1]

    yield open_board
    for tab in tabs:
        tab.context.close()
    assert console_errors == []


def test_the_held_side_is_closed_counts_live_and_opens_to_the_orders(board: Open) -> None:
    page = board("service")
    side = page.locator("[data-side=held]")
    expect(side.locator("summary")).to_contain_text(re.compile(r"On hold\s*1"))
    expect(side.locator("[data-aside]")).to_have_count(0)
    side.locator("summary").click()
    expect(side.locator("[data-aside]")).to_have_count(1)
    order = make.order(stage=Stage.PICKING)
    held = holds.place(make.ADMIN, order.number, kind="manual", reason="call first")
    expect(side.locator("summary")).to_contain_text(re.compile(r"On hold\s*2"), timeout=2000)
    row = side.locator(f'[data-aside="{order.number}"]')
    expect(row).to_contain_text("Picking")
    expect(row).to_contain_text("call first")
    holds.release(make.ADMIN, order.number, held.holds[0].id)
    expect(row).to_have_count(0)
    page.locator("[data-side=returns] summary").click()
    expect(page.locator("[data-side=returns]")).to_contain_text("Nothing has come back.")
    expect(side).not_to_have_attribute("open", "")
    side.locator("summary").click()
    side.locator("[data-aside]").first.click()
    page.wait_for_url("**/orders/*")


def test_a_limit_set_in_the_settings_marks_a_full_column_and_refuses_nothing(board: Open, staffed: Shop) -> None:
    for _ in range(2):
        make.order(stage=Stage.PROCESSING)
    page, settings = board("manager"), board()
    head = page.locator(f"[data-stage={Stage.PROCESSING}] .board-head")
    open_page(settings, staffed, "/settings/stages")
    field = settings.get_by_label("Limit of Processing")
    field.fill("two")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("alert").filter(has_text="whole number")).to_be_visible()
    field.fill("2")
    settings.get_by_role("button", name="Save").click()
    expect(settings.locator("[data-toast=success]")).to_contain_text("limits are saved")
    expect(head).to_contain_text("3/2")
    expect(head).to_contain_text("over")
    assert wip.limits(make.ADMIN) == {Stage.PROCESSING: 2}
    order = make.order()
    make.move(order, Stage.PROCESSING)
    expect(head).to_contain_text("4/2")
    settings.reload()
    expect(field).to_have_value("2")


def test_a_column_that_cannot_be_read_says_so_and_is_read_again_alone(board: Open) -> None:
    broken, fine = make.order(stage=Stage.READY), make.order(stage=Stage.PACKED)
    page = board("manager")
    column = page.locator(f"[data-stage={Stage.READY}]")
    expect(column.locator(f'[data-order="{broken.number}"]')).to_be_visible()
    with transaction() as tx:
        tx.execute(text("UPDATE orders SET placed_at = 'x' WHERE number = :number"), {"number": broken.number})
    make.move(broken_twin := make.order(stage=Stage.READY), Stage.PICKING)
    expect(column).to_contain_text("This column could not be read.")
    expect(column.locator(f'[data-order="{broken.number}"]')).to_be_visible()
    picked = page.locator(f'[data-stage={Stage.PICKING}] [data-order="{broken_twin.number}"]')
    expect(picked).to_be_attached()
    expect(page.get_by_text("This column could not be read.")).to_have_count(1)
    column.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-toast=error]")).to_contain_text("It still cannot be read")
    with transaction() as tx:
        moment = tx.scalar(text("SELECT placed_at FROM orders WHERE number = :number"), {"number": fine.number})
        tx.execute(
            text("UPDATE orders SET placed_at = :at WHERE number = :number"), {"at": moment, "number": broken.number}
        )
    column.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("This column could not be read.")).to_have_count(0)
    expect(column.locator(f'[data-order="{broken_twin.number}"]')).to_have_count(0)
    assert orders.get(make.ADMIN, broken.number).stage is Stage.READY


def test_changes_under_a_drag_wait_are_counted_in_their_own_column_and_come_with_the_drop(board: Open) -> None:
    order = make.order()
    page = board("manager")
    handle = page.locator(f'[data-order="{order.number}"] [data-handle]').bounding_box()
    column = page.locator(f"[data-stage={Stage.PROCESSING}]")
    box = column.bounding_box()
    assert handle
    assert box
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 220, steps=10)
    expect(column).to_contain_text("Drop to Processing")
    come = []
    for _ in range(3):
        come.append(make.order(stage=Stage.PROCESSING))
        page.wait_for_timeout(400)
    expect(column.locator(".board-late")).to_have_text(re.compile(r"\d updates"))
    expect(column.locator(f'[data-order="{come[-1].number}"]')).to_have_count(0)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(column.locator(f'[data-order="{come[-1].number}"]')).to_be_visible()
    expect(page.locator(".board-late")).to_have_count(0)


def test_an_order_is_cancelled_from_the_menu_though_no_column_stands_for_that(board: Open) -> None:
    order = make.order(paid=True)
    page = board("manager")
    card = page.locator(f'[data-order="{order.number}"]')
    card.focus()
    page.keyboard.press("m")
    page.get_by_role("menuitem", name="Move to Cancelled").click()
    expect(page.get_by_role("dialog")).to_contain_text("This is final.")
    page.keyboard.press("Escape")
    expect(card).to_be_focused()
    page.keyboard.press("m")
    page.get_by_role("menuitem", name="Move to Cancelled").click()
    page.get_by_role("dialog").get_by_label("Refund of what was paid").select_option("upi")
    page.get_by_role("dialog").get_by_label("Reason").fill("bought twice")
    page.keyboard.press("Enter")
    expect(card).to_have_count(0)
    cancelled = orders.get(make.ADMIN, order.number)
    assert (cancelled.stage, cancelled.refunded) == (Stage.CANCELLED, cancelled.captured)


def test_a_search_of_the_board_is_kept_as_a_tab_and_forgotten(board: Open) -> None:
    page = board("service")
    views = page.get_by_role("navigation", name="Views")
    page.get_by_role("textbox", name="Filter the board").fill("tag:vip status:packed")
    page.keyboard.press("Enter")
    views.get_by_role("button", name="Save search").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Packed friends")
    dialog.get_by_role("button", name="Save").click()
    tab = views.get_by_role("link", name="Packed friends")
    expect(tab).to_have_attribute("aria-current", "page")
    views.get_by_role("link", name="All").click()
    expect(page.locator(f"[data-stage={Stage.PLACED}] [data-order]").first).to_be_visible()
    tab.click()
    expect(page).to_have_url(re.compile(r"/board\?q=tag%3Avip%20status%3Apacked$"))
    expect(page.locator("[data-order]")).to_have_count(1)
    page.get_by_role("link", name="Orders", exact=True).first.click()
    page.wait_for_url("**/orders")
    expect(views.get_by_role("link", name="Unpaid")).to_be_visible()
    expect(views.get_by_role("link", name="Packed friends")).to_have_count(0)
    page.go_back()
    views.get_by_role("button", name="Forget the search Packed friends").click()
    expect(tab).to_have_count(0)


def test_lanes_split_the_columns_side_by_side_and_cards_move_as_before(board: Open) -> None:
    cod, paid = make.order(payment_method=PaymentMethod.COD), make.order()
    beside = make.order(payment_method=PaymentMethod.COD, stage=Stage.PROCESSING)
    page = board("manager")
    page.get_by_label("Group by").select_option("Lanes by payment")
    expect(page).to_have_url(re.compile(r"/board\?lanes=payment$"))
    placed, processing = (page.locator(f"[data-stage={stage}]") for stage in (Stage.PLACED, Stage.PROCESSING))
    expect(placed.get_by_role("heading", level=3)).to_have_text([re.compile("Cash on delivery"), re.compile("Unpaid")])
    first = placed.locator(".board-lane").first
    expect(first.locator(f'[data-order="{cod.number}"]')).to_be_attached()
    expect(placed.locator(".board-lane").nth(1).locator(f'[data-order="{paid.number}"]')).to_be_attached()
    tops = [column.locator(".board-lane").nth(1).bounding_box() for column in (placed, processing)]
    assert tops[0]
    assert tops[1]
    assert tops[0]["y"] == tops[1]["y"]
    page.locator(f'[data-order="{cod.number}"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f'[data-order="{beside.number}"]')).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(">")
    moved = processing.locator(".board-lane").first.locator(f'[data-order="{cod.number}"]')
    expect(moved).to_have_attribute("data-version", str(cod.version + 1))
    expect(moved).to_be_focused()
    handle = page.locator(f'[data-order="{paid.number}"] [data-handle]')
    handle.scroll_into_view_if_needed()
    grip, goal = handle.bounding_box(), processing.bounding_box()
    assert grip
    assert goal
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(goal["x"] + 140, grip["y"] + 30, steps=10)
    expect(processing).to_contain_text("Drop to Processing")
    page.mouse.up()
    dropped = processing.locator(".board-lane").nth(1).locator(f'[data-order="{paid.number}"]:not([inert])')
    expect(dropped).to_have_attribute("data-version", str(paid.version + 1))
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Late").click()
    expect(page).to_have_url(re.compile(r"/board\?q=is%3Alate&lanes=payment$"))
    expect(dropped).to_have_count(0)
    page.go_back()
    expect(dropped).to_be_attached()
    page.get_by_label("Group by").select_option("No lanes")
    expect(placed.get_by_role("heading", level=3)).to_have_count(0)
    expect(page).to_have_url(re.compile("/board$"))


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_lanes_open_sides_and_full_columns_are_accessible(board: Open, size: ViewportSize) -> None:
    wip.set_limits(make.ADMIN, dict.fromkeys(wip.LIMITED, 1))
    page = board("manager", "/board?lanes=channel")
    page.set_viewport_size(size)
    expect(page.locator(".board-lane h3").first).to_be_visible()
    page.locator("[data-side=held] summary").click()
    expect(page.locator("[data-aside]").first).to_be_visible()
    expect(page.locator(".board-over").first).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
