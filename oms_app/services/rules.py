"""The rules of the shop: written, ordered, switched on and off, tried on the past; their log. `rule_work.py` acts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company, search_rows
from oms_app.db.queries import events as event_rows
from oms_app.db.queries import rules as rows
from oms_app.db.queries import runs as standing_rows
from oms_app.db.queries.search import Search
from oms_app.domain import actions, privacy, rules
from oms_app.domain.actions import Action, Standing
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.lifecycle import LIFECYCLE, Stage
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.query import all_of, parse
from oms_app.domain.rules import (
    KINDS,
    LOOKS_BACK,
    MOST_FIRED,
    MOST_RULES,
    Draft,
    DryRun,
    Firing,
    Outcome,
    Rule,
    Step,
    Touched,
)
from oms_app.services import actions as doing
from oms_app.services import events, orders, search

MOST_EVENTS = 500_000
"""Events that a dry run reads, from a month ago on."""

_SETTING = "rules"
_CHUNK = 20_000
_SHOWN = 100


def read_steps(given: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """What a rule does, out of what somebody wrote: `[{"do": "tag", "tags": "vip"}]`. Raises Malformed."""
    return tuple(Step(*actions.read(str(each.get("do", "")), each)) for each in given)


def every(actor: Actor) -> tuple[Rule, ...]:
    """Every rule, in the order in which they act."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return tuple(_view(row) for row in rows.every(tx, MOST_FIRED))


def get(actor: Actor, rule_id: int) -> Rule:
    """One rule. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    for rule in every(actor):
        if rule.id == rule_id:
            return rule
    raise NotFound(f"There is no rule {rule_id}.")


def save(actor: Actor, draft: Draft, rule_id: int | None = None) -> Rule:
    """Write a new rule, which is off and comes last, or write one anew. Raises Malformed, NotFound, Forbidden."""
    actor.require(Permission.MANAGE_RULES)
    draft = rules.check(draft)
    with transaction() as tx:
        then = [{"do": step.action, **doing.prepare(tx, actor, step.action, step.given)} for step in draft.then]
        said = {"name": draft.name, "when": draft.kind, "if": draft.q, "then": then}
        values: dict[str, Any] = {"name": draft.name, "kind": draft.kind, "q": draft.q, "then": then}
        values |= {"actor": actor.name, "changed_at": datetime.now(UTC)}
        if rule_id is None:
            if len(rows.every(tx, 0)) >= MOST_RULES:
                raise Refused(f"A shop has at most {MOST_RULES} rules.")
            rule_id = rows.add(tx, values)
            _tell(tx, actor, "rule_added", rule_id, after=said)
        else:
            before = _get(tx, rule_id)
            was = {"name": before.name, "when": before.kind, "if": before.q, "then": before.then}
            rows.change(tx, rule_id, **values)
            _tell(tx, actor, "rule_changed", rule_id, before=was, after=said)
    return get(actor, rule_id)


def switch(actor: Actor, rule_id: int, on: bool) -> Rule:
    """Switch a rule on, for what happens from now on, or off."""
    actor.require(Permission.MANAGE_RULES)
    with transaction() as tx:
        rule = _get(tx, rule_id)
        if rule.active != on:
            rows.change(tx, rule_id, active=on, since=event_rows.last_id(tx) if on else rule.since)
            _tell(tx, actor, "rule_on" if on else "rule_off", rule_id, after={"name": rule.name})
    return get(actor, rule_id)


def move(actor: Actor, rule_id: int, by: int) -> tuple[Rule, ...]:
    """Let a rule act earlier (−1) or later (1); returns all of them."""
    actor.require(Permission.MANAGE_RULES)
    with transaction() as tx:
        _get(tx, rule_id)
        found = [row.id for row in rows.every(tx, 0)]
        here = found.index(rule_id)
        there = max(0, min(here + by, len(found) - 1))
        found.insert(there, found.pop(here))
        for position, each in enumerate(found, 1):
            rows.change(tx, each, position=position)
        _tell(tx, actor, "rule_moved", rule_id, before={"position": here + 1}, after={"position": there + 1})
    return every(actor)


def remove(actor: Actor, rule_id: int) -> None:
    """Take a rule away; the log keeps what it did."""
    actor.require(Permission.MANAGE_RULES)
    with transaction() as tx:
        rule = _get(tx, rule_id)
        rows.change(tx, rule_id, active=False, deleted=True)
        _tell(tx, actor, "rule_removed", rule_id, before={"name": rule.name})


def are_on(actor: Actor) -> bool:
    """Whether rules act at all."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return is_on(tx)


def is_on(tx: Connection) -> bool:
    """Whether rules act at all, inside a transaction."""
    return bool((company.setting(tx, _SETTING) or {}).get("on", True))


