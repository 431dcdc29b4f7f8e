"""The shortfall queue: read in pages, filled by itself when stock comes, and filled by hand."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue, projections, stock
from oms_app.db.queries import events as event_rows
from oms_app.db.queries import kits as kit_rows
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import shortfalls as rows
from oms_app.domain import clock, kits, routing
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.routing import Need, Place, Shelves, Ships, Take
from oms_app.domain.search import MOST_IN_QUEUE, Count
from oms_app.domain.shortfalls import BY_ITSELF, ShortLine, ShortPage, Waiting
from oms_app.services import allocation, events, orders
from oms_app.services import routing as rules

ALLOCATOR = system("Allocation", "job")
"""Who keeps units when stock comes."""

BEFORE_PACKING = (Stage.PLACED, Stage.PROCESSING, Stage.READY, Stage.PICKING)
"""Stages in which people change what an order waits for and what is kept for it."""

_CURSOR = re.compile(r"-?\d{1,9}\.\d{1,13}\.\d{1,18}", re.ASCII)
_AT_ONCE = 5_000
"""Lines of one transaction: other writers wait for it."""


def page(
    actor: Actor, *, cursor: str = "", state: str = "", words: str = "", channel: str = "", limit: int = 50
) -> ShortPage:
    """Lines that wait, the most urgent order first. `words` is a whole SKU or order number.

    Raises Malformed for a cursor or a state that is not one of ours.
    """
    actor.require(Permission.SEE_ORDERS)
    if state and state not in set(Waiting):
        raise Malformed(f"A line waits as one of {', '.join(Waiting)}.", details={"field": "state"})
    with reading() as tx:
        found = rows.page(
            tx,
            after=_place(cursor) if cursor else None,
            state=state,
            words=words.strip(),
            channel_name=channel,
            location_id=actor.location_id,
            limit=limit + 1,
        )
    last = found[limit - 1] if len(found) > limit else None
    following = f"{last.rank}.{clock.to_ms(last.due)}.{last.order_line_id}" if last else None
    return ShortPage(tuple(_view(row) for row in found[:limit]), following)


def counts(actor: Actor) -> dict[Waiting, Count]:
    """How many lines wait, by state; 1,000 or more are not told apart."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        found = rows.counts(tx, Waiting, MOST_IN_QUEUE)
    return {state: Count.up_to(MOST_IN_QUEUE, found[state]) for state in Waiting}


def refill(product_ids: Sequence[int] | None = None, *, at: datetime | None = None) -> int:
    """Keep what is available for the lines that wait for it (of these products, or of all); returns the units.

    Highest priority first, then the oldest promise. In steps, each a transaction of its own; an order that somebody
    changes just now is left to the next time. `at`: when, for history.
    """
    kept, after = 0, None
    while True:
        with reading() as tx:
            wanted = rows.fillable(tx, None if product_ids is None else kit_rows.with_siblings(tx, product_ids))
            found = rows.waiting(tx, wanted, after, _AT_ONCE) if wanted else []
        if not found:
            return kept
        with transaction() as tx:
            kept += sum(fill(tx, ALLOCATOR, list(dict.fromkeys(row.order_id for row in found)), at=at).values())
        after = tuple(found[-1][1:])


