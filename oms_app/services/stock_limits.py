"""Setting units aside: safety stock, blocked units, and what a channel is not told of."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import stock_limits as rows
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events, kits, routing, shortfalls

MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class ToldView:
    """What a channel is told of a product: `available` is what it may sell, `buffer` what it does not hear of.

    own  whether the buffer is this product's; otherwise it is the channel's for every article
    """

    channel: str
    title: str
    buffer: int
    available: int
    own: bool = False


def set_limits(actor: Actor, sku: str, location: str, *, safety: int, blocked: int, reason: str) -> None:
    """Say how many units of a product at a location are not for sale; what this frees goes to who waits.

    safety   kept for sales nobody has booked yet        blocked  set aside: damaged, sample, under inspection
    Raises Refused where more is to be blocked than is there and not reserved.
    """
    actor.require(Permission.ADJUST_STOCK)
    if not (0 <= safety <= MOST and 0 <= blocked <= MOST):
        raise Malformed(f"Safety and blocked are whole numbers up to {MOST:,}.", details={"field": "blocked"})
    if not reason.strip():
        raise Malformed("Say why in a few words.", details={"field": "reason"})
    with transaction() as tx:
        product, place = _product(tx, sku), catalogue.location_coded(tx, location)
        if place is None:
            raise NotFound(f"There is no location “{location}”.", details={"field": "location"})
        now = rows.limits(tx, product.id, place.id)
        if now is None:
            raise NotFound(f"{sku} does not lie at {place.name}: adjust its stock first.")
        if blocked > now.blocked and blocked > now.on_hand - now.reserved:
            raise Refused(
                f"{sku} at {place.name}: {now.on_hand} on hand, {now.reserved} of them reserved, "
                f"so {blocked} cannot be blocked. Release reservations first.",
                code="insufficient_stock",
                details={"on_hand": now.on_hand, "reserved": now.reserved},
            )
        before, after = {"safety": now.safety, "blocked": now.blocked}, {"safety": safety, "blocked": blocked}
        if before != after:
            rows.set_limits(tx, product.id, place.id, safety=safety, blocked=blocked)
            events.record(
                tx,
                actor,
                "stock_limits_changed",
                subject="product",
                subject_id=product.id,
                before=before,
                after=after | {"sku": sku, "location": location},
                reason=reason.strip(),
            )
    if safety < now.safety or blocked < now.blocked:
        shortfalls.refill([product.id])


def set_buffer(actor: Actor, sku: str, channel: str, units: int | None) -> tuple[ToldView, ...]:
    """Keep units of a product from what a channel is told; None: as many as of every article. Raises Malformed,
    NotFound."""
    actor.require(Permission.ADJUST_STOCK)
    if units is not None and not 0 <= units <= MOST:
        raise Malformed(f"A buffer is a whole number up to {MOST:,}.", details={"field": "units"})
    with transaction() as tx:
        product, row = _product(tx, sku, "goods", "kit"), catalogue.channel_named(tx, channel)
        if row is None:
            raise NotFound(f"There is no channel “{channel}”.", details={"field": "channel"})
        rows.set_buffer(tx, row.id, product.id, units)
        after = {"sku": sku, "channel": channel, "buffer": units}
        events.record(tx, actor, "channel_buffer_changed", subject="product", subject_id=product.id, after=after)
    return told(actor, sku)


def told(actor: Actor, sku: str) -> tuple[ToldView, ...]:
    """What each channel is told of a product. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        product = _product(tx, sku, "goods", "kit")
        found = rows.available_to_channels(tx, product.id)
        kit = sum(kits.made_of(tx, product).values()) if product.kind == "kit" else None
        default, told_of = routing.buffers(tx), []
        for row in found:
            units = default.get(row.name, 0) if row.buffer is None else row.buffer
            free = int(row.available) if kit is None else kit
            told_of.append(ToldView(row.name, row.title, units, max(free - units, 0), own=row.buffer is not None))
        return tuple(told_of)


def _product(tx: Connection, sku: str, *kinds: str) -> Any:
    product = catalogue.products_by_sku(tx, [sku]).get(sku)
    if product is None or product.kind not in (kinds or ("goods",)):
        raise NotFound(f"There are no goods with the SKU {sku}.", details={"sku": sku})
    return product
