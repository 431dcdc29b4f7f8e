"""The stock ledger: race-proof reservations, movements, and the levels they add up to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, union_all, update

from oms_app.db import bulk
from oms_app.db.engine import insert as upsert
from oms_app.db.prepared import Prepared, insert_into
from oms_app.db.queries import lots
from oms_app.db.queries.lists import among, columns, packed, rows_given
from oms_app.db.tables.catalogue import Location, Product
from oms_app.db.tables.orders import Order
from oms_app.db.tables.stock import Reservation, StockLevel, StockMovement
from oms_app.db.types import BigId
from oms_app.domain.clock import to_ms
from oms_app.domain.errors import Conflict
from oms_app.domain.lots import Came

level = StockLevel.__table__  # type: ignore[attr-defined]
movement = StockMovement.__table__  # type: ignore[attr-defined]
reservation = Reservation.__table__  # type: ignore[attr-defined]
_location = Location.__table__  # type: ignore[attr-defined]
_product = Product.__table__  # type: ignore[attr-defined]
_order = Order.__table__  # type: ignore[attr-defined]

MOST_ON_HAND = 2_000_000_000
_FEW = 20
"""So many claims go one by one, as an order's do; more go as one statement."""

free = level.c.on_hand - level.c.reserved - level.c.safety - level.c.blocked - level.c.expired


# Built once: building a statement costs four times as much as running it.
_AVAILABLE = Prepared(
    lambda sqlite: (
        select(level.c.product_id, level.c.location_id, free.label("available"))
        .join(_location, _location.c.id == level.c.location_id)
        .where(among(level.c.product_id, "ids", sqlite=sqlite), free > 0, _location.c.active)
        .order_by(level.c.product_id, level.c.location_id)
        .with_for_update(of=level)
    )
)
_HERE = (level.c.product_id == bindparam("of_product"), level.c.location_id == bindparam("of_location"))
_CLAIM = Prepared(
    update(level).where(*_HERE, free >= bindparam("quantity")).values(reserved=level.c.reserved + bindparam("quantity"))
)
_CLAIMED = ("product_id", "location_id", "units")


def _claiming(sqlite: bool) -> Any:
    given = rows_given(*_CLAIMED, sqlite=sqlite)
    here = (level.c.product_id == given.c.product_id, level.c.location_id == given.c.location_id)
    claimed = update(level).where(*here, free >= given.c.units)
    return claimed.values(reserved=level.c.reserved + given.c.units)


_CLAIM_MANY = Prepared(_claiming)
_OPEN = Prepared(
    select(reservation, lots.choice.c.lot_id)
    .outerjoin(lots.choice, lots.choice.c.reservation_id == reservation.c.id)
    .where(reservation.c.order_id == bindparam("of_order"), reservation.c.state == "open")
    .order_by(reservation.c.product_id, reservation.c.location_id, reservation.c.id)
)
_KEPT = Prepared(
    select(reservation, _product.c.sku, _product.c.lots, _product.c.unsold_days, _location.c.code, lots.choice.c.lot_id)
    .outerjoin(lots.choice, lots.choice.c.reservation_id == reservation.c.id)
    .join(_product, _product.c.id == reservation.c.product_id)
    .join(_location, _location.c.id == reservation.c.location_id)
    .where(reservation.c.order_id == bindparam("of_order"), reservation.c.state == "open")
    .order_by(reservation.c.order_line_id, reservation.c.id)
)
_RESERVE = Prepared(insert_into(reservation))
_MOVE = Prepared(
    insert_into(movement).returning(
        movement.c.id,
        lots.has_lots(bindparam("product_id", type_=BigId), bindparam("location_id", type_=BigId)).label("lots"),
    )
)


def available(tx: Connection, product_ids: Iterable[int]) -> list[Any]:
    """(product_id, location_id, available) where something is available, locked until the transaction ends.

    Every writer locks levels by product, then location, and orders before levels: nobody waits for anybody for ever.
    """
    return _AVAILABLE.all(tx, ids=packed(tx, set(product_ids)))


def lock(tx: Connection, product_ids: Iterable[int]) -> None:
    """Lock every level of these products in the order of all writers, before some are freed and others claimed."""
    mine = select(level.c.product_id).where(level.c.product_id.in_(set(product_ids)))
    tx.execute(mine.order_by(level.c.product_id, level.c.location_id).with_for_update())


def claim_many(tx: Connection, claims: Mapping[tuple[int, int], int]) -> None:
    """Keep units by (product, location) that `available` found and locked."""
    if len(claims) > _FEW:
        rows = [(*place, units) for place, units in claims.items()]
        if _CLAIM_MANY.run(tx, **columns(tx, _CLAIMED, rows)) < len(rows):
            raise Conflict("Stock changed while it was being kept. Try again.", code="busy")
        return
    for (product_id, location_id), units in sorted(claims.items()):
        if not _CLAIM.run(tx, of_product=product_id, of_location=location_id, quantity=units):
            raise Conflict("Stock changed while it was being kept. Try again.", code="busy")


