"""Runs over products: judging many, changing one, and changing it back."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import products as rows
from oms_app.db.queries import run_goods
from oms_app.db.queries import runs as run_rows
from oms_app.domain import product_actions as actions
from oms_app.domain.errors import Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.product_actions import ProductAction, Standing
from oms_app.domain.runs import MOST_LOOKED_AT, Look, Selection
from oms_app.domain.stock_actions import Given
from oms_app.services import channel_listings, products

SEES = Permission.SEE_STOCK
read, needed, said, undoable = actions.read, actions.needed, actions.said, actions.undoable

Kept = dict[str, Any]
_CHANGED = "It was changed since."


def prepare(tx: Connection, actor: Actor, action: str, given: Given) -> dict[str, Any]:
    """What was told. Raises NotFound for a channel that is not there, Forbidden."""
    actor.require(needed(action, given))
    if "channel" in given:
        channel_listings.outlet_named(tx, given["channel"])
    return dict(given)


def look(tx: Connection, actor: Actor, action: str, given: Given, chosen: Selection) -> Look:
    """Judge products by SKU, or the first that words find."""
    if chosen.q is None:
        skus = list(dict(chosen.numbers))
        total = len(skus)
    else:
        skus = rows.found(tx, words=chosen.q, after="", limit=MOST_LOOKED_AT)
        total = len(skus) if len(skus) < MOST_LOOKED_AT else rows.count_found(tx, words=chosen.q)
    found, today = _standing(tx, skus, given), products.today()
    why = {sku: actions.why_not(action, given, found.get(sku), today) for sku in skus}
    return Look(tuple(skus), total, {sku: reason for sku, reason in why.items() if reason})


def gather(tx: Connection, actor: Actor, run: Any, most: int) -> tuple[list[str], int | None]:
    """The next matches by SKU."""
    return rows.found(tx, words=run.q, after=run_rows.last_number(tx, run.id), limit=most), None


def perform(tx: Connection, actor: Actor, run: Any, row: Any) -> Kept:
    """Do it to one product."""
    sku, given, before = row.number, run.given, _standing(tx, [row.number], run.given).get(row.number)
    reason = actions.why_not(run.action, given, before, products.today())
    if before is None or reason:
        raise Refused(reason)
    return _DOINGS[ProductAction(run.action)](tx, actor, sku, given, before)


def take_back(tx: Connection, actor: Actor, run: Any, row: Any) -> None:
    """Undo what was done to one product, where it still stands so."""
    sku, given, kept, now = row.number, run.given, row.kept, products.found(tx, row.number)
    match ProductAction(run.action):
        case ProductAction.TAX:
            products.drop_rate(actor, sku, date.fromisoformat(given["valid_from"]))
            if kept["rate"]:
                products.set_rate(actor, sku, Decimal(kept["rate"]), date.fromisoformat(given["valid_from"]))
        case ProductAction.HSN:
            _same(now.hsn, given["hsn"])
            products.change(actor, sku, hsn=kept["hsn"])
        case ProductAction.ATTRIBUTE:
            attributes = _attributes(tx, sku)
            _same(attributes.get(given["name"], ""), given["value"])
            products.change(actor, sku, attributes=attributes | {given["name"]: kept["value"]})
        case ProductAction.OFFER | ProductAction.WITHDRAW:
            offered = run.action == ProductAction.OFFER
            _same(now.active, offered)
            products.change(actor, sku, active=not offered)
        case ProductAction.LIST:
            channel_listings.withdraw(tx, actor, given["channel"], sku)


def _tax(tx: Connection, actor: Actor, sku: str, given: Given, before: Standing) -> Kept:
    day = date.fromisoformat(given["valid_from"])
    known = {row.valid_from: f"{Decimal(row.rate).normalize():f}" for row in rows.rates(tx, products.found(tx, sku).id)}
    products.set_rate(actor, sku, Decimal(given["rate"]), day)
    return {"rate": known.get(day, "")}


def _hsn(tx: Connection, actor: Actor, sku: str, given: Given, before: Standing) -> Kept:
    products.change(actor, sku, hsn=given["hsn"])
    return {"hsn": before.hsn}


def _attribute(tx: Connection, actor: Actor, sku: str, given: Given, before: Standing) -> Kept:
    products.change(actor, sku, attributes={**before.attributes, given["name"]: given["value"]})
    return {"value": before.attributes.get(given["name"], "")}


def _offer(tx: Connection, actor: Actor, sku: str, given: Given, before: Standing) -> Kept:
    products.change(actor, sku, active=not before.active)
    return {}


def _list(tx: Connection, actor: Actor, sku: str, given: Given, before: Standing) -> Kept:
    channel_listings.ask(tx, actor, given["channel"], sku)
    return {}


_DOINGS: Mapping[ProductAction, Callable[[Connection, Actor, str, Given, Standing], Kept]] = {
    ProductAction.TAX: _tax,
    ProductAction.HSN: _hsn,
    ProductAction.ATTRIBUTE: _attribute,
    ProductAction.OFFER: _offer,
    ProductAction.WITHDRAW: _offer,
    ProductAction.LIST: _list,
}


def _standing(tx: Connection, skus: list[str], given: Given) -> dict[str, Standing]:
    unsold = channel_listings.why_not(tx, given["channel"], skus) if "channel" in given else {}
    return {
        row.sku: Standing(
            row.sku,
            row.active,
            row.hsn,
            None if row.gst_rate is None else Decimal(row.gst_rate),
            row.attributes or {},
            unsold.get(row.sku, ""),
        )
        for row in run_goods.products(tx, skus)
    }


def _attributes(tx: Connection, sku: str) -> dict[str, str]:
    return dict(_standing(tx, [sku], {})[sku].attributes)


def _same(now: object, left: object) -> None:
    if now != left:
        raise Refused(_CHANGED)
