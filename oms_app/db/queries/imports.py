"""Writing whole imported orders, a batch at a time: what is here already stays, the rest goes in with all its rows."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from oms_app.db import bulk
from oms_app.db.queries import projections
from oms_app.db.tables.catalogue import Product
from oms_app.db.tables.customers import Address, Customer
from oms_app.db.tables.orders import Note, Order, OrderLine, OrderTag, Parcel, ParcelLine, Payment
from oms_app.db.tables.spine import Event
from oms_app.domain import clock, money
from oms_app.domain.clock import to_ms
from oms_app.domain.imported import ImportedCustomer, ImportedOrder, order_number
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft

_order, _product, _customer = Order.__table__, Product.__table__, Customer.__table__  # type: ignore[attr-defined]
_CHUNK = 10_000


@dataclass(slots=True)
class Written:
    """What became of a batch. `refused` are (order, reason)."""

    imported: list[ImportedOrder] = field(default_factory=list)
    already: list[ImportedOrder] = field(default_factory=list)
    refused: list[tuple[ImportedOrder, str]] = field(default_factory=list)
    products: int = 0
    customers: int = 0


@dataclass(frozen=True, slots=True)
class _Placed:
    """An order on its way in, with the keys it got."""

    id: int
    number: str
    order: ImportedOrder
    customer_id: int | None
    ship_to_id: int | None
    bill_to_id: int | None


def sort_out(tx: Connection, channel_id: int, orders: Sequence[ImportedOrder]) -> Written:
    """Which orders of a batch are new and which are here already; writes nothing."""
    known = _those(tx, _order.c.external_id, [o.external_id for o in orders], _order.c.channel_id == channel_id)
    written = Written()
    for order in orders:
        (written.already if order.external_id in known else written.imported).append(order)
    return written


def write(
    tx: Connection, channel: Any, orders: Sequence[ImportedOrder], *, actor: str, source: str, now: datetime
) -> Written:
    """Insert the new orders of a batch with everything that hangs on them, and bring the projections up to date.

    Our number is the file's, prefixed by the channel where another order has it. Nothing is reserved or announced.
    """
    written = sort_out(tx, channel.id, orders)
    numbers = _numbers(tx, channel.name, written)
    written.imported = [order for order in written.imported if order.external_id in numbers]
    if not written.imported:
        return written
    products = _products(tx, written, now)
    customers = _customers(tx, channel, written, now)
    placed = list(_placed(tx, written.imported, numbers, customers))
    bulk.insert(tx, Order, _ORDER, (_order_row(each, channel.id, now) for each in placed))
    lines = _insert_lines(tx, placed, products)
    _insert_parcels(tx, placed, lines)
    bulk.insert(tx, Payment, _PAYMENT, (row for each in placed for row in _payments(each, actor)))
    bulk.insert(tx, Note, _NOTE, ((p.id, p.order.note, actor, to_ms(now)) for p in placed if p.order.note))
    bulk.insert(tx, OrderTag, ("order_id", "tag"), ((p.id, tag) for p in placed for tag in sorted({*p.order.tags})))
    bulk.insert(tx, Event, _EVENT, (row for each in placed for row in _events(each, actor, source, now)))
    projections.orders_added(tx, [each.id for each in placed])
    return written


_ORDER = (
    *("id", "number", "channel_id", "external_id", "stage", "stage_at", "placed_at", "updated_at", "ship_by"),
    *("shipped_at", "delivered_at", "customer_id", "customer_name", "city", "state", "postal_code", "country"),
    *("gstin", "ship_to_id", "bill_to_id", "currency", "subtotal", "discount", "shipping", "tax_added", "total"),
    *("captured", "refunded", "payment_method", "payment_status", "units", "cancel_reason"),
)
_LINE = (
    *("id", "order_id", "position", "product_id", "sku", "name", "quantity", "picked", "packed", "shipped"),
    *("cancelled", "unit_price_micros", "tax_included", "discount", "total"),
)
_PAYMENT = ("order_id", "kind", "method", "amount", "currency", "reference", "actor", "at")
_NOTE = ("order_id", "body", "author", "at")
_EVENT = ("subject", "subject_id", "order_id", "kind", "actor", "source", "before", "after", "at")
_ADDRESS = ("id", "customer_id", "name", "phone", "line1", "line2", "city", "state", "postal_code", "country")


def _order_row(placed: _Placed, channel_id: int, now: datetime) -> tuple[Any, ...]:
    order, to = placed.order, placed.order.ship_to or AddressDraft(country="")
    return (
        *(placed.id, placed.number, channel_id, order.external_id, str(order.stage), to_ms(order.stage_at)),
        *(to_ms(order.placed_at), to_ms(now), _ms(order.ship_by), _ms(order.shipped_at), _ms(order.delivered_at)),
        *(placed.customer_id, order.customer_name, to.city, to.state, to.postal_code, to.country, order.gstin),
        *(placed.ship_to_id, placed.bill_to_id, order.currency, sum(line.total for line in order.lines)),
        *(order.discount, order.shipping, order.tax_added, order.total, order.captured, order.refunded),
        *(str(order.payment_method), str(order.payment_status), order.units, order.cancel_reason),
    )


def _insert_lines(tx: Connection, placed: Sequence[_Placed], products: dict[str, int]) -> list[Sequence[int]]:
    """Insert every line; returns the line ids of each order."""
    ids = iter(bulk.take_ids(tx, OrderLine, sum(len(each.order.lines) for each in placed)))
    taken = [[next(ids) for _ in each.order.lines] for each in placed]
    bulk.insert(
        tx,
        OrderLine,
        _LINE,
        (row for each, own in zip(placed, taken, strict=True) for row in _line_rows(each, own, products)),
    )
    return list(taken)


def _line_rows(placed: _Placed, ids: Sequence[int], products: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    order = placed.order
    packed, shipped = order.reached(Stage.PACKED), order.reached(Stage.SHIPPED)
    cancelled = order.stage is Stage.CANCELLED
    for position, (line_id, line) in enumerate(zip(ids, order.lines, strict=True)):
        units = line.quantity
        yield (
            *(line_id, placed.id, position, products[line.sku], line.sku, line.name, units),
            *(units if packed else 0, units if packed else 0, units if shipped else 0, units if cancelled else 0),
            *(line.unit_price_micros, order.tax_included, line.discount, line.total),
        )


def _insert_parcels(tx: Connection, placed: Sequence[_Placed], lines: Sequence[Sequence[int]]) -> None:
    """A parcel for each order of which the file names the courier or the AWB and that has left."""
    sent = [
        (each, own)
        for each, own in zip(placed, lines, strict=True)
        if each.order.reached(Stage.SHIPPED) and (each.order.awb or each.order.courier)
    ]
    ids = bulk.take_ids(tx, Parcel, len(sent))
    names = ("id", "order_id", "weight_g", "courier", "awb", "status", "packed_at", "shipped_at", "delivered_at")
    bulk.insert(tx, Parcel, names, (_parcel_row(key, each) for key, (each, _) in zip(ids, sent, strict=True)))
    bulk.insert(
        tx,
        ParcelLine,
        ("parcel_id", "order_line_id", "quantity"),
        (
            (key, line_id, line.quantity)
            for key, (each, own) in zip(ids, sent, strict=True)
            for line_id, line in zip(own, each.order.lines, strict=True)
        ),
    )


def _parcel_row(key: int, placed: _Placed) -> tuple[Any, ...]:
    order = placed.order
    shipped_at = order.shipped_at or order.stage_at
    status = "delivered" if order.reached(Stage.DELIVERED) else "shipped"
    delivered_at = _ms(order.delivered_at)
    return (key, placed.id, 0, order.courier, order.awb, status, to_ms(shipped_at), to_ms(shipped_at), delivered_at)


def _payments(placed: _Placed, actor: str) -> Iterator[tuple[Any, ...]]:
    order = placed.order
    for kind, amount in (("capture", order.captured), ("refund", order.refunded)):
        if amount:
            yield (
                *(placed.id, kind, order.paid_by, amount, order.currency, order.payment_reference, actor),
                to_ms(order.paid_at),
            )


def _events(placed: _Placed, actor: str, source: str, now: datetime) -> Iterator[tuple[Any, ...]]:
    order = placed.order
    total = money.to_major(order.total, order.currency)
    said = {"stage": Stage.PLACED, "total": total, "currency": order.currency, "units": order.units, "shortfall": 0}
    subject = ("order", placed.id, placed.id)
    yield (*subject, "placed", actor, source, "{}", json.dumps(said), to_ms(order.placed_at))
    found = {"stage": order.stage, "external_id": order.external_id, "payment_status": order.payment_status}
    yield (*subject, "imported", actor, source, "{}", json.dumps(found), to_ms(now))


def _numbers(tx: Connection, channel: str, written: Written) -> dict[str, str]:
    """Our number of each new order; those that find none are refused."""
    wanted = {
        o.external_id: (order_number(o.external_id), f"{channel}-{order_number(o.external_id)}")
        for o in written.imported
    }
    taken = _those(tx, _order.c.number, [number for pair in wanted.values() for number in pair])
    numbers: dict[str, str] = {}
    for order in written.imported:
        free = next((number for number in wanted[order.external_id] if number not in taken), None)
        if free is None:
            first, second = wanted[order.external_id]
            written.refused.append((order, f"other orders have the numbers {first} and {second} already."))
        else:
            numbers[order.external_id] = free
            taken.add(free)
    return numbers


def _products(tx: Connection, written: Written, now: datetime) -> dict[str, int]:
    """Id of every SKU; unknown ones become products with the name and price of their first line."""
    first = {line.sku: (line, order) for order in reversed(written.imported) for line in reversed(order.lines)}
    known = dict(_pairs(tx, _product.c.sku, _product.c.id, list(first)))
    new = [sku for sku in first if sku not in known]
    known.update(zip(new, bulk.take_ids(tx, Product, len(new)), strict=True))
    names = ("id", "sku", "name", "kind", "price_micros", "currency", "tax_included", "created_at")
    rows = (
        (
            *(known[sku], sku, line.name, "charge" if line.charge else "goods", line.unit_price_micros),
            *(order.currency, order.tax_included, to_ms(now)),
        )
        for sku in new
        for line, order in (first[sku],)
    )
    written.products = bulk.insert(tx, Product, names, rows)
    return known


def _customers(tx: Connection, channel: Any, written: Written, now: datetime) -> dict[str, int | None]:
    """Customer id by external order id: the buyer known by the channel's number, else e-mail, else phone, else new."""
    asked = {order.external_id: order for order in written.imported if order.customer}
    people = [_identities(order.customer) for order in asked.values() if order.customer]
    same = _customer.c.demo == channel.demo
    own = same & (_customer.c.channel_id == channel.id)
    columns = ((_customer.c.external_id, own), (_customer.c.email, same), (_customer.c.phone, same))
    known = [
        dict(_pairs(tx, column, _customer.c.id, [each[index] for each in people if each[index]], where))
        for index, (column, where) in enumerate(columns)
    ]
    chosen: dict[str, int | None] = {}
    new: list[tuple[Any, ...]] = []
    ids = iter(bulk.take_ids(tx, Customer, len(asked)))
    for (external_id, order), identities in zip(asked.items(), people, strict=True):
        key = next((ours[value] for ours, value in zip(known, identities, strict=True) if value in ours), None)
        if key is None and (person := order.customer):
            key = next(ids)
            given = (person.external_id or None, person.name, person.email, person.phone, order.gstin)
            new.append((key, channel.id, *given, channel.demo, to_ms(now)))
            for ours, value in zip(known, identities, strict=True):
                if value:
                    ours.setdefault(value, key)
        chosen[external_id] = key
    names = ("id", "channel_id", "external_id", "name", "email", "phone", "gstin", "demo", "created_at")
    written.customers = bulk.insert(tx, Customer, names, new)
    return chosen