def reserve(tx: Connection, rows: list[dict[str, Any]]) -> None:
    """Write reservations whose units were claimed."""
    if len(rows) > _FEW:
        stored = (row | {"at": to_ms(row["at"])} for row in rows)
        bulk.insert(tx, Reservation, tuple(rows[0]), (tuple(row.values()) for row in stored))
        return
    _RESERVE.run_many(tx, rows)


def open_reservations(tx: Connection, order_id: int) -> list[Any]:
    """Units kept for an order now, with the lot somebody chose; by product so that writers lock levels in one order."""
    return _OPEN.all(tx, of_order=order_id)


def products_kept_for(tx: Connection, order_ids: Iterable[int]) -> set[int]:
    """Products that units are kept of for these orders now."""
    here = (reservation.c.order_id.in_(set(order_ids)), reservation.c.state == "open")
    return set(tx.scalars(select(reservation.c.product_id).where(*here)))


def reservation_of(tx: Connection, reservation_id: int) -> Any | None:
    """A reservation."""
    return tx.execute(select(reservation).where(reservation.c.id == reservation_id)).first()


def kept_for(tx: Connection, order_id: int) -> list[Any]:
    """Open reservations of an order with their SKU and the code of their location."""
    return _KEPT.all(tx, of_order=order_id)


def least_urgent(tx: Connection, product_id: int, location_id: int) -> list[Any]:
    """Open reservations of a product at a location for orders that nobody packed, the least urgent order's first."""
    query = (
        select(reservation.c.id, reservation.c.quantity)
        .join(_order, _order.c.id == reservation.c.order_id)
        .where(
            reservation.c.product_id == product_id,
            reservation.c.location_id == location_id,
            reservation.c.state == "open",
            _order.c.stage.in_(("placed", "processing", "ready", "picking")),
        )
        .order_by(_order.c.priority, _order.c.id.desc(), reservation.c.id.desc())
    )
    return list(tx.execute(query))


def close_reservation(tx: Connection, row: Any, state: str, *, issued: int = 0) -> bool:
    """End an open reservation once: frees its units and takes `issued` of them off the shelf."""
    closed = tx.execute(
        update(reservation).where(reservation.c.id == row.id, reservation.c.state == "open").values(state=state)
    )
    if not closed.rowcount:
        return False
    tx.execute(
        update(level)
        .where(level.c.product_id == row.product_id, level.c.location_id == row.location_id)
        .values(reserved=level.c.reserved - row.quantity, on_hand=level.c.on_hand - issued)
    )
    return True


def take_from_reservation(tx: Connection, row: Any, units: int, state: str) -> None:
    """End an open reservation for some of its units, released or issued; the order is locked. They stay on record."""
    if units == row.quantity:
        if not close_reservation(tx, row, state, issued=units if state == "issued" else 0):
            raise Conflict("Stock changed meanwhile. Try again.", code="busy")
        return
    here = (reservation.c.id == row.id, reservation.c.state == "open", reservation.c.quantity > units)
    if not tx.execute(update(reservation).where(*here).values(quantity=reservation.c.quantity - units)).rowcount:
        raise Conflict("Stock changed meanwhile. Try again.", code="busy")
    part = {column.name: getattr(row, column.name) for column in reservation.c if column.name != "id"}
    tx.execute(insert(reservation).values(part | {"quantity": units, "state": state}))
    of_level = (level.c.product_id == row.product_id, level.c.location_id == row.location_id)
    gone = {"reserved": level.c.reserved - units}
    if state == "issued":
        gone["on_hand"] = level.c.on_hand - units
    tx.execute(update(level).where(*of_level).values(gone))


def record_movement(
    tx: Connection,
    *,
    product_id: int,
    location_id: int,
    kind: str,
    quantity: int,
    cause: str,
    reason: str,
    actor: str,
    at: datetime,
    came: Sequence[tuple[Came, int]] = (),
) -> int:
    """Append a movement; returns its id. The level is changed by the caller before, with the reservation or by `shift`.

    came  the lots it names with their units, where the article has lots: `lots.follow` says what goes otherwise
    """
    values = {
        "product_id": product_id,
        "location_id": location_id,
        "kind": kind,
        "quantity": quantity,
        "cause": cause,
        "reason": reason,
        "actor": actor,
        "at": at,
    }
    written: Any = _MOVE.first(tx, **values)
    if written.lots:
        lots.follow(tx, written.id, product_id, location_id, kind, quantity, came, at)
    return int(written.id)


def moved_by(tx: Connection, cause: str) -> dict[int, int]:
    """Units by product that a cause moved already."""
    query = select(movement.c.product_id, func.sum(movement.c.quantity).label("units"))
    found = tx.execute(query.where(movement.c.cause == cause).group_by(movement.c.product_id))
    return {row.product_id: int(row.units) for row in found}


