"""Which orders a number speaks of: a search, read as channels and locations where rollups know them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from oms_app.db.queries import metrics as rows
from oms_app.domain import days
from oms_app.domain.metrics import Metric
from oms_app.domain.periods import FIRST, Period
from oms_app.domain.permissions import Actor
from oms_app.domain.query import Match, Node, Not, Query, all_of, parse
from oms_app.services import search
from oms_app.settings import get_settings

UNALLOCATED = "none"
"""What `location:` says of an order that no location keeps stock for."""

_NOWHERE = -1
_read = lru_cache(maxsize=4_096)(parse)
"""Terms come back with every point and every reading."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A resolved search. `query` is what every list behind a number begins with."""

    source: rows.Source
    query: Query
    channels: tuple[Any, ...]
    locations: tuple[Any, ...]

    @property
    def today(self) -> date:
        """The shop's calendar day of `until`."""
        return days.as_date(days.day_of(self.source.until, self.source.zone))

    def search(self, metric: Metric, period: Period | None, *terms: str) -> str:
        """The search that lists the orders behind a number of the metric."""
        parts = [_read(term) for term in terms if term]
        if period:
            last = min(period.last, self.today)
            ends = f"{last}" if period.first == last else f"{period.first}..{last}"
            ends = f"<={last}" if period.first <= FIRST else ends
            parts.insert(0, _read(f"{metric.dated}:{ends}"))
        return str(all_of(self.query, *parts))


def resolve(tx: Connection, actor: Actor, q: str) -> Scope:
    """Read a search as this actor may see it, as of now."""
    zone = ZoneInfo(get_settings().timezone)
    now = datetime.now(UTC)
    until = now.replace(microsecond=now.microsecond // 1000 * 1000)
    query = parse(q)
    all_channels, all_locations = rows.channels(tx), rows.locations(tx)
    names = {row.name: row.id for row in all_channels}
    places = {row.code.lower(): row.id for row in all_locations} | {UNALLOCATED: 0}
    channels, rest = _narrowed("channel", query.items, names)
    locations, rest = _narrowed("location", rest, places)
    if actor.location_id is not None:
        mine = locations is None or actor.location_id in locations
        locations = (actor.location_id if mine else _NOWHERE,)
    where = search.condition(tx, actor, str(all_of(*rest)), until=until) if rest else None
    source = rows.Source(zone, until, channels, locations, where)
    return Scope(source, query, tuple(all_channels), tuple(all_locations))


def _narrowed(
    field: str, items: Sequence[Node], ids: dict[str, int]
) -> tuple[tuple[int, ...] | None, tuple[Node, ...]]:
    """(ids that `field:` leaves, None for all of them; the items that say something else)."""
    left: set[int] | None = None
    rest: list[Node] = []
    for item in items:
        match = item.item if isinstance(item, Not) else item
        values = [value.lower() for value in match.values] if isinstance(match, Match) and match.field == field else []
        if not values or not ids.keys() >= set(values):
            rest.append(item)
            continue
        named, known = {ids[value] for value in values}, set(ids.values()) if left is None else left
        left = known - named if isinstance(item, Not) else known & named
    return (None if left is None else tuple(sorted(left)) or (_NOWHERE,)), tuple(rest)
