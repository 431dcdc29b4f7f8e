"""Channels, products and locations."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue as rows
from oms_app.domain.catalogue import ChannelView, LocationView, ProductView
from oms_app.domain.errors import Conflict, Malformed, NotFound
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events, routing
from oms_app.settings import get_settings


def channels(actor: Actor) -> tuple[ChannelView, ...]:
    """Every channel."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return tuple(_channel(row) for row in rows.channels(tx))


def currency_of(actor: Actor, channel: str) -> str:
    """The currency a channel's amounts are in. Raises Malformed where there is no such channel."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        row = rows.channel_named(tx, channel)
        if row is None:
            known = ", ".join(each.name for each in rows.channels(tx))
            raise Malformed(f"There is no channel “{channel}”. Known: {known}.", details={"field": "channel"})
        return str(row.currency)


def add_channel(
    actor: Actor,
    *,
    name: str,
    title: str,
    kind: str,
    currency: str,
    demo: bool = False,
    at: datetime | None = None,
) -> ChannelView:
    """Add a channel (`at` for history). Raises Conflict where the name is taken."""
    actor.require(Permission.MANAGE_SETTINGS)
    if not name or not name.replace("-", "").replace("_", "").isalnum() or name != name.lower():
        raise Malformed("A channel's name is lower-case letters, digits, - and _.", details={"field": "name"})
    values = {"name": name, "title": title or name, "kind": kind, "currency": currency, "active": True, "demo": demo}
    try:
        with transaction() as tx:
            channel_id = rows.add_channel(tx, **values)
            after = {"name": name, "kind": kind}
            events.record(tx, actor, "channel_added", subject="channel", subject_id=channel_id, after=after, at=at)
    except IntegrityError as error:
        raise Conflict(f"There is a channel “{name}” already.") from error
    return ChannelView(name, title or name, kind, currency, True, demo)


def set_channel_prices(actor: Actor, name: str, *, tax_included: bool) -> ChannelView:
    """Say whether the prices of a channel hold their tax, where an order does not. Raises NotFound."""
    actor.require(Permission.MANAGE_SETTINGS)
    with transaction() as tx:
        row = rows.channel_named(tx, name)
        if row is None:
            raise NotFound(f"There is no channel “{name}”.")
        if row.tax_included != tax_included:
            rows.change_channel(tx, row.id, tax_included=tax_included)
            was, now = {"tax_included": row.tax_included}, {"tax_included": tax_included}
            events.record(tx, actor, "channel_changed", subject="channel", subject_id=row.id, before=was, after=now)
        return _channel(rows.channel_named(tx, name))


def products(actor: Actor, *, after_sku: str = "", prefix: str = "", limit: int = 50) -> tuple[ProductView, ...]:
    """A keyset page of products by SKU."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple(product_view(row) for row in rows.products(tx, after_sku=after_sku, prefix=prefix, limit=limit))


def product(actor: Actor, sku: str) -> ProductView:
    """One product. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        row = rows.products_by_sku(tx, [sku]).get(sku)
    if row is None:
        raise NotFound(f"There is no product with the SKU {sku}.", details={"sku": sku})
    return product_view(row)


def add_product(
    actor: Actor,
    *,
    sku: str,
    name: str,
    price_micros: int = 0,
    currency: str = "",
    tax_included: bool = True,
    hsn: str = "",
    gst_rate: Decimal | None = None,
    barcode: str = "",
    weight_g: int = 0,
    kind: str = "goods",
    demo: bool = False,
    at: datetime | None = None,
) -> ProductView:
    """Add a product. The price is in micros; `gst_rate` in per cent. Raises Conflict where the SKU is taken.

    at  when it was added, for history; now by default
    """
    actor.require(Permission.EDIT_PRODUCTS)
    sku = sku.strip()
    if not sku or not name.strip():
        raise Malformed("A product needs a SKU and a name.", details={"field": "sku" if not sku else "name"})
    check_product(price_micros=price_micros, weight_g=weight_g, gst_rate=gst_rate, kind=kind)
    values: dict[str, Any] = {
        "sku": sku,
        "name": name.strip(),
        "kind": kind,
        "price_micros": price_micros,
        "currency": currency or get_settings().currency,
        "tax_included": tax_included,
        "hsn": hsn,
        "gst_rate": gst_rate,
        "barcode": barcode,
        "weight_g": weight_g,
        "active": True,
        "demo": demo,
        "created_at": at or datetime.now(UTC),
    }
    try:
        with transaction() as tx:
            product_id = rows.add_product(tx, **values)
            after = {"sku": sku, "name": name}
            events.record(tx, actor, "product_added", subject="product", subject_id=product_id, after=after, at=at)
    except IntegrityError as error:
        raise Conflict(f"There is a product with the SKU {sku} already.", details={"sku": sku}) from error
    return product(actor, sku)


def check_product(
    *, price_micros: int = 0, weight_g: int = 0, gst_rate: Decimal | None = None, kind: str = "goods", **_others: Any
) -> None:
    """Raise Malformed for values no product can have."""
    if price_micros < 0 or weight_g < 0 or (gst_rate is not None and not 0 <= gst_rate <= 100):
        raise Malformed("Price and weight cannot be negative, and a tax rate lies between 0 and 100.")
    if kind not in ("goods", "charge"):
        raise Malformed("A product is goods or a charge.", details={"field": "kind"})


def locations(actor: Actor) -> tuple[LocationView, ...]:
    """Every location."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple(LocationView(r.code, r.name, r.city, r.state, r.postal_code) for r in rows.locations(tx))


def add_location(
    actor: Actor,
    *,
    code: str,
    name: str,
    city: str = "",
    state: str = "",
    postal_code: str = "",
    demo: bool = False,
    at: datetime | None = None,
) -> LocationView:
    """Add a location (`at` for history). Raises Conflict where the code is taken."""
    actor.require(Permission.MANAGE_SETTINGS)
    if not code.strip() or not name.strip():
        raise Malformed("A location needs a code and a name.", details={"field": "code"})
    values: dict[str, Any] = {
        "code": code.strip(),
        "name": name.strip(),
        "city": city,
        "state": state,
        "postal_code": postal_code,
        "country": "IN",
        "active": True,
        "demo": demo,
    }
    try:
        with transaction() as tx:
            location_id = rows.add_location(tx, **values)
            after = {"code": code}
            events.record(tx, actor, "location_added", subject="location", subject_id=location_id, after=after, at=at)
    except IntegrityError as error:
        raise Conflict(f"There is a location “{code}” already.") from error
    routing.forget()
    return LocationView(code, name, city, state, postal_code)


def _channel(row: Any) -> ChannelView:
    return ChannelView(row.name, row.title, row.kind, row.currency, row.active, row.demo, row.tax_included)


def product_view(row: Any) -> ProductView:
    """A product's row as a value."""
    return ProductView(
        sku=row.sku,
        name=row.name,
        kind=row.kind,
        price_micros=row.price_micros,
        currency=row.currency,
        tax_included=row.tax_included,
        hsn=row.hsn,
        gst_rate="" if row.gst_rate is None else f"{Decimal(row.gst_rate).normalize():f}",
        barcode=row.barcode,
        weight_g=row.weight_g,
        active=row.active,
    )
