"""Rules at work: they follow the spine and act on each event once, so that whoever caused it waits for nothing.

A rule's act on an event is one transaction with its entry in the log, which is unique for both: nothing is done twice,
whatever stops the worker. Rules are asked in their order, each of the order as the one before left it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from oms_app.db import engine
from oms_app.db.engine import reading, transaction
from oms_app.db.queries import orders
from oms_app.db.queries import rules as rows
from oms_app.db.queries.search import Search
from oms_app.db.queries.tail import Tail
from oms_app.domain import rules as words
from oms_app.domain.errors import OmsError
from oms_app.domain.permissions import Actor, system
from oms_app.domain.query import parse
from oms_app.domain.rules import MOST_DEPTH, Outcome, Step
from oms_app.services import actions as doing
from oms_app.services import rules, search

_AT_ONCE = 200
"""Events of one step: the worker's other tasks wait for it."""

_BROKE = "Something went wrong, and it was logged."

_log = structlog.get_logger(__name__)
_followed: tuple[object, Tail] | None = None


def work() -> bool:
    """Act on what happened since the last time; whether something had: then there may be more. The worker calls it."""
    try:
        return _step()
    except BaseException:
        forget()  # begin again at the place that was kept
        raise


def forget() -> None:
    """Follow the spine anew from the place that was kept."""
    global _followed
    _followed = None


def _step() -> bool:
    with reading() as tx:
        active = rows.active(tx) if rules.is_on(tx) else []
        if not active:
            forget()
            return False
        tail = _follow(tx, min(rule.since for rule in active))
        fresh = tail.read(tx, _AT_ONCE)
        happened = _chosen(tx, active, fresh)
    for event, waiting in happened:
        _act(event, waiting)
    if fresh:
        _keep(tail.position)
    return bool(fresh)


def _follow(tx: Connection, since: int) -> Tail:
    global _followed
    shop = engine.engine()
    if _followed is None or _followed[0] is not shop:
        _followed = (shop, Tail(tx, max(rows.cursor(tx) or 0, since)))
    return _followed[1]


def _keep(position: int) -> None:
    with transaction() as tx:
        rows.move_cursor(tx, position)


def _chosen(tx: Connection, active: Sequence[Any], fresh: Sequence[Any]) -> list[tuple[Any, list[Any]]]:
    """Events with the rules that wait for their kind, where one of them at least fits the order now."""
    found: dict[int, set[int]] = {}
    for rule in active:
        ids = {each.order_id for each in fresh if _waits(rule, each)}
        found[rule.id] = _search(tx, rule).among(ids) if ids else set()
    chosen = []
    for event in fresh:
        waiting = [rule for rule in active if _waits(rule, event)]
        if any(event.order_id in found[rule.id] for rule in waiting):
            chosen.append((event, waiting))
    return chosen


def _waits(rule: Any, event: Any) -> bool:
    return rule.kind == event.kind and event.order_id is not None and event.id > rule.since


def _search(tx: Connection, rule: Any) -> Search:
    return Search(tx, parse(rule.q), search.scope(system(rule.name, "rule")))


def _act(event: Any, waiting: Sequence[Any]) -> None:
    """Let each rule that fits act on the order, all in one transaction; each step is done or leaves nothing."""
    with transaction() as tx:
        order = orders.by_id(tx, event.order_id)
        order = order and orders.find(tx, order.number, lock=True)
        if order is None:
            return
        for rule in waiting:
            if order.id not in _search(tx, rule).among([order.id]):
                continue
            logged = {"rule_id": rule.id, "event_id": event.id, "order_id": order.id, "at": datetime.now(UTC)}
            firing = rows.fire(tx, {**logged, "outcome": Outcome.DONE})
            if firing is not None:
                _fire(tx, rule, firing, order.number, words.depth(event.source))


def _fire(tx: Connection, rule: Any, firing: int, number: str, depth: int) -> None:
    if depth >= MOST_DEPTH:
        why = f"{MOST_DEPTH} rules in a row led here: nothing reacts any more."
        rows.settle(tx, firing, Outcome.STOPPED, [{"did": "Nothing", "why": why}])
        return
    actor = system(f"Rule “{rule.name}”", words.source(depth + 1))
    told = [(step, _do(tx, actor, number, step)) for step in rules.steps_of(rule)]
    outcome = words.outcome([why for _, why in told])
    rows.settle(tx, firing, outcome, [{"did": step.said, "why": why} for step, why in told])


def _do(tx: Connection, actor: Actor, number: str, step: Step) -> str:
    """Do one step; why it could not, "" where it was done."""
    try:
        with transaction():
            doing.perform(tx, actor, number, step.action, step.given)
    except OmsError as error:
        return error.message
    except OperationalError:
        raise  # the database is away or busy: the event is read again
    except Exception:
        _log.exception("rule_failed", rule=actor.name, order=number)
        return _BROKE
    return ""
