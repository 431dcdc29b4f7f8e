"""What requests about orders say."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from oms_app.api.fields import COUNTRY, NO_NUL, AmountIn, Body, LongText, MomentIn, Required, Text, Word, minor
from oms_app.domain import money
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft, CustomerDraft, LineDraft, OrderDraft, PaymentMethod

Version = Annotated[int, Field(ge=1, lt=2**31, description="The version of the order you saw.")]
Sku = Annotated[Required, Field(max_length=100)]


Wish = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=NO_NUL, strip_whitespace=True)]


class CustomerIn(Body):
    """The buyer."""

    name: Required
    email: Text = ""
    phone: Word = ""


class AddressIn(Body):
    """Where something goes."""

    name: Text = ""
    phone: Word = ""
    line1: Required
    line2: Text = ""
    city: Required
    state: Word = ""
    postal_code: Word = ""
    country: Annotated[str, Field(pattern=COUNTRY, description="ISO 3166-1 alpha-2")] = "IN"


class PaymentIn(Body):
    """How the buyer pays, and whether they have."""

    method: Literal["prepaid", "cod"] = "prepaid"
    status: Literal["paid", "pending"] = "pending"
    by: Annotated[
        Literal["upi", "card", "cash", "bank", "wallet", "other"], Field(description="How it came, where it is paid.")
    ] = "other"
    reference: Text = ""


class LineIn(Body):
    """One article. Without a price the product's own is taken."""

    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]
    price: Annotated[AmountIn | None, Field(description="Of one unit; up to 6 decimals.")] = None
    tax_included: Annotated[
        bool | None, Field(description="Left out: as the product's own price, else as the channel's prices (they do).")
    ] = None
    discount: Annotated[AmountIn | None, Field(description="Off the whole line.")] = None
    personalisation: Annotated[
        dict[Wish, Text], Field(max_length=20, description="What the buyer wants on it: names and texts.")
    ] = {}


class NewOrder(Body):
    """An order as a channel sends it."""

    channel: Required
    external_id: Annotated[Required | None, Field(description="The channel's own number; once per channel.")] = None
    placed_at: MomentIn | None = None
    customer: CustomerIn
    shipping_address: AddressIn
    billing_address: Annotated[AddressIn | None, Field(description="Left out: the shipping address.")] = None
    gstin: Annotated[Word | None, Field(description="Of a buyer who is registered.")] = None
    payment: PaymentIn = PaymentIn()
    shipping: AmountIn | None = None
    discount: Annotated[AmountIn | None, Field(description="Off the whole order.")] = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=1_000)]
    note: LongText | None = None
    tags: Annotated[list[Word], Field(max_length=50)] = []
    service: Annotated[Word | None, Field(description="Service level; left out: that of the channel.")] = None


class NewPayment(Body):
    """A fact about money."""

    kind: Literal["capture", "authorise", "void"]
    amount: AmountIn
    method: Literal["upi", "card", "cash", "bank", "wallet", "other"]
    reference: Text = ""


class Move(Body):
    """Where an order goes. Entering some stages asks for more: packed a weight, shipped courier and AWB."""

    to: Stage
    version: Version
    reason: Text = ""
    weight_g: Annotated[int, Field(ge=0, le=10_000_000, description="Of the packed parcel, in grams.")] = 0
    courier: Word = ""
    awb: Annotated[Word, Field(description="The courier's tracking number.")] = ""


class NewHold(Body):
    """Why an order waits."""

    kind: Literal["address", "payment", "fraud", "stock", "sku", "cod", "duplicate", "customer", "manual"]
    reason: Required
    until: MomentIn | None = None


class NewNote(Body):
    """What to write on an order; never printed."""

    body: Annotated[LongText, Field(min_length=1)]


class NewTags(Body):
    """Words to put on an order: letters, digits, - and _, kept in lower case."""

    tags: Annotated[list[Word], Field(min_length=1, max_length=50)]


def draft(body: NewOrder, currency: str) -> OrderDraft:
    """The order as the services take it; amounts are read in the channel's currency."""
    return OrderDraft(
        channel=body.channel,
        external_id=body.external_id,
        placed_at=body.placed_at,
        customer=CustomerDraft(body.customer.name, body.customer.email, body.customer.phone),
        ship_to=address(body.shipping_address),
        bill_to=address(body.billing_address) if body.billing_address else None,
        gstin=body.gstin or "",
        payment_method=PaymentMethod(body.payment.method),
        paid=body.payment.status == "paid",
        paid_by=body.payment.by,
        payment_reference=body.payment.reference,
        shipping=minor(body.shipping, currency, "shipping") if body.shipping else 0,
        discount=minor(body.discount, currency, "discount") if body.discount else 0,
        lines=tuple(line(each, currency, index) for index, each in enumerate(body.lines)),
        note=body.note or "",
        tags=tuple(body.tags),
        service=body.service or "",
    )


def line(given: LineIn, currency: str, index: int) -> LineDraft:
    """A line as the services take it."""
    return LineDraft(
        sku=given.sku,
        quantity=given.quantity,
        unit_price_micros=None if given.price is None else money.to_micros(given.price),
        tax_included=given.tax_included,
        discount=minor(given.discount, currency, f"lines.{index}.discount") if given.discount else 0,
        personalisation=tuple(given.personalisation.items()),
    )


def address(given: AddressIn) -> AddressDraft:
    """An address as the services take it."""
    return AddressDraft(
        name=given.name,
        phone=given.phone,
        line1=given.line1,
        line2=given.line2,
        city=given.city,
        state=given.state,
        postal_code=given.postal_code,
        country=given.country,
    )
