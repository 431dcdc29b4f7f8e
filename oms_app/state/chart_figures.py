"""Series as Plotly figures: plain data and layout; the colours come from the light and dark templates of the page."""

from math import log10
from typing import Any

from oms_app.domain import durations
from oms_app.domain.metrics import Unit
from oms_app.domain.money import show_count
from oms_app.domain.query_fields import FIELDS
from oms_app.domain.series import Point, Series, show_exact, show_share

Figure = dict[str, Any]

GREY = "#80838d"
"""Compared values: at least 3:1 on the light and on the dark background."""

_TICKS = (60, 600, 3_600, 4 * 3_600, 86_400, 4 * 86_400, 16 * 86_400)
_MARKED_UP_TO = 45


def figure(chart: str, series: Series) -> Figure:
    """The figure of a chart; empty where there is nothing to draw."""
    return _DRAW[chart](series)


def _orders_over_time(series: Series) -> Figure:
    points = series.points
    places = [point.key for point in points]
    mode = "lines+markers" if len(points) <= _MARKED_UP_TO else "lines"
    hover = [
        f"{point.label}<br><b>{_orders(point, series)}</b>"
        + (f"<br>before: {show_count(round(point.compared), series.currency)}" if point.compared is not None else "")
        for point in points
    ]
    line = {"width": 2.5}
    main = {
        "type": "scatter",
        "mode": mode,
        "name": str(series.period),
        "x": places,
        "y": _values(points),
        "line": line,
    }
    traces: list[Figure] = [main | {"marker": {"size": 7}} | _clickable(points, hover)]
    if series.against:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": str(series.against),
                "x": places,
                "y": [point.compared or 0 for point in points],
                "line": {"dash": "dash", "width": 2, "color": GREY},
                "hoverinfo": "skip",
            }
        )
    layout = _layout(
        xaxis={"type": "date", "tickformatstops": _DATES, "showgrid": False},
        yaxis={"rangemode": "tozero", "tickformat": ",d", "nticks": 6},
        showlegend=bool(series.against),
        legend={"orientation": "h", "x": 0, "y": 1.12, "yanchor": "bottom"},
        hovermode="closest",
        selectdirection="h",
    )
    return {"data": traces, "layout": layout}


def _stage_dwell(series: Series) -> Figure:
    points = [point for point in series.points if point.value is not None]
    names = [point.label for point in points]
    spans = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [max(point.value or 0, 1), max(point.upper or 0, 1)],
            "y": [point.label, point.label],
            "line": {"width": 3, "color": GREY},
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for point in points
    ]
    hover = [
        f"{point.label}<br>half within <b>{series.show(point.value)}</b><br>"
        f"nine of ten within <b>{series.show(point.upper)}</b><br>{_orders(point, series)}"
        for point in points
    ]
    dots = [
        {
            "type": "scatter",
            "mode": "markers+text",
            "name": name,
            "x": [max(of or 0, 1) for of in values],
            "y": names,
            "text": [series.show(of) for of in values],
            "textposition": side,
            "textfont": {"size": 11},
            "marker": {"size": 12, "symbol": symbol},
            "cliponaxis": False,
        }
        | _clickable(points, hover)
        for name, values, symbol, side in (
            ("Half within", _values(points), "circle", "middle left"),
            ("Nine of ten within", [point.upper for point in points], "diamond-open", "middle right"),
        )
    ]
    ends = [of for point in points for of in (point.value, point.upper) if of] or [1]
    low, high = min(ends) / 6, max(ends) * 6
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    layout = _layout(
        xaxis={
            "type": "log",
            "range": [log10(low), log10(high)],
            "tickvals": ticks,
            "ticktext": [durations.show(tick) for tick in ticks],
        },
        yaxis={"autorange": "reversed", "showgrid": False, "type": "category", "categoryarray": names},
        legend={"orientation": "h", "x": 0, "y": 1.12, "yanchor": "bottom"},
        hovermode="closest",
    )
    return {"data": [*spans, *dots] if points else [], "layout": layout}


def _backlog_age(series: Series) -> Figure:
    hover = [f"Placed {point.label.lower()} ago<br><b>{_orders(point, series)}</b>" for point in series.points]
    hover[0] = f"Placed today<br><b>{_orders(series.points[0], series)}</b>"
    shown = [show_count(point.orders, series.currency) if point.orders else "" for point in series.points]
    bars = {"x": [point.label for point in series.points], "y": _values(series.points), "text": shown}
    layout = _layout(yaxis={"tickformat": ",d", "nticks": 6}, xaxis={"showgrid": False, "type": "category"})
    return {"data": [_bar() | bars | _clickable(series.points, hover)] if series.total.orders else [], "layout": layout}


def _channel_mix(series: Series) -> Figure:
    shown = [f"{show_share(point.value or 0)} · {_orders(point, series)}" for point in series.points]
    return _ranking(series, [100 * (point.value or 0) for point in series.points], shown, {"ticksuffix": " %"})


