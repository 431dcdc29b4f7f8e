"""Purchase orders: draft, send, acknowledge, receive, close; and what to order again."""

import base64
from datetime import date
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Amount, AmountIn, Body, Id, ListQuery, Moment, Name, Page, Required, Text, Word, at
from oms_app.api.lists import cut, only_sorted_by, read_id_cursor
from oms_app.api.lots import Code, Expires
from oms_app.api.lots import came as lot_came
from oms_app.domain import money
from oms_app.domain.errors import Malformed
from oms_app.domain.lots import Came as LotCame
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.purchasing import (
    MOST_LINES,
    MOST_UNITS,
    PurchaseLine,
    PurchaseRow,
    PurchaseState,
    PurchaseView,
    Wanted,
)
from oms_app.services import goods_receipts, purchase_sending, purchasing

endpoints = Endpoints("purchasing")
Version = Annotated[int, Field(ge=1, description="The version you read; a later one is refused with 409.")]
Units = Annotated[int, Field(ge=1, le=MOST_UNITS)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-12-01"])]
_STEP = (404, 409, 422)


class LineIn(Body):
    """Units of a product; without `cost` the supplier's price list says it."""

    sku: Annotated[Required, Field(max_length=100)]
    quantity: Units
    cost: AmountIn | None = None


class NewPurchaseOrder(Body):
    """What is ordered from whom, for which location."""

    supplier_id: Id
    location: Word
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=MOST_LINES)]
    note: Text = ""


class Send(Body):
    """How the supplier gets it: `email` (a letter with the document) or `hand` (you do it)."""

    version: Version
    by: Annotated[str, Field(pattern="^(email|hand)$")] = "email"


class Acknowledgement(Body):
    """What the supplier said: the promised day and its own number."""

    version: Version
    promised_on: Day
    reference: Word = ""


class Came(Body):
    """Units of a SKU, a barcode or the supplier's SKU."""

    code: Annotated[Required, Field(max_length=100)]
    quantity: Units
    lot: Code = ""
    expires: Expires = ""


class Receipt(Body):
    """Units that came. `receipt` names the delivery, as its delivery note does: each line of it is taken in once."""

    receipt: Annotated[Required, Field(max_length=100)]
    lines: Annotated[list[Came], Field(min_length=1, max_length=MOST_LINES)]
    reason: Text = ""


class Ending(Body):
    """The version you read, and why."""

    version: Version
    reason: Text = ""


class Line(TypedDict):
    """Units of a product; `gst_rate` in per cent, null where it is not known."""

    sku: str
    name: str
    supplier_sku: str
    quantity: int
    received: int
    pack_size: int
    cost: Amount
    gst_rate: str | None
    total: Amount


class Summary(TypedDict):
    """A purchase order in a list; `total` is without tax."""

    id: int
    number: str
    state: str
    supplier_id: int
    supplier: str
    location: str
    currency: str
    total: Amount
    tax: Amount
    units: int
    received: int
    expected_on: str | None
    promised_on: str | None
    created_by: str
    created_at: Moment
    version: int


class Order(Summary):
    """A purchase order with its lines; `allowed_to` names what can be done to it now."""

    note: str
    supplier_reference: str
    sent_at: Moment | None
    done_at: Moment | None
    allowed_to: list[str]
    lines: list[Line]


class Document(TypedDict):
    """A file, its content in base64."""

    file_name: str
    media_type: str
    content: str


@endpoints.get("/purchase-orders", P.SEE_STOCK)
def list_purchase_orders(actor: Actor, query: ListQuery) -> Page[Summary]:
    """Purchase orders, newest first; `q` is a state: draft, sent, acknowledged, part_received, received, …"""
    only_sorted_by(query, "-id")
    states = [query.q] if query.q else []
    if query.q and query.q not in tuple(PurchaseState):
        raise Malformed(f"A purchase order is one of {', '.join(PurchaseState)}.", details={"field": "q"})
    before = read_id_cursor(query.cursor) or None
    found = purchasing.page(actor, states=states, before=before, limit=query.limit + 1)
    return cut([_summary(row) for row in found], query.limit, lambda row: row["id"])


@endpoints.get("/purchase-orders/{purchase_number}", P.SEE_STOCK, refusals=(404,))
def get_purchase_order(actor: Actor, purchase_number: Name) -> Order:
    """One purchase order."""
    return _order(purchasing.get(actor, purchase_number))


@endpoints.get("/purchase-orders/{purchase_number}/document", P.SEE_STOCK, refusals=(404,))
def get_purchase_document(actor: Actor, purchase_number: Name) -> Document:
    """The purchase order as PDF: as it was sent by e-mail, else as it stands."""
    name, content = purchase_sending.document(actor, purchase_number)
    return {"file_name": name, "media_type": "application/pdf", "content": base64.b64encode(content).decode()}


