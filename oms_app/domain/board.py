"""The board as values: columns of cards, with what each column adds up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oms_app.domain.lifecycle import Stage
from oms_app.domain.pickups import Forecast
from oms_app.domain.sla import Sla

CARDS = 50
"""Cards a column shows before “Show 50 more”."""

DELIVERED_FOR = timedelta(hours=24)
"""How long a delivered order stays on the board."""


class Side(StrEnum):
    """A column beside the flow, closed until somebody looks: orders of any stage that wait for a decision."""

    HELD = "held"
    RETURNS = "returns"


class Lane(StrEnum):
    """What splits every column into lanes, one below the other."""

    CHANNEL = "channel"
    LOCATION = "location"
    PAYMENT = "payment"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"


SIDES: Mapping[Side, str] = {Side.HELD: "is:held", Side.RETURNS: "has:return"}
"""What stands in each side column, as a search."""


@dataclass(frozen=True, slots=True)
class Card:
    """One order on the board. Money in minor units of `currency`.

    why       what its priority adds up from      forecast  how it stands against the pickup it must go with today
    owed      what must be paid before it is picked, ready to read
    held_for  why it waits, in somebody's words; read for the side columns only
    """

    id: int
    number: str
    version: int
    stage: Stage
    stage_at: datetime
    placed_at: datetime
    ship_by: datetime | None
    sla: Sla
    priority: int
    customer: str
    city: str
    total: int
    currency: str
    units: int
    channel: str
    channel_title: str
    location: str
    payment_method: str
    payment_status: str
    holds: int
    shortfall: int
    parcels: int
    b2b: bool
    demo: bool
    why: str = ""
    forecast: Forecast | None = None
    owed: str = ""
    held_for: str = ""
    tags: tuple[str, ...] = ()
    assignee: str = ""

    @property
    def in_the_way(self) -> int:
        """What is in the way of its next move: nothing 0, a hold 1, units that wait for stock 2."""
        if self.holds:
            return 1
        return 2 if self.shortfall and not self.parcels else 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What a column adds up to: orders, money by currency (most orders first), and how they stand."""

    count: int = 0
    totals: tuple[tuple[str, int], ...] = ()
    on_time: int = 0
    due: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its first cards; `next_cursor` continues the column, None at its end."""

    stage: Stage
    totals: Totals
    cards: tuple[Card, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SideColumn:
    """A side column: how many orders, and the first of them by ship-by time."""

    side: Side
    count: int
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class BoardView:
    """Every column at one moment, with the last event the picture includes."""

    columns: tuple[Column, ...]
    event_id: int
    at: datetime
