"""Rows of the orders list for ids that a search found."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from oms_app.db.prepared import Prepared
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.orders import channel, order, tag

_COLUMNS = (
    order.c.id,
    order.c.number,
    order.c.external_id,
    order.c.version,
    order.c.stage,
    order.c.stage_at,
    order.c.location_id,
    order.c.placed_at,
    order.c.updated_at,
    order.c.ship_by,
    order.c.shipped_at,
    order.c.priority,
    order.c.assignee_id,
    order.c.customer_name,
    order.c.city,
    order.c.state,
    order.c.postal_code,
    order.c.country,
    order.c.gstin,
    order.c.currency,
    order.c.total,
    order.c.captured,
    order.c.units,
    order.c.payment_method,
    order.c.payment_status,
    order.c.holds,
    order.c.shortfall,
    channel.c.name.label("channel"),
    channel.c.title.label("channel_title"),
    channel.c.demo,
)

_ROWS = Prepared(
    lambda sqlite: (
        select(*_COLUMNS)
        .join_from(order, channel, channel.c.id == order.c.channel_id)
        .where(among(order.c.id, "ids", sqlite=sqlite))
    )
)
_TAGS = Prepared(
    lambda sqlite: (
        select(tag.c.order_id, tag.c.tag).where(among(tag.c.order_id, "ids", sqlite=sqlite)).order_by(tag.c.tag)
    )
)


def rows(tx: Connection, ids: Sequence[int]) -> list[Any]:
    """The orders with these ids, in the order of the ids."""
    found = {row.id: row for row in _ROWS.all(tx, ids=packed(tx, ids))}
    return [found[each] for each in ids if each in found]


def tags(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Tags by order id, in alphabetical order."""
    found: dict[int, tuple[str, ...]] = {}
    for row in _TAGS.all(tx, ids=packed(tx, ids)):
        found[row.order_id] = (*found.get(row.order_id, ()), row.tag)
    return found
