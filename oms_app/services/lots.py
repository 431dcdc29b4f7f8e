"""Lots: switching them on for an article, naming units, what expires when, and letting go of what expired."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import lots as rows
from oms_app.db.queries import stock as stock_rows
from oms_app.domain import days, lots
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.lots import MOST_DAYS, UNNAMED, Came, LotEntryView, LotView, Terms
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.services import events, reservations, shortfalls

KEEPER = system("Expiry", "job")
"""Who lets go of units that expired."""

_FAR = days.number(date.max)


def terms(actor: Actor, sku: str) -> Terms:
    """Whether a product has lots, and when they are not sold any more. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        product = _product(tx, sku)
        return Terms(product.lots, product.unsold_days)


def set_terms(actor: Actor, sku: str, wanted: Terms) -> Terms:
    """Switch lots of a product on or off, and say how many days before it expires a lot is not sold any more.

    What lies there is of a lot without a name at first. Raises Malformed, NotFound; Refused for what is no goods.
    """
    actor.require(Permission.EDIT_PRODUCTS)
    if not 0 <= wanted.unsold_days <= MOST_DAYS:
        raise Malformed(f"Between 0 and {MOST_DAYS:,} days.", details={"field": "unsold_days"})
    with transaction() as tx:
        product, at = _product(tx, sku), datetime.now(UTC)
        if product.kind != "goods":
            raise Refused(f"{sku} has no stock of its own: it has no lots.")
        before = Terms(product.lots, product.unsold_days)
        if before == wanted:
            return wanted
        places = rows.levels(tx, product.id)
        rows.set_terms(tx, product.id, tracked=wanted.tracked, unsold_days=wanted.unsold_days)
        if wanted.tracked:
            for location_id in places:
                rows.adopt(tx, product.id, location_id, 0, at)
            rows.count_expired(tx, product.id, places, rows.day_of(at))
        else:
            rows.drop(tx, product.id, at)
        was, now = ({"lots": each.tracked, "unsold_days": each.unsold_days, "sku": sku} for each in (before, wanted))
        events.record(tx, actor, "lots_changed", subject="product", subject_id=product.id, before=was, after=now, at=at)
    _let_go_of_expired()
    shortfalls.refill([product.id])
    return wanted


def of_product(actor: Actor, sku: str) -> tuple[LotView, ...]:
    """The lots of a product that hold something, what expires first before the others. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple(_view(row) for row in rows.of_product(tx, _product(tx, sku).id))


def expiring(
    actor: Actor, *, within: int | None = None, words: str = "", after: tuple[int, int] = (-1, 0), limit: int = 50
) -> tuple[LotView, ...]:
    """A keyset page of lots by the day they expire: all, or those that do so `within` days (0: today; -1: expired).

    words  a whole SKU or the code of a lot        after  (day, lot id)
    """
    actor.require(Permission.SEE_STOCK)
    until = _FAR if within is None else days.number(rows.day_of(datetime.now(UTC))) + within
    with reading() as tx:
        found = rows.expiring(tx, until=until, after=after, words=words.strip(), limit=limit)
        return tuple(_view(row) for row in found)


def place_of(view: LotView) -> tuple[int, int]:
    """Where a page goes on after a lot that expires."""
    return (days.number(view.expires) if view.expires else _FAR, view.id)


def history(actor: Actor, lot_id: int, *, limit: int = 200) -> tuple[LotView, tuple[LotEntryView, ...]]:
    """A lot, and what came into it and left it, newest first: the orders it went to by name. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = tuple(
            LotEntryView(row.units, row.kind or "named", row.reason or "", row.actor or "", row.at)
            for row in rows.history(tx, lot_id, limit)
        )
        return _view(_row(tx, lot_id)), found


def name(actor: Actor, lot_id: int, *, to: Came, units: int) -> tuple[LotView, ...]:
    """Say of which lot units are; returns the lots of the product. Raises Refused where the lot holds fewer."""
    actor.require(Permission.ADJUST_STOCK)
    to = lots.check(to)
    with transaction() as tx:
        row, at = _row(tx, lot_id), datetime.now(UTC)
        if to.code == UNNAMED or to.code == row.code:
            raise Malformed("Name another lot.", details={"field": "lot"})
        rows.levels(tx, row.product_id)
        row = _row(tx, lot_id)
        if not 1 <= units <= row.on_hand:
            raise Refused(f"The lot holds {row.on_hand} units.", code="insufficient_stock")
        rows.rename(tx, row, to, units, at)
        rows.count_expired(tx, row.product_id, [row.location_id], rows.day_of(at))
        was, now = {"lot": row.code}, {"lot": to.code, "units": units, "location": row.location, "sku": row.sku}
        about = {"subject": "product", "subject_id": row.product_id}
        events.record(tx, actor, "lot_named", before=was, after=now, at=at, **about)
    _let_go_of_expired()
    shortfalls.refill([row.product_id])
    return of_product(actor, row.sku)


def expire(now: datetime | None = None) -> int:
    """Count anew what may not be sold any more, as days pass; returns the units let go. For the worker."""
    today = rows.day_of(now or datetime.now(UTC))
    with reading() as tx:
        due = rows.overdue(tx, today)
    for product_id, location_id in due:
        with transaction() as tx:
            rows.levels(tx, product_id)
            rows.count_expired(tx, product_id, [location_id], today)
    return _let_go_of_expired()


def _let_go_of_expired() -> int:
    """Let orders go of units that may not be sold any more, the least urgent first; they wait for others then."""
    with reading() as tx:
        found = rows.promised_too_much(tx)
    freed = 0
    for level in found:
        with reading() as tx:
            kept = stock_rows.least_urgent(tx, level.product_id, level.location_id)
        units = level.units
        for row in kept:
            if units > 0 and reservations.let_expired_go(KEEPER, row.id):
                units, freed = units - row.quantity, freed + row.quantity
    if freed:
        shortfalls.refill([level.product_id for level in found])
    return freed


def _view(row: Any) -> LotView:
    expires = None if row.expires_on is None else days.as_date(row.expires_on)
    sold_until = expires - timedelta(days=row.unsold_days) if expires else None
    return LotView(row.id, row.sku, row.name, row.location, row.code, expires, sold_until, row.on_hand)


def _row(tx: Connection, lot_id: int) -> Any:
    row = rows.one(tx, lot_id)
    if row is None:
        raise NotFound(f"There is no lot {lot_id}.", details={"lot": lot_id})
    return row


def _product(tx: Connection, sku: str) -> Any:
    product = catalogue.products_by_sku(tx, [sku]).get(sku)
    if product is None:
        raise NotFound(f"There is no product with the SKU {sku}.", details={"sku": sku})
    return product
