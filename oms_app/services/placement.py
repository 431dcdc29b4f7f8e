"""Placing an order: one transaction from the draft to reserved stock, with its event and its search row."""

import itertools
import os
import random
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from oms_app.db.engine import is_duplicate, reading, transaction
from oms_app.db.queries import catalogue, projections
from oms_app.db.queries import customers as customer_rows
from oms_app.db.queries import orders as rows
from oms_app.domain import clock, contact, money
from oms_app.domain.addresses import PostalAddress
from oms_app.domain.arriving import check_draft
from oms_app.domain.errors import Conflict, Malformed
from oms_app.domain.kits import is_stocked
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import (
    AddressDraft,
    OrderDraft,
    OrderView,
    PaymentMethod,
    check_total,
    order_total,
    payment_status,
    tag,
)
from oms_app.domain.payments import PaymentKind
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.rollups import LineSums
from oms_app.domain.search_document import Subject
from oms_app.domain.validation import Arrival, Finding, Line
from oms_app.services import allocation, arriving_lines, events, kits, orders, payments, pickups, priorities, validation
from oms_app.settings import get_settings

FIRST_NUMBER = 10_001
_BLOCK = 50
_TRIES = 5

_STRANGER = SimpleNamespace(id=None, phone="", email="")

_ties = itertools.count(random.SystemRandom().randrange(clock.TIE_SPAN))
_numbers: deque[str] = deque()
_numbers_lock = threading.Lock()


def take(actor: Actor, draft: OrderDraft) -> str:
    """Take an order: number it, price it, check it, reserve its stock (a shortfall is counted), record who sent it.

    Returns its number. Raises Malformed for a draft that cannot be taken, Conflict where the channel's order is here.
    """
    actor.require(Permission.CREATE_ORDERS)
    check_draft(draft)
    return str(written(actor, draft, insert).number)


def place(actor: Actor, draft: OrderDraft) -> OrderView:
    """Take an order, for somebody who looks at it then. Raises what `take` raises."""
    actor.require(Permission.CREATE_ORDERS)
    check_draft(draft)
    return orders.show(actor, written(actor, draft, insert))


def written(actor: Actor, draft: OrderDraft, write: Callable[..., Any]) -> Any:
    """The row of the order that `write(tx, actor, draft, number=…)` writes, again where a number was taken."""
    actor.require(Permission.CREATE_ORDERS)
    for attempt in range(1, _TRIES + 1):
        number = "" if get_settings().is_sqlite else _number_ahead()
        try:
            with transaction() as tx:
                return write(tx, actor, draft, number=number)
        except IntegrityError as error:
            # The channel's order is here already, which is final, or another writer took the number or the id first.
            if not is_duplicate(error):
                raise
            _refuse_known(draft)
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


def forget_numbers() -> None:
    """Drop the numbers taken ahead: for another database."""
    with _numbers_lock:
        _numbers.clear()


def _begin_anew() -> None:
    """In a forked process: what the parent took ahead stays the parent's."""
    global _ties, _numbers_lock
    _ties, _numbers_lock = itertools.count(random.SystemRandom().randrange(clock.TIE_SPAN)), threading.Lock()
    _numbers.clear()


os.register_at_fork(after_in_child=_begin_anew)


