"""What a marketplace pays out, and what it keeps back of every order: one shape, whichever marketplace it is."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntryKind(StrEnum):
    """What an amount of a settlement is for.

    Goods and shipping are without tax; what the buyer paid as tax is TAX. A refund is all that the buyer got back.
    """

    SALE = "sale"
    SHIPPING = "shipping"
    TAX = "tax"
    DISCOUNT = "discount"
    REFUND = "refund"
    COMMISSION = "commission"
    FEE = "fee"
    TCS = "tcs"
    """Tax collected at source (GST), which the marketplace pays to the government in our name."""
    TDS = "tds"
    """Tax deducted at source (income tax)."""
    RESERVE = "reserve"
    """Held back until later, or paid out from before."""
    COMPENSATION = "compensation"
    """For goods that the marketplace lost or broke."""
    OTHER = "other"


BUYER_PAID = frozenset({EntryKind.SALE, EntryKind.SHIPPING, EntryKind.TAX, EntryKind.DISCOUNT})
"""Kinds that add up to what the buyer paid for an order."""

WITHHELD = frozenset({EntryKind.TCS, EntryKind.TDS})
"""Kinds that come back by the tax office."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount of a settlement, minor units: above zero it comes to us, below it is kept back.

    external_id  the channel's id of the order; empty where it concerns none (a subscription, a reserve)
    line_id      the channel's id of the line, where it says so
    words        what the marketplace calls it: "Order / ItemFees / Commission"
    """

    kind: EntryKind
    amount: int
    posted_at: datetime
    external_id: str = ""
    line_id: str = ""
    sku: str = ""
    quantity: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """A payout with all that it is made of. `total` is what the marketplace says that it pays; minor units.

    deposited_at  when the money is sent; None: it is not yet
    """

    external_id: str
    currency: str
    starts_at: datetime
    ends_at: datetime
    total: int
    entries: tuple[Entry, ...]
    deposited_at: datetime | None = None

    @property
    def unexplained(self) -> int:
        """What the payout is more than its entries add up to; zero in a report that is whole."""
        return self.total - sum(entry.amount for entry in self.entries)

    def orders(self) -> Mapping[str, tuple[Entry, ...]]:
        """Entries by the channel's id of the order; those that concern none stand under ""."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[entry.external_id].append(entry)
        return {external_id: tuple(entries) for external_id, entries in found.items()}


def sums(entries: tuple[Entry, ...]) -> dict[EntryKind, int]:
    """What the entries come to by kind, minor units."""
    found: dict[EntryKind, int] = defaultdict(int)
    for entry in entries:
        found[entry.kind] += entry.amount
    return dict(found)
