"""The rollups are the sum of the orders after every write, one by one or in bulk, on both databases."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import rollup_fold, rollups
from oms_app.db.tables.orders import Order
from oms_app.db.tables.rollups import OrderDwell, Rollup
from oms_app.domain.lifecycle import MoveDetails, Stage
from oms_app.domain.rollups import Kind
from oms_app.services import catalogue, moves, placement
from tests import make

pytestmark = pytest.mark.usefixtures("shop")

_orders, _rollup, _dwell = Order.__table__, Rollup.__table__, OrderDwell.__table__  # type: ignore[attr-defined]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_every_write_leaves_the_rollups_true():
    history(seed=1, orders=40)
    assert drift() == ([], [])


def test_folding_changes_no_sum(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rollup_fold, "FOLD_AFTER", 7)
    history(seed=2, orders=30)
    assert drift() == ([], [])
    with reading() as tx:
        assert tx.execute(select(_rollup)).first() is not None


def test_a_rebuild_finds_what_was_kept():
    history(seed=3, orders=30)
    with transaction() as tx:
        rollup_fold.fold(tx)
    kept = stored()
    with transaction() as tx:
        rollups.rebuild(tx)
    assert stored() == kept
    assert drift() == ([], [])


def test_orders_taken_out_and_put_back_in_bulk_leave_no_trace():
    history(seed=4, orders=30)
    with transaction() as tx:
        rollup_fold.fold(tx)
        ids = list(tx.scalars(select(_orders.c.id)))
    kept = stored()
    with transaction() as tx:
        rollups.remove_many(tx, ids)
    assert stored() == {}
    with transaction() as tx:
        rollups.add_many(tx, ids)
    assert stored() == kept
    assert drift() == ([], [])


def test_a_write_past_the_services_is_found():
    order = make.order()
    with transaction() as tx:
        tx.execute(_orders.update().where(_orders.c.id == order.id).values(total=_orders.c.total + 100))
    with reading() as tx:
        found = rollups.verify(tx)
    assert {Kind(each.cell.kind) for each in found} == {Kind.STAGE, Kind.HOUR}
    assert all(each.surplus == (0, 0, -100) for each in found)


def test_time_in_a_stage_adds_up_over_visits():
    at = NOW - timedelta(days=3)
    order = placement.place(make.ADMIN, make.draft(placed_at=at))
    steps = [(Stage.PROCESSING, 60), (Stage.PLACED, 10), (Stage.PROCESSING, 5), (Stage.READY, 100)]
    for stage, minutes in steps:
        at += timedelta(minutes=minutes)
        order = moves.move(make.ADMIN, order.number, stage, version=order.version, at=at)
    with reading() as tx:
        row = tx.execute(select(_dwell)).one()
    assert tuple(row) == (order.id, 65 * 60, 110 * 60, None, None, None)
    assert drift() == ([], [])


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/London", "America/St_Johns"])
def test_days_are_those_of_the_shop(zone: str, monkeypatch: pytest.MonkeyPatch):
    from oms_app.settings import get_settings

    monkeypatch.setenv("OMS_TIMEZONE", zone)
    get_settings.cache_clear()
    sku = make.product(on_hand=100)
    for change in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        for minutes in range(-180, 181, 15):
            make.order(make.line(sku), placed_at=change + timedelta(minutes=minutes))
    assert drift() == ([], [])


def history(*, seed: int, orders: int) -> None:
    """Orders of two channels that wander through the lifecycle, some of them backwards."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable history, not a secret
    catalogue.add_channel(make.ADMIN, name="uk", title="UK", kind="manual", currency="GBP")
    skus = [make.product(on_hand=20), make.product(on_hand=40), make.product(on_hand=200)]
    for _ in range(orders):
        at = NOW - timedelta(minutes=chance.randrange(60 * 24 * 60))
        lines = [
            make.line(chance.choice(skus), chance.randint(1, 3), unit_price_micros=chance.randrange(10**9))
            for _ in range(chance.randint(1, 3))
        ]
        order = placement.place(make.ADMIN, make.draft(*lines, channel=chance.choice(["manual", "uk"]), placed_at=at))
        while (open_to := [each.to for each in order.next_moves if not each.blocked]) and chance.random() < 0.85:
            at += timedelta(seconds=chance.randrange(100_000))
            to = chance.choice(open_to)
            details = MoveDetails(reason="why", weight_g=1, courier="Delhivery", awb="1")
            order = moves.move(make.ADMIN, order.number, to, version=order.version, details=details, at=at)


def drift() -> tuple[list[rollups.Difference], list[int]]:
    """What the checks find."""
    with reading() as tx:
        return rollups.verify(tx), rollups.verify_dwell(tx)


def stored() -> dict[tuple[object, ...], tuple[int, ...]]:
    """Every folded cell that is not empty."""
    with reading() as tx:
        return {tuple(row[:7]): tuple(row[7:]) for row in tx.execute(select(_rollup)) if any(row[7:])}
