"""Reading orders as the search document sees them: one statement for any number of orders."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, Connection, Select, bindparam, func, select, type_coerce

from oms_app.db.engine import is_sqlite
from oms_app.db.queries.orders import address, channel, customer, hold, line, note, order, parcel, tag
from oms_app.domain.search_document import Subject


def subjects(tx: Connection, condition: ColumnElement[bool]) -> Iterator[Subject]:
    """The orders that meet a condition."""
    return map(Subject._make, tx.execute(_statement(is_sqlite(tx)).where(condition)))


def subjects_of(tx: Connection, ids: Sequence[int]) -> Iterator[Subject]:
    """The orders with these ids."""
    return map(Subject._make, tx.execute(_of_ids(is_sqlite(tx)), {"ids": ids}))


@lru_cache(maxsize=2)
def _of_ids(sqlite: bool) -> Select[Any]:
    return _statement(sqlite).where(order.c.id.in_(bindparam("ids", expanding=True)))


@lru_cache(maxsize=2)
def _statement(sqlite: bool) -> Select[Any]:
    """A column for each field of Subject, in its order; what there are many of comes as a JSON array."""
    pack, collect = (func.json_array, func.json_group_array) if sqlite else (func.json_build_array, func.json_agg)

    def many(table: Any, value: Any, *conditions: Any) -> Any:
        rows = select(collect(value, type_=JSON)).where(table.c.order_id == order.c.id, *conditions)
        return rows.correlate(order).scalar_subquery()

    fields = {
        "id": order.c.id,
        "number": order.c.number,
        "channel": channel.c.name,
        "external_id": order.c.external_id,
        "stage": order.c.stage,
        "customer_name": order.c.customer_name,
        "city": order.c.city,
        "state": order.c.state,
        "postal_code": order.c.postal_code,
        "country": order.c.country,
        "gstin": order.c.gstin,
        "location_id": order.c.location_id,
        "assignee_id": order.c.assignee_id,
        "priority": order.c.priority,
        "currency": order.c.currency,
        "total": order.c.total,
        "payment_method": order.c.payment_method,
        "payment_status": order.c.payment_status,
        "shortfall": order.c.shortfall,
        "holds": many(hold, hold.c.kind, hold.c.released_at.is_(None)),
        "ship_by": type_coerce(order.c.ship_by, BigInteger),
        "shipped_at": type_coerce(order.c.shipped_at, BigInteger),
        "lines": many(line, pack(line.c.sku, line.c.name)),
        "parcels": many(parcel, pack(parcel.c.courier, parcel.c.awb), parcel.c.status != "voided"),
        "tags": many(tag, tag.c.tag),
        "notes": many(note, note.c.body),
        "recipient": address.c.name,
        "phones": pack(customer.c.phone, address.c.phone, type_=JSON),
        "email": customer.c.email,
    }
    joined = (
        order.join(channel, channel.c.id == order.c.channel_id)
        .outerjoin(customer, customer.c.id == order.c.customer_id)
        .outerjoin(address, address.c.id == order.c.ship_to_id)
    )
    return select(*(fields[name].label(name) for name in Subject._fields)).select_from(joined)
