"""Reconciliation: begun by somebody or at night, gone on with by the worker, and what it found, for people."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channels as links
from oms_app.db.queries import reconciliation as rows
from oms_app.db.queries import reconciliation_accepted as accepted
from oms_app.domain import clock, moments
from oms_app.domain.errors import Malformed, NotFound, OmsError, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.reconciliation import SPAN, DifferenceKind, Fix, Part, RunState, nightly
from oms_app.services import channel_calls, intake
from oms_app.services import reconciliation_walk as walk
from oms_app.settings import get_settings

AT = 3
"""The hour of the shop's day at which every channel is reconciled by itself."""

KEPT = 30
"""Runs over a channel whose findings are kept."""

_STEP_S = 20.0
_LEFT_ALONE = timedelta(minutes=2)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as people see it. `expected`: orders there are, where the channel says so."""

    id: int
    since: datetime
    state: RunState
    part: Part
    orders: int
    levels: int
    expected: int | None
    under_way: int
    differences: int
    problem: str
    by: str
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A channel: the run that is under way, the last that ended, and what of it is open, by kind: (kind, open, of which
    can be mended by a button). `accepted`: how many differences somebody left as they are."""

    name: str
    title: str
    paused: bool
    running: Run | None
    last: Run | None
    open: tuple[tuple[DifferenceKind, int, int], ...]
    accepted: int = 0

    @property
    def differences(self) -> int:
        """How many are open."""
        return sum(count for _, count, _ in self.open)


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A difference as people see it. `order` is our number, `number` the channel's; of stock `external_id` is its SKU.

    problem  why mending it did not work the last time
    """

    id: int
    kind: DifferenceKind
    external_id: str
    number: str
    order: str
    said: str
    fix: Fix
    problem: str
    found_at: datetime
    fixed_at: datetime | None


def start(actor: Actor, name: str, since: datetime | None = None, *, background: bool = True) -> Run:
    """Begin a run over a channel; one that is under way for the same time goes on. Raises NotFound, Refused, Malformed.

    since       orders that changed since then; by default 30 days, or as long as the channel is here
    background  the worker does it; otherwise who calls goes on with `work_on`
    """
    actor.require(Permission.MANAGE_CHANNELS)
    now = datetime.now(UTC)
    if since is not None and since > now:
        raise Malformed("What is still to come cannot be compared.", details={"field": "since"})
    with transaction() as tx:
        link = _link(tx, name)
        if link.paused:
            raise Refused(f"{link.title} is paused: let it go on first.", code="paused")
        return _start(tx, actor, link, since, background=background, now=now)


def get(actor: Actor, name: str) -> Standing:
    """How a channel stands. Raises NotFound."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        return _standing(tx, _link(tx, name))


def every(actor: Actor) -> tuple[Standing, ...]:
    """How every connected channel stands, by title."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        return tuple(_standing(tx, link) for link in links.linked(tx))


def differences(
    actor: Actor, name: str, *, kind: str = "", after: int = 0, limit: int = 50
) -> tuple[DifferenceView, ...]:
    """A keyset page of what is open of the last run over a channel. Raises NotFound."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        last = rows.last_run(tx, _link(tx, name).channel_id)
        found = [] if last is None else rows.differences(tx, last.id, kind=kind, after=after, limit=limit)
    return tuple(view(row) for row in found)


def all_differences(actor: Actor, name: str, kind: str = "") -> Iterator[DifferenceView]:
    """Everything that is open of the last run over a channel, read page by page. Raises NotFound."""
    actor.require(Permission.SEE_CHANNELS)
    after = 0
    while found := differences(actor, name, kind=kind, after=after, limit=500):
        yield from found
        after = found[-1].id


def sentence(standing: Standing) -> str:
    """12,431 orders, 0 differences, compared 24 Nov 2026, 03:04 IST."""
    last = standing.last
    if last is None or last.finished_at is None:
        return "Not compared yet."
    word = "difference" if standing.differences == 1 else "differences"
    at = moments.show(last.finished_at, ZoneInfo(get_settings().timezone))
    stay = f", {standing.accepted:,} accepted" if standing.accepted else ""
    way = f", {last.under_way:,} being told or taken over" if last.under_way else ""
    orders = "1 order" if last.orders == 1 else f"{last.orders:,} orders"
    return f"{orders}, {standing.differences:,} {word}{stay}{way}, compared {at}"


def due() -> list[str]:
    """Channels a run over which goes on now; those that are due tonight begin."""
    now = datetime.now(UTC)
    _start_nightly(now)
    with reading() as tx:
        waiting = {run.channel_id for run in rows.waiting(tx, now - _LEFT_ALONE)}
        return [link.name for link in links.linked(tx) if link.channel_id in waiting] if waiting else []


