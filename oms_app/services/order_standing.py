"""How an order stands at one moment, its money and its stock, and what differs between two moments."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from oms_app.db.queries import catalogue, shortfalls, stock
from oms_app.db.queries import orders as rows
from oms_app.domain import line_prices, moments, money
from oms_app.domain.changes import LineDifference, StockDifference, Sums
from oms_app.domain.line_prices import Line
from oms_app.domain.orders import balance
from oms_app.settings import get_settings


@dataclass(frozen=True, slots=True)
class Standing:
    """An order row with its lines, products by SKU, and units by (SKU, location code; "" where they wait)."""

    row: Any
    lines: tuple[Any, ...]
    products: dict[str, Any]
    units: Counter[tuple[str, str]]

    @classmethod
    def read(cls, tx: Connection, row: Any) -> "Standing":
        """The order as this transaction sees it."""
        lines = tuple(rows.lines(tx, row.id))
        units: Counter[tuple[str, str]] = Counter()
        for kept in stock.kept_for(tx, row.id):
            units[kept.sku, kept.code] += kept.quantity
        for entry in shortfalls.of_orders(tx, [row.id]):
            units[entry.sku, ""] += entry.units
        return cls(row, lines, catalogue.products_by_sku(tx, [line.sku for line in lines]), units)

    def priced(self) -> list[Line]:
        """The money of each line."""
        return [_money(line, self.products.get(line.sku)) for line in self.lines]

    def sums(self) -> Sums:
        """The bill."""
        row, lines = self.row, self.priced()
        found = line_prices.reprice(lines, lines, row.discount, row.discount, row.currency)
        return Sums(
            subtotal=row.subtotal,
            discount=row.discount,
            shipping=row.shipping,
            tax=sum(each.tax for each in found),
            total=row.total,
            captured=row.captured,
            refunded=row.refunded,
            balance=balance(row.total, row.captured, row.refunded_excess),
            payment_status=row.payment_status,
            units=row.units,
        )

    def line_differences(self, now: "Standing") -> tuple[LineDifference, ...]:
        """Lines that are not what they were, those added last."""
        old = {line.id: line for line in self.lines}
        found = []
        for line in now.lines:
            was, here = _numbers(old.get(line.id)), _numbers(line)
            if was != here:
                units, price, discount, total = zip(was, here, strict=True)
                found.append(LineDifference(line.sku, line.name, units, price, discount, total))
        return tuple(found)

    def stock_differences(self, now: "Standing") -> tuple[StockDifference, ...]:
        """Units reserved and freed by article and location, and how many more or fewer wait."""
        places = sorted({*self.units, *now.units})
        changed = ((place, now.units[place] - self.units[place]) for place in places)
        return tuple(StockDifference(sku, code, units) for (sku, code), units in changed if units)

    def said(self, now: "Standing") -> tuple[dict[str, str], dict[str, str]]:
        """What differs by field as texts, (before, after), in major units."""
        before: dict[str, str] = {}
        after: dict[str, str] = {}
        old = {line.id: line for line in self.lines}
        for line in now.lines:
            name = line.sku if line.sku not in after else f"{line.sku} (line {line.position + 1})"
            was, is_now = self._line_text(old.get(line.id)), self._line_text(line)
            if was != is_now:
                before[name], after[name] = was, is_now
        for field in ("discount", "shipping", "total"):
            was, is_now = (money.to_major(getattr(each, field), self.row.currency) for each in (self.row, now.row))
            if was != is_now:
                before[field], after[field] = was, is_now
        if self.row.service != now.row.service:
            before["service"], after["service"] = self.row.service, now.row.service
            before["ship by"], after["ship by"] = moment(self.row.ship_by), moment(now.row.ship_by)
        if self.row.ship_to_id != now.row.ship_to_id:
            before["ship to"], after["ship to"] = self.row.city, f"{now.row.city} (corrected)"
        return before, after

    def _line_text(self, line: Any | None) -> str:
        units, price, discount, _ = _numbers(line)
        if not units:
            return ""
        off = f" less {money.to_major(discount, self.row.currency)}" if discount else ""
        return f"{units} × {money.micros_to_major(price, self.row.currency)}{off}"


def moment(at: datetime | None) -> str:
    """A moment as people of the shop read it."""
    return moments.show(at, ZoneInfo(get_settings().timezone)) if at else ""


def _numbers(line: Any | None) -> tuple[int, int, int, int]:
    if line is None:
        return 0, 0, 0, 0
    return line.quantity - line.cancelled, line.unit_price_micros, line.discount, line.total


def _money(line: Any, product: Any | None) -> Line:
    return Line(
        units=line.quantity - line.cancelled,
        unit_price_micros=line.unit_price_micros,
        discount=line.discount,
        tax_included=line.tax_included,
        total=line.total,
        rate=product.gst_rate if product is not None else None,
    )
