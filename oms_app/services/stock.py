"""Stock as people see and correct it: levels, the ledger, adjustments with a reason."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from oms_app.db.engine import is_duplicate, reading, transaction
from oms_app.db.queries import bins, catalogue, incoming, stock_cover
from oms_app.db.queries import lots as lot_rows
from oms_app.db.queries import stock as rows
from oms_app.db.queries.products import thumbnails
from oms_app.domain import lots
from oms_app.domain.catalogue import LevelView, MovementView, StockRow, StockView
from oms_app.domain.errors import NotFound, Refused
from oms_app.domain.kits import no_stock_of_its_own
from oms_app.domain.lots import NO_LOT, Came
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.stock import MovementKind, check_movement
from oms_app.domain.stock_cover import days_of_cover
from oms_app.services import events, kits, shortfalls


def get(actor: Actor, sku: str) -> StockView:
    """A product's stock by location. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return _view(tx, _product(tx, sku))


def page(
    actor: Actor, *, after_sku: str = "", prefix: str = "", words: str = "", only_out: bool = False, limit: int = 50
) -> tuple[StockRow, ...]:
    """A keyset page of goods by SKU. `words` looks into SKU and name; `only_out` leaves what is not available."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(tx, after_sku=after_sku, prefix=prefix, words=words, only_out=only_out, limit=limit)
        coming = incoming.by_product(tx, (row.id for row in found))
        shown = thumbnails(tx, [row.sku for row in found])
        return tuple(
            StockRow(
                r.sku, r.name, int(r.on_hand), int(r.reserved), int(r.available), coming[r.id], shown.get(r.sku, "")
            )
            for r in found
        )


def movements(actor: Actor, sku: str, *, before: int | None = None, limit: int = 50) -> tuple[MovementView, ...]:
    """A keyset page of a product's ledger, newest first; `before` is a movement id."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.movements(tx, _product(tx, sku).id, before=before, limit=limit)
        return tuple(
            MovementView(r.id, r.location, r.kind, r.quantity, r.cause, r.reason, r.actor, r.at) for r in found
        )


def adjust(
    actor: Actor,
    sku: str,
    location: str,
    quantity: int,
    *,
    reason: str,
    cause: str = "",
    kind: str = MovementKind.ADJUSTED,
    at: datetime | None = None,
    lot: Came = NO_LOT,
    opposite_of: str = "",
) -> StockView:
    """Change on hand by a signed quantity, with a reason: a movement of a kind that goes this way.

    cause  what makes this adjustment one and the same when it is sent again; unique where left empty
    at     when it happened, for history; now by default
    lot    which lot they are of, where the article has lots; without one the first expired go
    opposite_of  the cause of an adjustment that this one takes back: its units go back to the lots they came from
    Raises Refused where less would remain than is reserved, NotFound, Malformed.
    """
    actor.require(Permission.ADJUST_STOCK)
    check_movement(kind, quantity, reason)
    try:
        with transaction() as tx:
            now = at or datetime.now(UTC)
            product_id = _adjust(
                tx,
                actor,
                sku,
                location,
                quantity,
                reason=reason.strip(),
                cause=cause,
                kind=kind,
                at=now,
                lot=lot,
                opposite_of=opposite_of,
            )
        if quantity > 0:
            shortfalls.refill([product_id], at=at)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
    return get(actor, sku)  # also where this cause had moved this stock already: twice is once


def restock(
    actor: Actor, sku: str, location: str, quantity: int, *, document: str, line: int, reason: str
) -> StockView:
    """Put units of a line of a document (`return:12`, `order:7`) back on the shelf: sent twice, they come once."""
    cause = f"{document}:line:{line}"
    return adjust(actor, sku, location, quantity, reason=reason, cause=cause, kind=MovementKind.RETURNED)


def _adjust(
    tx: Connection,
    actor: Actor,
    sku: str,
    location: str,
    quantity: int,
    *,
    reason: str,
    cause: str,
    kind: str,
    at: datetime,
    lot: Came,
    opposite_of: str,
) -> int:
    product, place = _product(tx, sku), catalogue.location_coded(tx, location)
    if place is None:
        raise NotFound(f"There is no location “{location}”.", details={"field": "location"})
    if product.kind != "goods":
        raise Refused(no_stock_of_its_own(sku, product.kind))
    named = lots.said(sku, lot, tracked=product.lots, must=kind == MovementKind.RECEIVED)
    came = [(named, abs(quantity))] if named.code else []
    if opposite_of:
        came = lot_rows.moved_by(tx, opposite_of, product.id, MovementKind.ADJUSTED)
    if not rows.shift(tx, product.id, place.id, quantity):
        if quantity > 0:
            raise Refused(f"{sku} at {place.name}: more than {rows.MOST_ON_HAND:,} units cannot be counted.")
        level = next((row for row in rows.levels_of(tx, product.id) if row.location_id == place.id), None)
        on_hand, reserved = (level.on_hand, level.reserved) if level else (0, 0)
        raise Refused(
            f"{sku} at {place.name}: {on_hand} on hand, {reserved} of them reserved, so {-quantity} cannot go. "
            "Release reservations first.",
            code="insufficient_stock",
            details={"on_hand": on_hand, "reserved": reserved},
        )
    movement_id = rows.record_movement(
        tx,
        product_id=product.id,
        location_id=place.id,
        kind=kind,
        quantity=quantity,
        cause=cause or f"adjustment:{uuid.uuid4()}",
        reason=reason,
        actor=actor.name,
        at=at,
        came=came,
    )
    events.record(
        tx,
        actor,
        "stock_adjusted",
        subject="product",
        subject_id=product.id,
        after={"sku": sku, "location": location, "kind": kind, "quantity": quantity, "movement": movement_id},
        reason=reason,
        at=at,
    )
    return int(product.id)


def _product(tx: Connection, sku: str) -> Any:
    product = catalogue.products_by_sku(tx, [sku]).get(sku)
    if product is None:
        raise NotFound(f"There is no product with the SKU {sku}.", details={"sku": sku})
    return product


def _kit_view(tx: Connection, product: Any) -> StockView:
    """A kit as its components let it be made; nothing of it is on hand."""
    made = kits.made_of(tx, product)
    names = {row.code: row.name for row in catalogue.locations(tx)}
    levels = tuple(LevelView(code, names[code], 0, 0, 0, 0, units, 0, "") for code, units in made.items())
    return StockView(product.sku, product.name, 0, 0, sum(made.values()), 0, levels, kind="kit")


def _view(tx: Connection, product: Any) -> StockView:
    if product.kind == "kit":
        return _kit_view(tx, product)
    coming, shelves = incoming.by_level(tx, [product.id]), bins.of_product(tx, product.id)
    levels = tuple(
        LevelView(
            location=row.code,
            name=row.name,
            on_hand=row.on_hand,
            reserved=row.reserved,
            safety=row.safety,
            blocked=row.blocked,
            available=row.available,
            incoming=coming.get((product.id, row.location_id), 0),
            bins=", ".join(shelves.get(row.location_id, ())),
            expired=row.expired,
        )
        for row in rows.levels_of(tx, product.id)
    )
    sold = stock_cover.of_product(tx, product.id)
    issued, available = sold.issued if sold else 0, sum(level.available for level in levels)
    return StockView(
        sku=product.sku,
        name=product.name,
        on_hand=sum(level.on_hand for level in levels),
        reserved=sum(level.reserved for level in levels),
        available=available,
        incoming=sum(coming.values()),
        levels=levels,
        issued=issued,
        cover=days_of_cover(available, issued),
        kind=product.kind,
    )
