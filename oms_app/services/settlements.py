"""Settlements of marketplaces: brought in by the channel or from a file, once each, and held against our orders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import channels as links
from oms_app.db.queries import settlements as rows
from oms_app.domain import settlement_check as checks
from oms_app.domain import settlement_files
from oms_app.domain.channels import Capability
from oms_app.domain.errors import NotFound, OmsError, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.settlement_check import Booked, Settled, SettlementKind
from oms_app.domain.settlements import Entry, Settlement
from oms_app.integrations.ports import Settlements
from oms_app.services import channel_calls, events
from oms_app.settings import get_settings

STREAM = "settlements"
FETCHED_EVERY = timedelta(hours=12)
FIRST = timedelta(days=90)
"""How far back the first look for settlements goes."""

_OVERLAP = timedelta(days=7)
_AT_ONCE = 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SettlementView:
    """A settlement, minor units: what it comes to, what the marketplace says it pays, and what that leaves open."""

    id: int
    external_id: str
    currency: str
    starts_at: datetime
    ends_at: datetime
    deposited_at: datetime | None
    total: int
    unexplained: int
    entries: int
    sums: Settled


@dataclass(frozen=True, slots=True)
class OrderSettled:
    """An order inside a settlement; `order` and `total` are ours, empty and None where it is not here."""

    external_id: str
    order: str
    total: int | None
    sums: Settled


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """What differs between the settlements and our orders."""

    id: int
    kind: SettlementKind
    external_id: str
    order: str
    said: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A channel with settlements, and what differs, by kind. `fetches`: it brings them by itself."""

    name: str
    title: str
    fetches: bool
    open: tuple[tuple[SettlementKind, int], ...]

    @property
    def differences(self) -> int:
        """How many differ."""
        return sum(count for _, count in self.open)


def import_file(actor: Actor, channel: str, text: str) -> tuple[int, int]:
    """Take the settlements of a CSV table (docs/reconciliation.md); returns (new or changed, here already).

    Raises Malformed with the line, NotFound.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    found = settlement_files.read(text, ZoneInfo(get_settings().timezone))
    with transaction() as tx:
        place = catalogue.channel_named(tx, channel)
        if place is None:
            raise NotFound(f"There is no channel “{channel}”.")
        taken = _take(tx, actor, place.id, found)
        _check(tx, place.id, datetime.now(UTC))
    return taken, len(found) - taken


def fetch(actor: Actor, name: str) -> tuple[int, int]:
    """Take the settlements that a channel has made since the last one; returns (new or changed, here already).

    Raises NotFound, Refused where it has none to give, Unavailable, Rejected.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    now = datetime.now(UTC)
    with reading() as tx:
        link = links.link_named(tx, name)
        last = None if link is None else rows.last_end(tx, link.channel_id)
    if link is None:
        raise NotFound(f"No channel “{name}” is connected.")
    if not channel_calls.can(link.kind, Capability.SETTLEMENTS):
        raise Refused(f"{link.title} gives no settlements: import its file instead.", code="no_settlements")
    with channel_calls.calling(link, "settlements") as channel:
        found = cast(Settlements, channel).settlements(now - FIRST if last is None else last - _OVERLAP)
    with transaction() as tx:
        taken = _take(tx, actor, link.channel_id, found)
        _check(tx, link.channel_id, now)
        links.move_position(tx, link.channel_id, STREAM, {}, now)
    return taken, len(found) - taken


def due() -> list[str]:
    """Channels to be asked for settlements now."""
    now, found = datetime.now(UTC), []
    with reading() as tx:
        for link in links.linked(tx):
            if channel_calls.can(link.kind, Capability.SETTLEMENTS):
                at = links.read_at(tx, link.channel_id, STREAM)
                if channel_calls.may_be_called(link, now) and (at is None or at + FETCHED_EVERY <= now):
                    found.append(link.name)
    return found


def work(name: str) -> None:
    """Take what a channel has settled. The worker calls it."""
    try:
        fetch(system("Reconciliation", "job"), name)
    except OmsError as error:
        _log.warning("settlements_not_read", channel=name, why=error.message)


def check(actor: Actor, channel: str) -> int:
    """Hold everything that a channel settled against our orders again; returns how much differs. Raises NotFound."""
    actor.require(Permission.MANAGE_CHANNELS)
    with transaction() as tx:
        return _check(tx, _channel(tx, channel).id, datetime.now(UTC))


def every(actor: Actor) -> tuple[Standing, ...]:
    """Channels that have settlements, or could bring some, by title."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        fetching = {link.name for link in links.linked(tx) if channel_calls.can(link.kind, Capability.SETTLEMENTS)}
        settled = rows.settled_channels(tx)
        found = [each for each in catalogue.channels(tx) if each.id in settled or each.name in fetching]
        counted = {each.id: rows.counts(tx, each.id) for each in found}
    return tuple(
        Standing(
            each.name,
            each.title,
            each.name in fetching,
            tuple((kind, counted[each.id][kind]) for kind in SettlementKind if kind in counted[each.id]),
        )
        for each in sorted(found, key=lambda each: each.title)
    )


def page(actor: Actor, channel: str, *, before: int | None = None, limit: int = 50) -> tuple[SettlementView, ...]:
    """A keyset page of a channel's settlements, the last imported first. Raises NotFound."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        found = rows.page(tx, _channel(tx, channel).id, before=before, limit=limit)
        sums = rows.by_kind(tx, [row.id for row in found])
    return tuple(_view(row, sums[row.id]) for row in found)


