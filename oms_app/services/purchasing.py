"""Purchase orders: drafted, changed, acknowledged, closed, cancelled. Sending and receiving have their own files."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import events as event_rows
from oms_app.db.queries import purchasing as rows
from oms_app.db.queries import suppliers as supplier_rows
from oms_app.domain import purchasing as rules
from oms_app.domain.errors import Conflict, Malformed, NotFound, Refused
from oms_app.domain.orders import EventView
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.purchasing import (
    MAY,
    Act,
    Coming,
    PurchaseLine,
    PurchaseRow,
    PurchaseState,
    PurchaseView,
    Wanted,
    id_of,
    number_of,
)
from oms_app.services import events, reorder, suppliers
from oms_app.settings import get_settings

MOST_COUNTED = 10_000
_LONGEST_NOTE, _LONGEST_REFERENCE = 1_000, 80


def page(
    actor: Actor,
    *,
    states: Sequence[str] = (),
    supplier_id: int | None = None,
    late: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> tuple[PurchaseRow, ...]:
    """A keyset page of purchase orders, newest first; who works at one location sees what comes there."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(
            tx,
            states=states,
            supplier_id=supplier_id,
            location_id=actor.location_id,
            late_on=today() if late else None,
            before=before,
            limit=limit,
        )
        return tuple(map(_row, found))


def counts(actor: Actor) -> dict[str, int]:
    """How many purchase orders there are in each state, counted up to MOST_COUNTED."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return rows.counts(tx, MOST_COUNTED)


def get(actor: Actor, number: str) -> PurchaseView:
    """A purchase order with its lines. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return view(tx, actor, id_of(number))


def history(actor: Actor, number: str, *, limit: int = 100) -> tuple[EventView, ...]:
    """What happened to a purchase order, newest first. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        order_id = view(tx, actor, id_of(number)).row.id
        return tuple(map(events.view, event_rows.of_subject(tx, "purchase_order", order_id, limit=limit)))


def coming(actor: Actor, sku: str) -> tuple[Coming, ...]:
    """The purchase orders that bring a product, the next to come first. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.coming(tx, suppliers.goods(tx, [sku])[sku].id)
        return tuple(
            Coming(number_of(r.id), r.supplier, r.location, r.state, r.units, r.promised_on or r.expected_on)
            for r in found
        )


def draft(
    actor: Actor,
    supplier_id: int,
    location: str,
    lines: Sequence[Wanted],
    *,
    note: str = "",
    at: datetime | None = None,
) -> PurchaseView:
    """Write down what is to be ordered (`at` for history); nobody is told yet.

    Units are whole packs and not below the supplier's smallest order. Raises NotFound, Refused, Malformed.
    """
    actor.require(Permission.PURCHASE)
    with transaction() as tx:
        supplier, place = suppliers.known(tx, supplier_id), catalogue.location_coded(tx, location)
        if not supplier.active:
            raise Refused(f"{supplier.name} is switched off: nothing is ordered there.")
        if place is None:
            raise NotFound(f"There is no location “{location}”.", details={"field": "location"})
        planned, now = _planned(tx, supplier, lines), at or datetime.now(UTC)
        order_id = rows.add(
            tx,
            supplier_id=supplier.id,
            location_id=place.id,
            state=PurchaseState.DRAFT,
            currency=supplier.currency,
            note=note.strip()[:_LONGEST_NOTE],
            version=1,
            created_by=actor.name,
            created_at=now,
            **_money(planned, supplier.currency),
        )
        rows.replace_lines(tx, order_id, planned)
        said = {"supplier": supplier.name, "location": location, "products": len(planned)}
        record(tx, actor, "purchase_drafted", order_id, after=said, at=now)
        reorder.refresh(tx, [line["product_id"] for line in planned])
        return view(tx, actor, order_id)


