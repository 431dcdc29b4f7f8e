"""What channels send: stored as it came, then read and taken over, the newest of each order once, again until it went.

A page moves the place it was read to in the transaction that stores it, a message ends in the transaction that took it
over: whatever stops the worker, nothing is lost and nothing happens twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channels as links
from oms_app.db.queries import intake as rows
from oms_app.domain import intake
from oms_app.domain.channels import ChannelOrder, Page, Position, Raw
from oms_app.domain.errors import (
    Malformed,
    NotFound,
    OmsError,
    Refused,
    Rejected,
    Unauthenticated,
    Unavailable,
)
from oms_app.domain.intake import MessageState, Source
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.integrations.ports import Channel
from oms_app.services import channel_calls, channel_orders, channels

STREAM, OVERLAP = channels.ORDERS, channels.OVERLAP
MOST_WAITING = 2_000
"""Messages of a channel that wait to be taken over; while there are more, nothing is fetched from it."""

KEPT = timedelta(days=90)
"""How long a message is kept after it was taken over: longer than any vendor sends one again."""

_FORGOTTEN_AT_ONCE = 500
_AT_ONCE = 50
_PAGES = 20
_log = structlog.get_logger(__name__)


def receive(path: str, headers: Mapping[str, str], body: bytes) -> None:
    """Store a webhook; what comes back is told only after that.

    Raises NotFound for an address that is nobody's, Unauthenticated for a signature that does not hold, Unavailable.
    """
    with reading() as tx:
        link = links.link_at(tx, path)
    verify = channel_calls.adapter_of(link.kind).verify if link is not None else None
    if link is None or verify is None:
        raise NotFound("Nobody listens here.")
    heads, now = {name.lower(): value for name, value in headers.items()}, datetime.now(UTC)
    try:
        delivery = verify(channel_calls.connection(link), heads, body)
    except (Unauthenticated, Malformed) as refusal:
        channel_calls.note_refused(link, body, refusal)
        raise
    found = [] if delivery.resource is None else [(delivery.resource, MessageState.WAITING)]
    found += [(Raw("order", changed, now, ""), MessageState.FETCH) for changed in delivery.changed]
    stored = [
        _row(link.channel_id, raw, Source.WEBHOOK, now, state=state, delivery_id=f"{delivery.delivery_id}:{place}")
        for place, (raw, state) in enumerate(found)
    ]
    try:
        with transaction() as tx:
            rows.add(tx, stored)
    except DBAPIError as error:
        _log.exception("webhook_not_stored", channel=link.name)
        raise Unavailable("It could not be stored: send it again.", details={"retry_after": 5}) from error


def due() -> list[str]:
    """Channels to be read on in now. While much of one waits to be taken over, nothing more of it is fetched."""
    now = datetime.now(UTC)
    with reading() as tx:
        found = [link for link in links.linked(tx) if channel_calls.may_be_called(link, now)]
        return [
            link.name
            for link in found
            if (rows.waiting(tx, MessageState.FETCH, now, 1, of=link.channel_id) or _poll_is_due(tx, link, now))
            and not rows.at_least(tx, MessageState.WAITING, MOST_WAITING, of=link.channel_id)
        ]


def fetch(name: str) -> bool:
    """Read on in a channel; whether there is more, and room for it. The worker calls it."""
    link = channel_calls.ready(name)
    if link is None:
        return False
    with reading() as tx:
        now = datetime.now(UTC)
        polls, behind = _poll_is_due(tx, link, now), _is_behind(tx, link, now)
    try:
        with channel_calls.calling(link, "orders") as channel:
            if behind:  # a page tells of many at once
                more = read_on(link, channel) or _read_back(link, channel)
            else:
                more = _read_back(link, channel)
                more |= polls and read_on(link, channel)
            return more and name in due()
    except (Unavailable, Rejected) as error:
        _log.warning("channel_not_read", channel=name, why=error.message)
        return False


def sync(actor: Actor, name: str) -> tuple[int, int, int]:
    """Read on in one channel now and take over what waits of it; returns (read, taken over, could not be).

    Raises NotFound, Refused where it is paused, Unavailable, Rejected.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    with reading() as tx:
        link = links.link_named(tx, name)
        last = rows.last_id(tx)
    if link is None:
        raise NotFound(f"No channel “{name}” is connected.")
    if link.paused:
        raise Refused(f"{link.title} is paused: let it go on first.", code="paused")
    with channel_calls.calling(link, "orders") as channel:
        while _read_back(link, channel) | read_on(link, channel):
            continue
    while take():
        continue
    with reading() as tx:
        became = rows.became(tx, link.channel_id, last)
    return sum(became.values()), became.get(MessageState.DONE, 0), became.get(MessageState.DEAD, 0)