def fill(
    tx: Connection,
    actor: Actor,
    order_ids: Sequence[int],
    *,
    line_id: int | None = None,
    location_id: int | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> dict[int, int]:
    """Keep what the orders (in this order) wait for; returns the units by order. Orders are locked before levels.

    line_id      only this line, by hand: whatever it waits for, in parts if need be
    location_id  only from here
    """
    locked = rows.lock_orders(tx, order_ids)
    waiting = defaultdict(list)
    entries = rows.of_orders(tx, list(locked))
    for row in entries:
        if row.product_id and (row.state in BY_ITSELF if line_id is None else row.order_line_id == line_id):
            content = kits.content(kits.read(row.parts))
            waiting[row.order_id].append(Need(row.order_line_id, row.product_id, row.units, content))
    wanted = {each for needs in waiting.values() for need in needs for each, _ in need.content()}
    shelves = allocation.on_shelves(tx, wanted)
    if location_id is not None:
        shelves = {location_id: shelves.get(location_id, {})}
    channels = {row.id: row.name for row in catalogue.channels(tx)}
    now = rules.current(tx)
    takes: dict[int, list[Take]] = {}
    for order_id in order_ids:
        if needs := waiting.get(order_id):
            order = locked[order_id]
            ships = now.rules.ships_of(channels[order.channel_id]) if line_id is None else Ships.SPLIT
            here = _where_it_lies(order, shelves) if ships is Ships.COMPLETE else shelves
            if planned := routing.plan(needs, here, now.places, order.postal_code, now.rules, ships):
                takes[order_id] = planned
    if location_id is None:
        _name_what_lacks(tx, entries, takes, shelves)
    if takes:
        _write(tx, actor, locked, takes, now.places, reason, at or datetime.now(UTC))
    return {order_id: sum(take.units for take in planned) for order_id, planned in takes.items()}


def allocate_now(actor: Actor, line_id: int, *, location: str = "", reason: str = "") -> int:
    """Keep what is there for one line, in parts if need be; returns the units. `location`: only from there.

    Raises Refused where nothing is available, NotFound where the line does not wait.
    """
    actor.require(Permission.ALLOCATE_STOCK)
    with transaction() as tx:
        order, _ = waiting_line(tx, actor, line_id)
        place = catalogue.location_coded(tx, location) if location else None
        if location and place is None:
            raise NotFound(f"There is no location “{location}”.", details={"field": "location"})
        kept = fill(tx, actor, [order.id], line_id=line_id, location_id=place.id if place else None, reason=reason)
        if not kept:
            where = place.name if place else "any location"
            raise Refused(f"Nothing is available at {where}.", code="insufficient_stock")
        return kept[order.id]


def set_waiting(actor: Actor, line_id: int, state: str) -> None:
    """Say how a line waits: as a backorder, a preorder, or for a decision. Raises NotFound where it does not wait."""
    actor.require(Permission.ALLOCATE_STOCK)
    if state not in BY_ITSELF:
        raise Malformed(f"A line waits as one of {', '.join(BY_ITSELF)}.", details={"field": "state"})
    with transaction() as tx:
        order, entry = waiting_line(tx, actor, line_id)
        if entry.state != state:
            rows.set_entry(tx, line_id, state=state)
            (line,) = (each for each in order_rows.lines(tx, order.id) if each.id == line_id)
            before, after = {"waits": entry.state}, {"waits": state, "sku": line.sku}
            events.record(tx, actor, "waiting_changed", subject_id=order.id, before=before, after=after)


def waiting_line(tx: Connection, actor: Actor, line_id: int) -> tuple[Any, Any]:
    """(order row, entry) of a line that waits and that the actor may see, the order locked."""
    entry = rows.entry(tx, line_id)
    if entry is not None:
        order = orders.visible(tx, actor, order_rows.by_id(tx, entry.order_id).number, lock=True)
        entry = rows.entry(tx, line_id)
    if entry is None:
        raise NotFound("This line does not wait for stock any more.", details={"line": line_id})
    if Stage(order.stage) not in BEFORE_PACKING:
        raise Refused(f"Order {order.number} is packed or gone: send it back to Picking first.")
    return order, entry


def _write(
    tx: Connection,
    actor: Actor,
    before: Mapping[int, Any],
    takes: Mapping[int, list[Take]],
    places: Mapping[int, Place],
    reason: str,
    at: datetime,
) -> None:
    every = [take for planned in takes.values() for take in planned]
    stock.claim_many(tx, allocation.by_level(every))
    stock.reserve(
        tx,
        [
            row
            for order_id, planned in takes.items()
            for take in planned
            for row in allocation.reservations(order_id, take.key, take, at)
        ],
    )
    lines: dict[int, int] = defaultdict(int)
    for take in every:
        lines[take.key] += take.units
    sums = {
        order_id: (sum(take.units for take in planned), allocation.main_location(planned) or 0)
        for order_id, planned in takes.items()
    }
    rows.fill(tx, lines, sums, at)
    event_rows.append_many(
        tx,
        [
            {
                "subject": "order",
                "subject_id": order_id,
                "order_id": order_id,
                "kind": "allocated",
                "actor": actor.name,
                "source": actor.source,
                "before": {"short": before[order_id].shortfall},
                "after": {"short": before[order_id].shortfall - units, "location": places[location].code},
                "reason": reason or takes[order_id][0].why,
                "at": at,
            }
            for order_id, (units, location) in sums.items()
        ],
    )
    after = order_rows.by_ids(tx, list(takes))
    projections.orders_changed(tx, [(before[order_id], after[order_id]) for order_id in takes])


def _name_what_lacks(tx: Connection, entries: Sequence[Any], takes: Mapping[int, list[Take]], left: Shelves) -> None:
    """A kit that still waits does so for the component that it lacks now: that one's arrival wakes its line."""
    for entry in entries:
        if parts := kits.read(entry.parts):
            kept = sum(take.units for take in takes.get(entry.order_id, ()) if take.key == entry.order_line_id)
            lacks = kits.lacking(parts, left.values()).product_id
            if kept < entry.units and lacks != entry.product_id:
                rows.set_entry(tx, entry.order_line_id, product_id=lacks)


def _where_it_lies(order: Any, shelves: Shelves) -> Shelves:
    """An order that ships complete goes on where its first units are."""
    if order.location_id is None:
        return shelves
    return {order.location_id: shelves.get(order.location_id, {})}


def _place(cursor: str) -> tuple[int, datetime, int]:
    if not _CURSOR.fullmatch(cursor):
        raise Malformed("This cursor is not one of ours.", details={"field": "cursor"})
    rank, due, line_id = map(int, cursor.split("."))
    return rank, clock.from_ms(due), line_id


def _view(row: Any) -> ShortLine:
    return ShortLine(
        line_id=row.order_line_id,
        number=row.number,
        stage=row.stage,
        version=row.version,
        sku=row.sku,
        name=row.name,
        known=row.product_id is not None,
        units=row.units,
        ordered=row.quantity,
        allocated=row.allocated,
        available=int(row.available),
        state=Waiting(row.state),
        customer=row.customer_name,
        city=row.city,
        channel=row.channel_title,
        priority=row.priority,
        due=row.due,
        at=row.at,
        lacks=row.waits_for if row.parts else "",
    )
