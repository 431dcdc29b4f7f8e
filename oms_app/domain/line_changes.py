"""Taking units off a line of an order: what stays of its money and what goes."""

from dataclasses import dataclass
from typing import Protocol

from oms_app.domain import money


class Line(Protocol):
    """What is needed of a line; money in minor units."""

    quantity: int
    cancelled: int
    unit_price_micros: int
    discount: int
    total: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Discount and total that stay with the line, and that go with the units taken off. They add up to what was.

    gone_tax  what of `gone_total` is tax on top of a price that excludes it
    """

    discount: int
    total: int
    gone_discount: int
    gone_total: int
    gone_tax: int


def take_off(line: Line, units: int, currency: str) -> Parts:
    """Divide the money of a line that loses `units`; discount and added tax are spread by units."""
    had = line.quantity - line.cancelled
    stays = had - units
    tax = line.total - (money.line_total(line.unit_price_micros, had, currency) - line.discount)
    if not stays:
        return Parts(0, 0, line.discount, line.total, tax)
    discount, gone_discount = money.spread(line.discount, (stays, units))
    stays_tax, gone_tax = money.spread(tax, (stays, units))
    total = money.line_total(line.unit_price_micros, stays, currency) - discount + stays_tax
    return Parts(discount, total, gone_discount, line.total - total, gone_tax)
