"""Suppliers and their price lists."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from oms_app.db.engine import is_duplicate, reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import suppliers as rows
from oms_app.domain import suppliers as rules
from oms_app.domain.errors import Conflict, NotFound, Refused
from oms_app.domain.kits import no_stock_of_its_own
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.suppliers import Offer, Supplier, Terms
from oms_app.services import events

_WRITTEN = (
    *("name", "contact", "email", "phone", "gstin", "address", "currency"),
    *("payment_terms", "lead_time_days", "active"),
)


def page(
    actor: Actor, *, after: str = "", words: str = "", only_active: bool = False, limit: int = 50
) -> tuple[Supplier, ...]:
    """A keyset page of suppliers by name; `words` looks into the name."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(tx, after=after, words=words, only_active=only_active, limit=limit)
        return tuple(map(view, found))


def get(actor: Actor, supplier_id: int) -> Supplier:
    """A supplier. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return view(known(tx, supplier_id))


def add(actor: Actor, wanted: Supplier, *, demo: bool = False, at: datetime | None = None) -> Supplier:
    """Add a supplier (`at` for history). Raises Conflict where the name is taken, Malformed."""
    actor.require(Permission.PURCHASE)
    values = _values(rules.check_supplier(wanted))
    now = at or datetime.now(UTC)
    try:
        with transaction() as tx:
            supplier_id = rows.add(tx, **values, demo=demo, created_at=now)
            _record(tx, actor, "supplier_added", supplier_id, after={"name": values["name"]}, at=now)
    except IntegrityError as error:
        raise _taken(error, values["name"]) from error
    return get(actor, supplier_id)


def change(actor: Actor, supplier_id: int, wanted: Supplier) -> Supplier:
    """Write a supplier anew. Purchase orders keep the currency and the terms they were made with."""
    actor.require(Permission.PURCHASE)
    values = _values(rules.check_supplier(wanted))
    try:
        with transaction() as tx:
            before = _values(view(known(tx, supplier_id)))
            changed = [name for name in _WRITTEN if before[name] != values[name]]
            if changed:
                rows.change(tx, supplier_id, **values)
                said = {name: before[name] for name in changed}, {name: values[name] for name in changed}
                _record(tx, actor, "supplier_changed", supplier_id, before=said[0], after=said[1])
    except IntegrityError as error:
        raise _taken(error, values["name"]) from error
    return get(actor, supplier_id)


def price_list(actor: Actor, supplier_id: int, *, after_sku: str = "", limit: int = 50) -> tuple[Terms, ...]:
    """A keyset page of what a supplier sells, by our SKU."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        known(tx, supplier_id)
        return tuple(map(_terms, rows.price_list(tx, supplier_id, after_sku=after_sku, limit=limit)))


def offers(actor: Actor, sku: str) -> tuple[Offer, ...]:
    """Who sells a product, and on what terms; the one that reorders go to first. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple(
            Offer(
                supplier_id=row.supplier_id,
                supplier=row.supplier,
                currency=row.currency,
                cost_micros=row.cost_micros,
                pack_size=row.pack_size,
                moq=row.moq,
                days=row.days,
                preferred=row.preferred,
            )
            for row in rows.sellers(tx, goods(tx, [sku])[sku].id)
            if row.active
        )


def set_terms(actor: Actor, supplier_id: int, wanted: Sequence[Terms]) -> int:
    """Put products on a supplier's price list, or change their terms there; returns how many.

    Raises NotFound for a SKU that is not ours, Refused for a charge, Malformed; nothing is written then.
    """
    actor.require(Permission.PURCHASE)
    checked = {terms.sku: rules.check_terms(terms) for terms in wanted}
    with transaction() as tx:
        known(tx, supplier_id)
        products = goods(tx, list(checked))
        rows.put_terms(
            tx,
            supplier_id,
            [
                {
                    "product_id": products[sku].id,
                    "supplier_sku": terms.supplier_sku,
                    "cost_micros": terms.cost_micros,
                    "pack_size": terms.pack_size,
                    "moq": terms.moq,
                    "lead_time_days": terms.lead_time_days,
                }
                for sku, terms in checked.items()
            ],
        )
        for sku, terms in checked.items():
            if terms.preferred:
                rows.prefer(tx, supplier_id, products[sku].id)
        said = {"products": len(checked), "skus": list(checked)[:20]}
        _record(tx, actor, "price_list_changed", supplier_id, after=said)
    return len(checked)


def prefer(actor: Actor, supplier_id: int, sku: str) -> None:
    """Reorders of a product go to this supplier. Raises NotFound where it does not sell it."""
    actor.require(Permission.PURCHASE)
    with transaction() as tx:
        known(tx, supplier_id)
        if not rows.prefer(tx, supplier_id, goods(tx, [sku])[sku].id):
            raise NotFound(f"{sku} is not on this supplier's price list.", details={"sku": sku})
        _record(tx, actor, "supplier_preferred", supplier_id, after={"sku": sku})


def drop_terms(actor: Actor, supplier_id: int, sku: str) -> None:
    """Take a product off a supplier's price list. Raises NotFound."""
    actor.require(Permission.PURCHASE)
    with transaction() as tx:
        known(tx, supplier_id)
        if not rows.drop_terms(tx, supplier_id, goods(tx, [sku])[sku].id):
            raise NotFound(f"{sku} is not on this supplier's price list.", details={"sku": sku})
        _record(tx, actor, "price_list_changed", supplier_id, before={"sku": sku})


def known(tx: Connection, supplier_id: int) -> Any:
    """The row of a supplier. Raises NotFound."""
    row = rows.one(tx, supplier_id)
    if row is None:
        raise NotFound(f"There is no supplier {supplier_id}.", details={"field": "supplier"})
    return row


def goods(tx: Connection, skus: Sequence[str]) -> dict[str, Any]:
    """Products by SKU. Raises NotFound for one that is not ours, Refused for a charge."""
    found = catalogue.products_by_sku(tx, skus)
    for sku in skus:
        if sku not in found:
            raise NotFound(f"There is no product with the SKU {sku}.", details={"sku": sku})
        if found[sku].kind != "goods":
            raise Refused(no_stock_of_its_own(sku, found[sku].kind))
    return found


def view(row: Any) -> Supplier:
    """A supplier's row as a value."""
    return Supplier(**{name: getattr(row, name) for name in _WRITTEN}, id=row.id, products=row.products)


def _terms(row: Any) -> Terms:
    return Terms(
        sku=row.sku,
        cost_micros=row.cost_micros,
        supplier_sku=row.supplier_sku,
        pack_size=row.pack_size,
        moq=row.moq,
        lead_time_days=row.lead_time_days,
        preferred=row.preferred,
        name=row.name,
    )


def _values(given: Supplier) -> dict[str, Any]:
    return {name: getattr(given, name) for name in _WRITTEN}


def _taken(error: IntegrityError, name: str) -> Exception:
    return Conflict(f"There is a supplier “{name}” already.") if is_duplicate(error) else error


def _record(tx: Connection, actor: Actor, kind: str, supplier_id: int, **said: Any) -> None:
    events.record(tx, actor, kind, subject="supplier", subject_id=supplier_id, **said)