def read_on(link: Any, channel: Channel, *, pages: int = _PAGES) -> bool:
    """Store the pages that follow; whether there are more to be had now. Raises Unavailable, Rejected."""
    for _ in range(pages):
        with reading() as tx:
            position = _position(tx, link)
        asked_at = datetime.now(UTC)
        page = _page(link, channel, position)
        if page.following and page.following == position.page:
            raise Rejected(f"{link.title} sends the same page again and again.")
        _store(link, position, page, asked_at)
        if not page.following or page.wait_s:
            return False
    return True


def _is_behind(tx: Connection, link: Any, now: datetime) -> bool:
    """Whether many orders have been waiting for long to be read one by one."""
    named = rows.waiting(tx, MessageState.FETCH, now, _AT_ONCE, of=link.channel_id)
    return len(named) == _AT_ONCE and bool(named[0].received_at < now - OVERLAP)


def _page(link: Any, channel: Channel, position: Position) -> Page:
    """The page at a place. A token that the channel takes no more is dropped: the walk begins again where it began."""
    try:
        return channel.orders(position)
    except Rejected as refusal:
        if position.page and refusal.details.get("status") not in (401, 403):
            anew = channels.position(position.since, "", position.seen)
            with transaction() as tx:
                links.move_position(tx, link.channel_id, STREAM, anew, datetime.now(UTC))
        raise


def take() -> bool:
    """Take over what waits; whether there may be more. The worker calls it."""
    now = datetime.now(UTC)
    with reading() as tx:
        waiting = rows.waiting(tx, MessageState.WAITING, now, _AT_ONCE)
        found = {of: links.link_of(tx, of) for of in {row.channel_id for row in waiting}}
    for channel_id, link in found.items():
        mine = [row for row in waiting if row.channel_id == channel_id]
        if not _take_all(link, mine):
            for row in {each.external_id: each for each in mine}.values():
                _take_one(link, row)
    return len(waiting) == _AT_ONCE


def _take_all(link: Any, waiting: Sequence[Any]) -> bool:
    """Everything in one transaction; False where something is wrong with one of them."""
    if link is None or len(waiting) < 2:
        return False
    try:
        with transaction() as tx:
            names = sorted({row.external_id for row in waiting})
            _take_over(tx, link, waiting, *rows.newest_of(tx, link.channel_id, names))
    except OperationalError:
        raise  # the database is busy or gone: it is no fault of the messages
    except Exception:
        return False  # one by one: each finds out for itself
    return True


def _take_one(link: Any, row: Any) -> None:
    at_fault, older = row, list[int]()
    try:
        with transaction() as tx:
            newest, older = rows.newest_of(tx, link.channel_id, [row.external_id])
            at_fault = newest.get(row.external_id, row)
            _take_over(tx, link, [row], newest, older)
    except OperationalError:
        raise  # the database is busy or gone: it is no fault of the message
    except Exception as error:
        known = isinstance(error, OmsError)
        if not known:
            _log.exception("message_not_taken", channel=link.name, message=at_fault.id)
        said = error.message if isinstance(error, OmsError) else "Something went wrong here, and it was logged."
        _postpone(at_fault, said, older, final=isinstance(error, Malformed))


def _postpone(row: Any, said: str, older: Sequence[int] = (), *, final: bool = False) -> None:
    """Try a message again later, and those before it no sooner; once it is dead, they are what is known last."""
    tries, now = row.tries + 1, datetime.now(UTC)
    dead = final or tries >= intake.TRIES
    values = {"state": MessageState.DEAD} if dead else {"due": now + intake.wait_before(tries)}
    with transaction() as tx:
        rows.postpone(tx, row.id, tries=tries, problem=said, **values)
        for each in () if dead else older:
            rows.postpone(tx, each, **values)


def _take_over(
    tx: Connection, link: Any, waiting: Sequence[Any], newest: Mapping[str, Any], older: Sequence[int]
) -> None:
    """What the newest of each resource says; those before it are older."""
    read, actor, now = channel_calls.adapter_of(link.kind).read, system(link.title, "channel"), datetime.now(UTC)
    known = rows.known(tx, link.channel_id, list(newest))
    fresh = {name: row for name, row in newest.items() if name not in known or known[name].updated_at <= row.updated_at}
    theirs: dict[str, ChannelOrder] = {name: read(row.body) for name, row in fresh.items()}
    if len(theirs) > 1:
        channel_orders.lock(tx, link, list(theirs.values()), known)
    for name, each in theirs.items():
        channel_orders.take_over(tx, actor, link, each, known.get(name))
    done = {row.id for row in fresh.values()}
    rows.settle(tx, list(done), MessageState.DONE, now)
    rest = {row.id for row in (*waiting, *newest.values())}.union(older) - done
    rows.settle(tx, list(rest), MessageState.OLDER, now)


