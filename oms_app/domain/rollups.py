"""What one order adds to the counted cells behind the charts: a pure function of the order as it stands.

A cell is a count of orders, their units and an amount, for one day, channel, location and currency, in a slot of a
`Kind`. The rollups are the sum of `cells(order)` over all orders, so a change adds `cells(after) - cells(before)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from oms_app.domain import durations
from oms_app.domain.days import day_of, weekday
from oms_app.domain.lifecycle import OPEN_STAGES, Stage


class Kind(IntEnum):
    """What a cell counts, and what its slot means. Days are those of placement, except for DUE."""

    STAGE = 1
    """Orders by the stage they stand in now; amount is their total. Slot: STAGE_SLOTS."""
    HOUR = 2
    """Orders by weekday and hour of placement. Slot: weekday * 24 + hour."""
    DUE = 3
    """Orders that had to ship, by the day of their ship-by time, without cancelled ones. Slot: DUE_…"""
    REFUND = 4
    """Orders that are not cancelled and were refunded in part or whole; amount is what went back,
    without what was only paid too much: the total says that already."""
    PRODUCT = 5
    """Orders, units and line totals by product. Slot: product id."""
    PROCESSING = 10
    """Time spent in Placed and Processing, of orders that are past them. Slot: durations.bucket; amount in seconds."""
    FULFILMENT = 11
    """Time spent in Ready, Picking and Packed, of orders that have shipped."""
    DELIVERY = 12
    """Time from shipped to delivered."""
    IN_PLACED = 20
    """Time spent in Placed, of orders that have left it at least once; likewise the next four."""
    IN_PROCESSING = 21
    IN_READY = 22
    IN_PICKING = 23
    IN_PACKED = 24


STAGE_SLOTS: Mapping[Stage, int] = {stage: slot for slot, stage in enumerate(Stage)}
DUE_WAITING, DUE_ON_TIME, DUE_LATE = 0, 1, 2
IN_STAGE: Mapping[Stage, Kind] = dict(
    zip(OPEN_STAGES, (Kind.IN_PLACED, Kind.IN_PROCESSING, Kind.IN_READY, Kind.IN_PICKING, Kind.IN_PACKED), strict=True)
)
DURATIONS = (Kind.PROCESSING, Kind.FULFILMENT, Kind.DELIVERY, *IN_STAGE.values())
PAST_PROCESSING = (Stage.READY, Stage.PICKING, Stage.PACKED, Stage.SHIPPED, Stage.DELIVERED)
GONE = (Stage.SHIPPED, Stage.DELIVERED)


class LineFacts(Protocol):
    """What the rollups need of an order line. `total` in minor units; a line without a product counts nowhere."""

    product_id: int | None
    quantity: int
    total: int


@dataclass(slots=True)
class LineSums:
    """LineFacts of a writer that has them at hand."""

    product_id: int | None
    quantity: int
    total: int


class OrderFacts(Protocol):
    """What the rollups need of an order: any row or value with these fields of the orders table will do."""

    id: int
    channel_id: int
    location_id: int | None
    stage: str
    stage_at: datetime
    placed_at: datetime
    ship_by: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    currency: str
    total: int
    refunded: int
    refunded_excess: int
    units: int


@dataclass(frozen=True, slots=True)
class Dwell:
    """Whole seconds an order has spent in each open stage over its finished visits; None: it never left that stage.

    The first visit of Placed begins with the placement, also where the order reached us later.
    """

    placed: int | None = None
    processing: int | None = None
    ready: int | None = None
    picking: int | None = None
    packed: int | None = None

    def leaving(self, stage: str, seconds: int) -> "Dwell":
        """The dwell after a visit of `stage` ended."""
        values = {open_stage.value: getattr(self, open_stage.value) for open_stage in OPEN_STAGES}
        values[stage] = (values[stage] or 0) + max(seconds, 0)
        return Dwell(**values)


class Cell(NamedTuple):
    """The key of a count."""

    kind: int
    channel_id: int
    location_id: int
    day: int
    slot: int
    currency: str


Counts = tuple[int, int, int]
"""Orders, units, amount (minor units, or seconds for a duration)."""

FIELDS = (*Cell._fields, "orders", "units", "amount")


def cells(order: OrderFacts, dwell: Dwell, zone: ZoneInfo) -> dict[Cell, Counts]:
    """Everything this order counts towards, its lines aside."""
    local = order.placed_at.astimezone(zone)
    day = day_of(order.placed_at, zone)
    channel, location, currency = order.channel_id, order.location_id or 0, order.currency
    sums = (1, order.units, order.total)
    found: dict[Cell, Counts] = {
        Cell(Kind.STAGE, channel, location, day, STAGE_SLOTS[Stage(order.stage)], currency): sums,
        Cell(Kind.HOUR, channel, location, day, weekday(day) * 24 + local.hour, currency): sums,
    }
    if (slot := _due(order)) is not None and order.ship_by:
        found[Cell(Kind.DUE, channel, location, day_of(order.ship_by, zone), slot, "")] = (1, 0, 0)
    if (refunded := order.refunded - order.refunded_excess) and order.stage != Stage.CANCELLED:
        found[Cell(Kind.REFUND, channel, location, day, 0, currency)] = (1, 0, refunded)
    for kind, seconds in spans(order, dwell).items():
        found[Cell(kind, channel, location, day, durations.bucket(seconds), "")] = (1, 0, seconds)
    return found


def product_cells(order: OrderFacts, lines: Sequence[LineFacts], zone: ZoneInfo) -> dict[Cell, Counts]:
    """What the order's lines count towards; an article on two lines of one order counts that order once."""
    day, found = day_of(order.placed_at, zone), dict[Cell, Counts]()
    for line in lines:
        if line.product_id is None:
            continue
        cell = Cell(Kind.PRODUCT, order.channel_id, order.location_id or 0, day, line.product_id, order.currency)
        _, units, amount = found.get(cell, (1, 0, 0))
        found[cell] = (1, units + line.quantity, amount + line.total)
    return found


def spans(order: OrderFacts, dwell: Dwell) -> dict[Kind, int]:
    """Every duration of the order that is known, in whole seconds."""
    found: dict[Kind, int] = {}
    for stage, kind in IN_STAGE.items():
        seconds = getattr(dwell, stage.value)
        if seconds is not None:
            found[kind] = seconds
    if order.stage in PAST_PROCESSING and dwell.placed is not None:
        found[Kind.PROCESSING] = dwell.placed + (dwell.processing or 0)
    if order.stage in GONE and dwell.packed is not None:
        found[Kind.FULFILMENT] = (dwell.ready or 0) + (dwell.picking or 0) + dwell.packed
    if order.delivered_at and order.shipped_at:
        found[Kind.DELIVERY] = max(seconds_between(order.shipped_at, order.delivered_at), 0)
    return found


def seconds_between(earlier: datetime, later: datetime) -> int:
    """Whole seconds of the milliseconds between two moments, as the database computes them."""
    return (round(later.timestamp() * 1000) - round(earlier.timestamp() * 1000)) // 1000


def _due(order: OrderFacts) -> int | None:
    if order.ship_by is None or order.stage == Stage.CANCELLED:
        return None
    if order.shipped_at:
        return DUE_ON_TIME if order.shipped_at <= order.ship_by else DUE_LATE
    return DUE_WAITING if order.stage in OPEN_STAGES else None
