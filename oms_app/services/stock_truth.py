"""Stock truth: on hand is the sum of the ledger, reserved and allocated of reservations. Checked, shown, repaired."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue, lots
from oms_app.db.queries import company as settings
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import stock_truth as rows
from oms_app.domain import clock, kits
from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.stock import LineTruth, StockCheck, Truth, TruthRow
from oms_app.services import events, orders

EVERY = timedelta(hours=1)
"""How often all of it is checked by itself."""

MOST_SHOWN = 200
_CHECK = "stock_check"
_PATIENCE_S = 5.0


def overview(actor: Actor, *, after: tuple[str, str] = ("", ""), limit: int = 50) -> Truth:
    """The last check, the levels that still differ, and a keyset page of all levels; `after` is (SKU, location)."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        place = catalogue.location_coded(tx, after[1]) if after[1] else None
        found = rows.page(tx, after[0], place.id if place else 0, limit)
        last = _last(tx)
        differing = [row for row in map(_row, rows.differing(tx, MOST_SHOWN)) if not row.is_true]
        known = {(row.sku, row.location): row for row in differing}
        lines = _lines(tx, last.lines if last else ())
        return Truth(
            check=last,
            differing=tuple(differing),
            lines=tuple(line for line in lines if not line.is_true),
            rows=tuple(known.get((row.sku, row.location)) or _row(row) for row in found),
        )


def check(actor: Actor) -> StockCheck:
    """Add up every movement and every reservation, and hold each level and each order line against them."""
    actor.require(Permission.ADJUST_STOCK)
    until = _settled()
    with reading() as tx:
        now = clock.from_ms(clock.to_ms(datetime.now(UTC)))
        found = rows.everything(tx, until)
        known = rows.balances(tx)
        lines = rows.lines_apart(tx, MOST_SHOWN)
    changed, differences = [], 0
    for row in found:
        differs = row.on_hand != row.ledger or row.reserved != row.kept or row.kept > row.on_hand or row.astray
        differences += differs
        before = known.pop((row.product_id, row.location_id), None)
        wanted = {"units": row.balance, "differs": differs, "movement_id": until}
        if before is None or (before.units, before.differs) != (row.balance, differs):
            changed.append({"product_id": row.product_id, "location_id": row.location_id, **wanted})
    changed += [
        {"product_id": key[0], "location_id": key[1], "units": 0, "differs": False, "movement_id": until}
        for key in known
    ]
    done = StockCheck(
        at=now,
        levels=len(found),
        movements=sum(row.movements for row in found),
        reservations=sum(row.reservations for row in found),
        differences=differences + len(lines),
        lines=tuple(lines),
    )
    with transaction() as tx:
        rows.keep_balances(tx, changed)
        counted = {
            name: getattr(done, name) for name in ("levels", "movements", "reservations", "differences", "lines")
        }
        settings.set_setting(tx, _CHECK, {"at": clock.to_ms(now), **counted})
    return done


def check_in_time() -> None:
    """The check that nobody asks for: not sooner than `EVERY` after the last one, whoever asked for that."""
    with reading() as tx:
        last = _last(tx)
    if last is None or datetime.now(UTC) - last.at >= EVERY:
        check(system("stock check", "job"))


def repair(actor: Actor, sku: str, location: str, *, reason: str) -> TruthRow:
    """Make a level say what its ledger and its open reservations add up to, and its lots what is on hand; the ledger
    itself is never touched.

    Raises NotFound, Malformed. A ledger that is wrong is corrected by a movement: count, then adjust.
    """
    actor.require(Permission.ADJUST_STOCK)
    if not reason.strip():
        raise Malformed("A repair needs a reason.", details={"field": "reason"})
    with transaction() as tx:
        product, place = catalogue.products_by_sku(tx, [sku]).get(sku), catalogue.location_coded(tx, location)
        if product is None or place is None:
            raise NotFound(f"There is no {sku} at {location}.", details={"sku": sku, "location": location})
        # The level first, as every other writer does: what is added up after that stands still.
        stored = rows.lock(tx, product.id, place.id)
        ledger, kept, newest = rows.sums(tx, product.id, place.id)
        before: dict[str, int] = {"on_hand": stored.on_hand, "reserved": stored.reserved}
        after: dict[str, int] = {"on_hand": ledger, "reserved": kept}
        in_lots, uneven = rows.in_lots(tx, product.id, place.id)
        if before != after:
            rows.set_level(tx, product.id, place.id, ledger, kept)
        if in_lots != (ledger if stored.lots else 0) or uneven:
            _repair_lots(tx, product, place.id, by_lot=stored.lots)
            before |= {"lots": in_lots}
            after |= {"lots": rows.in_lots(tx, product.id, place.id)[0]}
        if before != after or uneven:
            events.record(
                tx,
                actor,
                "stock_repaired",
                subject="product",
                subject_id=product.id,
                before=before,
                after={"sku": sku, "location": location} | after,
                reason=reason.strip(),
            )
        where = {"product_id": product.id, "location_id": place.id}
        rows.keep_balances(tx, [where | {"movement_id": newest, "units": ledger, "differs": kept > ledger}])
        return TruthRow(sku, product.name, location, ledger, ledger, kept, kept, ledger if stored.lots else None)


