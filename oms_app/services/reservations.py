"""Reservations by hand: what is kept where for an order, letting units go, moving them to another location."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue, projections, stock
from oms_app.db.queries import lots as lot_rows
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import shortfalls as queue
from oms_app.domain import kits, lots
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.routing import Need, Take
from oms_app.domain.shortfalls import KeptView, Waiting
from oms_app.services import allocation, events, orders, shortfalls


def of_order(actor: Actor, number: str) -> tuple[KeptView, ...]:
    """What is kept for an order, and why there. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return kept(tx, orders.visible(tx, actor, number))


def kept(tx: Connection, order: Any) -> tuple[KeptView, ...]:
    """What is kept for an order's row, and why there."""
    found = stock.kept_for(tx, order.id)
    words = lot_rows.to_pick(tx, [row for row in found if row.lots], datetime.now(UTC))
    return tuple(
        KeptView(r.id, r.order_line_id, r.sku, r.code, r.quantity, r.why, r.at, words.get(r.id, "")) for r in found
    )


def release(actor: Actor, reservation_id: int, *, reason: str) -> int:
    """Let units go; their line waits until somebody keeps units for it by hand. Returns the units."""
    _check(actor, reason)
    with transaction() as tx:
        order, kept = _lock(tx, actor, reservation_id)
        return _release(tx, actor, order, kept, reason.strip(), Waiting.BY_HAND)


def let_expired_go(actor: Actor, reservation_id: int) -> int:
    """Let units go whose lot expired; their line waits for others. Returns the units, none where they are gone."""
    actor.require(Permission.ALLOCATE_STOCK)
    with transaction() as tx:
        try:
            order, kept = _lock(tx, actor, reservation_id)
        except (NotFound, Refused):
            return 0  # shipped, packed or let go meanwhile
        return _release(tx, actor, order, kept, "What was kept has expired", Waiting.OPEN)


def move(actor: Actor, reservation_id: int, location: str, *, reason: str) -> int:
    """Keep the units at another location instead, all of them or none. Returns the units.

    Raises Refused where the location has too few, NotFound, Malformed.
    """
    _check(actor, reason)
    with transaction() as tx:
        order, kept = _lock(tx, actor, reservation_id)
        place = catalogue.location_coded(tx, location)
        if place is None:
            raise NotFound(f"There is no location “{location}”.", details={"field": "location"})
        if place.id == kept.location_id:
            raise Refused(f"The units are kept at {place.name} already.")
        line, here, units = _kept_with(tx, order, kept)
        need = Need(line.id, line.product_id, units, kits.content(kits.read(line.parts)))
        there = need.there(allocation.on_shelves(tx, [each for each, _ in need.content()]).get(place.id, {}))
        if there < units:
            raise Refused(
                f"{place.name} has {there} available, and {units} are to move.",
                code="insufficient_stock",
                details={"available": there},
            )
        take = Take(line.id, need.content(), place.id, units, f"by hand: {reason.strip()}")
        stock.claim_many(tx, allocation.by_level([take]))
        allocation.take_kept(tx, line, here, units, "released")
        stock.reserve(tx, allocation.reservations(order.id, line.id, take, datetime.now(UTC)))
        _changed(tx, order, location_id=allocation.mainly_at(tx, order.id))
        before, after = {"location": _code(tx, kept.location_id)}, {"location": place.code, "units": units}
        events.record(tx, actor, "reallocated", subject_id=order.id, before=before, after=after, reason=reason.strip())
        return units


def lots_for(actor: Actor, reservation_id: int) -> tuple[tuple[str, date | None, int], ...]:
    """(code, last day, units free) of the lots that kept units may be taken of, what expires first before the others.

    Raises NotFound, and Refused where the order is packed.
    """
    actor.require(Permission.ALLOCATE_STOCK)
    with transaction() as tx:
        kept = _named(tx, *_lock(tx, actor, reservation_id))
        return tuple((each.code, each.expires, each.units) for each in _free_lots(tx, kept) if each.units and each.code)


def choose_lot(actor: Actor, reservation_id: int, lot: str, *, reason: str) -> int:
    """Take kept units of a lot that somebody chose; with an empty `lot` what expires first goes again. The units.

    Raises Refused where the lot expires too soon or has too few free, NotFound, Malformed.
    """
    _check(actor, reason)
    code = lot.strip()
    with transaction() as tx:
        order, kept = _lock(tx, actor, reservation_id)
        stock.lock(tx, [kept.product_id])
        kept, found = _named(tx, order, kept), None
        if code:
            held = {each.code: each for each in lot_rows.of_level(tx, kept.product_id, kept.location_id)}
            if code not in held:
                raise NotFound(f"No lot {code} of {kept.sku} lies at {kept.code}.", details={"field": "lot"})
            found = {each.code: each for each in _free_lots(tx, kept)}.get(code)
            if found is None:
                raise Refused(lots.expired_choice(kept.sku, code), code="expired", details={"field": "lot"})
            if found.units < kept.quantity:
                raise Refused(
                    f"Lot {code} of {kept.sku} has {found.units} free at {kept.code}, and {kept.quantity} are kept.",
                    code="insufficient_stock",
                    details={"available": found.units},
                )
        lot_rows.choose(tx, kept.id, found.id if found else None)
        _changed(tx, order)
        after = {"sku": kept.sku, "location": kept.code, "lot": code, "units": kept.quantity}
        events.record(tx, actor, "lot_chosen", subject_id=order.id, after=after, reason=reason.strip())
        return int(kept.quantity)