def _identities(person: ImportedCustomer) -> tuple[str, str, str]:
    return person.external_id, person.email, person.phone


def _placed(
    tx: Connection, orders: Sequence[ImportedOrder], numbers: dict[str, str], customers: dict[str, int | None]
) -> Iterator[_Placed]:
    """Each order with its id and the addresses written for it."""
    ids = iter(bulk.take_ids(tx, Address, sum((o.ship_to is not None) + (o.bill_to is not None) for o in orders)))
    rows: list[tuple[Any, ...]] = []

    def add(given: AddressDraft | None, order: ImportedOrder) -> int | None:
        if given is None:
            return None
        rows.append((key := next(ids), customers.get(order.external_id), *_address_cells(given, order)))
        return key

    placed = []
    for order_id, order in zip(_order_ids(tx, orders), orders, strict=True):
        ship_to, bill_to = add(order.ship_to, order), add(order.bill_to, order)
        placed.append(
            _Placed(
                order_id,
                numbers[order.external_id],
                order,
                customers.get(order.external_id),
                ship_to,
                bill_to or ship_to,
            )
        )
    bulk.insert(tx, Address, _ADDRESS, rows)
    return iter(placed)


def _address_cells(given: AddressDraft, order: ImportedOrder) -> tuple[str, ...]:
    return (
        *(given.name or order.customer_name, given.phone, given.line1, given.line2),
        *(given.city, given.state, given.postal_code, given.country),
    )


