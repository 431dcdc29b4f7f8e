"""Priorities and promises in Chromium: a rule is tried, saved, and cards move; a courier is promised and missed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_app.db.engine import transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import orders as rows
from oms_app.domain import pickups as rules
from oms_app.domain.clock import to_ms
from oms_app.domain.lifecycle import Stage
from oms_app.domain.pickups import StageTime
from oms_app.services import orders, pickups, promises
from tests import make
from tests.browser.people import open_page, sit_down, staffed_shop
from tests.browser.test_accessibility import violations
from tests.servers import Shop


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with orders in each stage."""
    with staffed_shop(tmp_path_factory.mktemp("priorities")) as running:
        yield running


@pytest.fixture
def manager(browser: Browser, staffed: Shop, console_errors: list[str]) -> Iterator[Page]:
    """The manager's browser, on the rules."""
    page = sit_down(browser, staffed, console_errors, who="manager", path="/settings/priorities")
    yield page
    page.context.close()
    assert console_errors == []


def numbers(page: Page, stage: str) -> list[str]:
    """Order numbers of a column from the top."""
    return page.locator(f"[data-stage='{stage}'] [data-order]").evaluate_all("all => all.map(e => e.dataset.order)")


def test_a_rule_is_tried_saved_and_the_cards_of_an_open_board_move(
    browser: Browser, staffed: Shop, console_errors: list[str], manager: Page
) -> None:
    board = sit_down(browser, staffed, console_errors, path="/board")
    expect(board.locator("[data-stage='placed'] [data-order]")).to_have_count(2)
    first, last = numbers(board, "placed")
    rule = manager.locator("[data-rule='value_over']")
    rule.get_by_label("Value").fill("1500")
    rule.get_by_label("Points").fill("90")
    rule.get_by_label("Points").press("Tab")
    previewed = manager.locator(f"[data-previewed='{last}']")
    expect(previewed).to_have_attribute("data-score", "90")
    expect(previewed).to_contain_text("value over 1,500 +90")
    assert violations(manager, "light") == []
    assert orders.get(make.ADMIN, last).priority == 0
    manager.get_by_role("button", name="Save").click()
    expect(manager.get_by_text("Open orders follow within seconds.")).to_be_visible()
    expect(board.locator("[data-stage='placed'] [data-order]").first).to_have_attribute("data-order", last)
    assert numbers(board, "placed") == [last, first]
    card = board.locator(f"[data-order='{last}']")
    expect(card.locator("[data-badge='Priority 90']").or_(card.locator("[data-badge^='+']"))).to_be_visible()
    card.locator("[data-menu]").click()
    expect(board.get_by_role("menu")).to_contain_text("Priority 90: value over 1,500 +90")
    assert violations(board, "light") == []
    board.keyboard.press("Escape")
    open_page(board, staffed, f"/orders/{last}")
    expect(board.locator("[data-priority='90']")).to_contain_text("value over 1,500 +90")
    board.context.close()


def test_what_is_wrong_with_a_rule_is_said_and_nothing_is_saved(manager: Page) -> None:
    rule = manager.locator("[data-rule='due_within']").first
    rule.get_by_label("Value").fill("soon")
    rule.get_by_label("Value").press("Tab")
    expect(manager.get_by_role("alert").get_by_text("Rule 1 (To ship within hours (0: late))")).to_be_visible()
    manager.get_by_role("button", name="Add a rule").click()
    expect(manager.locator("[data-rule]")).to_have_count(9)
    manager.get_by_role("button", name="Move rule 9 up").click()
    expect(manager.locator("[data-rule]").nth(7)).to_have_attribute("data-rule", "due_within")
    manager.reload()
    expect(manager.locator("[data-rule]")).to_have_count(8)


def test_holidays_are_pasted_a_courier_is_promised_and_who_misses_it_is_one_click_away(
    staffed: Shop, manager: Page
) -> None:
    open_page(manager, staffed, "/settings/promises")
    place = manager.locator("[data-place='MAIN']")
    place.get_by_label("Holidays").fill("26-01-2199 Republic Day\nindependence day")
    place.get_by_label("Courier cut-offs").fill("23:59 Delhivery")
    manager.get_by_role("button", name="Save").click()
    expect(manager.get_by_role("alert").get_by_text("“independence day” has no date")).to_be_visible()
    place.get_by_label("Holidays").fill("26-01-2199 Republic Day\n15 August 2199, Independence Day")
    manager.get_by_role("button", name="Save").click()
    expect(manager.get_by_text("Orders that arrive from now on are promised so.")).to_be_visible()
    expect(place.get_by_label("Holidays")).to_have_value("2199-01-26 Republic Day\n2199-08-15 Independence Day")
    expect(manager.locator("[data-place='MAIN']").get_by_label("Courier cut-offs")).to_have_value("23:59 Delhivery")
    assert [len(each.holidays) for each in promises.read(make.ADMIN).promises.places.values()] == [2]
    number = make.order(stage=Stage.READY).number
    with transaction() as tx:
        slow = {Stage.READY: StageTime(50, 500_000, 600_000)}
        settings.set_setting(
            tx, pickups.rows.STAGE_TIMES, {"at": to_ms(datetime.now(UTC)), "stages": rules.write_times(slow)}
        )
        rows.change(tx, rows.find(tx, number), ship_by=datetime.now(UTC) - timedelta(minutes=1))
    pickups.forget()
    manager.wait_for_timeout(pickups.KEPT_S * 1_000)  # the shop hears of stage times it did not work out
    open_page(manager, staffed, "/")
    tile = manager.locator("[data-queue='will_miss']")
    expect(tile).to_have_attribute("data-drill", "1")
    tile.click()
    expect(manager.locator(f"[data-result='order:{number}']")).to_contain_text("Misses 23:59")
    open_page(manager, staffed, "/board")
    expect(manager.locator(f"[data-order='{number}'] [data-badge='Misses 23:59']")).to_be_visible()
    open_page(manager, staffed, f"/orders/{number}")
    expect(manager.locator("main")).to_contain_text("Will miss today's 23:59 pickup")
