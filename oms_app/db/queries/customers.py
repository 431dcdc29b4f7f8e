"""Customers and addresses: matching and inserting."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, literal, select, union_all

from oms_app.db.prepared import Prepared, insert_into
from oms_app.db.queries.lists import among, packed
from oms_app.db.tables.customers import Address, Customer
from oms_app.db.tables.orders import Order, OrderLine

customer = Customer.__table__  # type: ignore[attr-defined]
address = Address.__table__  # type: ignore[attr-defined]
_order, _line = Order.__table__, OrderLine.__table__  # type: ignore[attr-defined]


_ADD = Prepared(insert_into(customer).returning(customer))
_ADD_ADDRESS = Prepared(insert_into(address).returning(address.c.id))
_KNOWN_BY = {
    "external_id": (
        customer.c.channel_id == bindparam("channel_id"),
        customer.c.external_id == bindparam("external_id"),
    ),
    "email": (customer.c.email == bindparam("email"),),
    "phone": (customer.c.phone == bindparam("phone"),),
}
"""How a buyer is known, the surest first."""

_LATELY = Prepared(
    select(_order.c.id, _order.c.number, _order.c.stage, _order.c.payment_method)
    .where(_order.c.customer_id == bindparam("customer"))
    .order_by(_order.c.id.desc())
    .limit(bindparam("limit"))
)
_BOUGHT = Prepared(
    lambda sqlite: select(_line.c.order_id, _line.c.sku, _line.c.quantity).where(
        among(_line.c.order_id, "ids", sqlite=sqlite)
    )
)

_OURS = (customer.c.demo == bindparam("demo"),)


def find_or_add(
    tx: Connection,
    *,
    channel: Any,
    external_id: str | None,
    name: str,
    email: str,
    phone: str,
    gstin: str,
    at: datetime,
) -> Any:
    """The buyer's row: known by the channel's own number, else by e-mail, else by phone, else new.

    Who bought before has the id of their newest order as `last_order`.
    Demo and real customers never match each other.
    """
    given = {"channel_id": channel.id, "external_id": external_id, "email": email, "phone": phone, "demo": channel.demo}
    keys = tuple(key for key in _KNOWN_BY if given[key])
    if keys and (found := _known_by(keys).first(tx, **given)):
        return found
    values = {
        "channel_id": channel.id,
        "external_id": external_id,
        "name": name,
        "email": email,
        "phone": phone,
        "gstin": gstin,
        "demo": channel.demo,
        "created_at": at,
    }
    return _ADD.first(tx, **values)


@cache
def _known_by(keys: tuple[str, ...]) -> Prepared:
    """The oldest buyer who is known by the surest of the keys. One statement, an index each."""
    by_key = [select(literal(place).label("place"), customer.c.id) for place in range(len(keys))]
    found = [
        select(query.where(*_OURS, *_KNOWN_BY[key]).order_by(customer.c.id).limit(1).subquery())
        for query, key in zip(by_key, keys, strict=True)
    ]
    surest = union_all(*found).subquery() if len(found) > 1 else found[0].subquery()
    last = select(func.max(_order.c.id)).where(_order.c.customer_id == customer.c.id).scalar_subquery()
    query = select(customer, last.label("last_order")).join(surest, surest.c.id == customer.c.id)
    return Prepared(query.order_by(surest.c.place).limit(1))


def lately(tx: Connection, customer_id: int, *, limit: int) -> list[Any]:
    """(id, number, stage, payment_method) of a customer's newest orders, newest first."""
    return _LATELY.all(tx, customer=customer_id, limit=limit)


def bought(tx: Connection, order_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """(SKU, units) of every line of these orders, sorted, by order id."""
    found: dict[int, list[tuple[str, int]]] = {}
    for row in _BOUGHT.all(tx, ids=packed(tx, order_ids)):
        found.setdefault(row.order_id, []).append((row.sku, row.quantity))
    return {order_id: sorted(lines) for order_id, lines in found.items()}


def add_address(tx: Connection, **values: Any) -> int:
    """Insert an address; returns its id."""
    return int(_ADD_ADDRESS.value(tx, **values))
