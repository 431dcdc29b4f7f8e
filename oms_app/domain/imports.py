"""Orders out of a foreign export: which rows belong together, what they say, and the sums that must hold."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_app.domain import contact, money
from oms_app.domain.cells import Row, moment_reader, number_reader, sum_of, test_of, text_of
from oms_app.domain.errors import Malformed
from oms_app.domain.import_lines import LineReader
from oms_app.domain.imported import GUEST, ImportedCustomer, ImportedLine, ImportedOrder
from oms_app.domain.lifecycle import Stage
from oms_app.domain.mappings import STATUSES, Mapping
from oms_app.domain.orders import AddressDraft, PaymentMethod
from oms_app.domain.states import state_name

_COD = frozenset({"cod", "cash on delivery", "cash_on_delivery", "cashondelivery"})
_OWN_STATUSES = {status: status for status in STATUSES}
_MOMENTS = ("placed_at", "ship_by", "shipped_at", "delivered_at", "cancelled_at")


@dataclass(slots=True)
class OrderReader:
    """A mapping bound to a file's header. Raises Malformed where the file lacks a column the mapping names."""

    mapping: Mapping
    header: Sequence[str]
    currency: str
    stage: Stage | None = None
    _text: dict[tuple[str, str], Callable[[Row], str]] = field(init=False)
    _sum: dict[tuple[str, str], Callable[[Row], Decimal]] = field(init=False)
    _rules: list[tuple[Callable[[Row], bool], str]] = field(init=False)
    _number: Callable[[str], Decimal] = field(init=False)
    _moment: Callable[[str], datetime] = field(init=False)
    _line: LineReader = field(init=False)
    key: Callable[[Row], str] = field(init=False)

    def __post_init__(self) -> None:
        mapping = self.mapping
        self._number = number_reader(mapping.file)
        self._moment = moment_reader(mapping.file, mapping.time_zone)
        self._text = {at: text_of(source, self.header, f"[{at[0]}] {at[1]}") for at, source in mapping.fields.items()}
        self._sum = {
            at: sum_of(source, self.header, f"[{at[0]}] {at[1]}", self._number)
            for at, source in mapping.fields.items()
            if at[1] in ("discount", "shipping", "tax", "total", "paid", "refunded", "shipping_discount")
        }
        self._rules = [
            (test_of(rule, self.header, self._number, f"[[leave_out]] number {index + 1}"), rule.reason)
            for index, rule in enumerate(mapping.leave_out)
        ]
        self._line = LineReader(mapping, self.header, self._number)
        self.key = self._text["order", "number"]

    def left_out(self, row: Row) -> str:
        """Why a rule of the mapping leaves this row out; empty where none does."""
        for applies, reason in self._rules:
            if applies(row):
                return reason
        return ""

    def order(self, number: str, rows: Sequence[tuple[int, Row]]) -> ImportedOrder:
        """The order made of these rows. Raises Malformed, naming the line and the column that cannot be taken."""
        first = _FirstFilled(self._text, [row for _, row in rows])
        currency = first("order", "currency").upper() or self.currency
        lines = self._lines(rows, currency)
        moments = {name: self._moments(name, rows) for name in _MOMENTS}
        placed_at = moments["placed_at"]
        if placed_at is None:
            raise Malformed(f"[order] placed_at is blank in order {number}.")
        stage = self._stage(first("order", "stage"), cancelled=moments["cancelled_at"] is not None)
        discount = abs(self._amount("order", "discount", rows, currency))
        shipping = self._amount("order", "shipping", rows, currency) + self._shares("shipping", rows, currency)
        shipping = max(shipping - abs(self._shares("shipping_discount", rows, currency)), 0)
        total = max(sum(line.total for line in lines) - discount, 0) + shipping
        self._check_total(rows, total, currency)
        method = self._method(first("payment", "method"))
        captured, refunded = self._paid(first("payment", "status"), rows, total, currency)
        country = self._country(first("ship_to", "country"))
        return ImportedOrder(
            external_id=number,
            placed_at=placed_at,
            stage=stage,
            stage_at=_stage_at(stage, moments) or placed_at,
            currency=currency,
            lines=lines,
            rows=rows,
            ship_by=moments["ship_by"],
            shipped_at=moments["shipped_at"],
            delivered_at=moments["delivered_at"],
            customer=self._customer(first, country),
            ship_to=self._address("ship_to", first),
            bill_to=self._address("bill_to", first),
            gstin=first("order", "gstin").upper(),
            discount=discount,
            shipping=shipping,
            total=total,
            captured=captured,
            refunded=refunded,
            payment_method=PaymentMethod.COD if method == "cod" else PaymentMethod.PREPAID,
            paid_by={"cod": "cash", "prepaid": "other"}.get(method, method),
            payment_reference=first("payment", "reference"),
            paid_at=self._moment(paid) if (paid := first("payment", "at")) else placed_at,
            note=first("order", "note"),
            tags=tuple(tag for part in re.split(r"[,;|]", first("order", "tags")) if (tag := part.strip().lower())),
            cancel_reason=first("order", "cancel_reason"),
            courier=first("order", "courier"),
            awb=first("order", "awb"),
            tax_included=self.mapping.tax_included,
        )

    def _lines(self, rows: Sequence[tuple[int, Row]], currency: str) -> tuple[ImportedLine, ...]:
        """The order's lines, each with its share of a tax that the file states for the whole order."""
        lines = []
        for number, row in rows:
            try:
                lines.append(self._line.read(row, currency))
            except Malformed as error:
                raise Malformed(f"line {number}: {error.message}") from error
        if tax := self._amount("order", "tax", rows, currency):
            shares = money.spread(tax, [line.total for line in lines])
            lines = [
                line._replace(total=line.total + share, tax_added=line.tax_added + share)
                for line, share in zip(lines, shares, strict=True)
            ]
        return tuple(lines)

    def _moments(self, name: str, rows: Sequence[tuple[int, Row]]) -> datetime | None:
        """The earliest moment of that name in the order's rows."""
        read = self._text.get(("order", name))
        if read is None:
            return None
        found = {}
        for number, row in rows:
            text = read(row)
            if text and text not in found:
                try:
                    found[text] = self._moment(text)
                except Malformed as error:
                    raise Malformed(f"line {number}: {name}: {error.message}.") from error
        return min(found.values(), default=None)

    def _amount(self, section: str, key: str, rows: Sequence[tuple[int, Row]], currency: str) -> int:
        """An amount of the whole order, from the first row that has one."""
        read = self._sum.get((section, key))
        if read is None:
            return 0
        for number, row in rows:
            try:
                if self._text[section, key](row):
                    return money.to_minor(read(row), currency)
            except Malformed as error:
                raise Malformed(f"line {number}: [{section}] {key}: {error.message}") from error
        return 0

    def _shares(self, key: str, rows: Sequence[tuple[int, Row]], currency: str) -> int:
        """An amount that every row has its share of."""
        read = self._sum.get(("line", key))
        if read is None:
            return 0
        try:
            return sum(money.to_minor(read(row), currency) for _, row in rows)
        except Malformed as error:
            raise Malformed(f"[line] {key}: {error.message}") from error

    def _check_total(self, rows: Sequence[tuple[int, Row]], total: int, currency: str) -> None:
        if ("order", "total") not in self._sum:
            return
        stated = self._amount("order", "total", rows, currency)
        if abs(stated - total) > money.to_minor(self.mapping.total_tolerance, currency):
            raise Malformed(
                f"its lines come to {money.to_major(total, currency)},"
                f" but the file's total is {money.to_major(stated, currency)}."
            )

    def _paid(self, text: str, rows: Sequence[tuple[int, Row]], total: int, currency: str) -> tuple[int, int]:
        """(captured, refunded) in minor units."""
        status = (
            _choose(text, self.mapping.payment_statuses, _OWN_STATUSES, "payment status", "payment_statuses")
            or "pending"
        )
        captured = total if status in ("paid", "refunded") else 0
        refunded = total if status == "refunded" else 0
        if ("payment", "paid") in self._sum:
            captured = self._amount("payment", "paid", rows, currency)
        if ("payment", "refunded") in self._sum:
            refunded = abs(self._amount("payment", "refunded", rows, currency))
        if captured < 0 or refunded > captured:
            raise Malformed(
                f"{money.to_major(refunded, currency)} refunded of {money.to_major(captured, currency)} paid."
            )
        return captured, refunded

    def _stage(self, text: str, *, cancelled: bool) -> Stage:
        if self.stage:
            return self.stage
        if cancelled:
            return Stage.CANCELLED
        own = {stage.value: stage.value for stage in Stage}
        if chosen := _choose(text, self.mapping.stages, own, "status", "stages"):
            return Stage(chosen)
        if self.mapping.stage is None:
            raise Malformed("the order has no status; give the mapping a stage for such orders.")
        return self.mapping.stage

    def _method(self, text: str) -> str:
        if text.casefold() in _COD and text.casefold() not in self.mapping.payment_methods:
            return "cod"
        return self.mapping.payment_methods.get(text.casefold()) or self.mapping.payment_methods.get("*") or "prepaid"

    def _country(self, text: str) -> str:
        known = self.mapping.countries.get(text.casefold())
        return known if known is not None else "IN" if text.casefold() == "india" else text

    def _customer(self, first: "_FirstFilled", country: str) -> ImportedCustomer | None:
        external_id, email = first("customer", "id"), contact.email_key(first("customer", "email"))
        name, phone = first("customer", "name"), first("customer", "phone")
        if not (external_id or name or email or phone):
            return None
        two_letters = country if re.fullmatch("[A-Z]{2}", country) else ""
        return ImportedCustomer(external_id, name or email or GUEST, email, contact.e164(phone, two_letters or "IN"))

    def _address(self, section: str, first: "_FirstFilled") -> AddressDraft | None:
        given = {key: first(section, key) for key in AddressDraft.__dataclass_fields__}
        if not any(given.values()):
            return None
        given["country"] = self._country(given["country"])
        if given["country"] in ("IN", ""):
            given["state"] = state_name(given["state"])
        return AddressDraft(**given)


class _FirstFilled:
    """The first filled cell of an order's rows, field by field: many exports fill in only the first row."""

    def __init__(self, readers: dict[tuple[str, str], Callable[[Row], str]], rows: Sequence[Row]):
        self._readers, self._rows = readers, rows

    def __call__(self, section: str, key: str) -> str:
        read = self._readers.get((section, key))
        return next((text for row in self._rows if (text := read(row))), "") if read else ""


def _stage_at(stage: Stage, moments: dict[str, Any]) -> datetime | None:
    by_stage = {Stage.SHIPPED: "shipped_at", Stage.DELIVERED: "delivered_at", Stage.CANCELLED: "cancelled_at"}
    found: datetime | None = moments.get(by_stage.get(stage, ""))
    return found


def _choose(text: str, table: dict[str, str] | Any, own: dict[str, str], what: str, section: str) -> str:
    """Our word for the file's; empty for a blank; raises Malformed for a word the mapping does not know."""
    word = text.casefold()
    chosen = table.get(word) or (own.get(word, "") if not table else "") or table.get("*", "")
    if text and not chosen:
        raise Malformed(f"the {what} “{text}” is not in [{section}] of the mapping.")
    return str(chosen)