def _order_ids(tx: Connection, orders: Sequence[ImportedOrder]) -> list[int]:
    """A free id for each order: its placement second, and a tie-break out of its external id."""
    wanted = [(order, zlib.crc32(order.external_id.encode())) for order in orders]
    taken: set[int] = _those(tx, _order.c.id, [clock.order_id(order.placed_at, tie) for order, tie in wanted])
    ids = []
    for order, tie in wanted:
        while (key := clock.order_id(order.placed_at, tie)) in taken:
            tie += 1
            taken |= _those(tx, _order.c.id, [clock.order_id(order.placed_at, tie)])
        taken.add(key)
        ids.append(key)
    return ids


def _those(tx: Connection, column: Any, values: Sequence[Any], *where: Any) -> set[Any]:
    """Those of the values that the column has."""
    found: set[Any] = set()
    for start in range(0, len(values), _CHUNK):
        found.update(tx.scalars(select(column).where(column.in_(values[start : start + _CHUNK]), *where)))
    return found


def _pairs(tx: Connection, column: Any, key: Any, values: Sequence[Any], *where: Any) -> Iterator[tuple[Any, Any]]:
    """(value, key) of the rows that have one of the values, the oldest row of a value last."""
    for start in range(0, len(values), _CHUNK):
        query = select(column, key).where(column.in_(values[start : start + _CHUNK]), *where)
        yield from ((value, found) for value, found in tx.execute(query.order_by(key.desc())))


def _ms(moment: datetime | None) -> int | None:
    return to_ms(moment) if moment else None
