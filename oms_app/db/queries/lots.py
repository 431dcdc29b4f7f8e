"""Lots: which of them a movement takes or fills, what of a level may still be sold, and what expires when.

Who writes the lots of a level has changed the level before, in the same transaction, and so is alone with them.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from oms_app.db.tables.catalogue import Location, Product
from oms_app.db.tables.lots import LotChoice, LotEntry, StockLot
from oms_app.db.tables.stock import Reservation, StockLevel, StockMovement
from oms_app.domain import days, lots
from oms_app.domain.errors import Refused
from oms_app.domain.lots import Came, Lot, NotSoldAnyMore
from oms_app.domain.stock import MovementKind
from oms_app.settings import get_settings

lot = StockLot.__table__  # type: ignore[attr-defined]
entry = LotEntry.__table__  # type: ignore[attr-defined]
choice = LotChoice.__table__  # type: ignore[attr-defined]
_level, _movement = StockLevel.__table__, StockMovement.__table__  # type: ignore[attr-defined]
_kept = Reservation.__table__  # type: ignore[attr-defined]
_product, _location = Product.__table__, Location.__table__  # type: ignore[attr-defined]


def has_lots(product_id: Any, location_id: Any) -> Any:
    """Whether a movement of a product at a location has to say lots, as an expression."""
    its = (_level.c.product_id == product_id, _level.c.location_id == location_id)
    of_level = select(_level.c.lots).where(*its).scalar_subquery()
    of_product = select(_product.c.lots).where(_product.c.id == product_id).scalar_subquery()
    return or_(of_product, of_level)


def follow(
    tx: Connection,
    movement_id: int,
    product_id: int,
    location_id: int,
    kind: str,
    quantity: int,
    came: Sequence[tuple[Came, int]],
    at: datetime,
) -> None:
    """Bring the lots of a level to what a movement did to it. Raises Refused where no lot may give so many units.

    came  the lots that it names, with their units; of the rest what comes has no name, and what goes is first expired
    """
    today = day_of(at)
    adopt(tx, product_id, location_id, quantity, at)
    if quantity > 0:
        named = came or [(Came(), quantity)]
        changes = [(_open(tx, product_id, location_id, each), units) for each, units in named]
    else:
        taken = _taken(tx, product_id, location_id, kind, -quantity, came, today)
        changes = [(each.id, -units) for each, units in taken]
    for lot_id, units in changes:
        _enter(tx, lot_id, movement_id, units, at)
    count_expired(tx, product_id, [location_id], day_of(datetime.now(tz=at.tzinfo)))


def adopt(tx: Connection, product_id: int, location_id: int, quantity: int, at: datetime) -> None:
    """Units that no lot holds are of one without a name: all of a level when its lots begin, later none.

    quantity  what a movement that has no entry yet did to the level
    """
    here = _here(_level, product_id, location_id)
    on_hand = int(tx.scalar(select(_level.c.on_hand).where(*here)) or 0)
    lacking = on_hand - quantity - sum(each.units for each in of_level(tx, product_id, location_id))
    if lacking > 0:
        _enter(tx, _open(tx, product_id, location_id, Came()), None, lacking, at)
    tx.execute(update(_level).where(*here, _level.c.lots.is_(False)).values(lots=True))


def repair(tx: Connection, product_id: int, location_id: int, at: datetime) -> None:
    """Make lots say what their entries add up to, and those of a level what is on hand: what differs has no name."""
    here = _here(lot, product_id, location_id)
    entered = select(func.coalesce(func.sum(entry.c.units), 0)).where(entry.c.lot_id == lot.c.id).scalar_subquery()
    tx.execute(update(lot).where(*here).values(on_hand=entered))
    adopt(tx, product_id, location_id, 0, at)
    on_hand = int(tx.scalar(select(_level.c.on_hand).where(*_here(_level, product_id, location_id))) or 0)
    held = of_level(tx, product_id, location_id)
    for each, units in lots.take(held, sum(each.units for each in held) - on_hand):
        _enter(tx, each.id, None, -units, at)
    count_expired(tx, product_id, [location_id], day_of(at))


def rename(tx: Connection, row: Any, to: Came, units: int, at: datetime) -> None:
    """Units of a lot turn out to be of another one, of the same product at the same location."""
    _enter(tx, row.id, None, -units, at)
    _enter(tx, _open(tx, row.product_id, row.location_id, to), None, units, at)


def drop(tx: Connection, product_id: int, at: datetime) -> None:
    """Empty every lot of a product: it has none any more. What they held is on record."""
    held = select(lot.c.id, lot.c.on_hand).where(lot.c.product_id == product_id, lot.c.on_hand > 0)
    for row in tx.execute(held).all():
        _enter(tx, row.id, None, -row.on_hand, at)
    tx.execute(update(_level).where(_level.c.product_id == product_id).values(lots=False, expired=0))


def set_terms(tx: Connection, product_id: int, *, tracked: bool, unsold_days: int) -> None:
    """Whether a product has lots, and how long before a lot expires it is not sold any more."""
    tx.execute(update(_product).where(_product.c.id == product_id).values(lots=tracked, unsold_days=unsold_days))


def levels(tx: Connection, product_id: int) -> list[int]:
    """Locations of a product's levels, locked."""
    query = select(_level.c.location_id).where(_level.c.product_id == product_id).order_by(_level.c.location_id)
    return list(tx.scalars(query.with_for_update()))


