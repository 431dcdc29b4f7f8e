"""Taking the demo shop out of a database: what hangs on its channels goes, what real orders use stays."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    delete,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    text,
    update,
)

from oms_app.db.engine import is_sqlite
from oms_app.db.queries import demo_channels, demo_stock, projections, reconciliation, settlements
from oms_app.db.queries.accounts import ATTEMPT, GRANT, RESET, SESSION, USER
from oms_app.db.queries.catalogue import channel, location, product
from oms_app.db.queries.changes import change, link
from oms_app.db.queries.notices import notice
from oms_app.db.queries.orders import address, customer, hold, line, note, order, parcel, parcel_line, payment, tag
from oms_app.db.queries.products import picture as product_picture
from oms_app.db.queries.products import rate as product_rate
from oms_app.db.queries.runs import row as run_row
from oms_app.db.queries.runs import run
from oms_app.db.queries.shortfalls import shortfall
from oms_app.db.queries.sku_map import sku_map
from oms_app.db.queries.stock import level, movement, reservation
from oms_app.db.queries.stock_cover import cover
from oms_app.db.queries.stock_limits import buffer
from oms_app.db.queries.stock_truth import balance
from oms_app.db.tables.accounts import SavedView
from oms_app.db.tables.rollups import OrderDwell
from oms_app.db.tables.spine import Event

_event, _view = Event.__table__, SavedView.__table__  # type: ignore[attr-defined]
_dwell = OrderDwell.__table__  # type: ignore[attr-defined]
_LOCK = 671226
_SCAFFOLD = {
    "demo_ship_to": "orders (ship_to_id)",
    "demo_bill_to": "orders (bill_to_id)",
    "demo_product": "order_line (product_id)",
    "demo_parcel_line": "parcel_line (order_line_id)",
    "demo_reservation": "reservation (order_line_id)",
}
"""Columns through which the database looks for those who still need a row that is deleted."""

_channels = select(channel.c.id).where(channel.c.demo)
_orders = select(order.c.id).where(order.c.channel_id.in_(_channels))
_customers = select(customer.c.id).where(customer.c.demo)
_users = select(USER.c.id).where(USER.c.demo)
_products = select(product.c.id).where(product.c.demo)
_locations = select(location.c.id).where(location.c.demo)

OF_ORDER = (_dwell, change, link, parcel, payment, hold, note, tag, reservation, shortfall, line)
"""Tables whose rows belong to one order, children first; parcels have lines of their own."""


def alone(tx: Connection) -> None:
    """Let one transaction at a time load or remove the demo shop. SQLite's writers are alone anyway."""
    if not is_sqlite(tx):
        tx.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def is_here(tx: Connection) -> bool:
    """Whether the demo shop is in this database."""
    return tx.execute(_channels.limit(1)).first() is not None


def emails(tx: Connection) -> list[tuple[str, str]]:
    """(e-mail, role) of the demo accounts that can sign in."""
    found = select(USER.c.email, USER.c.role).where(USER.c.demo, USER.c.active).order_by(USER.c.id)
    return [(row.email, row.role) for row in tx.execute(found)]


def locks_out(tx: Connection) -> bool:
    """Whether real accounts would be left without an admin among them."""
    real = select(func.count()).select_from(USER).where(USER.c.demo.is_(False), USER.c.active)
    return bool(tx.scalar(real)) and not tx.scalar(real.where(USER.c.role == "admin"))


def by_stage(tx: Connection, stages: Sequence[str]) -> dict[str, int]:
    """How many demo orders stand in each of these stages."""
    mine = (order.c.stage.in_(stages), order.c.channel_id.in_(_channels))
    counted = select(order.c.stage, func.count().label("orders")).where(*mine).group_by(order.c.stage)
    return {row.stage: row.orders for row in tx.execute(counted)}


def count(tx: Connection) -> int:
    """How many demo orders there are."""
    return tx.scalar(select(func.count()).select_from(order).where(order.c.channel_id.in_(_channels))) or 0


def waiting(tx: Connection, stage: str, limit: int) -> list[str]:
    """Numbers of demo orders in a stage that nothing keeps there, the most urgent first."""
    mine = (order.c.channel_id.in_(_channels), order.c.stage == stage, order.c.holds == 0, order.c.shortfall == 0)
    return list(tx.scalars(select(order.c.number).where(*mine).order_by(order.c.ship_by, order.c.id).limit(limit)))


def held(tx: Connection, stages: Sequence[str]) -> list[str]:
    """Numbers of demo orders on hold in these stages, oldest first, without those that wait for stock."""
    mine = (order.c.channel_id.in_(_channels), order.c.stage.in_(stages), order.c.holds > 0, order.c.shortfall == 0)
    return list(tx.scalars(select(order.c.number).where(*mine).order_by(order.c.id)))


