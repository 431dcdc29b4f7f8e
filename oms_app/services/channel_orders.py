"""Taking over what a channel says of an order: placing it, following what is paid, changed, sent and cancelled there.

Each thing is taken over once, known by the channel's own id. What the order's stage does not allow any more holds the
order, or is noted where nothing can be held: somebody decides.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import is_sqlite
from oms_app.db.queries import channel_levels as levels
from oms_app.db.queries import channel_tasks as tasks
from oms_app.db.queries import intake as rows
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import related, sku_map, stock
from oms_app.domain.arriving import check_draft
from oms_app.domain.changes import Edit, LineEdit, RefundDraft
from oms_app.domain.channel_tasks import TaskKind, told
from oms_app.domain.channels import (
    ChannelOrder,
    ChannelParcel,
    ChannelPayment,
    ChannelRefund,
    ChannelReturn,
    ChannelStatus,
)
from oms_app.domain.errors import OmsError, Refused
from oms_app.domain.holds import HoldKind
from oms_app.domain.lifecycle import OPEN_STAGES, MoveDetails, Stage
from oms_app.domain.orders import LineDraft, OrderDraft
from oms_app.domain.payments import Method, PaymentKind
from oms_app.domain.permissions import Actor
from oms_app.services import (
    arriving_lines,
    cancellation,
    changes,
    channel_history,
    channel_parcels,
    holds,
    kits,
    moves,
    notes,
    payments,
    pickups,
    placement,
    refunds,
)

_NOT_OURS = (ChannelStatus.PENDING, ChannelStatus.CANCELLED)
_ON_CHANNEL = "Changed on the channel"


@dataclass
class _Seen:
    """What was taken over already.

    lines    our line by the channel's id of it          done     what happens once: "payment:…", "refund:…", and
                                                                  what it need not be told: "told:fulfil:…"
    units    a mark of the lines as they were last seen  address  the same of where it goes
    skus     what the channel calls the article of a line, by its id of the line, where we call it otherwise
    """

    lines: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    units: str = ""
    address: str = ""
    skus: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Difference:
    """Something the channel has and we have not: `said` tells a person who has to decide, `act` takes it over."""

    said: str
    act: Callable[[], object]
    seen: Callable[[], object]


def take_over(tx: Connection, actor: Actor, channel: Any, theirs: ChannelOrder, known: Any | None) -> int | None:
    """Bring our order in line with theirs; returns its id, None where it is not to be taken yet, or never.

    known  the row of `channel_order`, if there is one; who calls has seen to it that it is not newer
    Raises Malformed for an order that cannot be taken.
    """
    seen = _Seen(**known.seen) if known is not None else _Seen()
    order_id = known.order_id if known is not None else None
    if order_id is None and channel_history.is_past(channel, theirs):
        order_id, seen.lines, seen.done = channel_history.add(tx, actor, channel, theirs)
        seen.units, seen.address = _units(theirs), _address(theirs)
    elif order_id is None and theirs.status not in _NOT_OURS:
        order_id = _place(tx, actor, channel, theirs, seen)
    if order_id is not None:
        if _puts_back(theirs, seen):
            levels.tell_again(tx, channel.channel_id, order_id, datetime.now(UTC))
        for difference in _differences(tx, actor, channel, order_id, theirs, seen):
            _settle(tx, actor, order_id, difference)
    rows.put_order(
        tx,
        channel.channel_id,
        theirs.external_id,
        order_id=order_id,
        number=theirs.number,
        status=theirs.status,
        total=theirs.total,
        refunded=sum(refund.amount for refund in theirs.refunds),
        updated_at=theirs.updated_at,
        seen=asdict(seen),
    )
    return order_id


def lock(tx: Connection, channel: Any, theirs: Sequence[ChannelOrder], known: Mapping[str, Any]) -> None:
    """Lock all that these orders touch, the way every writer does: orders before levels. SQLite has one writer."""
    if is_sqlite(tx):
        return
    ids = [row.order_id for row in known.values() if row.order_id is not None]
    order_rows.lock(tx, ids)
    skus = {(line.sku or line.external_id).strip() for each in theirs for line in each.lines}
    called = list(arriving_lines.products_called(tx, channel.channel_id, skus).values())
    parts = {part.product_id for content in kits.parts_of(tx, called).values() for part in content}
    stock.lock(tx, {product.id for product in called} | parts | stock.products_kept_for(tx, ids))


def draft_of(channel: str, theirs: ChannelOrder) -> OrderDraft:
    """Their order as one of ours on its way in. What was cancelled of it already is left out."""
    captured = [each for each in theirs.payments if each.kind is PaymentKind.CAPTURE]
    paid = bool(captured) and sum(each.amount for each in captured) >= theirs.total
    return OrderDraft(
        channel=channel,
        customer=theirs.customer,
        lines=tuple(
            LineDraft(
                sku=line.sku or line.external_id,
                quantity=line.quantity - line.cancelled,
                unit_price_micros=line.unit_price_micros,
                tax_included=line.tax_included,
                discount=line.discount,
                name=line.name,
                personalisation=line.personalisation,
            )
            for line in theirs.lines
            if line.quantity > line.cancelled
        ),
        ship_to=theirs.ship_to,
        bill_to=theirs.bill_to,
        external_id=theirs.external_id,
        placed_at=theirs.placed_at,
        gstin=theirs.gstin,
        payment_method=theirs.payment_method,
        paid=paid,
        paid_by=captured[0].method if paid else "other",
        payment_reference=captured[0].external_id[:100] if paid else "",
        shipping=theirs.shipping,
        discount=theirs.discount,
        note=theirs.note,
        tags=theirs.tags,
    )


def _place(tx: Connection, actor: Actor, channel: Any, theirs: ChannelOrder, seen: _Seen) -> int:
    service = pickups.known(tx).promises.meant(theirs.service)
    draft = replace(draft_of(channel.name, theirs), service=service)
    check_draft(draft)
    order = placement.insert(tx, actor, draft)
    kept = [line for line in theirs.lines if line.quantity > line.cancelled]
    ours = order_rows.lines(tx, order.id)
    seen.lines = {line.external_id: row.id for line, row in zip(kept, ours, strict=True)}
    seen.skus = {
        line.external_id: line.sku
        for line, row in zip(kept, ours, strict=True)
        if row.product_id is None or (row.sku, row.quantity) != (line.sku, line.quantity - line.cancelled)
    }
    seen.units, seen.address = _units(theirs), _address(theirs)
    if draft.paid:
        seen.done += [f"payment:{each.external_id}" for each in theirs.payments]
    return int(order.id)


def _differences(
    tx: Connection, actor: Actor, channel: Any, order_id: int, theirs: ChannelOrder, seen: _Seen
) -> Iterator[_Difference]:
    """What is new since the last time, each found on the order as the one before left it."""

    def once(name: str, said: str, act: Callable[[Any], object]) -> Iterator[_Difference]:
        if name not in seen.done:
            yield _Difference(said, lambda: act(order_rows.by_id(tx, order_id)), lambda: seen.done.append(name))

    packs = sku_map.packs(tx, channel.channel_id, seen.skus)

    for paid in theirs.payments:
        yield from once(
            f"payment:{paid.external_id}",
            f"A payment ({paid.kind}) was not recorded",
            partial(_pay, actor, paid),
        )
    if theirs.status is not ChannelStatus.CANCELLED:
        if _units(theirs) != seen.units:
            yield _Difference(
                "Its lines were changed there",
                lambda: _rewrite(tx, actor, order_rows.by_id(tx, order_id), theirs, seen, packs),
                lambda: setattr(seen, "units", _units(theirs)),
            )
        if _address(theirs) != seen.address:
            yield _Difference(
                "Its address was changed there",
                lambda: _send_elsewhere(actor, order_rows.by_id(tx, order_id), theirs),
                lambda: setattr(seen, "address", _address(theirs)),
            )
    for parcel in theirs.parcels:
        yield from once(
            f"parcel:{parcel.external_id}", "It was sent there, past us", partial(_sent, tx, actor, parcel, seen, packs)
        )
    if theirs.status is ChannelStatus.DELIVERED:
        yield from once("delivered", "It has arrived", partial(_arrived, actor))
    if theirs.status is ChannelStatus.CANCELLED:
        yield from once("cancelled", "It was cancelled there", partial(_cancel, tx, actor, theirs))
    for refund in theirs.refunds:
        yield from once(
            f"refund:{refund.external_id}", "Money was given back there", partial(_give_back, tx, actor, refund)
        )
    for back in theirs.returns:
        yield from once(
            f"return:{back.external_id}:{back.status}", "A return there", partial(_note_return, actor, theirs, back)
        )


def _puts_back(theirs: ChannelOrder, seen: _Seen) -> bool:
    """Whether the channel may have put units on its own shelves that we do not: they had left, or are lost."""
    if theirs.status is ChannelStatus.CANCELLED:
        return "cancelled" not in seen.done
    return _units(theirs) != seen.units


def _settle(tx: Connection, actor: Actor, order_id: int, difference: _Difference) -> None:
    """Take a difference over; where that is refused, somebody decides, once."""
    try:
        with tx.begin_nested():
            difference.act()
    except OmsError as refusal:
        order = order_rows.by_id(tx, order_id)
        said = f"{difference.said}: {refusal.message}"
        if (into := related.survivors(tx, {order_id: order}).get(order_id)) is not None:
            order, said = into, f"Order {order.number}, which came into this one. {said}"
        if Stage(order.stage) in OPEN_STAGES:
            holds.place(actor, order.number, kind=HoldKind.CUSTOMER, reason=said[:200])
        else:
            notes.add(actor, order.number, said)
    difference.seen()


def _pay(actor: Actor, paid: ChannelPayment, order: Any) -> None:
    method = paid.method if paid.method in set(Method) else Method.OTHER
    payments.record(
        actor, order.number, kind=paid.kind, amount=paid.amount, method=method, reference=paid.external_id[:100]
    )


def _rewrite(
    tx: Connection, actor: Actor, order: Any, theirs: ChannelOrder, seen: _Seen, packs: Mapping[str, int]
) -> None:
    there = {line.external_id: line.quantity - line.cancelled for line in theirs.lines}
    wanted = {name: units * packs.get(name, 1) for name, units in there.items()}
    ours = {row.id: row.quantity - row.cancelled for row in order_rows.lines(tx, order.id)}
    edits = [
        LineEdit(line_id, quantity=wanted.get(name, 0))
        for name, line_id in seen.lines.items()
        if wanted.get(name, 0) != ours.get(line_id)
    ]
    new = [line for line in theirs.lines if line.external_id not in seen.lines and wanted[line.external_id]]
    called = arriving_lines.products_called(tx, order.channel_id, [line.sku for line in new])
    for line in new:
        product = called.get(line.sku)
        pack = getattr(product, "units", 1)
        edits.append(
            LineEdit(
                sku=product.sku if product is not None else line.sku or line.external_id,
                quantity=there[line.external_id] * pack,
                unit_price_micros=line.unit_price_micros // pack,
                discount=line.discount,
            )
        )
        if product is not None and (product.sku, pack) != (line.sku, 1):
            seen.skus[line.external_id] = line.sku
    check_sums(tx, order, theirs)
    edit = Edit(tuple(edits), discount=theirs.discount, shipping=theirs.shipping)
    changes.apply(actor, order.number, edit, version=order.version, reason=_ON_CHANNEL)
    added = [row for row in order_rows.lines(tx, order.id) if row.id not in ours]
    seen.lines |= {line.external_id: row.id for line, row in zip(new, added, strict=True)}


def check_sums(tx: Connection, order: Any, theirs: ChannelOrder) -> None:
    """Raise Refused where giving an order their discount and shipping would take off what another brought into it."""
    if (order.discount, order.shipping) != (theirs.discount, theirs.shipping) and related.came_in(tx, [order.id]):
        raise Refused("another order came into it, with a discount or shipping of its own: change it here by hand.")


def _send_elsewhere(actor: Actor, order: Any, theirs: ChannelOrder) -> None:
    edit = Edit(ship_to=theirs.ship_to)
    changes.apply(actor, order.number, edit, version=order.version, reason=_ON_CHANNEL)


def _sent(
    tx: Connection, actor: Actor, parcel: ChannelParcel, seen: _Seen, packs: Mapping[str, int], order: Any
) -> None:
    into = related.survivors(tx, {order.id: order}).get(order.id)
    if into is not None and into.stage in OPEN_STAGES:
        raise Refused("its units are in this order, and have not left here: take out what has gone.")
    if unknown := [name for name, _ in parcel.units if name not in seen.lines]:
        raise Refused(f"{parcel.courier or 'A parcel'} {parcel.tracking} holds lines that are not ours: {unknown}.")
    units = {seen.lines[name]: count * packs.get(name, 1) for name, count in parcel.units} if parcel.units else None
    parcel_id = channel_parcels.follow(tx, actor, order.number, parcel, units)
    if parcel_id is not None:
        seen.done.append(told(TaskKind.FULFIL, parcel_id))


def _arrived(actor: Actor, order: Any) -> None:
    if order.stage == Stage.SHIPPED:
        details = MoveDetails(reason="Delivered, says the channel")
        moves.move(actor, order.number, Stage.DELIVERED, version=order.version, details=details)


def _cancel(tx: Connection, actor: Actor, theirs: ChannelOrder, order: Any) -> None:
    into = related.survivors(tx, {order.id: order}).get(order.id)
    if into is not None and into.stage != Stage.CANCELLED:
        raise Refused("what is not wanted any more is to be taken out of it.")
    if order.stage == Stage.CANCELLED:
        return
    if Stage(order.stage) not in OPEN_STAGES:
        raise Refused("it has left the building: expect it back.")
    reason = f"Cancelled on the channel: {theirs.cancel_reason}" if theirs.cancel_reason else "Cancelled on the channel"
    cancellation.cancel(actor, order.number, version=order.version, reason=reason[:200])


def _give_back(tx: Connection, actor: Actor, refund: ChannelRefund, order: Any) -> None:
    # It may be one that we asked the channel for, and be told of before its answer was.
    asked = [given["amount"] for given in tasks.unanswered(tx, order.id, TaskKind.REFUND)]
    named = refund.key and refund.key in {task.name for task in tasks.of_order(tx, order.id)}
    if refund.amount and not named and refund.amount not in asked:
        given = RefundDraft(Method.OTHER, refund.amount, reference=refund.external_id[:100])
        reason = refund.reason or "Refunded on the channel"
        refunds.give(tx, actor, order, given, reason=reason[:200], at=datetime.now(UTC))


def _note_return(actor: Actor, theirs: ChannelOrder, back: ChannelReturn, order: Any) -> None:
    """Have people see what the buyer sends back, and how the channel has it by now."""
    skus = {line.external_id: line.sku or line.name for line in theirs.lines}
    goods = ", ".join(f"{units} × {skus.get(name, name)}" for name, units in back.units)
    said = [f"Return {back.number or back.external_id} on the channel: {back.status}", goods, back.reason]
    notes.add(actor, order.number, ". ".join(filter(None, said))[: notes.MAX_NOTE])


def _units(theirs: ChannelOrder) -> str:
    lines = (f"{line.external_id}×{line.quantity - line.cancelled}" for line in theirs.lines)
    return _mark(f"{sorted(lines)} {theirs.discount} {theirs.shipping}")


def _address(theirs: ChannelOrder) -> str:
    return _mark(repr(theirs.ship_to))


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