@endpoints.post("/purchase-orders", P.PURCHASE, location="/purchase-orders/{number}")
def draft_purchase_order(actor: Actor, body: NewPurchaseOrder) -> Order:
    """Draft a purchase order: whole packs, not below the supplier's smallest order. Nobody is told yet."""
    lines = [
        Wanted(line.sku, line.quantity, None if line.cost is None else money.to_micros(line.cost))
        for line in body.lines
    ]
    return _order(purchasing.draft(actor, body.supplier_id, body.location, lines, note=body.note))


@endpoints.post("/purchase-orders/{purchase_number}/send", P.PURCHASE, status=200, refusals=_STEP)
def send_purchase_order(actor: Actor, purchase_number: Name, body: Send) -> Order:
    """Send it: its units are incoming from now on. Sent again, it is a second copy."""
    send = purchase_sending.by_email if body.by == "email" else purchase_sending.hand_over
    return _order(send(actor, purchase_number, version=body.version))


@endpoints.post("/purchase-orders/{purchase_number}/acknowledge", P.PURCHASE, status=200, refusals=_STEP)
def acknowledge_purchase_order(actor: Actor, purchase_number: Name, body: Acknowledgement) -> Order:
    """The supplier promised a day, for the first time or another one."""
    promised, number = _day(body.promised_on), purchase_number
    return _order(purchasing.acknowledge(actor, number, promised, reference=body.reference, version=body.version))


@endpoints.post("/purchase-orders/{purchase_number}/receipts", P.RECEIVE_GOODS, status=200, refusals=_STEP)
def receive_purchase_order(actor: Actor, purchase_number: Name, body: Receipt) -> Order:
    """Units came: they are on hand and serve who waits. More than ordered needs a reason."""
    came: dict[str, int] = {}
    lots: dict[str, list[tuple[LotCame, int]]] = {}
    for line in body.lines:
        came[line.code] = came.get(line.code, 0) + line.quantity
        if line.lot:
            lots.setdefault(line.code, []).append((lot_came(line.lot, line.expires), line.quantity))
    receipt, reason = body.receipt, body.reason
    return _order(goods_receipts.receive(actor, purchase_number, came, receipt=receipt, reason=reason, lots=lots))


@endpoints.post("/purchase-orders/{purchase_number}/close", P.PURCHASE, status=200, refusals=_STEP)
def close_purchase_order(actor: Actor, purchase_number: Name, body: Ending) -> Order:
    """Nothing more is awaited; where units never came, a reason says why."""
    return _order(purchasing.close(actor, purchase_number, reason=body.reason, version=body.version))


@endpoints.post("/purchase-orders/{purchase_number}/cancel", P.PURCHASE, status=200, refusals=_STEP)
def cancel_purchase_order(actor: Actor, purchase_number: Name, body: Ending) -> Order:
    """Drop an order of which nothing came."""
    return _order(purchasing.cancel(actor, purchase_number, reason=body.reason, version=body.version))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"“{text}” is no day; write it like 2026-12-01.", details={"field": "promised_on"}) from None


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _summary(row: PurchaseRow) -> Summary:
    return {
        "id": row.id,
        "number": row.number,
        "state": row.state,
        "supplier_id": row.supplier_id,
        "supplier": row.supplier,
        "location": row.location,
        "currency": row.currency,
        "total": money.to_major(row.total, row.currency),
        "tax": money.to_major(row.tax, row.currency),
        "units": row.units,
        "received": row.received,
        "expected_on": _iso(row.expected_on),
        "promised_on": _iso(row.promised_on),
        "created_by": row.created_by,
        "created_at": at(row.created_at),
        "version": row.version,
    }


def _line(line: PurchaseLine, currency: str) -> Line:
    return {
        "sku": line.sku,
        "name": line.name,
        "supplier_sku": line.supplier_sku,
        "quantity": line.quantity,
        "received": line.received,
        "pack_size": line.pack_size,
        "cost": money.micros_to_major(line.cost_micros, currency),
        "gst_rate": None if line.gst_rate is None else f"{line.gst_rate.normalize():f}",
        "total": money.to_major(line.total(currency), currency),
    }


def _order(view: PurchaseView) -> Order:
    return {
        **_summary(view.row),
        "note": view.note,
        "supplier_reference": view.supplier_reference,
        "sent_at": at(view.sent_at),
        "done_at": at(view.done_at),
        "allowed_to": [str(act) for act in view.may],
        "lines": [_line(line, view.row.currency) for line in view.lines],
    }
