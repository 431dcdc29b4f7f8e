"""Runs over orders: what of them is judged and found, and the registry of actions that rules share."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import runs as rows
from oms_app.db.queries.search import Search
from oms_app.domain import actions
from oms_app.domain.actions import Action, Given, Standing
from oms_app.domain.errors import Malformed
from oms_app.domain.lifecycle import Stage, asks
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.query import parse
from oms_app.domain.runs import MOST_LOOKED_AT, Look, Selection
from oms_app.services import actions as doing
from oms_app.services import search

SEES = Permission.SEE_ORDERS


def read(action: str, form: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The action and what it is told. Raises Malformed with the field."""
    known, told = actions.read(action, form)
    if known is Action.NOTIFY:
        raise Malformed("Telling people is for rules.", details={"field": "action"})
    return known, told


def needed(action: str, given: Given) -> Permission:
    """The permission without which it is done to no order."""
    return actions.needed(Action(action), given)


def said(action: str, given: Given) -> str:
    """The action as a person reads it."""
    return actions.said(Action(action), given)


def undoable(action: str, given: Given) -> bool:
    """Whether there is a way back that is true."""
    return actions.undoable(Action(action), given)


def prepare(tx: Connection, actor: Actor, action: str, given: Given) -> dict[str, Any]:
    """What was told, with the names in it looked up once."""
    return doing.prepare(tx, actor, Action(action), given)


def look(tx: Connection, actor: Actor, action: str, given: Given, chosen: Selection) -> Look:
    """Judge orders by what decides; what a dialog still asks for counts as given."""
    known, (numbers, total) = Action(action), _numbers(tx, actor, chosen)
    found = {each.number: (each, held, tagged) for each, held, tagged in rows.standing(tx, numbers)}
    why: dict[str, str] = {}
    fields: set[str] = set()
    for number in numbers:
        if number not in found:
            why[number] = f"There is no order {number}."
            continue
        order, held, tagged = found[number]
        short = 0 if order.parcels else order.shortfall
        standing = Standing(Stage(order.stage), held, tagged, order.assignee_id, order.boost, short)
        if reason := actions.why_not(known, given, standing, asked=False):
            why[number] = reason
        elif known is Action.MOVE:
            fields |= set(asks(standing.stage, Stage(given["to"])))
    return Look(tuple(numbers), total, why, frozenset(fields))


def gather(tx: Connection, actor: Actor, run: Any, most: int) -> tuple[list[str], int | None]:
    """The next matches, newest first, and the id of the last."""
    found = Search(tx, parse(run.q), search.scope(actor, run.until)).ids(limit=most, after=run.gathered_to)
    return rows.numbers(tx, found), found[-1] if found else None


def perform(tx: Connection, actor: Actor, run: Any, row: Any) -> doing.Kept:
    """Do it to one order."""
    return doing.perform(tx, actor, row.number, Action(run.action), run.given, version=row.version)


def take_back(tx: Connection, actor: Actor, run: Any, row: Any) -> None:
    """Undo what was done to one order."""
    doing.take_back(tx, actor, row.number, Action(run.action), run.given, row.kept)


def _numbers(tx: Connection, actor: Actor, chosen: Selection) -> tuple[list[str], int]:
    """(numbers to judge, how many there are)."""
    if chosen.q is None:
        return list(dict(chosen.numbers)), len(dict(chosen.numbers))
    found = Search(tx, parse(chosen.q), search.scope(actor, chosen.until))
    ids = found.ids(limit=MOST_LOOKED_AT)
    total = len(ids) if len(ids) < MOST_LOOKED_AT else found.count(None)
    return rows.numbers(tx, ids), total
