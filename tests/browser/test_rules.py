"""Rules in Chromium: written, tried on the past, switched on, and seen to act."""

from playwright.sync_api import Browser, expect

from oms_app.services import orders, rules
from tests import make
from tests.browser.people import open_page, sit_down
from tests.servers import Shop


def test_a_rule_is_written_tried_on_the_past_switched_on_and_acts(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    sku = make.product("SILK", on_hand=500)
    past = make.order(make.line(sku, 20))
    page = sit_down(browser, staffed, console_errors, who="manager", path="/rules?rule=new")
    page.get_by_label("Name").fill("Dear orders wait")
    page.get_by_label("When").select_option("placed")
    page.get_by_label("If the order fits").press_sequentially("sku:SIL", delay=40)
    expect(page.locator("#rule-completions option[value='sku:silk']")).to_be_attached()
    page.get_by_label("If the order fits").fill("sku:SILK total:>5000")
    page.get_by_label("One more thing it does").select_option("hold")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Kind of hold").select_option("fraud")
    dialog.get_by_label("Reason").fill("Call before it is picked")
    dialog.get_by_role("button", name="Add").click()
    page.get_by_label("One more thing it does").select_option("notify")
    dialog.get_by_label("Who is told").select_option("manager")
    dialog.get_by_label("What they are told").fill("A dear order waits for a call")
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Hold: Fraud review (Call before it is picked)")).to_be_visible()

    page.get_by_role("button", name="Try it on the last 30 days").click()
    expect(page.locator("[data-dry-run]")).to_contain_text("it would have touched 1 order.")
    expect(page.locator(f"[data-touched='{past.number}']")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/rules?rule=*")
    open_page(page, staffed, "/rules")
    page.get_by_label("Dear orders wait is on").click()
    expect(page.locator("[data-toast]", has_text="is on")).to_be_visible()

    new = make.order(make.line(sku, 20))
    expect(page.locator(f"[data-firing='{new.number}']")).to_contain_text("Done", timeout=15_000)
    assert [hold.reason for hold in orders.get(make.ADMIN, new.number).holds] == ["Call before it is picked"]
    assert orders.get(make.ADMIN, past.number).holds == ()
    page.get_by_role("link", name="Notices, 1 unread").click()
    expect(page.locator(f"[data-notice='{new.number}']")).to_contain_text("A dear order waits for a call")
    page.get_by_role("button", name="Mark all read").click()
    expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible()

    open_page(page, staffed, "/rules")
    page.get_by_label("Let rules act").click()
    expect(page.get_by_text("No rule acts", exact=True)).to_be_visible()
    assert not rules.are_on(make.ADMIN)