def work(name: str) -> bool:
    """Go on with the run over a channel; whether there is more. The worker calls it."""
    link = channel_calls.ready(name)
    if link is None:
        return False
    with reading() as tx:
        run = rows.open_run(tx, link.channel_id)
    try:
        return run is not None and work_on(run.id)
    except OmsError as error:
        _log.warning("channel_not_reconciled", channel=name, why=error.message)
        return False


def work_on(run_id: int, progress: Callable[[int, int | None], None] = lambda _done, _of: None) -> bool:
    """Go on with a run for some seconds; whether there is more. `progress` is told (orders, of how many).

    Raises Unavailable, Rejected, Refused: the run stays where it is.
    """
    until = time.monotonic() + _STEP_S
    with reading() as tx:
        run: Any = rows.get(tx, run_id)
        link = links.link_of(tx, run.channel_id)
    if link is None or run.state != RunState.RUNNING:
        return False
    try:
        if run.part == Part.NEW:
            intake.sync(walk.JOB, link.name)
            with transaction() as tx:
                rows.step(tx, run_id, run.steps, part=Part.ORDERS, problem="")
                run = rows.get(tx, run_id)
        with channel_calls.calling(link, "compare") as channel:
            while run.state == RunState.RUNNING and time.monotonic() < until:
                walk.step(link, channel, run)
                with reading() as tx:
                    run = rows.get(tx, run_id)
                progress(run.orders, run.expected)
    except walk.Overtaken:
        return False
    except OmsError as error:
        with transaction() as tx:
            rows.change(tx, run_id, problem=error.message, worked_at=datetime.now(UTC))
        raise
    return bool(run.state == RunState.RUNNING)


def view(row: Any) -> DifferenceView:
    """A difference out of its row."""
    return DifferenceView(
        row.id,
        DifferenceKind(row.kind),
        row.external_id,
        row.number,
        row.order_number,
        row.said,
        Fix(row.fix),
        row.problem,
        row.found_at,
        row.fixed_at,
    )


def _start(tx: Connection, actor: Actor, link: Any, since: datetime | None, *, background: bool, now: datetime) -> Run:
    open_run = rows.open_run(tx, link.channel_id)
    if open_run is not None:
        if since is None or since == open_run.since:
            if not background:
                rows.change(tx, open_run.id, background=False, worked_at=now)
            return _run(open_run)
        rows.change(tx, open_run.id, state=RunState.STOPPED, finished_at=now)
        rows.forget_seen(tx, open_run.id)
    rows.forget(tx, link.channel_id, KEPT)
    run_id = rows.add_run(
        tx,
        channel_id=link.channel_id,
        actor=actor.name,
        since=since or _since(tx, link, now),
        position={},
        background=background,
        started_at=now,
        worked_at=now,
    )
    walk.tell(tx, actor, "reconciliation_started", link)
    return _run(rows.get(tx, run_id))


def _start_nightly(now: datetime) -> None:
    zone, actor = ZoneInfo(get_settings().timezone), walk.JOB
    with reading() as tx:
        last = {link.channel_id: rows.last_begun(tx, link.channel_id) for link in links.linked(tx)}
        due = [
            link
            for link in links.linked(tx)
            if not link.paused
            and nightly(now.astimezone(zone), (last[link.channel_id] or link.changed_at).astimezone(zone), AT)
        ]
    for link in due:
        with transaction() as tx:
            _start(tx, actor, link, None, background=True, now=now)


def _since(tx: Connection, link: Any, now: datetime) -> datetime:
    """30 days ago, but no earlier than the channel's first order here, or its connection.

    What the demo shop sold before it was connected was never on a channel.
    """
    oldest = None if link.demo else rows.oldest(tx, link.channel_id)
    here: datetime = link.changed_at
    if oldest is not None:
        here = min(here, clock.from_ms(clock.placed_second(oldest) * 1000))
    return max(now - SPAN, here)


def _standing(tx: Connection, link: Any) -> Standing:
    running, last = rows.open_run(tx, link.channel_id), rows.last_run(tx, link.channel_id)
    counted = {} if last is None else rows.counts(tx, last.id)
    return Standing(
        link.name,
        link.title,
        link.paused,
        None if running is None else _run(running),
        None if last is None else _run(last),
        tuple((kind, *counted[kind]) for kind in DifferenceKind if kind in counted),
        accepted.counts(tx).get(link.channel_id, 0),
    )


def _run(row: Any) -> Run:
    return Run(
        id=row.id,
        since=row.since,
        state=RunState(row.state),
        part=Part(row.part),
        orders=row.orders,
        levels=row.levels,
        expected=row.expected,
        under_way=row.under_way,
        differences=row.differences,
        problem=row.problem,
        by=row.actor,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _link(tx: Connection, name: str) -> Any:
    link = links.link_named(tx, name)
    if link is None:
        raise NotFound(f"No channel “{name}” is connected.")
    return link
