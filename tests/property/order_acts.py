"""What people do with orders, as acts of a random sequence: each changes the shop, and the model beside it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from oms_app.db.engine import transaction
from oms_app.db.queries import company
from oms_app.domain.changes import Edit, LineEdit, RefundDraft
from oms_app.domain.errors import OmsError
from oms_app.domain.holds import HoldKind
from oms_app.domain.lifecycle import FLOW, OPEN_STAGES, MoveDetails, Stage
from oms_app.domain.orders import OrderView, PaymentMethod
from oms_app.domain.validation import Check, Rules
from oms_app.services import (
    cancellation,
    catalogue,
    changes,
    counter,
    expiry,
    holds,
    kits,
    moves,
    orders,
    parcels,
    payments,
    refunds,
    related,
    reservations,
    validation,
)
from tests import make
from tests.property.books import Books, Sale

PLACES = ("MAIN", "DEL")
TALLY: Counter[tuple[str, str]] = Counter()
"""(act, done or refused): how often, of every sequence of this process."""

which, some, sold = st.integers(0, 1), st.integers(0, 50), st.integers(0, 2)
units = st.integers(1, 4)
places = st.sampled_from(PLACES)
amount = st.none() | st.integers(0, 900)
price = st.none() | st.integers(10_000_000, 400_000_000)
edits = st.tuples(some, st.none() | st.integers(0, 5), price, amount)


@contextmanager
def trying(act: str) -> Iterator[None]:
    """An act that the shop may refuse; then nothing has changed, and the model stays as it is."""
    try:
        yield
    except OmsError as refusal:
        if refusal.code in ("busy", "stale_version"):  # nobody else is here
            raise
        TALLY[act, "refused"] += 1
    else:
        TALLY[act, "done"] += 1


class OrderActs(RuleBasedStateMachine):
    """A shop of two articles, taxed at two rates, and a kit of them, at two locations."""

    @initialize(there=st.lists(st.integers(0, 14), min_size=4, max_size=4))
    def open(self, there: list[int]) -> None:
        if "DEL" not in {each.code for each in catalogue.locations(make.ADMIN)}:
            make.shop()
            long_ago = datetime.now(UTC) - timedelta(days=30)
            with transaction() as tx:
                set_to = {"hours": 24, "channels": {}, "since": int(long_ago.timestamp() * 1000)}
                company.set_setting(tx, "expiry", set_to)
            others = tuple(check for check in Check if check is not Check.PAYMENT)
            validation.save(make.ADMIN, Rules(off=others))
            catalogue.add_location(make.ADMIN, code="DEL", name="Delhi", postal_code="110001")
        first = make.product(gst_rate=18)
        self.books = Books((first, make.product(gst_rate=5), make.product()))
        kits.set_parts(make.ADMIN, self.sku(2), self.books.taken(self.sku(2), 1))
        for (sku, code), count in zip([(s, p) for s in self.books.skus[:2] for p in PLACES], there, strict=True):
            if count:
                make.stock.adjust(make.ADMIN, sku, code, count, reason="opening stock")
                self.books.shelf[sku, code] += count

    def order(self, number: int) -> OrderView:
        """One of the orders, as it is now."""
        self.books.look()
        return self.books.seen[[*self.books.sales][number % len(self.books.sales)]]

    def sale(self, order: OrderView) -> Sale:
        """What the model knows of it."""
        return self.books.sales[order.number]

    def sku(self, number: int) -> str:
        """One of the articles."""
        return self.books.skus[number]

    @rule(
        wanted=st.lists(st.tuples(sold, units, st.booleans()), min_size=1, max_size=3),
        off=amount,
        paid=st.booleans(),
        cod=st.booleans(),
        old=st.booleans(),
    )
    def place(self, wanted: list[tuple[int, int, bool]], off: int | None, paid: bool, cod: bool, old: bool) -> None:
        there = self.books.available()
        lines = [make.line(self.sku(no), count, tax_included=gross, discount=77) for no, count, gross in wanted]
        asked = Counter[str]()
        for line in lines:
            asked[line.sku] += line.quantity
        more = {"placed_at": datetime.now(UTC) - timedelta(hours=30)} if old else {}
        method = PaymentMethod.COD if cod else PaymentMethod.PREPAID
        placed = make.order(*lines, discount=off or 0, shipping=4_000, paid=paid, payment_method=method, **more)
        if self.sku(2) not in asked:  # how many kits can be made depends on where their components lie
            assert placed.shortfall == sum(max(count - there[sku], 0) for sku, count in asked.items())
        captured = placed.total if paid else 0
        self.books.sales[placed.number] = Sale(asked, captured=captured, old=old and not cod and not paid)
        TALLY["place", "done"] += 1

    @rule(no=sold, count=units, code=places)
    def sell_over_the_counter(self, no: int, count: int, code: str) -> None:
        with trying("counter sale"):
            sold = counter.sell(make.ADMIN, make.draft(make.line(self.sku(no), count), paid=True), code)
            for sku, gone in self.books.taken(self.sku(no), count).items():
                self.books.shelf[sku, code] -= gone
            all_of_it = Counter({self.sku(no): count})
            self.books.sales[sold.number] = Sale(all_of_it, +all_of_it, captured=sold.total)

    @precondition(lambda self: self.books.sales)
    @rule(
        number=some,
        lines=st.lists(edits, max_size=2, unique_by=lambda each: each[0] % 2),
        add=st.none() | st.tuples(sold, st.integers(1, 3)),
        discount=amount,
        shipping=amount,
        refund=st.booleans(),
    )
    def edit(self, number: int, lines: list, add: tuple[int, int] | None, discount, shipping, refund: bool) -> None:
        order = self.order(number)
        named = {
            (line := order.lines[place % len(order.lines)]).id: LineEdit(line.id, "", count, cost, off)
            for place, count, cost, off in lines
        }
        wanted = [*named.values()] + ([LineEdit(sku=self.sku(add[0]), quantity=add[1])] if add else [])
        edit, back = Edit(tuple(wanted), discount=discount, shipping=shipping), None
        with trying("edit"):
            try:
                seen = changes.preview(make.ADMIN, order.number, edit, version=order.version)
                if refund and (due := seen.refund_due):
                    back = RefundDraft("upi")
                    seen = changes.preview(make.ADMIN, order.number, edit, version=order.version, refund=back)
                    assert (seen.refund, seen.refund_due) == (due, 0)
            except OmsError:
                with pytest.raises(OmsError):
                    changes.apply(make.ADMIN, order.number, edit, version=order.version, refund=back)
                raise
            assert orders.get(make.ADMIN, order.number, history=False).lines == order.lines
            done = changes.apply(make.ADMIN, order.number, edit, version=order.version, refund=back)
            assert (done.after, done.stock, done.lines) == (seen.after, seen.stock, seen.lines)
            sale = self.sale(order)
            for line in order.lines:
                to = named[line.id].quantity if line.id in named else None
                sale.units[line.sku] += 0 if to is None else to - (line.quantity - line.cancelled)
            if add:
                sale.units[self.sku(add[0])] += add[1]
            sale.refunded += done.refund

    @precondition(lambda self: self.books.sales)
    @rule(number=some, line=some, count=st.integers(1, 3), act=st.sampled_from(("split", "there", "combine")))
    def pack_apart(self, number: int, line: int, count: int, act: str) -> None:
        order = self.order(number)
        act = "split" if act == "combine" and not order.split else act
        with trying(f"parcels: {act}"):
            if act == "there":
                parcels.ship_what_is_there(make.ADMIN, order.number, version=order.version)
            elif act == "combine":
                parcels.combine(make.ADMIN, order.number, [box.id for box in order.parcels][:3], version=order.version)
            else:
                apart = {order.lines[line % len(order.lines)].id: count}
                parcels.split(make.ADMIN, order.number, apart, version=order.version)

    @precondition(lambda self: self.books.sales)
    @rule(number=some, box=some, back=st.integers(0, 5), steps=st.integers(1, 4))
    def move(self, number: int, box: int, back: int, steps: int) -> None:
        for _ in range(steps):
            self._move(number, box, back == 0)

    @precondition(lambda self: self.books.sales)
    @rule(number=some, box=some, steps=st.integers(2, 7))
    def fulfil(self, number: int, box: int, steps: int) -> None:
        while self.order(number).holds:
            self.hold(number)
        for _ in range(steps):
            self._move(number, box, back=False)

    @precondition(lambda self: self.books.sales)
    @rule(number=some, box=some)
    def deliver(self, number: int, box: int) -> None:
        self.fulfil(number, box, 7)

    def _move(self, number: int, place: int, back: bool) -> None:
        order = self.order(number)
        box = order.parcels[place % len(order.parcels)] if order.split else None
        stands = order.stage if box is None else Stage(box.status) if box.status in set(Stage) else Stage.PROCESSING
        if stands not in FLOW or (stands is Stage.DELIVERED and not back):
            return
        to = FLOW[max(0, min(FLOW.index(stands) + (-1 if back else 1), len(FLOW) - 1))]
        details = MoveDetails(reason="x", weight_g=500, courier="Delhivery", awb="A1")
        kept = self._kept(order.number)
        with trying(f"to {to}"):
            moves.move(
                make.ADMIN, order.number, to, version=order.version, details=details, parcel_id=box.id if box else None
            )
            if to is Stage.SHIPPED:
                self._left(order, dict(box.lines) if box else None, kept)

    def _kept(self, number: str) -> Counter[tuple[int, str, str]]:
        """Units by line, article and location that are kept for an order."""
        found: Counter[tuple[int, str, str]] = Counter()
        for each in reservations.of_order(make.ADMIN, number):
            found[each.line_id, each.sku, each.location] += each.units
        return found

    def _left(self, order: OrderView, parcel: dict[int, int] | None, before: Counter[tuple[int, str, str]]) -> None:
        took: dict[int, Counter[str]] = {line.id: Counter() for line in order.lines}
        for (line_id, sku, code), count in (before - self._kept(order.number)).items():
            took[line_id][sku] += count
            self.books.shelf[sku, code] -= count
        for line in order.lines:
            count = took[line.id].total() // sum(self.books.taken(line.sku, 1).values())
            assert took[line.id] == +Counter(self.books.taken(line.sku, count))
            assert parcel is None or count == parcel.get(line.id, 0)
            self.sale(order).gone[line.sku] += count

    @precondition(lambda self: self.books.sales)
    @rule(number=some, line=some, count=st.integers(1, 2), whole=st.integers(0, 5), refund=st.booleans())
    def cancel(self, number: int, line: int, count: int, whole: int, refund: bool) -> None:
        order = self.order(number)
        chosen = order.lines[line % len(order.lines)]
        lines = {} if whole == 0 else {chosen.id: count}
        back = RefundDraft("upi") if refund and order.captured > order.refunded else None
        with trying("cancel" if whole == 0 else "cancel units"):
            done = cancellation.cancel(
                make.ADMIN, order.number, version=order.version, reason="x", lines=lines, refund=back
            )
            self.sale(order).refunded += done.refund
            if lines:
                self.sale(order).units[chosen.sku] -= count

    @precondition(lambda self: self.books.sales)
    @rule(number=some, kind=st.sampled_from(("capture", "authorise", "void")), part=st.integers(1, 3))
    def pay(self, number: int, kind: str, part: int) -> None:
        order = self.order(number)
        paid = max(order.total // part, 1)
        with trying(f"payment: {kind}"):
            payments.record(make.ADMIN, order.number, kind=kind, amount=paid, method="upi")
            sale = self.sale(order)
            sale.old = False
            if kind == "capture":
                sale.captured += paid
            elif kind == "void" and not order.authorised:
                sale.captured -= paid

    @precondition(lambda self: self.books.sales)
    @rule(number=some, goodwill=st.none() | st.integers(1, 5_000))
    def give_back(self, number: int, goodwill: int | None) -> None:
        order = self.order(number)
        with trying("refund"):
            draft = RefundDraft("bank", goodwill)
            after = refunds.record(make.ADMIN, order.number, draft, version=order.version, reason="due")
            assert goodwill is not None or after.refund_due == 0
            self.sale(order).refunded += order.refund_due if goodwill is None else goodwill

    @precondition(lambda self: self.books.sales)
    @rule(number=some)
    def hold(self, number: int) -> None:
        order = self.order(number)
        with trying("hold"):
            if order.holds:
                holds.release(make.ADMIN, order.number, order.holds[0].id)
                self.sale(order).old &= order.holds[0].kind != HoldKind.PAYMENT  # now somebody trusts the buyer
            else:
                holds.place(make.ADMIN, order.number, kind="customer", reason="asked to wait")

    @precondition(lambda self: self.books.sales)
    @rule(number=some, again=st.booleans())
    def make_another(self, number: int, again: bool) -> None:
        order = self.order(number)
        left = {line.id: line.quantity - line.cancelled for line in order.lines}
        count = left if any(left.values()) else {line.id: line.quantity for line in order.lines}
        count = {line.id: line.shipped for line in order.lines} if again else count
        with trying("resend" if again else "clone"):
            if again:
                made = related.resend(make.ADMIN, order.number, count, reason="lost")
            else:
                made = related.clone(make.ADMIN, order.number)
            wanted: Counter[str] = Counter()
            for line in order.lines:
                wanted[line.sku] += count[line.id]
            self.books.sales[made.number] = Sale(wanted)

    @precondition(lambda self: any(sale.old for sale in self.books.sales.values()))
    @rule()
    def expire(self) -> None:
        due = [number for number, sale in self.books.sales.items() if sale.old and self._unpaid(number)]
        while expiry.expire_due():
            pass
        self.books.look()
        for number, sale in self.books.sales.items():
            stage = self.books.seen[number].stage
            assert (stage is Stage.CANCELLED) or number not in due
            sale.old = sale.old and stage in OPEN_STAGES
        TALLY["expire", "done" if due else "refused"] += 1

    def _unpaid(self, number: str) -> bool:
        order = self.books.seen[number]
        return order.stage in (Stage.PLACED, Stage.PROCESSING) and order.payment_status == "unpaid"

    @invariant()
    def everything_adds_up(self) -> None:
        self.books.check()
