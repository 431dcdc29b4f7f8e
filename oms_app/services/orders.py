"""Reading one order: what the actor may see of it, whole."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import accounts, catalogue
from oms_app.db.queries import order_parts as parts
from oms_app.db.queries import orders as rows
from oms_app.domain import kits, lifecycle, money, pickups, privacy, sla
from oms_app.domain.errors import NotFound
from oms_app.domain.lifecycle import Facts, MoveDetails, Stage
from oms_app.domain.orders import (
    AddressView,
    CustomerView,
    HoldView,
    LineView,
    NextMove,
    NoteView,
    OrderPage,
    OrderView,
    ParcelView,
    PaymentMethod,
    PaymentView,
    balance,
)
from oms_app.domain.parcels import WAITING
from oms_app.domain.permissions import TO_ENTER, Actor, Permission
from oms_app.domain.priorities import read_score
from oms_app.domain.validation import Check
from oms_app.services import pickups as today
from oms_app.services import search

_WITH_PARCELS = {Stage.PACKED, Stage.SHIPPED, Stage.DELIVERED}
_ANSWERED = MoveDetails(reason="-", weight_g=1, courier="-", awb="-")


def get(actor: Actor, number: str, *, history: bool = True) -> OrderView:
    """The order with our number. Raises NotFound, also where it is not the actor's to see.

    history  whether the customer comes with what they bought so far
    """
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return load(tx, actor, visible(tx, actor, number), history=history)


def page(actor: Actor, q: str = "", *, limit: int = 50, cursor: str = "", sort: str = "") -> OrderPage:
    """A page of the orders that match a search, whole; newest placed first unless `sort` says otherwise.

    Raises Malformed for a sort or a cursor that is not one of ours.
    """
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        ids, next_cursor, hints = search.page_ids(tx, actor, q, limit=limit, cursor=cursor or None, sort=sort)
        found = rows.by_ids(tx, ids)
        return OrderPage(load_all(tx, actor, [found[order_id] for order_id in ids]), next_cursor, hints)


def currency_of(actor: Actor, number: str) -> str:
    """The currency an order's amounts are in. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return str(visible(tx, actor, number).currency)


def visible(tx: Connection, actor: Actor, number: str, *, lock: bool = False) -> Any:
    """The order row, if the actor may see it; raises NotFound."""
    row = rows.find(tx, number, lock=lock)
    if row is None or (actor.location_id is not None and row.location_id != actor.location_id):
        raise NotFound(f"There is no order {number}.", details={"number": number})
    return row


def owed_first(row: Any) -> str:
    """What must be paid before the order is picked, ready to read; empty where nothing must."""
    owed = balance(row.total, row.captured, row.refunded_excess)
    if owed <= 0 or row.on_account or row.payment_method == PaymentMethod.COD:
        return ""
    return money.show(owed, row.currency)


def next_moves(
    actor: Actor,
    stage: Stage,
    holds: tuple[str, ...],
    short: int = 0,
    kept: int = 0,
    owed: str = "",
    *,
    payment_settles: bool = False,
) -> tuple[NextMove, ...]:
    """Where this actor may send an order in `stage`: what a dialog asks, and what blocks it just now.

    short, kept  units that wait for stock, and that are there
    owed         what must be paid first              payment_settles  whether every hold waits for that payment
    """
    facts = Facts(holds, short, kept, owed, payment_settles, _ANSWERED)
    targets = [s for s in Stage if s in lifecycle.LIFECYCLE[stage].next and actor.may(TO_ENTER[s])]
    moves = []
    for target in targets:
        blocked = " ".join(f"{f.message} {f.fix}" for f in lifecycle.failing(stage, target, facts))
        due = lifecycle.pays(stage, target, facts) if actor.may(Permission.RECORD_PAYMENTS) else ""
        moves.append(NextMove(to=target, asks=lifecycle.asks(stage, target), blocked=blocked, pays=due))
    return tuple(moves)


