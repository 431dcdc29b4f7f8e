"""Leaving a difference as it is, with the reason for it: it comes back when it reads otherwise, or somebody asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channels as links
from oms_app.db.queries import reconciliation
from oms_app.db.queries import reconciliation_accepted as rows
from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.reconciliation import DifferenceKind
from oms_app.services import events

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Accepted:
    """A difference that stays, why, and who said so. `order` is our number, `number` the channel's."""

    id: int
    kind: DifferenceKind
    external_id: str
    number: str
    order: str
    said: str
    reason: str
    by: str
    at: datetime


def accept(actor: Actor, difference_id: int, reason: str) -> None:
    """Leave a difference as it is. Raises Malformed without a reason, NotFound."""
    actor.require(Permission.MANAGE_CHANNELS)
    why = " ".join(reason.split())
    if not 0 < len(why) <= _LONGEST:
        raise Malformed(f"Say why it stays so, in up to {_LONGEST} characters.", details={"field": "reason"})
    now = datetime.now(UTC)
    with transaction() as tx:
        row = reconciliation.difference_of(tx, difference_id)
        if row is None or row.fixed_at is not None:
            raise NotFound("This difference is not here any more: look again.")
        rows.put(
            tx,
            channel_id=row.channel_id,
            kind=row.kind,
            external_id=row.external_id,
            number=row.number,
            order_number=row.order_number,
            said=row.said,
            reason=why,
            accepted_by=actor.name,
            accepted_at=now,
        )
        reconciliation.settle(tx, row.id, fixed_at=now, fixed_by=actor.name, problem="")
        _tell(tx, actor, "difference_accepted", row, why)


def page(actor: Actor, name: str, *, before: int | None = None, limit: int = 50) -> tuple[Accepted, ...]:
    """What stays of a channel, newest first; `before` (an id) pages on."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        link = links.link_named(tx, name)
        found = [] if link is None else rows.page(tx, link.channel_id, before=before, limit=limit)
    return tuple(
        Accepted(
            row.id,
            DifferenceKind(row.kind),
            row.external_id,
            row.number,
            row.order_number,
            row.said,
            row.reason,
            row.accepted_by,
            row.accepted_at,
        )
        for row in found
    )


def reconsider(actor: Actor, accepted_id: int) -> None:
    """Hold it against the channel again, from the next comparison on. Raises NotFound."""
    actor.require(Permission.MANAGE_CHANNELS)
    with transaction() as tx:
        row = rows.get(tx, accepted_id)
        if row is None:
            raise NotFound("It is not accepted any more: look again.")
        rows.forget(tx, [accepted_id])
        _tell(tx, actor, "difference_reconsidered", row, "")


def left(
    tx: Connection, channel_id: int, found: Sequence[Mapping[str, Any]], settled: Iterable[tuple[str, str]]
) -> list[Mapping[str, Any]]:
    """Those of the found differences that nobody accepted as they read now.

    settled  (kind, external id) of what was compared; what is accepted of it and is no difference any more is forgotten
    """
    compared, now = set(settled), {(each["kind"], each["external_id"]): each for each in found}
    accepted = {
        (row.kind, row.external_id): row
        for row in rows.of(tx, channel_id, {external_id for _, external_id in compared})
        if (row.kind, row.external_id) in compared
    }
    if over := [row.id for mark, row in accepted.items() if mark not in now]:
        rows.forget(tx, over)
    return [each for mark, each in now.items() if mark not in accepted or accepted[mark].said != each["said"]]


def _tell(tx: Connection, actor: Actor, kind: str, row: Any, reason: str) -> None:
    after = {"kind": row.kind, "external_id": row.external_id, "difference": row.said}
    events.record(tx, actor, kind, subject="channel", subject_id=row.channel_id, after=after, reason=reason)
