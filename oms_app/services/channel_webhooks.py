"""Having channels send their webhooks here, and again where they stopped: vendors drop who does not answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channels as links
from oms_app.domain.channels import Capability
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.services import channel_calls
from oms_app.settings import get_settings

STREAM = "webhooks"
LOOKED_EVERY = timedelta(hours=1)
"""How often it is looked whether a channel still sends."""

_log = structlog.get_logger(__name__)


def address_of(link: Any) -> str:
    """Where a channel sends to; empty where it could not reach us.

    A vendor reaches us by the public address, a server on this machine by the one we listen on.
    """
    settings = get_settings()
    near = any(value.startswith("http://127.0.0.1") for value in link.settings.values())
    here = settings.address if settings.public_url or near else ""
    return here and f"{here}/webhooks/{link.name}/{link.path}"


def by_hand(link: Any) -> str:
    """What the seller does to have webhooks sent, at a vendor that has no call for that; else empty."""
    where, address = channel_calls.adapter_of(link.kind).kind.by_hand, address_of(link)
    return f"{where}, enter {address}" if where and address else ""


def due() -> list[str]:
    """Channels that are to be asked for their webhooks now."""
    now, found = datetime.now(UTC), []
    with reading() as tx:
        for link in links.linked(tx):
            kind = channel_calls.adapter_of(link.kind).kind
            asked = Capability.WEBHOOKS in kind.capabilities and not kind.by_hand
            if not asked or not channel_calls.may_be_called(link, now):
                continue
            address, at = address_of(link), links.read_at(tx, link.channel_id, STREAM)
            kept = links.position_of(tx, link.channel_id, STREAM) or {}
            if address and (at is None or at + LOOKED_EVERY <= now or kept.get("address") != address):
                found.append(link.name)
    return found


def subscribe(name: str) -> None:
    """Have a channel send here. The worker calls it."""
    link = channel_calls.ready(name)
    if link is None:
        return
    address, problem = address_of(link), ""
    try:
        with channel_calls.calling(link, "webhooks") as channel:
            channel.subscribe(address)
    except Unavailable as error:
        _log.warning("channel_not_subscribed", channel=name, why=error.message)
        return
    except Rejected as refusal:  # orders are read without webhooks too
        problem = refusal.message
    with transaction() as tx:
        links.move_position(tx, link.channel_id, STREAM, {"address": address, "problem": problem}, datetime.now(UTC))
