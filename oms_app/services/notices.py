"""Telling people something: a notice inside the shop, and a letter where a mail server is set up."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import notices as rows
from oms_app.domain.errors import NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events, mail, orders

MOST_UNREAD = 100


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A sentence for one person; `number` is the order it is about, if it is about one."""

    id: int
    number: str
    body: str
    sender: str
    at: datetime
    read: bool


def check_reader(tx: Connection, to: str) -> None:
    """Raise NotFound where nobody would read it."""
    if not rows.readers(tx, to):
        raise NotFound(f"Nobody has the e-mail or the role “{to}”.", details={"field": "to"})


def tell(actor: Actor, order: Any, to: str, body: str) -> int:
    """Write a notice about an order to somebody (an e-mail) or to a role; returns how many read it."""
    actor.require(Permission.NOTE_ORDERS)
    now = datetime.now(UTC)
    with transaction() as tx:
        readers = rows.readers(tx, to)
        if not readers:
            raise Refused(f"Nobody has the e-mail or the role “{to}” any more.")
        given = {"number": order.number, "body": body, "sender": actor.name, "at": now}
        rows.add(tx, [{"user_id": reader.id, **given} for reader in readers])
        for reader in readers:
            with suppress(Refused):  # no post is set up: what stands inside the shop is all
                about = {"subject": "order", "subject_id": order.id, "recipient": reader.email}
                mail.write(tx, actor, **about, title=f"Order {order.number}: {body[:80]}", body=body)
        said = {"to": to, "readers": [reader.id for reader in readers]}
        events.record(tx, actor, "notified", subject_id=order.id, after=said, reason=body, at=now)
    return len(readers)


def tell_of(actor: Actor, number: str, to: str, body: str) -> int:
    """Write a notice about the order of this number; returns how many read it. Raises NotFound, Refused."""
    actor.require(Permission.NOTE_ORDERS)
    with transaction() as tx:
        return tell(actor, orders.visible(tx, actor, number), to, body)


def page(actor: Actor, *, before: int | None = None, limit: int = 50) -> tuple[NoticeView, ...]:
    """One's own notices, newest first; `before` (an id) pages on."""
    actor.require(Permission.SEE_ORDERS)
    if actor.user_id is None:
        return ()
    with reading() as tx:
        found = rows.page(tx, actor.user_id, before=before, limit=limit)
    return tuple(NoticeView(row.id, row.number, row.body, row.sender, row.at, row.read_at is not None) for row in found)


def unread(actor: Actor) -> tuple[int, int]:
    """(one's own user id, how many notices one has not read, up to 100)."""
    actor.require(Permission.SEE_ORDERS)
    if actor.user_id is None:
        return 0, 0
    with reading() as tx:
        return actor.user_id, rows.unread(tx, actor.user_id, MOST_UNREAD)


def read(actor: Actor) -> int:
    """Mark one's own notices read; returns how many were not."""
    actor.require(Permission.SEE_ORDERS)
    if actor.user_id is None:
        return 0
    with transaction() as tx:
        return rows.read(tx, actor.user_id, datetime.now(UTC))