def get(actor: Actor, settlement_id: int) -> SettlementView:
    """A settlement. Raises NotFound."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        row = rows.get(tx, settlement_id)
        if row is None:
            raise NotFound(f"There is no settlement {settlement_id}.")
        return _view(row, rows.by_kind(tx, [row.id])[row.id])


def orders(actor: Actor, settlement_id: int, *, after: str = "", limit: int = 50) -> tuple[OrderSettled, ...]:
    """A keyset page of the orders in a settlement: charged, given back, fees, TCS, TDS and what is paid out of each."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        row = rows.get(tx, settlement_id)
        if row is None:
            raise NotFound(f"There is no settlement {settlement_id}.")
        ids = rows.orders_of(tx, row.id, after=after, limit=limit)
        sums, ours = rows.sums(tx, row.channel_id, ids, row.id), rows.ours(tx, row.channel_id, ids)
    return tuple(
        OrderSettled(
            each,
            ours[each].number if each in ours else "",
            ours[each].total if each in ours else None,
            checks.settled(sums[each][1], sums[each][2]),
        )
        for each in ids
    )


def differences(
    actor: Actor, channel: str, *, kind: str = "", after: int = 0, limit: int = 50
) -> tuple[DifferenceView, ...]:
    """A keyset page of what differs. Raises NotFound."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        found = rows.differences(tx, _channel(tx, channel).id, kind=kind, after=after, limit=limit)
    return tuple(
        DifferenceView(row.id, SettlementKind(row.kind), row.external_id, row.order_number, row.said, row.found_at)
        for row in found
    )


def _take(tx: Connection, actor: Actor, channel_id: int, found: Iterable[Settlement]) -> int:
    """Write settlements that are not here as they are; returns how many."""
    now, taken = datetime.now(UTC), 0
    for each in found:
        before = rows.named(tx, channel_id, each.external_id)
        if before is not None and (before.total, before.entries) == (each.total, len(each.entries)):
            continue
        values = {
            "channel_id": channel_id,
            "external_id": each.external_id,
            "currency": each.currency,
            "starts_at": each.starts_at,
            "ends_at": each.ends_at,
            "deposited_at": each.deposited_at,
            "total": each.total,
            "unexplained": each.unexplained,
            "entries": len(each.entries),
            "imported_by": actor.name,
            "imported_at": now,
        }
        rows.put(tx, values, [_entry(entry) for entry in each.entries])
        after = {"settlement": each.external_id, "entries": len(each.entries)}
        events.record(tx, actor, "settlement_imported", subject="channel", subject_id=channel_id, after=after, at=now)
        taken += 1
    return taken


def _check(tx: Connection, channel_id: int, now: datetime) -> int:
    """Find anew what differs; returns how much."""
    rows.forget_differences(tx, channel_id)
    count = 0
    for chunk in _found(tx, channel_id, now):
        rows.put_differences(tx, [{"channel_id": channel_id, "found_at": now, **each} for each in chunk])
        count += len(chunk)
    return count


def _found(tx: Connection, channel_id: int, now: datetime) -> Iterator[list[dict[str, Any]]]:
    """What differs, a chunk of orders at a time."""
    after = ""
    while ids := rows.all_orders(tx, channel_id, after=after, limit=_AT_ONCE):
        sums, ours = rows.sums(tx, channel_id, ids), rows.ours(tx, channel_id, ids)
        yield [
            _row(one, each, ours.get(each))
            for each in ids
            for one in checks.check_order(
                checks.settled(sums[each][1], sums[each][2]), _booked(ours.get(each)), sums[each][0]
            )
        ]
        after = ids[-1]
    since, last = rows.first_start(tx, channel_id), 0
    until = now - checks.SETTLED_WITHIN
    while since is not None and (
        lacking := rows.not_settled(tx, channel_id, since=since, until=until, after=last, limit=_AT_ONCE)
    ):
        yield [
            _row(checks.unsettled(row.total, row.currency, (now - row.shipped_at).days), row.external_id, row)
            for row in lacking
        ]
        last = lacking[-1].id
    before: int | None = None
    while found := rows.page(tx, channel_id, before=before, limit=_AT_ONCE):
        yield [
            _row(checks.unexplained(row.unexplained, row.total, row.currency), row.external_id, None)
            for row in found
            if row.unexplained
        ]
        before = found[-1].id


def _row(one: checks.SettlementDifference, external_id: str, ours: Any | None) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "external_id": external_id,
        "order_number": "" if ours is None else ours.number,
        "order_id": None if ours is None else ours.id,
        "said": one.said,
    }


def _booked(row: Any | None) -> Booked | None:
    return None if row is None else Booked(Stage(row.stage), row.currency, row.total, row.refunded)


def _entry(each: Entry) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "amount": each.amount,
        "posted_at": each.posted_at,
        "external_id": each.external_id,
        "line_id": each.line_id,
        "sku": each.sku,
        "quantity": each.quantity,
        "words": each.words,
    }


def _view(row: Any, sums: dict[str, int]) -> SettlementView:
    return SettlementView(
        id=row.id,
        external_id=row.external_id,
        currency=row.currency,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        deposited_at=row.deposited_at,
        total=row.total,
        unexplained=row.unexplained,
        entries=row.entries,
        sums=checks.settled(sums),
    )


def _channel(tx: Connection, name: str) -> Any:
    place = catalogue.channel_named(tx, name)
    if place is None:
        raise NotFound(f"There is no channel “{name}”.")
    return place
