"""Connections of channels, how far each is read, and the log of calls."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.prepared import Prepared, insert_into
from oms_app.db.queries.catalogue import channel
from oms_app.db.queries.orders import order
from oms_app.db.tables.channels import ChannelCall, ChannelLink, ChannelPosition

link = ChannelLink.__table__  # type: ignore[attr-defined]
position = ChannelPosition.__table__  # type: ignore[attr-defined]
call = ChannelCall.__table__  # type: ignore[attr-defined]

_LINKED = select(channel.c.name, channel.c.title, channel.c.kind, channel.c.currency, channel.c.demo, link).join(
    link, link.c.channel_id == channel.c.id
)
_NOTE = Prepared(insert_into(call))


def linked(tx: Connection) -> list[Any]:
    """Connected channels by title: the link, with name, title, kind and currency of the channel."""
    return list(tx.execute(_LINKED.order_by(channel.c.title, channel.c.id)))


def link_named(tx: Connection, name: str) -> Any | None:
    """A connected channel by the channel's name."""
    return tx.execute(_LINKED.where(channel.c.name == name)).first()


def link_of(tx: Connection, channel_id: int) -> Any | None:
    """A connected channel by the channel's id."""
    return tx.execute(_LINKED.where(link.c.channel_id == channel_id)).first()


def lock_link(tx: Connection, channel_id: int) -> Any | None:
    """The connection of a channel, nobody else's to change until the transaction ends."""
    return tx.execute(select(link).where(link.c.channel_id == channel_id).with_for_update()).first()


def link_at(tx: Connection, path: str) -> Any | None:
    """A connected channel by the secret part of its webhooks' address."""
    return tx.execute(_LINKED.where(link.c.path == path)).first()


def put_link(tx: Connection, channel_id: int, **values: Any) -> None:
    """Write a connection, new or anew."""
    statement = upsert(tx)(link).values(channel_id=channel_id, **values)
    changed = {name: value for name, value in values.items() if name != "path"}
    tx.execute(statement.on_conflict_do_update(index_elements=["channel_id"], set_=changed))


def change_link(tx: Connection, channel_id: int, **values: Any) -> None:
    """Write new values on a connection."""
    tx.execute(update(link).where(link.c.channel_id == channel_id).values(values))


def position_of(tx: Connection, channel_id: int, stream: str) -> Any | None:
    """How far a stream is read."""
    return tx.scalar(
        select(position.c.position).where(position.c.channel_id == channel_id, position.c.stream == stream)
    )


def read_at(tx: Connection, channel_id: int, stream: str) -> datetime | None:
    """When a stream was last read on."""
    here = (position.c.channel_id == channel_id, position.c.stream == stream)
    return tx.scalar(select(position.c.at).where(*here))


def move_position(tx: Connection, channel_id: int, stream: str, where: dict[str, Any], at: datetime) -> None:
    """Say how far a stream is read."""
    values = {"position": where, "at": at}
    statement = upsert(tx)(position).values(channel_id=channel_id, stream=stream, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["channel_id", "stream"], set_=values))


def forget_time(tx: Connection, channel_id: int, stream: str) -> None:
    """Let a stream be read on at once."""
    here = (position.c.channel_id == channel_id, position.c.stream == stream)
    tx.execute(update(position).where(*here).values(at=datetime.fromtimestamp(0, UTC)))


def note_calls(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write calls into the log."""
    _NOTE.run_many(tx, rows)


def calls(tx: Connection, channel_id: int, *, below: int | None, failed: bool, limit: int) -> list[Any]:
    """A keyset page of the log, newest first."""
    query = select(call).where(call.c.channel_id == channel_id).order_by(call.c.id.desc()).limit(limit)
    if below is not None:
        query = query.where(call.c.id < below)
    if failed:
        query = query.where(or_(call.c.problem != "", call.c.status < 200, call.c.status >= 300))
    return list(tx.execute(query))


def call_of(tx: Connection, call_id: int) -> Any | None:
    """A call of the log."""
    return tx.execute(select(call).where(call.c.id == call_id)).first()


def last_order(tx: Connection, channel_id: int) -> Any | None:
    """Number and moment of the order of a channel that was placed last."""
    query = select(order.c.number, order.c.placed_at).where(order.c.channel_id == channel_id)
    return tx.execute(query.order_by(order.c.id.desc()).limit(1)).first()


def forget_calls(tx: Connection, channel_id: int, keep: int) -> int:
    """Drop all but the newest of a channel's calls; returns how many."""
    last = select(call.c.id).where(call.c.channel_id == channel_id).order_by(call.c.id.desc()).limit(1).offset(keep)
    oldest = tx.scalar(last)
    if oldest is None:
        return 0
    return int(tx.execute(delete(call).where(call.c.channel_id == channel_id, call.c.id <= oldest)).rowcount)
