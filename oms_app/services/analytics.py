"""The analytics page as values: five numbers and six charts of one period, read in one snapshot."""

from dataclasses import dataclass
from datetime import datetime

from oms_app.db.engine import reading
from oms_app.domain.metrics import METRICS, By
from oms_app.domain.periods import Compare, Period, chosen, named, read_day
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.series import Series
from oms_app.services.measuring import Measuring
from oms_app.services.metrics import measure
from oms_app.services.scope import resolve

TILES = ("orders", "gross", "aov", "on_time_ship_rate", "fulfilment_time")
CHARTS = {
    "orders_over_time": ("orders", By.TIME),
    "stage_dwell": ("stage_dwell", By.STAGE),
    "backlog_age": ("backlog", By.AGE),
    "channel_mix": ("channel_mix", By.CHANNEL),
    "peak_hours": ("peak_hours", By.WEEKDAY_HOUR),
    "top_products": ("top_products", By.PRODUCT),
}
"""Charts by the name of their `data-chart`: the metric and what it is split by."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see. `period` is a preset, or empty where two days are given."""

    period: str = "30d"
    first: str = ""
    last: str = ""
    compare: Compare = Compare.PREVIOUS
    q: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The answer, and what can be chosen: (name, title) of channels and locations, currencies of the orders."""

    period: Period
    against: Period | None
    until: datetime
    currency: str
    tiles: tuple[Series, ...]
    charts: dict[str, Series]
    channels: tuple[tuple[str, str], ...]
    locations: tuple[tuple[str, str], ...]
    currencies: tuple[str, ...]


def dashboard(actor: Actor, wanted: Wanted) -> Dashboard:
    """Everything the page shows. Raises Malformed for a period that cannot be, Refused for what cannot be counted."""
    actor.require(Permission.SEE_METRICS)
    with reading() as tx:
        scope = resolve(tx, actor, wanted.q)
        if wanted.first and wanted.last:
            period = chosen(read_day(wanted.first), read_day(wanted.last))
        else:
            period = named(wanted.period, scope.today)
        measuring = Measuring(tx, scope, period, wanted.compare, wanted.currency)
        tiles = tuple(measure(measuring, METRICS[name], By.TIME) for name in TILES)
        charts = {chart: measure(measuring, METRICS[name], by) for chart, (name, by) in CHARTS.items()}
        return Dashboard(
            period=period,
            against=tiles[0].against,
            until=scope.source.until,
            currency=measuring.currency,
            tiles=tiles,
            charts=charts,
            channels=tuple((row.name, row.title) for row in scope.channels),
            locations=tuple((row.code, row.name) for row in scope.locations),
            currencies=measuring.currencies,
        )
