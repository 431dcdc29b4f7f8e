"""Which orders will miss today's courier: predicted from how long this shop's orders take from each stage to the door.

For each open stage the shop knows, from the orders that left lately, the working time from entering the stage until
leaving the building: half of the orders needed less than `half`, nine of ten less than `most`. An order that entered
its stage at E is expected at E plus that time, but not before now plus what the following stages take.
docs/algorithms/pickups.md has worked numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from math import ceil

from oms_app.domain import working_time
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.promises import ANYWHERE, Due, Promises, ahead_today
from oms_app.domain.working_time import Calendar

ENOUGH = 30
"""Orders that must have left a stage before anything is predicted from it."""


class Chance(StrEnum):
    """Why to worry: half of such orders do not make their pickup, or at least one in ten does not."""

    WILL_MISS = "will_miss"
    MAY_MISS = "may_miss"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The pickup of today an order must go with, whether there is history to judge by, and what it will miss."""

    at: datetime
    known: bool
    chance: Chance | None


@dataclass(frozen=True, slots=True)
class StageTime:
    """Working seconds from entering a stage until leaving the building, over so many orders."""

    orders: int
    half: int
    most: int

    @property
    def known(self) -> bool:
        """Whether there is enough history to predict from."""
        return self.orders >= ENOUGH


StageTimes = Mapping[Stage, StageTime]


@dataclass(frozen=True, slots=True)
class Left:
    """An order that left: when, where from, and whole seconds spent in each open stage (None: it never was there)."""

    shipped_at: datetime
    calendar: Calendar
    stays: Sequence[int | None]


def stage_times(left: Iterable[Left], zone: tzinfo) -> dict[Stage, StageTime]:
    """What the orders that left lately say about each stage."""
    samples: dict[Stage, list[int]] = {stage: [] for stage in OPEN_STAGES}
    for order in left:
        entered = order.shipped_at
        for stage, stay in zip(reversed(OPEN_STAGES), reversed(order.stays), strict=True):
            if stay is not None:
                entered -= timedelta(seconds=stay)
                worked = working_time.between(order.calendar, entered, order.shipped_at, zone)
                samples[stage].append(int(worked.total_seconds()))
    return {
        stage: StageTime(len(found), _nearest_rank(found, 0.5), _nearest_rank(found, 0.9))
        for stage, found in samples.items()
        if found
    }


def _nearest_rank(values: list[int], share: float) -> int:
    return sorted(values)[ceil(share * len(values)) - 1]


@dataclass(frozen=True, slots=True)
class Limit:
    """The last moments from which an order of a stage makes a pickup: entered by `entered`, and it is not yet `now`."""

    entered: datetime
    now: datetime

    def missed(self, entered: datetime, now: datetime) -> bool:
        """Whether an order that entered its stage then comes too late."""
        return entered > self.entered or now > self.now


@dataclass(frozen=True, slots=True)
class Outlook:
    """A pickup of today at a location, and for each stage with enough history how late is too late."""

    location_id: int
    due: Due
    limits: Mapping[Stage, Mapping[Chance, Limit]]

    def chance(self, stage: Stage, entered: datetime, now: datetime) -> Chance | None:
        """Whether an order that must go with it will be there; None where it will, or where nobody can say."""
        limits = self.limits.get(stage, {})
        return next((chance for chance, limit in limits.items() if limit.missed(entered, now)), None)


def outlooks(
    promises: Promises, locations: Mapping[int, str], times: StageTimes, now: datetime, zone: tzinfo
) -> tuple[Outlook, ...]:
    """Today's pickups that are still ahead, at every location (id → code)."""
    found = []
    for location_id, code in locations.items():
        place = promises.places.get(code, ANYWHERE)
        for due in ahead_today(place, now, zone):
            limits = {
                stage: {
                    chance: _limit(place.calendar, due.at, stage, times, chance, zone)
                    for chance in (Chance.WILL_MISS, Chance.MAY_MISS)
                }
                for stage in OPEN_STAGES
                if stage in times and times[stage].known
            }
            found.append(Outlook(location_id, due, limits))
    return tuple(found)


def _limit(
    calendar: Calendar, pickup: datetime, stage: Stage, times: StageTimes, chance: Chance, zone: tzinfo
) -> Limit:
    following = next(
        (times[each] for each in OPEN_STAGES[OPEN_STAGES.index(stage) + 1 :] if each in times and times[each].known),
        StageTime(0, 0, 0),
    )
    whole, rest = (
        timedelta(seconds=time.half if chance is Chance.WILL_MISS else time.most) for time in (times[stage], following)
    )
    return Limit(working_time.before(calendar, pickup, whole, zone), working_time.before(calendar, pickup, rest, zone))


def forecast(
    outlooks: Iterable[Outlook],
    stage: Stage,
    *,
    location_id: int | None,
    ship_by: datetime | None,
    entered: datetime,
    now: datetime,
) -> Forecast | None:
    """How an order stands against the pickup of today that it must go with; None where it need not leave today."""
    if location_id is None or ship_by is None or stage not in OPEN_STAGES:
        return None
    for each in outlooks:
        if each.location_id == location_id and each.due.takes(ship_by):
            return Forecast(each.due.at, stage in each.limits, each.chance(stage, entered, now))
    return None


def read_times(kept: Mapping[str, Sequence[int]] | None) -> dict[Stage, StageTime]:
    """The stage times as they were kept."""
    return {Stage(stage): StageTime(*numbers) for stage, numbers in (kept or {}).items()}


def write_times(times: StageTimes) -> dict[str, list[int]]:
    """The stage times as JSON."""
    return {str(stage): [each.orders, each.half, each.most] for stage, each in times.items()}
