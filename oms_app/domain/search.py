"""Searching as values: from whose eyes and at which moment, and what comes back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from oms_app.domain.lifecycle import Stage
from oms_app.domain.pickups import Forecast
from oms_app.domain.sla import Sla

MOST_COUNTED = 10_000
"""Where a count stops unless it has to be exact: people read “10,000+”."""

MOST_IN_QUEUE = 1_000
"""Where the count of a queue stops."""


class Sort(StrEnum):
    """An order of the list; a minus is the last first."""

    NEWEST = "-placed"
    OLDEST = "placed"
    DEAREST = "-total"
    CHEAPEST = "total"
    SHIP_FIRST = "ship_by"
    SHIP_LAST = "-ship_by"
    CHANGED_LAST = "-updated"
    CHANGED_FIRST = "updated"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose eyes a query is read with, and when.

    until  the instant a figure spoke of: later orders are not counted, and relative times are measured from it
    """

    now: datetime
    zone: ZoneInfo
    sees_customers: bool = True
    user_id: int | None = None
    location_id: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list. Money in minor units of `currency`."""

    id: int
    number: str
    version: int
    stage: Stage
    placed_at: datetime
    ship_by: datetime | None
    sla: Sla
    forecast: Forecast | None
    priority: int
    customer: str
    city: str
    state: str
    channel: str
    channel_title: str
    total: int
    currency: str
    units: int
    payment_method: str
    payment_status: str
    holds: int
    shortfall: int
    b2b: bool
    demo: bool
    tags: tuple[str, ...]
    assignee: str


@dataclass(frozen=True, slots=True)
class Page:
    """A keyset page of orders; `next_cursor` continues it, None at the end."""

    rows: tuple[OrderRow, ...]
    next_cursor: str | None
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many orders match; where `more`, at least that many."""

    number: int
    more: bool = False

    @classmethod
    def up_to(cls, most: int, found: int) -> "Count":
        """A count that looked at one more than `most`."""
        return cls(min(found, most), found > most)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A filter that hides orders: without it, `rest` finds `count`."""

    filter: str
    count: Count
    rest: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One suggestion: `kind` is order, customer or sku; choosing it goes to `href`."""

    kind: str
    key: str
    title: str
    detail: str
    href: str


@dataclass(frozen=True, slots=True)
class Group:
    """Suggestions of one kind under their title."""

    title: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """A way to finish the word at the caret: `text` is the whole input after choosing it.

    count  orders it would find, None where that says nothing; where `more`, at least that many
    """

    text: str
    label: str
    count: int | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search somebody named."""

    id: int
    name: str
    query: str