def prefer(actor: Actor, number: str, location: str, *, reason: str) -> int:
    """Keep what a location has of an order there instead of elsewhere; returns the units that moved.

    Raises Refused where it has nothing of it, NotFound, Malformed.
    """
    _check(actor, reason)
    moved = 0
    with transaction() as tx:
        order = orders.visible(tx, actor, number, lock=True)
        place = catalogue.location_coded(tx, location)
        if place is None:
            raise NotFound(f"There is no location “{location}”.", details={"field": "location"})
        if order.shortfall:
            moved += sum(shortfalls.fill(tx, actor, [order.id], location_id=place.id, reason=reason).values())
        kept = stock.kept_for(tx, order.id)
        elsewhere = [each for each in kept if each.location_id != place.id]
        for each in elsewhere:
            try:
                moved += move(actor, each.id, location, reason=reason)
            except (Refused, NotFound):
                continue  # too few of this article are there: it stays; or it went with another component of its kit
        if not moved:
            said = (
                f"{place.name} has nothing of it to keep." if elsewhere or order.shortfall else "It ships from there."
            )
            raise Refused(said, code="insufficient_stock")
    return moved


def _release(tx: Connection, actor: Actor, order: Any, kept: Any, reason: str, state: Waiting) -> int:
    line, here, units = _kept_with(tx, order, kept)
    allocation.take_kept(tx, line, here, units, "released")
    order_rows.add_allocated(tx, line.id, -units)
    entry = queue.entry(tx, kept.order_line_id)
    if entry is None:
        row = {
            "order_line_id": kept.order_line_id,
            "order_id": order.id,
            "product_id": kept.product_id,
            "units": units,
            "state": state,
            "rank": -order.priority,
            "due": order.ship_by or order.placed_at,
            "at": datetime.now(UTC),
        }
        queue.add(tx, [row])
    else:
        queue.set_entry(tx, kept.order_line_id, units=entry.units + units, state=state)
    before = {"units": units, "location": _code(tx, kept.location_id)}
    _changed(tx, order, shortfall=order.shortfall + units)
    events.record(tx, actor, "unallocated", subject_id=order.id, before=before, after={}, reason=reason)
    return units


def _check(actor: Actor, reason: str) -> None:
    actor.require(Permission.ALLOCATE_STOCK)
    if not reason.strip():
        raise Malformed("Say why in a few words.", details={"field": "reason"})


def _lock(tx: Connection, actor: Actor, reservation_id: int) -> tuple[Any, Any]:
    """(order, open reservation), the order locked first and the reservation read after."""
    kept = stock.reservation_of(tx, reservation_id)
    if kept is not None:
        order = orders.visible(tx, actor, order_rows.by_id(tx, kept.order_id).number, lock=True)
        kept = stock.reservation_of(tx, reservation_id)
    if kept is None or kept.state != "open":
        raise NotFound("These units are not kept any more.", details={"reservation": reservation_id})
    if Stage(order.stage) not in shortfalls.BEFORE_PACKING:
        raise Refused(f"Order {order.number} is packed or gone: send it back to Picking first.")
    return order, kept


def _free_lots(tx: Connection, kept: Any) -> list[lots.Lot]:
    """The lots where units are kept that may still be sold, without what was chosen for others."""
    place = (kept.product_id, kept.location_id)
    free = lots.without(lot_rows.of_level(tx, *place), lot_rows.chosen(tx, *place, but=kept.id))
    today = lot_rows.day_of(datetime.now(UTC))
    return lots.first_expired(each for each in free if lots.is_sold(each.expires, kept.unsold_days, today))


def _named(tx: Connection, order: Any, kept: Any) -> Any:
    return next(row for row in stock.kept_for(tx, order.id) if row.id == kept.id)


def _changed(tx: Connection, order: Any, **values: Any) -> None:
    order_rows.change(tx, order, updated_at=datetime.now(UTC), **values)
    projections.order_changed(tx, order, order_rows.by_id(tx, order.id))


def _kept_with(tx: Connection, order: Any, kept: Any) -> tuple[Any, list[Any], int]:
    """(line, its open reservations at that location, units of the line): components of a kit stay together."""
    line = next(line for line in order_rows.lines(tx, order.id) if line.id == kept.order_line_id)
    each = next((part.units for part in kits.read(line.parts) if part.product_id == kept.product_id), 1)
    found = stock.open_reservations(tx, order.id)
    here = [row for row in found if row.order_line_id == line.id and row.location_id == kept.location_id]
    stock.lock(tx, [row.product_id for row in here])
    here.sort(key=lambda row: row.id != kept.id)
    return line, here, int(kept.quantity) // each


def _code(tx: Connection, location_id: int) -> str:
    return str(catalogue.locations_by_id(tx, [location_id])[location_id].code)
