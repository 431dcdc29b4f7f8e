"""Products as people edit them: fields, attributes, and tax rates that begin on a day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import events as event_rows
from oms_app.db.queries import products as rows
from oms_app.domain import products as rules
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.orders import EventView
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.products import Family, ListedProduct, Picture, ProductFile, Rate, Variant
from oms_app.services import events
from oms_app.services.catalogue import check_product, product_view
from oms_app.settings import get_settings

TIMETABLE = system("Timetable", "job")
"""Who puts a rate in force whose day has come."""

GST_BEGAN = date(2017, 7, 1)
"""A product's first rate holds since then."""

_AT_ONCE = 500


def get(actor: Actor, sku: str) -> ProductFile:
    """Everything about a product but its stock. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return file_of(tx, found(tx, sku))


def history(actor: Actor, sku: str, *, limit: int = 30) -> tuple[EventView, ...]:
    """What happened to a product, newest first. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple(map(events.view, event_rows.of_subject(tx, "product", found(tx, sku).id, limit=limit)))


def page(actor: Actor, *, after_sku: str = "", words: str = "", limit: int = 50) -> tuple[ListedProduct, ...]:
    """A keyset page of products by SKU; `words` look into SKU, name and barcode."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(tx, after_sku=after_sku, words=words, limit=limit)
        pictures = rows.thumbnails(tx, [row.sku for row in found])
        return tuple(ListedProduct(product_view(row), pictures.get(row.sku, "")) for row in found)


def change(actor: Actor, sku: str, *, attributes: Mapping[str, Any] | None = None, **values: Any) -> ProductFile:
    """Write new values of a product (domain/products.py FIELDS), or other attributes: all of them.

    Raises Malformed, NotFound.
    """
    actor.require(Permission.EDIT_PRODUCTS)
    if unknown := set(values) - set(rules.FIELDS):
        raise Malformed(f"A product has no “{sorted(unknown)[0]}” that could be changed.")
    with transaction() as tx:
        write(tx, actor, found(tx, sku), attributes=attributes, **values)
        return file_of(tx, found(tx, sku))


def write(
    tx: Connection, actor: Actor, product: Any, *, attributes: Mapping[str, Any] | None = None, **values: Any
) -> bool:
    """Write what is different on a product's row, for a caller who asked for the permission; False where nothing is."""
    if "name" in values and not str(values["name"]).strip():
        raise Malformed("A product needs a name.", details={"field": "name"})
    changed = {name: value for name, value in values.items() if getattr(product, name) != value}
    if "kind" in changed and product.kind == "kit":
        raise Refused(f"{product.sku} is a kit: take its components off first.")
    check_product(**changed)
    before: dict[str, Any] = {name: str(getattr(product, name)) for name in changed}
    after: dict[str, Any] = {name: str(value) for name, value in changed.items()}
    if changed:
        catalogue.change_product(tx, product.id, **changed)
    if attributes is not None:
        detail, wanted = rows.detail_of(tx, product.id), rules.read_attributes(attributes)
        was = (detail.attributes if detail else None) or {}
        if wanted != was:
            rows.put_detail(tx, product.id, attributes=wanted)
            before, after = before | {"attributes": was}, after | {"attributes": wanted}
    if after:
        events.record(
            tx, actor, "product_changed", subject="product", subject_id=product.id, before=before, after=after
        )
    return bool(after)


