"""Days and hours in the shop's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oms_app.domain import days

LONDON = ZoneInfo("Europe/London")


def test_a_day_has_a_number_and_a_weekday():
    assert days.number(date(1970, 1, 1)) == 0
    assert days.as_date(days.number(date(2026, 11, 23))) == date(2026, 11, 23)
    assert days.weekday(days.number(date(2026, 11, 23))) == 0


def test_a_moment_belongs_to_the_shops_day():
    late_evening_in_utc = datetime(2026, 11, 22, 20, tzinfo=UTC)
    assert days.as_date(days.day_of(late_evening_in_utc, ZoneInfo("Asia/Kolkata"))) == date(2026, 11, 23)


def test_the_day_of_the_change_has_23_hours():
    spring = days.number(date(2026, 3, 29))
    assert days.start(spring + 1, LONDON) - days.start(spring, LONDON) == timedelta(hours=23)


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"])
def test_integer_offsets_give_the_same_day_and_hour_as_the_calendar(zone: str):
    shop = ZoneInfo(zone)
    first = datetime(2009, 1, 1, tzinfo=UTC)
    found = days.offsets(first, first + timedelta(days=900), shop)
    for step in range(0, 900 * 24 * 4, 7):
        moment = first + timedelta(minutes=15 * step)
        ms = int(moment.timestamp() * 1000)
        offset = [shift for since, shift in found if since <= ms][-1]
        local = moment.astimezone(shop)
        assert (ms + offset) // days.DAY_MS == days.day_of(moment, shop)
        assert (ms + offset) // days.HOUR_MS % 24 == local.hour
