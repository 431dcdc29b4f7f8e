"""What the lines of an order cost: a discount on the whole order is spread over them, so that their tax stays true."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from oms_app.domain import money


@dataclass(frozen=True, slots=True)
class Line:
    """The money of a line, minor units of its currency.

    units  those that are still ordered        rate  per cent of tax, of the article; None: unknown
    total  what the buyer pays for it, before the order's own discount; tax on top included
    """

    units: int
    unit_price_micros: int
    discount: int
    tax_included: bool
    total: int = 0
    rate: Decimal | None = None

    def net(self, currency: str) -> int:
        """Price by units, less the line's discount."""
        return money.line_total(self.unit_price_micros, self.units, currency) - self.discount


@dataclass(frozen=True, slots=True)
class Priced:
    """What a line costs: its total, the tax on top that is part of it, and all tax in it once the order's discount
    is taken off (minor units)."""

    total: int
    tax_added: int
    tax: int


def shares(nets: Sequence[int], discount: int) -> list[int]:
    """The part of each line in a discount on the whole order, by what the lines cost; never more than they do."""
    return money.spread(min(discount, sum(nets)), nets)


def price(lines: Sequence[Line], discount: int, currency: str) -> list[Priced]:
    """Prices of new lines: tax on top is the article's rate of what is left after both discounts."""
    nets = [line.net(currency) for line in lines]
    return [
        _priced(line, net, share, Fraction(line.rate or 0), 0)
        for line, net, share in zip(lines, nets, shares(nets, discount), strict=True)
    ]


def on_top(nets: Sequence[int], rates: Sequence[Decimal | int | None], discount: int) -> list[int]:
    """Tax to add to lines that cost so much without it (rate None: their price includes it), after both discounts."""
    return [
        0 if rate is None else _rounded((net - share) * Fraction(rate) / 100)
        for net, rate, share in zip(nets, rates, shares(nets, discount), strict=True)
    ]


def reprice(
    before: Sequence[Line | None], after: Sequence[Line], discount_before: int, discount: int, currency: str
) -> list[Priced]:
    """Prices of changed lines beside what they were (None: new), under the order's discount then and now.

    A line keeps the rate its tax was at, whatever the article says today; one that nothing changes costs what it did.
    """
    known = [line for line in before if line is not None]
    old_shares = iter(shares([line.net(currency) for line in known], discount_before))
    nets = [line.net(currency) for line in after]
    found = []
    for old, new, net, share in zip(before, after, nets, shares(nets, discount), strict=True):
        if old is None:
            found.append(_priced(new, net, share, Fraction(new.rate or 0), 0))
        else:
            rate, extra = _terms(old, old.net(currency), next(old_shares))
            found.append(_priced(new, net, share, rate, _kept(extra, old, new)))
    return found


def with_units(line: Line, units: int) -> Line:
    """The line with other units; its discount shrinks with them and does not grow."""
    if units >= line.units:
        return replace(line, units=units)
    stays, _ = money.spread(line.discount, (units, line.units - units))
    return replace(line, units=units, discount=stays if units else 0)


def _terms(line: Line, net: int, share: int) -> tuple[Fraction, int]:
    """(per cent of tax a line was priced at, what its total holds beyond price, discount and tax)."""
    beyond = line.total - net
    if line.tax_included:
        return Fraction(line.rate or 0), beyond
    left = net - share
    if line.rate is not None and money.percentage(left, line.rate) == beyond:
        return Fraction(line.rate), 0
    return (Fraction(100 * beyond, left), 0) if left > 0 else (Fraction(line.rate or 0), 0)


def _kept(extra: int, old: Line, new: Line) -> int:
    """What stays of money that no price explains: all of it, its share by units, nothing under a new price."""
    if not extra or new.unit_price_micros != old.unit_price_micros or not old.units:
        return 0
    return extra if new.units >= old.units else money.spread(extra, (new.units, old.units - new.units))[0]


def _priced(line: Line, net: int, share: int, rate: Fraction, extra: int) -> Priced:
    left = net - share
    if line.tax_included:
        return Priced(net + extra, 0, _rounded(left * rate / (100 + rate)))
    added = _rounded(left * rate / 100)
    return Priced(net + added, added, added)


def _rounded(amount: Fraction) -> int:
    """Half up; taxes of lines are never below zero."""
    return int(amount + Fraction(1, 2))
