"""Drafts of orders: saved, priced, discarded, and placed like any other order."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import drafts as rows
from oms_app.domain import drafts, money
from oms_app.domain.drafts import Draft, DraftKind, DraftRow, DraftState, DraftView, Quote, QuoteLine
from oms_app.domain.errors import Conflict, NotFound, Refused
from oms_app.domain.orders import OrderView, order_total
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import arriving_lines, counter, events, kits, orders, placement, selling
from oms_app.services.lookups import units_at


def save(actor: Actor, draft: Draft, *, draft_id: int | None = None, version: int = 0) -> DraftView:
    """Write a draft down, or write it anew. Nothing is reserved. Raises Malformed, Conflict where it changed since."""
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.SEE_CUSTOMERS)
    drafts.check(draft)
    now = datetime.now(UTC)
    with transaction() as tx:
        sum_of = _quote(tx, selling.channel(tx, actor, draft.kind), draft)
        values: dict[str, Any] = {
            "kind": draft.kind,
            "content": drafts.written(draft),
            "customer_name": draft.order.customer.name.strip(),
            "units": sum(line.quantity for line in draft.order.lines),
            "total": sum_of.total,
            "currency": sum_of.currency,
            "updated_at": now,
        }
        if draft_id is None:
            draft_id = rows.add(tx, **values, state="open", created_by=actor.name, created_at=now)
            _said(tx, actor, "draft_saved", draft_id)
        else:
            _open(tx, draft_id, version)
            rows.change(tx, draft_id, **values)
        return _view(tx, draft_id)


def get(actor: Actor, draft_id: int) -> DraftView:
    """One draft. Raises NotFound."""
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.SEE_CUSTOMERS)
    with reading() as tx:
        return _view(tx, draft_id)


def page(actor: Actor, *, state: str = "open", before: int | None = None, limit: int = 50) -> tuple[DraftRow, ...]:
    """A keyset page of drafts, newest first; `before` is a draft id, no state means all."""
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.SEE_CUSTOMERS)
    with reading() as tx:
        return tuple(_row(row) for row in rows.page(tx, state=state, before=before, limit=limit))


def discard(actor: Actor, draft_id: int, *, version: int) -> DraftRow:
    """Drop a draft; it stays in the list of all. Raises Conflict where it changed since, or is placed."""
    actor.require(Permission.CREATE_ORDERS)
    with transaction() as tx:
        _open(tx, draft_id, version)
        rows.change(tx, draft_id, state=DraftState.DISCARDED, updated_at=datetime.now(UTC))
        _said(tx, actor, "draft_discarded", draft_id)
        return _row(rows.find(tx, draft_id))


def place(actor: Actor, draft_id: int, *, version: int) -> OrderView:
    """Place a draft like any order, or sell it over the counter. Sent twice it is placed once.

    Raises what placing raises; the draft then stays as it is.
    """
    actor.require(Permission.CREATE_ORDERS)
    with transaction() as tx:
        draft = drafts.read(_open(tx, draft_id, version).content)
        selling.channel(tx, actor, draft.kind)
    # The draft's number is unique on its channel: whoever places it at the same time, or again, is refused.
    order = replace(draft.order, channel=str(draft.kind), external_id=drafts.number(draft_id))
    try:
        if draft.kind is DraftKind.COUNTER:
            placed = counter.sell(actor, order, draft.location)
        else:
            placed = placement.place(actor, order)
    except Conflict as already:
        if "number" not in already.details:
            raise
        placed = orders.get(actor, already.details["number"], history=False)
    with transaction() as tx:
        rows.change(tx, draft_id, state=DraftState.PLACED, number=placed.number, updated_at=datetime.now(UTC))
        _said(tx, actor, "draft_placed", draft_id, number=placed.number)
    return placed


def currency_of(actor: Actor, kind: DraftKind) -> str:
    """The currency that staff sell in this way."""
    actor.require(Permission.CREATE_ORDERS)
    with reading() as tx:
        return str(selling.terms(tx, kind).currency)


def quote(actor: Actor, draft: Draft) -> Quote:
    """What a draft would cost and lack if it were placed now."""
    actor.require(Permission.CREATE_ORDERS)
    with reading() as tx:
        return _quote(tx, selling.terms(tx, draft.kind), draft)


def _quote(tx: Connection, channel: Any, draft: Draft) -> Quote:
    order, found = draft.order, []
    called = arriving_lines.products_called(tx, channel.id, [line.sku.strip() for line in order.lines])
    free = rows.available(tx, [each.id for each in called.values()]) | kits.free(tx, called.values())
    priced, problems = [], {}
    for index, line in enumerate(order.lines):
        product = called.get(line.sku.strip())
        if product is None or (line.unit_price_micros is None and product.currency != channel.currency):
            lacks = "No product has this SKU." if product is None else f"It has no price in {channel.currency}."
            problems[index] = lacks
            line = replace(line, unit_price_micros=line.unit_price_micros or 0)
        if line.discount > money.line_total(_price(line, product), line.quantity, channel.currency):
            problems[index] = "The discount is more than the line."
            line = replace(line, discount=0)
        priced.append(line)
    table = arriving_lines.rows(priced, called, channel, order.discount)
    for index, row in enumerate(table):
        units = units_at(free.get(row["product_id"], {}), draft.location)
        found.append(
            QuoteLine(
                row["sku"],
                row["name"],
                row["unit_price_micros"],
                row["tax_included"],
                row["total"],
                units,
                problems.get(index, ""),
            )
        )
    totals = [row["total"] for row in table]
    return Quote(
        currency=channel.currency,
        lines=tuple(found),
        subtotal=sum(totals),
        discount=order.discount,
        shipping=order.shipping,
        tax_added=sum(row["tax_added"] for row in table),
        total=order_total(totals, discount=order.discount, shipping=order.shipping),
    )


def _price(line: Any, product: Any | None) -> int:
    if line.unit_price_micros is not None:
        return int(line.unit_price_micros)
    return int(product.price_micros * getattr(product, "units", 1)) if product is not None else 0


def _open(tx: Connection, draft_id: int, version: int) -> Any:
    """A draft that nothing has become of yet, locked."""
    row = rows.find(tx, draft_id, lock=True)
    if row is None:
        raise NotFound(f"There is no draft {draft_id}.")
    if row.state == DraftState.PLACED:
        raise Conflict(f"This draft is placed already, as order {row.number}.", details={"number": row.number})
    if row.state != DraftState.OPEN:
        raise Refused("This draft was discarded.", code="discarded")
    if row.version != version:
        raise Conflict("Somebody changed this draft. Look at it again.", code="stale_version")
    return row


def _view(tx: Connection, draft_id: int) -> DraftView:
    row = rows.find(tx, draft_id)
    if row is None:
        raise NotFound(f"There is no draft {draft_id}.")
    return DraftView(_row(row), drafts.read(row.content))


def _row(row: Any) -> DraftRow:
    return DraftRow(
        id=row.id,
        kind=DraftKind(row.kind),
        state=DraftState(row.state),
        customer=row.customer_name,
        units=row.units,
        total=row.total,
        currency=row.currency,
        number=row.number,
        created_by=row.created_by,
        updated_at=row.updated_at,
        version=row.version,
    )


def _said(tx: Connection, actor: Actor, kind: str, draft_id: int, **after: Any) -> None:
    events.record(tx, actor, kind, subject="draft", subject_id=draft_id, after=after)
