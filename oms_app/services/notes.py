"""Notes and tags on an order."""

from datetime import UTC, datetime

from oms_app.db.engine import transaction
from oms_app.db.queries import orders as rows
from oms_app.db.queries import projections
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
