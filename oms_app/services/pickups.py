"""Which orders will miss today's courier: the promises and stage times of the shop, kept for some seconds."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from oms_app.db import engine
from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import pickups as rows
from oms_app.domain import clock, pickups
from oms_app.domain.pickups import Chance, Left, Outlook, StageTimes
from oms_app.domain.promises import ANYWHERE, Promises
from oms_app.settings import get_settings

KEPT_S = 5.0
"""So long another process may go on by the promises as they were."""

EVERY = timedelta(minutes=15)
HISTORY = timedelta(days=28)
MOST_LEFT = 2_000
"""Stage times come from so many orders at most, the newest that left within `HISTORY`."""


@dataclass(frozen=True)
class Known:
    """The promises with what the predictions need; the outlooks are worked out once a minute."""

    promises: Promises
    places: Mapping[int, str]
    times: StageTimes
    _outlooks: dict[int, tuple[Outlook, ...]] = field(default_factory=dict)

    def ship_by(self, placed_at: datetime, channel: str, service: str, location_id: int | None) -> datetime:
        """The promise of an order that is kept at this location."""
        place = self.places.get(location_id or 0, "")
        return self.promises.ship_by(placed_at, channel=channel, service=service, place=place, zone=_zone())

    def outlooks(self, now: datetime) -> tuple[Outlook, ...]:
        """The pickups of today that are still ahead."""
        minute = int(now.timestamp()) // 60
        if minute not in self._outlooks:
            if len(self._outlooks) > 3:
                self._outlooks.clear()
            self._outlooks[minute] = pickups.outlooks(self.promises, self.places, self.times, now, _zone())
        return self._outlooks[minute]


_kept: tuple[object, float, Known] | None = None


def known(tx: Connection) -> Known:
    """What is promised now."""
    global _kept
    now, shop = time.monotonic(), engine.engine()
    if _kept is None or _kept[0] is not shop or _kept[1] < now:
        _kept = (shop, now + KEPT_S, Known(*rows.kept(tx)))
    return _kept[2]


def missing(tx: Connection, now: datetime, location_id: int | None) -> int:
    """How many orders will miss the courier they must go with today."""
    ahead = known(tx).outlooks(now)
    return rows.count(tx, rows.missing(ahead, Chance.WILL_MISS, now), location_id) if ahead else 0


def forget() -> None:
    """Read the promises anew: they changed here."""
    global _kept
    _kept = None


def work_out_in_time() -> None:
    """Work the stage times out anew, not sooner than `EVERY` after the last time. The worker calls it."""
    with reading() as tx:
        at = (settings.setting(tx, rows.STAGE_TIMES) or {}).get("at")
    if at is None or datetime.now(UTC) - clock.from_ms(at) >= EVERY:
        work_out()


def work_out() -> StageTimes:
    """How long the orders that left lately took from each stage to the door."""
    now = datetime.now(UTC)
    with reading() as tx:
        found, places, _ = rows.kept(tx)
        left = rows.left_since(tx, now - HISTORY, MOST_LEFT)
    calendars = {each: found.places.get(code, ANYWHERE).calendar for each, code in places.items()}
    anywhere = ANYWHERE.calendar
    times = pickups.stage_times(
        (Left(row.shipped_at, calendars.get(row.location_id, anywhere), row[2:]) for row in left), _zone()
    )
    with transaction() as tx:
        settings.set_setting(tx, rows.STAGE_TIMES, {"at": clock.to_ms(now), "stages": pickups.write_times(times)})
    forget()
    return times


def _zone() -> ZoneInfo:
    return ZoneInfo(get_settings().timezone)
