"""Saying which product a channel's SKU is; every order that waits for it is completed and goes on."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue, projections, shortfalls
from oms_app.db.queries import orders as rows
from oms_app.db.queries import sku_map as names
from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.holds import HoldKind
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.sku_actions import MOST_UNITS
from oms_app.services import allocation, arriving_lines, channel_stock, events, holds, kits
from oms_app.services.catalogue import add_product

CLERK = system("SKU map", "job")
"""Who completes orders when nobody waits for the answer."""

_WRITTEN = ("product_id", "sku", "quantity", "cancelled", "unit_price_micros", "allocated", "parts")
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Name:
    """What a channel calls a product: `quantity` units of ours make one of theirs."""

    channel: str
    channel_title: str
    channel_sku: str
    sku: str
    product: str
    quantity: int
    created_by: str
    created_at: datetime


def page(actor: Actor, *, after: tuple[str, str] = ("", ""), limit: int = 50) -> tuple[Name, ...]:
    """A keyset page of the map; `after` is (channel, channel SKU)."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = names.page(tx, after=after, limit=limit)
    return tuple(
        Name(r.channel, r.title, r.channel_sku, r.sku, r.name, r.quantity, r.created_by, r.created_at) for r in found
    )


def put(actor: Actor, *, channel: str, channel_sku: str, sku: str, quantity: int = 1) -> int:
    """Say what a channel's SKU is; returns how many waiting orders it completed.

    Each of them in a transaction of its own: the worker goes on where a stop cuts this short.
    """
    actor.require(Permission.EDIT_PRODUCTS)
    if not 1 <= quantity <= MOST_UNITS:
        raise Malformed(f"Between 1 and {MOST_UNITS:,} units make one of the channel's.", details={"field": "quantity"})
    if not channel_sku.strip():
        raise Malformed("The channel's SKU is empty.", details={"field": "channel_sku"})
    with transaction() as tx:
        source = catalogue.channel_named(tx, channel)
        if source is None:
            raise NotFound(f"There is no channel “{channel}”.")
        say(tx, actor, source, channel_sku.strip(), sku.strip(), quantity)
    return complete_waiting(actor)


def say(tx: Connection, actor: Actor, channel: Any, channel_sku: str, sku: str, quantity: int) -> None:
    """Write a name into the map, for a caller who asked for the permission: the channel is told that stock now.

    Raises NotFound.
    """
    product = catalogue.products_by_sku(tx, [sku]).get(sku)
    if product is None:
        raise NotFound(f"There is no product with the SKU “{sku}”. Add it first.")
    name = {"channel_id": channel.id, "channel_sku": channel_sku}
    said = {"product_id": product.id, "quantity": quantity}
    names.put(tx, name | said | {"created_by": actor.name, "created_at": datetime.now(UTC)})
    after = {"channel": channel.name, "channel_sku": channel_sku, "sku": product.sku, "quantity": quantity}
    events.record(tx, actor, "sku_mapped", subject="product", subject_id=product.id, after=after)
    channel_stock.called_anew(tx, channel.id, [channel_sku])


def make_product(actor: Actor, *, channel: str, channel_sku: str, sku: str, **product: Any) -> int:
    """Add the product that a channel's SKU is, and map it where ours is another; how many waiting orders it completed.

    product  what `catalogue.add_product` takes
    """
    actor.require(Permission.EDIT_PRODUCTS)
    with reading() as tx:
        if catalogue.channel_named(tx, channel) is None:
            raise NotFound(f"There is no channel “{channel}”.")
    added = add_product(actor, sku=sku, **product)
    if added.sku != channel_sku.strip():
        return put(actor, channel=channel, channel_sku=channel_sku, sku=added.sku)
    return complete_waiting(actor)


def remove(actor: Actor, *, channel: str, channel_sku: str) -> None:
    """Forget what a channel's SKU is; orders that came stay as they are. Raises NotFound."""
    actor.require(Permission.EDIT_PRODUCTS)
    with transaction() as tx:
        source = catalogue.channel_named(tx, channel)
        if source is None or not forget(tx, actor, source, channel_sku):
            raise NotFound(f"{channel} has no SKU “{channel_sku}” in the map.")


def forget(tx: Connection, actor: Actor, channel: Any, channel_sku: str) -> bool:
    """Take a name out of the map, for a caller who asked for the permission; False where it is not there."""
    if not names.remove(tx, channel.id, channel_sku):
        return False
    was = {"channel": channel.name, "channel_sku": channel_sku}
    events.record(tx, actor, "sku_unmapped", subject="channel", subject_id=channel.id, before=was)
    channel_stock.called_anew(tx, channel.id, [channel_sku])
    return True


