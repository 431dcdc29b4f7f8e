"""The tiny model: what a shop must hold, in counters that only the acts of a sequence change, held against the shop."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import bindparam, text

from oms_app.db.engine import reading
from oms_app.db.queries import checks
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.orders import OrderView, order_total, payment_status
from oms_app.domain.parcels import stage_of
from oms_app.services import orders
from tests import make

_LEVELS = text(
    "SELECT p.sku, w.code, l.on_hand, l.reserved, l.safety, l.blocked FROM stock_level l"
    " JOIN product p ON p.id = l.product_id JOIN location w ON w.id = l.location_id WHERE p.sku IN :skus"
).bindparams(bindparam("skus", expanding=True))
_SHORT = text(
    "SELECT l.sku, SUM(s.units) AS units FROM shortfall s JOIN order_line l ON l.id = s.order_line_id"
    " WHERE l.sku IN :skus GROUP BY l.sku"
).bindparams(bindparam("skus", expanding=True))
_VERSIONS = text("SELECT number, version FROM orders WHERE number IN :numbers").bindparams(
    bindparam("numbers", expanding=True)
)
_SUMS = " UNION ALL ".join(f"SELECT * FROM ({each}) AS s" for each in (*checks.STOCK, *checks.MONEY))
"""What `oms check stock` and `oms check money` find, in one statement."""


class Level(NamedTuple):
    """What the shop says of an article at a location."""

    on_hand: int
    reserved: int
    safety: int
    blocked: int


@dataclass
class Sale:
    """An order: units by SKU that are wanted, those that left, and its money in minor units."""

    units: Counter[str]
    gone: Counter[str] = field(default_factory=Counter)
    captured: int = 0
    refunded: int = 0
    old: bool = False


@dataclass
class Books:
    """The shop in a few counters: units on each shelf, and every order. The third article is a kit of the first two."""

    skus: tuple[str, str, str]
    shelf: Counter[tuple[str, str]] = field(default_factory=Counter)
    sales: dict[str, Sale] = field(default_factory=dict)
    seen: dict[str, OrderView] = field(default_factory=dict)

    def taken(self, sku: str, count: int) -> dict[str, int]:
        """Units by SKU that so many of an article take off a shelf."""
        first, second, kit = self.skus
        return {first: count, second: 2 * count} if sku == kit else {sku: count}

    def levels(self) -> dict[tuple[str, str], Level]:
        """What the shop says of each shelf."""
        with reading() as tx:
            return {(row.sku, row.code): Level(*row[2:]) for row in tx.execute(_LEVELS, {"skus": self.skus})}

    def available(self) -> Counter[str]:
        """Units by SKU that a new order may have."""
        found: Counter[str] = Counter()
        for (sku, _), level in self.levels().items():
            found[sku] += max(level.on_hand - level.reserved - level.safety - level.blocked, 0)
        return found

    def check(self) -> None:
        """Hold the shop against the counters and its own ledgers. Raises AssertionError."""
        self.look()
        levels = self.levels()
        assert {place: level.on_hand for place, level in levels.items() if level.on_hand} == dict(+self.shelf)
        assert not [level for level in levels.values() if level.reserved < 0]
        assert not [level for level in levels.values() if level.on_hand < level.reserved + level.blocked]
        with reading() as tx:
            promised = Counter({row.sku: int(row.units) for row in tx.execute(_SHORT, {"skus": self.skus})})
        for (sku, _), level in levels.items():
            promised[sku] += level.reserved
        for order in self.seen.values():
            for line in order.lines:
                if line.sku == self.skus[2] and order.stage in OPEN_STAGES:
                    promised[line.sku] += line.allocated - line.shipped
                    promised.subtract(self.taken(line.sku, line.allocated - line.shipped))
        assert min(promised.values(), default=0) >= 0
        wanted: Counter[str] = Counter()
        for number, sale in self.sales.items():
            if self.seen[number].stage in OPEN_STAGES:
                wanted += sale.units - sale.gone
        assert +promised == +wanted
        with reading() as tx:
            assert tx.execute(text(_SUMS.format_map(checks.parts_in(tx)))).all() == []

    def look(self) -> None:
        """Read the orders that somebody changed since."""
        if not self.sales:
            return
        with reading() as tx:
            versions = {row.number: row.version for row in tx.execute(_VERSIONS, {"numbers": list(self.sales)})}
        for number, sale in self.sales.items():
            if number not in self.seen or versions[number] != self.seen[number].version:
                self.seen[number] = orders.get(make.ADMIN, number, history=False)
                _check_order(self.seen[number], sale)


def _check_order(order: OrderView, sale: Sale) -> None:
    lines = [line.total for line in order.lines]
    assert order.total == order_total(lines, discount=order.discount, shipping=order.shipping)
    assert order.payment_status == payment_status(
        order.total, order.captured, order.refunded, order.refunded_excess, authorised=order.authorised
    )
    assert (order.captured, order.refunded) == (sale.captured, sale.refunded)
    assert 0 <= order.refunded <= order.captured
    gone, wanted = Counter[str](), Counter[str]()
    for line in order.lines:
        gone[line.sku] += line.shipped
        wanted[line.sku] += line.quantity - line.cancelled
        assert 0 <= line.shipped <= line.quantity - line.cancelled
    assert +gone == +sale.gone
    if order.stage is Stage.CANCELLED:
        assert not order.shortfall
        return
    assert (+wanted, order.units) == (+sale.units, wanted.total())
    if order.split:
        assert order.stage is stage_of(parcel.status for parcel in order.parcels)
        held: Counter[int] = Counter()
        for parcel in order.parcels:
            held.update(dict(parcel.lines))
        assert held == +Counter({line.id: line.quantity - line.cancelled for line in order.lines})
