"""What a chart says, in one sentence computed from its data."""

from oms_app.domain import durations
from oms_app.domain.lifecycle import OPEN_STAGES
from oms_app.domain.metrics import Unit
from oms_app.domain.money import show_count
from oms_app.domain.series import Point, Series, show_share

_LONG_WAIT = 3
"""Calendar days after which an open order is worth a word."""


def statement(chart: str, series: Series) -> str:
    """The title of a chart."""
    return _SAYS[chart](series)


def delta(series: Series) -> tuple[str, str, str]:
    """How a number stands against the compared one: (arrow, what to read, good | bad | same | none)."""
    change = series.change
    if change is None:
        return "", "nothing to compare" if series.against and series.total.value is not None else "", "none"
    if series.metric.unit is Unit.SHARE:
        size = f"{abs(100 * change):.1f} points"
        small = abs(change) < 0.0005
    else:
        size = f"{abs(100 * change):.0f} %" if abs(change) >= 0.1 else f"{abs(100 * change):.1f} %"
        small = abs(change) < 0.0005
    if small:
        return "→", "unchanged", "same"
    up = change > 0
    judged = "none" if not series.metric.better else "good" if up == (series.metric.better > 0) else "bad"
    word = _WORDS[series.metric.unit][0 if up else 1]
    return ("↑" if up else "↓"), f"{'+' if up else '−'}{size} {word}", judged


_WORDS = {
    Unit.COUNT: ("more", "fewer"),
    Unit.MONEY: ("more", "less"),
    Unit.SHARE: ("higher", "lower"),
    Unit.SECONDS: ("slower", "faster"),
}


def _orders_over_time(series: Series) -> str:
    placed = series.total.orders
    if not placed:
        return "No orders in this period"
    said = _orders(placed)
    _, change, _ = delta(series)
    if series.against is None or series.change is None:
        return f"{said} in this period"
    return f"{said}, as many as before" if change == "unchanged" else f"{said}, {change[1:]} than before"


def _stage_dwell(series: Series) -> str:
    inside = [point for point in series.points if point.key in set(OPEN_STAGES) and point.value is not None]
    if not inside:
        return "No order has left a stage yet"
    slowest = max(inside, key=lambda point: point.value or 0)
    return f"Orders wait longest in {slowest.label}: half of them {_over(slowest.value)}"


def _backlog_age(series: Series) -> str:
    waiting = series.total.orders
    if not waiting:
        return "Nothing waits"
    old = sum(point.orders for point in series.points if int(point.key.split("-")[0]) >= _LONG_WAIT)
    if not old:
        return f"{_orders(waiting)} {_wait(waiting)}, none of them longer than 2 days"
    return f"{_orders(waiting)} {_wait(waiting)}, {show_count(old, series.currency)} of them longer than 2 days"


def _channel_mix(series: Series) -> str:
    if not series.points or not series.total.orders:
        return "No orders in this period"
    first = series.points[0]
    if first.orders == series.total.orders:
        return f"All orders come from {first.label}"
    return f"{first.label} brings {show_share(first.value or 0)} of the orders"


def _peak_hours(series: Series) -> str:
    if not series.total.orders:
        return "No orders in this period"
    return f"{_largest(series).label} is the busiest hour"


def _top_products(series: Series) -> str:
    if not series.points:
        return "Nothing was ordered in this period"
    first = series.points[0]
    units = round(first.value or 0)
    return f"{first.label} sells best: {show_count(units, series.currency)} {'unit' if units == 1 else 'units'}"


_SAYS = {
    "orders_over_time": _orders_over_time,
    "stage_dwell": _stage_dwell,
    "backlog_age": _backlog_age,
    "channel_mix": _channel_mix,
    "peak_hours": _peak_hours,
    "top_products": _top_products,
}


def _largest(series: Series) -> Point:
    return max(series.points, key=lambda point: point.value or 0)


def _orders(number: int) -> str:
    return "1 order" if number == 1 else f"{show_count(number)} orders"


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"


def _over(seconds: float | None) -> str:
    return f"over {durations.show(None if seconds is None else round(seconds))}"
