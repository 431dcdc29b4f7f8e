"""Which orders miss today's courier, with the numbers of docs/algorithms/pickups.md."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oms_app.domain import pickups, promises, working_time
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.pickups import Left, StageTime, forecast, outlooks, stage_times
from oms_app.domain.promises import Pickup, Place, Promises
from oms_app.domain.working_time import Calendar
from tests.architecture.sources import ROOT

ZONE = ZoneInfo("Asia/Kolkata")
HOUR = 3_600
OPEN = Place(opens=10 * 60, closes=18 * 60, pickups=(Pickup("Delhivery", 17 * 60),))
SHOP = Promises(places={"MAIN": OPEN})
TIMES = {
    Stage.READY: StageTime(40, 5 * HOUR, 9 * HOUR),
    Stage.PICKING: StageTime(40, 2 * HOUR, 4 * HOUR),
    Stage.PACKED: StageTime(40, HOUR, HOUR * 3 // 2),
}
PAGE = (ROOT / "docs/algorithms/pickups.md").read_text()


def clock(text: str, day: int = 24) -> datetime:
    """A time of Tuesday, 24 November 2026 in India."""
    hour, minute = map(int, text.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def chance(stage: Stage, entered: datetime, now: datetime, times: object = TIMES) -> tuple[bool, object] | None:
    ahead = outlooks(SHOP, {1: "MAIN"}, times, now, ZONE)  # type: ignore[arg-type]
    found = forecast(ahead, stage, location_id=1, ship_by=clock("17:00"), entered=entered, now=now)
    return found and (found.known, found.chance)


def test_the_examples_of_the_docs_are_so() -> None:
    rows = re.findall(r"^\| (\d\d:\d\d) \| (\d\d:\d\d) \| ([a-z ]*) \| ([a-z ]*) ?\|$", PAGE, re.M)
    assert len(rows) == 5
    for entered, now, half, most in rows:
        expected = "will_miss" if half.strip() == "will miss" else "may_miss" if most.strip() == "may miss" else None
        assert chance(Stage.PICKING, clock(entered), clock(now)) == (True, expected), (entered, now)


def test_working_time_runs_backwards_over_the_night() -> None:
    assert working_time.before(OPEN.calendar, clock("17:00"), timedelta(hours=5), ZONE) == clock("12:00")
    assert working_time.before(OPEN.calendar, clock("17:00"), timedelta(hours=9), ZONE) == clock("16:00", 23)


@pytest.mark.parametrize("hours", [0, 1, 7, 8, 9, 30])
def test_what_is_added_lies_between_and_can_be_taken_away(hours: int) -> None:
    calendar = Calendar((0, 1, 2, 3, 4), 600, 1_080, frozenset({date(2026, 11, 25)}))
    start, span = clock("16:30"), timedelta(hours=hours)
    end = working_time.after(calendar, start, span, ZONE)
    assert working_time.between(calendar, start, end, ZONE) == span
    assert working_time.before(calendar, end, span, ZONE) == start


def test_a_stage_that_few_orders_left_predicts_nothing() -> None:
    few = TIMES | {Stage.PICKING: StageTime(pickups.ENOUGH - 1, 2 * HOUR, 4 * HOUR)}
    assert chance(Stage.PICKING, clock("16:00"), clock("16:59"), few) == (False, None)


def test_an_order_that_is_promised_tomorrow_need_not_go_today() -> None:
    ahead = outlooks(SHOP, {1: "MAIN"}, TIMES, clock("12:00"), ZONE)
    where = {"location_id": 1, "entered": clock("11:00"), "now": clock("12:00")}
    assert forecast(ahead, Stage.PACKED, ship_by=clock("17:00", 25), **where) is None
    assert forecast(ahead, Stage.PACKED, ship_by=clock("16:59", 25), **where).at == clock("17:00")
    assert forecast(ahead, Stage.PACKED, ship_by=clock("09:00"), **where).at == clock("17:00")
    assert forecast(ahead, Stage.SHIPPED, ship_by=clock("09:00"), **where) is None


def test_an_order_goes_with_the_last_pickup_by_its_promise_and_a_late_one_with_the_next() -> None:
    twice = Place(pickups=(Pickup("Ekart", 17 * 60), Pickup("DTDC", 13 * 60)))
    due = promises.ahead_today(twice, clock("11:00"), ZONE)
    taken = {at: [each.at for each in due if each.takes(clock(at))] for at in ("10:00", "13:00", "16:59", "17:00")}
    one, five = clock("13:00"), clock("17:00")
    assert taken == {"10:00": [one], "13:00": [one], "16:59": [one], "17:00": [five]}
    assert [each.at for each in promises.ahead_today(twice, clock("13:00"), ZONE)] == [five]
    assert promises.ahead_today(twice, clock("17:00"), ZONE) == ()


def test_stage_times_are_nearest_ranks_of_working_time_to_the_door() -> None:
    calendar = OPEN.calendar
    # Ten orders left at 17:00 after 1 to 10 hours in Packed, and a night in Picking before.
    left = [Left(clock("17:00"), calendar, (None, None, None, 16 * HOUR, hours * HOUR)) for hours in range(1, 11)]
    times = stage_times(left, ZONE)
    assert set(times) == {Stage.PICKING, Stage.PACKED}
    # Since 07:00 to 16:00 in Packed: not more than the seven hours from 10:00.
    assert times[Stage.PACKED] == StageTime(10, 5 * HOUR, 7 * HOUR)
    assert times[Stage.PICKING].orders == 10


def test_stage_times_are_kept_and_read_again() -> None:
    assert pickups.read_times(pickups.write_times(TIMES)) == TIMES
    assert pickups.read_times(None) == {}
    assert len(OPEN_STAGES) == 5
