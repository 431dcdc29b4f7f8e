"""Whatever is done in whatever sequence: levels are the sum of the ledger and of the reservations, none below zero."""

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
from sqlalchemy import text

from oms_app.db.engine import reading
from oms_app.domain.errors import OmsError
from oms_app.domain.lifecycle import FLOW, GuardsFailed, Stage
from oms_app.services import catalogue, checks, line_changes, orders, reservations, shortfalls, stock
from tests import make

PLACES = ("MAIN", "DEL")
SUMS = """
SELECT coalesce(sum(on_hand), 0), coalesce(sum(reserved), 0),
  (SELECT coalesce(sum(quantity), 0) FROM stock_movement),
  (SELECT coalesce(sum(quantity), 0) FROM reservation WHERE state = 'open'),
  (SELECT coalesce(sum(units), 0) FROM shortfall)
FROM stock_level"""
NEGATIVE = "SELECT count(*) FROM stock_level WHERE reserved < 0 OR on_hand - reserved - safety - blocked < 0"

units = st.integers(1, 4)
some = st.integers(0, 50)


class Shop(RuleBasedStateMachine):
    """A shop of two articles at two locations beside a model of three numbers: units there, promised and missing."""

    @initialize()
    def open(self) -> None:
        for each in ("there", "promised", "missing"):
            setattr(self, each, 0)
        make.shop()
        run = make.product()
        self.skus = (run, make.product())
        if "DEL" not in {place.code for place in catalogue.locations(make.ADMIN)}:
            catalogue.add_location(make.ADMIN, code="DEL", name="Delhi", postal_code="110001")
        self.numbers: list[str] = []
        self.before = self.sums()

    def sums(self) -> tuple[int, ...]:
        with reading() as tx:
            return tuple(map(int, tx.execute(text(SUMS)).one()))

    def order(self, which: int) -> orders.OrderView:
        return orders.get(make.ADMIN, self.numbers[which % len(self.numbers)])

    @rule(quantities=st.lists(st.tuples(st.integers(0, 1), units), min_size=1, max_size=3))
    def place(self, quantities: list[tuple[int, int]]) -> None:
        placed = make.order(*(make.line(self.skus[which], count) for which, count in quantities))
        self.numbers.append(placed.number)
        wanted = sum(count for _, count in quantities)
        self.promised += wanted - placed.shortfall
        self.missing += placed.shortfall

    @rule(which=st.integers(0, 1), place=st.sampled_from(PLACES), count=st.integers(-4, 6).filter(bool))
    def adjust(self, which: int, place: str, count: int) -> None:
        waiting = self.missing
        try:
            stock.adjust(make.ADMIN, self.skus[which], place, count, reason="counted")
        except OmsError:
            assert count < 0
            return
        self.there += count
        self.missing = self.sums()[4] - self.before[4]
        self.promised += waiting - self.missing
        assert count > 0 or waiting == self.missing

    @precondition(lambda self: self.numbers)
    @rule(which=some)
    def move_on(self, which: int) -> None:
        order = self.order(which)
        if order.stage in FLOW[:-1]:
            kept = sum(line.allocated for line in order.lines)
            try:
                after = make.move(order, FLOW[FLOW.index(order.stage) + 1])
            except GuardsFailed:
                assert order.shortfall
                return
            if after.stage is Stage.SHIPPED:
                self.there -= kept
                self.promised -= kept
                self.missing -= order.shortfall

    @precondition(lambda self: self.numbers)
    @rule(which=some)
    def cancel(self, which: int) -> None:
        order = self.order(which)
        if order.stage not in (Stage.SHIPPED, Stage.DELIVERED, Stage.CANCELLED):
            make.move(order, Stage.CANCELLED)
            self.promised -= sum(line.allocated for line in order.lines)
            self.missing -= order.shortfall

    @rule()
    def refill(self) -> None:
        kept = shortfalls.refill()
        self.promised += kept
        self.missing -= kept

    @precondition(lambda self: self.numbers)
    @rule(which=some, place=st.sampled_from(PLACES), let_go=st.booleans())
    def change_by_hand(self, which: int, place: str, let_go: bool) -> None:
        for kept in reservations.of_order(make.ADMIN, self.order(which).number)[:1]:
            try:
                if let_go:
                    gone = reservations.release(make.ADMIN, kept.id, reason="by hand")
                    self.promised -= gone
                    self.missing += gone
                else:
                    reservations.move(make.ADMIN, kept.id, place, reason="by hand")
            except OmsError:
                continue

    @precondition(lambda self: self.numbers)
    @rule(which=some, act=st.sampled_from(("allocate", "cancel", "substitute")), other=st.integers(0, 1))
    def decide(self, which: int, act: str, other: int) -> None:
        number = self.order(which).number
        for line in shortfalls.page(make.ADMIN, words=number).lines[:1]:
            short = self.order(which).shortfall
            try:
                if act == "allocate":
                    self.promised += shortfalls.allocate_now(make.ADMIN, line.line_id)
                elif act == "cancel":
                    line_changes.cancel_missing(make.ADMIN, line.line_id, reason="none left")
                else:
                    after = line_changes.substitute(make.ADMIN, line.line_id, self.skus[other])
                    self.promised += short - after.shortfall
            except OmsError:
                continue
            self.missing -= short - self.order(which).shortfall

    @invariant()
    def everything_adds_up(self) -> None:
        on_hand, reserved, ledger, open_units, queued = (
            now - before for now, before in zip(self.sums(), self.before, strict=True)
        )
        assert (on_hand, ledger) == (self.there, self.there)
        assert (reserved, open_units) == (self.promised, self.promised)
        assert queued == self.missing
        with reading() as tx:
            assert tx.scalar(text(NEGATIVE)) == 0

    def teardown(self) -> None:
        assert [
            difference
            for name in ("stock", "money", "rollups", "search")
            for difference in checks.CHECKS[name](make.ADMIN)
        ] == []


@pytest.mark.slow
def test_no_sequence_of_acts_breaks_the_stock(database: str) -> None:
    run_state_machine_as_test(
        Shop,
        settings=settings(
            max_examples=25 if database == "sqlite" else 10,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
