"""What can be done to an order in one word, by hand to many at once or by a rule: what each needs, says and expects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oms_app.domain import lifecycle
from oms_app.domain.errors import Malformed
from oms_app.domain.holds import TITLES as HOLDS
from oms_app.domain.holds import HoldKind
from oms_app.domain.lifecycle import LIFECYCLE, OPEN_STAGES, Facts, MoveDetails, Stage
from oms_app.domain.orders import tag
from oms_app.domain.permissions import TO_ENTER, Permission

MOST_POINTS = 1_000


class Action(StrEnum):
    """One thing to do to an order."""

    MOVE = "move"
    HOLD = "hold"
    RELEASE = "release"
    TAG = "tag"
    UNTAG = "untag"
    ASSIGN = "assign"
    NOTE = "note"
    PRIORITY = "priority"
    ROUTE = "route"
    NOTIFY = "notify"


A = Action
TITLES: Mapping[Action, str] = {
    A.MOVE: "Move",
    A.HOLD: "Hold",
    A.RELEASE: "Release holds",
    A.TAG: "Tag",
    A.UNTAG: "Take tags off",
    A.ASSIGN: "Assign",
    A.NOTE: "Write a note",
    A.PRIORITY: "Change priority",
    A.ROUTE: "Ship from",
    A.NOTIFY: "Notify",
}

Given = Mapping[str, Any]
"""What the action was told, as JSON: {"to": "ready"}, {"tags": ["vip"]} …"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether an action can be done to an order. `short`: its units that wait, unless it is split."""

    stage: Stage
    holds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    assignee_id: int | None = None
    boost: int = 0
    short: int = 0


def needed(action: Action, given: Given) -> Permission:
    """The permission without which it is done to no order."""
    if action is A.MOVE:
        return TO_ENTER[Stage(given["to"])]
    return _NEEDED.get(action, Permission.NOTE_ORDERS)


_NEEDED = {
    A.HOLD: Permission.HOLD_ORDERS,
    A.RELEASE: Permission.HOLD_ORDERS,
    A.PRIORITY: Permission.PRIORITISE_ORDERS,
    A.ROUTE: Permission.ALLOCATE_STOCK,
}


def read(action: str, form: Mapping[str, Any]) -> tuple[Action, dict[str, Any]]:
    """The action and what it is told, out of what somebody typed. Raises Malformed with the field."""
    if action not in set(Action):
        raise Malformed(f"An action is one of {', '.join(Action)}.", details={"field": "action"})
    known = Action(action)
    return known, _READERS[known](form)


def _move(form: Mapping[str, Any]) -> dict[str, Any]:
    to = _text(form, "to", 20)
    if to not in set(Stage):
        raise Malformed(f"A stage is one of {', '.join(Stage)}.", details={"field": "to"})
    weight = str(form.get("weight_g") or "0").strip()
    if not (weight.isascii() and weight.isdecimal() and len(weight) < 9):
        raise Malformed("Write the weight in grams, as a whole number: 750.", details={"field": "weight_g"})
    said = {name: _text(form, name, 500) for name in ("reason", "courier", "awb")}
    return {"to": to} | ({"weight_g": int(weight)} if int(weight) else {}) | {k: v for k, v in said.items() if v}


