"""Analytics in Chromium: numbers that open their rows, filters in the address, tables, downloads, live figures."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from oms_app.services.analytics import CHARTS, TILES
from tests import make
from tests.browser.people import sit_down, staffed_shop
from tests.servers import Shop

MARKS = {
    "orders_over_time": ".scatterlayer .trace:first-child .points path:last-child",
    "stage_dwell": ".scatterlayer .points path",
    "backlog_age": ".bars .point",
    "channel_mix": ".bars .point",
    "top_products": ".bars .point",
}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with orders of the last days in every stage."""
    with staffed_shop(tmp_path_factory.mktemp("analytics")) as running:
        now = datetime.now(UTC)
        for days in range(1, 9):
            make.order(lines=1, placed_at=now - timedelta(days=days))
        yield running


@pytest.fixture
def analyst(browser: Browser, busy: Shop, console_errors: list[str]) -> Iterator[Page]:
    """An analyst's page with its charts drawn."""
    page = sit_down(browser, busy, console_errors, who="analyst", path="/analytics")
    expect(page.locator("figure .main-svg").first).to_be_visible(timeout=20_000)
    yield page
    page.context.close()
    assert console_errors == []


def chart(page: Page, name: str) -> Locator:
    """A chart by its name."""
    return page.locator(f"figure[data-chart={name}]")


def choice(page: Page, title: str) -> Locator:
    """A control of the filter bar."""
    return page.locator(f".filters label:has(.field-label:text-is('{title}')) select")


def click_mark(page: Page, name: str) -> Locator:
    """Click a point of a chart, as a mouse does; returns the link it offers."""
    figure = chart(page, name)
    figure.scroll_into_view_if_needed()
    if name == "peak_hours":
        now = datetime.now(UTC) + timedelta(hours=5, minutes=30)
        area = figure.locator(".nsewdrag").bounding_box()
        assert area
        x = area["x"] + area["width"] * (now.hour + 0.5) / 24
        y = area["y"] + area["height"] * (now.weekday() + 0.5) / 7
    else:
        mark = figure.locator(MARKS[name]).first.bounding_box()
        assert mark
        x, y = mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y, steps=3)
    page.mouse.click(x, y)
    link = figure.locator(".chart-offer [data-drill]")
    expect(link).to_be_visible()
    return link


def follow(page: Page, link: Locator) -> None:
    """The list that a number opens has exactly as many orders."""
    number = link.get_attribute("data-drill")
    link.click()
    expect(page).to_have_url(re.compile("/orders.*until="))
    expect(page.locator("[data-count]")).to_have_attribute("data-count", str(number))


@pytest.mark.parametrize("name", CHARTS)
def test_a_clicked_point_opens_as_many_orders_as_it_says(analyst: Page, name: str) -> None:
    link = click_mark(analyst, name)
    assert link.get_attribute("data-drill") != "0"
    follow(analyst, link)


def test_every_tile_opens_its_orders(analyst: Page) -> None:
    for name in TILES:
        tile = analyst.locator(f"[data-metric={name}]")
        expect(tile.locator("h2")).not_to_be_empty()
        follow(analyst, tile.locator("[data-drill]"))
        analyst.go_back()
        expect(tile).to_be_visible()


def test_a_list_keeps_its_count_while_the_shop_goes_on(analyst: Page) -> None:
    link = chart(analyst, "backlog_age").locator("[data-drill]")
    chart(analyst, "backlog_age").get_by_role("button", name="Table").click()
    expect(link.first).to_be_visible()
    number, address = link.first.get_attribute("data-drill"), link.first.get_attribute("href")
    analyst.wait_for_timeout(1_100)
    make.order()
    analyst.goto(f"{analyst.url.split('/analytics')[0]}{address}")
    expect(analyst.locator("[data-count]")).to_have_attribute("data-count", str(number))


def test_each_chart_has_a_table_of_the_same_numbers(analyst: Page) -> None:
    for name in CHARTS:
        button = chart(analyst, name).get_by_role("button", name="Table")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(chart(analyst, name).locator("tbody tr").first).to_be_visible()
        expect(chart(analyst, name).locator("figcaption")).not_to_be_empty()
    follow(analyst, chart(analyst, "channel_mix").locator("tbody [data-drill]").first)


def test_filters_live_in_the_address_and_back_undoes_them(analyst: Page) -> None:
    tile = analyst.locator("[data-metric=orders] [data-drill]")
    whole = tile.get_attribute("data-drill")
    choice(analyst, "Period").select_option("today")
    expect(analyst).to_have_url(re.compile("period=today"))
    expect(tile).not_to_have_attribute("data-drill", str(whole))
    choice(analyst, "Channel").select_option("manual")
    expect(analyst.locator(".chip")).to_have_text("channel:manual")
    analyst.go_back()
    analyst.go_back()
    expect(tile).to_have_attribute("data-drill", str(whole))
    expect(choice(analyst, "Period")).to_have_value("30d")


def test_a_box_round_days_makes_them_the_period(analyst: Page) -> None:
    area = chart(analyst, "orders_over_time").locator(".nsewdrag").bounding_box()
    assert area
    analyst.mouse.move(area["x"] + area["width"] * 0.5, area["y"] + 10)
    analyst.mouse.down()
    analyst.mouse.move(area["x"] + area["width"] * 0.8, area["y"] + area["height"] - 10, steps=6)
    analyst.mouse.up()
    expect(analyst).to_have_url(re.compile(r"from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d"))


def test_figures_and_tables_can_be_saved(analyst: Page) -> None:
    figure = chart(analyst, "top_products")
    for item, ending in (("Download CSV", "csv"), ("Download PNG", "png")):
        figure.get_by_role("button", name="More about this chart").click()
        with analyst.expect_download() as saved:
            analyst.get_by_role("menuitem", name=item).click()
        assert saved.value.suggested_filename == f"top_products.{ending}"
    figure.get_by_role("button", name="More about this chart").click()
    analyst.get_by_role("menuitem", name="Definition").click()
    expect(figure.locator("figcaption")).to_contain_text("Units ordered of each product")


def test_a_new_order_shows_without_a_reload(analyst: Page) -> None:
    tile = analyst.locator("[data-metric=orders] [data-drill]")
    before = int(tile.get_attribute("data-drill") or 0)
    make.order()
    expect(tile).to_have_attribute("data-drill", str(before + 1), timeout=10_000)