def change(actor: Actor, number: str, lines: Sequence[Wanted], *, note: str = "", version: int) -> PurchaseView:
    """Other lines and another note for a draft."""
    actor.require(Permission.PURCHASE)
    with transaction() as tx:
        before = locked(tx, actor, number, Act.CHANGE, version)
        planned = _planned(tx, suppliers.known(tx, before.supplier_id), lines)
        touched = {row.product_id for row in rows.lines(tx, before.id)} | {line["product_id"] for line in planned}
        rows.replace_lines(tx, before.id, planned)
        rows.change(tx, before, note=note.strip()[:_LONGEST_NOTE], **_money(planned, before.currency))
        record(tx, actor, "purchase_changed", before.id, after={"products": len(planned)})
        reorder.refresh(tx, sorted(touched))
        return view(tx, actor, before.id)


def acknowledge(
    actor: Actor, number: str, promised_on: date, *, reference: str = "", version: int, at: datetime | None = None
) -> PurchaseView:
    """The supplier said when the goods come, for the first time or anew. `reference` is the supplier's own number."""
    actor.require(Permission.PURCHASE)
    with transaction() as tx:
        before = locked(tx, actor, number, Act.ACKNOWLEDGE, version)
        if before.sent_at and promised_on < before.sent_at.astimezone(_zone()).date():
            raise Malformed("The promised day lies before the order.", details={"field": "promised_on"})
        part = before.state == PurchaseState.PART_RECEIVED
        state = PurchaseState.PART_RECEIVED if part else PurchaseState.ACKNOWLEDGED
        kept = reference.strip()[:_LONGEST_REFERENCE] or before.supplier_reference
        rows.change(tx, before, state=state, promised_on=promised_on, supplier_reference=kept)
        was = {"promised_on": str(before.promised_on)} if before.promised_on else {}
        said = {"promised_on": str(promised_on)} | ({"reference": kept} if kept else {})
        record(tx, actor, "purchase_acknowledged", before.id, before=was, after=said, at=at)
        return view(tx, actor, before.id)


def close(actor: Actor, number: str, *, reason: str = "", version: int) -> PurchaseView:
    """Nothing more is awaited. Where units never came, a reason says why."""
    actor.require(Permission.PURCHASE)
    with transaction() as tx:
        before = locked(tx, actor, number, Act.CLOSE, version)
        found = rows.lines(tx, before.id)
        missing = {line.sku: line.expected for line in map(line_of, found) if line.expected}
        if missing and not reason.strip():
            raise Malformed(
                f"{sum(missing.values()):,} units never came: say why they are not awaited any more.",
                details={"field": "reason"},
            )
        rows.change(tx, before, state=PurchaseState.CLOSED, done_at=datetime.now(UTC))
        said = {"missing": missing} if missing else {}
        record(tx, actor, "purchase_closed", before.id, after=said, reason=reason.strip())
        reorder.refresh(tx, [row.product_id for row in found])
        return view(tx, actor, before.id)


def cancel(actor: Actor, number: str, *, reason: str = "", version: int) -> PurchaseView:
    """Drop an order of which nothing came. One that was sent needs a reason; the supplier is yours to tell."""
    actor.require(Permission.PURCHASE)
    with transaction() as tx:
        before = locked(tx, actor, number, Act.CANCEL, version)
        if before.state != PurchaseState.DRAFT and not reason.strip():
            raise Malformed("Say why it is cancelled.", details={"field": "reason"})
        rows.change(tx, before, state=PurchaseState.CANCELLED, done_at=datetime.now(UTC))
        record(tx, actor, "purchase_cancelled", before.id, reason=reason.strip())
        reorder.refresh(tx, [row.product_id for row in rows.lines(tx, before.id)])
        return view(tx, actor, before.id)


def locked(tx: Connection, actor: Actor, number: str, act: Act, version: int | None) -> Any:
    """The row of a purchase order, locked, where this may be done to it now."""
    row = rows.lock(tx, id_of(number))
    if row is None or actor.location_id not in (None, row.location_id):
        raise NotFound(f"There is no purchase order {number}.")
    if version is not None and row.version != version:
        raise Conflict(f"Somebody changed {number_of(row.id)} since. Look at it again.", code="stale_version")
    if row.state not in MAY[act]:
        raise Refused(f"{number_of(row.id)} is {row.state.replace('_', ' ')}: this cannot be done to it now.")
    return row


