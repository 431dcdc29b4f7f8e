"""The figures equal what a plain count over the orders says, and every list is as long as its number."""

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from oms_app.db.engine import reading
from oms_app.db.tables.catalogue import Channel
from oms_app.db.tables.orders import Order, OrderLine
from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.lifecycle import OPEN_STAGES, MoveDetails
from oms_app.domain.metrics import METRICS
from oms_app.domain.permissions import Role
from oms_app.domain.series import Point
from oms_app.services import catalogue, metrics, moves, placement, search
from tests import make

pytestmark = pytest.mark.usefixtures("shop")

ZONE = ZoneInfo("Asia/Kolkata")
_orders, _lines, _channels = Order.__table__, OrderLine.__table__, Channel.__table__  # type: ignore[attr-defined]


@pytest.mark.parametrize("days", [1, 2, 7, 45, 200])
def test_counts_and_sums_are_those_of_the_orders(days: int):
    history(seed=days, orders=60)
    rows = placed_in(days)
    shown = {
        name: metrics.series(make.ADMIN, name, **period(days)).total for name in ("orders", "units", "gross", "net")
    }
    rupees = [row for row in rows if row.currency == "INR"]
    assert shown["orders"].value == len(rows)
    assert shown["units"].value == sum(row.units for row in rows)
    assert shown["gross"].value == sum(row.total for row in rupees)
    assert shown["net"].value == sum(row.total - row.refunded for row in rupees if row.stage != "cancelled")


def test_rates_and_averages_are_ratios_of_sums():
    history(seed=5, orders=60)
    rows = placed_in(60)
    rupees = [row for row in rows if row.currency == "INR"]
    now = datetime.now(UTC)
    due = [
        r
        for r in due_in(60)
        if r.stage != "cancelled" and (r.shipped_at or (r.stage in OPEN_STAGES and r.ship_by < now))
    ]
    on_time = [row for row in due if row.shipped_at and row.shipped_at <= row.ship_by]
    assert total("aov", 60).value == pytest.approx(sum(row.total for row in rupees) / len(rupees))
    assert total("cancellation_rate", 60).value == sum(row.stage == "cancelled" for row in rows) / len(rows)
    assert total("on_time_ship_rate", 60).value == len(on_time) / len(due)
    assert total("on_time_ship_rate", 60).orders == len(due) - len(on_time)


def test_every_split_adds_up_to_the_whole():
    history(seed=6, orders=60)
    for name, metric in METRICS.items():
        if metric.unit == "count" and name != "top_products":
            whole = total(name, 60).value
            for by in metric.by:
                parts = metrics.series(make.ADMIN, name, by=by, **period(60)).points
                assert sum(part.value or 0 for part in parts) == whole, (name, by)


def test_channels_and_locations_filter_the_numbers():
    history(seed=7, orders=60)
    names = channel_names()
    rows = placed_in(60)
    only = metrics.series(make.ADMIN, "orders", q="channel:uk", **period(60)).total.value
    without = metrics.series(make.ADMIN, "orders", q="-channel:uk", **period(60)).total.value
    assert only == sum(names[row.channel_id] == "uk" for row in rows)
    assert without == sum(names[row.channel_id] != "uk" for row in rows)
    nowhere = metrics.series(make.ADMIN, "orders", q="location:none", **period(60)).total.value
    main = metrics.series(make.ADMIN, "orders", q="location:MAIN", **period(60)).total.value
    assert nowhere == sum(row.location_id is None for row in rows)
    assert main + nowhere == len(rows)


def test_rupees_and_pounds_are_never_added():
    history(seed=8, orders=40)
    shown = metrics.series(make.ADMIN, "gross", **period(60))
    pounds = [row for row in placed_in(60) if row.currency == "GBP"]
    assert shown.currency == "INR"
    assert shown.others == (("GBP", len(pounds)),)
    assert "currency:INR" in shown.total.search
    chosen = metrics.series(make.ADMIN, "gross", currency="GBP", **period(60))
    assert (chosen.currency, chosen.total.value) == ("GBP", sum(row.total for row in pounds))


def test_busy_hours_are_those_of_the_shops_clock():
    history(seed=9, orders=60)
    expected = Counter(
        (local.weekday(), local.hour) for local in (row.placed_at.astimezone(ZONE) for row in placed_in(60))
    )
    shown = metrics.series(make.ADMIN, "peak_hours", **period(60)).points
    assert {divmod(slot, 24): point.value for slot, point in enumerate(shown) if point.value} == dict(expected)


def test_time_in_stage_is_close_to_the_exact_median():
    skus = [make.product(on_hand=500)]
    waited = sorted(random.Random(3).randrange(600, 100_000) for _ in range(31))
    for seconds in waited:
        at = datetime.now(UTC) - timedelta(days=4)
        order = placement.place(make.ADMIN, make.draft(make.line(skus[0]), placed_at=at))
        at += timedelta(seconds=seconds)
        moves.move(make.ADMIN, order.number, order.next_moves[0].to, version=order.version, at=at)
    points = {point.key: point for point in metrics.series(make.ADMIN, "stage_dwell", **period(10)).points}
    assert points["placed"].orders == 31
    assert points["placed"].value == pytest.approx(median(waited), rel=0.13)
    assert points["processing"].value is None


