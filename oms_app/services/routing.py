"""The routing rules of the shop: read with its locations, kept by each process for a second, edited in the settings."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from oms_app.db import engine
from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue, company
from oms_app.domain import routing
from oms_app.domain.errors import Malformed
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.routing import MOST_BUFFER, Place, Rules
from oms_app.services import events

KEPT_S = 1.0
"""So long another process may go on by the rules as they were."""

_SETTING = "routing"


@dataclass(frozen=True, slots=True)
class Routing:
    """The rules, and the locations by id as the rules rank them."""

    rules: Rules
    places: Mapping[int, Place]


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """The rules beside what they may name: (code, name, PIN) of locations, (name, title) of channels."""

    rules: Rules
    locations: tuple[tuple[str, str, str], ...]
    channels: tuple[tuple[str, str], ...]


_kept: tuple[object, float, Routing] | None = None


def current(tx: Connection) -> Routing:
    """The routing that holds now."""
    global _kept
    now, shop = time.monotonic(), engine.engine()
    if _kept is None or _kept[0] is not shop or _kept[1] < now:
        _kept = (shop, now + KEPT_S, _read(tx))
    return _kept[2]


def buffers(tx: Connection) -> Mapping[str, int]:
    """Units of every article that channels are not told of, by channel."""
    return _read(tx).rules.channel_buffer


def forget() -> None:
    """Read the routing anew at the next order: the rules or the locations changed here."""
    global _kept
    _kept = None


def rules(actor: Actor) -> Rules:
    """The rules as they are set."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return _read(tx).rules


def read_settings(actor: Actor) -> RoutingSettings:
    """The rules with the locations in their order, and the channels."""
    actor.require(Permission.MANAGE_SETTINGS)
    with reading() as tx:
        now = _read(tx)
        found = sorted(catalogue.locations(tx), key=lambda row: (now.places[row.id].rank, row.code))
        return RoutingSettings(
            now.rules,
            tuple((row.code, row.name, row.postal_code) for row in found),
            tuple((row.name, row.title) for row in catalogue.channels(tx)),
        )


def set_rules(actor: Actor, wanted: Rules) -> Rules:
    """Set all rules at once, for what arrives from now on. Raises Malformed for what the shop does not have."""
    actor.require(Permission.MANAGE_SETTINGS)
    if not all(0 <= units <= MOST_BUFFER for units in wanted.channel_buffer.values()):
        raise Malformed(f"A buffer is a whole number up to {MOST_BUFFER:,}.", details={"field": "buffer"})
    with transaction() as tx:
        codes = {row.code for row in catalogue.locations(tx)}
        names = {row.name for row in catalogue.channels(tx)}
        known = catalogue.products_by_sku(tx, wanted.product_missing)
        for what, given, allowed in (
            ("location", wanted.locations, codes),
            ("channel", {*wanted.channel_ships, *wanted.channel_missing, *wanted.channel_buffer}, names),
            ("product", wanted.product_missing, set(known)),
        ):
            if unknown := sorted(set(given) - allowed):
                raise Malformed(f"There is no {what} “{unknown[0]}”.", details={"field": f"{what}s"})
        before, after = company.setting(tx, _SETTING) or {}, routing.written(routing.read(routing.written(wanted)))
        if before != after:
            company.set_setting(tx, _SETTING, after)
            events.record(tx, actor, "routing_changed", subject="routing", subject_id=1, before=before, after=after)
    forget()
    return rules(actor)


def _read(tx: Connection) -> Routing:
    found = routing.read(company.setting(tx, _SETTING) or {})
    rank = {code: index for index, code in enumerate(found.locations)}
    places = {
        row.id: Place(row.code, rank.get(row.code, len(rank)), row.postal_code) for row in catalogue.locations(tx)
    }
    return Routing(found, places)
