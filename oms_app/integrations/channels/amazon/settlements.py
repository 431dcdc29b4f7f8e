"""Amazon's Flat File V2 settlement report, read into a settlement. Pure functions."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from oms_app.domain import money
from oms_app.domain.errors import Malformed
from oms_app.domain.settlements import Entry, EntryKind, Settlement

COLUMNS = (
    "settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", "currency",
    "transaction-type", "order-id", "merchant-order-id", "adjustment-id", "shipment-id", "marketplace-name",
    "amount-type", "amount-description", "amount", "fulfillment-id", "posted-date", "posted-date-time",
    "order-item-code", "merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased",
)  # fmt: skip
_NEEDED = {"settlement-id", "total-amount", "currency", "amount-type", "amount-description", "amount"}
_MOMENTS = (
    "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S",
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%d/%m/%Y",
)  # fmt: skip
_ZONE = re.compile(r"\s*(?:UTC|GMT|Z|\+00:00)$", re.IGNORECASE)
_ANYWHERE = (
    (re.compile(r"\btcs\b", re.IGNORECASE), EntryKind.TCS),
    (re.compile(r"\btds\b|194-?o", re.IGNORECASE), EntryKind.TDS),
    (re.compile(r"reserve", re.IGNORECASE), EntryKind.RESERVE),
    (re.compile(r"reimburse|compensat|safe-?t|warehouse[_ ](?:damage|lost)", re.IGNORECASE), EntryKind.COMPENSATION),
)
"""What says by its words alone what it is, whatever stands around it."""
_PRICE = (
    (re.compile(r"tax", re.IGNORECASE), EntryKind.TAX),
    (re.compile(r"shipping|gift\s*wrap|cod", re.IGNORECASE), EntryKind.SHIPPING),
)
_BACK = re.compile(r"refund|chargeback|return", re.IGNORECASE)
_AMAZONS = "AFN"
"""Of an order that Amazon ships itself: it is none of ours."""
_FEES = re.compile(r"fee|advertis|subscription|postage|easy\s*ship|storage|removal", re.IGNORECASE)


def read(text: str) -> Settlement:
    """The one settlement of a report. Raises Malformed, naming the line."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter="\t", restval="")
    missing = _NEEDED - set(rows.fieldnames or ())
    if missing:
        raise Malformed(f"This is no settlement report of Amazon's: it lacks {', '.join(sorted(missing))}.")
    head: Mapping[str, str] | None = None
    entries: list[Entry] = []
    for row in rows:
        try:
            if head is None:
                head, ends = row, _moment(row["settlement-end-date"])
                currency = row["currency"].strip().upper()
                total = amount(row["total-amount"], currency)
            if row["settlement-id"] != head["settlement-id"]:
                raise Malformed(f"settlement {row['settlement-id']} stands in the report of {head['settlement-id']}.")
            if row["amount"].strip():
                entries.append(_entry(row, currency, ends))
        except (Malformed, ValueError) as error:
            raise Malformed(f"Line {rows.line_num}: {error}", details={"line": rows.line_num}) from error
    if head is None:
        raise Malformed("Amazon's settlement report is empty.")
    deposited = head["deposit-date"].strip()
    return Settlement(
        head["settlement-id"],
        currency,
        _moment(head["settlement-start-date"]),
        ends,
        total,
        tuple(entries),
        _moment(deposited) if deposited else None,
    )


def kind(transaction: str, amount_type: str, description: str) -> EntryKind:
    """What an amount is for, by Amazon's three words for it."""
    words = f"{transaction} {amount_type} {description}"
    for pattern, found in _ANYWHERE:
        if pattern.search(words):
            return found
    of, back = amount_type.replace("-", "").casefold(), bool(_BACK.search(transaction))
    if of in ("itemprice", "promotion", "itemwithheldtax"):
        if of == "itemwithheldtax":
            return EntryKind.TAX
        if back:
            return EntryKind.REFUND
        if of == "promotion":
            return EntryKind.DISCOUNT
        return next((found for pattern, found in _PRICE if pattern.search(description)), EntryKind.SALE)
    if of in ("itemfees", "itemrelatedfees", "orderfees"):
        return EntryKind.COMMISSION if "commission" in description.casefold() else EntryKind.FEE
    return EntryKind.FEE if _FEES.search(words) else EntryKind.OTHER


def amount(text: str, currency: str) -> int:
    """Minor units of an amount as each country writes it: 1,234.50, 1.234,50, (55.00). Raises Malformed."""
    plain = text.strip().replace("\u00a0", "").replace(" ", "").replace("−", "-")
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain.strip("()")
    mark = max(plain.rfind("."), plain.rfind(","))
    places = len(plain) - mark - 1
    if mark >= 0 and (places <= money.digits(currency) or plain.count(plain[mark]) == 1 and places != 3):
        plain = f"{re.sub(r'[.,]', '', plain[:mark])}.{plain[mark + 1 :]}"
    else:
        plain = re.sub(r"[.,]", "", plain)
    return (-1 if negative else 1) * money.to_minor(Decimal(money.to_decimal(plain)), currency)


def _entry(row: Mapping[str, str], currency: str, ends: datetime) -> Entry:
    transaction, of, said = row["transaction-type"], row["amount-type"], row["amount-description"]
    order, amazons = row["order-id"].strip(), row.get("fulfillment-id", "").strip() == _AMAZONS
    posted = row.get("posted-date-time") or row.get("posted-date") or ""
    return Entry(
        kind(transaction, of, said),
        amount(row["amount"], currency),
        _moment(posted) if posted.strip() else ends,
        "" if amazons else order,
        (row.get("order-item-code") or "").strip(),
        (row.get("sku") or "").strip(),
        int(row.get("quantity-purchased") or 0),
        " / ".join(filter(None, (transaction, of, said, f"FBA {order}" if amazons else ""))),
    )


def _moment(text: str) -> datetime:
    """Amazon writes UTC, each country in its own way."""
    plain = _ZONE.sub("", text.strip())
    for form in _MOMENTS:
        try:
            return datetime.strptime(plain, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Malformed(f"“{text}” is no moment of Amazon's.")
