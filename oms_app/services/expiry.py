"""Unpaid orders expire: the hours they have, and who cancels them when these are over."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue, company
from oms_app.db.queries import expiry as rows
from oms_app.domain import clock, expiry
from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.expiry import Rules
from oms_app.domain.orders import OrderView
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.services import cancellation, events, orders

DEADLINE = system("Payment deadline", "job")
"""Who cancels what nobody paid."""

AT_ONCE = 20
_SETTING = "expiry"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ExpirySettings:
    """The rules beside the channels they may name: (name, title)."""

    rules: Rules
    channels: tuple[tuple[str, str], ...]


def read_settings(actor: Actor) -> ExpirySettings:
    """The rules as they are set, and the channels."""
    actor.require(Permission.MANAGE_SETTINGS)
    with reading() as tx:
        return ExpirySettings(_rules(tx), tuple((row.name, row.title) for row in catalogue.channels(tx)))


def set_rules(actor: Actor, wanted: Rules) -> Rules:
    """Set all hours at once. Orders that wait already get their full time from now on. Raises Malformed."""
    actor.require(Permission.MANAGE_SETTINGS)
    after, now = expiry.written(wanted), datetime.now(UTC)
    with transaction() as tx:
        if unknown := sorted(set(wanted.channel_hours) - {row.name for row in catalogue.channels(tx)}):
            raise Malformed(f"There is no channel “{unknown[0]}”.", details={"field": "channels"})
        before = expiry.written(_rules(tx))
        if before != after:
            company.set_setting(tx, _SETTING, {**after, "since": clock.to_ms(now)})
            events.record(
                tx, actor, "expiry_changed", subject="payments", subject_id=1, before=before, after=after, at=now
            )
        return _rules(tx)


def of_order(tx: Connection, order: OrderView) -> datetime | None:
    """When an order expires unless it is paid; asks the database only where it might."""
    return expiry.expires(_rules(tx), order) if expiry.waits(order) else None


def expire_due() -> bool:
    """Cancel some orders whose time is over; whether there may be more. The worker calls it."""
    now = datetime.now(UTC)
    with reading() as tx:
        due = _due(tx, now)
    cancelled = sum(_expire(number, now) for number in due)
    return bool(cancelled) and len(due) == AT_ONCE


def _due(tx: Connection, now: datetime) -> list[str]:
    rules = _rules(tx)
    if not (rules.hours or any(rules.channel_hours.values())):
        return []
    ends = {row.id: rules.placed_until(row.name, now) for row in catalogue.channels(tx)}
    over = {channel_id: last for channel_id, last in ends.items() if last is not None}
    due: list[str] = []
    for stage in expiry.STAGES if over else ():
        due += rows.due(tx, stage, over, AT_ONCE - len(due))
    return due


def _expire(number: str, now: datetime) -> bool:
    """Cancel one order, unless its money or somebody's decision came first; whether it was cancelled."""
    try:
        with transaction() as tx:
            row = orders.visible(tx, DEADLINE, number, lock=True)
            order, rules = orders.load(tx, DEADLINE, row, history=False), _rules(tx)
            ends = expiry.expires(rules, order)
            if ends is None or ends > now:
                return False
            reason = f"Not paid within {rules.hours_of(order.channel)} h"
            cancellation.cancel(DEADLINE, number, version=order.version, reason=reason)
            return True
    except OmsError as refusal:
        _log.warning("not_expired", order=number, why=refusal.message)
        return False


def _rules(tx: Connection) -> Rules:
    return expiry.read(company.setting(tx, _SETTING))
