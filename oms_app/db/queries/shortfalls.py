"""The shortfall queue: lines that wait for stock, and keeping units for many of them at once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, select, tuple_, union_all, update

from oms_app.db.prepared import Prepared, insert_into
from oms_app.db.queries import bounded
from oms_app.db.queries.lists import among, columns, packed, rows_given
from oms_app.db.queries.orders import channel, line, order
from oms_app.db.queries.stock import free, level
from oms_app.db.tables.catalogue import Location, Product
from oms_app.db.tables.stock import Shortfall
from oms_app.domain.shortfalls import Waiting

shortfall = Shortfall.__table__  # type: ignore[attr-defined]
_location = Location.__table__  # type: ignore[attr-defined]
_product = Product.__table__  # type: ignore[attr-defined]

PLACE = (shortfall.c.rank, shortfall.c.due, shortfall.c.order_line_id)
"""Where an entry stands in the queue."""

_BY_ITSELF = shortfall.c.state != Waiting.BY_HAND
_ADD = Prepared(insert_into(shortfall))
_REMOVE_ORDER = delete(shortfall).where(shortfall.c.order_id == bindparam("of_order"))
_OF_ORDERS = (
    select(shortfall, line.c.sku, line.c.parts)
    .join(line, line.c.id == shortfall.c.order_line_id)
    .where(shortfall.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(*PLACE)
)
_LOCK_ORDERS = (
    select(order)
    .where(order.c.id.in_(bindparam("orders", expanding=True)))
    .order_by(order.c.id)
    .with_for_update(skip_locked=True)
)
_RERANK = (
    update(shortfall)
    .where(shortfall.c.order_id == bindparam("of_order"))
    .values(rank=bindparam("to_rank"), due=bindparam("to_due"))
)
_LINES, _ORDERS = ("line_id", "units"), ("order_id", "units", "place")


def _kept_lines(sqlite: bool) -> Any:
    given = rows_given(*_LINES, sqlite=sqlite)
    return update(line).where(line.c.id == given.c.line_id).values(allocated=line.c.allocated + given.c.units)


def _kept_entries(sqlite: bool) -> Any:
    given = rows_given(*_LINES, sqlite=sqlite)
    mine = shortfall.c.order_line_id == given.c.line_id
    return update(shortfall).where(mine).values(units=shortfall.c.units - given.c.units)


def _kept_orders(sqlite: bool) -> Any:
    given = rows_given(*_ORDERS, sqlite=sqlite)
    kept = {
        "shortfall": order.c.shortfall - given.c.units,
        "location_id": func.coalesce(order.c.location_id, given.c.place),
        "version": order.c.version + 1,
        "updated_at": bindparam("now", type_=order.c.updated_at.type),
    }
    return update(order).where(order.c.id == given.c.order_id).values(kept)


_KEPT_LINES, _KEPT_ENTRIES, _KEPT_ORDERS = map(Prepared, (_kept_lines, _kept_entries, _kept_orders))
_SERVED = Prepared(
    lambda sqlite: delete(shortfall).where(among(shortfall.c.order_id, "ids", sqlite=sqlite), shortfall.c.units == 0)
)


def add(tx: Connection, rows: list[dict[str, Any]]) -> None:
    """Queue lines whose units no location could keep."""
    _ADD.run_many(tx, rows)


def remove_order(tx: Connection, order_id: int) -> None:
    """Forget what an order waits for: it is cancelled, or has left without."""
    tx.execute(_REMOVE_ORDER, {"of_order": order_id})


def rerank(tx: Connection, order: Any) -> None:
    """Bring the entries of an order to where its priority and its promise belong now."""
    given = {"of_order": order.id, "to_rank": -order.priority, "to_due": order.ship_by or order.placed_at}
    tx.execute(_RERANK, given)


def entry(tx: Connection, line_id: int) -> Any | None:
    """The entry of a line, if it waits."""
    return tx.execute(select(shortfall).where(shortfall.c.order_line_id == line_id)).first()


def set_entry(
    tx: Connection, line_id: int, *, units: int | None = None, state: str | None = None, product_id: int | None = None
) -> None:
    """Change what a line waits for; with no units left the entry is gone."""
    if units == 0:
        tx.execute(delete(shortfall).where(shortfall.c.order_line_id == line_id))
        return
    given = {"units": units, "state": state, "product_id": product_id}
    values = {name: value for name, value in given.items() if value is not None}
    tx.execute(update(shortfall).where(shortfall.c.order_line_id == line_id).values(**values))


def of_orders(tx: Connection, order_ids: Sequence[int]) -> list[Any]:
    """Entries of these orders with their SKUs, in the queue's order."""
    return list(tx.execute(_OF_ORDERS, {"orders": list(order_ids)}))


