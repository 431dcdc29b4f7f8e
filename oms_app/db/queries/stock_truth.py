"""Levels held against the ledger and the reservations, order lines against theirs: some for a page, all for a check.

A ledger grows for ever, so a check leaves the balance it found beside each level (`ledger_balance`, up to a movement's
id): what a page adds up is that balance and the few movements since.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, case, func, or_, select, text, update

from oms_app.db.engine import insert as upsert
from oms_app.db.engine import is_sqlite
from oms_app.db.queries import checks
from oms_app.db.queries.lots import entry, lot
from oms_app.db.queries.orders import line, order
from oms_app.db.queries.stock import level, movement, reservation
from oms_app.db.tables.catalogue import Location, Product
from oms_app.db.tables.stock import LedgerBalance

balance = LedgerBalance.__table__  # type: ignore[attr-defined]
_location, _product = Location.__table__, Product.__table__  # type: ignore[attr-defined]
_BATCH = 2_000


class Found(NamedTuple):
    """A level as a check sees it. `balance` is the ledger up to the movement the check goes by; `astray`: its lots do
    not hold what is on hand, or not what their entries add up to."""

    product_id: int
    location_id: int
    on_hand: int
    reserved: int
    ledger: int
    kept: int
    movements: int
    reservations: int
    balance: int
    astray: bool


_ALL = text(
    """
SELECT 'level', product_id, location_id, on_hand, reserved, CASE WHEN lots THEN 1 ELSE 0 END FROM stock_level
UNION ALL
SELECT 'ledger', product_id, location_id, SUM(quantity), COUNT(*), SUM(CASE WHEN id <= :until THEN quantity ELSE 0 END)
FROM stock_movement GROUP BY product_id, location_id
UNION ALL
SELECT 'kept', product_id, location_id, SUM(quantity), COUNT(*), 0
FROM reservation WHERE state = 'open' GROUP BY product_id, location_id
UNION ALL
SELECT 'lots', t.product_id, t.location_id, SUM(t.on_hand),
  SUM(CASE WHEN t.on_hand <> COALESCE(e.units, 0) THEN 1 ELSE 0 END), 0
FROM stock_lot t LEFT JOIN (SELECT lot_id, SUM(units) AS units FROM lot_entry GROUP BY lot_id) e ON e.lot_id = t.id
GROUP BY t.product_id, t.location_id"""
)
_LINES = """
SELECT l.id FROM order_line l LEFT JOIN (SELECT order_line_id, SUM(quantity) AS units FROM reservation
  WHERE state IN ('open', 'issued') GROUP BY order_line_id) r ON r.order_line_id = l.id
WHERE l.parts IS NULL AND l.allocated <> COALESCE(r.units, 0)
UNION
SELECT k.id FROM (SELECT l.id, l.order_id, {part} AS part_id, l.allocated * {units} AS wanted
  FROM order_line l CROSS JOIN {each} AS part WHERE l.parts IS NOT NULL) k
LEFT JOIN reservation r ON r.order_id = k.order_id AND r.order_line_id = k.id AND r.product_id = k.part_id
  AND r.state IN ('open', 'issued')
