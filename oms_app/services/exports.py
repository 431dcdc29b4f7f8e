"""Exporting the orders a search finds: CSV, JSON or a spreadsheet, written as they are read."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from oms_app.db.engine import reading
from oms_app.db.queries import search_rows
from oms_app.db.queries.search import Search
from oms_app.domain import money
from oms_app.domain.clock import rfc3339
from oms_app.domain.errors import Forbidden, Malformed, Refused
from oms_app.domain.permissions import Actor, Permission, Role
from oms_app.domain.privacy import masked_name
from oms_app.domain.query import parse
from oms_app.services.search import scope
from oms_app.settings import get_settings

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Formats and their media types."""

MOST_SPREADSHEET_ROWS = 1_000_000
_BATCH = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Row = dict[str, Any]


def orders(actor: Actor, q: str = "", format: str = "csv", *, until: datetime | None = None) -> Iterator[bytes]:
    """The orders a search finds, newest first, in pieces of a file. Memory stays flat however many there are.

    Times are in the shop's zone in CSV and spreadsheets, UTC in JSON; money is in major units. Who may not see
    customers gets initials. Raises Malformed for an unknown format, Refused where a spreadsheet cannot hold the rows.
    """
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.EXPORT)
    if actor.role is Role.INVENTORY and Permission.EXPORT not in actor.granted:
        raise Forbidden("The role “inventory” exports stock, not orders. Ask an admin.")
    if format not in FORMATS:
        raise Malformed(f"An export is one of {', '.join(FORMATS)}.", details={"field": "format"})
    if format == "xlsx":
        _check_size(actor, q, until)
    write = {"csv": _csv, "json": _json, "xlsx": _spreadsheet}[format]
    return write(_rows(actor, q, until))


def _check_size(actor: Actor, q: str, until: datetime | None) -> None:
    with reading() as tx:
        found = Search(tx, parse(q), scope(actor, until)).count(MOST_SPREADSHEET_ROWS)
    if found > MOST_SPREADSHEET_ROWS:
        raise Refused(
            "A spreadsheet holds a million rows at most: export CSV, or search for fewer.", code="too_many_rows"
        )


def _rows(actor: Actor, q: str, until: datetime | None) -> Iterator[Row]:
    """One flat row per order, from one snapshot of the database."""
    seen = actor.may(Permission.SEE_CUSTOMERS)
    with reading() as tx:
        search = Search(tx, parse(q), scope(actor, until))
        last: int | None = None
        while ids := search.ids(limit=_BATCH, after=last):
            tags = search_rows.tags(tx, ids)
            for row in search_rows.rows(tx, ids):
                yield _flat(row, tags.get(row.id, ()), seen)
            last = ids[-1]


def _flat(row: Any, tags: tuple[str, ...], seen: bool) -> Row:
    return {
        "number": row.number,
        "channel": row.channel,
        "external_id": row.external_id or "",
        "stage": row.stage,
        "placed_at": row.placed_at,
        "ship_by": row.ship_by,
        "shipped_at": row.shipped_at,
        "updated_at": row.updated_at,
        "customer": row.customer_name if seen else masked_name(row.customer_name),
        "city": row.city,
        "state": row.state,
        "postal_code": row.postal_code if seen else row.postal_code[:3],
        "country": row.country,
        "gstin": row.gstin if seen else "",
        "units": row.units,
        "total": money.to_major(row.total, row.currency),
        "captured": money.to_major(row.captured, row.currency),
        "currency": row.currency,
        "payment_method": row.payment_method,
        "payment_status": row.payment_status,
        "holds": row.holds,
        "shortfall": row.shortfall,
        "priority": row.priority,
        "tags": ", ".join(tags),
    }


_NAMES = (
    *("number", "channel", "external_id", "stage", "placed_at", "ship_by", "shipped_at", "updated_at", "customer"),
    *("city", "state", "postal_code", "country", "gstin", "units", "total", "captured", "currency"),
    *("payment_method", "payment_status", "holds", "shortfall", "priority", "tags"),
)
_NUMBERS = ("total", "captured")


def _csv(rows: Iterator[Row]) -> Iterator[bytes]:
    zone = ZoneInfo(get_settings().timezone)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_NAMES)
    for position, row in enumerate(rows, start=1):
        writer.writerow([_cell(value, zone, plain=name in _NUMBERS) for name, value in row.items()])
        if position % _BATCH == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _json(rows: Iterator[Row]) -> Iterator[bytes]:
    start = b"[\n"
    for row in rows:
        values = {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in row.items()}
        yield start + json.dumps(values, ensure_ascii=False).encode()
        start = b",\n"
    yield b"[]\n" if start == b"[\n" else b"\n]\n"


def _spreadsheet(rows: Iterator[Row]) -> Iterator[bytes]:
    """A spreadsheet is a zip, which is complete only at its end: it goes through a file."""
    import xlsxwriter

    zone = ZoneInfo(get_settings().timezone)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "orders.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": directory}
        with xlsxwriter.Workbook(path, options) as book:
            moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            amount = book.add_format({"num_format": "#,##0.00"})
            sheet = book.add_worksheet("Orders")
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, _NAMES, book.add_format({"bold": True}))
            for line, row in enumerate(rows, start=1):
                for column, (name, value) in enumerate(row.items()):
                    if isinstance(value, datetime):
                        sheet.write_datetime(line, column, value.astimezone(zone).replace(tzinfo=None), moment)
                    elif name in _NUMBERS:
                        sheet.write_number(line, column, float(value), amount)
                    else:
                        sheet.write(line, column, value)
        with path.open("rb") as file:
            while piece := file.read(1 << 16):
                yield piece


def _cell(value: Any, zone: ZoneInfo, *, plain: bool) -> Any:
    """A CSV cell; text that a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, str) and not plain and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _taken(buffer: io.StringIO) -> bytes:
    written = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return written
