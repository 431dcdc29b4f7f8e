"""Messages of channels as they came, and the orders of channels as they were last read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from oms_app.db.engine import insert as upsert
from oms_app.db.prepared import Prepared
from oms_app.db.queries.lists import among, packed
from oms_app.db.tables.channels import ChannelMessage, ChannelOrder
from oms_app.domain.intake import MessageState

message = ChannelMessage.__table__  # type: ignore[attr-defined]
theirs = ChannelOrder.__table__  # type: ignore[attr-defined]

_WAITING = Prepared(
    select(message)
    .where(message.c.state == bindparam("state"), message.c.due <= bindparam("now"))
    .order_by(message.c.due, message.c.id)
    .limit(bindparam("most"))
)
_WAITING_OF = Prepared(
    select(message)
    .where(
        message.c.state == bindparam("state"),
        message.c.due <= bindparam("now"),
        message.c.channel_id == bindparam("of"),
    )
    .order_by(message.c.due, message.c.id)
    .limit(bindparam("most"))
)
_DONE = Prepared(
    lambda sqlite: (
        update(message)
        .where(among(message.c.id, "ids", sqlite=sqlite))
        .values(
            state=bindparam("now_is", type_=message.c.state.type),
            done_at=bindparam("at", type_=message.c.done_at.type),
            problem="",
        )
    )
)
_KNOWN = Prepared(
    lambda sqlite: (
        select(theirs)
        .where(theirs.c.channel_id == bindparam("of"), among(theirs.c.external_id, "ids", sqlite=sqlite))
        .with_for_update()
    )
)


def _put_order(on_sqlite: bool) -> Any:
    insert = sqlite.insert if on_sqlite else postgresql.insert
    statement = insert(theirs).values({each.key: bindparam(each.key, type_=each.type) for each in theirs.c})
    keys = ("channel_id", "external_id")
    changed = {each.key: statement.excluded[each.key] for each in theirs.c if each.key not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


_PUT_ORDER = Prepared(_put_order)


def add(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store messages; a delivery that is here already is left as it is."""
    if rows:
        tx.execute(upsert(tx)(message).on_conflict_do_nothing(), list(rows))


def waiting(tx: Connection, state: MessageState, now: datetime, most: int, *, of: int | None = None) -> list[Any]:
    """Messages whose time has come, the longest due first; `of` one channel or of all."""
    if of is None:
        return _WAITING.all(tx, state=state, now=now, most=most)
    return _WAITING_OF.all(tx, state=state, now=now, most=most, of=of)


def forget(tx: Connection, before: datetime, most: int) -> int:
    """Drop messages that were over before a moment, the oldest first; returns how many."""
    over = message.c.state.in_((MessageState.DONE, MessageState.OLDER))
    oldest = select(message.c.id).where(over, message.c.due < before).order_by(message.c.due).limit(most)
    return int(tx.execute(delete(message).where(message.c.id.in_(oldest))).rowcount)


def at_least(tx: Connection, state: MessageState, most: int, *, of: int | None = None) -> bool:
    """Whether so many messages are in a state; `of` one channel or of all."""
    here = select(message.c.id).where(message.c.state == state)
    here = here if of is None else here.where(message.c.channel_id == of)
    return int(tx.scalar(select(func.count()).select_from(here.limit(most).subquery())) or 0) >= most


def newest_of(tx: Connection, channel_id: int, external_ids: Sequence[str]) -> tuple[dict[str, Any], list[int]]:
    """The newest waiting message of each resource, what it says last is what is so; and the ids of those before it."""
    query = select(message).where(
        message.c.channel_id == channel_id,
        message.c.external_id.in_(list(external_ids)),
        message.c.state == MessageState.WAITING,
    )
    found: dict[str, Any] = {}
    older: list[int] = []
    for row in tx.execute(query.order_by(message.c.updated_at, message.c.id)):
        if row.external_id in found:
            older.append(found[row.external_id].id)
        found[row.external_id] = row
    return found, older