GROUP BY k.id, k.part_id, k.wanted HAVING k.wanted <> COALESCE(SUM(r.quantity), 0)
ORDER BY 1 LIMIT :most"""
_AHEAD = text("SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)")
_STILL_RUN = text(
    "SELECT COUNT(*) FROM pg_snapshot_xip(pg_current_snapshot()) AS x WHERE x < CAST(CAST(:number AS TEXT) AS xid8)"
    " AND x IS DISTINCT FROM pg_current_xact_id_if_assigned()"
)


def everything(tx: Connection, until: int) -> list[Found]:
    """Every level with its sums, in one statement and so from one snapshot; `until` ends the balances."""
    read: dict[str, dict[tuple[int, int], tuple[int, int, int]]] = {"level": {}, "ledger": {}, "kept": {}, "lots": {}}
    for what, product_id, location_id, *numbers in tx.execute(_ALL, {"until": until}):
        read[what][product_id, location_id] = (int(numbers[0]), int(numbers[1]), int(numbers[2]))
    levels, ledger, kept, lots, nothing = read["level"], read["ledger"], read["kept"], read["lots"], (0, 0, 0)
    found = []
    for key in levels.keys() | ledger.keys() | kept.keys() | lots.keys():
        on_hand, reserved, by_lot = levels.get(key, nothing)
        units, movements, balanced = ledger.get(key, nothing)
        promised, reservations, _ = kept.get(key, nothing)
        in_lots, uneven, _ = lots.get(key, nothing)
        astray = in_lots != (on_hand if by_lot else 0) or uneven > 0
        sums = (on_hand, reserved, units, promised, movements, reservations, balanced)
        found.append(Found(key[0], key[1], *sums, astray))
    return found


def lines_apart(tx: Connection, most: int) -> list[int]:
    """Ids of order lines whose allocated units are not those of their reservations. Reads every line."""
    return list(tx.scalars(text(_LINES.format(**checks.parts_in(tx))), {"most": most}))


def lines(tx: Connection, line_ids: Sequence[int]) -> list[Any]:
    """Order lines, a row for each product that is kept or was issued: line_id, order, sku, allocated, parts, units."""
    return list(tx.execute(_LINES_NOW, {"lines": list(line_ids)})) if line_ids else []


def newest_movement(tx: Connection) -> tuple[int, int]:
    """(id of the newest movement one sees, a transaction number above all that run now; 0 on SQLite)."""
    newest = tx.scalar(select(func.max(movement.c.id))) or 0
    return newest, 0 if is_sqlite(tx) else int(tx.scalar(_AHEAD) or 0)


def all_ended(tx: Connection, number: int) -> bool:
    """Whether every transaction below this number, but our own, has ended: a movement with a lower id comes no more."""
    return is_sqlite(tx) or not tx.scalar(_STILL_RUN, {"number": number})


def balances(tx: Connection) -> dict[tuple[int, int], Any]:
    """Every balance a check left, by product and location."""
    return {(row.product_id, row.location_id): row for row in tx.execute(select(balance))}


def keep_balances(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write balances: product_id, location_id, movement_id, units, differs."""
    statement = upsert(tx)(balance)
    changed = {name: statement.excluded[name] for name in ("movement_id", "units", "differs")}
    statement = statement.on_conflict_do_update(index_elements=["product_id", "location_id"], set_=changed)
    for start in range(0, len(rows), _BATCH):
        tx.execute(statement, list(rows[start : start + _BATCH]))


def _sums(product: Any, location: Any) -> tuple[Any, Any]:
    """(ledger, kept) of one level, as subqueries that stay short however long the ledger is."""
    moved = (
        select(func.coalesce(func.sum(movement.c.quantity), 0))
        .where(
            movement.c.product_id == product,
            movement.c.location_id == location,
            movement.c.id > func.coalesce(balance.c.movement_id, 0),
        )
        .correlate(level, balance)
        .scalar_subquery()
    )
    kept = (
        select(func.coalesce(func.sum(reservation.c.quantity), 0))
        .where(
            reservation.c.product_id == product, reservation.c.location_id == location, reservation.c.state == "open"
        )
        .correlate(level, balance)
        .scalar_subquery()
    )
    return func.coalesce(balance.c.units, 0) + moved, kept


def _lots(product: Any, location: Any) -> Any:
    """Units in the lots of one level, as a subquery; null where it has none and they hold nothing."""
    held = select(func.sum(lot.c.on_hand)).where(lot.c.product_id == product, lot.c.location_id == location)
    of_lots = held.correlate(level, balance).scalar_subquery()
    return case((level.c.lots, func.coalesce(of_lots, 0)), else_=func.nullif(of_lots, 0))


def _rows(first: Any, second: Any) -> Select[Any]:
    """Levels with their sums, from `first` and what is joined to it by key."""
    ledger, kept = _sums(first.c.product_id, first.c.location_id)
    same = and_(first.c.product_id == second.c.product_id, first.c.location_id == second.c.location_id)
    return (
        select(
            _product.c.id.label("product_id"),
            _location.c.id.label("location_id"),
            _product.c.sku,
            _product.c.name,
            _location.c.code.label("location"),
            func.coalesce(level.c.on_hand, 0).label("on_hand"),
            func.coalesce(level.c.reserved, 0).label("reserved"),
            ledger.label("ledger"),
            kept.label("kept"),
            _lots(first.c.product_id, first.c.location_id).label("lots"),
        )
        .select_from(first)
        .join(_product, _product.c.id == first.c.product_id)
        .join(_location, _location.c.id == first.c.location_id)
        .outerjoin(second, same)
    )