def repair_line(actor: Actor, line_id: int, *, reason: str) -> LineTruth:
    """Make an order line say how many units its reservations keep or have issued for it. Raises NotFound, Malformed."""
    actor.require(Permission.ADJUST_STOCK)
    if not reason.strip():
        raise Malformed("A repair needs a reason.", details={"field": "reason"})
    with transaction() as tx:
        seen = _lines(tx, [line_id])
        if not seen:
            raise NotFound(f"There is no order line {line_id}.", details={"line": line_id})
        order = orders.visible(tx, actor, seen[0].order, lock=True)
        (line,) = _lines(tx, [line_id])
        if line.allocated != line.kept:
            order_rows.change_line(tx, line_id, allocated=line.kept)
            order_rows.change(tx, order, updated_at=datetime.now(UTC))
            before, after = ({"sku": line.sku, "allocated": units} for units in (line.allocated, line.kept))
            why = reason.strip()
            events.record(tx, actor, "stock_repaired", subject_id=order.id, before=before, after=after, reason=why)
        return replace(line, allocated=line.kept)


def repair_all(actor: Actor, *, reason: str) -> tuple[tuple[TruthRow, ...], tuple[LineTruth, ...]]:
    """Check everything and repair what differs; what is left are units promised that are not there."""
    actor.require(Permission.ADJUST_STOCK)
    mended: list[LineTruth] = []
    while lines := set(check(actor).lines) - {line.line_id for line in mended}:  # a check names so many and no more
        mended += (repair_line(actor, line_id, reason=reason) for line_id in sorted(lines))
    with reading() as tx:
        wrong = [row for row in map(_row, rows.differing(tx)) if not row.is_true]
    return tuple(repair(actor, row.sku, row.location, reason=reason) for row in wrong), tuple(mended)


def _repair_lots(tx: Connection, product: Any, location_id: int, *, by_lot: bool) -> None:
    """Lots say what they are made of; those of an article that has none any more hold nothing."""
    lots.repair(tx, product.id, location_id, datetime.now(UTC))
    if not (by_lot or product.lots):
        lots.drop(tx, product.id, datetime.now(UTC))


def _settled() -> int:
    """Id of a movement below which no other will appear: on PostgreSQL an id is taken before its transaction commits.

    0 where a transaction of somebody else takes too long; the balances then begin at the start of the ledger.
    """
    with reading() as tx:
        newest, running = rows.newest_movement(tx)
    gives_up = time.monotonic() + _PATIENCE_S
    while time.monotonic() < gives_up:
        with reading() as tx:
            if rows.all_ended(tx, running):
                return newest
        time.sleep(0.05)
    return 0


def _last(tx: Connection) -> StockCheck | None:
    kept: dict[str, Any] | None = settings.setting(tx, _CHECK)
    if kept is None:
        return None
    return StockCheck(**kept | {"at": clock.from_ms(kept["at"]), "lines": tuple(kept.get("lines", ()))})


def _lines(tx: Connection, line_ids: Sequence[int]) -> list[LineTruth]:
    found = []
    for line_id, group in groupby(rows.lines(tx, line_ids), key=attrgetter("line_id")):
        line, *others = group
        units = {row.product_id: int(row.units) for row in (line, *others)}
        parts = kits.read(line.parts)
        kept = kits.whole(parts, units) if parts else sum(units.values())
        uneven = any(units.get(part.product_id, 0) != kept * part.units for part in parts)
        found.append(LineTruth(line_id, line.order, line.sku, line.allocated, kept, uneven))
    return found


def _row(row: Any) -> TruthRow:
    in_lots = None if row.lots is None else int(row.lots)
    sums = (row.on_hand, int(row.ledger), row.reserved, int(row.kept))
    return TruthRow(row.sku, row.name, row.location, *sums, in_lots, getattr(row, "uneven", 0))
