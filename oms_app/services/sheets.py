"""Rows as a file, written as they are read: CSV, JSON or a spreadsheet. Text is never taken for a formula."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from oms_app.domain.clock import rfc3339
from oms_app.domain.errors import Malformed
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


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table's title and columns. `amounts` are columns of money in major units, as text."""

    title: str
    names: Sequence[str]
    amounts: Sequence[str] = ()

    def write(self, format: str, rows: Iterator[Row]) -> Iterator[bytes]:
        """The rows in pieces of a file; memory stays flat however many there are."""
        check_format(format)
        return {"csv": self._csv, "json": _json, "xlsx": self._spreadsheet}[format](rows)

    def _csv(self, rows: Iterator[Row]) -> Iterator[bytes]:
        zone = ZoneInfo(get_settings().timezone)
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(self.names)
        for position, row in enumerate(rows, start=1):
            writer.writerow([_cell(value, zone, plain=name in self.amounts) for name, value in row.items()])
            if position % _BATCH == 0:
                yield _taken(buffer)
        yield _taken(buffer)

    def _spreadsheet(self, rows: Iterator[Row]) -> Iterator[bytes]:
        """A spreadsheet is a zip, which is complete only at its end: it goes through a file."""
        import xlsxwriter

        zone = ZoneInfo(get_settings().timezone)
        with TemporaryDirectory() as directory:
            path = Path(directory) / "rows.xlsx"
            options = {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "tmpdir": directory,
            }
            with xlsxwriter.Workbook(path, options) as book:
                moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
                amount = book.add_format({"num_format": "#,##0.00"})
                sheet = book.add_worksheet(self.title)
                sheet.freeze_panes(1, 0)
                sheet.write_row(0, 0, self.names, book.add_format({"bold": True}))
                for line, row in enumerate(rows, start=1):
                    for column, (name, value) in enumerate(row.items()):
                        if isinstance(value, datetime):
                            sheet.write_datetime(line, column, value.astimezone(zone).replace(tzinfo=None), moment)
                        elif name in self.amounts:
                            sheet.write_number(line, column, float(value), amount)
                        else:
                            sheet.write(line, column, value)
            with path.open("rb") as file:
                while piece := file.read(1 << 16):
                    yield piece


def check_format(format: str) -> None:
    """Raise Malformed for a format that is not written."""
    if format not in FORMATS:
        raise Malformed(f"An export is one of {', '.join(FORMATS)}.", details={"field": "format"})


def _json(rows: Iterator[Row]) -> Iterator[bytes]:
    start = b"[\n"
    for row in rows:
        values = {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in row.items()}
        yield start + json.dumps(values, ensure_ascii=False).encode()
        start = b",\n"
    yield b"[]\n" if start == b"[\n" else b"\n]\n"


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