def insert(
    tx: Connection,
    actor: Actor,
    draft: OrderDraft,
    *,
    number: str = "",
    at: datetime | None = None,
    checked: bool = True,
    counter: Any | None = None,
    ours: bool = False,
) -> Any:
    """Write a checked draft inside the caller's transaction; returns the order row.

    number   one that was taken ahead; by default it is taken here
    at       when it arrived, for history        checked  whether what is wrong with it holds it; not for history
    ours     its lines are of an order that is here, by our own SKUs and not the channel's
    counter  the location whose stock is handed over there and then, to somebody who need not leave a name
    """
    channel = catalogue.channel_named(tx, draft.channel)
    if channel is None:
        known = ", ".join(row.name for row in catalogue.channels(tx))
        raise Malformed(f"There is no channel “{draft.channel}”. Known: {known}.", details={"field": "channel"})
    now, promised = at or datetime.now(UTC), pickups.known(tx)
    placed_at = min(draft.placed_at or now, now)
    find = arriving_lines.products_named if ours else arriving_lines.products_called
    called = find(tx, channel.id, [line.sku.strip() for line in draft.lines])
    lines = arriving_lines.rows(draft.lines, called, channel, draft.discount)
    products = {product.sku: product for product in called.values()}
    kits.take_apart(tx, lines, products.values())
    for row in lines:
        check_total(row["total"])
    total = order_total([row["total"] for row in lines], discount=draft.discount, shipping=draft.shipping)
    check_total(total)
    customer = _buyer(tx, channel, draft, now, known=counter is None)
    ship_to_id = _address(tx, customer.id, draft.ship_to, draft.customer.name)
    values: dict[str, Any] = {
        "id": clock.order_id(placed_at, next(_ties)),
        "number": number or _take_numbers(tx, 1)[0],
        "channel_id": channel.id,
        "external_id": draft.external_id,
        "stage": Stage.PLACED,
        "stage_at": now,
        "version": 1,
        "placed_at": placed_at,
        "updated_at": now,
        "customer_id": customer.id,
        "customer_name": draft.customer.name.strip(),
        "city": draft.ship_to.city.strip(),
        "state": draft.ship_to.state.strip(),
        "postal_code": draft.ship_to.postal_code.strip(),
        "country": draft.ship_to.country,
        "gstin": draft.gstin.strip().upper(),
        "ship_to_id": ship_to_id,
        "bill_to_id": _address(tx, customer.id, draft.bill_to, draft.customer.name) if draft.bill_to else ship_to_id,
        "currency": channel.currency,
        "subtotal": sum(row["total"] for row in lines),
        "discount": draft.discount,
        "shipping": draft.shipping,
        "tax_added": sum(row.pop("tax_added") for row in lines),
        "total": total,
        "authorised": 0,
        "captured": (paid := total if draft.paid else 0),
        "on_account": not checked or not validation.asks_for_payment(tx),
        "payment_method": draft.payment_method,
        "payment_status": payment_status(total, paid, 0),
        "units": sum(row["quantity"] for row in lines),
        "service": promised.promises.service_of(channel.name, draft.service),
    }
    only = counter.id if counter is not None else None
    reserved = allocation.claim(tx, lines, products, channel=channel.name, to_pin=values["postal_code"], only=only)
    for row in lines:
        row["allocated"] = sum(take.units for take in reserved if take.key == row["position"])
    values["shortfall"] = allocation.shortfall(lines, products)
    values["location_id"] = allocation.main_location(reserved)
    values["ship_by"] = promised.ship_by(placed_at, channel.name, values["service"], values["location_id"])
    score = priorities.of_new(
        tx, values, repeat=bool(getattr(customer, "last_order", None)), tags=map(tag, draft.tags), now=now
    )
    values["priority"], values["priority_why"] = score.total, score.written()
    found: tuple[Finding, ...] = ()
    if checked:
        found = validation.examine(tx, _arrival(draft, values, lines, products), customer, placed_at)
    values["holds"] = len(found)
    order, line_ids = rows.add(tx, values, lines)
    allocation.keep(tx, values["id"], line_ids, reserved, now)
    if values["shortfall"]:
        allocation.queue_missing(tx, values, channel.name, lines, line_ids, products)
    for word in draft.tags:
        rows.add_tag(tx, values["id"], tag(word))
    if draft.note:
        rows.add_note(tx, values["id"], draft.note, actor.name, now)
    events.record(
        tx,
        actor,
        "placed",
        subject_id=values["id"],
        after={
            "stage": Stage.PLACED,
            "total": money.to_major(total, channel.currency),
            "currency": channel.currency,
            "units": values["units"],
            "shortfall": values["shortfall"],
        },
        at=now,
    )
    validation.hold(tx, order.id, found, now)
    if paid:
        payments.enter(
            tx,
            actor,
            order,
            PaymentKind.CAPTURE,
            was=payment_status(total, 0, 0),
            amount=paid,
            method=draft.paid_by,
            reference=draft.payment_reference,
            at=now,
        )
    sums = [LineSums(row["product_id"], row["quantity"], row["total"]) for row in lines]
    projections.order_placed(tx, order, sums, _subject(order, channel, customer, draft, lines, found))
    return order


def _refuse_known(draft: OrderDraft) -> None:
    """Raise Conflict where the channel's order is here. Asked for once the unique key says so: it nearly never is."""
    with reading() as tx:
        channel = catalogue.channel_named(tx, draft.channel)
        existing = rows.number_of(tx, channel.id, draft.external_id) if channel and draft.external_id else None
    if channel and existing:
        raise Conflict(
            f"Order {draft.external_id} of {channel.title} is here already, as {existing}.",
            details={"number": existing},
        )


