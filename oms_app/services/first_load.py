"""The first load of a channel: what was sold there before it was connected, page by page, resumed where it stopped.

It goes beside the reading of what is new: the newest message about an order counts, whichever way it came.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channels as links
from oms_app.db.queries import intake as rows
from oms_app.domain.channels import Capability, Page, Position
from oms_app.domain.errors import Malformed, NotFound, Refused, Rejected, Unavailable
from oms_app.domain.intake import MessageState, Source
from oms_app.domain.permissions import Actor, Permission
from oms_app.integrations.ports import Channel, History
from oms_app.services import channel_calls, events, intake

STREAM = "first load"
MOST_WAITING = 500
"""Messages that wait to be taken over; while there are more the load rests, so that what is new is not behind it."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Load:
    """A first load as it stands. `total`: orders in all, where the channel says so; `ended_at` None: it goes on."""

    since: datetime
    read: int
    total: int | None
    problem: str
    started_at: datetime
    ended_at: datetime | None


def begin(actor: Actor, name: str, since: datetime) -> Load:
    """Load what was sold on a channel since then, or changed. Raises NotFound, Malformed, Refused where one goes on."""
    actor.require(Permission.MANAGE_CHANNELS)
    now = datetime.now(UTC)
    if since >= now:
        raise Malformed("Choose a day in the past to load orders from.", details={"field": "since"})
    with transaction() as tx:
        link = links.link_named(tx, name)
        if link is None:
            raise NotFound(f"No channel “{name}” is connected.")
        before = standing(tx, link.channel_id)
        if before is not None and before.ended_at is None:
            raise Refused(f"{link.title} is being loaded: {before.read:,} orders so far.", code="loading")
        values = {"page": "", "read": 0, "total": None, "problem": "", "ended_at": None, "next_at": now.isoformat()}
        values |= {"since": since.isoformat(), "started_at": now.isoformat()}
        links.move_position(tx, link.channel_id, STREAM, values, now)
        after = {"since": since.isoformat()}
        events.record(tx, actor, "channel_load_begun", subject="channel", subject_id=link.channel_id, after=after)
        return _load(values)


def stop(actor: Actor, name: str) -> None:
    """Load no more; what came stays. Raises NotFound."""
    actor.require(Permission.MANAGE_CHANNELS)
    with transaction() as tx:
        link = links.link_named(tx, name)
        kept = links.position_of(tx, link.channel_id, STREAM) if link is not None else None
        if link is None or kept is None or kept["ended_at"]:
            raise NotFound("Nothing is being loaded.")
        _end(tx, link.channel_id, kept, problem="It was stopped.")


def standing(tx: Connection, channel_id: int) -> Load | None:
    """The last first load of a channel."""
    kept = links.position_of(tx, channel_id, STREAM)
    return None if kept is None else _load(kept)


def due() -> list[str]:
    """Channels whose first load goes on now."""
    now, found = datetime.now(UTC), []
    with reading() as tx:
        for link in links.linked(tx):
            kept = links.position_of(tx, link.channel_id, STREAM)
            if kept is None or kept["ended_at"] or not channel_calls.may_be_called(link, now):
                continue
            if datetime.fromisoformat(kept["next_at"]) <= now:
                found.append(link.name)
        return found if found and not rows.at_least(tx, MessageState.WAITING, MOST_WAITING) else []


def step(name: str) -> bool:
    """Load a page; whether there are more. The worker calls it."""
    link = channel_calls.ready(name)
    if link is None:
        return False
    with reading() as tx:
        kept = links.position_of(tx, link.channel_id, STREAM)
    if kept is None or kept["ended_at"]:
        return False
    try:
        with channel_calls.calling(link, "load") as channel:
            page = _page(link, channel, Position(datetime.fromisoformat(kept["since"]), kept["page"]))
    except Unavailable as error:
        _log.warning("channel_not_loaded", channel=name, why=error.message)
        return False
    except Rejected as refusal:
        with transaction() as tx:
            _end(tx, link.channel_id, kept, problem=refusal.message)
        return False
    now = datetime.now(UTC)
    moved = {"page": page.following, "read": kept["read"] + len(page.items)}
    moved |= {"total": page.total if page.total is not None else kept["total"]}
    moved |= {"next_at": (now + timedelta(seconds=page.wait_s)).isoformat()}
    with transaction() as tx:
        if links.position_of(tx, link.channel_id, STREAM) != kept:
            return False  # somebody stopped it, or began another
        intake.keep(tx, link.channel_id, page.items, Source.LOAD)
        if page.following:
            links.move_position(tx, link.channel_id, STREAM, kept | moved, now)
        else:
            _end(tx, link.channel_id, kept | moved)
    return bool(page.following) and name in due()


def _page(link: Any, channel: Channel, position: Position) -> Page:
    """The page that follows, of the vendor's own export where it has one. Raises Unavailable, Rejected."""
    exports = channel_calls.can(link.kind, Capability.BULK_LOAD)
    page = cast(History, channel).history(position) if exports else channel.orders(position)
    if page.following and page.following == position.page:
        raise Rejected(f"{link.title} sends the same page again and again.")
    return page


def _end(tx: Connection, channel_id: int, kept: Mapping[str, Any], problem: str = "") -> None:
    now = datetime.now(UTC)
    links.move_position(
        tx, channel_id, STREAM, {**kept, "page": "", "ended_at": now.isoformat(), "problem": problem}, now
    )


def _load(kept: Mapping[str, Any]) -> Load:
    ended = kept["ended_at"]
    return Load(
        since=datetime.fromisoformat(kept["since"]),
        read=kept["read"],
        total=kept["total"],
        problem=kept["problem"],
        started_at=datetime.fromisoformat(kept["started_at"]),
        ended_at=datetime.fromisoformat(ended) if ended else None,
    )
