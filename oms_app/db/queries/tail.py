"""Following the spine without stepping over an event that commits after a later one.

PostgreSQL gives an id before its transaction commits, so a reader can see 7 before 6. The tail remembers 6 as a gap,
with a transaction number above all that were running when it was missed, and gives it up only when every lower one has
ended: then 6 is visible, or was rolled back and will never be. SQLite's writers are alone: there the ids have no gaps.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, or_, select, text

from oms_app.db.engine import is_sqlite
from oms_app.db.queries import events
from oms_app.db.tables.spine import Event

_id = Event.__table__.c.id  # type: ignore[attr-defined]

_NEAR = 10_000
"""Ids below the newest one that may still be open when a tail begins."""

_AT_LEAST_S = 2.0
"""A gap is kept this long in any case: between taking its id and being numbered, a transaction cannot be seen."""


@dataclass(frozen=True, slots=True)
class _Gap:
    """Ids that were not there: `until` is above every transaction that ran then, `since` a monotonic time."""

    first: int
    last: int
    until: int
    since: float


class Tail:
    """A place on the spine. `read` hands out every event after it once; what fails leaves the place as it was."""

    def __init__(self, tx: Connection, position: int | None = None):
        self.position = events.last_id(tx) if position is None else position
        self._gaps: list[_Gap] = []
        if not is_sqlite(tx):
            start = max(self.position - _NEAR, 0)
            known = tx.scalars(select(_id).where(_id > start, _id <= self.position).order_by(_id)).all()
            self._gaps = _missing(start, known, _next_transaction(tx))

    @property
    def safe(self) -> int:
        """Where somebody may begin who knows nothing of this one: before everything that may still become visible."""
        return min((gap.first - 1 for gap in self._gaps), default=self.position)

    def read(self, tx: Connection, limit: int = 1_000) -> list[Any]:
        """Events that became visible since the last call: first those that were late, then the new ones."""
        if is_sqlite(tx):
            fresh = events.after(tx, self.position, limit)
            self.position = fresh[-1].id if fresh else self.position
            return fresh
        # The order matters: a transaction that had ended before `oldest` was asked for shows its rows in `late`, and
        # whoever took an id below those in `fresh` has a lower number than `next_`, asked for afterwards.
        oldest = _oldest_transaction(tx) if self._gaps else 0
        late = self._late(tx, limit)
        fresh = events.after(tx, self.position, limit)
        gaps = self._gaps if len(late) == limit else [gap for gap in self._gaps if not _is_over(gap, oldest)]
        gaps = [part for gap in gaps for part in _without(gap, late)]
        ids = [row.id for row in fresh]
        if missing := _missing(self.position, ids, 0):
            next_ = _next_transaction(tx)
            gaps += [_Gap(gap.first, gap.last, next_, gap.since) for gap in missing]
        self._gaps, self.position = gaps, ids[-1] if ids else self.position
        return late + fresh

    def behind(self, tx: Connection) -> int:
        """About how many events there are beyond this place."""
        return max(int(tx.scalar(select(func.max(_id))) or 0) - self.position, 0)

    def _late(self, tx: Connection, limit: int) -> list[Any]:
        if not self._gaps:
            return []
        return events.visible(tx, or_(*(_id.between(gap.first, gap.last) for gap in self._gaps)), limit)


def _missing(position: int, ids: Iterable[int], until: int) -> list[_Gap]:
    now, gaps = time.monotonic(), []
    for each in ids:
        if each > position + 1:
            gaps.append(_Gap(position + 1, each - 1, until, now))
        position = each
    return gaps


def _without(gap: _Gap, rows: Sequence[Any]) -> Iterator[_Gap]:
    """What is left of a gap when these rows (in order) were found."""
    first = gap.first
    for row in rows:
        if first <= row.id <= gap.last:
            if row.id > first:
                yield _Gap(first, row.id - 1, gap.until, gap.since)
            first = row.id + 1
    if first <= gap.last:
        yield _Gap(first, gap.last, gap.until, gap.since)


def _is_over(gap: _Gap, oldest: int) -> bool:
    return gap.until <= oldest and time.monotonic() - gap.since >= _AT_LEAST_S


def _oldest_transaction(tx: Connection) -> int:
    """The oldest transaction that still runs; every earlier one has ended."""
    return int(tx.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")) or 0)


def _next_transaction(tx: Connection) -> int:
    """A transaction above every one that has begun to write: our own, numbered now.

    The snapshot's xmax would not do: it follows the last one that *ended*, and others may be running above it.
    """
    return int(tx.scalar(text("SELECT pg_current_xact_id()::text")) or 0)
