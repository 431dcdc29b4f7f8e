"""Units that are on the shelf and not for sale: safety, blocked, and what each channel is not told of."""

from typing import Any

from sqlalchemy import Connection, and_, delete, func, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.queries.catalogue import channel, location
from oms_app.db.queries.stock import free, level
from oms_app.db.tables.stock import ChannelBuffer

buffer = ChannelBuffer.__table__  # type: ignore[attr-defined]


def limits(tx: Connection, product_id: int, location_id: int) -> Any | None:
    """(on_hand, reserved, safety, blocked) of a level, locked."""
    its = (level.c.product_id == product_id, level.c.location_id == location_id)
    columns = (level.c.on_hand, level.c.reserved, level.c.safety, level.c.blocked)
    return tx.execute(select(*columns).where(*its).with_for_update()).first()


def set_limits(tx: Connection, product_id: int, location_id: int, *, safety: int, blocked: int) -> None:
    """Write both."""
    its = (level.c.product_id == product_id, level.c.location_id == location_id)
    tx.execute(update(level).where(*its).values(safety=safety, blocked=blocked))


def set_buffer(tx: Connection, channel_id: int, product_id: int, units: int | None) -> None:
    """Keep so many units from a channel; None: as many as it keeps of every article."""
    if units is None:
        tx.execute(delete(buffer).where(buffer.c.channel_id == channel_id, buffer.c.product_id == product_id))
        return
    row = upsert(tx)(buffer).values(channel_id=channel_id, product_id=product_id, units=units)
    tx.execute(row.on_conflict_do_update(index_elements=["channel_id", "product_id"], set_={"units": units}))


def available_to_channels(tx: Connection, product_id: int) -> list[Any]:
    """(name, title, own buffer or None, available before it, at all open locations) of every channel."""
    there = (
        select(func.coalesce(func.sum(free), 0))
        .join(location, location.c.id == level.c.location_id)
        .where(level.c.product_id == product_id, free > 0, location.c.active)
        .scalar_subquery()
    )
    query = (
        select(
            channel.c.name,
            channel.c.title,
            buffer.c.units.label("buffer"),
            there.label("available"),
        )
        .outerjoin(buffer, and_(buffer.c.channel_id == channel.c.id, buffer.c.product_id == product_id))
        .where(channel.c.active)
        .order_by(channel.c.title)
    )
    return list(tx.execute(query))
