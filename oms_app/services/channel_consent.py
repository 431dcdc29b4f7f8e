"""Letting us into a channel by its owner's consent there (OAuth): asked for by somebody, good once, for ten minutes."""

import hmac
import secrets as chance
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection as Transaction

from oms_app.db.engine import transaction
from oms_app.db.queries import channels as rows
from oms_app.domain.errors import NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.integrations.ports import Authorisation
from oms_app.services import channel_calls, events
from oms_app.settings import get_settings

STREAM = "consent"
LASTS = timedelta(minutes=10)
PATH = "/channels/authorised"
"""Where the owner comes back to: the vendor wants to know it beforehand."""


def back() -> str:
    """The whole address of it."""
    return f"{get_settings().address}{PATH}"


def can(kind: str) -> bool:
    """Whether a kind of channel is let in so."""
    return channel_calls.adapter_of(kind).consent is not None


def begin(actor: Actor, name: str) -> str:
    """The page of the channel to which the browser goes now.

    Raises NotFound, or Refused where the channel has no such page or needs settings before.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    word, now = chance.token_urlsafe(32), datetime.now(UTC)
    with transaction() as tx:
        link = rows.link_named(tx, name)
        if link is None:
            raise NotFound(f"No channel “{name}” is connected.")
        consent = _consent_of(link)
        opened = channel_calls.connection(link)
        titles = {each.name: each.title for each in channel_calls.adapter_of(link.kind).kind.settings}
        if missing := [titles[n] for n in consent.needs if not (opened.settings.get(n) or opened.secrets.get(n))]:
            raise Refused(f"Write these settings first: {', '.join(missing)}.", code="consent_settings")
        state = f"{link.channel_id}.{word}"
        asked = {"state": _mark(state), "user_id": actor.user_id, "name": actor.name}
        rows.move_position(tx, link.channel_id, STREAM, asked, now)
        return consent.address(opened.settings, state, back())


def finish(actor: Actor, query: Mapping[str, str]) -> str:
    """Take what the owner came back with, and keep the channel's tokens; returns the channel's name.

    Raises Refused for what this person did not ask for in the last ten minutes, Unauthenticated for what the channel
    did not sign, Rejected, Unavailable.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    with transaction() as tx:
        link = _asked(tx, actor, query.get("state", ""))
    if link is None:
        raise Refused(
            "Nobody asked for this here, or it is too late: begin again on the channels page.", code="consent"
        )
    with channel_calls.line(link) as (opened, http):
        opened.keep(_consent_of(link).exchange(opened, query, http))
    with transaction() as tx:
        rows.change_link(tx, link.channel_id, failures=0, retry_at=None, problem="", problem_at=None)
        events.record(tx, actor, "channel_authorised", subject="channel", subject_id=link.channel_id)
    return str(link.name)


def _asked(tx: Transaction, actor: Actor, state: str) -> Any | None:
    """The link this was asked for; whatever becomes of it, it is not taken a second time."""
    number, _, _ = state.partition(".")
    if not number.isdecimal() or len(number) > 18 or rows.lock_link(tx, int(number)) is None:
        return None
    asked = rows.position_of(tx, int(number), STREAM) or {}
    if not hmac.compare_digest(asked.get("state", ""), _mark(state)):
        return None
    at = rows.read_at(tx, int(number), STREAM)
    rows.move_position(tx, int(number), STREAM, {}, datetime.now(UTC))
    same = (asked["user_id"], asked["name"]) == (actor.user_id, actor.name)
    return rows.link_of(tx, int(number)) if same and at is not None and datetime.now(UTC) - at <= LASTS else None


def _consent_of(link: Any) -> Authorisation:
    found = channel_calls.adapter_of(link.kind).consent
    if found is None:
        raise Refused(f"{link.title} has no page for this: write its secrets into its settings.", code="consent")
    return found


def _mark(state: str) -> str:
    """What is kept of a state: whoever reads the database cannot come back with it."""
    return sha256(state.encode()).hexdigest()
