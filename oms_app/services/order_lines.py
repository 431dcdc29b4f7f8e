"""Rewriting the lines of a locked order: units freed or asked for, prices worked out again, the order's sums."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import catalogue, projections, stock
from oms_app.db.queries import orders as rows
from oms_app.db.queries import shortfalls as queue
from oms_app.domain import kits, line_prices
from oms_app.domain.changes import Edit, LineEdit
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.kits import Part, is_stocked
from oms_app.domain.line_prices import Line, Priced
from oms_app.domain.orders import check_total, order_total, payment_status
from oms_app.domain.routing import Missing
from oms_app.services import allocation
from oms_app.services import kits as kit_parts
from oms_app.services import routing as rules
from oms_app.services.order_standing import Standing


@dataclass(frozen=True, slots=True)
class _Planned:
    """A line as it is to be: its row (None: new), its product (None: unknown), its money before and after."""

    row: Any | None
    product: Any | None
    old: Line | None
    new: Line
    fresh_parts: tuple[Part, ...] = ()

    @property
    def more(self) -> int:
        """Units it gains, or loses (below zero)."""
        return self.new.units - (self.old.units if self.old else 0)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Components, where it is a kit: of its row as they were when it was ordered."""
        return kits.read(self.row.parts) if self.row is not None else self.fresh_parts

    @property
    def waits_for(self) -> int | None:
        """The product that a line which gains units waits for; `shortfalls.fill` finds which component lacks."""
        if self.parts:
            return self.parts[0].product_id
        return self.product.id if self.product is not None else None

    @property
    def needs_stock(self) -> bool:
        return self.product is None or is_stocked(self.product.kind)


def rewrite(tx: Connection, order: Any, was: Standing, edit: Edit, at: datetime) -> None:
    """Bring lines, discount and shipping of a locked order to what an edit wants. What it gains waits in the shortfall
    queue: `shortfalls.fill` keeps it. Raises Refused where nothing would be left, Malformed, NotFound."""
    plans = _plans(tx, order, was, edit)
    if not any(plan.new.units for plan in plans):
        raise Refused(f"Nothing would be left of order {order.number}: cancel the order instead.", code="nothing_left")
    discount = order.discount if edit.discount is None else edit.discount
    prices = line_prices.reprice(
        [plan.old for plan in plans], [plan.new for plan in plans], order.discount, discount, order.currency
    )
    for price in prices:
        check_total(price.total)
    if edit.discount and edit.discount > sum(price.total for price in prices):
        raise Malformed("The discount is more than the lines cost.", details={"field": "discount"})
    with projections.rewriting(tx, order.id):
        touched = {plan.product.id for plan in plans if plan.product is not None and plan.more}
        stock.lock(tx, touched | {row.product_id for row in stock.open_reservations(tx, order.id)})
        short = sum(_write(tx, order, plan, price, at) for plan, price in zip(plans, prices, strict=True))
        _sum_up(tx, order, plans, prices, discount, edit.shipping, short, at)


def grew(was: Standing, now: Standing) -> bool:
    """Whether some line asks for more units than before."""
    had = {line.id: line.quantity - line.cancelled for line in was.lines}
    return any(line.quantity - line.cancelled > had.get(line.id, 0) for line in now.lines)


def _plans(tx: Connection, order: Any, was: Standing, edit: Edit) -> list[_Planned]:
    wanted = {line.line_id: line for line in edit.lines if line.line_id is not None}
    if unknown := set(wanted) - {line.id for line in was.lines}:
        raise NotFound(f"Order {order.number} has no line {min(unknown)}.", details={"lines": sorted(unknown)})
    plans = []
    for row, old in zip(was.lines, was.priced(), strict=True):
        new = _changed(row.sku, old, wanted.get(row.id, LineEdit()), order.currency)
        plans.append(_Planned(row, was.products.get(row.sku) if row.product_id else None, old, new))
    added = [line for line in edit.lines if line.line_id is None]
    products = catalogue.products_by_sku(tx, [line.sku.strip() for line in added])
    parts = kit_parts.parts_of(tx, products.values())
    for line in added:
        product = products.get(line.sku.strip())
        if product is None or not product.active:
            raise Malformed(f"There is no product with the SKU {line.sku}.", details={"field": "sku"})
        plans.append(_Planned(None, product, None, _new(line, product, order.currency), parts.get(product.id, ())))
    return plans


