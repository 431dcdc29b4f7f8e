"""Taking goods in: what came of a purchase order is scanned or typed, once, and goes on the shelf at once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import purchasing as rows
from oms_app.db.queries import stock as levels
from oms_app.domain import purchasing as rules
from oms_app.domain.errors import Conflict, Malformed, NotFound, Refused
from oms_app.domain.lots import NO_LOT, Came, said
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.purchasing import Act, PurchaseLine, PurchaseState, PurchaseView, id_of, number_of
from oms_app.domain.stock import MovementKind
from oms_app.services import purchasing, reorder, shortfalls

NO_LOTS: Mapping[str, Sequence[tuple[Came, int]]] = MappingProxyType({})
_LONGEST = 100


def find(actor: Actor, number: str, code: str) -> PurchaseLine:
    """The line of a purchase order that a scanned or typed code means. Raises NotFound."""
    actor.require(Permission.RECEIVE_GOODS)
    with reading() as tx:
        return rules.find_line(purchasing.view(tx, actor, id_of(number)).lines, code)


def receive(
    actor: Actor,
    number: str,
    came: Mapping[str, int],
    *,
    receipt: str,
    reason: str = "",
    at: datetime | None = None,
    lots: Mapping[str, Sequence[tuple[Came, int]]] = NO_LOTS,
) -> PurchaseView:
    """Units by code (SKU, barcode or the supplier's SKU) that came: they are on hand, and serve who waits for them.

    receipt  what makes this delivery one and the same when it is sent again, as the number of its delivery note:
             a line of a receipt is taken in once
    reason   why more than ordered is taken in; without one that is refused
    lots     by code, the lots that the units are of, where the article has lots
    Raises Conflict where the receipt came with other units before, NotFound, Refused, Malformed.
    """
    actor.require(Permission.RECEIVE_GOODS)
    receipt = receipt.strip()
    if not 0 < len(receipt) <= _LONGEST:
        raise Malformed(f"A receipt is named by 1 to {_LONGEST} characters.", details={"field": "receipt"})
    with transaction() as tx:
        order = rows.lock(tx, id_of(number))
        if order is None or actor.location_id not in (None, order.location_id):
            raise NotFound(f"There is no purchase order {number}.")
        cause = f"purchase_order:{order.id}:{receipt}"
        fresh = _fresh(tx, order, came, cause)
        if not fresh:
            return purchasing.view(tx, actor, order.id)
        purchasing.locked(tx, actor, number, Act.RECEIVE, None)
        named = _named(fresh, [purchasing.line_of(row) for row in rows.lines(tx, order.id)], lots)
        supplier = purchasing.view(tx, actor, order.id).row.supplier
        now = at or datetime.now(UTC)
        for row, units in fresh:
            line = purchasing.line_of(row)
            rules.check_receipt(line, units, reason)
            over = units - line.expected
            why = f"{number_of(order.id)}, {supplier}" + (f": {over:,} too many, {reason.strip()}" if over > 0 else "")
            if not levels.shift(tx, row.product_id, order.location_id, units):
                raise Refused(f"{row.sku}: more units than can be counted.")
            rows.add_received(tx, order.id, row.product_id, units)
            levels.record_movement(
                tx,
                product_id=row.product_id,
                location_id=order.location_id,
                kind=MovementKind.RECEIVED,
                quantity=units,
                cause=cause,
                reason=why,
                actor=actor.name,
                at=now,
                came=named[row.sku],
            )
        _finish(tx, actor, order, {row.sku: units for row, units in fresh}, receipt, reason.strip(), now)
        product_ids = [row.product_id for row, _ in fresh]
        reorder.refresh(tx, product_ids)
        taken = purchasing.view(tx, actor, order.id)
    shortfalls.refill(product_ids, at=at)
    return taken


def _fresh(tx: Connection, order: Any, came: Mapping[str, int], cause: str) -> list[tuple[Any, int]]:
    """(row of a line, units) by product, without what this receipt brought in before."""
    found = rows.lines(tx, order.id)
    by_sku = {row.sku: row for row in found}
    lines = [purchasing.line_of(row) for row in found]
    units: dict[str, int] = {}
    for code, count in came.items():
        sku = rules.find_line(lines, code).sku
        units[sku] = units.get(sku, 0) + count
    if not units:
        raise Malformed("Say what came.", details={"field": "lines"})
    before = levels.moved_by(tx, cause)
    fresh = []
    for sku, count in sorted(units.items(), key=lambda each: by_sku[each[0]].product_id):
        row = by_sku[sku]
        if row.product_id not in before:
            fresh.append((row, count))
        elif before[row.product_id] != count:
            raise Conflict(
                f"{sku}: this receipt brought in {before[row.product_id]:,} already, not {count:,}. "
                "Another delivery needs another receipt.",
                code="receipt_differs",
                details={"sku": sku, "received": before[row.product_id]},
            )
    return fresh


def _named(
    fresh: Sequence[tuple[Any, int]], lines: Sequence[PurchaseLine], lots: Mapping[str, Sequence[tuple[Came, int]]]
) -> dict[str, list[tuple[Came, int]]]:
    """The lots of what came, by SKU. Raises Malformed where they are not as many units, or an article says none."""
    given: dict[str, list[tuple[Came, int]]] = {row.sku: [] for row, _ in fresh}
    for code, parts in lots.items():
        given.setdefault(rules.find_line(lines, code).sku, []).extend(parts)
    for row, units in fresh:
        its = [(said(row.sku, came, tracked=row.lots, must=True), count) for came, count in given[row.sku]]
        if row.lots and not its:
            said(row.sku, NO_LOT, tracked=True, must=True)
        if its and sum(count for _, count in its) != units:
            raise Malformed(f"{row.sku}: the lots hold another number of units than came.", details={"field": "lots"})
        given[row.sku] = its
    return given


def _finish(
    tx: Connection, actor: Actor, order: Any, units: Mapping[str, int], receipt: str, reason: str, now: datetime
) -> None:
    state = rules.after_receipt([purchasing.line_of(row) for row in rows.lines(tx, order.id)])
    rows.change(tx, order, state=state, done_at=now if state is PurchaseState.RECEIVED else None)
    said = {"units": dict(units), "receipt": receipt}
    purchasing.record(tx, actor, "goods_received", order.id, after=said, reason=reason, at=now)