def complete_waiting(actor: Actor = CLERK) -> int:
    """Complete orders whose SKUs became known, by the map or as a new product; returns how many."""
    actor.require(Permission.EDIT_PRODUCTS)
    done = 0
    while True:
        with reading() as tx:
            numbers = names.now_known(tx, AT_ONCE)
        for number in numbers:
            with transaction() as tx:
                _complete(tx, actor, rows.find(tx, number, lock=True))
        done += len(numbers)
        if len(numbers) < AT_ONCE:
            return done


def complete(tx: Connection, actor: Actor, channel_id: int, channel_sku: str, most: int) -> int:
    """Complete the first orders that wait for one SKU of a channel, inside the caller's transaction; how many."""
    numbers = names.waiting_for(tx, channel_id, channel_sku, most)
    for number in numbers:
        _complete(tx, actor, rows.find(tx, number, lock=True))
    return len(numbers)


def _complete(tx: Connection, actor: Actor, order: Any) -> None:
    """Write on the lines of an order what is known by now, keep its stock, and let it go where nothing is unknown."""
    now = datetime.now(UTC)
    unknown = _unknown(tx, order.id)
    called = arriving_lines.products_called(tx, order.channel_id, [line.sku for line in unknown])
    known = [line for line in unknown if line.sku in called]
    if not known:
        return  # somebody was faster
    # While stock is looked for, a line is what of it is still wanted.
    fresh = [_resolved(place, line, called[line.sku]) for place, line in enumerate(known)]
    products = {product.sku: product for product in called.values()}
    kits.take_apart(tx, fresh, products.values())
    channel, line_ids = catalogue.channel_by_id(tx, order.channel_id).name, [line.id for line in known]
    kept = allocation.claim(tx, fresh, products, channel=channel, to_pin=order.postal_code)
    allocation.keep(tx, order.id, line_ids, kept, now)
    with projections.rewriting(tx, order.id):
        for place, (line, row) in enumerate(zip(known, fresh, strict=True)):
            row["allocated"] = sum(take.units for take in kept if take.key == place)
            shortfalls.set_entry(tx, line.id, units=0)
            names.write_line(tx, line.id, **_written(row))
        wanted = {name: getattr(order, name) for name in ("id", "priority", "ship_by", "placed_at", "stage_at")}
        allocation.queue_missing(tx, wanted, channel, fresh, line_ids, products)
        before = sum(line.quantity - line.cancelled for line in known)
        rows.change(
            tx,
            order,
            units=order.units - before + sum(row["quantity"] for row in fresh),
            shortfall=order.shortfall - before + allocation.shortfall(fresh, products),
            location_id=order.location_id or allocation.main_location(kept),
            updated_at=now,
        )
    said = {line.sku: called[line.sku].sku for line in known}
    was, became = {"skus": list(said)}, {"skus": list(said.values())}
    events.record(tx, actor, "sku_resolved", subject_id=order.id, before=was, after=became, at=now)
    settle(tx, actor, rows.by_id(tx, order.id), now)


def settle(tx: Connection, actor: Actor, order: Any, at: datetime) -> Any:
    """Let a locked order go that was held for an unknown SKU, once nothing it still wants is unknown; returns its row.

    A product became known, or the line was cancelled, or another article goes instead.
    """
    held = [hold for hold in rows.open_holds(tx, order.id) if hold.kind == HoldKind.SKU] if order.holds else []
    return holds.let_go(tx, actor, order, held, at=at) if held and not _unknown(tx, order.id) else order


def _unknown(tx: Connection, order_id: int) -> list[Any]:
    return [line for line in rows.lines(tx, order_id) if line.product_id is None and line.quantity > line.cancelled]


def _resolved(place: int, line: Any, product: Any) -> dict[str, Any]:
    units = getattr(product, "units", 1)
    return {
        "position": place,
        "product_id": product.id,
        "sku": product.sku,
        "quantity": (line.quantity - line.cancelled) * units,
        "cancelled": line.cancelled * units,
        "unit_price_micros": line.unit_price_micros // units,
        "parts": None,
    }


def _written(row: dict[str, Any]) -> dict[str, Any]:
    """The line as it is kept: its quantity counts what was cancelled of it."""
    return {name: row[name] for name in _WRITTEN} | {"quantity": row["quantity"] + row["cancelled"]}
