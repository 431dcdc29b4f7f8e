"""What the shop promises: services, hours, holidays and courier cut-offs, edited in the settings."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue, projections
from oms_app.db.queries import company as settings
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import pickups as rows
from oms_app.domain import clock, promises
from oms_app.domain.errors import Malformed
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.pickups import StageTimes
from oms_app.domain.promises import Promises
from oms_app.services import events, pickups


@dataclass(frozen=True, slots=True)
class PromiseSettings:
    """The promises beside what they may name: (code, name) of locations, (name, title) of channels."""

    promises: Promises
    locations: tuple[tuple[str, str], ...]
    channels: tuple[tuple[str, str], ...]
    times: StageTimes
    worked_out: datetime | None


def read(actor: Actor) -> PromiseSettings:
    """The promises with the locations and channels of the shop, and how long its stages take."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        found, _, times = rows.kept(tx)
        at = (settings.setting(tx, rows.STAGE_TIMES) or {}).get("at")
        return PromiseSettings(
            found,
            tuple((row.code, row.name) for row in catalogue.locations(tx)),
            tuple((row.name, row.title) for row in catalogue.channels(tx)),
            times,
            clock.from_ms(at) if at else None,
        )


def give_service(tx: Connection, order: Any, service: str, at: datetime) -> None:
    """Give a locked order another service: its hours count from when it was placed, or from now where those are over.

    Raises Malformed for a service the shop does not have.
    """
    promised = pickups.known(tx)
    channel = next(row.name for row in catalogue.channels(tx) if row.id == order.channel_id)
    name = promised.promises.service_of(channel, service)
    ship_by = promised.ship_by(order.placed_at, channel, name, order.location_id)
    if ship_by <= at:
        ship_by = promised.ship_by(at, channel, name, order.location_id)
    if name != order.service:
        order_rows.change(tx, order, service=name, ship_by=ship_by, updated_at=at)
        projections.order_changed(tx, order, order_rows.by_id(tx, order.id))


def forget_what_is_gone(tx: Connection) -> None:
    """Drop what was promised of locations and channels that are here no more."""
    its = promises.read(settings.setting(tx, rows.PROMISES))
    codes, names = {row.code for row in catalogue.locations(tx)}, {row.name for row in catalogue.channels(tx)}
    left = replace(
        its,
        channel_service={name: service for name, service in its.channel_service.items() if name in names},
        channel_hours={key: hours for key, hours in its.channel_hours.items() if key[0] in names},
        places={code: place for code, place in its.places.items() if code in codes},
    )
    if left == Promises():
        settings.remove_setting(tx, rows.PROMISES)
    elif left != its:
        settings.set_setting(tx, rows.PROMISES, promises.write(left))
    pickups.forget()


def save(actor: Actor, wanted: Promises) -> Promises:
    """Change the promises, for orders that arrive from now on. Raises Malformed for what the shop does not have."""
    actor.require(Permission.EDIT_RULES)
    after = promises.write(wanted)
    with transaction() as tx:
        codes = {row.code for row in catalogue.locations(tx)}
        names = {row.name for row in catalogue.channels(tx)}
        channels = {*wanted.channel_service, *(channel for channel, _ in wanted.channel_hours)}
        for what, unknown in (("location", set(wanted.places) - codes), ("channel", channels - names)):
            if unknown:
                raise Malformed(f"There is no {what} “{min(unknown)}”.", details={"field": f"{what}s"})
        before = promises.write(promises.read(settings.setting(tx, rows.PROMISES)))
        if before != after:
            settings.set_setting(tx, rows.PROMISES, after)
            changed = [name for name in after if after[name] != before[name]]
            events.record(
                tx,
                actor,
                "promises_changed",
                subject="board",
                subject_id=1,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
    pickups.forget()
    return wanted
