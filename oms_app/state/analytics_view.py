"""What the analytics page shows, written out: numbers as text, figures, tables, and addresses of lists."""

import csv
import io
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from oms_app.domain.metrics import Unit
from oms_app.domain.money import show_count
from oms_app.domain.series import Point, Series
from oms_app.domain.statements import delta, statement
from oms_app.state import chart_figures


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its change, its small line and the way to its orders."""

    name: str = ""
    title: str = ""
    value: str = ""
    upper: str = ""
    arrow: str = ""
    change: str = ""
    judged: str = ""
    line: str = ""
    orders: int = 0
    link: str = ""
    link_text: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A point in a chart's table twin."""

    cells: list[str] = field(default_factory=list)
    orders: int = 0
    shown: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its twin."""

    title: str = ""
    definition: str = ""
    figure: dict[str, Any] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)
    rows: list[TableRow] = field(default_factory=list)
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Picked:
    """A point that was clicked. `filter` and `exclude` are addresses of this page, empty where they make no sense."""

    chart: str = ""
    label: str = ""
    orders: int = 0
    shown: str = ""
    link: str = ""
    filter: str = ""
    exclude: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that can be taken off."""

    text: str = ""
    link: str = ""


def tile(series: Series) -> Tile:
    """A number of the first row."""
    arrow, change, judged = delta(series)
    within = "" if series.total.upper is None else f"nine of ten within {series.show(series.total.upper)}"
    orders = series.total.orders
    missed = "late orders" if series.metric.name == "on_time_ship_rate" else "orders"
    return Tile(
        name=series.metric.name,
        title=series.metric.title,
        value=series.show(series.total.value),
        upper=within if series.metric.unit is Unit.SECONDS else "",
        arrow=arrow,
        change=change,
        judged=judged,
        line=chart_figures.sparkline(series),
        orders=orders,
        link=link(series, series.total),
        link_text=f"View {show_count(orders)} {missed}" if orders != 1 else f"View 1 {missed[:-1]}",
        definition=series.metric.definition,
    )


def link(series: Series, point: Point) -> str:
    """Address of the list that holds exactly the orders of a number, at the moment it was read."""
    until = series.until.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"/orders?{urlencode({'q': point.search, 'until': until})}"


def chart(name: str, series: Series) -> Chart:
    """A chart with its table twin; hours without orders are left out of the table."""
    heads, cells = chart_figures.table(name, series)
    rows = [
        TableRow(row, point.orders, show_count(point.orders), link(series, point))
        for row, point in zip(cells, series.points, strict=True)
        if name != "peak_hours" or point.orders
    ]
    figure = chart_figures.figure(name, series)
    return Chart(statement(name, series), series.metric.definition, figure, heads, rows, bool(figure["data"]))


def sheet(shown: Chart) -> str:
    """The table twin as CSV that spreadsheets read as UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*shown.heads, "Orders"])
    writer.writerows([*(_plain(cell) for cell in row.cells), row.orders] for row in shown.rows)
    return "\ufeff" + text.getvalue()


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
