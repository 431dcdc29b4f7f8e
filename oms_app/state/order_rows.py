"""Orders of a list as a browser shows them: money and moments written out, searched words marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from oms_app.domain import marks, moments, money
from oms_app.domain.lifecycle import LIFECYCLE, OPEN_STAGES
from oms_app.domain.marks import Part
from oms_app.domain.pickups import Chance, Forecast
from oms_app.domain.search import OrderRow
from oms_app.domain.sla import Sla
from oms_app.settings import get_settings

PAYMENTS = {
    "unpaid": "Unpaid",
    "authorised": "Authorised",
    "part_paid": "Part paid",
    "paid": "Paid",
    "part_refunded": "Part refunded",
    "refunded": "Refunded",
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One order of the list."""

    number: str
    version: int
    number_parts: list[Part]
    customer_parts: list[Part]
    place_parts: list[Part]
    stage: str
    stage_title: str
    sla: str
    ship_by: str
    total: str
    units: int
    channel: str
    payment: str
    flags: list[str]
    placed: str
    demo: bool


def pickup_words(forecast: Forecast | None) -> str:
    """What an order will miss, or may: Misses 17:00."""
    if forecast is None or forecast.chance is None:
        return ""
    at = moments.show_time(forecast.at, ZoneInfo(get_settings().timezone))
    return f"Misses {at}" if forecast.chance is Chance.WILL_MISS else f"May miss {at}"


def list_row(row: OrderRow, searched: Sequence[str], now: datetime, zone: ZoneInfo) -> ListRow:
    """The order with the searched words marked."""
    misses = pickup_words(row.forecast)
    flags = [
        *(["On hold"] if row.holds else []),
        *([misses] if misses else []),
        *([f"{row.shortfall} short"] if row.shortfall else []),
    ]
    return ListRow(
        number=row.number,
        version=row.version,
        number_parts=marks.parts(row.number, searched),
        customer_parts=marks.parts(row.customer or "Guest", searched),
        place_parts=marks.parts(", ".join(filter(None, (row.city, row.state))), searched),
        stage=row.stage,
        stage_title=LIFECYCLE[row.stage].title,
        sla=row.sla if row.sla is not Sla.OK else "",
        ship_by=moments.until(row.ship_by, now) if row.ship_by and row.stage in OPEN_STAGES else "",
        total=money.show(row.total, row.currency),
        units=row.units,
        channel=row.channel_title,
        payment="Cash on delivery" if row.payment_method == "cod" else PAYMENTS[row.payment_status],
        flags=[*flags, *(["B2B"] if row.b2b else []), *row.tags, *([f"For {row.assignee}"] if row.assignee else [])],
        placed=moments.show(row.placed_at, zone),
        demo=row.demo,
    )
