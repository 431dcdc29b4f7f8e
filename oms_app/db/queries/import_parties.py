"""Who and what imported orders refer to: products, customers and addresses, found again or made."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from oms_app.db import bulk
from oms_app.db.tables.catalogue import Product
from oms_app.db.tables.customers import Address, Customer
from oms_app.domain.clock import to_ms
from oms_app.domain.imported import ImportedCustomer, ImportedOrder
from oms_app.domain.orders import AddressDraft

_product, _customer = Product.__table__, Customer.__table__  # type: ignore[attr-defined]
_ADDRESS = ("id", "customer_id", "name", "phone", "line1", "line2", "city", "state", "postal_code", "country")
_CHUNK = 10_000


class Buyer(NamedTuple):
    """A customer, and how they are reached."""

    id: int
    email: str
    phone: str


def products(tx: Connection, orders: Sequence[ImportedOrder], now: datetime) -> tuple[dict[str, int], int]:
    """(id of every SKU, how many are new): unknown ones become products with the name and price of their first line."""
    first = {line.sku: (line, order) for order in reversed(orders) for line in reversed(order.lines)}
    known = dict(pairs(tx, _product.c.sku, _product.c.id, list(first)))
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
    return known, bulk.insert(tx, Product, names, rows)


def customers(
    tx: Connection, channel: Any, orders: Sequence[ImportedOrder], now: datetime
) -> tuple[dict[str, Buyer], int]:
    """(buyer by external order id, how many are new): known by the channel's number, e-mail or phone, else new."""
    asked = {order.external_id: order for order in orders if order.customer}
    people = [_identities(order.customer) for order in asked.values() if order.customer]
    same = _customer.c.demo == channel.demo
    own = same & (_customer.c.channel_id == channel.id)
    columns = ((_customer.c.external_id, own), (_customer.c.email, same), (_customer.c.phone, same))
    known = [
        dict(pairs(tx, column, _customer.c.id, [each[index] for each in people if each[index]], where))
        for index, (column, where) in enumerate(columns)
    ]
    chosen: dict[str, int] = {}
    new: list[tuple[Any, ...]] = []
    ids = iter(bulk.take_ids(tx, Customer, len(asked)))
    for (external_id, order), identities in zip(asked.items(), people, strict=True):
        key = next((ours[value] for ours, value in zip(known, identities, strict=True) if value in ours), None)
        if key is None:
            key, person = next(ids), order.customer or ImportedCustomer("", "", "", "")
            given = (person.external_id or None, person.name, person.email, person.phone, order.gstin)
            new.append((key, channel.id, *given, channel.demo, to_ms(now)))
            for ours, value in zip(known, identities, strict=True):
                if value:
                    ours.setdefault(value, key)
        chosen[external_id] = key
    names = ("id", "channel_id", "external_id", "name", "email", "phone", "gstin", "demo", "created_at")
    added = bulk.insert(tx, Customer, names, new)
    buyers = _buyers(tx, sorted(set(chosen.values())))
    return {external_id: buyers[key] for external_id, key in chosen.items()}, added


def addresses(
    tx: Connection, orders: Sequence[ImportedOrder], buyers: Mapping[str, Buyer]
) -> list[tuple[int | None, int | None]]:
    """Write the addresses of these orders; returns (ship to, bill to) of each, by id."""
    ids = iter(bulk.take_ids(tx, Address, sum((o.ship_to is not None) + (o.bill_to is not None) for o in orders)))
    rows: list[tuple[Any, ...]] = []

    def add(given: AddressDraft | None, order: ImportedOrder) -> int | None:
        if given is None:
            return None
        buyer = buyers.get(order.external_id)
        rows.append((key := next(ids), buyer and buyer.id, *_cells(given, order)))
        return key

    found = []
    for order in orders:
        ship_to, bill_to = add(order.ship_to, order), add(order.bill_to, order)
        found.append((ship_to, bill_to or ship_to))
    bulk.insert(tx, Address, _ADDRESS, rows)
    return found


def those(tx: Connection, column: Any, values: Sequence[Any], *where: Any) -> set[Any]:
    """Those of the values that the column has."""
    found: set[Any] = set()
    for start in range(0, len(values), _CHUNK):
        found.update(tx.scalars(select(column).where(column.in_(values[start : start + _CHUNK]), *where)))
    return found


def pairs(tx: Connection, column: Any, key: Any, values: Sequence[Any], *where: Any) -> Iterator[tuple[Any, Any]]:
    """(value, key) of the rows that have one of the values, the oldest row of a value last."""
    for start in range(0, len(values), _CHUNK):
        query = select(column, key).where(column.in_(values[start : start + _CHUNK]), *where)
        yield from ((value, found) for value, found in tx.execute(query.order_by(key.desc())))


def address_name(given: AddressDraft, order: ImportedOrder) -> str:
    """Whom a parcel or a bill is addressed to."""
    return given.name or order.customer_name


def _buyers(tx: Connection, ids: Sequence[int]) -> dict[int, Buyer]:
    found: dict[int, Buyer] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(_customer.c.id, _customer.c.email, _customer.c.phone)
        rows = tx.execute(query.where(_customer.c.id.in_(ids[start : start + _CHUNK])))
        found.update({row.id: Buyer(row.id, row.email, row.phone) for row in rows})
    return found


def _identities(person: ImportedCustomer) -> tuple[str, str, str]:
    return person.external_id, person.email, person.phone


def _cells(given: AddressDraft, order: ImportedOrder) -> tuple[str, ...]:
    return (
        *(address_name(given, order), given.phone, given.line1, given.line2),
        *(given.city, given.state, given.postal_code, given.country),
    )
