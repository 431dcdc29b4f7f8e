"""A Chromium for the browser tests; a test fails when the page logs an error nobody expected."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests import programs
from tests.browser.people import staffed_shop
from tests.servers import Shop

PATIENCE = 20_000
"""Milliseconds an expectation waits on a busy machine; what has to be fast is measured, not waited for."""

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"),
    *("--disable-software-rasterizer", "--in-process-gpu", "--disable-extensions"),
]
"""The second row draws and compiles less: a fifth less of the processor for the same pages."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    path = programs.chromium()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that the tests of a file share; a file that needs more in it says so with a fixture of this name."""
    with staffed_shop(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person's browser: own cookies, own storage, 1440 x 900."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-IN", timezone_id="Asia/Kolkata")
    yield opened
    opened.close()


@pytest.fixture
def console_errors() -> list[str]:
    """What the page logged as an error; a test that expects some clears the list."""
    return []


@pytest.fixture
def page(context: BrowserContext, console_errors: list[str]) -> Iterator[Page]:
    """A tab. Errors in its console, refused resources and broken scripts fail the test."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            console_errors.append(f"{message.text} ({message.location.get('url', '')})")

    opened = context.new_page()
    opened.on("console", note)
    opened.on("pageerror", lambda error: console_errors.append(str(error)))
    yield opened
    assert console_errors == []
