"""What a marketplace settled held against our orders: an order it charged, or one that it should have by now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from oms_app.domain import money
from oms_app.domain.lifecycle import Stage
from oms_app.domain.settlements import BUYER_PAID, EntryKind

SETTLED_WITHIN = timedelta(days=14)
"""An order that left so long ago, and is in no settlement, is missing there."""

_GONE = (Stage.SHIPPED, Stage.DELIVERED)
_FEES = (EntryKind.COMMISSION, EntryKind.FEE)


class SettlementKind(StrEnum):
    """What a settlement and the shop do not agree about."""

    NOT_HERE = "not_here"
    TWICE = "twice"
    AMOUNT = "amount"
    REFUND = "refund"
    UNSETTLED = "unsettled"
    UNEXPLAINED = "unexplained"


TITLES: Mapping[SettlementKind, str] = {
    SettlementKind.NOT_HERE: "Order not here",
    SettlementKind.TWICE: "Settled twice",
    SettlementKind.AMOUNT: "Amount",
    SettlementKind.REFUND: "Given back",
    SettlementKind.UNSETTLED: "Not settled",
    SettlementKind.UNEXPLAINED: "Does not add up",
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled of an order, minor units: what the buyer paid and got back, what the marketplace kept as fees
    and as taxes (TCS, TDS), and what else there was. What it comes to is paid out.

    charged_in  settlements that have something the buyer paid
    """

    charged: int
    refunded: int
    fees: int
    tcs: int
    tds: int
    other: int
    charged_in: int = 1

    @property
    def payout(self) -> int:
        """What comes to us of it."""
        return self.charged + self.refunded + self.fees + self.tcs + self.tds + self.other


@dataclass(frozen=True, slots=True)
class Booked:
    """An order of ours, minor units."""

    stage: Stage
    currency: str
    total: int
    refunded: int


@dataclass(frozen=True, slots=True)
class SettlementDifference:
    """Something that differs, as a sentence with both sides."""

    kind: SettlementKind
    said: str


def settled(amounts: Mapping[str, int], charged_in: int = 1) -> Settled:
    """Out of the sums by kind of entry."""
    named = {EntryKind.REFUND, EntryKind.TCS, EntryKind.TDS, *BUYER_PAID, *_FEES}
    return Settled(
        charged=sum(amounts.get(kind, 0) for kind in BUYER_PAID),
        refunded=amounts.get(EntryKind.REFUND, 0),
        fees=sum(amounts.get(kind, 0) for kind in _FEES),
        tcs=amounts.get(EntryKind.TCS, 0),
        tds=amounts.get(EntryKind.TDS, 0),
        other=sum(amount for kind, amount in amounts.items() if kind not in named),
        charged_in=charged_in,
    )


def check_order(of: Settled, ours: Booked | None, currency: str) -> Iterator[SettlementDifference]:
    """What differs between what was settled of an order and ours."""
    if ours is None:
        said = f"{money.show(of.charged, currency)} was settled, the order is not here."
        yield SettlementDifference(SettlementKind.NOT_HERE, said)
        return
    due = 0 if ours.stage is Stage.CANCELLED else ours.total
    if ours.currency != currency:
        said = f"It was settled in {currency}, here it is in {ours.currency}."
        yield SettlementDifference(SettlementKind.AMOUNT, said)
        return
    sums = money.show(of.charged, currency), money.show(due, currency)
    if of.charged > due and of.charged_in > 1:
        said = f"{sums[0]} was settled in {of.charged_in} settlements, here it is {sums[1]}."
        yield SettlementDifference(SettlementKind.TWICE, said)
    elif of.charged > due or (of.charged < due and of.charged_in and ours.stage in _GONE):
        why = " Here it is cancelled." if ours.stage is Stage.CANCELLED else ""
        yield SettlementDifference(SettlementKind.AMOUNT, f"{sums[0]} was settled, here it is {sums[1]}.{why}")
    if -of.refunded != ours.refunded and due:
        back = money.show(-of.refunded, currency), money.show(ours.refunded, currency)
        yield SettlementDifference(SettlementKind.REFUND, f"{back[0]} went back there, here {back[1]}.")


def unsettled(total: int, currency: str, days: int) -> SettlementDifference:
    """An order that left long ago and is in no settlement."""
    said = f"It left {days} days ago, {money.show(total, currency)} is in no settlement."
    return SettlementDifference(SettlementKind.UNSETTLED, said)


def unexplained(amount: int, total: int, currency: str) -> SettlementDifference:
    """A settlement whose entries do not add up to what is paid."""
    sums = money.show(total, currency), money.show(total - amount, currency)
    return SettlementDifference(SettlementKind.UNEXPLAINED, f"{sums[0]} is paid, its entries add up to {sums[1]}.")