def count_expired(tx: Connection, product_id: int, location_ids: Iterable[int], today: date) -> None:
    """Write on the levels how many units of their lots are not sold any more."""
    units = select(func.coalesce(func.sum(lot.c.on_hand), 0)).where(
        *_here(lot, _level.c.product_id, _level.c.location_id), _not_sold(today)
    )
    unsold = units.where(_product.c.id == lot.c.product_id).correlate(_level).scalar_subquery()
    mine = (_level.c.product_id == product_id, _level.c.location_id.in_(list(location_ids)))
    tx.execute(update(_level).where(*mine).values(expired=unsold))


def overdue(tx: Connection, today: date) -> list[tuple[int, int]]:
    """(product, location) of levels that count another number of units as not sold than today's."""
    sums = (
        select(lot.c.product_id, lot.c.location_id, func.sum(lot.c.on_hand).label("units"))
        .join(_product, _product.c.id == lot.c.product_id)
        .where(_not_sold(today), lot.c.on_hand > 0)
        .group_by(lot.c.product_id, lot.c.location_id)
        .subquery()
    )
    same = and_(sums.c.product_id == _level.c.product_id, sums.c.location_id == _level.c.location_id)
    query = (
        select(_level.c.product_id, _level.c.location_id)
        .outerjoin(sums, same)
        .where(_level.c.lots, _level.c.expired != func.coalesce(sums.c.units, 0))
        .order_by(_level.c.product_id, _level.c.location_id)
    )
    return [(row.product_id, row.location_id) for row in tx.execute(query)]


def promised_too_much(tx: Connection) -> list[Any]:
    """(product_id, location_id, units) of levels that keep more for orders than may still be sold."""
    good = _level.c.on_hand - _level.c.expired
    query = select(_level.c.product_id, _level.c.location_id, (_level.c.reserved - good).label("units"))
    return list(tx.execute(query.where(_level.c.expired > 0, _level.c.reserved > good)))


def of_level(tx: Connection, product_id: int, location_id: int) -> list[Lot]:
    """What the lots of a product at a location hold."""
    return [_lot(row) for row in tx.execute(select(lot).where(*_here(lot, product_id, location_id), lot.c.on_hand > 0))]


def to_pick(tx: Connection, kept: Iterable[Any], at: datetime) -> dict[int, str]:
    """The lots that go for what is kept (open reservations with `unsold_days`), in words, by id: chosen, or first."""
    shelves: dict[tuple[int, int], list[Lot]] = {}
    words = {}
    for row in kept:
        place = (row.product_id, row.location_id)
        if row.lot_id is not None:
            words[row.id] = f"{row.quantity} × {one_code(tx, row.lot_id)}, chosen"
            continue
        if place not in shelves:
            held = lots.without(of_level(tx, *place), chosen(tx, *place))
            shelves[place] = [each for each in held if lots.is_sold(each.expires, row.unsold_days, day_of(at))]
        taken = lots.take(shelves[place], row.quantity)
        shelves[place] = lots.without(shelves[place], taken)
        words[row.id] = ", ".join(f"{units} × {each.code or 'no lot'}" for each, units in taken)
    return words