def arrived_since(tx: Connection, first_id: int) -> int:
    """How many demo orders have an id from `first_id` on."""
    mine = select(func.count()).where(order.c.id >= first_id, order.c.channel_id.in_(_channels))
    return tx.scalar(mine) or 0


def remove(tx: Connection, actors: list[str], at: datetime) -> dict[str, int]:
    """Delete the demo shop and return how many orders, customers and products went, and how many products stayed.

    actors  who wrote the demo shop's stock movements, beside its accounts
    """
    actors = [*actors, *tx.scalars(select(USER.c.email).where(USER.c.demo))]
    ids = list(tx.scalars(_orders))
    people = tx.scalar(select(func.count()).select_from(customer).where(customer.c.demo)) or 0
    for worked_out in (balance, cover):  # of a ledger that is about to be another: they are worked out anew
        tx.execute(delete(worked_out))
    with _scaffolding(tx), projections.removing(tx, ids):
        demo_stock.drop_lots(tx, _products, _orders)
        _drop_movements_of_orders(tx)
        _drop_orders(tx)
        demo_stock.drop_purchases(tx, actors, _products, _locations)
        demo_stock.drop_transfers(tx, actors, _products, _locations)
        demo_stock.drop_counts_and_bins(tx, actors, _products, _locations)
        tx.execute(delete(address).where(address.c.customer_id.in_(_customers)))
        tx.execute(delete(customer).where(customer.c.demo))
        told = buffer.c.channel_id.in_(_channels) | buffer.c.product_id.in_(_products)
        tx.execute(delete(buffer).where(told))
        stay = _drop_products(tx, actors, at)
        _recount(tx)
        demo_stock.repair_lots(tx, at)
        _drop_users(tx)
        _drop_locations(tx)
        _drop_subjects(tx, "channel", _channels)
        _drop_comparisons(tx)
        demo_channels.drop_connections(tx, _channels)
        tx.execute(delete(channel).where(channel.c.demo))
        tx.execute(delete(_event).where(_event.c.source == "demo", _event.c.kind != "demo_removed"))
        return {"orders": len(ids), "customers": people, **stay}


def _drop_movements_of_orders(tx: Connection) -> None:
    causes = select(literal("order:") + cast(order.c.id, Text)).where(order.c.channel_id.in_(_channels))
    demo_stock.forget_movements(tx, movement.c.cause.in_(causes))
    tx.execute(delete(movement).where(movement.c.cause.in_(causes)))
    split = literal("order:") + cast(parcel.c.order_id, Text) + literal(":parcel:") + cast(parcel.c.id, Text)
    of_parcels = movement.c.cause.in_(select(split).where(parcel.c.order_id.in_(_orders)))
    demo_stock.forget_movements(tx, of_parcels)
    tx.execute(delete(movement).where(of_parcels))


def _drop_orders(tx: Connection) -> None:
    tx.execute(delete(_event).where(_event.c.order_id.in_(_orders)))
    boxes = select(parcel.c.id).where(parcel.c.order_id.in_(_orders))
    tx.execute(delete(parcel_line).where(parcel_line.c.parcel_id.in_(boxes)))
    tx.execute(delete(link).where(link.c.original_id.in_(_orders)))
    for table in OF_ORDER:
        tx.execute(delete(table).where(table.c.order_id.in_(_orders)))
    tx.execute(delete(order).where(order.c.channel_id.in_(_channels)))


def _drop_comparisons(tx: Connection) -> None:
    """What was compared with demo channels and settled by them."""
    runs = select(reconciliation.run.c.id).where(reconciliation.run.c.channel_id.in_(_channels))
    settled = select(settlements.settlement.c.id).where(settlements.settlement.c.channel_id.in_(_channels))
    for table in (reconciliation.difference, reconciliation.seen):
        tx.execute(delete(table).where(table.c.run_id.in_(runs)))
    tx.execute(delete(settlements.entry).where(settlements.entry.c.settlement_id.in_(settled)))
    for table in (reconciliation.run, settlements.settlement, settlements.difference):
        tx.execute(delete(table).where(table.c.channel_id.in_(_channels)))


