"""A dry run of a channel: what its orders since a moment would become here; nothing is stored, nothing is told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import channels as rows
from oms_app.db.queries import intake
from oms_app.domain.arriving import check_draft
from oms_app.domain.channels import ChannelOrder, ChannelStatus, Position
from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import arriving_lines, channel_calls, channel_history, channel_orders

MOST = 100


class Outcome(StrEnum):
    """What would become of an order."""

    NEW = "new"
    HELD = "held"
    """It would be placed and wait: no product of ours has one of its SKUs."""
    HISTORY = "history"
    KNOWN = "known"
    NOT_YET = "not_yet"
    """The channel does not release it, or it is cancelled."""
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Previewed:
    """An order as it would be taken. `said`: why it waits or cannot be taken; `total` minor units."""

    number: str
    placed_at: datetime | None
    customer: str
    total: int
    currency: str
    outcome: Outcome
    said: str = ""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the first orders since a moment would become. `more`: the channel has more than were looked at."""

    orders: tuple[Previewed, ...]
    more: bool


def dry_run(actor: Actor, name: str, since: datetime) -> DryRun:
    """Look at up to a hundred orders changed on a channel since then. Raises NotFound, Unavailable, Rejected."""
    actor.require(Permission.MANAGE_CHANNELS)
    with reading() as tx:
        link = rows.link_named(tx, name)
    if link is None:
        raise NotFound(f"No channel “{name}” is connected.")
    with channel_calls.calling(link, "dry run") as channel:
        page = channel.orders(Position(since))
    with reading() as tx:
        known = intake.known(tx, link.channel_id, [raw.external_id for raw in page.items[:MOST]])
        found = tuple(
            _previewed(tx, link, raw.external_id, raw.body, raw.external_id in known) for raw in page.items[:MOST]
        )
    return DryRun(found, bool(page.following) or len(page.items) > MOST)


def _previewed(tx: Connection, link: Any, external_id: str, body: str, known: bool) -> Previewed:
    try:
        theirs = channel_calls.adapter_of(link.kind).read(body)
        outcome, said = _outcome(tx, link, theirs, known)
    except Malformed as error:
        return Previewed(external_id, None, "", 0, link.currency, Outcome.CANNOT, error.message)
    return Previewed(
        theirs.number, theirs.placed_at, theirs.customer.name, theirs.total, theirs.currency, outcome, said
    )


def _outcome(tx: Connection, link: Any, theirs: ChannelOrder, known: bool) -> tuple[Outcome, str]:
    """Raises Malformed for an order that cannot be taken."""
    if known:
        return Outcome.KNOWN, ""
    if channel_history.is_past(link, theirs):
        return Outcome.HISTORY, ""
    if theirs.status in (ChannelStatus.PENDING, ChannelStatus.CANCELLED):
        return Outcome.NOT_YET, str(theirs.status)
    draft = channel_orders.draft_of(link.name, theirs)
    check_draft(draft)
    skus = [line.sku for line in draft.lines]
    called = arriving_lines.products_called(tx, link.channel_id, skus)
    if unknown := sorted({sku for sku in skus if sku not in called}):
        return Outcome.HELD, f"No product has the SKU {', '.join(unknown)}."
    return Outcome.NEW, ""
