"""A purchase order on paper."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from oms_app.documents import paper


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is printed."""

    number: int
    name: str
    codes: str
    packs: str
    units: str
    cost: str
    amount: str


@dataclass(frozen=True, slots=True)
class PurchaseOrderPaper:
    """Everything on the paper, written out. Blocks are lines of text; facts and totals are (word, value)."""

    number: str
    date: str
    buyer: Sequence[str]
    supplier: Sequence[str]
    deliver_to: Sequence[str]
    facts: Sequence[tuple[str, str]]
    lines: Sequence[Line]
    totals: Sequence[tuple[str, str]]
    note: str


def pdf(order: PurchaseOrderPaper, at: datetime) -> bytes:
    """The document as PDF; the same values and moment give the same bytes."""
    return paper.pdf("purchase_order", {"order": asdict(order)}, at)
