"""Orders as an import brings them: whole, history already, with the rows they were made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from oms_app.domain.cells import Row
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.orders import AddressDraft, payment_status

GUEST = "Guest"


class ImportedLine(NamedTuple):
    """One article. `total` is minor units after discount with tax, `tax_added` the tax on top of the price in it."""

    sku: str
    name: str
    quantity: int
    unit_price_micros: int
    discount: int
    total: int
    tax_added: int
    charge: bool


@dataclass(frozen=True, slots=True)
class ImportedCustomer:
    """A buyer as the file names them; `external_id` is the file's own number, empty for a guest."""

    external_id: str
    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class ImportedOrder:
    """A whole order of the file, history already: money in minor units of `currency`.

    rows    the file's rows it was made of, as (line number, cells)
    number  what it is called before people; made of `external_id` where it is empty
    """

    external_id: str
    placed_at: datetime
    stage: Stage
    stage_at: datetime
    currency: str
    lines: tuple[ImportedLine, ...]
    rows: Sequence[tuple[int, Row]]
    ship_by: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    customer: ImportedCustomer | None
    ship_to: AddressDraft | None
    bill_to: AddressDraft | None
    gstin: str
    discount: int
    shipping: int
    total: int
    captured: int
    refunded: int
    payment_method: str
    paid_by: str
    payment_reference: str
    paid_at: datetime
    note: str
    tags: tuple[str, ...]
    cancel_reason: str
    courier: str
    awb: str
    tax_included: bool = True
    number: str = ""

    @property
    def customer_name(self) -> str:
        """What lists show."""
        return self.customer.name if self.customer else GUEST

    @property
    def units(self) -> int:
        """Units of goods; a charge is not a unit."""
        return sum(line.quantity for line in self.lines if not line.charge)

    @property
    def tax_added(self) -> int:
        """Tax on top of prices without tax, minor units."""
        return sum(line.tax_added for line in self.lines)

    @property
    def payment_status(self) -> str:
        """Where the money stands."""
        return payment_status(self.total, self.captured, self.refunded)

    def reached(self, stage: Stage) -> bool:
        """Whether the order has come as far as `stage` (a cancelled one has come nowhere)."""
        return self.stage in FLOW and FLOW.index(self.stage) >= FLOW.index(stage)


def order_number(external_id: str) -> str:
    """Our number out of the file's: what an address bar cannot carry becomes a dash ("#1001" → "1001")."""
    return re.sub(r"[^\w.\-]+", "-", external_id).strip("-") or "0"
