"""What people do with stock, as acts of a random sequence: each changes the shop, and the model beside it."""

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from oms_app.domain.counts import CountState
from oms_app.domain.purchasing import Wanted
from oms_app.domain.shortfalls import BY_ITSELF
from oms_app.domain.suppliers import Supplier, Terms
from oms_app.services import (
    checks,
    counts,
    goods_receipts,
    line_changes,
    orders,
    purchase_sending,
    purchasing,
    reservations,
    shortfalls,
    stock,
    stock_limits,
    stock_truth,
    suppliers,
    transfers,
)
from tests import make
from tests.property.order_acts import PLACES, TALLY, OrderActs, places, some, trying, units, which


@dataclass
class Count:
    """A count of one article: what was found beyond the books, and found again."""

    sku: str
    place: str
    found: int | None = None
    again: int | None = None


@dataclass
class Purchase:
    """Units that are on order, and the receipts that brought some."""

    sku: str
    came: dict[str, int] = field(default_factory=dict)


class Shop(OrderActs):
    """The same shop, and those who look after its stock. `thorough`: what is counted is checked after each sequence."""

    thorough = False

    def __init__(self) -> None:
        super().__init__()
        self.transfers: list[int] = []
        self.counts: dict[int, Count] = {}
        self.purchases: dict[str, Purchase] = {}
        self.returns: set[int] = set()
        self.supplier = 0

    @rule(no=which, code=places, count=st.integers(-4, 6).filter(bool))
    def adjust(self, no: int, code: str, count: int) -> None:
        with trying("adjust"):
            stock.adjust(make.ADMIN, self.sku(no), code, count, reason="found or lost")
            self.books.shelf[self.sku(no), code] += count

    @precondition(lambda self: self.books.sales)
    @rule(no=which, code=places, count=units, document=st.integers(0, 2))
    def restock(self, no: int, code: str, count: int, document: int) -> None:
        with trying("restock"):
            name = f"{self.sku(0)}:{document}"
            stock.restock(make.ADMIN, self.sku(no), code, count, document=name, line=1, reason="unworn")
            self.books.shelf[self.sku(no), code] += 0 if document in self.returns else count
            self.returns.add(document)

    @precondition(lambda self: self.books.sales)
    @rule(no=which, code=places, safety=st.integers(0, 2), blocked=st.integers(0, 2))
    def limit(self, no: int, code: str, safety: int, blocked: int) -> None:
        with trying("limits"):
            stock_limits.set_limits(make.ADMIN, self.sku(no), code, safety=safety, blocked=blocked, reason="inspection")

    @precondition(lambda self: self.books.sales)
    @rule()
    def refill(self) -> None:
        shortfalls.refill()
        there = self.books.available()
        for number in self.books.sales:
            for line in shortfalls.page(make.ADMIN, words=number).lines:
                assert line.state not in BY_ITSELF or not there[line.sku]
        TALLY["refill", "done"] += 1

    @precondition(lambda self: self.books.sales)
    @rule(number=some, code=places, act=st.sampled_from(("release", "move", "prefer")))
    def change_by_hand(self, number: int, code: str, act: str) -> None:
        order = self.order(number)
        kept = reservations.of_order(make.ADMIN, order.number)
        with trying(f"by hand: {act}"):
            if act == "prefer":
                reservations.prefer(make.ADMIN, order.number, code, reason="by hand")
            for each in kept[:1] if act != "prefer" else ():
                if act == "release":
                    assert reservations.release(make.ADMIN, each.id, reason="by hand")
                else:
                    assert reservations.move(make.ADMIN, each.id, code, reason="by hand")

    @precondition(lambda self: self.books.sales)
    @rule(number=some, act=st.sampled_from(("allocate", "cancel", "substitute", "backorder")), other=which)
    def decide(self, number: int, act: str, other: int) -> None:
        order = self.order(number)
        for line in shortfalls.page(make.ADMIN, words=order.number).lines[:1]:
            with trying(f"shortfall: {act}"):
                if act == "allocate":
                    assert 0 < shortfalls.allocate_now(make.ADMIN, line.line_id) <= line.units
                elif act == "backorder":
                    shortfalls.set_waiting(make.ADMIN, line.line_id, "backorder")
                else:
                    if act == "cancel":
                        line_changes.cancel_missing(make.ADMIN, line.line_id, reason="none left")
                    else:
                        line_changes.substitute(make.ADMIN, line.line_id, self.sku(other))
                        self.sale(order).units[self.sku(other)] += line.units
                    self.sale(order).units[line.sku] -= line.units

    @precondition(lambda self: self.books.sales and len(self.transfers) < 3)
    @rule(no=which, origin=which, count=units)
    def draft_transfer(self, no: int, origin: int, count: int) -> None:
        drafted = transfers.draft(make.ADMIN, PLACES[origin], PLACES[1 - origin], [(self.sku(no), count)])
        self.transfers.append(drafted.row.id)
        TALLY["transfer: draft", "done"] += 1

    @precondition(lambda self: self.transfers)
    @rule(number=some, act=st.sampled_from(("send", "send", "receive", "receive", "give_up", "cancel")), count=units)
    def transfer(self, number: int, act: str, count: int) -> None:
        seen = transfers.get(make.ADMIN, self.transfers[number % len(self.transfers)])
        row, line = seen.row, seen.lines[0]
        with trying(f"transfer: {act}"):
            if act == "send":
                transfers.send(make.ADMIN, row.id, version=row.version)
                self.books.shelf[line.sku, row.origin] -= line.quantity
            elif act == "receive":
                after = transfers.receive(make.ADMIN, row.id, {line.sku: count}, version=row.version)
                self.books.shelf[line.sku, row.destination] += count
                assert after.lines[0].expected == line.expected - count
            elif act == "give_up":
                transfers.give_up(make.ADMIN, row.id, reason="fell off", version=row.version)
            else:
                transfers.cancel(make.ADMIN, row.id, version=row.version)

    @precondition(lambda self: self.books.sales and len(self.counts) < 2)
    @rule(no=which, code=places)
    def request_count(self, no: int, code: str) -> None:
        with trying("count: request"):
            asked = counts.request(make.ADMIN, code, prefix=self.sku(no))
            if len(asked.lines) == 1:
                self.counts[asked.row.id] = Count(self.sku(no), code)

    @precondition(lambda self: self.counts)
    @rule(number=some, difference=st.integers(-2, 2), steps=st.integers(1, 5), back=st.integers(0, 4))
    def count(self, number: int, difference: int, steps: int, back: int) -> None:
        count_id = [*self.counts][number % len(self.counts)]
        for _ in range(steps):
            self._go_on_counting(count_id, difference, back == 0)

    def _go_on_counting(self, count_id: int, difference: int, back: bool) -> None:
        seen, mine = counts.get(make.ADMIN, count_id), self.counts[count_id]
        state, version, there = seen.row.state, seen.row.version, self.books.shelf[mine.sku, mine.place]
        entered = (seen.lines[0].recounted if state == CountState.RECOUNT else seen.lines[0].counted) is not None
        with trying(f"count: {state}"):
            if state in (CountState.REQUESTED, CountState.RECOUNT) and not entered:
                found = max(difference, -there)
                counts.enter(make.ADMIN, count_id, mine.sku, there + found)
                if state == CountState.REQUESTED:
                    mine.found = found
                else:
                    mine.again = found
            elif state in (CountState.REQUESTED, CountState.RECOUNT):
                counts.finish(make.ADMIN, count_id, version=version)
            elif state == CountState.COUNTED and back:
                counts.recount(make.ADMIN, count_id, version=version)
                mine.again = None
            elif state == CountState.COUNTED:
                counts.review(make.ADMIN, count_id, version=version)
            else:
                level = self.books.levels()[mine.sku, mine.place]
                change = (mine.found if mine.again is None else mine.again) or 0
                _, refused = counts.post(make.ADMIN, count_id, version=version)
                assert bool(refused) == (change < 0 and there + change < level.reserved + level.blocked)
                self.books.shelf[mine.sku, mine.place] += 0 if refused else change

    @precondition(lambda self: self.books.sales and len(self.purchases) < 2)
    @rule(no=which, count=units)
    def buy(self, no: int, count: int) -> None:
        if not self.supplier:
            self.supplier = suppliers.add(make.ADMIN, Supplier(f"Weavers of {self.sku(0)}")).id
            suppliers.set_terms(make.ADMIN, self.supplier, [Terms(sku, 310_500_000) for sku in self.books.skus[:2]])
        made = purchasing.draft(make.ADMIN, self.supplier, "MAIN", [Wanted(self.sku(no), count)])
        purchase_sending.hand_over(make.ADMIN, made.row.number, version=1)
        self.purchases[made.row.number] = Purchase(self.sku(no))
        TALLY["purchase", "done"] += 1

    @precondition(lambda self: self.purchases)
    @rule(number=some, count=units, receipt=st.sampled_from(("DN-1", "DN-2")), more=st.booleans())
    def take_in(self, number: int, count: int, receipt: str, more: bool) -> None:
        name = [*self.purchases][number % len(self.purchases)]
        bought = self.purchases[name]
        with trying("goods receipt"):
            reason = "they sent more" if more else ""
            goods_receipts.receive(make.ADMIN, name, {bought.sku: count}, receipt=receipt, reason=reason)
            assert bought.came.get(receipt, count) == count
            self.books.shelf[bought.sku, "MAIN"] += 0 if receipt in bought.came else count
            bought.came[receipt] = count

    def teardown(self) -> None:
        for number, seen in self.books.seen.items():  # whatever changes an order counts its version up
            now = orders.get(make.ADMIN, number, history=False)
            assert (now.lines, now.parcels, now.holds, now.stage) == (seen.lines, seen.parcels, seen.holds, seen.stage)
        if self.thorough:
            everything_is_counted()


def everything_is_counted() -> None:
    """The checks that read the whole shop: they take longer than a sequence."""
    assert stock_truth.check(make.ADMIN).differences == 0
    assert [each for name in ("rollups", "search") for each in checks.CHECKS[name](make.ADMIN)] == []
