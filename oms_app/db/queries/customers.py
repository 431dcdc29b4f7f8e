"""Customers and addresses: matching and inserting."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from oms_app.db.tables.customers import Address, Customer

customer = Customer.__table__  # type: ignore[attr-defined]
address = Address.__table__  # type: ignore[attr-defined]


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
    candidates = []
    if external_id:
        candidates.append((customer.c.channel_id == channel.id) & (customer.c.external_id == external_id))
    if email:
        candidates.append(customer.c.email == email)
    if phone:
        candidates.append(customer.c.phone == phone)
    for condition in candidates:
        query = select(customer.c.id).where(condition, customer.c.demo == channel.demo).order_by(customer.c.id)
        found = tx.scalar(query.limit(1))
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
    return int(tx.execute(insert(customer).values(values)).inserted_primary_key[0])


def add_address(tx: Connection, **values: Any) -> int:
    """Insert an address; returns its id."""
    return int(tx.execute(insert(address).values(values)).inserted_primary_key[0])
