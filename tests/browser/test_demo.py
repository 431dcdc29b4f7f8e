"""The demo shop as a newcomer meets it: who may sign in stands on the sign-in page, and one click takes it all out."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests import servers


def test_a_newcomer_signs_in_with_a_demo_account_looks_round_and_takes_the_demo_shop_out(
    browser: Browser, tmp_path: Path
) -> None:
    with servers.shop(tmp_path, OMS_DEMO="1") as shop:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(shop.url)
        accounts = page.locator(".demo-accounts li")
        expect(accounts.first).to_contain_text("admin@demo.example")
        page.get_by_label("E-mail").fill("admin@demo.example")
        page.get_by_label("Password", exact=True).fill(page.locator("code").inner_text())
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Today")).to_be_visible()
        page.goto(f"{shop.url}/board")
        expect(page.locator("[data-stage='placed'] [data-order]").first).to_be_visible()
        page.goto(shop.url)
        page.get_by_role("button", name="Remove the demo shop").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Remove it").click()
        # Nobody is left who could sign in: the shop begins anew, as on its first day.
        expect(page).to_have_url(f"{shop.url}/welcome", timeout=30_000)
        expect(page.get_by_role("button", name="Create the first admin")).to_be_visible()
        assert "demo" not in shop.oms("users", "list").stdout