_PAGE = (
    _rows(level, balance)
    .where(
        _product.c.sku >= bindparam("sku"),
        or_(_product.c.sku > bindparam("sku"), level.c.location_id > bindparam("location")),
    )
    .order_by(_product.c.sku, level.c.location_id)
    .limit(bindparam("limit"))
)
_UNEVEN = (
    select(func.count())
    .where(
        lot.c.product_id == balance.c.product_id,
        lot.c.location_id == balance.c.location_id,
        lot.c.on_hand
        != select(func.coalesce(func.sum(entry.c.units), 0)).where(entry.c.lot_id == lot.c.id).scalar_subquery(),
    )
    .correlate(balance)
    .scalar_subquery()
)
_DIFFERING = (
    _rows(balance, level)
    .add_columns(_UNEVEN.label("uneven"))
    .where(balance.c.differs)
    .order_by(balance.c.product_id, balance.c.location_id)
)


_LINES_NOW = (
    select(
        line.c.id.label("line_id"),
        order.c.number.label("order"),
        line.c.sku,
        line.c.allocated,
        line.c.parts,
        reservation.c.product_id,
        func.coalesce(func.sum(reservation.c.quantity), 0).label("units"),
    )
    .join(order, order.c.id == line.c.order_id)
    .outerjoin(
        reservation,
        and_(
            reservation.c.order_id == line.c.order_id,
            reservation.c.order_line_id == line.c.id,
            reservation.c.state.in_(("open", "issued")),
        ),
    )
    .where(line.c.id.in_(bindparam("lines", expanding=True)))
    .group_by(line.c.id, order.c.number, reservation.c.product_id)
    .order_by(line.c.id)
)


def page(tx: Connection, sku: str, location_id: int, limit: int) -> list[Any]:
    """A keyset page of levels by SKU and location."""
    return list(tx.execute(_PAGE, {"sku": sku, "location": location_id, "limit": limit}))


def differing(tx: Connection, limit: int | None = None) -> list[Any]:
    """Levels that differed when they were last checked, as they are now."""
    return list(tx.execute(_DIFFERING.limit(limit)))


def lock(tx: Connection, product_id: int, location_id: int) -> Any:
    """A level, made if there is none, that nobody else changes before this transaction ends."""
    row = {"product_id": product_id, "location_id": location_id, "on_hand": 0, "reserved": 0, "safety": 0}
    tx.execute(upsert(tx)(level).values(row).on_conflict_do_nothing(index_elements=["product_id", "location_id"]))
    here = (level.c.product_id == product_id, level.c.location_id == location_id)
    return tx.execute(select(level).where(*here).with_for_update()).one()


def sums(tx: Connection, product_id: int, location_id: int) -> tuple[int, int, int]:
    """(ledger, kept, id of the newest movement) of one level, added up from the first movement on."""

    def total(table: Any, *where: Any) -> Any:
        units = func.coalesce(func.sum(table.c.quantity), 0)
        newest = func.coalesce(func.max(table.c.id), 0)
        here = (table.c.product_id == product_id, table.c.location_id == location_id)
        return tx.execute(select(units.label("units"), newest.label("newest")).where(*here, *where)).one()

    moved, kept = total(movement), total(reservation, reservation.c.state == "open")
    return int(moved.units), int(kept.units), moved.newest


def set_level(tx: Connection, product_id: int, location_id: int, on_hand: int, reserved: int) -> None:
    """Write what a level must say."""
    here = (level.c.product_id == product_id, level.c.location_id == location_id)
    tx.execute(update(level).where(*here).values(on_hand=on_hand, reserved=reserved))


def in_lots(tx: Connection, product_id: int, location_id: int) -> tuple[int, int]:
    """(units in the lots of a level, how many of the lots are not the sum of their entries)."""
    entered = select(func.coalesce(func.sum(entry.c.units), 0)).where(entry.c.lot_id == lot.c.id).scalar_subquery()
    here = (lot.c.product_id == product_id, lot.c.location_id == location_id)
    rows = tx.execute(select(lot.c.on_hand, entered.label("entered")).where(*here)).all()
    return sum(row.on_hand for row in rows), sum(row.on_hand != row.entered for row in rows)