def _subject(
    order: Any, channel: Any, customer: Any, draft: OrderDraft, lines: list[dict[str, Any]], found: tuple[Finding, ...]
) -> Subject:
    """The order as the text index sees it; what it says must be what db/queries/search_subjects.py would read."""
    return Subject(
        id=order.id,
        number=order.number,
        channel=channel.name,
        external_id=order.external_id,
        stage=order.stage,
        customer_name=order.customer_name,
        city=order.city,
        state=order.state,
        postal_code=order.postal_code,
        country=order.country,
        gstin=order.gstin,
        location_id=order.location_id,
        assignee_id=order.assignee_id,
        priority=order.priority,
        currency=order.currency,
        total=order.total,
        payment_method=order.payment_method,
        payment_status=order.payment_status,
        shortfall=order.shortfall,
        holds=[each.kind for each in found] or None,
        ship_by=clock.to_ms(order.ship_by),
        shipped_at=None,
        lines=[(row["sku"], row["name"]) for row in lines],
        parcels=None,
        tags=[tag(word) for word in draft.tags],
        notes=[draft.note] if draft.note else None,
        recipient=draft.ship_to.name or draft.customer.name,
        phones=(customer.phone, contact.e164(draft.ship_to.phone, draft.ship_to.country)),
        email=customer.email,
    )


def _arrival(
    draft: OrderDraft, values: dict[str, Any], lines: list[dict[str, Any]], products: dict[str, Any]
) -> Arrival:
    """The order as the checks see it."""
    given, total = draft.ship_to, values["total"]
    return Arrival(
        lines=[
            Line(
                row["sku"],
                row["quantity"],
                known=row["product_id"] is not None,
                goods=row["product_id"] is not None and is_stocked(products[row["sku"]].kind),
            )
            for row in lines
        ],
        ship_to=PostalAddress(
            f"{given.line1} {given.line2}", given.city, given.state, given.postal_code, given.country
        ),
        phone=(given.phone or draft.customer.phone).strip(),
        email=draft.customer.email.strip(),
        total=total if values["currency"] == get_settings().currency else None,
        owed=total,
        captured=total if draft.paid else 0,
        cod=draft.payment_method is PaymentMethod.COD,
    )


def _buyer(tx: Connection, channel: Any, draft: OrderDraft, at: datetime, *, known: bool) -> Any:
    """Who buys; nobody, where they left neither phone nor e-mail and need not."""
    buyer = draft.customer
    if not (known or buyer.email or buyer.phone):
        return _STRANGER
    return customer_rows.find_or_add(
        tx,
        channel=channel,
        external_id=buyer.external_id,
        name=buyer.name.strip(),
        email=contact.email_key(buyer.email),
        phone=contact.e164(buyer.phone, draft.ship_to.country),
        gstin=draft.gstin,
        at=at,
    )


def _address(tx: Connection, customer_id: int | None, given: AddressDraft, name: str) -> int:
    return customer_rows.add_address(
        tx,
        customer_id=customer_id,
        name=given.name or name,
        phone=contact.e164(given.phone, given.country),
        line1=given.line1,
        line2=given.line2,
        city=given.city.strip(),
        state=given.state.strip(),
        postal_code=given.postal_code.strip(),
        country=given.country,
    )


def _number_ahead() -> str:
    """An order number nobody has, from a block taken outside the order's transaction.

    On PostgreSQL the row of the series stays locked until the commit, and writers would queue for it. On SQLite they
    are alone anyway, so that there the number is taken inside.
    """
    with _numbers_lock:
        if not _numbers:
            with transaction(apart=True) as tx:
                taken = _take_numbers(tx, _BLOCK)
            _numbers.extend(taken)
        return _numbers.popleft()


def _take_numbers(tx: Connection, size: int) -> list[str]:
    """Numbers that no order has, about `size` of them and at least one; an import may have used any."""
    while True:
        first = rows.take_numbers(tx, "order", FIRST_NUMBER, size)
        block = [str(number) for number in range(first, first + size)]
        used = rows.existing_numbers(tx, block)
        if free := [number for number in block if number not in used]:
            return free
        size = min(size * 4, 10_000)
