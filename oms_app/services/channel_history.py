"""Orders that were sent before we saw them: taken as history, with nothing reserved and nothing to tell."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import catalogue, imports
from oms_app.db.queries import channel_tasks as tasks
from oms_app.db.queries import orders as order_rows
from oms_app.domain import money
from oms_app.domain.channel_tasks import TaskKind, told
from oms_app.domain.channels import ChannelLine, ChannelOrder, ChannelStatus
from oms_app.domain.errors import Malformed
from oms_app.domain.imported import GUEST, ImportedCustomer, ImportedLine, ImportedOrder
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import tag
from oms_app.domain.payments import PaymentKind
from oms_app.domain.permissions import Actor
from oms_app.services import arriving_lines

PAST = {ChannelStatus.SHIPPED: Stage.SHIPPED, ChannelStatus.DELIVERED: Stage.DELIVERED}
"""What is over on the channel's side when we see it first, and the stage it has here."""


def is_past(link: Any, theirs: ChannelOrder) -> bool:
    """Whether an order that we see first was over before we had to do with it.

    What was sold since the channel was connected and left there in parcels meanwhile, leaves our shelves too.
    """
    return theirs.status in PAST and not (theirs.parcels and theirs.placed_at > link.changed_at)


def add(tx: Connection, actor: Actor, channel: Any, theirs: ChannelOrder) -> tuple[int, dict[str, int], list[str]]:
    """Write the order; returns (its id, our line by the channel's id of it, what of it is taken over and told).

    Raises Malformed for an order that cannot be taken.
    """
    kept = [line for line in theirs.lines if line.quantity > line.cancelled]
    called = arriving_lines.products_called(tx, channel.channel_id, [line.sku for line in kept])
    order, place = past(theirs, kept, called), catalogue.channel_by_id(tx, channel.channel_id)
    written = imports.write(tx, place, [order], actor=actor.name, source=actor.source, now=datetime.now(UTC))
    for _, why in written.refused:
        raise Malformed(f"{theirs.number}: {why}")
    number = order_rows.number_of(tx, channel.channel_id, theirs.external_id)
    found: Any = order_rows.find(tx, str(number))
    lines = order_rows.lines(tx, found.id)
    done = [f"payment:{each.external_id}" for each in theirs.payments]
    done += [f"parcel:{each.external_id}" for each in theirs.parcels]
    done += [f"refund:{each.external_id}" for each in theirs.refunds]
    done.append(told(TaskKind.ACKNOWLEDGE, found.id))
    done += [told(TaskKind.FULFIL, box.id) for box, _ in tasks.shipped(tx, [found.id]).get(found.id, ())]
    done += [told(TaskKind.REFUND, each.id) for each in tasks.refunds(tx, [found.id]).get(found.id, ())]
    return found.id, {line.external_id: row.id for line, row in zip(kept, lines, strict=True)}, done


def past(theirs: ChannelOrder, kept: Sequence[ChannelLine], called: Mapping[str, Any]) -> ImportedOrder:
    """Their order as history; `called` are our products by what they call them.

    Its total is what its lines come to: where the channel has another one, the reconciliation says so.
    """
    stage, sent = PAST[theirs.status], [parcel.at for parcel in theirs.parcels]
    delivered = [parcel.delivered_at for parcel in theirs.parcels if parcel.delivered_at]
    lines = tuple(_line(line, called.get(line.sku), theirs.currency) for line in kept)
    captured = [each for each in theirs.payments if each.kind is PaymentKind.CAPTURE]
    parcel = theirs.parcels[-1] if theirs.parcels else None
    shipped_at = max(sent, default=theirs.updated_at)
    delivered_at = max(delivered, default=theirs.updated_at) if stage is Stage.DELIVERED else None
    buyer, to, refunded = theirs.customer, theirs.ship_to, sum(each.amount for each in theirs.refunds)
    return ImportedOrder(
        external_id=theirs.external_id,
        number=theirs.number,
        placed_at=theirs.placed_at,
        stage=stage,
        stage_at=delivered_at or shipped_at,
        currency=theirs.currency,
        lines=lines,
        rows=(),
        ship_by=theirs.ship_by,
        shipped_at=shipped_at,
        delivered_at=delivered_at,
        customer=ImportedCustomer("", buyer.name or buyer.email or GUEST, buyer.email, buyer.phone),
        ship_to=to if any((to.line1, to.city, to.postal_code)) else None,
        bill_to=theirs.bill_to,
        gstin=theirs.gstin,
        discount=theirs.discount,
        shipping=theirs.shipping,
        total=max(sum(line.total for line in lines) - theirs.discount, 0) + theirs.shipping,
        captured=max(sum(each.amount for each in captured), refunded),
        refunded=refunded,
        payment_method=theirs.payment_method,
        paid_by=captured[0].method if captured else "other",
        payment_reference=captured[0].external_id[:100] if captured else "",
        paid_at=captured[0].at if captured else theirs.placed_at,
        note=theirs.note,
        tags=tuple(tag(word) for word in theirs.tags),
        cancel_reason="",
        courier=parcel.courier if parcel else "",
        awb=parcel.tracking if parcel else "",
        tax_included=all(line.tax_included for line in theirs.lines),
    )


def _line(line: ChannelLine, product: Any | None, currency: str) -> ImportedLine:
    units, each = getattr(product, "units", 1), line.quantity - line.cancelled
    added = 0 if line.tax_included else line.tax
    return ImportedLine(
        sku=product.sku if product is not None else line.sku or line.external_id,
        name=line.name or (product.name if product is not None else line.sku),
        quantity=each * units,
        unit_price_micros=line.unit_price_micros // units,
        discount=line.discount,
        total=money.line_total(line.unit_price_micros, each, currency) - line.discount + added,
        tax_added=added,
        charge=False,
    )
