"""An order and its events as JSON."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.fields import Amount, Moment, at
from oms_app.domain import money
from oms_app.domain.kits import Part
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressView, CustomerView, EventView, LineView, OrderView, ParcelView, PaymentView
from oms_app.domain.pickups import Forecast


class Customer(TypedDict):
    """The buyer."""

    name: str
    email: str
    phone: str


class Address(TypedDict):
    """Where something goes. `country` is ISO 3166-1 alpha-2."""

    name: str
    phone: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str


class Addresses(TypedDict):
    """Where the parcel and the invoice go."""

    shipping: Address | None
    billing: Address | None


class KitPart(TypedDict):
    """A component: `units` of it make one of the kit."""

    sku: str
    name: str
    units: int


class Line(TypedDict):
    """One article: units by what became of them, money of the whole line."""

    id: int
    sku: str
    name: str
    ordered: int
    allocated: int
    picked: int
    packed: int
    shipped: int
    returned: int
    cancelled: int
    price: Amount
    tax_included: bool
    discount: Amount
    total: Amount
    personalisation: dict[str, str]
    parts: list[KitPart]


class ParcelLine(TypedDict):
    """Units of a line in a parcel."""

    line_id: int
    quantity: int


class Parcel(TypedDict):
    """A box."""

    id: int
    status: str
    weight_g: int
    courier: str
    awb: str
    lines: list[ParcelLine]
    packed_at: Moment | None
    shipped_at: Moment | None
    delivered_at: Moment | None


class Payment(TypedDict):
    """A recorded payment."""

    id: int
    kind: str
    method: str
    amount: Amount
    reference: str
    actor: str
    at: Moment


class Hold(TypedDict):
    """An open hold. `check` is the check that opened it, empty where somebody did; `fix` says what to do."""

    id: int
    kind: str
    check: str
    reason: str
    fix: str
    until: Moment | None
    opened_by: str
    opened_at: Moment


class Note(TypedDict):
    """An internal note."""

    id: int
    body: str
    author: str
    at: Moment


class PriorityPart(TypedDict):
    """A reason for the priority; the points add up to it."""

    reason: str
    points: int


class Pickup(TypedDict):
    """The courier an order must go with today, and whether it will be there.

    `chance` is will_miss or may_miss, null where it makes it, or where there is not enough history (`known`).
    """

    at: Moment
    known: bool
    chance: str | None


class Order(TypedDict):
    """The whole order. `allowed_to` are the stages this token may send it to now."""

    number: str
    channel: str
    external_id: str | None
    stage: Stage
    stage_at: Moment
    version: int
    allowed_to: list[Stage]
    holds: list[Hold]
    priority: int
    priority_why: list[PriorityPart]
    service: str
    pickup: Pickup | None
    placed_at: Moment
    updated_at: Moment
    ship_by: Moment | None
    sla: Annotated[str, Field(description="ok, due or late")]
    shipped_at: Moment | None
    delivered_at: Moment | None
    currency: str
    subtotal: Amount
    discount: Amount
    shipping: Amount
    tax_added: Amount
    total: Amount
    authorised: Amount
    captured: Amount
    refunded: Amount
    refundable: Amount
    on_account: Annotated[bool, Field(description="may go before it is paid")]
    payment_method: str
    payment_status: str
    customer: Customer | None
    addresses: Addresses
    gstin: str
    lines: list[Line]
    units: int
    shortfall: Annotated[int, Field(description="units that no location could keep")]
    location: str
    parcels: list[Parcel]
    payments: list[Payment]
    notes: list[Note]
    tags: list[str]
    assignee: str
    cancel_reason: str


class Event(TypedDict):
    """Something that happened to an order."""

    id: int
    kind: str
    actor: str
    source: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    at: Moment


def order(view: OrderView) -> Order:
    """An order as JSON."""

    def major(minor: int) -> str:
        return money.to_major(minor, view.currency)

    return {
        "number": view.number,
        "channel": view.channel,
        "external_id": view.external_id,
        "stage": view.stage,
        "stage_at": at(view.stage_at),
        "version": view.version,
        "allowed_to": [move.to for move in view.next_moves if not move.blocked],
        "holds": [
            {
                "id": hold.id,
                "kind": hold.kind,
                "check": hold.check,
                "reason": hold.reason,
                "fix": hold.fix,
                "until": at(hold.until),
                "opened_by": hold.opened_by,
                "opened_at": at(hold.opened_at),
            }
            for hold in view.holds
        ],
        "priority": view.priority,
        "priority_why": [{"reason": words, "points": points} for words, points in view.score.parts],
        "service": view.service,
        "pickup": pickup(view.forecast),
        "placed_at": at(view.placed_at),
        "updated_at": at(view.updated_at),
        "ship_by": at(view.ship_by),
        "sla": view.sla,
        "shipped_at": at(view.shipped_at),
        "delivered_at": at(view.delivered_at),
        "currency": view.currency,
        "subtotal": major(view.subtotal),
        "discount": major(view.discount),
        "shipping": major(view.shipping),
        "tax_added": major(view.tax_added),
        "total": major(view.total),
        "authorised": major(view.authorised),
        "captured": major(view.captured),
        "refunded": major(view.refunded),
        "refundable": major(view.refundable),
        "on_account": view.on_account,
        "payment_method": view.payment_method,
        "payment_status": view.payment_status,
        "customer": _customer(view.customer),
        "addresses": {"shipping": _address(view.ship_to), "billing": _address(view.bill_to)},
        "gstin": view.gstin,
        "lines": [_line(line, view.currency) for line in view.lines],
        "units": view.units,
        "shortfall": view.shortfall,
        "location": view.location,
        "parcels": [_parcel(parcel) for parcel in view.parcels],
        "payments": [_payment(payment, view.currency) for payment in view.payments],
        "notes": [{"id": n.id, "body": n.body, "author": n.author, "at": at(n.at)} for n in view.notes],
        "tags": list(view.tags),
        "assignee": view.assignee,
        "cancel_reason": view.cancel_reason,
    }


def event(view: EventView) -> Event:
    """An event as JSON."""
    return {
        "id": view.id,
        "kind": view.kind,
        "actor": view.actor,
        "source": view.source,
        "before": view.before,
        "after": view.after,
        "reason": view.reason,
        "at": at(view.at),
    }


def pickup(forecast: Forecast | None) -> Pickup | None:
    """A forecast as JSON."""
    if forecast is None:
        return None
    return {"at": at(forecast.at), "known": forecast.known, "chance": forecast.chance}


def _customer(view: CustomerView | None) -> Customer | None:
    return None if view is None else {"name": view.name, "email": view.email, "phone": view.phone}


def _address(view: AddressView | None) -> Address | None:
    if view is None:
        return None
    return {
        "name": view.name,
        "phone": view.phone,
        "line1": view.line1,
        "line2": view.line2,
        "city": view.city,
        "state": view.state,
        "postal_code": view.postal_code,
        "country": view.country,
    }


def kit_parts(parts: Iterable[Part]) -> list[KitPart]:
    """Components of a kit; none of what is no kit."""
    return [{"sku": part.sku, "name": part.name, "units": part.units} for part in parts]


def _line(view: LineView, currency: str) -> Line:
    return {
        "id": view.id,
        "sku": view.sku,
        "name": view.name,
        "ordered": view.quantity,
        "allocated": view.allocated,
        "picked": view.picked,
        "packed": view.packed,
        "shipped": view.shipped,
        "returned": view.returned,
        "cancelled": view.cancelled,
        "price": money.micros_to_major(view.unit_price_micros, currency),
        "tax_included": view.tax_included,
        "discount": money.to_major(view.discount, currency),
        "total": money.to_major(view.total, currency),
        "personalisation": dict(view.personalisation),
        "parts": kit_parts(view.parts),
    }


def _parcel(view: ParcelView) -> Parcel:
    return {
        "id": view.id,
        "status": view.status,
        "weight_g": view.weight_g,
        "courier": view.courier,
        "awb": view.awb,
        "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in view.lines],
        "packed_at": at(view.packed_at),
        "shipped_at": at(view.shipped_at),
        "delivered_at": at(view.delivered_at),
    }


def _payment(view: PaymentView, currency: str) -> Payment:
    return {
        "id": view.id,
        "kind": view.kind,
        "method": view.method,
        "amount": money.to_major(view.amount, currency),
        "reference": view.reference,
        "actor": view.actor,
        "at": at(view.at),
    }
