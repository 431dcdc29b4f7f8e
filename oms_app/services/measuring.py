"""Works metrics out inside one reading: cells in, series out. Every point carries the search of its own list."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import metrics as rows
from oms_app.db.queries.metrics import Range
from oms_app.domain import days
from oms_app.domain.errors import Refused
from oms_app.domain.lifecycle import LIFECYCLE, OPEN_STAGES
from oms_app.domain.metrics import AGES, DWELL_STAGES, By, Metric, Unit
from oms_app.domain.periods import Compare, Period, Step, compared
from oms_app.domain.query_fields import FIELDS
from oms_app.domain.rollups import STAGE_SLOTS, Counts, Kind
from oms_app.domain.series import Point, Series
from oms_app.services.scope import UNALLOCATED, Scope
from oms_app.settings import get_settings

TOP = 10
MOST_SEARCHED = 100_000
"""Orders that a search other than by channel and location is counted over, one by one."""

WEEKDAYS = tuple(FIELDS["weekday"].choices)
_OPEN_SLOTS = tuple(STAGE_SLOTS[stage] for stage in OPEN_STAGES)
Sums = dict[tuple[Kind, int], Counts]


@dataclass
class Measuring:
    """One picture of the shop: a transaction, a scope, and what was read already."""

    tx: Connection
    scope: Scope
    period: Period
    how: Compare = Compare.NONE
    wanted_currency: str = ""
    _read: dict[Any, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.scope.source.where is None:
            return
        for period in filter(None, (self.period, compared(self.period, self.how))):
            if rows.matching(self.tx, self.scope.source, self._range(period), MOST_SEARCHED + 1) > MOST_SEARCHED:
                raise Refused(
                    f"More than {MOST_SEARCHED:,} orders of {period} match “{self.scope.query}”. Choose fewer days, or "
                    "filter by channel: and location: alone, which are counted in advance.",
                    code="too_many_to_count",
                )

    def total(self, metric: Metric) -> Series:
        """The metric as one number, held against the compared period."""
        if metric.snapshot:
            return self._series(metric, None, self._whole_backlog(metric), (), None)
        against = compared(self.period, self.how)
        now = self._sums(metric, self.period)
        total = self._point(metric, "", str(self.period), now, self.period)
        if against:
            before = self._sums(metric, against, cut=self._same_time(against))
            total = replace(total, compared=metric.value(before))
        return self._series(metric, None, total, (), against)

    def by_time(self, metric: Metric) -> Series:
        """The metric along the period: by the hour, by the day or by seven days."""
        whole, step = self.total(metric), self._step(metric)
        now = self._along(metric, self.period, step)
        before = self._along(metric, whole.against, step) if whole.against else {}
        points = []
        for index, (key, label, within, hour) in enumerate(self._times(step)):
            sums = now.get(index, {})
            term = f"hour:{hour}" if hour is not None else ""
            point = self._point(metric, key, label, sums, within, term)
            earlier = metric.value(before.get(index, {})) if whole.against else None
            points.append(replace(point, compared=earlier))
        return self._series(metric, By.TIME, whole.total, points, whole.against)

    def by_place(self, metric: Metric, by: By) -> Series:
        """The metric by channel or by location, the largest first."""
        column = "channel_id" if by is By.CHANNEL else "location_id"
        groups = self._groups(metric, self.period, column)
        against = compared(self.period, self.how)
        before = self._groups(metric, against, column) if against else {}
        points = []
        for name, label, place in self._places(by):
            if place in groups or place in before:
                point = self._point(metric, name, label, groups.get(place, {}), self.period, f"{by}:{name}")
                points.append(replace(point, compared=metric.value(before[place]) if place in before else None))
        points.sort(key=lambda point: (-(point.value or 0), point.key))
        whole = self.total(metric)
        if metric.unit is Unit.SHARE and metric.name == "channel_mix":
            points = [_share(point, whole.total) for point in points]
            whole = replace(whole, total=replace(whole.total, value=1.0 if whole.total.orders else None, compared=None))
        return self._series(metric, by, whole.total, points, against)

    def by_stage(self, metric: Metric) -> Series:
        """Time in each stage, or the backlog by the stage it stands in."""
        points = []
        if metric.name == "backlog":
            cells = self._backlog(Range(1, self._today))
            for stage in OPEN_STAGES:
                sums = _merged(row for row in cells if row.slot == STAGE_SLOTS[stage])
                point = self._point(metric, stage, LIFECYCLE[stage].title, sums, None)
                points.append(
                    replace(point, search=self.scope.search(metric, None, f"status:{stage}"), term=f"status:{stage}")
                )
            return self._series(metric, By.STAGE, self._whole_backlog(metric), points, None)
        sums = self._sums(metric, self.period)
        for stage, kind in DWELL_STAGES.items():
            own = {key: counts for key, counts in sums.items() if key[0] is kind}
            point = self._point(metric, stage, LIFECYCLE[stage].title, own, self.period, f"left:{stage}")
            points.append(point)
        whole = self._point(metric, "", str(self.period), {}, self.period)
        return self._series(metric, By.STAGE, whole, points, None)

    def by_weekday_hour(self, metric: Metric) -> Series:
        """168 points, Monday midnight first."""
        sums = self._sums(metric, self.period)
        points = []
        for slot in range(168):
            day, hour = WEEKDAYS[slot // 24], slot % 24
            own = {key: counts for key, counts in sums.items() if key[1] == slot}
            label = f"{FIELDS['weekday'].choices[day]} {hour:02d}:00"
            points.append(self._point(metric, f"{day}-{hour}", label, own, self.period, f"weekday:{day} hour:{hour}"))
        return self._series(
            metric, By.WEEKDAY_HOUR, self._point(metric, "", str(self.period), sums, self.period), points, None
        )

    def by_product(self, metric: Metric) -> Series:
        """The products of which most units were ordered."""
        found = rows.top_products(self.tx, self.scope.source, self._range(self.period), TOP)
        points = []
        for row in found:
            term = f'sku:"{row.sku}"'
            search = self.scope.search(metric, self.period, term)
            points.append(Point(row.sku, row.name, row.units, row.orders, search, term))
        whole = replace(self._point(metric, "", str(self.period), {}, self.period), value=None)
        return self._series(metric, By.PRODUCT, whole, points, None)

    def by_age(self, metric: Metric) -> Series:
        """The backlog by calendar days since placement. The period does not matter: it is what waits now."""
        oldest_named = max(youngest for _, youngest, oldest in AGES if oldest is None)
        recent = self._backlog(Range(self._today - oldest_named + 1, self._today), "day")
        older = self._backlog(Range(1, self._today - oldest_named))
        points = []
        for label, youngest, oldest in AGES:
            first, last = self._today - (oldest if oldest is not None else self._today - 1), self._today - youngest
            cells = older if oldest is None else [row for row in recent if first <= row.day <= last]
            within = Period(days.as_date(first), days.as_date(last))
            point = self._point(metric, f"{youngest}-{'' if oldest is None else oldest}", label, _merged(cells), within)
            points.append(point)
        return self._series(metric, By.AGE, self._whole_backlog(metric), points, None)

    @property
    def currency(self) -> str:
        """The one currency that money is shown in: the chosen one, else the shop's, else the most frequent."""
        present = self._currencies()
        if self.wanted_currency in present:
            return self.wanted_currency
        ours = get_settings().currency
        return ours if ours in present or not present else max(present, key=lambda name: (present[name], name))

    @property
    def currencies(self) -> tuple[str, ...]:
        """Currencies of the period's orders, by name."""
        return tuple(sorted(self._currencies()))

    @property
    def _today(self) -> int:
        return days.number(self.scope.today)

    def _currencies(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self._rows((Kind.STAGE,), self.period):
            if row.orders:
                found[row.currency] = found.get(row.currency, 0) + row.orders
        return found

    def _rows(self, kinds: Sequence[Kind], period: Period, *by: str, cut: datetime | None = None) -> list[Any]:
        key = (tuple(kinds), period, by, cut)
        if key not in self._read:
            self._read[key] = rows.read(self.tx, self.scope.source, kinds, self._range(period, cut), *by)
        return self._read[key]

    def _backlog(self, within: Range, *by: str) -> list[Any]:
        return rows.read(self.tx, self.scope.source, (Kind.STAGE,), within, *by, slots=_OPEN_SLOTS)

    def _whole_backlog(self, metric: Metric) -> Point:
        return self._point(metric, "", "now", _merged(self._backlog(Range(1, self._today))), None)

    def _range(self, period: Period, cut: datetime | None = None) -> Range:
        return Range(days.number(period.first), days.number(period.last), cut)

    def _sums(self, metric: Metric, period: Period, cut: datetime | None = None) -> Sums:
        return self._for(metric, _merged, self._rows(metric.kinds, period, cut=cut))

    def _groups(self, metric: Metric, period: Period, column: str) -> dict[int, Sums]:
        found: dict[int, list[Any]] = {}
        for row in self._rows(metric.kinds, period, column):
            found.setdefault(getattr(row, column), []).append(row)
        return {place: self._for(metric, _merged, cells) for place, cells in found.items()}

    def _along(self, metric: Metric, period: Period, step: Step) -> dict[int, Sums]:
        found: dict[int, list[Any]] = {}
        if step is Step.HOUR:
            for row in self._rows((Kind.HOUR,), period, "day"):
                index = (row.day - days.number(period.first)) * 24 + row.slot % 24
                found.setdefault(index, []).append(
                    _HourRow(Kind.STAGE, 0, row.currency, row.orders, row.units, row.amount)
                )
        else:
            by = "day" if step is Step.DAY else "week"
            for row in self._rows(metric.kinds, period, by):
                index = row.day - days.number(period.first) if step is Step.DAY else row.week
                found.setdefault(index, []).append(row)
        return {index: self._for(metric, _merged, cells) for index, cells in found.items()}

    def _for(self, metric: Metric, merge: Callable[[Iterable[Any]], Sums], cells: Iterable[Any]) -> Sums:
        if metric.unit is Unit.MONEY:
            chosen = self.currency
            cells = [row for row in cells if row.currency == chosen]
        return merge(cells)

    def _step(self, metric: Metric) -> Step:
        step = self.period.step
        return Step.DAY if step is Step.HOUR and not metric.hourly else step

    def _times(self, step: Step) -> Iterable[tuple[str, str, Period, int | None]]:
        """(key, label, days, hour) of each point, none of them in the future."""
        last = min(self.period.last, self.scope.today)
        width = timedelta(days=7 if step is Step.WEEK else 1)
        day = self.period.first
        while day <= last:
            within = Period(day, min(day + width - timedelta(days=1), last))
            if step is Step.HOUR:
                for hour in range(24):
                    yield f"{day}T{hour:02d}", f"{_show_day(day)}, {hour:02d}:00", within, hour
            else:
                yield str(day), str(within) if step is Step.WEEK else _show_day(day), within, None
            day += width

    def _places(self, by: By) -> list[tuple[str, str, int]]:
        if by is By.CHANNEL:
            return [(row.name, row.title, row.id) for row in self.scope.channels]
        return [*((row.code, row.name, row.id) for row in self.scope.locations), (UNALLOCATED, "Not allocated", 0)]

    def _same_time(self, against: Period) -> datetime | None:
        """Where the period is not over yet: the moment at which the compared one was as far."""
        if self.period.last != self.scope.today:
            return None
        zone = self.scope.source.zone
        clock = self.scope.source.until.astimezone(zone).time()
        return datetime.combine(against.last, clock, zone)

    def _point(
        self,
        metric: Metric,
        key: str,
        label: str,
        sums: Mapping[tuple[Kind, int], Counts],
        within: Period | None,
        term: str = "",
    ) -> Point:
        listed = "" if "{" in metric.listed else metric.listed
        money = f"currency:{self.currency}" if metric.unit is Unit.MONEY and len(self._currencies()) > 1 else ""
        return Point(
            key=key,
            label=label,
            value=metric.value(sums),
            upper=metric.upper(sums) if metric.upper else None,
            orders=metric.counted(sums),
            search=self.scope.search(metric, within, listed, money, term),
            term=term,
        )

    def _series(
        self, metric: Metric, by: By | None, total: Point, points: Sequence[Point], against: Period | None
    ) -> Series:
        present = self._currencies()
        others = sorted((name, many) for name, many in present.items() if name != self.currency)
        until = self.scope.source.until
        return Series(metric, by, self.period, self.currency, until, total, tuple(points), against, tuple(others))


@dataclass(frozen=True, slots=True)
class _HourRow:
    """A cell of an hour, read as one of the order totals."""

    kind: Kind
    slot: int
    currency: str
    orders: int
    units: int
    amount: int


def _merged(cells: Iterable[Any]) -> Sums:
    found: Sums = {}
    for row in cells:
        key = (Kind(row.kind), row.slot)
        orders, units, amount = found.get(key, (0, 0, 0))
        found[key] = (orders + row.orders, units + row.units, amount + row.amount)
    return found


def _share(point: Point, whole: Point) -> Point:
    share = point.orders / whole.orders if whole.orders else None
    before = point.compared / whole.compared if point.compared is not None and whole.compared else None
    return replace(point, value=share, compared=before)


def _show_day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
