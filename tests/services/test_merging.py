"""Two orders of one buyer become one: lines, stock and money move, the other is cancelled, or nothing happens."""

import pytest

from oms_app.domain import money
from oms_app.domain.errors import Forbidden, NotFound, OmsError, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView, PaymentMethod
from oms_app.domain.permissions import Role
from oms_app.services import change_records, checks, holds, kits, merging, notes, orders, search, stock
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


def test_a_preview_says_what_the_merged_order_will_be_and_keeps_nothing() -> None:
    first, second = make.product("KUR-1", on_hand=5), make.product("KUR-2", on_hand=1)
    into = make.order(make.line(first, 2), paid=True, shipping=4_900)
    other = make.order(make.line(second, 2), paid=True, shipping=4_900, discount=700, tags=("gift", "vip"))
    notes.add(make.ADMIN, other.number, "Wrap it")
    before = (now(into), now(other))

    seen, version = merging.preview(make.ADMIN, into.number, other.number, version=into.version)

    assert (now(into), now(other)) == before
    assert version == before[1].version
    assert (seen.before.total, seen.after.total) == (into.total, into.total + other.total)
    assert (seen.after.shipping, seen.after.discount) == (9_800, 700)
    assert (seen.after.captured, seen.after.payment_status, seen.refund_due) == (seen.after.total, "paid", 0)
    assert [(line.sku, line.units) for line in seen.lines] == [(second, (0, 2))]
    assert seen.stock == ()
    assert seen.effects == (
        f"Order {other.number} is cancelled.",
        f"{money.show(other.total, 'INR')} that was paid for it counts for this order.",
        "Its tags come over: gift, vip.",
        "Its note comes over.",
    )
    done = merging.merge(make.ADMIN, into.number, other.number, version=into.version, other_version=version)
    assert (done.after, done.lines, done.version) == (seen.after, seen.lines, now(into).version)


def test_tags_and_notes_of_the_other_travel_and_are_found() -> None:
    sku = make.product(on_hand=5)
    into, other = make.order(make.line(sku), tags=("gift",)), make.order(make.line(sku), tags=("gift", "vip"))
    notes.add(make.ADMIN, other.number, "Ring twice, the bell is weak")
    other = now(other)
    merging.merge(make.ADMIN, into.number, other.number, version=into.version, other_version=other.version)
    after = now(into)
    assert after.tags == ("gift", "vip")
    assert [(note.body, note.author, note.at) for note in after.notes] == [
        (other.notes[0].body, f"tests, order {other.number}", other.notes[0].at)
    ]
    assert [row.number for row in search.orders(make.ADMIN, "tag:vip").rows if row.number == into.number] != []
    assert [difference for name in checks.CHECKS for difference in checks.CHECKS[name](make.ADMIN)] == []


@pytest.mark.parametrize("cups", [10, 5])
def test_kits_of_both_orders_keep_whole_kits_only(cups: int) -> None:
    cup, spoon, box = make.product(on_hand=cups), make.product(on_hand=9), make.product()
    kits.set_parts(make.ADMIN, box, {cup: 2, spoon: 1})
    into = make.order(make.line(box, 1), make.line(cup, 1))
    other = make.order(make.line(box, 2))
    seen, version = merging.preview(make.ADMIN, into.number, other.number, version=into.version)
    done = merging.merge(make.ADMIN, into.number, other.number, version=into.version, other_version=version)
    after, made = now(into), 2 if cups == 10 else 1
    assert (done.after, done.stock, done.stock) == (seen.after, seen.stock, ())
    assert [(line.sku, line.quantity, line.allocated) for line in after.lines] == [
        (box, 1, 1),
        (cup, 1, 1),
        (box, 2, made),
    ]
    assert [(part.sku, part.units) for part in after.lines[2].parts] == sorted([(cup, 2), (spoon, 1)])
    kept = {each: stock.get(make.ADMIN, each).reserved for each in (cup, spoon)}
    assert kept == {cup: 3 + 2 * made, spoon: 1 + made}
    assert [difference for name in checks.CHECKS for difference in checks.CHECKS[name](make.ADMIN)] == []


def test_units_of_the_other_go_to_the_merged_order_and_not_to_who_waits() -> None:
    first, rare = make.product(on_hand=5), make.product(on_hand=1)
    into, other = make.order(make.line(first)), make.order(make.line(rare))
    buyer = make.draft().customer.__class__("Ravi", email="ravi@customer.example")
    waiting = make.order(make.line(rare), customer=buyer)
    merging.merge(make.ADMIN, into.number, other.number, version=into.version, other_version=other.version)
    assert (now(into).shortfall, now(waiting).shortfall) == (0, 1)


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
