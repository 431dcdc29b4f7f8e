"""What charts and tiles say in words."""

from datetime import UTC, date, datetime

import pytest

from oms_app.domain.metrics import METRICS, By
from oms_app.domain.periods import Compare, Period, compared, named
from oms_app.domain.series import Point, Series, show_share
from oms_app.domain.statements import delta, statement

WEEK = Period(date(2026, 11, 3), date(2026, 11, 9))


def series(name: str, *points: Point, total: Point | None = None, against: Period | None = None) -> Series:
    """A series of a metric in rupees."""
    whole = total or point("", sum(each.orders for each in points))
    return Series(METRICS[name], By.TIME, WEEK, "INR", datetime(2026, 11, 9, tzinfo=UTC), whole, points, against)


def point(key: str, orders: int, value: float | None = None, label: str = "", compared: float | None = None) -> Point:
    """A point that lists so many orders."""
    return Point(key, label or key, orders if value is None else value, orders, "", compared=compared)


def test_each_chart_says_what_its_data_say():
    before = compared(WEEK, Compare.PREVIOUS)
    growing = series("orders", total=point("", 1234, compared=1100), against=before)
    assert statement("orders_over_time", growing) == "1,234 orders, 12 % more than before"
    busy = series("peak_hours", point("mon-9", 3, label="Monday 09:00"), point("tue-11", 8, label="Tuesday 11:00"))
    assert statement("peak_hours", busy) == "Tuesday 11:00 is the busiest hour"
    mix = series("channel_mix", point("shopify", 3, 0.75, "Shopify"), point("amazon", 1, 0.25, "Amazon"))
    assert statement("channel_mix", mix) == "Shopify brings 75.0 % of the orders"
    slow = series("stage_dwell", point("placed", 4, 600, "Placed"), point("packed", 4, 7_800, "Packed"))
    assert statement("stage_dwell", slow) == "Orders wait longest in Packed: half of them over 2 h 10 min"
    waiting = series("backlog", point("0-0", 5), point("3-4", 2))
    assert statement("backlog_age", waiting) == "7 orders wait, 2 of them longer than 2 days"
    sold = series("top_products", point("KUR", 3, 412, "Indigo kurta"))
    assert statement("top_products", sold) == "Indigo kurta sells best: 412 units"


@pytest.mark.parametrize("chart", ["orders_over_time", "channel_mix", "peak_hours", "top_products", "stage_dwell"])
def test_an_empty_chart_says_that_there_is_nothing(chart: str):
    name = "orders" if chart == "orders_over_time" else chart
    assert statement(chart, series(name)).startswith(("No ", "Nothing "))


@pytest.mark.parametrize(
    ("name", "now", "before", "said"),
    [
        ("orders", 112, 100, ("↑", "+12 % more", "good")),
        ("aov", 95, 100, ("↓", "−5.0 % less", "bad")),
        ("fulfilment_time", 90, 100, ("↓", "−10 % faster", "good")),
        ("cancellation_rate", 0.05, 0.03, ("↑", "+2.0 points higher", "bad")),
        ("orders", 100, 100, ("→", "unchanged", "same")),
        ("orders", 100, None, ("", "nothing to compare", "none")),
    ],
)
def test_a_change_has_an_arrow_a_sign_and_a_word(name: str, now: float, before: float | None, said: tuple[str, ...]):
    shown = series(name, total=point("", 1, now, compared=before), against=compared(WEEK, Compare.PREVIOUS))
    assert delta(shown) == said


def test_a_share_is_never_rounded_to_a_whole_it_is_not():
    assert [show_share(share) for share in (1, 0.9999, 0.5, 0.0001, 0)] == ["100 %", "99.9 %", "50.0 %", "0.1 %", "0 %"]


def test_periods_are_compared_day_by_day():
    assert compared(WEEK, Compare.PREVIOUS) == Period(date(2026, 10, 27), date(2026, 11, 2))
    month = named("30d", date(2026, 11, 30))
    assert compared(month, Compare.WEEKDAY) == month.shifted(35)
    leap = Period(date(2028, 2, 29), date(2028, 2, 29))
    assert compared(leap, Compare.YEAR) == Period(date(2027, 2, 28), date(2027, 2, 28))
    assert str(WEEK) == "3 – 9 Nov 2026"
