"""Runs over unknown SKUs: judging many, saying what one is or leaving it out, and taking that back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import catalogue
from oms_app.db.queries import runs as run_rows
from oms_app.db.queries import sku_map as names
from oms_app.db.queries import sku_queue as rows
from oms_app.domain import sku_actions as actions
from oms_app.domain.errors import NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.runs import MOST_LOOKED_AT, Look, Selection
from oms_app.domain.sku_actions import SkuAction
from oms_app.domain.sku_queue import UnknownSku, key_of, number_of, read_search
from oms_app.domain.stock_actions import Given
from oms_app.services import sku_map, sku_queue

SEES = Permission.SEE_STOCK
read, needed, said, undoable = actions.read, actions.needed, actions.said, actions.undoable

Kept = dict[str, Any]
_FEW = 25
"""So many orders go on with a name; more of them in the background."""

_CHANGED = "It was changed since."


def prepare(tx: Connection, actor: Actor, action: str, given: Given) -> dict[str, Any]:
    """What was told; the product that was named is there."""
    actor.require(needed(action, given))
    if action == SkuAction.MAP and given["sku"] not in catalogue.products_by_sku(tx, [given["sku"]]):
        raise NotFound(f"There is no product with the SKU “{given['sku']}”. Add it first.")
    return dict(given)


def look(tx: Connection, actor: Actor, action: str, given: Given, chosen: Selection) -> Look:
    """Judge unknown SKUs by CHANNEL:SKU, or the first that a search finds."""
    known: Mapping[str, UnknownSku]
    if chosen.q is None:
        numbers = list(dict(chosen.numbers))
        total, known = len(numbers), sku_queue.found(tx, numbers)
    else:
        search = _asked(chosen.q)
        known = {each.number: each for each in map(sku_queue.view, rows.page(tx, limit=MOST_LOOKED_AT, **search))}
        numbers = list(known)
        total = len(numbers) if len(numbers) < MOST_LOOKED_AT else rows.count(tx, **search)
    why = {number: actions.why_not(action, known.get(number)) for number in numbers}
    return Look(tuple(numbers), total, {number: reason for number, reason in why.items() if reason})


def gather(tx: Connection, actor: Actor, run: Any, most: int) -> tuple[list[str], int | None]:
    """The next matches by channel and SKU."""
    last = run_rows.last_number(tx, run.id)
    found = rows.page(tx, after=key_of(last) if last else ("", ""), limit=most, **_asked(run.q))
    return [number_of(row.channel, row.channel_sku) for row in found], None


def perform(tx: Connection, actor: Actor, run: Any, row: Any) -> Kept:
    """Do it to one SKU."""
    sku = sku_queue.found(tx, [row.number]).get(row.number)
    if (reason := actions.why_not(run.action, sku)) or sku is None:
        raise Refused(reason)
    channel = catalogue.channel_named(tx, sku.channel)
    assert channel is not None  # noqa: S101 - its SKU was just found
    match SkuAction(run.action):
        case SkuAction.IGNORE:
            rows.ignore(tx, channel.id, sku.channel_sku, actor.name, datetime.now(UTC))
            return {}
        case SkuAction.RESTORE:
            rows.restore(tx, channel.id, sku.channel_sku)
            return {}
        case SkuAction.CONFIRM:
            assert sku.best is not None  # noqa: S101 - `why_not` saw it
            ours, units = sku.best.sku, sku.best.quantity
        case SkuAction.MAP:
            ours, units = run.given["sku"], run.given["quantity"]
    sku_map.say(tx, actor, channel, sku.channel_sku, ours, units)
    sku_map.complete(tx, actor, channel.id, sku.channel_sku, _FEW)
    return {"sku": ours, "quantity": units}


def take_back(tx: Connection, actor: Actor, run: Any, row: Any) -> None:
    """Undo what was done to one SKU, where it still stands so; orders that went on stay as they are."""
    name, channel_sku = key_of(row.number)
    channel = catalogue.channel_named(tx, name)
    if channel is None:
        raise Refused(_CHANGED)
    match SkuAction(run.action):
        case SkuAction.IGNORE:
            if not rows.restore(tx, channel.id, channel_sku):
                raise Refused(_CHANGED)
        case SkuAction.RESTORE:
            rows.ignore(tx, channel.id, channel_sku, actor.name, datetime.now(UTC))
        case SkuAction.CONFIRM | SkuAction.MAP:
            said_now = names.called(tx, channel.id, [channel_sku]).get(channel_sku)
            if said_now is None or (said_now.sku, said_now.units) != (row.kept["sku"], row.kept["quantity"]):
                raise Refused(_CHANGED)
            sku_map.forget(tx, actor, channel, channel_sku)


def _asked(q: str | None) -> dict[str, Any]:
    search = read_search(q or "")
    return {"words": search.words, "channel_name": search.channel, "show": search.show}
