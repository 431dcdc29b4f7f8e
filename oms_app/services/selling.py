"""The channels that staff sell on: made at the first sale."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import catalogue
from oms_app.domain.drafts import CHANNELS, DraftKind
from oms_app.domain.permissions import Actor
from oms_app.services import events
from oms_app.settings import get_settings


def channel(tx: Connection, actor: Actor, kind: DraftKind) -> Any:
    """The channel's row."""
    found = catalogue.channel_named(tx, kind)
    if found is None:
        values = {"name": str(kind), "title": CHANNELS[kind], "kind": "manual", "currency": get_settings().currency}
        channel_id = catalogue.add_channel(tx, **values, active=True, demo=False)
        events.record(tx, actor, "channel_added", subject="channel", subject_id=channel_id, after={"name": str(kind)})
        found = catalogue.channel_named(tx, kind)
    return found


def terms(tx: Connection, kind: DraftKind) -> Any:
    """The channel's row, or what it will be once something is sold on it."""
    found = catalogue.channel_named(tx, kind)
    return found or SimpleNamespace(id=0, currency=get_settings().currency, tax_included=True)