def lock_orders(tx: Connection, order_ids: Sequence[int]) -> dict[int, Any]:
    """Order rows by id, locked; orders that somebody else changes just now are left out."""
    return {row.id: row for row in tx.execute(_LOCK_ORDERS, {"orders": list(order_ids)})}


def fillable(tx: Connection, product_ids: Sequence[int] | None = None) -> list[int]:
    """Products that lines wait for and an open location has (of those given, or of all)."""
    waiting = select(shortfall.c.product_id).where(shortfall.c.product_id.is_not(None), _BY_ITSELF).distinct()
    if product_ids is not None:
        waiting = waiting.where(shortfall.c.product_id.in_(product_ids))
    its = waiting.subquery()
    stocked = (
        select(level.c.product_id)
        .join(_location, _location.c.id == level.c.location_id)
        .where(level.c.product_id == its.c.product_id, free > 0, _location.c.active)
    )
    return list(tx.scalars(select(its.c.product_id).where(exists(stocked))))


def waiting(tx: Connection, product_ids: Sequence[int], after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """(order_id, place in the queue) of lines that wait for these products, first come first."""
    query = select(shortfall.c.order_id, *PLACE).where(shortfall.c.product_id.in_(product_ids), _BY_ITSELF)
    if after is not None:
        query = query.where(tuple_(*PLACE) > tuple_(*_bound(after)))
    return list(tx.execute(query.order_by(*PLACE).limit(limit)))


def fill(
    tx: Connection,
    lines: Mapping[int, int],
    orders: Mapping[int, tuple[int, int]],
    at: datetime,
) -> None:
    """Count units as kept: by line, and by order (units, its main location)."""
    kept = columns(tx, _LINES, list(lines.items()))
    _KEPT_LINES.run(tx, **kept)
    _KEPT_ENTRIES.run(tx, **kept)
    _SERVED.run(tx, ids=packed(tx, orders))
    _KEPT_ORDERS.run(tx, now=at, **columns(tx, _ORDERS, [(order_id, *sums) for order_id, sums in orders.items()]))


def page(
    tx: Connection,
    *,
    after: tuple[Any, ...] | None,
    state: str,
    words: str,
    channel_name: str,
    location_id: int | None,
    limit: int,
) -> list[Any]:
    """A keyset page of the queue with what a person needs to decide, and what is available now."""
    available = (
        select(func.coalesce(func.sum(free), 0))
        .where(level.c.product_id == shortfall.c.product_id, free > 0)
        .correlate(shortfall)
        .scalar_subquery()
    )
    query = (
        select(
            shortfall,
            line.c.sku,
            line.c.name,
            line.c.quantity,
            line.c.allocated,
            line.c.parts,
            order.c.number,
            order.c.stage,
            order.c.customer_name,
            order.c.city,
            order.c.version,
            order.c.ship_by,
            order.c.priority,
            channel.c.title.label("channel_title"),
            available.label("available"),
            _product.c.sku.label("waits_for"),
        )
        .outerjoin(_product, _product.c.id == shortfall.c.product_id)
        .join(line, line.c.id == shortfall.c.order_line_id)
        .join(order, order.c.id == shortfall.c.order_id)
        .join(channel, channel.c.id == order.c.channel_id)
        .order_by(*PLACE)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(*PLACE) > tuple_(*_bound(after)))
    if state:
        query = query.where(shortfall.c.state == state)
    if channel_name:
        query = query.where(channel.c.name == channel_name)
    if location_id is not None:
        query = query.where(order.c.location_id == location_id)
    if words:
        query = query.where(shortfall.c.order_line_id.in_(_called(tx, words)))
    return list(tx.execute(query))


def _called(tx: Connection, words: str) -> Any:
    """Ids of lines that wait, of the order or of the SKU of this name, each found by an index of the queue."""
    waiting_lines = select(shortfall.c.order_line_id)
    numbered = select(order.c.id).where(order.c.number == words).scalar_subquery()
    mine = [waiting_lines.where(shortfall.c.order_id == numbered)]
    known = tx.execute(select(_product.c.id, _product.c.kind).where(_product.c.sku == words)).first()
    if known is not None:
        mine.append(waiting_lines.where(shortfall.c.product_id == known.id))
    if known is None or known.kind != "goods":  # an unknown SKU, or a kit that waits for one of its components
        mine.append(waiting_lines.join(line, line.c.id == shortfall.c.order_line_id).where(line.c.sku == words))
    return union_all(*mine)


def counts(tx: Connection, states: Iterable[str], most: int) -> dict[str, int]:
    """Entries by state, at most `most` + 1 of each."""
    entries = select(shortfall.c.order_line_id)
    return bounded.counts(tx, {state: entries.where(shortfall.c.state == state) for state in states}, most)


def _bound(after: tuple[Any, ...]) -> list[Any]:
    return [bindparam(None, value, type_=column.type) for value, column in zip(after, PLACE, strict=True)]