def test_products_are_ranked_by_units_and_count_each_order_once():
    scarf, shawl = make.product("SCARF"), make.product("SHAWL")
    make.order(make.line(scarf, 2), make.line(scarf, 3))
    make.order(make.line(shawl, 4), make.line(scarf, 1))
    shown = metrics.series(make.ADMIN, "top_products", **period(1)).points
    assert [(point.key, point.value, point.orders) for point in shown] == [("SCARF", 6, 2), ("SHAWL", 4, 1)]


def test_an_unfinished_day_meets_the_same_hours_of_the_day_before():
    now = datetime.now(UTC)
    early = now - timedelta(days=1, seconds=1)
    if early.astimezone(ZONE).date() != now.astimezone(ZONE).date() - timedelta(days=1):
        early = now - timedelta(days=1)
    make.order(placed_at=early)
    late = early + timedelta(seconds=90)
    if late.astimezone(ZONE).date() == early.astimezone(ZONE).date():
        make.order(placed_at=late)
    make.order()
    shown = metrics.series(make.ADMIN, "orders", compare="previous", **period(1))
    assert (shown.total.value, shown.total.compared) == (1, 1)


def test_a_metric_refuses_what_it_cannot_say():
    with pytest.raises(NotFound):
        metrics.series(make.ADMIN, "happiness")
    with pytest.raises(Malformed):
        metrics.series(make.ADMIN, "orders", by="age")
    with pytest.raises(Malformed):
        metrics.series(make.ADMIN, "orders", first=date(2026, 2, 1), last=date(2026, 1, 1))


def test_a_search_counts_like_the_orders_it_finds():
    history(seed=11, orders=60)
    rows = [row for row in placed_in(60) if row.total > 50_000]
    with_search = {"q": "total:>500", **period(60)}
    assert metrics.series(make.ADMIN, "orders", **with_search).total.value == len(rows)
    shown = metrics.series(make.ADMIN, "peak_hours", **with_search).points
    assert sum(point.value or 0 for point in shown) == len(rows)
    delivered = metrics.series(make.ADMIN, "delivery_time", **with_search).total.orders
    assert delivered == sum(row.delivered_at is not None for row in rows)


@pytest.mark.parametrize("q", ["", "channel:uk", "-channel:uk location:none", "total:>500"])
def test_the_list_behind_a_number_is_as_long_as_the_number(q: str):
    history(seed=12, orders=50)
    for name, metric in METRICS.items():
        for by in ("", *metric.by):
            shown = metrics.series(make.ADMIN, name, by=by, q=q, **period(60))
            points = [point for point in (shown.total, *shown.points) if point.value is not None]
            busiest = sorted(points, key=lambda point: -point.orders)[:4]
            for point in busiest:
                listed = search.count(make.ADMIN, point.search, exact=True, until=shown.until).number
                assert listed == point.orders, (name, by, point)


def test_an_analyst_may_look_and_a_warehouse_worker_sees_their_own_place():
    history(seed=10, orders=30)
    everything = metrics.series(make.actor(Role.ANALYST), "orders", **period(60)).total.value
    [main] = {row.location_id for row in placed_in(60)} - {None}
    mine = metrics.series(make.actor(Role.WAREHOUSE, location_id=main), "orders", **period(60)).total.value
    assert everything == 30
    assert mine == sum(row.location_id == main for row in placed_in(60))


def period(days: int) -> dict[str, date]:
    """So many days up to today."""
    today = datetime.now(ZONE).date()
    return {"first": today - timedelta(days=days - 1), "last": today}


def total(name: str, days: int) -> Point:
    """A metric as one number."""
    return metrics.series(make.ADMIN, name, **period(days)).total


def placed_in(days: int) -> list[Any]:
    """Order rows placed on one of the last days of the shop."""
    first = period(days)["first"]
    return [row for row in every_order() if row.placed_at.astimezone(ZONE).date() >= first]


def due_in(days: int) -> list[Any]:
    """Order rows that had to ship on one of the last days."""
    within = period(days)
    return [row for row in every_order() if within["first"] <= row.ship_by.astimezone(ZONE).date() <= within["last"]]


def every_order() -> Iterable[Any]:
    """All order rows."""
    with reading() as tx:
        return list(tx.execute(select(_orders)))


def channel_names() -> dict[int, str]:
    """Channel names by id."""
    with reading() as tx:
        return {row.id: row.name for row in tx.execute(select(_channels.c.id, _channels.c.name))}


def history(*, seed: int, orders: int) -> None:
    """Orders of two channels over the last 60 days that went some of the way."""
    chance = random.Random(seed)
    catalogue.add_channel(make.ADMIN, name="uk", title="UK", kind="manual", currency="GBP")
    skus = [make.product(on_hand=5), make.product(), make.product(on_hand=300)]
    now = datetime.now(UTC)
    for _ in range(orders):
        at = now - timedelta(minutes=chance.randrange(60 * 24 * 59))
        lines = [
            make.line(chance.choice(skus), chance.randint(1, 3), unit_price_micros=chance.randrange(10**9))
            for _ in range(chance.randint(1, 3))
        ]
        order = placement.place(make.ADMIN, make.draft(*lines, channel=chance.choice(["manual", "uk"]), placed_at=at))
        while (open_to := [each.to for each in order.next_moves if not each.blocked]) and chance.random() < 0.8:
            at = min(at + timedelta(seconds=chance.randrange(100_000)), now)
            to = chance.choice(open_to)
            details = MoveDetails(reason="why", weight_g=1, courier="Delhivery", awb="1")
            order = moves.move(make.ADMIN, order.number, to, version=order.version, details=details, at=at)
