"""Doing an action to one order, and taking it back: the registry that bulk runs and rules share.

One more action is a line in `domain/actions.py` and one function here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import accounts, catalogue
from oms_app.db.queries import orders as rows
from oms_app.domain import actions, lifecycle
from oms_app.domain.actions import Action, Given, Standing
from oms_app.domain.errors import NotFound, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Actor
from oms_app.services import assignment, holds, moves, notes, notices, orders, reservations

Kept = dict[str, Any]
"""What an undo has to know, as JSON."""

_UNDONE = "Undone"


@dataclass(frozen=True, slots=True)
class Doing:
    """How an action is done to a locked order, and taken back; `version` is the one somebody saw."""

    do: Callable[[Actor, Any, Given, int | None], Kept]
    undo: Callable[[Actor, Any, Given, Kept], None] | None = None


def prepare(tx: Connection, actor: Actor, action: Action, given: Given) -> dict[str, Any]:
    """What was told, with the names in it looked up once. Raises NotFound, Forbidden."""
    actor.require(actions.needed(action, given))
    if action is Action.ASSIGN:
        me = accounts.user(tx, actor.user_id) if actor.user_id and given["assignee"] == "@me" else None
        email = me.email if me else given["assignee"]
        return {"assignee": email, "user_id": assignment.user_called(tx, email)}
    if action is Action.ROUTE and catalogue.location_coded(tx, given["location"]) is None:
        raise NotFound(f"There is no location “{given['location']}”.", details={"field": "location"})
    if action is Action.NOTIFY:
        notices.check_reader(tx, given["to"])
    return dict(given)


def perform(
    tx: Connection, actor: Actor, number: str, action: Action, given: Given, *, version: int | None = None
) -> Kept:
    """Do it to one order, inside the caller's transaction; raises what the order's own service raises."""
    order = orders.visible(tx, actor, number, lock=True)
    if reason := actions.why_not(action, given, standing(tx, order)) if action is not Action.MOVE else "":
        raise Refused(reason)
    return DOINGS[action].do(actor, order, given, version)


def take_back(tx: Connection, actor: Actor, number: str, action: Action, given: Given, kept: Kept) -> None:
    """Undo what was done to one order, where it still stands so. Raises Refused."""
    undo = DOINGS[action].undo
    if undo is None:
        raise Refused(f"“{actions.TITLES[action]}” is not taken back.")
    undo(actor, orders.visible(tx, actor, number, lock=True), given, kept)


def standing(tx: Connection, order: Any) -> Standing:
    """What decides, of an order row."""
    held = tuple(hold.kind for hold in rows.open_holds(tx, order.id)) if order.holds else ()
    short = 0 if order.parcels else order.shortfall
    return Standing(Stage(order.stage), held, rows.tags(tx, order.id), order.assignee_id, order.boost, short)


def _move(actor: Actor, order: Any, given: Given, version: int | None) -> Kept:
    to = Stage(given["to"])
    seen = order.version if version is None else version
    view = moves.move(actor, order.number, to, version=seen, details=actions.details(given))
    return {"from": order.stage, "version": view.version}


def _move_back(actor: Actor, order: Any, given: Given, kept: Kept) -> None:
    back, here = Stage(kept["from"]), Stage(order.stage)
    if order.version != kept["version"]:
        raise Refused("It has changed since.")
    if lifecycle.asks(here, back):
        raise Refused(f"The way back to {lifecycle.LIFECYCLE[back].title} asks for more: move it by hand.")
    moves.move(actor, order.number, back, version=order.version, details=lifecycle.MoveDetails(reason=_UNDONE))


def _hold(actor: Actor, order: Any, given: Given, _version: int | None) -> Kept:
    view = holds.place(actor, order.number, kind=given["kind"], reason=given["reason"])
    return {"hold": max(hold.id for hold in view.holds)}


def _unhold(actor: Actor, order: Any, given: Given, kept: Kept) -> None:
    holds.release(actor, order.number, kept["hold"], reason=_UNDONE)


def _release(actor: Actor, order: Any, given: Given, _version: int | None) -> Kept:
    before = orders.get(actor, order.number, history=False)
    wanted = [hold for hold in before.holds if given["kind"] in ("", hold.kind)]
    for hold in wanted:
        holds.release(actor, order.number, hold.id, reason=given["reason"])
    return {
        "holds": [
            {"kind": hold.kind, "reason": hold.reason, "until": hold.until.isoformat() if hold.until else ""}
            for hold in wanted
        ]
    }


def _hold_again(actor: Actor, order: Any, given: Given, kept: Kept) -> None:
    for hold in kept["holds"]:
        until = datetime.fromisoformat(hold["until"]) if hold["until"] else None
        holds.place(actor, order.number, kind=hold["kind"], reason=hold["reason"] or _UNDONE, until=until)


def _tag(actor: Actor, order: Any, given: Given, _version: int | None) -> Kept:
    before = orders.get(actor, order.number, history=False).tags
    notes.change_tags(actor, order.number, add=tuple(given["tags"]))
    return {"tags": [word for word in given["tags"] if word not in before]}


def _untag(actor: Actor, order: Any, given: Given, _version: int | None) -> Kept:
    before = orders.get(actor, order.number, history=False).tags
    notes.change_tags(actor, order.number, remove=tuple(given["tags"]))
    return {"tags": [word for word in given["tags"] if word in before]}


def _take_tags_off(actor: Actor, order: Any, given: Given, kept: Kept) -> None:
    notes.change_tags(actor, order.number, remove=tuple(kept["tags"]))


def _put_tags_on(actor: Actor, order: Any, given: Given, kept: Kept) -> None:
    notes.change_tags(actor, order.number, add=tuple(kept["tags"]))


def _assign(actor: Actor, order: Any, given: Given, _version: int | None) -> Kept:
    before = orders.get(actor, order.number, history=False).assignee
    assignment.assign(actor, order.number, given["assignee"])
    return {"before": before}


def _assign_back(actor: Actor, order: Any, given: Given, kept: Kept) -> None:
    if order.assignee_id != given["user_id"]:
        raise Refused("Somebody else was given it since.")
    assignment.assign(actor, order.number, kept["before"])


def _note(actor: Actor, order: Any, given: Given, _version: int | None) -> Kept:
    notes.add(actor, order.number, given["body"])
    return {}


def _boost(actor: Actor, order: Any, given: Given, _version: int | None) -> Kept:
    assignment.boost(actor, order.number, given["points"], reason=given["reason"])
    return {"points": order.boost, "reason": order.boost_reason}


def _boost_back(actor: Actor, order: Any, given: Given, kept: Kept) -> None:
    if order.boost != given["points"]:
        raise Refused("Its points were changed since.")
    assignment.boost(actor, order.number, kept["points"], reason=kept["reason"])


def _route(actor: Actor, order: Any, given: Given, _version: int | None) -> Kept:
    return {"units": reservations.prefer(actor, order.number, given["location"], reason=f"{actor.name} prefers it")}


def _notify(actor: Actor, order: Any, given: Given, _version: int | None) -> Kept:
    return {"readers": notices.tell(actor, order, given["to"], given["body"])}


DOINGS: Mapping[Action, Doing] = {
    Action.MOVE: Doing(_move, _move_back),
    Action.HOLD: Doing(_hold, _unhold),
    Action.RELEASE: Doing(_release, _hold_again),
    Action.TAG: Doing(_tag, _take_tags_off),
    Action.UNTAG: Doing(_untag, _put_tags_on),
    Action.ASSIGN: Doing(_assign, _assign_back),
    Action.NOTE: Doing(_note),
    Action.PRIORITY: Doing(_boost, _boost_back),
    Action.ROUTE: Doing(_route),
    Action.NOTIFY: Doing(_notify),
}