def set_rate(actor: Actor, sku: str, rate: Decimal, valid_from: date) -> ProductFile:
    """Say which tax rate a product has from a day on; one that has begun holds at once. Raises Malformed, NotFound."""
    actor.require(Permission.EDIT_PRODUCTS)
    wanted, now = rules.read_rate(rate), datetime.now(UTC)
    with transaction() as tx:
        product = found(tx, sku)
        if product.gst_rate is not None and valid_from > GST_BEGAN and not rows.rates(tx, product.id):
            # What held until now stays on record: an invoice of then asks for it.
            _put(tx, actor, product.id, GST_BEGAN, Decimal(product.gst_rate), now)
        _put(tx, actor, product.id, valid_from, wanted, now)
        events.record(
            tx,
            actor,
            "tax_rate_set",
            subject="product",
            subject_id=product.id,
            after={"rate": f"{wanted.normalize():f}", "valid_from": valid_from.isoformat()},
            at=now,
        )
        _apply(tx, product.id)
        return file_of(tx, found(tx, sku))


def drop_rate(actor: Actor, sku: str, valid_from: date) -> ProductFile:
    """Forget a rate that has not begun. Raises NotFound, Refused for one that was in force."""
    actor.require(Permission.EDIT_PRODUCTS)
    with transaction() as tx:
        product = found(tx, sku)
        if valid_from <= today():
            raise Refused("This rate has begun, and documents may rest on it: set the right one for the same day.")
        if not rows.remove_rate(tx, product.id, valid_from):
            raise NotFound(f"{sku} has no tax rate from {valid_from.isoformat()} on.")
        was = {"valid_from": valid_from.isoformat()}
        events.record(tx, actor, "tax_rate_dropped", subject="product", subject_id=product.id, before=was)
        return file_of(tx, product)


def apply_rates() -> int:
    """Put the rates in force whose day has come; returns for how many products. The worker calls it."""
    with transaction() as tx:
        waiting = {row.product_id for row in rows.begun(tx, today(), _AT_ONCE)}
        for product_id in sorted(waiting):
            if (rate := _apply(tx, product_id)) is not None:
                events.record(
                    tx, TIMETABLE, "tax_rate_in_force", subject="product", subject_id=product_id, after={"rate": rate}
                )
    return len(waiting)


def today() -> date:
    """The shop's calendar day."""
    return datetime.now(ZoneInfo(get_settings().timezone)).date()


def found(tx: Connection, sku: str) -> Any:
    """The product's row. Raises NotFound."""
    product = catalogue.products_by_sku(tx, [sku]).get(sku)
    if product is None:
        raise NotFound(f"There is no product with the SKU {sku}.", details={"sku": sku})
    return product


def file_of(tx: Connection, product: Any) -> ProductFile:
    """A product's row with everything that hangs on it."""
    detail = rows.detail_of(tx, product.id)
    return ProductFile(
        product_view(product),
        attributes=(detail.attributes if detail else None) or {},
        choices=(detail.choices if detail else None) or {},
        family=family_view(tx, rows.family_by_id(tx, detail.family_id)) if detail and detail.family_id else None,
        rates=tuple(Rate(row.valid_from, Decimal(row.rate).normalize()) for row in rows.rates(tx, product.id)),
        pictures=tuple(Picture(row.id, row.digest, row.width, row.height) for row in rows.pictures(tx, product.id)),
    )


def family_view(tx: Connection, row: Any) -> Family:
    """A family with its variants."""
    options = {name: tuple(values) for name, values in row.options}
    variants = tuple(Variant(each.sku, each.choices or {}, each.active) for each in rows.variants(tx, row.id))
    return Family(row.code, row.name, options, variants)


def _put(tx: Connection, actor: Actor, product_id: int, valid_from: date, rate: Decimal, at: datetime) -> None:
    rows.put_rate(tx, product_id, valid_from, rate=rate, in_force=False, created_by=actor.name, created_at=at)


def _apply(tx: Connection, product_id: int) -> str | None:
    """Write the rate of today on the product's row; what it is."""
    known = [Rate(row.valid_from, Decimal(row.rate)) for row in rows.rates(tx, product_id)]
    rate = rules.rate_on(known, today())
    if rate is None:
        return None
    catalogue.change_product(tx, product_id, gst_rate=rate)
    rows.mark_in_force(tx, product_id, today())
    return f"{rate.normalize():f}"
