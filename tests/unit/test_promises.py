"""When an order must leave: hours in a warehouse's working time, holidays, and the next courier."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oms_app.domain import promises
from oms_app.domain.errors import Malformed
from oms_app.domain.promises import Pickup, Place, Promises, Service

ZONE = ZoneInfo("Asia/Kolkata")
WEEK = (0, 1, 2, 3, 4, 5)
PLACE = Place(WEEK, 600, 1_140, {date(2026, 11, 26): "A day off"}, (Pickup("Delhivery", 1_020),))
SHOP = Promises(
    services=(Service("standard", "Standard", 18), Service("express", "Express", 2)),
    channel_service={"amazon": "express"},
    channel_hours={("amazon", "express"): 1},
    places={"PNQ": PLACE},
)


def at(day: int, text: str) -> datetime:
    hour, minute = map(int, text.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("placed", "service", "leaves"),
    [
        (at(24, "11:00"), "express", at(24, "17:00")),  # Tuesday: ready at 13:00, the courier comes at 17:00
        (at(24, "15:00"), "express", at(24, "17:00")),  # ready on the minute
        (at(24, "15:01"), "express", at(25, "17:00")),  # a minute too late
        (at(24, "22:00"), "express", at(25, "17:00")),  # the night does not count
        (at(25, "18:30"), "express", at(27, "17:00")),  # the day off does not count, and no courier comes
        (at(28, "16:00"), "express", at(30, "17:00")),  # Saturday, over Sunday
        (at(23, "10:00"), "standard", at(25, "17:00")),  # two days of nine hours: ready on Tuesday at 19:00
    ],
)
def test_a_promise_is_kept_with_the_next_courier_after_the_working_hours(
    placed: datetime, service: str, leaves: datetime
) -> None:
    assert SHOP.ship_by(placed, channel="shopify", service=service, place="PNQ", zone=ZONE) == leaves


def test_a_shop_that_wrote_nothing_promises_48_hours() -> None:
    placed = at(24, "22:17")
    given = {"channel": "manual", "service": "standard", "place": "MAIN", "zone": ZONE}
    assert Promises().ship_by(placed, **given) == placed + timedelta(hours=48)


def test_a_channel_has_its_own_service_and_hours() -> None:
    assert [SHOP.service_of("amazon", ""), SHOP.service_of("shopify", ""), SHOP.service_of("amazon", "standard")] == [
        "express",
        "standard",
        "standard",
    ]
    assert (SHOP.hours("amazon", "express"), SHOP.hours("shopify", "express")) == (1, 2)
    with pytest.raises(Malformed, match="no service “drone”. Known: standard, express"):
        SHOP.service_of("amazon", "drone")


def test_what_is_kept_is_read_again() -> None:
    assert promises.read(promises.write(SHOP)) == SHOP
    assert promises.read(None) == Promises()


@pytest.mark.parametrize(
    ("line", "day", "name"),
    [
        ("2027-01-26 Republic Day", date(2027, 1, 26), "Republic Day"),
        ("26-01-2027, Republic Day", date(2027, 1, 26), "Republic Day"),
        ("26/1/2027", date(2027, 1, 26), ""),
        ("26 January 2027 – Republic Day", date(2027, 1, 26), "Republic Day"),
        ("Republic Day: 26 Jan 2027", date(2027, 1, 26), "Republic Day"),
        ("02.10.2027\tGandhi Jayanti", date(2027, 10, 2), "Gandhi Jayanti"),
    ],
)
def test_a_pasted_list_of_holidays_is_read_day_first(line: str, day: date, name: str) -> None:
    assert promises.read_holidays(f"\n{line}\n\n") == {day: name}


@pytest.mark.parametrize("line", ["Republic Day", "31-02-2027 never", "26 Foo 2027 x", "2027-13-01"])
def test_a_line_without_a_date_is_named(line: str) -> None:
    with pytest.raises(Malformed, match="has no date"):
        promises.read_holidays(line)


def test_cut_offs_are_read_one_a_line() -> None:
    assert promises.read_pickups("17:00 Delhivery\n 13:30  Blue Dart \n") == (
        Pickup("Delhivery", 1_020),
        Pickup("Blue Dart", 810),
    )


@pytest.mark.parametrize("text", ["5 pm", "25:00", "24:01", "1700", "12:60"])
def test_a_time_nobody_can_mean_is_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="no time of day"):
        promises.read_minute(text)


@pytest.mark.parametrize(
    "wrong",
    [
        Promises(services=()),
        Promises(services=(Service("a", "A", 1), Service("a", "B", 2))),
        Promises(services=(Service("two words", "A", 1),)),
        Promises(services=(Service("a", "A", -1),)),
        Promises(channel_service={"amazon": "drone"}),
        Promises(channel_hours={("amazon", "drone"): 1}),
        Promises(channel_hours={("amazon", "express"): 10_000}),
        Promises(places={"PNQ": Place(days=())}),
        Promises(places={"PNQ": Place(opens=600, closes=600)}),
        Promises(places={"PNQ": Place(pickups=(Pickup("", 1),) * 21)}),
    ],
)
def test_promises_nobody_can_keep_are_malformed(wrong: Promises) -> None:
    with pytest.raises(Malformed):
        promises.write(wrong)


@pytest.mark.parametrize(
    ("words", "service"),
    [
        ("Standard", "standard"),
        ("EXPRESS Shipping (1-2 days)", "express"),
        ("Same-day delivery", "same_day"),
        ("Expressway Couriers", ""),
        ("Free shipping", ""),
        ("", ""),
    ],
)
def test_a_channels_own_words_name_a_service_or_none(words: str, service: str) -> None:
    assert Promises().meant(words) == service