def _drop_products(tx: Connection, actors: list[str], at: datetime) -> dict[str, int]:
    """Products that real orders name, or that somebody real moved, stay with the stock that belongs to those."""
    used = or_(
        product.c.id.in_(select(line.c.product_id).where(line.c.product_id.in_(_products))),
        product.c.id.in_(select(movement.c.product_id).where(not_(_made_by(actors)))),
        product.c.id.in_(demo_stock.PRODUCTS_IN_USE),
    )
    stay = list(tx.scalars(select(product.c.id).where(product.c.demo, used)))
    tx.execute(update(product).where(product.c.id.in_(stay)).values(demo=False))
    tx.execute(delete(movement).where(movement.c.product_id.in_(_products)))
    tx.execute(delete(level).where(level.c.product_id.in_(_products)))
    _drop_subjects(tx, "product", _products)
    demo_stock.drop_kits_and_families(tx, _products)
    demo_channels.drop_levels(tx, _products)
    for table in (sku_map, product_picture, product_rate):
        tx.execute(delete(table).where(table.c.product_id.in_(_products)))
    gone = tx.execute(delete(product).where(product.c.demo)).rowcount
    for product_id in stay:
        _keep_used_stock(tx, product_id, actors, at)
    return {"products": gone, "products_kept": len(stay)}


def _keep_used_stock(tx: Connection, product_id: int, actors: list[str], at: datetime) -> None:
    """Where real orders or people use it, stock stays as it is counted: one adjustment stands for the demo's share."""
    its = movement.c.product_id == product_id
    tx.execute(delete(movement).where(its, _made_by(actors)))
    places = set(tx.scalars(select(reservation.c.location_id).where(reservation.c.product_id == product_id)))
    sums = select(movement.c.location_id, func.sum(movement.c.quantity).label("units")).where(its)
    real = {row.location_id: int(row.units) for row in tx.execute(sums.group_by(movement.c.location_id))}
    places |= real.keys()
    tx.execute(delete(level).where(level.c.product_id == product_id, level.c.location_id.not_in(places)))
    for shelf in list(tx.execute(select(level).where(level.c.product_id == product_id))):
        if quantity := shelf.on_hand - real.get(shelf.location_id, 0):
            where = {"product_id": product_id, "location_id": shelf.location_id, "quantity": quantity}
            why = {"kind": "adjusted", "cause": f"demo:{product_id}", "reason": "Counted when the demo shop left"}
            tx.execute(insert(movement).values(**where, **why, actor="demo", at=at))


def _made_by(actors: list[str]) -> ColumnElement[bool]:
    """Movements the demo made by itself. What an order took belongs to that order, whoever shipped it."""
    return movement.c.actor.in_(actors) & movement.c.cause.not_like("order:%")


def _recount(tx: Connection) -> None:
    """Levels say again what movements and reservations add up to, wherever demo orders took or kept something."""

    def total(table: Any, *where: ColumnElement[bool]) -> Any:
        mine = (table.c.product_id == level.c.product_id) & (table.c.location_id == level.c.location_id)
        return select(func.coalesce(func.sum(table.c.quantity), 0)).where(mine, *where).scalar_subquery()

    on_hand, reserved = total(movement), total(reservation, reservation.c.state == "open")
    differs = or_(level.c.on_hand != on_hand, level.c.reserved != reserved)
    tx.execute(update(level).where(differs).values(on_hand=on_hand, reserved=reserved))


def _drop_users(tx: Connection) -> None:
    subjects = select(literal("account:") + USER.c.email).where(USER.c.demo)
    tx.execute(delete(ATTEMPT).where(ATTEMPT.c.subject.in_(subjects)))
    for table in (SESSION, GRANT, RESET, _view, notice):
        tx.execute(delete(table).where(table.c.user_id.in_(_users)))
    tx.execute(update(order).where(order.c.assignee_id.in_(_users)).values(assignee_id=None))
    theirs = select(run.c.id).where(run.c.user_id.in_(_users))
    tx.execute(delete(run_row).where(run_row.c.run_id.in_(theirs)))
    tx.execute(delete(run).where(run.c.user_id.in_(_users)))
    _drop_subjects(tx, "user", _users)
    tx.execute(delete(USER).where(USER.c.demo))


def _drop_locations(tx: Connection) -> None:
    users = (level.c, movement.c, reservation.c, order.c, parcel.c, USER.c)
    used = or_(
        *(location.c.id.in_(select(each.location_id)) for each in users),
        *(location.c.id.in_(each) for each in demo_stock.LOCATIONS_IN_USE),
    )
    tx.execute(update(location).where(location.c.demo, used).values(demo=False))
    _drop_subjects(tx, "location", _locations)
    tx.execute(delete(location).where(location.c.demo))


def _drop_subjects(tx: Connection, subject: str, ids: Select[Any]) -> None:
    mine = (_event.c.subject == subject) & _event.c.order_id.is_(None)
    tx.execute(delete(_event).where(mine, _event.c.subject_id.in_(ids)))


@contextmanager
def _scaffolding(tx: Connection) -> Iterator[None]:
    """Indexes for the time of the removal; without them each deleted row would search every order for its users."""
    for name, columns in _SCAFFOLD.items():
        tx.exec_driver_sql(f"CREATE INDEX {name} ON {columns}")
    yield
    for name in _SCAFFOLD:
        tx.exec_driver_sql(f"DROP INDEX {name}")