def one_code(tx: Connection, lot_id: int) -> str:
    """The code of a lot, or that it has none."""
    return tx.scalar(select(lot.c.code).where(lot.c.id == lot_id)) or "no lot"


def choose(tx: Connection, reservation_id: int, lot_id: int | None) -> None:
    """Write which lot a reservation takes; None: what expires first."""
    tx.execute(delete(choice).where(choice.c.reservation_id == reservation_id))
    if lot_id is not None:
        tx.execute(insert(choice).values(reservation_id=reservation_id, lot_id=lot_id))


def chosen(tx: Connection, product_id: int, location_id: int, *, but: int = 0) -> list[tuple[Lot, int]]:
    """The lots of a level that open reservations chose, with their units; `but` one reservation."""
    query = (
        select(lot, func.sum(_kept.c.quantity).label("units"))
        .join(choice, choice.c.lot_id == lot.c.id)
        .join(_kept, _kept.c.id == choice.c.reservation_id)
        .where(*_here(lot, product_id, location_id), _kept.c.state == "open", _kept.c.id != but)
        .group_by(lot.c.id)
    )
    return [(_lot(row), min(int(row.units), row.on_hand)) for row in tx.execute(query)]


def one(tx: Connection, lot_id: int) -> Any | None:
    """A lot with its product and its location."""
    return tx.execute(_named().where(lot.c.id == lot_id)).first()


def of_product(tx: Connection, product_id: int) -> list[Any]:
    """Lots of a product that hold something, what expires first before the others."""
    never = lot.c.expires_on.is_(None)
    mine = (lot.c.product_id == product_id, lot.c.on_hand > 0)
    return list(tx.execute(_named().where(*mine).order_by(never, lot.c.expires_on, _location.c.code, lot.c.id)))


def expiring(tx: Connection, *, until: int, after: tuple[int, int], words: str, limit: int) -> list[Any]:
    """A keyset page of lots that expire up to a day and hold something, by day; `words`: a whole SKU or code."""
    query = _named().where(
        lot.c.on_hand > 0,
        lot.c.expires_on <= until,
        or_(lot.c.expires_on > after[0], and_(lot.c.expires_on == after[0], lot.c.id > after[1])),
    )
    if words:
        query = query.where(or_(_product.c.sku == words, lot.c.code == words))
    return list(tx.execute(query.order_by(lot.c.expires_on, lot.c.id).limit(limit)))


def history(tx: Connection, lot_id: int, limit: int) -> list[Any]:
    """(units, at, kind, reason, actor) of what came into a lot and left it, newest first."""
    query = (
        select(entry.c.units, entry.c.at, _movement.c.kind, _movement.c.reason, _movement.c.actor)
        .outerjoin(_movement, _movement.c.id == entry.c.movement_id)
        .where(entry.c.lot_id == lot_id)
    )
    return list(tx.execute(query.order_by(entry.c.id.desc()).limit(limit)))


def moved_by(tx: Connection, cause: str, product_id: int, kind: MovementKind) -> list[tuple[Came, int]]:
    """The lots that movements of a cause took, with their units, first expired first."""
    query = (
        select(lot.c.code, lot.c.expires_on, entry.c.units)
        .join(entry, entry.c.lot_id == lot.c.id)
        .join(_movement, _movement.c.id == entry.c.movement_id)
        .where(_movement.c.cause == cause, _movement.c.product_id == product_id, _movement.c.kind == kind)
        .order_by(entry.c.id)
    )
    return [(Came(row.code, _date(row.expires_on)), abs(row.units)) for row in tx.execute(query)]


def expires_of(tx: Connection, product_id: int, code: str) -> date | None:
    """The last day a lot of a product is good, wherever it lies."""
    query = select(func.max(lot.c.expires_on)).where(lot.c.product_id == product_id, lot.c.code == code)
    return _date(tx.scalar(query))


def day_of(moment: datetime) -> date:
    """The shop's calendar day."""
    return moment.astimezone(ZoneInfo(get_settings().timezone)).date()


