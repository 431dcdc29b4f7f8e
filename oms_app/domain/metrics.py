"""Every number the shop shows about itself: its name, unit, definition, and how it follows from the counted cells.

One registry, read by the charts, the API, the exports, the docs and the tests. docs/metrics.md lists it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from oms_app.domain import durations
from oms_app.domain.errors import NotFound
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.rollups import (
    DUE_LATE,
    DUE_ON_TIME,
    DUE_WAITING,
    IN_STAGE,
    PAST_PROCESSING,
    STAGE_SLOTS,
    Counts,
    Kind,
)

Sums = Mapping[tuple[Kind, int], Counts]
"""Cells of one group, by kind and slot, in one currency where they hold money."""

P50, P90 = 0.5, 0.9


class Unit(StrEnum):
    """What a value is measured in."""

    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    SECONDS = "seconds"


class By(StrEnum):
    """What a metric can be split by."""

    TIME = "time"
    CHANNEL = "channel"
    LOCATION = "location"
    STAGE = "stage"
    WEEKDAY_HOUR = "weekday_hour"
    PRODUCT = "product"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the registry.

    value    the number, from the cells of a group; None where nothing can be said
    counted  how many orders the list behind the number holds
    listed   the search that finds them, beside the period and the filters
    upper    the second number of a duration: its 90th percentile
    better   1 where more is better, -1 where less is, 0 where it depends
    dated    the search word of the period: when orders were placed, or when they had to ship
    hourly   whether the counts by hour of placement are enough to tell it
    snapshot whether it speaks of now, whatever the period
    """

    name: str
    title: str
    unit: Unit
    definition: str
    aggregation: str
    kinds: tuple[Kind, ...]
    by: tuple[By, ...]
    value: Callable[[Sums], float | None]
    counted: Callable[[Sums], int]
    listed: str = ""
    upper: Callable[[Sums], float | None] | None = None
    better: int = 0
    dated: str = "placed"
    hourly: bool = False
    snapshot: bool = False


def orders_in(sums: Sums, *stages: Stage) -> int:
    """Orders that stand in one of the stages; in any where none is named."""
    return _total(sums, 0, stages)


def gross_in(sums: Sums, *stages: Stage) -> int:
    """Total of the orders that stand in one of the stages, minor units."""
    return _total(sums, 2, stages)


def histogram(sums: Sums, kind: Kind) -> dict[int, tuple[int, int]]:
    """Durations of a kind as `durations.percentile` reads them."""
    return {slot: (counts[0], counts[2]) for (of, slot), counts in sums.items() if of is kind}


def _total(sums: Sums, position: int, stages: tuple[Stage, ...]) -> int:
    wanted = {STAGE_SLOTS[stage] for stage in stages or Stage}
    return sum(counts[position] for (kind, slot), counts in sums.items() if kind is Kind.STAGE and slot in wanted)


def _units(sums: Sums) -> int:
    return _total(sums, 1, ())


def _net(sums: Sums) -> int:
    refunded = sum(counts[2] for (kind, _), counts in sums.items() if kind is Kind.REFUND)
    return gross_in(sums) - gross_in(sums, Stage.CANCELLED) - refunded


def _average(sums: Sums) -> float | None:
    placed = orders_in(sums)
    return gross_in(sums) / placed if placed else None


def _cancelled(sums: Sums) -> float | None:
    placed = orders_in(sums)
    return orders_in(sums, Stage.CANCELLED) / placed if placed else None


def _due(sums: Sums, *slots: int) -> int:
    return sum(sums.get((Kind.DUE, slot), (0, 0, 0))[0] for slot in slots)


def _on_time(sums: Sums) -> float | None:
    due = _due(sums, DUE_ON_TIME, DUE_LATE, DUE_WAITING)
    return _due(sums, DUE_ON_TIME) / due if due else None


def _percentile(kind: Kind, share: float) -> Callable[[Sums], float | None]:
    return lambda sums: durations.percentile(histogram(sums, kind), share)


