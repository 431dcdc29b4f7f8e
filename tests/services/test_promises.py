"""Promises: when an order must leave, and which orders will miss today's courier, the same wherever one looks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import orders as rows
from oms_app.domain import pickups as rules
from oms_app.domain import promises as promise_rules
from oms_app.domain.errors import Forbidden, Malformed
from oms_app.domain.lifecycle import MoveDetails, Stage
from oms_app.domain.permissions import Role
from oms_app.domain.pickups import Chance, StageTime
from oms_app.domain.promises import Pickup, Place, Promises, Service
from oms_app.services import board, catalogue, moves, orders, pickups, promises, search, today
from oms_app.settings import get_settings
from tests import make

HOUR = 3_600


@pytest.fixture(autouse=True)
def zone(shop: str, monkeypatch: pytest.MonkeyPatch) -> ZoneInfo:
    """A shop where it is ten in the morning, whenever the test runs: a courier comes later today."""
    ahead = 10 - datetime.now(UTC).hour
    monkeypatch.setenv("OMS_TIMEZONE", f"Etc/GMT{-(ahead if ahead > -12 else ahead + 24):+d}")
    get_settings.cache_clear()
    pickups.forget()
    return ZoneInfo(get_settings().timezone)


def set_times(**hours: tuple[float, float]) -> None:
    """Let half of the orders need so many hours from the stage to the door, and nine of ten so many."""
    times = {Stage(name): StageTime(50, int(half * HOUR), int(most * HOUR)) for name, (half, most) in hours.items()}
    with transaction() as tx:
        settings.set_setting(tx, "stage_times", {"at": 0, "stages": rules.write_times(times)})
    pickups.forget()


def pickup_in(minutes: int, zone: ZoneInfo) -> datetime:
    """Let a courier come to MAIN so many minutes from now."""
    local = datetime.now(zone) + timedelta(minutes=minutes)
    place = Place(pickups=(Pickup("Delhivery", local.hour * 60 + local.minute),))
    promises.save(make.ADMIN, Promises(places={"MAIN": place}))
    return local.replace(second=0, microsecond=0).astimezone(UTC)


def must_leave_today(number: str, *, entered: timedelta = timedelta(0)) -> str:
    """Promise an order for an hour ago, in its stage since so long; returns its number."""
    now = datetime.now(UTC)
    with transaction() as tx:
        row = rows.find(tx, number)
        rows.change(tx, row, ship_by=now - timedelta(hours=1), stage_at=now - entered)
    return number


def test_an_order_is_promised_by_its_service_in_the_time_of_the_location_that_keeps_it(zone: ZoneInfo) -> None:
    catalogue.add_location(make.ADMIN, code="BLR", name="Bengaluru")
    sku = make.product(on_hand=5, location="BLR")
    promises.save(
        make.ADMIN,
        Promises(
            services=(Service("standard", "Standard", 48), Service("express", "Express", 2)),
            places={"BLR": Place((0, 1, 2, 3, 4), 600, 1_080, {}, (Pickup("DTDC", 1_020),))},
        ),
    )
    monday = datetime(2026, 11, 16, 11, 0, tzinfo=zone)
    express = make.order(make.line(sku), service="express", placed_at=monday)
    assert (express.service, express.location) == ("express", "BLR")
    assert express.ship_by == monday.replace(hour=17)
    elsewhere = make.order(service="express", placed_at=monday)
    assert elsewhere.ship_by == monday.replace(hour=13)
    assert make.order(placed_at=monday).ship_by == monday + timedelta(hours=48)
    with pytest.raises(Malformed, match="no service"):
        make.order(service="drone")
    assert [row.number for row in search.orders(make.ADMIN, "service:express").rows] == [
        elsewhere.number,
        express.number,
    ]


def test_a_changed_promise_holds_for_what_arrives_from_now_on() -> None:
    before = make.order()
    promises.save(make.ADMIN, Promises(services=(Service("standard", "Standard", 1),)))
    assert orders.get(make.ADMIN, before.number).ship_by == before.ship_by
    after = make.order()
    assert after.ship_by == after.placed_at + timedelta(hours=1)


def test_who_will_miss_the_courier_is_the_same_on_today_in_search_on_the_board_and_on_the_order(zone: ZoneInfo) -> None:
    at = pickup_in(90, zone)
    set_times(ready=(4, 6), picking=(1, 2), packed=(0.5, 0.75))
    misses = must_leave_today(make.order(stage=Stage.READY).number)
    may = must_leave_today(make.order(stage=Stage.PICKING).number)
    makes = must_leave_today(make.order(stage=Stage.PACKED).number)
    later = make.order(stage=Stage.READY).number
    unknown = must_leave_today(make.order().number)
    seen = {number: orders.get(make.ADMIN, number).forecast for number in (misses, may, makes, later, unknown)}
    assert [each and (each.at, each.known, each.chance) for each in seen.values()] == [
        (at, True, Chance.WILL_MISS),
        (at, True, Chance.MAY_MISS),
        (at, True, None),
        None,
        (at, False, None),
    ]
    cards = {card.number: card.forecast for column in board.view(make.ADMIN).columns for card in column.cards}
    assert cards == seen
    listed = {row.number: row.forecast for row in search.orders(make.ADMIN).rows}
    assert listed == seen
    found = today.read(make.ADMIN)
    counts = {queue.name: (queue.q, count) for queue, count in found.queues}
    assert counts["will_miss"] == ("is:will_miss", 1)
    for q, numbers in (("is:will_miss", [misses]), ("is:will-miss", [misses]), ("is:may_miss", [may])):
        for until in (None, found.at):
            assert [row.number for row in search.orders(make.ADMIN, q, until=until).rows] == numbers


def test_an_order_long_in_its_stage_makes_it_until_the_stages_that_follow_need_more_than_is_left(
    zone: ZoneInfo,
) -> None:
    pickup_in(60, zone)
    set_times(ready=(4, 4), picking=(1.5, 1.5))
    number = must_leave_today(make.order(stage=Stage.READY).number, entered=timedelta(hours=10))
    assert orders.get(make.ADMIN, number).forecast.chance is Chance.WILL_MISS
    set_times(ready=(4, 4), picking=(0.5, 0.5))
    assert orders.get(make.ADMIN, number).forecast.chance is None


def test_a_list_opened_later_holds_what_the_tile_counted(zone: ZoneInfo) -> None:
    pickup_in(90, zone)
    set_times(ready=(4, 4), packed=(0.1, 0.1), picking=(0.2, 0.2))
    order = orders.get(make.ADMIN, must_leave_today(make.order(stage=Stage.READY).number))
    then = datetime.now(UTC)
    later = then + timedelta(seconds=5)
    moves.move(make.ADMIN, order.number, Stage.PICKING, version=order.version, details=MoveDetails(), at=later)
    assert search.count(make.ADMIN, "is:will_miss", exact=True).number == 0
    assert search.count(make.ADMIN, "is:will_miss", exact=True, until=then).number == 1


def test_stage_times_come_from_the_orders_that_left() -> None:
    moment = datetime.now(UTC) - timedelta(days=1)
    for _ in range(3):
        order = make.order(placed_at=moment, stage=Stage.PACKED)
        make.move(order, Stage.SHIPPED)
    times = pickups.work_out()
    assert {stage: time.orders for stage, time in times.items()} == dict.fromkeys(
        (Stage.PLACED, Stage.PROCESSING, Stage.READY, Stage.PICKING, Stage.PACKED), 3
    )
    assert 86_000 < times[Stage.PLACED].half < 87_000
    assert times[Stage.PACKED].half < 60
    assert not times[Stage.PACKED].known
    assert promises.read(make.ADMIN).times == times
    with reading() as tx:
        assert pickups.known(tx).times == times
    before = settings_at()
    pickups.work_out_in_time()
    assert settings_at() == before


def settings_at() -> int:
    with reading() as tx:
        return int(settings.setting(tx, "stage_times")["at"])


def test_promises_name_locations_and_channels_of_the_shop() -> None:
    before = promises.read(make.ADMIN).promises
    for wrong in (
        Promises(places={"NOWHERE": Place()}),
        Promises(channel_service={"nowhere": "express"}),
        Promises(channel_hours={("nowhere", "express"): 1}),
    ):
        with pytest.raises(Malformed, match="There is no"):
            promises.save(make.ADMIN, wrong)
    assert promises.read(make.ADMIN).promises == before


def test_only_admins_and_managers_write_promises() -> None:
    for role in (Role.WAREHOUSE, Role.SERVICE, Role.INVENTORY, Role.ANALYST):
        with pytest.raises(Forbidden):
            promises.save(make.actor(role), Promises())
    promises.save(make.actor(Role.MANAGER), Promises())


def test_what_was_promised_of_places_that_are_gone_is_forgotten() -> None:
    kept = Promises(places={"MAIN": Place(opens=600), "GONE": Place(opens=540)}, channel_service={"gone": "express"})
    only_gone = Promises(places={"GONE": Place(opens=540)})
    for before, after in ((kept, Promises(places={"MAIN": Place(opens=600)})), (only_gone, Promises())):
        with transaction() as tx:
            settings.set_setting(tx, "promises", promise_rules.write(before))
            promises.forget_what_is_gone(tx)
            assert (settings.setting(tx, "promises") is None) is (after == Promises())
        assert promises.read(make.ADMIN).promises == after
