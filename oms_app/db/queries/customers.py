"""Customers and addresses: matching and inserting."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from oms_app.db.tables.customers import Address, Customer

customer = Customer.__table__  # type: ignore[attr-defined]
address = Address.__table__  # type: ignore[attr-defined]


_ADD, _ADD_ADDRESS = insert(customer), insert(address)
_OF_KIND = select(customer.c.id).where(customer.c.demo == bindparam("demo")).order_by(customer.c.id).limit(1)
_KNOWN = {
    "external_id": _OF_KIND.where(
        customer.c.channel_id == bindparam("channel_id"), customer.c.external_id == bindparam("external_id")
    ),
    "email": _OF_KIND.where(customer.c.email == bindparam("email")),
    "phone": _OF_KIND.where(customer.c.phone == bindparam("phone")),
}
"""How a buyer is known, the surest first."""


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
) -> int:
    """Id of the buyer: known by the channel's own number, else by e-mail, else by phone, else new.

    Demo and real customers never match each other.
    """
    given = {"channel_id": channel.id, "external_id": external_id, "email": email, "phone": phone, "demo": channel.demo}
    for key, query in _KNOWN.items():
        found = tx.scalar(query, given) if given[key] else None
        if found:
            return int(found)
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
    return int(tx.execute(_ADD, values).inserted_primary_key[0])


def add_address(tx: Connection, **values: Any) -> int:
    """Insert an address; returns its id."""
    return int(tx.execute(_ADD_ADDRESS, values).inserted_primary_key[0])