def end_fetches(tx: Connection, channel_id: int, external_ids: Sequence[str], before: datetime, at: datetime) -> None:
    """Orders that webhooks named before a moment, and that were read since, need not be read once more."""
    here = (message.c.channel_id == channel_id, message.c.external_id.in_(list(external_ids)))
    named = update(message).where(*here, message.c.state == MessageState.FETCH, message.c.received_at < before)
    tx.execute(named.values(state=MessageState.OLDER, done_at=at))


def settle(tx: Connection, ids: Sequence[int], state: MessageState, at: datetime) -> None:
    """End messages."""
    if ids:
        _DONE.run(tx, ids=packed(tx, ids), now_is=state, at=at)


def postpone(tx: Connection, message_id: int, **values: Any) -> None:
    """Write what went wrong with a message, and when it is tried again."""
    tx.execute(update(message).where(message.c.id == message_id).values(values))


def counts(tx: Connection) -> dict[tuple[int, str], int]:
    """Messages by (channel, state), those that are done left out."""
    states = (MessageState.WAITING, MessageState.FETCH, MessageState.DEAD)
    query = select(message.c.channel_id, message.c.state, func.count()).where(message.c.state.in_(states))
    return {(row[0], row[1]): row[2] for row in tx.execute(query.group_by(message.c.channel_id, message.c.state))}


def oldest(tx: Connection, channel_id: int) -> datetime | None:
    """Since when the oldest message of a channel waits to be taken over."""
    states = message.c.state.in_((MessageState.WAITING, MessageState.FETCH))
    return tx.scalar(select(func.min(message.c.received_at)).where(states, message.c.channel_id == channel_id))


def last_id(tx: Connection) -> int:
    """Id of the newest message."""
    return int(tx.scalar(select(func.max(message.c.id))) or 0)


def became(tx: Connection, channel_id: int, after: int) -> dict[str, int]:
    """What became of a channel's messages above an id: how many by state."""
    query = select(message.c.state, func.count()).where(message.c.channel_id == channel_id, message.c.id > after)
    return {row[0]: row[1] for row in tx.execute(query.group_by(message.c.state))}


def dead(tx: Connection, channel_id: int, *, below: int | None, limit: int) -> list[Any]:
    """Messages somebody has to look at, newest first."""
    here = (message.c.channel_id == channel_id, message.c.state == MessageState.DEAD)
    query = select(message).where(*here).order_by(message.c.id.desc()).limit(limit)
    return list(tx.execute(query if below is None else query.where(message.c.id < below)))


def message_of(tx: Connection, message_id: int) -> Any | None:
    """A message."""
    return tx.execute(select(message).where(message.c.id == message_id)).first()


def stored(tx: Connection, channel_id: int, external_ids: Sequence[str], since: datetime) -> set[tuple[str, datetime]]:
    """(external id, updated at) of resources of these that were stored as they were at `since` or later."""
    query = select(message.c.external_id, message.c.updated_at).where(
        message.c.channel_id == channel_id,
        message.c.external_id.in_(list(external_ids)),
        or_(message.c.updated_at >= since, message.c.state == MessageState.WAITING),
    )
    return {(row.external_id, row.updated_at) for row in tx.execute(query)}


def known(tx: Connection, channel_id: int, external_ids: Sequence[str]) -> dict[str, Any]:
    """Orders of a channel by its own id, as they were last read, locked."""
    return {row.external_id: row for row in _KNOWN.all(tx, of=channel_id, ids=packed(tx, external_ids))}


def put_order(tx: Connection, channel_id: int, external_id: str, **values: Any) -> None:
    """Write what a channel says of an order, new or anew."""
    _PUT_ORDER.run(tx, channel_id=channel_id, external_id=external_id, **values)


def of_order(tx: Connection, order_id: int) -> Any | None:
    """What the channel says of one of our orders, locked."""
    return tx.execute(select(theirs).where(theirs.c.order_id == order_id).with_for_update()).first()


def mark_seen(tx: Connection, channel_id: int, external_id: str, seen: Mapping[str, Any]) -> None:
    """Write what was taken over of a channel's order."""
    here = (theirs.c.channel_id == channel_id, theirs.c.external_id == external_id)
    tx.execute(update(theirs).where(*here).values(seen=seen))
