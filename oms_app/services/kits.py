"""Kits: saying what a product is made of, how many can be made, and what a kit on an order line takes."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import kits as rows
from oms_app.domain import kits
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.kits import KitView, Part
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events


def page(actor: Actor, *, after_sku: str = "", limit: int = 50) -> tuple[KitView, ...]:
    """A keyset page of kits by SKU."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return _views(tx, rows.page(tx, after_sku=after_sku, limit=limit))


def get(actor: Actor, sku: str) -> KitView:
    """What a product is made of: no components where it is no kit. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return _views(tx, [_product(tx, sku)])[0]


def used_in(actor: Actor, sku: str) -> tuple[tuple[str, str, int], ...]:
    """(SKU, name, units) of the kits that a product is a component of. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple((row.sku, row.name, row.units) for row in rows.with_part(tx, _product(tx, sku).id))


def set_parts(actor: Actor, sku: str, parts: Mapping[str, int]) -> KitView:
    """Say what one of a product takes (units by SKU), for orders from now on; with no parts it is goods again.

    Raises Refused where the product has stock of its own or is a component itself, Malformed, NotFound.
    """
    actor.require(Permission.EDIT_PRODUCTS)
    sku, wanted = sku.strip(), {part.strip(): units for part, units in parts.items()}
    kits.check_parts(sku, wanted)
    with transaction() as tx:
        product, known = _product(tx, sku), catalogue.products_by_sku(tx, wanted)
        if unknown := sorted(set(wanted) - set(known)):
            raise NotFound(f"There is no product with the SKU {unknown[0]}.", details={"field": "parts"})
        rows.lock(tx, [product.id, *(part.id for part in known.values())])
        product, known = _product(tx, sku), catalogue.products_by_sku(tx, wanted)
        for part in known.values():
            if part.kind != "goods":
                raise Malformed(f"{part.sku} is no goods: a kit is made of goods.", details={"field": "parts"})
        _check_kind(tx, product, wanted)
        before = {row.sku: row.units for row in rows.parts(tx, [product.id])[product.id]}
        if before != wanted:
            rows.set_parts(tx, product.id, {known[part].id: units for part, units in wanted.items()})
            was, now = {"parts": before}, {"sku": sku, "parts": wanted}
            events.record(tx, actor, "kit_changed", subject="product", subject_id=product.id, before=was, after=now)
    return get(actor, sku)


def parts_of(tx: Connection, products: Iterable[Any]) -> dict[int, tuple[Part, ...]]:
    """The components of those of the products that are kits, by product id; nothing is asked where none is."""
    wanted = [product.id for product in products if product.kind == "kit"]
    if not wanted:
        return {}
    return {
        kit_id: tuple(Part(row.id, row.sku, row.name, row.units) for row in found)
        for kit_id, found in rows.parts(tx, wanted).items()
    }


def take_apart(tx: Connection, lines: Iterable[dict[str, Any]], products: Iterable[Any]) -> None:
    """Write on the rows of lines that order kits what those are made of now."""
    if parts := parts_of(tx, products):
        for row in lines:
            row["parts"] = kits.written(parts.get(row["product_id"], ())) or None


def made_of(tx: Connection, kit: Any) -> dict[str, int]:
    """How many of a kit can be made now, by location code."""
    return availability(tx, parts_of(tx, [kit]).get(kit.id, ()))


def free(tx: Connection, products: Iterable[Any]) -> dict[int, dict[str, int]]:
    """How many can be made of those of the products that are kits, by product id and location code."""
    return {kit_id: availability(tx, parts) for kit_id, parts in parts_of(tx, products).items()}


def availability(tx: Connection, parts: tuple[Part, ...]) -> dict[str, int]:
    """How many kits can be made, by location code, where any can: a kit's components come from one location."""
    shelves = rows.shelves(tx, (part.product_id for part in parts)) if parts else {}
    return {code: units for code, shelf in shelves.items() if (units := kits.whole(parts, shelf))}


def _check_kind(tx: Connection, product: Any, wanted: Mapping[str, int]) -> None:
    if not wanted or product.kind == "kit":
        return
    if product.kind != "goods":
        raise Refused(f"{product.sku} is a charge: it has no components.")
    if rows.is_part(tx, product.id):
        raise Refused(f"{product.sku} is a component of a kit itself.")
    if rows.has_stock(tx, product.id):
        raise Refused(f"{product.sku} has stock of its own: make the kit a product of its own.", code="has_stock")


def _views(tx: Connection, products: list[Any]) -> tuple[KitView, ...]:
    parts = parts_of(tx, products)
    views = []
    for product in products:
        its = parts.get(product.id, ())
        places = availability(tx, its)
        views.append(KitView(product.sku, product.name, its, sum(places.values()), tuple(places.items())))
    return tuple(views)


def _product(tx: Connection, sku: str) -> Any:
    product = catalogue.products_by_sku(tx, [sku]).get(sku)
    if product is None:
        raise NotFound(f"There is no product with the SKU {sku}.", details={"sku": sku})
    return product