def _taken(
    tx: Connection,
    product_id: int,
    location_id: int,
    kind: str,
    units: int,
    named: Sequence[tuple[Came, int]],
    today: date,
) -> list[tuple[Lot, int]]:
    held = of_level(tx, product_id, location_id)
    product = tx.execute(select(_product).where(_product.c.id == product_id)).one()
    taken: list[tuple[Lot, int]] = []
    for came, count in named:
        of_it = [each for each in held if each.code == came.code]
        if kind == MovementKind.ISSUED and not all(
            lots.is_sold(each.expires, product.unsold_days, today) for each in of_it
        ):
            raise Refused(lots.expired_choice(product.sku, came.code), code="expired")
        if sum(each.units for each in of_it) < count:
            held_units = sum(each.units for each in of_it)
            raise Refused(
                f"{product.sku}: {count} are to go of lot {came.code or '–'}, and it holds {held_units}.",
                code="insufficient_stock",
            )
        taken += lots.take(of_it, count)
    units -= sum(count for _, count in named)
    held = lots.without(held, taken)
    return [*taken, *_first(tx, product, location_id, kind, units, held, today)] if units else taken


def _first(
    tx: Connection, product: Any, location_id: int, kind: str, units: int, all_held: Sequence[Lot], today: date
) -> list[tuple[Lot, int]]:
    """Units that no lot is named for: first expired first, and what somebody chose for an order last."""
    promised = chosen(tx, product.id, location_id)
    held = lots.without(all_held, promised)
    good = [each for each in held if lots.is_sold(each.expires, product.unsold_days, today)]
    if kind == MovementKind.TRANSFERRED_OUT:
        # What is kept for orders here stays good: only what is left of it travels before what has expired.
        reserved = int(tx.scalar(select(_level.c.reserved).where(*_here(_level, product.id, location_id))) or 0)
        spare = sum(each.units for each in good) - reserved + sum(count for _, count in promised)
        taken = lots.take(good, min(units, max(spare, 0)))
        taken += lots.take([each for each in held if each not in good], units - sum(count for _, count in taken))
    else:
        taken = lots.take(good if kind == MovementKind.ISSUED else held, units)
    found = sum(count for _, count in taken)
    if found < units and kind == MovementKind.ISSUED:
        raise NotSoldAnyMore(product.sku, units, found)
    if found < units:
        taken = lots.take(all_held, units)
        found = sum(count for _, count in taken)
    if found < units:
        raise Refused(f"{product.sku}: {units} are to go, and the lot holds {found}.", code="insufficient_stock")
    return taken


def _open(tx: Connection, product_id: int, location_id: int, came: Came) -> int:
    """The lot of this code at a location, made if there is none."""
    came = lots.check(came)
    expires = lots.same_day(came.code, expires_of(tx, product_id, came.code), came.expires)
    day = days.number(expires) if expires else None
    row = tx.execute(select(lot).where(*_here(lot, product_id, location_id), lot.c.code == came.code)).first()
    if row is None:
        values = {"product_id": product_id, "location_id": location_id, "code": came.code, "on_hand": 0}
        return int(tx.execute(insert(lot).values(**values, expires_on=day)).inserted_primary_key[0])
    if row.expires_on != day:
        mine = (lot.c.product_id == product_id, lot.c.code == came.code)
        tx.execute(update(lot).where(*mine).values(expires_on=day))
    return int(row.id)


def _enter(tx: Connection, lot_id: int, movement_id: int | None, units: int, at: datetime) -> None:
    tx.execute(update(lot).where(lot.c.id == lot_id).values(on_hand=lot.c.on_hand + units))
    tx.execute(insert(entry).values(lot_id=lot_id, movement_id=movement_id, units=units, at=at))


def _named() -> Any:
    return (
        select(
            lot,
            _product.c.sku,
            _product.c.name,
            _product.c.unsold_days,
            _location.c.code.label("location"),
        )
        .join(_product, _product.c.id == lot.c.product_id)
        .join(_location, _location.c.id == lot.c.location_id)
    )


def _not_sold(today: date) -> Any:
    return lot.c.expires_on - _product.c.unsold_days < days.number(today)


def _here(table: Any, product_id: Any, location_id: Any) -> tuple[Any, Any]:
    return table.c.product_id == product_id, table.c.location_id == location_id


def _lot(row: Any) -> Lot:
    return Lot(row.id, row.code, _date(row.expires_on), row.on_hand)


def _date(day: int | None) -> date | None:
    return None if day is None else days.as_date(day)
