"""Runs over the stock of articles: judging many, doing an act to one, and the way back of each act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import catalogue, run_goods
from oms_app.db.queries import runs as run_rows
from oms_app.db.queries import stock as rows
from oms_app.domain import stock_actions as actions
from oms_app.domain.errors import NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.runs import MOST_LOOKED_AT, Look, Selection
from oms_app.domain.stock_actions import Given, Standing, StockAction
from oms_app.services import counts, stock, stock_limits, transfers

SEES = Permission.SEE_STOCK
read, needed, said, undoable = actions.read, actions.needed, actions.said, actions.undoable

Kept = dict[str, Any]
_UNDONE, _CHANGED = "Undone", "It was changed since."


@dataclass(frozen=True, slots=True)
class Doing:
    """How an act is done to an article that stands so, and taken back; `run` is the one at work."""

    do: Callable[[Actor, Any, str, Standing], Kept]
    undo: Callable[[Actor, Any, str, Standing, Kept], None]


def prepare(tx: Connection, actor: Actor, action: str, given: Given) -> dict[str, Any]:
    """What was told. Raises NotFound for a place or a channel that is not there, Forbidden."""
    actor.require(needed(action, given))
    _ids(tx, given)
    return dict(given)


def look(tx: Connection, actor: Actor, action: str, given: Given, chosen: Selection) -> Look:
    """Judge articles by SKU, or the first that a search finds."""
    if chosen.q is None:
        skus = list(dict(chosen.numbers))
        total = len(skus)
    else:
        words, only_out = actions.read_search(chosen.q)
        skus = rows.found(tx, words=words, only_out=only_out, after="", limit=MOST_LOOKED_AT)
        total = len(skus)
        if total == MOST_LOOKED_AT:
            total = rows.count_found(tx, words=words, only_out=only_out)
    found = _standing(tx, given, skus)
    why = {sku: actions.why_not(action, given, found.get(sku)) for sku in skus}
    return Look(tuple(skus), total, {sku: reason for sku, reason in why.items() if reason})


def gather(tx: Connection, actor: Actor, run: Any, most: int) -> tuple[list[str], int | None]:
    """The next matches by SKU."""
    words, only_out = actions.read_search(run.q)
    last = run_rows.last_number(tx, run.id)
    return rows.found(tx, words=words, only_out=only_out, after=last, limit=most), None


def perform(tx: Connection, actor: Actor, run: Any, row: Any) -> Kept:
    """Do it to one article."""
    found = _standing(tx, run.given, [row.number]).get(row.number)
    reason = actions.why_not(run.action, run.given, found)
    if found is None or reason:
        raise Refused(reason)
    now: Any = run_rows.get(tx, run.id, lock=True)  # the row before this one may have begun the document
    kept = DOINGS[StockAction(run.action)].do(actor, now, row.number, found)
    if begun := {name: kept[name] for name in ("transfer", "count") if name in kept}:
        run_rows.change(tx, run.id, given=now.given | begun)
    return kept


def take_back(tx: Connection, actor: Actor, run: Any, row: Any) -> None:
    """Undo what was done to one article, where it still stands so."""
    found = _standing(tx, run.given, [row.number])[row.number]
    DOINGS[StockAction(run.action)].undo(actor, run, row.number, found, row.kept)


def _adjust(actor: Actor, run: Any, sku: str, _found: Standing) -> Kept:
    given = run.given
    stock.adjust(actor, sku, given["location"], given["quantity"], reason=given["reason"], cause=f"run:{run.id}")
    return {}


def _adjust_back(actor: Actor, run: Any, sku: str, _found: Standing, _kept: Kept) -> None:
    given, cause = run.given, f"run:{run.undoes}"
    reason = f"{_UNDONE}: {given['reason']}"
    stock.adjust(
        actor, sku, given["location"], -given["quantity"], reason=reason, cause=f"run:{run.id}", opposite_of=cause
    )


def _safety(actor: Actor, run: Any, sku: str, found: Standing) -> Kept:
    _limit(actor, run, sku, found, run.given["reason"], safety=run.given["units"])
    return {"units": found.safety}


def _safety_back(actor: Actor, run: Any, sku: str, found: Standing, kept: Kept) -> None:
    _same(found.safety, run.given["units"])
    _limit(actor, run, sku, found, _UNDONE, safety=kept["units"])


def _block(actor: Actor, run: Any, sku: str, found: Standing) -> Kept:
    units = found.blocked + found.free if run.given["units"] is None else run.given["units"]
    _limit(actor, run, sku, found, run.given["reason"], blocked=units)
    return {"units": found.blocked, "left": units}


def _block_back(actor: Actor, run: Any, sku: str, found: Standing, kept: Kept) -> None:
    _same(found.blocked, kept["left"])
    _limit(actor, run, sku, found, _UNDONE, blocked=kept["units"])


def _limit(actor: Actor, run: Any, sku: str, found: Standing, reason: str, **units: int) -> None:
    both = {"safety": found.safety, "blocked": found.blocked} | units
    stock_limits.set_limits(actor, sku, run.given["location"], reason=reason, **both)


def _buffer(actor: Actor, run: Any, sku: str, found: Standing) -> Kept:
    stock_limits.set_buffer(actor, sku, run.given["channel"], run.given["units"])
    return {"units": found.buffer}


def _buffer_back(actor: Actor, run: Any, sku: str, found: Standing, kept: Kept) -> None:
    _same(found.buffer, run.given["units"])
    stock_limits.set_buffer(actor, sku, run.given["channel"], kept["units"])


def _transfer(actor: Actor, run: Any, sku: str, found: Standing) -> Kept:
    given, units = run.given, run.given["units"] or found.free
    if "transfer" in given:
        transfers.put_on(actor, given["transfer"], sku, units)
        return {"units": units}
    return {"units": units, "transfer": transfers.draft(actor, given["location"], given["to"], [(sku, units)]).row.id}


def _transfer_back(actor: Actor, run: Any, sku: str, _found: Standing, kept: Kept) -> None:
    transfers.take_off(actor, run.given["transfer"], sku, kept["units"])


def _count(actor: Actor, run: Any, sku: str, _found: Standing) -> Kept:
    given = run.given
    if "count" in given:
        counts.put_on(actor, given["count"], sku)
        return {}
    return {"count": counts.request_of(actor, given["location"], sku).row.id}


def _count_back(actor: Actor, run: Any, sku: str, _found: Standing, _kept: Kept) -> None:
    counts.take_off(actor, run.given["count"], sku)


DOINGS: Mapping[StockAction, Doing] = {
    StockAction.ADJUST: Doing(_adjust, _adjust_back),
    StockAction.SAFETY: Doing(_safety, _safety_back),
    StockAction.BLOCK: Doing(_block, _block_back),
    StockAction.BUFFER: Doing(_buffer, _buffer_back),
    StockAction.TRANSFER: Doing(_transfer, _transfer_back),
    StockAction.COUNT: Doing(_count, _count_back),
}


def _standing(tx: Connection, given: Given, skus: list[str]) -> dict[str, Standing]:
    location_id, channel_id = _ids(tx, given)
    return {
        row.sku: Standing(
            row.sku,
            row.kind,
            row.on_hand is not None,
            row.on_hand or 0,
            row.reserved or 0,
            row.safety or 0,
            row.blocked or 0,
            row.buffer,
        )
        for row in run_goods.stock(tx, skus, location_id=location_id, channel_id=channel_id)
    }


def _ids(tx: Connection, given: Given) -> tuple[int, int]:
    """(location, channel) that were named, 0 where none was. Raises NotFound."""
    found = []
    for field, read_one in (("location", catalogue.location_coded), ("channel", catalogue.channel_named)):
        row = read_one(tx, given[field]) if field in given else None
        if field in given and row is None:
            raise NotFound(f"There is no {field} “{given[field]}”.", details={"field": field})
        found.append(row.id if row else 0)
    if "to" in given and catalogue.location_coded(tx, given["to"]) is None:
        raise NotFound(f"There is no location “{given['to']}”.", details={"field": "to"})
    return found[0], found[1]


def _same(now: object, left: object) -> None:
    if now != left:
        raise Refused(_CHANGED)