def shift(tx: Connection, product_id: int, location_id: int, quantity: int) -> bool:
    """Change on hand by a signed quantity; False where it would fall below what is reserved, or beyond counting."""
    if quantity >= 0:
        statement = upsert(tx)(level).values(
            product_id=product_id, location_id=location_id, on_hand=quantity, reserved=0, safety=0, blocked=0
        )
        added = tx.execute(
            statement.on_conflict_do_update(
                index_elements=["product_id", "location_id"],
                set_={"on_hand": level.c.on_hand + quantity},
                where=level.c.on_hand <= MOST_ON_HAND - quantity,
            ).returning(level.c.on_hand)
        )
        return added.first() is not None
    changed = tx.execute(
        update(level)
        .where(
            level.c.product_id == product_id,
            level.c.location_id == location_id,
            level.c.on_hand + quantity >= level.c.reserved + level.c.blocked,
        )
        .values(on_hand=level.c.on_hand + quantity)
    )
    return bool(changed.rowcount)


def levels_of(tx: Connection, product_id: int) -> list[Any]:
    """Levels of one product: location_id, code, name, on_hand, reserved, safety, blocked, available."""
    query = (
        select(
            level.c.location_id,
            _location.c.code,
            _location.c.name,
            level.c.on_hand,
            level.c.reserved,
            level.c.safety,
            level.c.blocked,
            level.c.expired,
            free.label("available"),
        )
        .join(_location, _location.c.id == level.c.location_id)
        .where(level.c.product_id == product_id)
        .order_by(_location.c.code)
    )
    return list(tx.execute(query))


def page(
    tx: Connection, *, after_sku: str = "", prefix: str = "", words: str = "", only_out: bool = False, limit: int = 50
) -> list[Any]:
    """A keyset page of goods by SKU with their levels summed over locations.

    words     only goods whose SKU begins with them or whose name holds them, any case
    only_out  only goods of which nothing is available
    """
    query = (
        select(
            _product.c.id,
            _product.c.sku,
            _product.c.name,
            _total(level.c.on_hand).label("on_hand"),
            _total(level.c.reserved).label("reserved"),
            _total(free).label("available"),
        )
        .where(_product.c.kind == "goods", _product.c.sku > after_sku)
        .order_by(_product.c.sku)
        .limit(limit)
    )
    if prefix:
        query = query.where(and_(_product.c.sku >= prefix, _product.c.sku < prefix + "\U0010ffff"))
    return list(tx.execute(query.where(*_fits(words, only_out))))


def found(tx: Connection, *, words: str, only_out: bool, after: str, limit: int) -> list[str]:
    """SKUs of the goods that such a page shows, after one of them."""
    query = select(_product.c.sku).where(_product.c.kind == "goods", _product.c.sku > after, *_fits(words, only_out))
    return list(tx.scalars(query.order_by(_product.c.sku).limit(limit)))


def count_found(tx: Connection, *, words: str, only_out: bool) -> int:
    """How many such goods there are."""
    mine = (_product.c.kind == "goods", *_fits(words, only_out))
    return tx.scalar(select(func.count()).select_from(_product).where(*mine)) or 0


def _fits(words: str, only_out: bool) -> list[Any]:
    fits: list[Any] = [_total(free) <= 0] if only_out else []
    if words:
        sku, name, lowered = func.lower(_product.c.sku), func.lower(_product.c.name), words.lower()
        fits.append(or_(sku.startswith(lowered, autoescape=True), name.contains(lowered, autoescape=True)))
    return fits


def _total(units: Any) -> Any:
    """Summed over the locations of the product at hand, so that a page adds up its own rows and no others."""
    summed = select(func.coalesce(func.sum(units), 0)).where(level.c.product_id == _product.c.id)
    return summed.correlate(_product).scalar_subquery()


def movements(tx: Connection, product_id: int, *, before: int | None = None, limit: int = 50) -> list[Any]:
    """A keyset page of a product's movements, newest first, with the location's code.

    The newest of each location first: that is one step in the index, however long the ledger of the product is.
    """
    below = [movement.c.id < before] if before else []
    newest = [
        select(movement.c.id)
        .where(movement.c.product_id == product_id, movement.c.location_id == place, *below)
        .order_by(movement.c.id.desc())
        .limit(limit)
        .subquery()
        for place in tx.scalars(select(_location.c.id))
    ]
    if not newest:
        return []
    some = union_all(*(select(each.c.id) for each in newest)).subquery()
    query = (
        select(movement, _location.c.code.label("location"))
        .join(some, some.c.id == movement.c.id)
        .join(_location, _location.c.id == movement.c.location_id)
        .order_by(movement.c.id.desc())
        .limit(limit)
    )
    return list(tx.execute(query))
