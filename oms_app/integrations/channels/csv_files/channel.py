"""A folder as a channel: what the port asks for, in files."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from oms_app.domain import money
from oms_app.domain.channels import (
    Article,
    Cancellation,
    ChannelOrder,
    ChannelStatus,
    Connection,
    Done,
    Fulfilment,
    Level,
    Page,
    Position,
    Raw,
    Refund,
    Told,
)
from oms_app.domain.errors import Malformed, NotFound, Rejected
from oms_app.domain.orders import PaymentMethod
from oms_app.integrations.channels.csv_files.folder import Arrived, Folder, Row, rows_of, table
from oms_app.integrations.channels.csv_files.read import PROBLEM, read
from oms_app.integrations.http import Http

AT_ONCE = 100
_PARCELS = ("key", "number", "courier", "tracking", "tracking_url", "shipped_at", "line", "quantity")
_CANCELLATIONS = ("key", "number", "reason", "restocked")
_REFUNDS = ("key", "number", "amount", "currency", "reason", "line", "quantity")
_NUMBERS = ("key", "number", "our_number")
_LEFT = (ChannelStatus.SHIPPED, ChannelStatus.DELIVERED)


class CsvFiles:
    """One folder. What it was told before is not told again: the act's key is looked for in the outbox."""

    def __init__(self, connection: Connection, http: Http):
        self._connection = connection
        self._zone = connection.settings.get("time_zone", "").strip()
        self._folder = Folder(connection.settings.get("folder", "").strip())
        self._opened: tuple[Path, list[Raw]] | None = None

    def test(self) -> str:
        """The folder's place; it is made where it is not there yet."""
        try:
            ZoneInfo(self._zone or "UTC")
        except (ValueError, KeyError, OSError):
            raise Malformed(f"“{self._zone}” is no time zone; write it like Asia/Kolkata.") from None
        with self._folder.locked():
            return str(self._folder.path)

    def orders(self, position: Position) -> Page:
        """Orders of the files that came since then, file by file."""
        self._folder.take_in()
        name, index = json.loads(position.page) if position.page else ("", 0)
        found: list[Raw] = []
        for file in self._folder.arrived(position.since):
            if file.path.name < name:
                continue
            orders = self._orders_in(file)
            for place in range(index if file.path.name == name else 0, len(orders)):
                if len(found) == AT_ONCE:
                    return Page(tuple(found), json.dumps([file.path.name, place]))
                found.append(orders[place])
        return Page(tuple(found))

    def _orders_in(self, file: Arrived) -> list[Raw]:
        """The orders of a file. One that cannot be read is one order that cannot be: somebody sees it, and why.

        The last file stays open: a large one is many pages, and what was taken in does not change.
        """
        if self._opened is None or self._opened[0] != file.path:
            self._opened = file.path, self._read(file)
        return self._opened[1]

    def _read(self, file: Arrived) -> list[Raw]:
        by_number: dict[str, list[Row]] = {}
        try:
            for row in rows_of(file.path):
                if any(row.values()):
                    by_number.setdefault(row.get("number", ""), []).append(row)
        except Malformed as error:
            by_number = {"": [{PROBLEM: error.message}]}
        return [self._raw(file, number, rows) for number, rows in by_number.items()]

    def _raw(self, file: Arrived, number: str, rows: Sequence[Row]) -> Raw:
        said = {
            "file": file.path.name.partition("-")[2],
            "came_at": file.at.isoformat(),
            "currency": self._connection.currency,
            "time_zone": self._zone,
            "rows": rows,
        }
        return Raw("order", number or file.path.name, file.at, json.dumps(said, ensure_ascii=False))

    def order(self, external_id: str) -> Raw:
        """One order as the newest file has it. Raises NotFound."""
        for file in reversed(self._folder.arrived()):
            for raw in self._orders_in(file):
                if raw.external_id == external_id:
                    return raw
        raise NotFound(f"No file has an order {external_id}.")

    def articles(self, page: str = "") -> tuple[tuple[Article, ...], str]:
        """What `articles.csv` lists; nothing without it."""
        return tuple(
            Article(
                external_id=row["sku"],
                sku=row["sku"],
                title=row.get("title", ""),
                price_micros=money.to_micros(row["price"]) if row.get("price") else None,
                barcode=row.get("barcode", ""),
                available=int(row["available"]) if row.get("available", "").isdecimal() else None,
            )
            for row in self._listed()
            if row.get("sku")
        ), ""

    def _listed(self) -> list[Row]:
        path = self._folder.path / "articles.csv"
        return rows_of(path) if path.exists() else []

    def acknowledge(self, external_id: str, number: str) -> None:
        """Our number, in `numbers`."""
        key = f"{external_id}={number}"
        with self._folder.locked():
            if not self._was_told("numbers", key):
                row = {"key": key, "number": external_id, "our_number": number}
                self._folder.send("numbers", _NUMBERS, [row])

    def fulfil(self, fulfilment: Fulfilment) -> Done:
        """A row for each line of the parcel, in `parcels`."""
        with self._folder.locked():
            if not self._was_told("parcels", fulfilment.key):
                units = self._in_parcel(fulfilment)
                told = {
                    "key": fulfilment.key,
                    "number": fulfilment.external_id,
                    "courier": fulfilment.courier,
                    "tracking": fulfilment.tracking,
                    "tracking_url": fulfilment.tracking_url,
                    "shipped_at": fulfilment.shipped_at.isoformat(timespec="seconds"),
                }
                rows = [{**told, "line": line, "quantity": count} for line, count in units.items()]
                self._folder.send("parcels", _PARCELS, rows or [{**told, "line": "", "quantity": ""}])
        return Done(fulfilment.key)

    def cancel(self, cancellation: Cancellation) -> None:
        """A row in `cancellations`."""
        with self._folder.locked():
            order = self._known(cancellation.external_id)
            if self._was_told("cancellations", cancellation.key) or (order and order.status is ChannelStatus.CANCELLED):
                return
            if self._sent_of("parcels", cancellation.external_id) or (
                order and (order.parcels or order.status in _LEFT)
            ):
                raise Rejected("Something of this order has left: it cannot be cancelled any more.")
            row = {
                "key": cancellation.key,
                "number": cancellation.external_id,
                "reason": cancellation.reason,
                "restocked": "yes" if cancellation.restocked else "no",
            }
            self._folder.send("cancellations", _CANCELLATIONS, [row])

    def refund(self, refund: Refund) -> Done:
        """A row for each line in `refunds`; the amount stands in the first."""
        with self._folder.locked():
            if not self._was_told("refunds", refund.key):
                self._can_go_back(refund)
                told = {"key": refund.key, "number": refund.external_id, "reason": refund.reason}
                amount = {"amount": money.to_major(refund.amount, refund.currency), "currency": refund.currency}
                lines = [{"line": line, "quantity": count} for line, count in refund.units]
                rows = [
                    {**told, **dict.fromkeys(amount, ""), **each} for each in lines or [{"line": "", "quantity": ""}]
                ]
                rows[0] |= amount
                self._folder.send("refunds", _REFUNDS, rows)
        return Done(refund.key)

    def stock(self, levels: Sequence[Level], key: str) -> tuple[Told, ...]:
        """`stock.csv` says what may be sold now, of everything that was told so far."""
        listed = {row["sku"] for row in self._listed() if row.get("sku")}
        with self._folder.locked():
            path = self._folder.outbox / "stock.csv"
            before = {row["sku"]: row["available"] for row in rows_of(path)} if path.exists() else {}
            now = before | {
                each.sku: str(max(each.available, 0)) for each in levels if not listed or each.sku in listed
            }
            if now != before:
                rows = [{"sku": sku, "available": now[sku]} for sku in sorted(now)]
                self._folder.replace(path, table(("sku", "available"), rows))
        unknown = "articles.csv has no article with this SKU."
        return tuple(Told(each.sku, max(each.available, 0), "" if each.sku in now else unknown) for each in levels)

    def subscribe(self, address: str) -> None:
        """Nobody calls: the folder is looked into."""

    def _known(self, number: str) -> ChannelOrder | None:
        """The order where its file is still there; what was deleted is told unchecked."""
        try:
            return read(self.order(number).body)
        except NotFound:
            return None

    def _was_told(self, what: str, key: str) -> bool:
        return any(row.get("key") == key for row in self._folder.sent(what))

    def _sent_of(self, what: str, number: str) -> list[Row]:
        return [row for row in self._folder.sent(what) if row.get("number") == number]

    def _in_parcel(self, fulfilment: Fulfilment) -> dict[str, int]:
        """What the parcel holds. Raises Rejected where the order is cancelled or has fewer left."""
        order = self._known(fulfilment.external_id)
        cancelled = order is not None and order.status is ChannelStatus.CANCELLED
        if cancelled or self._sent_of("cancellations", fulfilment.external_id):
            raise Rejected("The order is cancelled.")
        if order is None:
            return dict(fulfilment.units)
        left = Counter({line.external_id: line.quantity - line.cancelled for line in order.lines})
        echoed = {parcel.external_id for parcel in order.parcels}
        for parcel in order.parcels:
            left.subtract(dict(parcel.units) or left)
        for row in self._sent_of("parcels", fulfilment.external_id):
            if row["key"] not in echoed and row["line"]:
                left[row["line"]] -= int(row["quantity"])
            elif row["key"] not in echoed:
                left.clear()
        units = dict(fulfilment.units) or {line: count for line, count in left.items() if count > 0}
        if not units:
            raise Rejected("Nothing of this order is left to ship.")
        for line, count in units.items():
            if count > left[line]:
                raise Rejected(f"{count - left[line]} fewer of line {line} are left to ship than this parcel holds.")
        return units

    def _can_go_back(self, refund: Refund) -> None:
        """Raises Rejected where more is to go back than came."""
        order = self._known(refund.external_id)
        if order is None:
            return
        if refund.currency != order.currency:
            raise Rejected(f"The order is in {order.currency}, not in {refund.currency}.")
        cod = order.payment_method is PaymentMethod.COD
        left = order.total if cod else sum(each.amount for each in order.payments)
        left -= sum(each.amount for each in order.refunds)
        echoed = {each.external_id for each in order.refunds}
        for row in self._sent_of("refunds", refund.external_id):
            if row["key"] not in echoed and row["amount"]:
                left -= money.to_minor(row["amount"], order.currency)
        if refund.amount > left:
            raise Rejected(f"Only {money.show(left, order.currency)} of this order can go back.")
