"""The shop's numbers: the registry, and one metric over a period."""

from datetime import date
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import ListQuery, Moment, Name, Page, Query, Search, Word, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_cursor
from oms_app.domain import money
from oms_app.domain.metrics import By, Unit
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.series import Point, Series
from oms_app.services import metrics

endpoints = Endpoints("metrics")

Value = Annotated[
    str | int | float | None,
    Field(description="Money as a string in major units; counts, shares (0 to 1) and seconds as numbers."),
]


class MetricQuery(Query):
    """Which part of a metric. Days are the shop's."""

    first: Annotated[date | None, Field(None, alias="from", description="First day; 30 days up to today if left out.")]
    last: Annotated[date | None, Field(None, alias="to", description="Last day, included.")]
    by: Annotated[By | None, Field(None, description="What to split it by; one of the metric's own.")]
    q: Annotated[Search, Field("", description="The search language: which orders count.")]
    currency: Annotated[Word, Field("", description="Currency of money; the shop's by default.")]


class MetricShape(TypedDict):
    """One row of the registry. `by` is what it can be split by."""

    name: str
    title: str
    unit: Unit
    definition: str
    by: list[By]


class PointShape(TypedDict):
    """One value: what it is of, the 90th percentile of a duration, and how many orders `search` lists."""

    key: str
    label: str
    value: Value
    upper: Value
    orders: int
    search: str


SeriesShape = TypedDict(
    "SeriesShape",
    {
        "name": str,
        "title": str,
        "unit": Unit,
        "definition": str,
        "by": By | None,
        "from": Annotated[str, Field(json_schema_extra={"format": "date"})],
        "to": Annotated[str, Field(json_schema_extra={"format": "date"})],
        "until": Moment,
        "currency": str,
        "total": PointShape,
        "values": list[PointShape],
    },
)


@endpoints.get("/metrics", P.SEE_METRICS)
def list_metrics(actor: Actor, query: ListQuery) -> Page[MetricShape]:
    """Every metric with its unit and definition, by name."""
    only_sorted_by(query, "name")
    not_searched(query)
    after = read_cursor(query.cursor)
    found: list[MetricShape] = [
        {"name": m.name, "title": m.title, "unit": m.unit, "definition": m.definition, "by": list(m.by)}
        for m in sorted(metrics.registry(actor), key=lambda each: each.name)
        if m.name > after
    ]
    return cut(found, query.limit, lambda each: each["name"])


@endpoints.get("/metrics/{name}", P.SEE_METRICS, refusals=(404, 422))
def get_metric(actor: Actor, name: Name, query: MetricQuery) -> SeriesShape:
    """One metric over a period: its total, and its values where it is split.

    `search` of a value lists the orders behind it, as they were at `until`.
    """
    series = metrics.series(
        actor,
        name,
        first=query.first,
        last=query.last,
        by=query.by or "",
        q=query.q,
        currency=query.currency.upper(),
    )
    return {
        "name": series.metric.name,
        "title": series.metric.title,
        "unit": series.metric.unit,
        "definition": series.metric.definition,
        "by": series.by,
        "from": series.period.first.isoformat(),
        "to": series.period.last.isoformat(),
        "until": at(series.until),
        "currency": series.currency,
        "total": _point(series, series.total),
        "values": [_point(series, point) for point in series.points],
    }


def _point(series: Series, point: Point) -> PointShape:
    return {
        "key": point.key,
        "label": point.label,
        "value": _value(series, point.value),
        "upper": _value(series, point.upper),
        "orders": point.orders,
        "search": point.search,
    }


def _value(series: Series, value: float | None) -> str | int | float | None:
    if value is None:
        return None
    match series.metric.unit:
        case Unit.MONEY:
            return money.to_major(round(value), series.currency)
        case Unit.COUNT | Unit.SECONDS:
            return round(value)
    return value