def _hold(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": _kind(form), "reason": _required(form, "reason", "A hold needs a reason.")}


def _release(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": _kind(form) if form.get("kind") else "", "reason": _text(form, "reason", 500)}


def _kind(form: Mapping[str, Any]) -> str:
    kind = str(form.get("kind") or "")
    if kind not in set(HoldKind):
        raise Malformed(f"A hold is one of {', '.join(HoldKind)}.", details={"field": "kind"})
    return kind


def _tags(form: Mapping[str, Any]) -> dict[str, Any]:
    given = form.get("tags") or ""
    words = given.replace(",", " ").split() if isinstance(given, str) else [str(each) for each in given]
    if not words:
        raise Malformed("Write at least one tag.", details={"field": "tags"})
    return {"tags": sorted({tag(word) for word in words})}


def _assign(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"assignee": _text(form, "assignee", 254).lower()}


def _note(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"body": _required(form, "body", "A note has between 1 and 5,000 characters.", 5_000)}


def _priority(form: Mapping[str, Any]) -> dict[str, Any]:
    try:
        points = int(str(form.get("points", "")).strip())
    except ValueError:
        points = MOST_POINTS + 1
    if abs(points) > MOST_POINTS:
        message = f"Points are a whole number from −{MOST_POINTS:,} to {MOST_POINTS:,}; 0 takes them back."
        raise Malformed(message, details={"field": "points"})
    return {"points": points, "reason": _required(form, "reason", "Say why in a few words.") if points else ""}


def _route(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"location": _required(form, "location", "Say which location.", 100)}


def _notify(form: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "to": _required(form, "to", "Say who is told: an e-mail, or a role.", 254).lower(),
        "body": _required(form, "body", "Write what they are told.", 500),
    }


def _text(form: Mapping[str, Any], name: str, most: int) -> str:
    return str(form.get(name) or "").strip()[:most]


def _required(form: Mapping[str, Any], name: str, message: str, most: int = 500) -> str:
    text = str(form.get(name) or "").strip()
    if not text or len(text) > most:
        raise Malformed(message, details={"field": name})
    return text


_READERS: Mapping[Action, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    A.MOVE: _move,
    A.HOLD: _hold,
    A.RELEASE: _release,
    A.TAG: _tags,
    A.UNTAG: _tags,
    A.ASSIGN: _assign,
    A.NOTE: _note,
    A.PRIORITY: _priority,
    A.ROUTE: _route,
    A.NOTIFY: _notify,
}


def said(action: Action, given: Given) -> str:
    """The action as a person reads it in a list: "Hold: Address (call first)"."""
    match action:
        case A.MOVE:
            return f"Move to {LIFECYCLE[Stage(given['to'])].title}"
        case A.HOLD:
            return f"Hold: {HOLDS[HoldKind(given['kind'])]} ({given['reason']})"
        case A.RELEASE:
            return f"Release holds: {HOLDS[HoldKind(given['kind'])]}" if given["kind"] else "Release every hold"
        case A.TAG | A.UNTAG:
            return f"{TITLES[action]}: {', '.join(given['tags'])}"
        case A.ASSIGN:
            return f"Assign to {given['assignee']}" if given["assignee"] else "Assign to nobody"
        case A.NOTE:
            return f"Note: {given['body'][:80]}"
        case A.PRIORITY:
            return f"Priority {given['points']:+d}" + (f" ({given['reason']})" if given["reason"] else "")
        case A.ROUTE:
            return f"Ship from {given['location']}"
        case A.NOTIFY:
            return f"Notify {given['to']}: {given['body'][:80]}"


def details(given: Given) -> MoveDetails:
    """What a move was told."""
    return MoveDetails(
        reason=given.get("reason", ""),
        weight_g=given.get("weight_g", 0),
        courier=given.get("courier", ""),
        awb=given.get("awb", ""),
    )


def why_not(action: Action, given: Given, order: Standing, *, asked: bool = True) -> str:
    """Why the action would be refused to such an order; "" where nothing is known against it.

    asked  whether what a dialog asks for (a weight, a reason) is given already
    """
    if action is A.MOVE:
        return _why_not_move(Stage(given["to"]), given, order, asked=asked)
    there = order.stage in OPEN_STAGES
    match action:
        case A.HOLD | A.PRIORITY | A.ROUTE if not there:
            return f"It is {LIFECYCLE[order.stage].title.lower()}: it has left the building or is final."
        case A.ROUTE if order.stage is Stage.PACKED:
            return "It is packed: send it back to Picking first."
        case A.RELEASE if not (set(order.holds) & {given["kind"]} if given.get("kind") else order.holds):
            return "It has no such hold."
        case A.TAG if given.get("tags") and set(given["tags"]) <= set(order.tags):
            return "It is tagged so already."
        case A.UNTAG if given.get("tags") and not set(given["tags"]) & set(order.tags):
            return "It has no such tag."
        case A.ASSIGN if "user_id" in given and given["user_id"] == order.assignee_id:
            return "It is assigned so already."
        case A.PRIORITY if given.get("points") == order.boost:
            return "It has these points already."
    return ""


def _why_not_move(to: Stage, given: Given, order: Standing, *, asked: bool) -> str:
    if order.stage is to:
        return "It is there already."
    if to not in LIFECYCLE[order.stage].next:
        return lifecycle.why_not(order.stage, to)
    told = details(given) if asked else MoveDetails(reason="-", weight_g=1, courier="-", awb="-")
    failures = lifecycle.failing(order.stage, to, Facts(holds=order.holds, short=order.short, details=told))
    return " ".join(f"{each.message} {each.fix}" for each in failures)


def undoable(action: Action, given: Given) -> bool:
    """Whether there is a way back that is true: a note stays written, what left the building is gone."""
    if action is A.MOVE:
        return Stage(given["to"]) in OPEN_STAGES
    return action not in (A.NOTE, A.ROUTE, A.NOTIFY)
