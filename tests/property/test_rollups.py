"""Whatever happens to an order, the changes of its cells add up to the cells of what it is in the end."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from oms_app.domain.lifecycle import LIFECYCLE, OPEN_STAGES, Stage
from oms_app.domain.rollups import DURATIONS, Cell, Dwell, Kind, cells, seconds_between

ZONES = [ZoneInfo(name) for name in ("Asia/Kolkata", "Europe/London", "America/New_York")]


@dataclass(frozen=True)
class Order:
    """An order as the rollups see one."""

    placed_at: datetime
    stage_at: datetime
    ship_by: datetime | None
    id: int = 1
    channel_id: int = 1
    location_id: int | None = None
    stage: str = Stage.PLACED
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    currency: str = "INR"
    total: int = 1_000
    refunded: int = 0
    refunded_excess: int = 0
    units: int = 1


moments = st.datetimes(datetime(2010, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
steps = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 10**6), st.integers(0, 500), st.none() | st.just(2)))


@given(moments, st.none() | st.integers(0, 10**6), steps, st.sampled_from(ZONES))
def test_changes_add_up_to_the_order_as_it_is(placed_at: datetime, promise: int | None, path: list, zone: ZoneInfo):
    ship_by = None if promise is None else placed_at + timedelta(seconds=promise)
    order, dwell = Order(placed_at, placed_at, ship_by), Dwell()
    sums: Counter[tuple[Cell, int]] = Counter()
    add(sums, order, dwell, zone, 1)
    for choice, seconds, refunded, location in path:
        add(sums, order, dwell, zone, -1)
        order, dwell = advance(order, dwell, choice, seconds)
        order = replace(order, refunded=order.refunded + refunded, location_id=location)
        add(sums, order, dwell, zone, 1)
    expected: Counter[tuple[Cell, int]] = Counter()
    add(expected, order, dwell, zone, 1)
    assert {key: value for key, value in sums.items() if value} == {k: v for k, v in expected.items() if v}


@given(moments, steps, st.sampled_from(ZONES))
def test_an_order_counts_once_wherever_it_counts(placed_at: datetime, path: list, zone: ZoneInfo):
    order, dwell = Order(placed_at, placed_at, placed_at), Dwell()
    for choice, seconds, _, _ in path:
        order, dwell = advance(order, dwell, choice, seconds)
    found = cells(order, dwell, zone)
    kinds = Counter(cell.kind for cell in found)
    assert set(kinds.values()) == {1}
    assert kinds.keys() >= {Kind.STAGE, Kind.HOUR}
    assert all(counts[0] == 1 for counts in found.values())
    assert all(counts[2] >= 0 for cell, counts in found.items() if cell.kind in DURATIONS)


def advance(order: Order, dwell: Dwell, choice: int, seconds: int) -> tuple[Order, Dwell]:
    """The order after one of its legal moves."""
    targets = sorted(LIFECYCLE[Stage(order.stage)].next)
    if not targets:
        return order, dwell
    to, at = targets[choice % len(targets)], order.stage_at + timedelta(seconds=seconds)
    if order.stage in OPEN_STAGES:
        dwell = dwell.leaving(order.stage, seconds_between(order.stage_at, at))
    moved = replace(order, stage=to, stage_at=at)
    if to is Stage.SHIPPED:
        return replace(moved, shipped_at=at), dwell
    return (replace(moved, delivered_at=at) if to is Stage.DELIVERED else moved), dwell


def add(sums: Counter[tuple[Cell, int]], order: Order, dwell: Dwell, zone: ZoneInfo, sign: int) -> None:
    """Count an order in or out."""
    for cell, counts in cells(order, dwell, zone).items():
        for place, value in enumerate(counts):
            sums[cell, place] += sign * value
