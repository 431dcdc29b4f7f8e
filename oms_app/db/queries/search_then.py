"""What orders were at an earlier moment, so that a list opened from a figure holds what the figure counted.

A figure names the moment it speaks of (`until`). Orders that moved or arrived since are few: they are read with their
timelines, and the conditions on stage and promise are answered for them as they stood then.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, not_, select

from oms_app.db.engine import is_sqlite
from oms_app.db.queries.orders import order
from oms_app.db.queries.search_pieces import Piece, either, every, of_ids, one_of
from oms_app.db.tables.spine import Event
from oms_app.domain.lifecycle import OPEN_STAGES, Stage

MOST_CHANGED = 20_000
"""Beyond so many changes a figure is history: its list shows the orders as they are now."""

_event = Event.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Stood:
    """An order at that moment: its stage (empty: not here yet) and since when, the stages it had left, its promise."""

    stage: str
    left: frozenset[str]
    ship_by: datetime | None
    shipped_at: datetime | None
    entered: datetime | None
    location_id: int | None

    def is_late(self, now: datetime) -> bool:
        """Still here past its ship-by time, or shipped after it."""
        overdue = self.stage in OPEN_STAGES and self.ship_by is not None and self.ship_by < now
        return overdue or self.shipped_late

    def is_due(self, now: datetime, near: datetime) -> bool:
        """Still here, and to be shipped soon."""
        return self.stage in OPEN_STAGES and self.ship_by is not None and now <= self.ship_by <= near

    @property
    def shipped_late(self) -> bool:
        """Left after its ship-by time."""
        return bool(self.ship_by and self.shipped_at and self.shipped_at > self.ship_by)

    @property
    def on_time(self) -> bool:
        """Left by its ship-by time."""
        return bool(self.ship_by and self.shipped_at and self.shipped_at <= self.ship_by)


class Then:
    """The shop at the end of the second of `until`; the shop of now where there is none."""

    def __init__(self, tx: Connection, until: datetime | None):
        self.tx = tx
        self.end = until.replace(microsecond=0) + timedelta(seconds=1) if until else None

    def corrected(self, piece: Piece, held: Callable[[Stood], bool]) -> Piece:
        """A piece about now, made true of then: for the orders that changed since, `held` decides."""
        if not self._changed:
            return piece
        then = of_ids((each for each, stood in self._changed.items() if held(stood)), sqlite=is_sqlite(self.tx))
        return either([every([piece, self._unchanged(self._changed)]), then])

    def without_arrivals(self, piece: Piece) -> Piece:
        """A piece without the orders that reached us later, though they were placed before."""
        later = [order_id for order_id, stood in self._changed.items() if not stood.stage]
        return every([piece, self._unchanged(later)]) if later else piece

    def _unchanged(self, ids: Iterable[int]) -> Piece:
        return Piece(not_(one_of(order.c.id, ids, sqlite=is_sqlite(self.tx))))

    @cached_property
    def _changed(self) -> dict[int, Stood]:
        """Orders that moved or arrived since, as they stood."""
        if self.end is None:
            return {}
        # Every stage is named so that the index on (stage, stage_at) finds the few.
        recent = select(order.c.id, order.c.ship_by, order.c.shipped_at, order.c.location_id).where(
            order.c.stage.in_(list(Stage)), order.c.stage_at >= self.end
        )
        rows = list(self.tx.execute(recent.limit(MOST_CHANGED)))
        if not rows:
            return {}
        timelines: dict[int, list[Any]] = {row.id: [] for row in rows}
        mine = one_of(_event.c.order_id, timelines, sqlite=is_sqlite(self.tx))
        told = select(_event.c.order_id, _event.c.kind, _event.c.before, _event.c.after, _event.c.at)
        for event in self.tx.execute(told.where(mine, _event.c.kind.in_(("placed", "moved"))).order_by(_event.c.id)):
            timelines[event.order_id].append(event)
        return {row.id: self._stood(row, timelines[row.id]) for row in rows}

    def _stood(self, row: Any, timeline: list[Any]) -> Stood:
        known = [event for event in timeline if event.at < self.end]
        moves = [event for event in known if event.kind == "moved"]
        stage = known[-1].after.get("stage", Stage.PLACED) if known else ""
        shipped_at = row.shipped_at if row.shipped_at and row.shipped_at < self.end else None
        left, entered = frozenset(event.before["stage"] for event in moves), known[-1].at if known else None
        return Stood(stage, left, row.ship_by, shipped_at, entered, row.location_id)
