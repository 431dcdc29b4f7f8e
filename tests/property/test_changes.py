"""Whatever is edited, split, moved and cancelled in whatever sequence: money, stock and parcels always add up."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from oms_app.domain.changes import Edit, LineEdit, RefundDraft
from oms_app.domain.errors import OmsError
from oms_app.domain.lifecycle import FLOW, MoveDetails, Stage
from oms_app.domain.orders import OrderView, order_total, payment_status
from oms_app.domain.parcels import stage_of
from oms_app.services import cancellation, changes, checks, moves, orders, parcels, refunds, stock
from tests import make

some = st.integers(0, 50)
units = st.integers(0, 5)
maybe_units = st.none() | units
price = st.none() | st.integers(10_000_000, 400_000_000)
amount = st.none() | st.integers(0, 900)
edits = st.tuples(some, maybe_units, price, amount)


class Changes(RuleBasedStateMachine):
    """Orders of two articles, one with tax on top, changed at random; the stored sums are recomputed after each act."""

    @initialize()
    def open(self) -> None:
        make.shop()
        self.skus = (make.product(on_hand=7, gst_rate=18), make.product(on_hand=2, gst_rate=5))
        self.numbers: list[str] = []

    def order(self, which: int) -> OrderView:
        return orders.get(make.ADMIN, self.numbers[which % len(self.numbers)], history=False)

    @rule(first=st.integers(1, 5), second=st.integers(0, 3), included=st.booleans(), off=amount, paid=st.booleans())
    def place(self, first: int, second: int, included: bool, off: int | None, paid: bool) -> None:
        lines = [make.line(self.skus[0], first, tax_included=included, discount=77)]
        lines += [make.line(self.skus[1], second)] if second else []
        self.numbers.append(make.order(*lines, discount=off or 0, shipping=4_000, paid=paid).number)

    @precondition(lambda self: self.numbers)
    @rule(
        which=some,
        lines=st.lists(edits, max_size=2, unique_by=lambda each: each[0] % 2),
        add=st.none() | st.tuples(st.integers(0, 1), st.integers(1, 3)),
        discount=amount,
        shipping=amount,
        refund=st.booleans(),
    )
    def edit(self, which: int, lines: list, add: tuple[int, int] | None, discount, shipping, refund: bool) -> None:
        order = self.order(which)
        named = {
            (line := order.lines[place % len(order.lines)]).id: LineEdit(line.id, "", count, cost, off)
            for place, count, cost, off in lines
        }
        wanted = [*named.values()]
        if add:
            wanted.append(LineEdit(sku=self.skus[add[0]], quantity=add[1]))
        edit = Edit(tuple(wanted), discount=discount, shipping=shipping)
        back = None
        try:
            seen = changes.preview(make.ADMIN, order.number, edit, version=order.version)
            if refund and seen.refund_due:
                back = RefundDraft("upi")
                seen = changes.preview(make.ADMIN, order.number, edit, version=order.version, refund=back)
        except OmsError:
            assert self.order(which) == order
            with pytest.raises(OmsError):
                changes.apply(make.ADMIN, order.number, edit, version=order.version, refund=back)
            return
        assert self.order(which) == order
        done = changes.apply(make.ADMIN, order.number, edit, version=order.version, refund=back)
        assert (done.after, done.stock, done.lines) == (seen.after, seen.stock, seen.lines)

    @precondition(lambda self: self.numbers)
    @rule(which=some, place=some, count=units, there=st.booleans())
    def split(self, which: int, place: int, count: int, there: bool) -> None:
        order = self.order(which)
        line = order.lines[place % len(order.lines)]
        try:
            if there:
                parcels.ship_what_is_there(make.ADMIN, order.number, version=order.version)
            else:
                parcels.split(make.ADMIN, order.number, {line.id: count}, version=order.version)
        except OmsError:
            assert self.order(which) == order

    @precondition(lambda self: self.numbers)
    @rule(which=some, place=some, back=st.integers(0, 5), steps=st.integers(1, 3))
    def move(self, which: int, place: int, back: int, steps: int) -> None:
        for _ in range(steps):
            self._move(which, place, back == 0)

    def _move(self, which: int, place: int, back: bool) -> None:
        order = self.order(which)
        details = MoveDetails(reason="x", weight_g=500, courier="Delhivery", awb="A1")
        parcel = order.parcels[place % len(order.parcels)].id if order.split else None
        stands = order.stage
        if parcel is not None:
            status = next(each.status for each in order.parcels if each.id == parcel)
            stands = Stage(status) if status in set(Stage) else Stage.PROCESSING
        if stands not in FLOW:
            return
        to = FLOW[max(0, min(FLOW.index(stands) + (-1 if back else 1), len(FLOW) - 1))]
        try:
            moves.move(make.ADMIN, order.number, to, version=order.version, details=details, parcel_id=parcel)
        except OmsError:
            assert self.order(which) == order

    @precondition(lambda self: self.numbers)
    @rule(which=some, place=some, count=st.integers(1, 2), whole=st.integers(0, 5), refund=st.booleans())
    def cancel(self, which: int, place: int, count: int, whole: int, refund: bool) -> None:
        order = self.order(which)
        lines = {} if whole == 0 else {order.lines[place % len(order.lines)].id: count}
        back = RefundDraft("upi") if refund and order.captured > order.refunded else None
        try:
            cancellation.cancel(make.ADMIN, order.number, version=order.version, reason="x", lines=lines, refund=back)
        except OmsError:
            assert self.order(which) == order

    @precondition(lambda self: self.numbers)
    @rule(which=some)
    def pay_back(self, which: int) -> None:
        order = self.order(which)
        if order.refund_due:
            draft = RefundDraft("bank", order.refund_due)
            paid = refunds.record(make.ADMIN, order.number, draft, version=order.version, reason="due")
            assert paid.refund_due == 0

    @rule(which=st.integers(0, 1), count=st.integers(1, 4))
    def receive(self, which: int, count: int) -> None:
        stock.adjust(make.ADMIN, self.skus[which], "MAIN", count, reason="received")

    @invariant()
    def everything_adds_up(self) -> None:
        for name in ("stock", "money"):
            assert checks.CHECKS[name](make.ADMIN) == ()
        for number in self.numbers:
            _is_true(orders.get(make.ADMIN, number, history=False))

    def teardown(self) -> None:
        assert [each for name in ("rollups", "search") for each in checks.CHECKS[name](make.ADMIN)] == []


def _is_true(order: OrderView) -> None:
    lines = [line.total for line in order.lines]
    assert order.total == order_total(lines, discount=order.discount, shipping=order.shipping)
    assert order.payment_status == payment_status(order.total, order.captured, order.refunded, order.refunded_excess)
    assert order.units == sum(line.quantity - line.cancelled for line in order.lines) or order.stage is Stage.CANCELLED
    if order.split:
        assert order.stage is stage_of(parcel.status for parcel in order.parcels)
        held: dict[int, int] = {}
        for parcel in order.parcels:
            for line_id, count in parcel.lines:
                held[line_id] = held.get(line_id, 0) + count
        live = {line.id: line.quantity - line.cancelled for line in order.lines if line.quantity > line.cancelled}
        assert held == live


@pytest.mark.slow
def test_no_sequence_of_changes_breaks_money_stock_or_parcels(database: str) -> None:
    run_state_machine_as_test(
        Changes,
        settings=settings(
            max_examples=40 if database == "sqlite" else 10,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