def view(tx: Connection, actor: Actor, order_id: int) -> PurchaseView:
    """A purchase order as a value. Raises NotFound."""
    found = rows.one(tx, order_id)
    if found is None or actor.location_id not in (None, found.location_id):
        raise NotFound(f"There is no purchase order {number_of(order_id)}.")
    return PurchaseView(
        row=_row(found),
        email=found.email,
        note=found.note,
        supplier_reference=found.supplier_reference,
        sent_at=found.sent_at,
        done_at=found.done_at,
        lines=tuple(sorted(map(line_of, rows.lines(tx, order_id)), key=lambda line: line.sku)),
    )


def record(tx: Connection, actor: Actor, kind: str, order_id: int, **said: Any) -> None:
    """Note on the spine what happened to a purchase order."""
    events.record(tx, actor, kind, subject="purchase_order", subject_id=order_id, **said)


def today() -> date:
    """The shop's calendar day."""
    return datetime.now(_zone()).date()


def line_of(row: Any) -> PurchaseLine:
    """A line's row as a value."""
    return PurchaseLine(
        sku=row.sku,
        name=row.name,
        supplier_sku=row.supplier_sku,
        quantity=row.quantity,
        received=row.received,
        pack_size=row.pack_size,
        cost_micros=row.cost_micros,
        gst_rate=row.gst_rate,
        barcode=row.barcode,
        lots=row.lots,
    )


def _planned(tx: Connection, supplier: Any, lines: Sequence[Wanted]) -> list[dict[str, Any]]:
    """Rows of lines on the supplier's terms. The tax is known where it is registered and the product has a rate."""
    wanted = rules.check_wanted(lines)
    products = suppliers.goods(tx, list(wanted))
    listed = supplier_rows.terms_by_product(tx, supplier.id, [product.id for product in products.values()])
    planned = []
    for sku, line in wanted.items():
        product = products[sku]
        terms = listed.get(product.id)
        pack, moq = (terms.pack_size, terms.moq) if terms else (1, 1)
        rules.check_units(sku, line.quantity, pack, moq)
        cost = line.cost_micros if line.cost_micros is not None else terms and terms.cost_micros
        if cost is None:
            message = f"{sku} is not on {supplier.name}'s price list: say what a unit costs, like {sku} 12 @ 310.50."
            raise Refused(message, code="no_cost", details={"sku": sku})
        if not 0 <= cost < 10**16:
            raise Malformed(f"{sku}: the cost of a unit is an amount, 0 or more.", details={"field": "cost"})
        planned.append(
            {
                "product_id": product.id,
                "supplier_sku": terms.supplier_sku if terms else "",
                "quantity": line.quantity,
                "pack_size": pack,
                "cost_micros": cost,
                "gst_rate": product.gst_rate if supplier.gstin else None,
            }
        )
    return planned


def _money(planned: Sequence[dict[str, Any]], currency: str) -> dict[str, int]:
    lines = [PurchaseLine(sku="", name="", received=0, **{n: row[n] for n in _PRICED}) for row in planned]
    return {"total": sum(each.total(currency) for each in lines), "tax": sum(each.tax(currency) for each in lines)}


_PRICED = ("supplier_sku", "quantity", "pack_size", "cost_micros", "gst_rate")


def _zone() -> ZoneInfo:
    return ZoneInfo(get_settings().timezone)


def _row(row: Any) -> PurchaseRow:
    return PurchaseRow(
        id=row.id,
        number=number_of(row.id),
        state=row.state,
        supplier_id=row.supplier_id,
        supplier=row.supplier,
        location=row.location,
        currency=row.currency,
        total=row.total,
        tax=row.tax,
        units=int(row.units),
        received=int(row.received),
        expected_on=row.expected_on,
        promised_on=row.promised_on,
        created_by=row.created_by,
        created_at=row.created_at,
        version=row.version,
    )
