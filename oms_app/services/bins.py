"""Bins: in which shelf of a location a product is found. Units are kept by location; a bin says where to look."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import bins as rows
from oms_app.db.queries import catalogue
from oms_app.domain.bins import BinRow, check_code
from oms_app.domain.catalogue import StockView
from oms_app.domain.errors import NotFound, Refused
from oms_app.domain.kits import no_stock_of_its_own
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events, stock

SKUS_SHOWN = 5


def page(actor: Actor, location: str, *, after: str = "", limit: int = 50) -> tuple[BinRow, ...]:
    """A keyset page of a location's bins by code."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(tx, location=location, after=after, limit=limit)
        skus = rows.skus(tx, [row.id for row in found], SKUS_SHOWN)
        return tuple(BinRow(row.code, row.products, tuple(skus.get(row.id, ()))) for row in found)


def put(actor: Actor, sku: str, location: str, code: str) -> None:
    """Say that a product is found in a bin, which is made if there is none. Raises NotFound, Refused, Malformed."""
    actor.require(Permission.ADJUST_STOCK)
    code = check_code(code)
    with transaction() as tx:
        product, place = _named(tx, sku, location)
        if rows.put(tx, product.id, rows.add(tx, place.id, code).id):
            said = {"sku": sku, "location": location, "bin": code}
            events.record(tx, actor, "bin_filled", subject="product", subject_id=product.id, after=said)


def take(actor: Actor, sku: str, location: str, code: str) -> None:
    """Say that a product is no longer found in a bin."""
    actor.require(Permission.ADJUST_STOCK)
    with transaction() as tx:
        product, place = _named(tx, sku, location)
        known = rows.named(tx, place.id, code)
        if known is not None and rows.take(tx, product.id, known.id):
            said = {"sku": sku, "location": location, "bin": code}
            events.record(tx, actor, "bin_emptied", subject="product", subject_id=product.id, before=said)


def arrange(actor: Actor, sku: str, location: str, codes: Sequence[str]) -> StockView:
    """Say in which bins of a location a product is found, and in no others."""
    actor.require(Permission.ADJUST_STOCK)
    wanted = {check_code(code) for code in codes}
    with transaction() as tx:
        product, place = _named(tx, sku, location)
        here = set(rows.of_product(tx, product.id).get(place.id, ()))
        for code in sorted(wanted - here):
            put(actor, sku, location, code)
        for code in sorted(here - wanted):
            take(actor, sku, location, code)
        return stock.get(actor, sku)


def _named(tx: Connection, sku: str, location: str) -> tuple[Any, Any]:
    product, place = catalogue.products_by_sku(tx, [sku]).get(sku), catalogue.location_coded(tx, location)
    if product is None or place is None:
        raise NotFound(f"There is no {sku} at {location}.", details={"sku": sku, "location": location})
    if product.kind != "goods":
        raise Refused(no_stock_of_its_own(sku, product.kind))
    return product, place