def switch_all(actor: Actor, on: bool) -> bool:
    """The switch for all rules: off, nothing acts; on again, they act on what happens from then on."""
    actor.require(Permission.MANAGE_RULES)
    with transaction() as tx:
        if is_on(tx) != on:
            company.set_setting(tx, _SETTING, {"on": on})
            if on:
                last = event_rows.last_id(tx)
                for row in rows.active(tx):
                    rows.change(tx, row.id, since=last)
            _tell(tx, actor, "rules_on" if on else "rules_off", 0)
    return on


def firings(
    actor: Actor, *, rule_id: int | None = None, number: str = "", before: int | None = None, limit: int = 50
) -> tuple[Firing, ...]:
    """What rules did, newest first: of one rule or all, to one order or all; `before` (an id) pages on."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        order_id = orders.visible(tx, actor, number).id if number else None
        found = rows.firings(
            tx, rule_id=rule_id, order_id=order_id, before=before, location_id=actor.location_id, limit=limit
        )
        return tuple(_firing(row) for row in found)


def dry_run(actor: Actor, draft: Draft) -> DryRun:
    """Which orders the rule would have touched in the last 30 days, if it had been on, judged as they stand now."""
    actor.require(Permission.MANAGE_RULES)
    if draft.kind not in KINDS:
        raise Malformed(f"A rule waits for one of {', '.join(KINDS)}.", details={"field": "when"})
    since = datetime.now(UTC) - LOOKS_BACK
    with reading() as tx:
        then = [Step(step.action, doing.prepare(tx, actor, step.action, step.given)) for step in draft.then]
        if draft.kind == "placed":
            found = Search(tx, all_of(parse(draft.q), parse(f"placed:{LOOKS_BACK.days}d")), search.scope(actor))
            count, whole, ids = found.count(None), True, found.ids(limit=_SHOWN)
        else:
            found = Search(tx, parse(draft.q), search.scope(actor))
            every_id, whole = _happened_to(tx, found, draft.kind, since)
            count, ids = len(every_id), sorted(every_id, reverse=True)[:_SHOWN]
        return DryRun(count, whole, since, tuple(_touched(tx, actor, ids, then)), found.hints)


def _happened_to(tx: Connection, found: Search, kind: str, since: datetime) -> tuple[set[int], bool]:
    first, last = rows.first_event_since(tx, since), event_rows.last_id(tx)
    end = min(last, first + MOST_EVENTS - 1)
    ids: set[int] = set()
    for start in range(first, end + 1, _CHUNK):
        ids |= found.among(rows.orders_with(tx, kind, start, min(start + _CHUNK - 1, end)) - ids)
    return ids, end == last


def _touched(tx: Connection, actor: Actor, ids: list[int], then: list[Step]) -> list[Touched]:
    found = search_rows.rows(tx, ids)
    judged = {order.number: told for order, *told in standing_rows.standing(tx, [row.number for row in found])}
    seen = actor.may(Permission.SEE_CUSTOMERS)
    touched = []
    for row in found:
        stage = Stage(row.stage)
        held, tagged = judged[row.number]
        here = Standing(stage, held, tagged)
        why = dict.fromkeys(actions.why_not(step.action, step.given, here) for step in then)
        customer = row.customer_name if seen else privacy.masked_name(row.customer_name)
        touched.append(Touched(row.number, LIFECYCLE[stage].title, customer, " ".join(filter(None, why))))
    return touched


def _get(tx: Connection, rule_id: int) -> Any:
    rule = rows.get(tx, rule_id, lock=True)
    if rule is None:
        raise NotFound(f"There is no rule {rule_id}.")
    return rule


def _tell(
    tx: Connection,
    actor: Actor,
    kind: str,
    rule_id: int,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    events.record(tx, actor, kind, subject="rule", subject_id=rule_id, before=before, after=after)


def steps_of(row: Any) -> tuple[Step, ...]:
    """What a rule's row does."""
    return tuple(Step(Action(each["do"]), {k: v for k, v in each.items() if k != "do"}) for each in row.then)


def _view(row: Any) -> Rule:
    return Rule(
        id=row.id,
        name=row.name,
        kind=row.kind,
        q=row.q,
        then=steps_of(row),
        position=row.position,
        active=row.active,
        by=row.actor,
        changed_at=row.changed_at,
        fired=row.fired or 0,
        fired_at=row.fired_at,
    )


def _firing(row: Any) -> Firing:
    steps = tuple((str(each["did"]), str(each["why"])) for each in row.steps or ())
    happened = KINDS.get(row.kind or "", row.kind or "")
    return Firing(row.id, row.name, row.rule_id, row.number, happened, row.at, Outcome(row.outcome), steps)
