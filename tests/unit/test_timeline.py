"""Events and moments as sentences."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oms_app.domain import moments, timeline
from oms_app.domain.accounts import device, initials
from oms_app.domain.orders import EventView
from oms_app.domain.timeline import Audience

IST = ZoneInfo("Asia/Kolkata")
AT = datetime(2026, 11, 23, 8, 35, tzinfo=UTC)


def event(kind: str, *, source: str = "web", before: Any = None, after: Any = None) -> EventView:
    return EventView(1, kind, "asha@shop.example", source, before or {}, after or {}, "", AT)


def test_a_move_says_where_to_and_what_was_told() -> None:
    moved = event("moved", before={"stage": "packed"}, after={"stage": "shipped", "courier": "Delhivery", "awb": "A1"})
    assert timeline.title(moved) == "Moved to Shipped"
    assert timeline.changes(moved) == [("stage", "Packed", "Shipped"), ("courier", "", "Delhivery"), ("AWB", "", "A1")]
    assert timeline.audience(moved) is Audience.CUSTOMER


def test_what_stays_inside_is_internal_and_what_machines_do_is_system() -> None:
    assert timeline.audience(event("held")) is Audience.INTERNAL
    assert timeline.audience(event("moved", after={"stage": "ready"})) is Audience.INTERNAL
    assert timeline.audience(event("moved", source="job", after={"stage": "ready"})) is Audience.SYSTEM
    assert timeline.audience(event("note_added", source="api")) is Audience.INTERNAL


def test_tags_and_unknown_kinds_are_readable() -> None:
    tagged = event("tagged", before={"tags": []}, after={"tags": ["gift", "vip"]})
    assert timeline.changes(tagged) == [("tags", "", "gift, vip")]
    assert timeline.title(event("something_new")) == "Something new"


def test_amounts_stand_in_the_currency_of_the_order() -> None:
    paid = event(
        "paid", before={"payment": "unpaid"}, after={"payment": "paid", "amount": "1234.50", "currency": "INR"}
    )
    assert timeline.changes(paid, "INR") == [("payment", "unpaid", "paid"), ("amount", "", "₹1,234.50")]
    assert timeline.changes(paid)[1] == ("amount", "", "1234.50")


def test_moments_are_written_in_the_shops_zone() -> None:
    assert moments.show(AT, IST) == "23 Nov 2026, 14:05 IST"
    assert moments.show_day(AT, IST) == "Monday, 23 Nov 2026"
    assert moments.show_time(AT, IST) == "14:05"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-59, "less than a minute ago"), (60, "in 1 minute"), (-7_300, "2 hours ago"), (86_400, "in 1 day")],
)
def test_distance_is_told_in_the_largest_unit(seconds: int, text: str) -> None:
    assert moments.until(AT + timedelta(seconds=seconds), AT) == text


def test_people_and_browsers_have_short_names() -> None:
    assert (initials("Asha Rao"), initials("Asha Maria Rao"), initials("asha"), initials("")) == ("AR", "AR", "A", "")
    windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
    assert device(windows) == "Edge on Windows"
    assert device("curl/8") == "A browser"