def _known(kind: Kind) -> Callable[[Sums], int]:
    return lambda sums: sum(many for many, _ in histogram(sums, kind).values())


def _in_slots(kind: Kind, position: int) -> Callable[[Sums], int]:
    return lambda sums: sum(counts[position] for (of, _), counts in sums.items() if of is kind)


def _past(stages: tuple[Stage, ...]) -> str:
    return "status:" + ",".join(stages)


_SPLITS = (By.TIME, By.CHANNEL, By.LOCATION)
_DURATION = "Median and 90th percentile, from counts in buckets 26 % wide"

_ALL = (
    Metric(
        "orders",
        "Orders",
        Unit.COUNT,
        "Orders placed in the period, whatever became of them.",
        "Sum",
        (Kind.STAGE,),
        _SPLITS,
        orders_in,
        orders_in,
        better=1,
        hourly=True,
    ),
    Metric(
        "units",
        "Units",
        Unit.COUNT,
        "Units ordered in the period, on all lines of its orders.",
        "Sum",
        (Kind.STAGE,),
        _SPLITS,
        _units,
        orders_in,
        better=1,
        hourly=True,
    ),
    Metric(
        "gross",
        "Sales",
        Unit.MONEY,
        "Totals of all orders placed in the period, with tax and shipping, before cancellations and refunds.",
        "Sum, one currency at a time",
        (Kind.STAGE,),
        _SPLITS,
        gross_in,
        orders_in,
        better=1,
        hourly=True,
    ),
    Metric(
        "net",
        "Net sales",
        Unit.MONEY,
        "Totals of the orders placed in the period that are not cancelled, less what was refunded on them; "
        "what was only paid too much does not count.",
        "Sum, one currency at a time",
        (Kind.STAGE, Kind.REFUND),
        _SPLITS,
        _net,
        lambda sums: orders_in(sums) - orders_in(sums, Stage.CANCELLED),
        listed="-status:cancelled",
        better=1,
    ),
    Metric(
        "aov",
        "Average order value",
        Unit.MONEY,
        "Sales divided by orders, of the orders in one currency.",
        "Ratio of sums, one currency at a time",
        (Kind.STAGE,),
        _SPLITS,
        _average,
        orders_in,
        better=1,
        hourly=True,
    ),
    Metric(
        "processing_time",
        "Order processing time",
        Unit.SECONDS,
        "Time an order spent in Placed and Processing before it was ready to pick, rework included; of the orders "
        "placed in the period that are ready or further.",
        _DURATION,
        (Kind.PROCESSING,),
        _SPLITS,
        _percentile(Kind.PROCESSING, P50),
        _known(Kind.PROCESSING),
        listed=f"left:placed {_past(PAST_PROCESSING)}",
        upper=_percentile(Kind.PROCESSING, P90),
        better=-1,
    ),
    Metric(
        "fulfilment_time",
        "Fulfilment time",
        Unit.SECONDS,
        "Time an order spent in Ready, Picking and Packed before it shipped, rework included; of the orders placed in "
        "the period that have shipped.",
        _DURATION,
        (Kind.FULFILMENT,),
        _SPLITS,
        _percentile(Kind.FULFILMENT, P50),
        _known(Kind.FULFILMENT),
        listed="left:packed status:shipped,delivered",
        upper=_percentile(Kind.FULFILMENT, P90),
        better=-1,
    ),
    Metric(
        "delivery_time",
        "Delivery time",
        Unit.SECONDS,
        "Time from shipped to delivered; of the orders placed in the period that were delivered.",
        _DURATION,
        (Kind.DELIVERY,),
        _SPLITS,
        _percentile(Kind.DELIVERY, P50),
        _known(Kind.DELIVERY),
        listed="left:shipped",
        upper=_percentile(Kind.DELIVERY, P90),
        better=-1,
    ),
    Metric(
        "on_time_ship_rate",
        "On-time shipping",
        Unit.SHARE,
        "Share of the orders due in the period that shipped by their ship-by time. Due are orders whose ship-by time "
        "has passed, or that shipped before it; cancelled ones are left out. The list holds those that missed it.",
        "Ratio of sums",
        (Kind.DUE,),
        _SPLITS,
        _on_time,
        lambda sums: _due(sums, DUE_LATE, DUE_WAITING),
        listed="is:late",
        better=1,
        dated="ship_by",
    ),
    Metric(
        "cancellation_rate",
        "Cancellation rate",
        Unit.SHARE,
        "Share of the orders placed in the period that are cancelled by now. The list holds the cancelled ones.",
        "Ratio of sums",
        (Kind.STAGE,),
        _SPLITS,
        _cancelled,
        lambda sums: orders_in(sums, Stage.CANCELLED),
        listed="status:cancelled",
        better=-1,
    ),
    Metric(
        "backlog",
        "Backlog",
        Unit.COUNT,
        "Orders that are still in the building at this moment: placed, processing, ready, picking or packed. Its age "
        "is the number of calendar days since they were placed.",
        "Snapshot of now",
        (Kind.STAGE,),
        (By.AGE, By.STAGE),
        lambda sums: orders_in(sums, *OPEN_STAGES),
        lambda sums: orders_in(sums, *OPEN_STAGES),
        listed="status:open",
        better=-1,
        snapshot=True,
    ),
    Metric(
        "stage_dwell",
        "Time in stage",
        Unit.SECONDS,
        "Time an order spent in a stage over all its visits, of the orders placed in the period that have left it. "
        "Shipped ends with the delivery.",
        _DURATION,
        (*IN_STAGE.values(), Kind.DELIVERY),
        (By.STAGE,),
        lambda sums: durations.percentile(_any_duration(sums), P50),
        lambda sums: sum(many for many, _ in _any_duration(sums).values()),
        listed="left:{stage}",
        upper=lambda sums: durations.percentile(_any_duration(sums), P90),
        better=-1,
    ),
    Metric(
        "channel_mix",
        "Channel mix",
        Unit.SHARE,
        "Share of the period's orders that each channel brought.",
        "Ratio of sums",
        (Kind.STAGE,),
        (By.CHANNEL,),
        orders_in,
        orders_in,
    ),
    Metric(
        "peak_hours",
        "Peak hours",
        Unit.COUNT,
        "Orders by the weekday and the hour of the shop's clock at which they were placed.",
        "Sum",
        (Kind.HOUR,),
        (By.WEEKDAY_HOUR,),
        _in_slots(Kind.HOUR, 0),
        _in_slots(Kind.HOUR, 0),
    ),
    Metric(
        "top_products",
        "Top products",
        Unit.COUNT,
        "Units ordered of each product in the period. The list holds the orders that name it; charges such as postage "
        "are left out.",
        "Sum",
        (Kind.PRODUCT,),
        (By.PRODUCT,),
        _in_slots(Kind.PRODUCT, 1),
        _in_slots(Kind.PRODUCT, 0),
    ),
)
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
"""The registry, by name."""

DWELL_STAGES: Mapping[Stage, Kind] = {**IN_STAGE, Stage.SHIPPED: Kind.DELIVERY}
"""Stages whose time is measured, in the order of the flow."""

AGES: tuple[tuple[str, int, int | None], ...] = (
    ("Today", 0, 0),
    ("1 day", 1, 1),
    ("2 days", 2, 2),
    ("3–4 days", 3, 4),
    ("5–7 days", 5, 7),
    ("8–14 days", 8, 14),
    ("Over 14 days", 15, None),
)
"""Age groups of the backlog: title, youngest and oldest in calendar days since placement."""


def metric(name: str) -> Metric:
    """One metric. Raises NotFound."""
    if name not in METRICS:
        raise NotFound(f"There is no metric “{name}”.", details={"metrics": sorted(METRICS)})
    return METRICS[name]


def _any_duration(sums: Sums) -> dict[int, tuple[int, int]]:
    """The one histogram of a group that holds a single kind of duration."""
    return {slot: (counts[0], counts[2]) for (kind, slot), counts in sums.items() if kind >= Kind.PROCESSING}
