"""Checking arriving orders by the shop's rules: what fails holds the order, in the transaction that places it."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import engine, reading, transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import customers
from oms_app.db.queries import orders as rows
from oms_app.domain import clock, validation
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.validation import Arrival, Check, Finding, Past, Rules
from oms_app.services import events

CHECKER = system("Validation", "system")
"""Who opens the holds of failed checks."""

FRESH_S = 2.0
"""Seconds after which a process asks again what the rules are: another one may have changed them."""

_SETTING = "validation"
_LATELY = 20
_DAY = timedelta(hours=24)
_kept: tuple[Any, float, Rules] | None = None


def read(actor: Actor) -> Rules:
    """The rules as they stand."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return validation.read_rules(settings.setting(tx, _SETTING))


def save(actor: Actor, wanted: Rules) -> Rules:
    """Change the rules; they hold for orders that arrive from now on. Raises Malformed."""
    global _kept
    actor.require(Permission.MANAGE_SETTINGS)
    after = validation.write_rules(wanted)
    with transaction() as tx:
        before = validation.write_rules(validation.read_rules(settings.setting(tx, _SETTING)))
        if before != after:
            settings.set_setting(tx, _SETTING, after)
            changed = [name for name in after if after[name] != before[name]]
            events.record(
                tx,
                actor,
                "validation_changed",
                subject="validation",
                subject_id=1,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
    _kept = None
    return wanted


def rules(tx: Connection) -> Rules:
    """The rules, read anew every two seconds at most."""
    global _kept
    kept, now = _kept, time.monotonic()
    if kept is None or kept[0] is not engine() or now > kept[1]:
        kept = _kept = engine(), now + FRESH_S, validation.read_rules(settings.setting(tx, _SETTING))
    return kept[2]


def asks_for_payment(tx: Connection) -> bool:
    """Whether a prepaid order must be paid before it is picked."""
    return Check.PAYMENT not in rules(tx).off


def examine(tx: Connection, arrival: Arrival, buyer: Any, placed_at: datetime) -> tuple[Finding, ...]:
    """Make every check of an order that is not written yet. The buyer's past is read only where it can matter."""
    its = rules(tx)
    return validation.findings(replace(arrival, past=_past(tx, arrival, buyer, placed_at, its)), its)


def hold(tx: Connection, order_id: int, found: Iterable[Finding], at: datetime) -> None:
    """Open a hold for each check that failed. The caller counts them on the order."""
    for each in found:
        values = {"order_id": order_id, "kind": each.kind, "code": each.check, "reason": each.message, "fix": each.fix}
        hold_id = rows.add_hold(tx, values | {"opened_by": CHECKER.name, "opened_at": at})
        after = {"hold": hold_id, "kind": each.kind, "check": each.check}
        events.record(tx, CHECKER, "held", subject_id=order_id, after=after, reason=each.message, at=at)


def _past(tx: Connection, arrival: Arrival, buyer: Any, placed_at: datetime, its: Rules) -> Past:
    last = getattr(buyer, "last_order", None)  # None for who is new
    day = clock.first_id(placed_at - _DAY)
    if not last or not (last >= day or arrival.cod):
        return Past()
    found = customers.lately(tx, buyer.id, limit=_LATELY)
    return Past(
        lately=sum(row.id >= day for row in found),
        refused=sum(row.stage == Stage.CANCELLED and row.payment_method == "cod" for row in found),
        alike=_alike(tx, arrival, found, placed_at, its),
    )


def _alike(tx: Connection, arrival: Arrival, found: Sequence[Any], placed_at: datetime, its: Rules) -> str:
    """The number of an order of the same lines within the minutes of the rule; empty where there is none."""
    if not its.duplicate_minutes or Check.DUPLICATE in its.off:
        return ""
    span = timedelta(minutes=its.duplicate_minutes)
    first, last = clock.first_id(placed_at - span), clock.first_id(placed_at + span)
    near = {row.id: row.number for row in found if first <= row.id <= last and row.stage != Stage.CANCELLED}
    if not near:
        return ""
    mine = sorted((line.sku, line.quantity) for line in arrival.lines)
    lines = customers.bought(tx, list(near))
    return next((number for order_id, number in near.items() if lines.get(order_id) == mine), "")
