"""Writing whole imported orders, a batch at a time: what is here already stays, the rest goes in with all its rows."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db import bulk
from oms_app.db.queries import import_parties as parties
from oms_app.db.queries import projections
from oms_app.db.queries.import_parties import Buyer, those
from oms_app.db.tables.catalogue import Product
from oms_app.db.tables.customers import Customer
from oms_app.db.tables.orders import Note, Order, OrderLine, OrderTag, Parcel, ParcelLine, Payment
from oms_app.db.tables.spine import Event
from oms_app.domain import clock, money
from oms_app.domain.clock import to_ms
from oms_app.domain.imported import ImportedOrder, order_number
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft
from oms_app.domain.rollups import LineFacts, LineSums, OrderFacts
from oms_app.domain.search_document import Subject

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
    buyer: Buyer | None
    ship_to_id: int | None
    bill_to_id: int | None


def sort_out(tx: Connection, channel_id: int, orders: Sequence[ImportedOrder]) -> Written:
    """Which orders of a batch are new and which are here already; writes nothing."""
    known = those(tx, _order.c.external_id, [o.external_id for o in orders], _order.c.channel_id == channel_id)
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
    products, written.products = parties.products(tx, written.imported, now)
    buyers, written.customers = parties.customers(tx, channel, written.imported, now)
    placed = [
        _Placed(order_id, numbers[order.external_id], order, buyers.get(order.external_id), *addressed)
        for order_id, order, addressed in zip(
            _order_ids(tx, written.imported),
            written.imported,
            parties.addresses(tx, written.imported, buyers),
            strict=True,
        )
    ]
    bulk.insert(tx, Order, _ORDER, (_order_row(each, channel.id, now) for each in placed))
    lines = _insert_lines(tx, placed, products)
    _insert_parcels(tx, placed, lines)
    bulk.insert(tx, Payment, _PAYMENT, (row for each in placed for row in _payments(each, actor)))
    bulk.insert(tx, Note, _NOTE, ((p.id, p.order.note, actor, to_ms(now)) for p in placed if p.order.note))
    bulk.insert(tx, OrderTag, ("order_id", "tag"), ((p.id, tag) for p in placed for tag in sorted({*p.order.tags})))
    bulk.insert(tx, Event, _EVENT, (row for each in placed for row in _events(each, actor, source, now)))
    projections.history_added(
        tx,
        ((_facts(each, channel.id), _line_facts(each, products)) for each in placed),
        (_subject(each, channel.name) for each in placed),
    )
    return written


_ORDER = (
    *("id", "number", "channel_id", "external_id", "stage", "stage_at", "placed_at", "updated_at", "ship_by"),
    *("shipped_at", "delivered_at", "customer_id", "customer_name", "city", "state", "postal_code", "country"),
    *("gstin", "ship_to_id", "bill_to_id", "currency", "subtotal", "discount", "shipping", "tax_added", "total"),
    *("captured", "refunded", "on_account", "payment_method", "payment_status", "units", "cancel_reason"),
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
        *(
            placed.buyer and placed.buyer.id,
            order.customer_name,
            to.city,
            to.state,
            to.postal_code,
            to.country,
            order.gstin,
        ),
        *(placed.ship_to_id, placed.bill_to_id, order.currency, sum(line.total for line in order.lines)),
        *(order.discount, order.shipping, order.tax_added, order.total, order.captured, order.refunded),
        *(True, str(order.payment_method), str(order.payment_status), order.units, order.cancel_reason),
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
    sent = [(each, own) for each, own in zip(placed, lines, strict=True) if _has_parcel(each.order)]
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


@dataclass(slots=True)
class _Facts:
    """What the rollups need of an order."""

    id: int
    channel_id: int
    location_id: int | None
    stage: str
    stage_at: datetime
    placed_at: datetime
    ship_by: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    currency: str
    total: int
    refunded: int
    refunded_excess: int
    units: int


def _facts(placed: _Placed, channel_id: int) -> OrderFacts:
    order = placed.order
    return _Facts(
        *(placed.id, channel_id, None, order.stage, order.stage_at, order.placed_at, order.ship_by),
        *(order.shipped_at, order.delivered_at, order.currency, order.total, order.refunded, 0, order.units),
    )


def _line_facts(placed: _Placed, products: dict[str, int]) -> Sequence[LineFacts]:
    return [LineSums(products[line.sku], line.quantity, line.total) for line in placed.order.lines]


def _subject(placed: _Placed, channel: str) -> Subject:
    """The order as the text index sees it; what it says must be what db/queries/search_subjects.py would read."""
    order, buyer, to = placed.order, placed.buyer, placed.order.ship_to
    place = to or AddressDraft(country="")
    return Subject(
        id=placed.id,
        number=placed.number,
        channel=channel,
        external_id=order.external_id,
        stage=order.stage,
        customer_name=order.customer_name,
        city=place.city,
        state=place.state,
        postal_code=place.postal_code,
        country=place.country,
        gstin=order.gstin,
        location_id=None,
        assignee_id=None,
        priority=0,
        currency=order.currency,
        total=order.total,
        payment_method=order.payment_method,
        payment_status=order.payment_status,
        shortfall=0,
        holds=None,
        ship_by=_ms(order.ship_by),
        shipped_at=_ms(order.shipped_at),
        lines=[(line.sku, line.name) for line in order.lines],
        parcels=[(order.courier, order.awb)] if _has_parcel(order) else None,
        tags=order.tags,
        notes=[order.note] if order.note else None,
        recipient=parties.address_name(to, order) if to else None,
        phones=(buyer.phone if buyer else None, to.phone if to else None),
        email=buyer and buyer.email,
    )


def _has_parcel(order: ImportedOrder) -> bool:
    return order.reached(Stage.SHIPPED) and bool(order.awb or order.courier)


def _numbers(tx: Connection, channel: str, written: Written) -> dict[str, str]:
    """Our number of each new order; those that find none are refused."""
    called = {o.external_id: order_number(o.number or o.external_id) for o in written.imported}
    wanted = {external_id: (number, f"{channel}-{number}") for external_id, number in called.items()}
    taken = those(tx, _order.c.number, [number for pair in wanted.values() for number in pair])
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


def _order_ids(tx: Connection, orders: Sequence[ImportedOrder]) -> list[int]:
    """A free id for each order: its placement second, and a tie-break out of its external id."""
    wanted = [(order, zlib.crc32(order.external_id.encode())) for order in orders]
    taken: set[int] = those(tx, _order.c.id, [clock.order_id(order.placed_at, tie) for order, tie in wanted])
    ids = []
    for order, tie in wanted:
        while (key := clock.order_id(order.placed_at, tie)) in taken:
            tie += 1
            taken |= those(tx, _order.c.id, [clock.order_id(order.placed_at, tie)])
        taken.add(key)
        ids.append(key)
    return ids


def _ms(moment: datetime | None) -> int | None:
    return to_ms(moment) if moment else None
