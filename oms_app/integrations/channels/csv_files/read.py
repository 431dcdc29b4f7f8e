"""An order as the rows of a CSV file tell it, made one of ours. Pure functions."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from oms_app.domain import company, money, states
from oms_app.domain.channels import (
    ChannelLine,
    ChannelOrder,
    ChannelParcel,
    ChannelPayment,
    ChannelRefund,
    ChannelStatus,
)
from oms_app.domain.errors import Malformed
from oms_app.domain.orders import AddressDraft, CustomerDraft, PaymentMethod
from oms_app.domain.payments import Method, PaymentKind

Row = Mapping[str, str]
T = TypeVar("T")

PROBLEM = "problem"
"""The one cell of a file that could not be read at all."""
_YES, _NO = ("yes", "true", "1", "y"), ("no", "false", "0", "n")


def read(body: str) -> ChannelOrder:
    """The order in the rows that were stored. Raises Malformed, naming the file and what it lacks."""
    try:
        said = json.loads(body)
        if problem := said["rows"][0].get(PROBLEM):
            raise Malformed(problem)
        reader = _Reader(said["rows"], said["currency"], said["time_zone"])
        return reader.order(said["file"], datetime.fromisoformat(said["came_at"]))
    except Malformed as error:
        raise Malformed(f"{said['file']}: {error.message}") from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Malformed(f"This is no order of a CSV file: {error}.") from error


class _Reader:
    """The rows of one order. What belongs to the whole order is read from the first row that has it."""

    def __init__(self, rows: Sequence[Row], currency: str, time_zone: str):
        self.rows = rows
        self.currency = (self.first("currency") or currency).upper()
        self.zone = ZoneInfo(time_zone or "UTC")

    def order(self, file: str, came_at: datetime) -> ChannelOrder:
        """The whole of it."""
        tax_included = self.yes("tax_included", default=True)
        lines = tuple(self.line(row, place, tax_included) for place, row in enumerate(self.of("line"), 1))
        if not lines:
            raise Malformed("no row with a sku")
        cod = self.word(PaymentMethod, "payment_method", PaymentMethod.PREPAID) is PaymentMethod.COD
        shipping, discount = self.amount("shipping"), abs(self.amount("discount"))
        total = sum(_asked(line, self.currency) for line in lines) + shipping - discount
        ship_to, placed_at = self.address("ship_to"), self.moment(self.needed("placed_at"))
        return ChannelOrder(
            external_id=self.needed("number"),
            number=self.needed("number"),
            status=self.word(ChannelStatus, "status", ChannelStatus.OPEN),
            placed_at=placed_at,
            updated_at=came_at,
            currency=self.currency,
            total=self.amount("total") if self.first("total") else total,
            customer=self.customer(ship_to),
            lines=lines,
            ship_to=ship_to,
            bill_to=self.address("bill_to") if self.first("bill_to_line1") else None,
            payment_method=PaymentMethod.COD if cod else PaymentMethod.PREPAID,
            payments=self.payments(placed_at),
            refunds=self.refunds(),
            parcels=self.parcels(),
            shipping=shipping,
            discount=discount,
            gstin=self.gstin(),
            note=self.first("note"),
            tags=tuple(filter(None, (tag.strip() for tag in self.first("tags").split(",")))),
            service=self.first("service"),
            cancel_reason=self.first("cancel_reason"),
            ship_by=self.moment(self.first("ship_by")) if self.first("ship_by") else None,
        )

    def gstin(self) -> str:
        """A buyer's GSTIN; none where it is not one."""
        try:
            return company.read_gstin(self.first("gstin")).gstin
        except Malformed:
            return ""

    def of(self, what: str) -> list[Row]:
        """Rows of a kind: "line", "parcel" or "refund"; without a word it is a line."""
        kinds = {row.get("row", "").lower() or "line" for row in self.rows}
        if unknown := kinds - {"line", "parcel", "refund"}:
            raise Malformed(f"row is “{unknown.pop()}”; it is line, parcel or refund")
        return [row for row in self.rows if (row.get("row", "").lower() or "line") == what]

    def first(self, column: str) -> str:
        """What the first row that has it says."""
        return next((row[column] for row in self.rows if row.get(column)), "")

    def needed(self, column: str) -> str:
        """The same of what an order cannot be without."""
        if not (said := self.first(column)):
            raise Malformed(f"{column} is missing")
        return said

    def line(self, row: Row, place: int, tax_included: bool) -> ChannelLine:
        """A line; without an id it is known by its place."""
        if not row.get("sku"):
            raise Malformed(f"line {place} lacks its sku")
        return ChannelLine(
            external_id=row.get("line") or str(place),
            sku=row["sku"],
            name=row.get("name", ""),
            quantity=_units(row, "quantity"),
            unit_price_micros=money.to_micros(row.get("unit_price", "")),
            tax_included=tax_included,
            discount=abs(self.amount_in(row, "line_discount")),
            tax=self.amount_in(row, "tax"),
            cancelled=_units(row, "cancelled") if row.get("cancelled") else 0,
            personalisation=tuple(_pair(text) for text in row.get("personalisation", "").splitlines() if text.strip()),
        )

    def customer(self, ship_to: AddressDraft) -> CustomerDraft:
        """Who buys; without a name the one it is sent to."""
        email, phone = self.first("customer_email"), self.first("customer_phone") or ship_to.phone
        name = self.first("customer_name") or ship_to.name or email or phone or "Guest"
        return CustomerDraft(name, email, phone, self.first("customer_id") or None)

    def address(self, which: str) -> AddressDraft:
        """`ship_to_…` or `bill_to_…`."""
        part = {name: self.first(f"{which}_{name}") for name in AddressDraft.__dataclass_fields__}
        part["country"] = part["country"] or "IN"
        part["state"] = states.state_name(part["state"]) if part["country"] == "IN" else part["state"]
        return AddressDraft(**part)

    def payments(self, placed_at: datetime) -> tuple[ChannelPayment, ...]:
        """One, of the amount that was paid."""
        paid = self.amount("paid")
        if not paid:
            return ()
        at = self.moment(self.first("paid_at")) if self.first("paid_at") else placed_at
        name = self.first("payment_reference") or self.needed("number")
        how = self.word(Method, "paid_by", Method.OTHER)
        return (ChannelPayment(name, PaymentKind.CAPTURE, paid, how, at),)

    def refunds(self) -> tuple[ChannelRefund, ...]:
        """Rows of one id are one refund."""
        return tuple(
            ChannelRefund(
                name,
                sum(self.amount_in(row, "amount") for row in rows),
                self.moment(_filled(rows, "at")),
                next((row["reason"] for row in rows if row.get("reason")), ""),
                _by_line(rows),
            )
            for name, rows in self.by_id("refund").items()
        )

    def parcels(self) -> tuple[ChannelParcel, ...]:
        """Rows of one id are one parcel; without lines it holds everything."""
        return tuple(
            ChannelParcel(
                name,
                next((row["courier"] for row in rows if row.get("courier")), ""),
                next((row["tracking"] for row in rows if row.get("tracking")), ""),
                self.moment(_filled(rows, "at")),
                _by_line(rows),
                next((self.moment(row["delivered_at"]) for row in rows if row.get("delivered_at")), None),
            )
            for name, rows in self.by_id("parcel").items()
        )

    def by_id(self, what: str) -> dict[str, list[Row]]:
        """Rows of a kind by their id."""
        found: dict[str, list[Row]] = {}
        for row in self.of(what):
            if not row.get("id"):
                raise Malformed(f"a {what} lacks its id")
            found.setdefault(row["id"], []).append(row)
        return found

    def amount(self, column: str) -> int:
        """Minor units of an amount of the order; none is nothing."""
        return money.to_minor(self.first(column) or 0, self.currency)

    def amount_in(self, row: Row, column: str) -> int:
        """Minor units of an amount in a row."""
        return money.to_minor(row.get(column) or 0, self.currency)

    def moment(self, text: str) -> datetime:
        """A moment; without an offset it is the channel's own time."""
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise Malformed(f"“{text}” is no time; write it like 2026-11-02 10:00") from None
        return at if at.tzinfo else at.replace(tzinfo=self.zone)

    def yes(self, column: str, *, default: bool) -> bool:
        """Yes or no."""
        said = self.first(column).lower()
        if said and said not in (*_YES, *_NO):
            raise Malformed(f"{column} is “{said}”; it is yes or no")
        return said in _YES if said else default

    def word(self, kind: type[T], column: str, default: T) -> T:
        """One of some words."""
        try:
            return kind(self.first(column).lower()) if self.first(column) else default  # type: ignore[call-arg]
        except ValueError:
            known = ", ".join(str(each) for each in kind)  # type: ignore[attr-defined]
            raise Malformed(f"{column} is “{self.first(column)}”; it is one of {known}") from None


def _filled(rows: Sequence[Row], column: str) -> str:
    return next((row[column] for row in rows if row.get(column)), "")


def _by_line(rows: Sequence[Row]) -> tuple[tuple[str, int], ...]:
    return tuple((row["line"], _units(row, "quantity")) for row in rows if row.get("line"))


def _units(row: Row, column: str) -> int:
    said = row.get(column, "")
    if not said.isdecimal():
        raise Malformed(f"{column} is “{said}”; it is a whole number")
    return int(said)


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition(":")
    return (name.strip(), value.strip()) if found else ("Note", text.strip())


def _asked(line: ChannelLine, currency: str) -> int:
    goods = money.line_total(line.unit_price_micros, line.quantity, currency) - line.discount
    return goods if line.tax_included else goods + line.tax