def _read_back(link: Any, channel: Channel) -> bool:
    """Fetch what webhooks only named, each once however often it was named; whether there may be more."""
    now = datetime.now(UTC)
    with reading() as tx:
        named = rows.waiting(tx, MessageState.FETCH, now, _AT_ONCE, of=link.channel_id)
    by_id: dict[str, list[Any]] = {}
    for row in named:
        by_id.setdefault(row.external_id, []).append(row)
    for external_id, same in by_id.items():
        try:
            raw = channel.order(external_id)
        except (NotFound, Rejected, Unavailable) as refusal:
            if isinstance(refusal, Unavailable) and refusal.details.get("status", 0) < 500:
                raise
            for row in same:  # it may be there a moment later; others are asked for meanwhile
                _postpone(row, refusal.message)
            continue
        with transaction() as tx:
            keep(tx, link.channel_id, [raw], Source.READ_BACK)
            rows.settle(tx, [row.id for row in same], MessageState.DONE, now)
    return len(named) == _AT_ONCE


def keep(tx: Connection, channel_id: int, found: Iterable[Raw], source: Source) -> None:
    """Store what was fetched, to be taken over."""
    now = datetime.now(UTC)
    rows.add(tx, [_row(channel_id, raw, source, now) for raw in found])


def _store(link: Any, position: Position, page: Page, asked_at: datetime) -> None:
    """Keep what is new of a page, and the place behind it, both or neither."""
    now = datetime.now(UTC)
    stamped = [(raw.external_id, channels.stamp(raw.updated_at)) for raw in page.items]
    seen = set(position.seen)
    fresh = [raw for raw, stamp in zip(page.items, stamped, strict=True) if stamp not in seen]
    # Of the whole walk: not every channel keeps to the order of changes over its pages.
    newest = datetime.fromisoformat(max((at for _, at in (*seen, *stamped)), default=channels.stamp(position.since)))
    # The next walk begins a little before the newest change, and knows what it has of that time.
    since = max(newest - OVERLAP, position.since)
    kept = tuple(stamp for stamp in dict.fromkeys((*position.seen, *stamped)) if stamp[1] >= channels.stamp(since))
    walked = channels.position(position.since if page.following else since, page.following, kept)
    if page.wait_s:
        walked |= {"next_at": channels.stamp(now + timedelta(seconds=page.wait_s))}
    with transaction() as tx:
        keep(tx, link.channel_id, fresh, Source.POLL)
        rows.end_fetches(tx, link.channel_id, [raw.external_id for raw in fresh], asked_at - OVERLAP, now)
        links.move_position(tx, link.channel_id, STREAM, walked, now)


def _poll_is_due(tx: Connection, link: Any, now: datetime) -> bool:
    at = links.read_at(tx, link.channel_id, STREAM)
    kept = links.position_of(tx, link.channel_id, STREAM)
    if at is None or kept is None:
        return True
    if kept["page"]:
        return bool(kept.get("next_at", "") <= channels.stamp(now))
    return at + timedelta(seconds=channel_calls.adapter_of(link.kind).kind.poll_every_s) <= now


def _position(tx: Connection, link: Any) -> Position:
    kept = links.position_of(tx, link.channel_id, STREAM)
    if kept is None:
        return Position(link.changed_at - OVERLAP)
    return Position(datetime.fromisoformat(kept["since"]), kept["page"], tuple((a, b) for a, b in kept["seen"]))


def _row(
    channel_id: int,
    raw: Raw,
    source: Source,
    now: datetime,
    *,
    state: MessageState = MessageState.WAITING,
    delivery_id: str | None = None,
) -> dict[str, Any]:
    return {
        "channel_id": channel_id,
        "source": source,
        "topic": raw.topic,
        "external_id": raw.external_id,
        "delivery_id": delivery_id,
        "updated_at": raw.updated_at,
        "body": raw.body,
        "state": state,
        "tries": 0,
        "due": now,
        "problem": "",
        "received_at": now,
    }


def forget_old() -> bool:
    """Drop messages that are over for long; whether there may be more. The worker calls it."""
    with transaction() as tx:
        return rows.forget(tx, datetime.now(UTC) - KEPT, _FORGOTTEN_AT_ONCE) == _FORGOTTEN_AT_ONCE


def replay(actor: Actor, message_ids: Iterable[int]) -> int:
    """Let messages that could not be taken run again; returns how many do."""
    actor.require(Permission.MANAGE_CHANNELS)
    now, again = datetime.now(UTC), 0
    with transaction() as tx:
        for message_id in message_ids:
            row = rows.message_of(tx, message_id)
            if row is not None and row.state == MessageState.DEAD:
                state = MessageState.WAITING if row.body else MessageState.FETCH
                rows.postpone(tx, row.id, state=state, tries=0, due=now, problem="")
                again += 1
    return again
