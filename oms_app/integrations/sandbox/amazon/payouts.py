"""What the sandbox pays out: the settlement reports that Amazon makes by itself, tab by tab."""

import gzip
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from oms_app.domain import money
from oms_app.integrations.sandbox.amazon.views import Views, line_id
from oms_app.integrations.sandbox.shop import Line, Order, Refund, Shop

TYPE = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
_COLUMNS = (
    "settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", "currency",
    "transaction-type", "order-id", "merchant-order-id", "adjustment-id", "shipment-id", "marketplace-name",
    "amount-type", "amount-description", "amount", "fulfillment-id", "posted-date", "posted-date-time",
    "order-item-code", "merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased",
    "promotion-id",
)  # fmt: skip
_COMMISSION, _CLOSING, _FEE_TAX, _TCS, _TDS, _RESERVE = 10, 2_500, 18, 0.5, 0.1, 5


@dataclass(frozen=True, slots=True)
class Report:
    """A report that is done."""

    number: str
    document: str
    created_at: datetime
    content: bytes
    packed: bool


class Payouts:
    """The settlements of an account. Orders that left, and refunds, are paid out once; a part is held back."""

    def __init__(self, shop: Shop, views: Views):
        self.shop, self.views = shop, views
        self.reports: list[Report] = []
        self._paid: set[int] = set()
        self._held = 0

    def settle(self) -> Report | None:
        """Pay out what is not paid yet; None where there is nothing."""
        with self.shop.lock:
            now = self.shop.clock()
            rows = [row for order in self.shop.orders.values() for row in self._order(order)]
            if not rows:
                return None
            if self._held:
                rows.append(
                    _row("other-transaction", "other-transaction", "Previous Reserve Amount Balance", self._held)
                )
            self._held = max(sum(int(row["amount"]) for row in rows) * _RESERVE // 100, 0)
            rows.append(_row("other-transaction", "other-transaction", "Current Reserve Amount", -self._held))
            number = str(self.shop.next_number())
            text = self._text(f"1{number}", rows, now)
            packed = len(self.reports) % 2 == 0
            content = gzip.compress(text.encode()) if packed else text.encode()
            report = Report(number, f"amzn1.spdoc.1.4.eu.{uuid.uuid4()}", now, content, packed)
            self.reports.append(report)
            return report

    def _order(self, order: Order) -> Iterator[dict[str, str]]:
        """The rows of what of an order is to be paid out for the first time."""
        about = {"order-id": order.name, "posted": order.updated_at.astimezone(UTC).isoformat()}
        if order.number not in self._paid and order.parcels and not order.cancelled_at:
            self._paid.add(order.number)
            for line in order.lines:
                shipping = order.shipping if line is order.lines[0] else 0
                for row in self._sale(order, line, shipping):
                    yield row | about
        for refund in order.refunds:
            if order.number in self._paid and refund.number not in self._paid:
                self._paid.add(refund.number)
                for row in self._refund(order, refund):
                    yield row | about | {"posted": refund.at.astimezone(UTC).isoformat()}

    def _sale(self, order: Order, line: Line, shipping: int) -> Iterator[dict[str, str]]:
        tax = order.tax(line)
        off = line.discount + line.order_discount
        goods = line.price * line.quantity - (tax if order.tax_included else 0)
        taxable = goods - off
        about = {
            "sku": line.sku,
            "order-item-code": line_id(line),
            "fulfillment-id": "MFN",
            "quantity-purchased": str(line.quantity),
        }
        fee = -round(taxable * _COMMISSION / 100)
        for of, said, amount in (
            ("ItemPrice", "Principal", goods),
            ("ItemPrice", "Product Tax", tax),
            ("ItemPrice", "Shipping", shipping),
            ("Promotion", "Principal", -off),
            ("ItemFees", "Commission", fee),
            ("ItemFees", "Commission IGST", round(fee * _FEE_TAX / 100)),
            ("ItemFees", "Fixed closing fee", -_CLOSING if line is order.lines[0] else 0),
            ("ItemWithheldTax", "TCS-IGST", -round(taxable * _TCS / 100)),
            ("ItemWithheldTax", "TDS (Section 194-O)", -round(taxable * _TDS / 100)),
        ):
            if amount:
                yield _row("Order", of, said, amount) | about

    def _refund(self, order: Order, refund: Refund) -> Iterator[dict[str, str]]:
        lines = [line for line in order.lines if line.number in refund.units] or order.lines[:1]
        shares = money.spread(refund.amount, [max(line.net, 1) for line in lines])
        for line, share in zip(lines, shares, strict=True):
            tax = round(share * line.tax_percent / (100 + line.tax_percent))
            about = {"sku": line.sku, "order-item-code": line_id(line), "adjustment-id": str(refund.number)}
            for of, said, amount in (
                ("ItemPrice", "Principal", tax - share),
                ("ItemPrice", "Product Tax", -tax),
                ("ItemFees", "Commission", round((share - tax) * _COMMISSION / 100)),
                ("ItemWithheldTax", "TCS-IGST", round((share - tax) * _TCS / 100)),
            ):
                if amount:
                    yield _row("Refund", of, said, amount) | about

    def _text(self, settlement: str, rows: list[dict[str, str]], now: datetime) -> str:
        starts, currency = now - timedelta(days=7), self.shop.currency
        head = {
            "settlement-id": settlement,
            "settlement-start-date": f"{starts.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
            "settlement-end-date": f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
            "deposit-date": f"{now.astimezone(UTC) + timedelta(days=2):%Y-%m-%d %H:%M:%S} UTC",
            "total-amount": money.to_major(sum(int(row["amount"]) for row in rows), currency),
            "currency": currency,
        }
        lines = ["\t".join(_COLUMNS), _line(head)]
        for row in rows:
            at = datetime.fromisoformat(row.get("posted") or now.isoformat()).astimezone(UTC)
            posted = {"posted-date": f"{at:%Y-%m-%d}", "posted-date-time": f"{at:%Y-%m-%d %H:%M:%S} UTC"}
            shown = {"settlement-id": settlement, "marketplace-name": self.views.title, **row, **posted}
            lines.append(_line(shown | {"amount": money.to_major(int(row["amount"]), currency)}))
        return "\n".join(lines) + "\n"


def _row(transaction: str, of: str, said: str, amount: int) -> dict[str, str]:
    return {"transaction-type": transaction, "amount-type": of, "amount-description": said, "amount": str(amount)}


def _line(row: dict[str, str]) -> str:
    return "\t".join(row.get(name, "") for name in _COLUMNS)
