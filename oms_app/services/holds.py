"""Holding an order for a reason, letting it go, and the queues of what waits."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import holds as queues
from oms_app.db.queries import orders as rows
from oms_app.db.queries import projections, sku_map
from oms_app.domain import clock, privacy
from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.holds import TITLES, Held, HoldKind, handles
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.orders import AddressView, OrderView
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.search import MOST_IN_QUEUE, Count
from oms_app.services import events, orders

TIMETABLE = system("Timetable", "job")
"""Who releases a hold whose day has come."""

AT_ONCE = 200


def place(
    actor: Actor, number: str, *, kind: str, reason: str, until: datetime | None = None, at: datetime | None = None
) -> OrderView:
    """Put an order on hold; it keeps its stock, and goes nowhere beyond processing until every hold is released.

    at  when it happened, for history; now by default
    """
    held = _allowed(actor, kind)
    if not reason.strip():
        raise Malformed("A hold needs a reason.", details={"field": "reason"})
    now = at or datetime.now(UTC)
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        if Stage(before.stage) not in OPEN_STAGES:
            raise Refused(f"Order {number} has left the building or is final: there is nothing to hold.")
        values = {
            "order_id": before.id,
            "kind": held,
            "reason": reason.strip(),
            "until": until,
            "opened_by": actor.name,
            "opened_at": now,
        }
        hold_id = rows.add_hold(tx, values)
        rows.change(tx, before, holds=before.holds + 1, updated_at=now)
        events.record(
            tx,
            actor,
            "held",
            subject_id=before.id,
            after={"hold": hold_id, "kind": held, "until": clock.rfc3339(until) if until else None},
            reason=reason.strip(),
            at=now,
        )
        after = rows.by_id(tx, before.id)
        projections.order_changed(tx, before, after)
        return orders.load(tx, actor, after)


def release(actor: Actor, number: str, hold_id: int, *, reason: str = "", at: datetime | None = None) -> OrderView:
    """Release one hold (`at` for history). Raises NotFound where it is not open on this order."""
    actor.require(Permission.HOLD_ORDERS)
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        hold = next((each for each in rows.open_holds(tx, before.id) if each.id == hold_id), None)
        if hold is None:
            raise NotFound(f"Order {number} has no open hold {hold_id}.")
        _allowed(actor, hold.kind)
        # Who lets an order go that waits for money trusts the buyer.
        trust = {"on_account": True} if hold.kind == HoldKind.PAYMENT else {}
        after = let_go(tx, actor, before, [hold], reason=reason.strip()[:500], at=at or datetime.now(UTC), **trust)
        return orders.load(tx, actor, after)


def let_go(
    tx: Connection, actor: Actor, before: Any, held: Sequence[Any], *, at: datetime, reason: str = "", **changes: Any
) -> Any:
    """Release these holds of a locked order and write `changes` on it; returns the new order row."""
    for hold in held:
        rows.release_hold(tx, hold.id, before.id, actor.name, at)
        was = {"hold": hold.id, "kind": hold.kind}
        events.record(tx, actor, "released", subject_id=before.id, before=was, reason=reason, at=at)
    rows.change(tx, before, holds=before.holds - len(held), updated_at=at, **changes)
    after = rows.by_id(tx, before.id)
    projections.order_changed(tx, before, after)
    return after


def settle(tx: Connection, actor: Actor, order: Any, check: str, at: datetime) -> Any:
    """Release what a check had against a locked order and is true no more; returns the order row."""
    held = [hold for hold in rows.open_holds(tx, order.id) if hold.code == check] if order.holds else []
    return let_go(tx, actor, order, held, at=at) if held else order


def release_due() -> int:
    """Release the holds whose day has come; returns how many. The worker calls it."""
    now = datetime.now(UTC)
    with reading() as tx:
        due = queues.due(tx, now, AT_ONCE)
    for each in due:
        with transaction() as tx:
            before: Any = rows.find(tx, each.number, lock=True)
            held = [hold for hold in rows.open_holds(tx, before.id) if hold.until and hold.until <= now]
            if held:
                let_go(tx, TIMETABLE, before, held, at=now, reason="Its day has come")
    return len(due)


def counts(actor: Actor) -> dict[HoldKind, Count]:
    """How many holds stand in each queue, in the order the queues are shown; 1,000 or more are not told apart."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        found = queues.counts(tx, TITLES, MOST_IN_QUEUE, actor.location_id)
    return {kind: Count.up_to(MOST_IN_QUEUE, found[kind]) for kind in TITLES}


def page(actor: Actor, kind: str = "", *, after: int = 0, limit: int = 50) -> tuple[Held, ...]:
    """A keyset page of a queue (of all where `kind` is empty), oldest hold first; `after` is a hold id."""
    actor.require(Permission.SEE_ORDERS)
    if kind and kind not in set(HoldKind):
        raise Malformed(f"A hold is one of {', '.join(HoldKind)}.", details={"field": "kind"})
    with reading() as tx:
        found = queues.page(tx, kind, after=after, limit=limit, location_id=actor.location_id)
        unknown = sku_map.unknown(tx, [row.order_id for row in found if row.kind == HoldKind.SKU])
    masked = not actor.may(Permission.SEE_CUSTOMERS)
    return tuple(_held(row, unknown.get(row.order_id, ()), masked=masked) for row in found)


def queue(actor: Actor, kind: str = "", *, limit: int = 50) -> tuple[dict[HoldKind, Count], tuple[Held, ...]]:
    """What stands in each queue, and the oldest holds of one."""
    return counts(actor), page(actor, kind, limit=limit)


def _held(row: Any, skus: tuple[str, ...], *, masked: bool) -> Held:
    given = (row.customer_name, row.phone, row.line1, row.line2, row.city, row.state, row.postal_code, row.country)
    address = AddressView(*(each or "" for each in given))
    if masked:
        address = privacy.masked_address(address)
    return Held(
        id=row.id,
        kind=HoldKind(row.kind),
        check=row.code,
        reason=row.reason,
        fix=row.fix,
        until=row.until,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        number=row.number,
        channel=row.channel,
        channel_title=row.channel_title,
        customer=privacy.masked_name(row.customer_name) if masked else row.customer_name,
        phone=address.phone,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        country=address.country,
        total=row.total,
        currency=row.currency,
        skus=skus,
    )


def _allowed(actor: Actor, kind: str) -> HoldKind:
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.HOLD_ORDERS)
    if kind not in set(HoldKind):
        raise Malformed(f"A hold is one of {', '.join(HoldKind)}.", details={"field": "kind"})
    only = handles(actor.role)
    if kind not in only:
        raise Forbidden(f"The role “{actor.role}” handles {', '.join(sorted(only))} holds only. Ask a manager.")
    return HoldKind(kind)