def show(actor: Actor, row: Any) -> OrderView:
    """The order of a row that was just written, without what its buyer bought before."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return load(tx, actor, row, history=False)


def load(tx: Connection, actor: Actor, row: Any, *, history: bool = True) -> OrderView:
    """An order row with everything that hangs on it, masked where the actor may not see customers."""
    (view,) = load_all(tx, actor, [row])
    if history and view.customer:
        count, spent = parts.history(tx, view.customer.id, view.currency)
        return replace(view, customer=replace(view.customer, orders=count, spent=spent))
    return view


def load_all(tx: Connection, actor: Actor, found: Sequence[Any]) -> tuple[OrderView, ...]:
    """Order rows with everything that hangs on them, in a dozen statements however many they are."""
    ids = [row.id for row in found]
    channels = parts.channels(tx, (row.channel_id for row in found))
    places = {row.location_id for row in found} - {None}
    locations = catalogue.locations_by_id(tx, list(places)) if places else {}
    customers = parts.customers(tx, (row.customer_id for row in found))
    addresses = parts.addresses(tx, (each for row in found for each in (row.ship_to_id, row.bill_to_id)))
    lines, notes, tags = parts.lines(tx, ids), parts.notes(tx, ids), parts.tags(tx, ids)
    # What the row itself rules out is not asked for: most orders of a page have none of these.
    boxes = parts.parcels(tx, [row.id for row in found if row.parcels or row.stage in _WITH_PARCELS])
    payments = parts.payments(tx, [row.id for row in found if row.version > 1 or row.captured])
    holds = parts.open_holds(tx, [row.id for row in found if row.holds])
    workers = {row.assignee_id for row in found} - {None}
    people = accounts.emails(tx, workers) if workers else {}
    sees, now = actor.may(Permission.SEE_CUSTOMERS), datetime.now(UTC)
    outlooks = today.known(tx).outlooks(now)
    moves = cache(partial(next_moves, actor))  # few pairs of stage and holds, many orders

    def view(row: Any) -> OrderView:
        stage, channel = Stage(row.stage), channels[row.channel_id]
        customer = _customer(customers.get(row.customer_id))
        ship_to, bill_to = _address(addresses.get(row.ship_to_id)), _address(addresses.get(row.bill_to_id))
        if not sees:
            customer = customer and privacy.masked_customer(customer)
            ship_to, bill_to = (
                ship_to and privacy.masked_address(ship_to),
                bill_to and privacy.masked_address(bill_to),
            )
        held = holds.get(row.id, [])
        short = _short(row, lines.get(row.id, ()), boxes.get(row.id, ()))
        return OrderView(
            id=row.id,
            number=row.number,
            channel=channel.name,
            channel_title=channel.title,
            external_id=row.external_id,
            stage=stage,
            stage_at=row.stage_at,
            version=row.version,
            placed_at=row.placed_at,
            updated_at=row.updated_at,
            ship_by=row.ship_by,
            sla=sla.standing(stage, row.ship_by, row.shipped_at, now),
            shipped_at=row.shipped_at,
            delivered_at=row.delivered_at,
            priority=row.priority,
            score=read_score(row.priority_why),
            service=row.service,
            forecast=pickups.forecast(
                outlooks,
                stage,
                location_id=row.location_id,
                ship_by=row.ship_by,
                entered=row.stage_at,
                now=now,
            ),
            gstin=row.gstin,
            currency=row.currency,
            subtotal=row.subtotal,
            discount=row.discount,
            shipping=row.shipping,
            tax_added=row.tax_added,
            total=row.total,
            authorised=row.authorised,
            captured=row.captured,
            refunded=row.refunded,
            refunded_excess=row.refunded_excess,
            on_account=row.on_account,
            payment_method=row.payment_method,
            payment_status=row.payment_status,
            units=row.units,
            shortfall=row.shortfall,
            split=row.parcels,
            cancel_reason=row.cancel_reason,
            location=locations[row.location_id].code if row.location_id else "",
            demo=channel.demo,
            customer=customer,
            ship_to=ship_to,
            bill_to=bill_to,
            lines=tuple(_line(each) for each in lines.get(row.id, ())),
            parcels=tuple(_parcel(box, content) for box, content in boxes.get(row.id, ())),
            payments=tuple(
                PaymentView(p.id, p.kind, p.method, p.amount, p.reference, p.actor, p.at)
                for p in payments.get(row.id, ())
            ),
            holds=tuple(
                HoldView(h.id, h.kind, h.reason, h.until, h.opened_by, h.opened_at, h.code, h.fix) for h in held
            ),
            notes=tuple(NoteView(n.id, n.body, n.author, n.at) for n in notes.get(row.id, ())),
            tags=tuple(each.tag for each in tags.get(row.id, ())),
            next_moves=moves(
                stage,
                tuple(hold.kind for hold in held),
                *short,
                owed_first(row),
                payment_settles=all(hold.code == Check.PAYMENT for hold in held),
            ),
            assignee=people.get(row.assignee_id, ""),
            boost=row.boost,
            boost_reason=row.boost_reason,
        )

    return tuple(view(row) for row in found)


def _short(row: Any, lines: Sequence[Any], boxes: Sequence[tuple[Any, Any]]) -> tuple[int, int]:
    """(units that wait for stock, units that are there) of what the next move means."""
    if not row.shortfall:
        return 0, 0
    statuses = [box.status for box, _ in boxes] if row.parcels else []
    if not statuses or WAITING not in statuses:
        return row.shortfall, sum(line.allocated for line in lines)
    in_building = any(status in lifecycle.OPEN_STAGES for status in statuses)
    return (0, 0) if in_building else (row.shortfall, 0)


def _line(row: Any) -> LineView:
    return LineView(
        id=row.id,
        position=row.position,
        sku=row.sku,
        name=row.name,
        quantity=row.quantity,
        allocated=row.allocated,
        picked=row.picked,
        packed=row.packed,
        shipped=row.shipped,
        returned=row.returned,
        cancelled=row.cancelled,
        unit_price_micros=row.unit_price_micros,
        tax_included=row.tax_included,
        discount=row.discount,
        total=row.total,
        personalisation=tuple((row.personalisation or {}).items()),
        parts=kits.read(row.parts),
    )


def _parcel(box: Any, content: list[Any]) -> ParcelView:
    return ParcelView(
        id=box.id,
        status=box.status,
        weight_g=box.weight_g,
        courier=box.courier,
        awb=box.awb,
        lines=tuple((each.order_line_id, each.quantity) for each in content),
        packed_at=box.packed_at,
        shipped_at=box.shipped_at,
        delivered_at=box.delivered_at,
    )


def _address(row: Any | None) -> AddressView | None:
    if row is None:
        return None
    return AddressView(row.name, row.phone, row.line1, row.line2, row.city, row.state, row.postal_code, row.country)


def _customer(row: Any | None) -> CustomerView | None:
    return row and CustomerView(row.id, row.name, row.email, row.phone)
