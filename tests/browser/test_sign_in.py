"""Signing in, out and in again in Chromium; a screen ends with the session it came with."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from oms_app.services import users
from tests import make
from tests.browser.people import PASSWORD, open_page, sit_down
from tests.servers import Shop, shop


def fill(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_the_first_visitor_makes_the_first_admin(page: Page, tmp_path: Path) -> None:
    with shop(tmp_path) as empty:
        page.goto(empty.url)
        page.wait_for_url(re.compile(r"/welcome/?$"))
        page.get_by_label("Your name").fill("The Owner")
        page.get_by_label("E-mail").fill("owner@shop.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create the first admin").click()
        expect(page.get_by_role("heading", name="First steps")).to_be_visible()
        page.goto(f"{empty.url}/welcome")
        page.wait_for_url(re.compile(r"/login/?$"))


def test_signing_in_leads_to_the_page_one_wanted(page: Page, staffed: Shop) -> None:
    page.goto(f"{staffed.url}/inventory?show=out")
    page.wait_for_url(re.compile(r"/login/?\?next="))
    fill(page, "manager@shop.example")
    page.wait_for_url(re.compile(r"/inventory/?\?show=out$"))
    expect(page.get_by_role("button", name="Nothing available")).to_have_attribute("aria-pressed", "true")


def test_a_stranger_is_sent_to_the_sign_in_page_before_anything_else(staffed: Shop, context: BrowserContext) -> None:
    html = {"Accept": "text/html,application/xhtml+xml"}
    for path in ("/", "/board", "/orders/%231001?x=1", "/settings/users"):
        answer = context.request.get(f"{staffed.url}{path}", headers=html, max_redirects=0)
        assert (answer.status, answer.headers["location"]) == (303, f"/login?next={quote(path, safe='')}")
    for path in ("/login/", "/welcome/", "/styles.css", "/logo.svg"):
        assert context.request.get(f"{staffed.url}{path}", headers=html, max_redirects=0).status == 200


def test_a_wrong_password_is_told_and_the_right_one_still_works(page: Page, staffed: Shop) -> None:
    page.goto(f"{staffed.url}/login")
    fill(page, "manager@shop.example", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    fill(page, "manager@shop.example")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def test_guessing_is_stopped_with_a_sentence(page: Page, staffed: Shop, context: BrowserContext) -> None:
    for _ in range(10):
        context.request.post(f"{staffed.url}/auth/sign-in", form={"email": "who@shop.example", "password": "a guess"})
    page.goto(f"{staffed.url}/login")
    fill(page, "who@shop.example")
    expect(page.get_by_role("alert")).to_contain_text("Too many failed sign-ins. Wait 15 minutes")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    context: BrowserContext, page: Page, staffed: Shop
) -> None:
    page.goto(f"{staffed.url}/login")
    fill(page, "manager@shop.example")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (
        "oms_session",
        True,
        "Lax",
        False,
    )
    assert page.evaluate("document.cookie") == ""
    assert cookie["value"] not in page.content()


def test_behind_https_the_cookie_never_travels_in_the_clear(staffed: Shop, context: BrowserContext) -> None:
    form = {"email": "manager@shop.example", "password": PASSWORD}
    answer = context.request.post(
        f"{staffed.url}/auth/sign-in", form=form, headers={"X-Forwarded-Proto": "https"}, max_redirects=0
    )
    assert "; secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("onward", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x"])
def test_nobody_is_sent_to_another_site_after_signing_in(staffed: Shop, context: BrowserContext, onward: str) -> None:
    form = {"email": "manager@shop.example", "password": PASSWORD, "next": onward}
    answer = context.request.post(f"{staffed.url}/auth/sign-in", form=form, max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (303, "/")


def test_another_site_cannot_sign_anybody_in_or_out(staffed: Shop, context: BrowserContext) -> None:
    form = {"email": "manager@shop.example", "password": PASSWORD}
    for path in ("sign-in", "sign-out", "welcome", "reset"):
        answer = context.request.post(
            f"{staffed.url}/auth/{path}", form=form, headers={"Origin": "https://elsewhere.example"}
        )
        assert answer.status == 403
    assert context.cookies() == []


def test_the_next_person_in_the_same_tab_sees_nothing_of_the_last(page: Page, staffed: Shop) -> None:
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    page.goto(f"{staffed.url}/login?next=/settings/users")
    fill(page, "admin@shop.example")
    expect(page.get_by_text("warehouse@shop.example")).to_be_visible()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url(re.compile(r"/login/?$"))
    frames.clear()
    fill(page, "analyst@shop.example")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    open_page(page, staffed, "/settings/users")
    expect(page.get_by_text("Your role does not include this page.")).to_be_visible()
    assert not [frame for frame in frames if "warehouse@shop.example" in frame]


def test_the_open_screen_of_a_disabled_account_is_cut(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    user = users.add(make.ADMIN, "temp@shop.example", role="warehouse", password=PASSWORD)
    page = sit_down(browser, staffed, console_errors, who="temp", path="/board")
    users.disable(make.ADMIN, user.id)
    page.wait_for_url(re.compile("/login"))
    page.context.close()


def test_a_reset_link_works_once(page: Page, staffed: Shop) -> None:
    users.add(make.ADMIN, "forgetful@shop.example", role="service", password=PASSWORD)
    printed = staffed.oms("user", "reset", "forgetful@shop.example").stdout.split()[-1]
    link = printed.partition("/reset/")[2]
    page.goto(f"{staffed.url}/reset/{link}")
    page.get_by_label("New password").fill("an entirely new one")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("status")).to_contain_text("Your new password is set")
    fill(page, "forgetful@shop.example", "an entirely new one")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.goto(f"{staffed.url}/reset/{link}")
    expect(page.get_by_text("used or is too old")).to_be_visible()


def test_no_secret_is_in_the_log(staffed: Shop) -> None:
    assert PASSWORD not in staffed.log.read_text()


def test_keys_lead_through_the_shop_and_can_be_switched_off(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    page = sit_down(browser, staffed, console_errors, who="service")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(re.compile(r"/inventory/?$"))
    expect(page.locator("[data-sku]").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Look for goods").press("g")
    page.keyboard.press("b")
    assert page.url.rstrip("/").endswith("/inventory")
    open_page(page, staffed, "/settings/account")
    page.get_by_role("switch").click()
    expect(page.locator("[data-shortcuts=off]")).to_be_visible()
    page.locator("main").focus()
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_timeout(300)
    assert page.url.rstrip("/").endswith("/settings/account")
    page.context.close()
    assert console_errors == []


def test_a_tab_that_loses_the_server_says_so_and_recovers(
    browser: Browser, staffed: Shop, console_errors: list[str]
) -> None:
    page = sit_down(browser, staffed, console_errors, path="/inventory")
    pill = page.locator("[data-connection]")
    expect(pill).to_have_attribute("data-connection", "online")
    page.context.set_offline(True)
    expect(pill).to_have_attribute("data-connection", "reconnecting", timeout=4_000)
    expect(pill).to_have_attribute("data-connection", "offline", timeout=6_000)
    expect(pill).to_contain_text(re.compile(r"Offline since \d\d:\d\d\."))
    page.context.set_offline(False)
    expect(pill).to_have_attribute("data-connection", "online", timeout=10_000)
    page.context.close()
    console_errors.clear()  # the browser itself logs that it was offline
