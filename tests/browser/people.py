"""A shop with people and orders in it, and ways to sit down at it as one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from oms_app.domain.lifecycle import FLOW
from oms_app.domain.permissions import Role
from oms_app.services import holds, notes, users
from tests import make, servers
from tests.conftest import use_settings

PASSWORD = "correct horse battery"


@contextmanager
def staffed_shop(directory: Path, **settings: str) -> Iterator[servers.Shop]:
    """A running shop with an order in each stage and an account of each role; this process is on its database.

    settings  OMS_… names
    """
    with servers.shop(directory, **settings) as running, pytest.MonkeyPatch.context() as patch:
        use_settings(patch, OMS_DATA_DIR=str(directory))
        make.trust()
        for stage in FLOW:
            make.order(make.line(make.product(on_hand=9), 2), stage=stage, tags=("vip",))
        held = make.order(make.line(make.product(on_hand=1), 4))
        holds.place(make.ADMIN, held.number, kind="address", reason="No such PIN")
        notes.add(make.ADMIN, held.number, "Asked for the PIN by phone.")
        for role in Role:
            users.add(make.ADMIN, f"{role}@shop.example", name=role.title(), role=role, password=PASSWORD)
        yield running
        use_settings(patch)


def sit_down(
    browser: Browser, shop: servers.Shop, errors: list[str], *, who: str = "admin", path: str = "/", **options: Any
) -> Page:
    """A browser of one's own, signed in, on a page; what its console logs as an error is noted."""
    context = browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
    form = {"email": f"{who}@shop.example", "password": PASSWORD, "next": path}
    assert context.request.post(f"{shop.url}/auth/sign-in", form=form).ok
    page = context.new_page()
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_page(page, shop, path)
    return page


def open_page(page: Page, shop: servers.Shop, path: str) -> None:
    """Go to a page and wait until its first answer is there."""
    page.goto(f"{shop.url}{path}")
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator(".skeletons")).to_have_count(0)
