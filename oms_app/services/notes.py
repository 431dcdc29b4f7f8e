"""Notes and tags on an order."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import order_parts, projections
from oms_app.db.queries import orders as rows
from oms_app.domain.errors import Malformed
from oms_app.domain.orders import OrderView, tag
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events, orders, priorities

MAX_NOTE = 5_000


def add(actor: Actor, number: str, body: str, *, at: datetime | None = None) -> OrderView:
    """Write an internal note on an order (`at` for history)."""
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.NOTE_ORDERS)
    body = body.strip()
    if not body or len(body) > MAX_NOTE:
        raise Malformed(f"A note has between 1 and {MAX_NOTE:,} characters.", details={"field": "body"})
    now = at or datetime.now(UTC)
    with transaction() as tx:
        order = orders.visible(tx, actor, number, lock=True)
        note_id = rows.add_note(tx, order.id, body, actor.name, now)
        events.record(tx, actor, "note_added", subject_id=order.id, after={"note": note_id}, at=now)
        projections.order_changed(tx, order, order)
        return orders.load(tx, actor, order)


def change_tags(actor: Actor, number: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> OrderView:
    """Add and remove tags: lower-case words of letters, digits, - and _."""
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.NOTE_ORDERS)
    wanted = [tag(word) for word in add]
    now = datetime.now(UTC)
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        was = rows.tags(tx, before.id)
        changed = [word for word in wanted if rows.add_tag(tx, before.id, word)]
        changed += [word for word in remove if rows.remove_tag(tx, before.id, word.strip().lower())]
        if changed:
            rows.change(tx, before, updated_at=now)
            priorities.rescore(tx, [before.id])
            events.record(
                tx,
                actor,
                "tagged",
                subject_id=before.id,
                before={"tags": list(was)},
                after={"tags": list(rows.tags(tx, before.id))},
                at=now,
            )
        after = rows.by_id(tx, before.id)
        projections.order_changed(tx, before, after)
        return orders.load(tx, actor, after)


def bring(tx: Connection, actor: Actor, into: Any, gone: Any, at: datetime) -> list[str]:
    """Tags and notes of an order come to another one, for a caller who may merge them; what came, in sentences."""
    came = []
    if words := tuple(word for word in rows.tags(tx, gone.id) if word not in rows.tags(tx, into.id)):
        change_tags(actor, into.number, add=words)
        came.append(f"Its tags come over: {', '.join(words)}.")
    if written := order_parts.notes(tx, [gone.id]).get(gone.id, ()):
        for note in written:
            by = f"{note.author}, order {gone.number}"
            note_id = rows.add_note(tx, into.id, note.body, by, note.at)
            events.record(tx, actor, "note_added", subject_id=into.id, after={"note": note_id}, at=at)
        now = rows.by_id(tx, into.id)
        projections.order_changed(tx, now, now)
        came.append(f"Its {len(written)} notes come over." if len(written) > 1 else "Its note comes over.")
    return came
