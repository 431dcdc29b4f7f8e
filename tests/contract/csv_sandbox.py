"""The other side of a CSV folder: it drops its orders and does what it finds in the outbox."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from oms_app.domain import money
from oms_app.domain.channels import Connection
from oms_app.integrations.channels.csv_files.folder import rows_of
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.shop import Order, Shop
from oms_app.integrations.sandbox.vendor import Answer, Asked, Message, Sandbox
from oms_app.settings import get_settings


@contextmanager
def own_data_dir() -> Iterator[Path]:
    """A data directory for as long as the block runs."""
    with TemporaryDirectory() as path, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMS_DATA_DIR", path)
        get_settings.cache_clear()
        yield Path(path)
        get_settings.cache_clear()


class CsvSandbox(Sandbox):
    """It writes a file a change, as one that was taken in at that moment."""

    name = "csv"

    def __init__(self, shop: Shop, faults: Faults):
        super().__init__(shop, faults)
        self.path = get_settings().data_dir / "channels" / "sandbox"
        for part in ("inbox", "read", "outbox"):
            (self.path / part).mkdir(parents=True)
        self._files = 0
        self._done: set[tuple[str, str]] = set()
        self._names: dict[int, str] = {}
        self._list_articles()
        shop.listeners.append(lambda _topic, order: self._drop(order))

    def connection(self, address: str) -> Connection:
        return Connection("sandbox", self.shop.currency, {"folder": "sandbox"}, {})

    def respond(self, asked: Asked) -> Answer:
        return Answer(404)

    def messages(self, topic: str, order: Order) -> list[Message]:
        return []

    def send_to(self, address: str) -> None:
        """Nothing is sent."""

    def external_id(self, order: Order) -> str:
        return order.name

    def collect(self) -> None:
        """Do what the outbox says and was not done yet."""
        orders = {order.name: order for order in self.shop.orders.values()}
        for what in ("numbers", "parcels", "cancellations", "refunds"):
            by_key: dict[str, list[dict[str, str]]] = {}
            for path in sorted((self.path / "outbox").glob(f"{what}-*.csv")):
                for row in rows_of(path):
                    by_key.setdefault(row["key"], []).append(row)
            for key, rows in by_key.items():
                if (what, key) not in self._done:
                    self._done.add((what, key))
                    getattr(self, f"_{what}")(orders[rows[0]["number"]], key, rows)
        stock = self.path / "outbox" / "stock.csv"
        for row in rows_of(stock) if stock.exists() else ():
            self.shop.articles[row["sku"]].stock = int(row["available"])

    def _numbers(self, order: Order, key: str, rows: list[dict[str, str]]) -> None:
        order.known_as = rows[0]["our_number"]

    def _parcels(self, order: Order, key: str, rows: list[dict[str, str]]) -> None:
        first, units = rows[0], {int(row["line"]): int(row["quantity"]) for row in rows}
        self._names[self.shop.next_number() + 1] = key
        self.shop.fulfil(order, units, courier=first["courier"], tracking=first["tracking"], url=first["tracking_url"])

    def _cancellations(self, order: Order, key: str, rows: list[dict[str, str]]) -> None:
        self.shop.cancel(order, rows[0]["reason"], restock=rows[0]["restocked"] == "yes")

    def _refunds(self, order: Order, key: str, rows: list[dict[str, str]]) -> None:
        units = {int(row["line"]): int(row["quantity"]) for row in rows if row["line"]}
        self._names[self.shop.next_number() + 1] = key
        amount = money.to_minor(rows[0]["amount"], order.currency)
        self.shop.refund(order, amount, reason=rows[0]["reason"], units=units)

    def _list_articles(self) -> None:
        rows = [
            {"sku": each.sku, "title": each.title, "price": self._major(each.price), "available": each.stock}
            for each in self.shop.articles.values()
        ]
        _write(self.path / "articles.csv", rows)

    def _drop(self, order: Order) -> None:
        self._files += 1
        stamp = f"{order.updated_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
        _write(self.path / "read" / f"{stamp}-{self._files:06d}.csv", [*self._lines(order), *self._events(order)])

    def _lines(self, order: Order) -> list[dict[str, Any]]:
        buyer = order.buyer
        waiting = not order.cod and not order.captured
        left = order.parcels and not any(order.to_ship(line) for line in order.lines)
        head = {
            "placed_at": order.placed_at.isoformat(),
            "status": "cancelled" if order.cancelled_at else "shipped" if left else "pending" if waiting else "open",
            "currency": order.currency,
            "tax_included": "yes" if order.tax_included else "no",
            "payment_method": "cod" if order.cod else "prepaid",
            "paid": self._major(order.captured),
            "shipping": self._major(order.shipping),
            "discount": self._major(order.discount),
            "total": self._major(order.total),
            "customer_id": "" if buyer.guest else buyer.number,
            "customer_name": buyer.name,
            "customer_email": buyer.email,
            "customer_phone": buyer.phone,
            "ship_to_name": buyer.name,
            "ship_to_phone": buyer.phone,
            "ship_to_line1": buyer.line1,
            "ship_to_line2": buyer.line2,
            "ship_to_city": buyer.city,
            "ship_to_state": buyer.state_code,
            "ship_to_postal_code": buyer.postal_code,
            "note": order.note,
            "tags": ", ".join(order.tags),
            "service": order.service,
            "cancel_reason": order.cancel_reason,
        }
        lines = [
            {
                "number": order.name,
                "line": line.number,
                "sku": line.sku,
                "name": line.title,
                "quantity": line.quantity,
                "unit_price": self._major(line.price),
                "line_discount": self._major(line.discount),
                "tax": self._major(order.tax(line)),
                "cancelled": line.cancelled,
                "personalisation": "\n".join(f"{name}: {text}" for name, text in line.personalisation),
            }
            for line in order.lines
        ]
        return [lines[0] | head, *lines[1:]]

    def _events(self, order: Order) -> Iterator[dict[str, Any]]:
        for parcel in order.parcels:
            name, at = self._names.get(parcel.number, parcel.number), parcel.at.isoformat()
            for line, count in parcel.units.items():
                row = {"row": "parcel", "number": order.name, "id": name, "at": at, "line": line, "quantity": count}
                yield row | {"courier": parcel.courier, "tracking": parcel.tracking}
        for refund in order.refunds:
            name, at = self._names.get(refund.number, refund.number), refund.at.isoformat()
            row = {"row": "refund", "number": order.name, "id": name, "at": at, "reason": refund.reason}
            yield row | {"amount": self._major(refund.amount)}
            for line, count in refund.units.items():
                yield row | {"line": line, "quantity": count}

    def _major(self, minor: int) -> str:
        return money.to_major(minor, self.shop.currency)


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