def _changed(sku: str, old: Line, edit: LineEdit, currency: str) -> Line:
    new = old if edit.quantity is None else line_prices.with_units(old, edit.quantity)
    if edit.unit_price_micros is not None:
        new = replace(new, unit_price_micros=edit.unit_price_micros)
    if edit.discount is not None and new.units:
        new = replace(new, discount=edit.discount)
    return _sound(sku, new, currency)


def _new(edit: LineEdit, product: Any, currency: str) -> Line:
    price = edit.unit_price_micros
    if price is None:
        if product.currency != currency:
            raise Malformed(f"{product.sku} has no price in {currency}: give one.", details={"field": "price"})
        price = product.price_micros
    quantity = 1 if edit.quantity is None else edit.quantity
    line = Line(quantity, price, edit.discount or 0, product.tax_included, rate=product.gst_rate)
    return _sound(product.sku, line, currency)


def _sound(sku: str, line: Line, currency: str) -> Line:
    if line.net(currency) < 0:
        raise Malformed(f"{sku}: the discount is more than the line.", details={"field": "discount"})
    return line


def _write(tx: Connection, order: Any, plan: _Planned, price: Priced, at: datetime) -> int:
    """Write a line; returns how many more units wait for stock."""
    row, new = plan.row, plan.new
    values = {"unit_price_micros": new.unit_price_micros, "discount": new.discount, "total": price.total}
    if row is None:
        product = plan.product
        position = max(each.position for each in rows.lines(tx, order.id)) + 1
        article = {"position": position, "product_id": product.id, "sku": product.sku, "name": product.name}  # type: ignore[union-attr]
        article["parts"] = kits.written(plan.parts) or None
        line_id = rows.add_line(
            tx, order.id, article | values | {"quantity": new.units, "tax_included": new.tax_included}
        )
    else:
        line_id = row.id
        more = {"quantity": row.quantity + plan.more} if plan.more > 0 else {"cancelled": row.cancelled - plan.more}
        rows.change_line(tx, line_id, **values, **(more if plan.more else {}))
    if plan.more > 0 and plan.needs_stock:
        _ask(tx, order, line_id, plan, at)
        return plan.more
    return _free(tx, row, -plan.more) if plan.more < 0 else 0


def _ask(tx: Connection, order: Any, line_id: int, plan: _Planned, at: datetime) -> None:
    entry = queue.entry(tx, line_id)
    if entry is not None:
        queue.set_entry(tx, line_id, units=entry.units + plan.more)
        return
    state: str = Missing.OPEN
    if plan.product is not None:
        channel = catalogue.channel_by_id(tx, order.channel_id).name
        state = rules.current(tx).rules.missing_of(channel, plan.product.sku)
    values = {
        "order_line_id": line_id,
        "order_id": order.id,
        "product_id": plan.waits_for,
        "units": plan.more,
        "state": state,
        "rank": -order.priority,
        "due": order.ship_by or order.placed_at,
        "at": at,
    }
    queue.add(tx, [values])


def _free(tx: Connection, line: Any, units: int) -> int:
    """Let units of a line go, those first that wait for stock; returns by how many fewer units wait, below zero."""
    entry = queue.entry(tx, line.id)
    waited = min(entry.units, units) if entry is not None else 0
    if waited:
        queue.set_entry(tx, line.id, units=entry.units - waited)  # type: ignore[union-attr]
    left = min(units - waited, line.allocated)
    rows.add_allocated(tx, line.id, -left)
    kept = [each for each in stock.open_reservations(tx, line.order_id) if each.order_line_id == line.id]
    kept.sort(key=lambda each: (each.quantity, each.id))  # the small ones first: fewer parcels stay
    allocation.take_kept(tx, line, kept, left, "released")
    return -waited


def _sum_up(
    tx: Connection,
    order: Any,
    plans: list[_Planned],
    prices: list[Priced],
    discount: int,
    shipping: int | None,
    short: int,
    at: datetime,
) -> None:
    totals = [price.total for price in prices]
    charge = order.shipping if shipping is None else shipping
    total = order_total(totals, discount=discount, shipping=charge)
    check_total(total)
    rows.change(
        tx,
        order,
        subtotal=sum(totals),
        discount=discount,
        shipping=charge,
        tax_added=sum(price.tax_added for price in prices),
        total=total,
        payment_status=payment_status(
            total, order.captured, order.refunded, order.refunded_excess, authorised=order.authorised
        ),
        units=sum(plan.new.units for plan in plans),
        shortfall=order.shortfall + short,
        location_id=allocation.mainly_at(tx, order.id) or order.location_id,
        updated_at=at,
    )
