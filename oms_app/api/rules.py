"""Rules that act by themselves: written, tried on the past, switched, and what they did."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Id, ListQuery, Moment, Page, Required, Search, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_id_cursor
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.rules import MOST_STEPS, Draft
from oms_app.domain.rules import Rule as RuleView
from oms_app.services import rules

endpoints = Endpoints("rules")
Kind = Literal[
    "placed",
    "moved",
    "held",
    "released",
    "paid",
    "address_corrected",
    "allocated",
    "unallocated",
    "line_cancelled",
    "note_added",
    "tagged",
    "assigned",
    "boosted",
]


class StepIn(Body):
    """One thing to do: the action, and what it needs (docs/bulk.md)."""

    do: Literal["move", "hold", "release", "tag", "untag", "assign", "note", "priority", "route", "notify"]
    given: Annotated[dict[str, str | int | list[str]], Field(max_length=10)] = {}


class RuleIn(Body):
    """When this happens, if the order fits the search, then do this."""

    name: Annotated[Required, Field(max_length=80)]
    when: Kind
    q: Annotated[Search, Field(description="The search language; empty: every order.")] = ""
    then: Annotated[list[StepIn], Field(min_length=1, max_length=MOST_STEPS)]


class Switch(Body):
    """On or off."""

    on: bool


class Rule(TypedDict):
    """A rule, in the order in which they act. `fired` is counted up to 10,000."""

    id: int
    name: str
    when: str
    q: str
    then: list[dict[str, Any]]
    on: bool
    position: int
    fired: int
    fired_at: Moment | None
    by: str
    changed_at: Moment


class Rules(TypedDict):
    """Every rule; `on`: whether rules act at all."""

    on: bool
    items: list[Rule]


class TouchedOrder(TypedDict):
    """An order that a rule would have touched; `refused` says what it could not do as the order stands now."""

    number: str
    stage: str
    refused: str


class DryRun(TypedDict):
    """What a rule would have touched since a moment; `complete` is false where more happened than was looked at."""

    count: int
    complete: bool
    since: Moment
    orders: list[TouchedOrder]


class Did(TypedDict):
    """One step, and why it could not be done; empty where it was."""

    did: str
    refused: str


class Firing(TypedDict):
    """One time a rule fitted an order."""

    id: int
    rule_id: int
    rule: str
    order: str
    because: str
    outcome: str
    steps: list[Did]
    at: Moment


class Switched(TypedDict):
    """Whether it is on now."""

    on: bool


class Removed(TypedDict):
    """What was removed."""

    id: int


@endpoints.get("/rules", P.SEE_ORDERS)
def list_rules(actor: Actor) -> Rules:
    """Every rule, in the order in which they act."""
    return {"on": rules.are_on(actor), "items": [_rule(each) for each in rules.every(actor)]}


@endpoints.get("/rule-log", P.SEE_ORDERS)
def list_firings(actor: Actor, query: ListQuery) -> Page[Firing]:
    """What rules did, newest first."""
    only_sorted_by(query, "-id")
    not_searched(query)
    found = rules.firings(actor, before=read_id_cursor(query.cursor) or None, limit=query.limit + 1)
    items: list[Firing] = [
        {
            "id": each.id,
            "rule_id": each.rule_id,
            "rule": each.rule,
            "order": each.number,
            "because": each.event,
            "outcome": each.outcome,
            "steps": [{"did": did, "refused": why} for did, why in each.steps],
            "at": at(each.at),
        }
        for each in found
    ]
    return cut(items, query.limit, lambda each: each["id"])


@endpoints.post("/rules/dry-run", P.MANAGE_RULES, status=200)
def try_rule(actor: Actor, body: RuleIn) -> DryRun:
    """Which orders it would have touched in the last 30 days; nothing is done."""
    found = rules.dry_run(actor, _draft(body))
    return {
        "count": found.count,
        "complete": found.whole,
        "since": at(found.since),
        "orders": [{"number": each.number, "stage": each.stage, "refused": each.why} for each in found.orders],
    }


@endpoints.post("/rules/switch", P.MANAGE_RULES, status=200)
def switch_rules(actor: Actor, body: Switch) -> Switched:
    """Let rules act, or none of them."""
    return {"on": rules.switch_all(actor, body.on)}


@endpoints.post("/rules", P.MANAGE_RULES, location="/rules/{id}")
def add_rule(actor: Actor, body: RuleIn) -> Rule:
    """Write a rule; it comes last, and is off until it is switched on."""
    return _rule(rules.save(actor, _draft(body)))


@endpoints.get("/rules/{rule_id}", P.SEE_ORDERS, refusals=(404,))
def get_rule(actor: Actor, rule_id: Id) -> Rule:
    """One rule."""
    return _rule(rules.get(actor, rule_id))


@endpoints.post("/rules/{rule_id}", P.MANAGE_RULES, status=200)
def change_rule(actor: Actor, rule_id: Id, body: RuleIn) -> Rule:
    """Write a rule anew; it stays on or off."""
    return _rule(rules.save(actor, _draft(body), rule_id))


@endpoints.post("/rules/{rule_id}/switch", P.MANAGE_RULES, status=200)
def switch_rule(actor: Actor, rule_id: Id, body: Switch) -> Rule:
    """Switch a rule on, for what happens from now on, or off."""
    return _rule(rules.switch(actor, rule_id, body.on))


@endpoints.delete("/rules/{rule_id}", P.MANAGE_RULES)
def remove_rule(actor: Actor, rule_id: Id) -> Removed:
    """Take a rule away; the log keeps what it did."""
    rules.remove(actor, rule_id)
    return {"id": rule_id}


def _draft(body: RuleIn) -> Draft:
    then = rules.read_steps([{**step.given, "do": step.do} for step in body.then])
    return Draft(body.name, body.when, body.q, then)


def _rule(rule: RuleView) -> Rule:
    return {
        "id": rule.id,
        "name": rule.name,
        "when": rule.kind,
        "q": rule.q,
        "then": [{"do": step.action, "given": dict(step.given)} for step in rule.then],
        "on": rule.active,
        "position": rule.position,
        "fired": rule.fired,
        "fired_at": at(rule.fired_at),
        "by": rule.by,
        "changed_at": at(rule.changed_at),
    }
