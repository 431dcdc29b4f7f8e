"""Stored sums are held against what they are sums of."""

import pytest
from sqlalchemy import update

from oms_app.db.engine import transaction
from oms_app.db.tables.orders import Order, OrderLine
from oms_app.db.tables.stock import StockLevel
from oms_app.domain.lifecycle import Stage
from oms_app.services import checks
from tests import make


def found(name: str) -> tuple[str, ...]:
    return checks.CHECKS[name](make.ADMIN)


@pytest.mark.parametrize("name", list(checks.CHECKS))
def test_a_shop_at_work_has_no_differences(shop: str, name: str) -> None:
    for stage in (Stage.PLACED, Stage.PACKED, Stage.DELIVERED):
        make.order(lines=2, stage=stage, paid=True)
    make.move(make.order(), Stage.CANCELLED)
    assert found(name) == ()


@pytest.mark.parametrize(
    ("name", "table", "values", "sentence"),
    [
        ("stock", StockLevel, {"on_hand": 7}, "on hand: stored 7, computed 10"),
        ("stock", StockLevel, {"reserved": 5}, "reserved: stored 5, computed 1"),
        ("stock", OrderLine, {"allocated": 0}, "allocated: stored 0, computed 1"),
        ("money", Order, {"total": 1}, "total: stored 1, computed 49950"),
        ("money", Order, {"captured": 5}, "captured: stored 5, computed 0"),
        ("money", Order, {"refunded": 5}, "refunded: stored 5, computed 0"),
        ("money", OrderLine, {"total": 3}, "sum of lines: stored 49950, computed 3"),
        ("money", Order, {"payment_status": "paid"}, "payment status paid"),
    ],
)
def test_drift_is_named(shop: str, name: str, table: type, values: dict[str, object], sentence: str) -> None:
    make.order()
    with transaction() as tx:
        tx.execute(update(table).values(values))
    assert any(sentence in each for each in found(name))
