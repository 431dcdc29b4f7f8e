"""Two orders of one buyer become one: lines, stock and money move, the other is cancelled, or nothing happens."""

import pytest

from oms_app.domain.errors import Forbidden, NotFound, OmsError, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView, PaymentMethod
from oms_app.domain.permissions import Role
from oms_app.services import change_records, checks, holds, merging, orders, stock
from oms_app.services.moves import StaleVersion
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def now(order: OrderView) -> OrderView:
    return orders.get(make.ADMIN, order.number)


def test_lines_stock_and_money_of_the_other_come_in_and_it_is_cancelled() -> None:
    first, second = make.product("KUR-1", on_hand=5), make.product("KUR-2", on_hand=1)
    into = make.order(make.line(first, 2), paid=True, shipping=4_900)
    other = make.order(make.line(first, 1), make.line(second, 2, discount=500), paid=True, shipping=4_900, discount=700)
    total = into.total + other.total
    done = merging.merge(make.ADMIN, into.number, other.number, version=into.version, other_version=other.version)
    after, gone = now(into), now(other)
    assert [(line.sku, line.quantity, line.allocated) for line in after.lines] == [
        (first, 2, 2),
        (first, 1, 1),
        (second, 2, 1),
    ]
    assert (after.total, after.captured, after.payment_status) == (total, total, "paid")
    assert (gone.stage, gone.captured - gone.refunded, gone.payment_status) == (Stage.CANCELLED, 0, "refunded")
    assert (stock.get(make.ADMIN, first).reserved, stock.get(make.ADMIN, second).reserved) == (3, 1)
    assert (done.order, change_records.of_order(make.ADMIN, into.number)[0].kind) == (into.number, "merge")
    assert [difference for name in checks.CHECKS for difference in checks.CHECKS[name](make.ADMIN)] == []


def test_what_is_not_alike_stays_two_orders() -> None:
    into = make.order()
    others = [
        make.order(payment_method=PaymentMethod.COD),
        make.order(stage=Stage.PACKED),
        holds.place(make.ADMIN, make.order().number, kind="fraud", reason="too good"),
        make.order(customer=make.draft().customer.__class__("Ravi", email="ravi@customer.example")),
        into,
    ]
    for other in others:
        before = (now(into), now(other))
        with pytest.raises(Refused):
            merging.merge(make.ADMIN, into.number, other.number, version=into.version)
        assert (now(into), now(other)) == before


@pytest.mark.parametrize(
    ("error", "role", "version", "other_version"),
    [(StaleVersion, Role.ADMIN, 2, 1), (StaleVersion, Role.ADMIN, 1, 2), (Forbidden, Role.WAREHOUSE, 1, 1)],
)
def test_who_saw_something_else_or_may_not_changes_nothing(
    error: type[OmsError], role: Role, version: int, other_version: int
) -> None:
    into, other = (now(order) for order in (make.order(), make.order()))
    with pytest.raises(error):
        merging.merge(make.actor(role), into.number, other.number, version=version, other_version=other_version)
    with pytest.raises(NotFound):
        merging.merge(make.ADMIN, into.number, "none", version=1)
    assert (now(into), now(other)) == (into, other)