def _top_products(series: Series) -> Figure:
    shown = [show_count(round(point.value or 0), series.currency) for point in series.points]
    return _ranking(series, _values(series.points), shown, {"tickformat": ",d"})


def _peak_hours(series: Series) -> Figure:
    days = list(FIELDS["weekday"].choices.values())
    points = [series.points[24 * day : 24 * day + 24] for day in range(7)]
    heat = {
        "type": "heatmap",
        "x": [f"{hour:02d}:00" for hour in range(24)],
        "y": [day[:3] for day in days],
        "z": [[point.value or 0 for point in row] for row in points],
        "customdata": [[point.key for point in row] for row in points],
        "hovertext": [[f"{point.label}<br><b>{_orders(point, series)}</b>" for point in row] for row in points],
        "hoverinfo": "text",
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
    }
    layout = _layout(
        xaxis={"showgrid": False, "type": "category", "dtick": 3, "tickangle": 0},
        yaxis={"autorange": "reversed", "showgrid": False},
    )
    return {"data": [heat] if series.total.orders else [], "layout": layout}


def _ranking(series: Series, values: list[Any], shown: list[str], axis: Figure) -> Figure:
    names = [_short(point.label) for point in series.points]
    hover = [
        f"{point.label}<br><b>{text}</b><br>{_orders(point, series)}"
        for point, text in zip(series.points, shown, strict=True)
    ]
    # Two products may have one name: the axis goes by position, its ticks say the names.
    places = list(range(len(names)))
    bars = {"orientation": "h", "x": values, "y": places, "text": shown}
    layout = _layout(
        xaxis={"rangemode": "tozero", "nticks": 5} | axis,
        yaxis={"autorange": "reversed", "showgrid": False, "tickvals": places, "ticktext": names},
    )
    return {"data": [_bar() | bars | _clickable(series.points, hover)] if names else [], "layout": layout}


_DRAW = {
    "orders_over_time": _orders_over_time,
    "stage_dwell": _stage_dwell,
    "backlog_age": _backlog_age,
    "channel_mix": _channel_mix,
    "peak_hours": _peak_hours,
    "top_products": _top_products,
}
_DATES = [
    {"dtickrange": [None, 86_399_999], "value": "%H:%M\n%-d %b"},
    {"dtickrange": [86_400_000, "M1"], "value": "%-d %b"},
    {"dtickrange": ["M1", None], "value": "%b %Y"},
]


def sparkline(series: Series) -> str:
    """A small line as the `points` of an SVG polyline, 100 wide and 24 high; empty with fewer than two values."""
    values = [point.value for point in series.points]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    low = min(low, 0) if series.metric.unit in (Unit.COUNT, Unit.MONEY) else low
    width = 100 / (len(values) - 1)
    return " ".join(
        f"{place * width:.1f},{22 - 20 * (value - low) / ((high - low) or 1):.1f}"
        for place, value in enumerate(values)
        if value is not None
    )


def table(chart: str, series: Series) -> tuple[list[str], list[list[str]]]:
    """(headings, rows) of a chart's twin: what a point is of, then its numbers."""
    unit, currency = series.metric.unit, series.currency
    of = {"orders_over_time": "When", "stage_dwell": "Stage", "backlog_age": "Placed", "channel_mix": "Channel"}
    heads = [of.get(chart, "Hour" if chart == "peak_hours" else "Product")]
    if series.metric.upper:
        heads += ["Half within", "Nine of ten within"]
    elif unit is not Unit.COUNT or chart == "top_products":
        heads.append("Units" if chart == "top_products" else "Share")
    if series.against:
        heads.append("Before")
    rows = []
    for point in series.points:
        row = [point.label]
        if series.metric.upper:
            row += [series.show(point.value), series.show(point.upper)]
        elif unit is not Unit.COUNT or chart == "top_products":
            row.append(show_exact(point.value, unit, currency))
        if series.against:
            row.append(show_exact(point.compared, unit, currency))
        rows.append(row)
    return heads, rows


def _layout(**more: Any) -> Figure:
    return {
        "autosize": True,
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "showlegend": True,
        "barcornerradius": 3,
        **more,
        "xaxis": {"automargin": True, "fixedrange": True} | more.get("xaxis", {}),
        "yaxis": {"automargin": True, "fixedrange": True} | more.get("yaxis", {}),
    }


def _bar() -> Figure:
    return {"type": "bar", "textposition": "auto", "cliponaxis": False, "showlegend": False, "constraintext": "none"}


def _clickable(points: Any, hover: list[str]) -> Figure:
    return {"customdata": [point.key for point in points], "hovertext": hover, "hoverinfo": "text"}


def _values(points: Any) -> list[Any]:
    return [point.value or 0 for point in points]


def _orders(point: Point, series: Series) -> str:
    return "1 order" if point.orders == 1 else f"{show_count(point.orders, series.currency)} orders"


def _short(name: str, most: int = 26) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"
