"""Which unpaid orders wait longer than they may."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, exists, false, or_, select

from oms_app.db.queries.orders import order, payment
from oms_app.domain import clock
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import PaymentMethod, PaymentStatus


def due(tx: Connection, stage: Stage, placed_until: Mapping[int, datetime], limit: int) -> list[str]:
    """Numbers of orders of a stage that nobody paid, oldest first; `placed_until` by channel id.

    One stage at a time, in the order of the ids, so that the index of the stage is read from its old end.
    """
    over = (and_(order.c.channel_id == channel, order.c.placed_at <= last) for channel, last in placed_until.items())
    query = (
        select(order.c.number)
        .where(
            order.c.stage == stage,
            order.c.id < clock.first_id(max(placed_until.values()) + timedelta(seconds=1)),
            order.c.payment_method == PaymentMethod.PREPAID,
            order.c.payment_status == PaymentStatus.UNPAID,
            order.c.on_account == false(),
            or_(*over),
            ~exists().where(payment.c.order_id == order.c.id),
        )
        .order_by(order.c.id)
        .limit(limit)
    )
    return list(tx.scalars(query))
