"""Changes of orders as JSON, and what requests for them say."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.fields import Amount, AmountIn, Body, Id, Moment, Required, Text, at, minor
from oms_app.api.order_bodies import AddressIn, Sku, Version, address
from oms_app.domain import money
from oms_app.domain.changes import (
    ChangeRecord,
    ChangeView,
    Edit,
    LineDifference,
    LineEdit,
    RefundDraft,
    Sums,
)

DryRun = Annotated[bool, Field(description="Only say what would happen; nothing is kept.")]
Units = Annotated[int, Field(ge=0, le=1_000_000)]


class RefundIn(Body):
    """Money that goes back with the change: all that is due unless `amount` says less."""

    method: Literal["upi", "card", "cash", "bank", "wallet", "other"]
    amount: AmountIn | None = None
    reference: Text = ""


class LineChange(Body):
    """What becomes of a line (`line_id`), or an article to add (`sku`). What is left out stays as it is."""

    line_id: Id | None = None
    sku: Sku | None = None
    quantity: Annotated[Units | None, Field(description="Units ordered from then on; 0 takes the line off.")] = None
    price: Annotated[AmountIn | None, Field(description="Of one unit; up to 6 decimals.")] = None
    discount: Annotated[AmountIn | None, Field(description="Off the whole line.")] = None


class NewChange(Body):
    """What is to be changed. Lines that are not named stay."""

    version: Version
    lines: Annotated[list[LineChange], Field(max_length=1_000)] = []
    discount: Annotated[AmountIn | None, Field(description="Off the whole order; spread over its lines.")] = None
    shipping: AmountIn | None = None
    shipping_address: AddressIn | None = None
    service: Annotated[str | None, Field(max_length=40, description="Another service; its ship-by follows.")] = None
    reason: Text = ""
    refund: RefundIn | None = None
    dry_run: DryRun = False


class CancelledLine(Body):
    """Units of a line that are cancelled."""

    line_id: Id
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]


class Cancel(Body):
    """Why an order is cancelled; `lines`: only so many units of these."""

    reason: Required
    version: Version
    lines: Annotated[list[CancelledLine], Field(max_length=1_000)] = []
    refund: RefundIn | None = None


class CancelPreview(Body):
    """What a cancellation would be of."""

    version: Version
    lines: Annotated[list[CancelledLine], Field(max_length=1_000)] = []
    refund: RefundIn | None = None


class NewRefund(Body):
    """Money that goes back."""

    amount: AmountIn
    method: Literal["upi", "card", "cash", "bank", "wallet", "other"] = "other"
    reference: Text = ""
    reason: Required
    version: Version


class Bill(TypedDict):
    """The money of an order. `balance` above zero is still to be paid, below zero is to go back."""

    subtotal: Amount
    discount: Amount
    shipping: Amount
    tax: Annotated[Amount, Field(description="All tax in the total.")]
    total: Amount
    captured: Amount
    refunded: Amount
    balance: Amount
    payment_status: str
    units: int


class LineState(TypedDict):
    """A line on one side of a change."""

    units: int
    price: Amount
    discount: Amount
    total: Amount


class ChangedLine(TypedDict):
    """A line that a change touches."""

    sku: str
    name: str
    before: LineState
    after: LineState


class ChangedStock(TypedDict):
    """Units reserved (above zero) or freed (below) at a location; `location` is empty where they wait for stock."""

    sku: str
    location: str
    units: int


class Change(TypedDict):
    """A change with everything it brings about. `number` is null where nothing was kept (`dry_run`)."""

    order: str
    number: int | None
    version: Annotated[int, Field(description="Of the order after the change.")]
    currency: str
    before: Bill
    after: Bill
    lines: list[ChangedLine]
    stock: list[ChangedStock]
    effects: list[str]
    documents: list[str]
    refunded: Annotated[Amount, Field(description="What goes back with the change.")]
    refund_due: Annotated[Amount, Field(description="What is still to go back after it.")]
    balance_due: Annotated[Amount, Field(description="What is still to be paid after it.")]


class ChangedField(TypedDict):
    """A field on both sides of a change."""

    name: str
    before: str
    after: str


class Record(TypedDict):
    """A change that was made."""

    number: int
    kind: str
    actor: str
    source: str
    changed: list[ChangedField]
    total: Amount
    refunded: Amount
    reason: str
    at: Moment


class Versions(TypedDict):
    """What was changed on an order, newest first."""

    items: list[Record]


def edit(body: NewChange, currency: str) -> Edit:
    """The change as the services take it."""

    def amount(given: AmountIn | None, field: str) -> int | None:
        return None if given is None else minor(given, currency, field)

    return Edit(
        lines=tuple(
            LineEdit(
                line_id=line.line_id,
                sku=line.sku or "",
                quantity=line.quantity,
                unit_price_micros=None if line.price is None else money.to_micros(line.price),
                discount=amount(line.discount, f"lines.{index}.discount"),
            )
            for index, line in enumerate(body.lines)
        ),
        discount=amount(body.discount, "discount"),
        shipping=amount(body.shipping, "shipping"),
        ship_to=address(body.shipping_address) if body.shipping_address else None,
        service=body.service or None,
    )


def refund(given: RefundIn | None, currency: str) -> RefundDraft | None:
    """The refund as the services take it."""
    if given is None:
        return None
    amount = None if given.amount is None else minor(given.amount, currency, "refund.amount")
    return RefundDraft(given.method, amount, given.reference)


def units(given: list[CancelledLine]) -> dict[int, int]:
    """Units to cancel by line."""
    return {line.line_id: line.quantity for line in given}


def change(view: ChangeView, *, kept: bool) -> Change:
    """A change as JSON; `kept`: whether it was made."""

    def major(amount: int) -> str:
        return money.to_major(amount, view.currency)

    def state(place: int, line: LineDifference) -> LineState:
        units, price, discount, total = (
            getattr(line, name)[place] for name in ("units", "unit_price_micros", "discount", "total")
        )
        return {
            "units": units,
            "price": money.micros_to_major(price, view.currency),
            "discount": major(discount),
            "total": major(total),
        }

    return {
        "order": view.order,
        "number": view.number if kept else None,
        "version": view.version,
        "currency": view.currency,
        "before": _bill(view.before, view.currency),
        "after": _bill(view.after, view.currency),
        "lines": [
            {"sku": line.sku, "name": line.name, "before": state(0, line), "after": state(1, line)}
            for line in view.lines
        ],
        "stock": [{"sku": each.sku, "location": each.location, "units": each.units} for each in view.stock],
        "effects": list(view.effects),
        "documents": list(view.documents),
        "refunded": major(view.refund),
        "refund_due": major(view.refund_due),
        "balance_due": major(view.balance_due),
    }


def versions(found: tuple[ChangeRecord, ...]) -> Versions:
    """Changes that were made as JSON."""
    return {
        "items": [
            {
                "number": record.number,
                "kind": record.kind,
                "actor": record.actor,
                "source": record.source,
                "changed": [{"name": n, "before": b, "after": a} for n, b, a in record.changed],
                "total": money.to_major(record.total, record.currency),
                "refunded": money.to_major(record.refunded, record.currency),
                "reason": record.reason,
                "at": at(record.at),
            }
            for record in found
        ]
    }


def _bill(sums: Sums, currency: str) -> Bill:
    def major(amount: int) -> str:
        return money.to_major(amount, currency)

    return {
        "subtotal": major(sums.subtotal),
        "discount": major(sums.discount),
        "shipping": major(sums.shipping),
        "tax": major(sums.tax),
        "total": major(sums.total),
        "captured": major(sums.captured),
        "refunded": major(sums.refunded),
        "balance": major(sums.balance),
        "payment_status": sums.payment_status,
        "units": sums.units,
    }
