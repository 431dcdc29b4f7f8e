"""The rules of priority: read, tried on the open orders, written."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Moment, Word, at
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.priorities import MOST_POINTS, MOST_RULES, Rule, When
from oms_app.services import priorities

endpoints = Endpoints("priorities")


class RuleIn(Body):
    """A question and its points. `value`: hours, a service, a PIN's beginning, an amount in major units, a tag."""

    when: Annotated[When, Field(strict=False)]
    value: Word = ""
    points: Annotated[int, Field(ge=0, le=MOST_POINTS)]
    on: bool = True


class RulesIn(Body):
    """All rules in their order: of each aspect the first that is true counts."""

    rules: Annotated[list[RuleIn], Field(max_length=MOST_RULES)]


class RuleShape(TypedDict):
    """A rule."""

    when: str
    value: str
    points: int
    on: bool


class Rules(TypedDict):
    """All rules in their order."""

    items: list[RuleShape]


class PreviewedOrder(TypedDict):
    """An open order by the rules as they are and as they would be; places are among the orders looked at."""

    order: str
    stage: Stage
    ship_by: Moment | None
    priority: int
    new_priority: int
    place: int
    new_place: int
    why: str


class PreviewShape(TypedDict):
    """What other rules would do."""

    looked_at: int
    changed: int
    items: list[PreviewedOrder]


@endpoints.get("/priorities", P.SEE_ORDERS)
def list_priority_rules(actor: Actor) -> Rules:
    """The rules in their order."""
    return _shown(priorities.read(actor))


@endpoints.post("/priorities", P.EDIT_RULES, status=200)
def set_priority_rules(actor: Actor, body: RulesIn) -> Rules:
    """Replace the rules. Arriving orders follow at once, open orders within seconds."""
    return _shown(priorities.save(actor, _rules(body)))


@endpoints.post("/priorities/preview", P.EDIT_RULES, status=200)
def preview_priority_rules(actor: Actor, body: RulesIn) -> PreviewShape:
    """What these rules would do to the open orders that must leave first; nothing is changed."""
    found = priorities.preview(actor, _rules(body), limit=50)
    return {
        "looked_at": found.looked_at,
        "changed": found.changed,
        "items": [
            {
                "order": row.number,
                "stage": row.stage,
                "ship_by": at(row.ship_by),
                "priority": row.before,
                "new_priority": row.after,
                "place": row.place_before,
                "new_place": row.place_after,
                "why": row.why,
            }
            for row in found.rows
        ],
    }


def _rules(body: RulesIn) -> list[Rule]:
    return [Rule(each.when, each.value, each.points, each.on) for each in body.rules]


def _shown(rules: tuple[Rule, ...]) -> Rules:
    return {"items": [{"when": r.when, "value": r.value, "points": r.points, "on": r.on} for r in rules]}
