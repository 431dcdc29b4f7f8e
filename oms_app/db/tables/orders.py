"""Orders and what hangs on them: lines, parcels, payments, holds, notes, tags."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, String, UniqueConstraint, desc, false
from sqlalchemy import text as text_clause
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import amount, document, instant, key, ref, text
from oms_app.db.types import BigId, JsonOrNull
from oms_app.domain.lifecycle import OPEN_STAGES

IN_THE_BUILDING = f"stage IN ({', '.join(repr(str(stage)) for stage in OPEN_STAGES)})"
"""Orders that the board ranks by priority. SQLite uses their index for a statement that says just this."""

_HERE = text_clause(IN_THE_BUILDING)


class Order(SQLModel, table=True):
    """An order. Its id is its placement time (domain/clock.py); what a card or a list shows stands here, unjoined.

    refunded_excess  of `refunded`, what went back because the order costs less than was paid
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("channel_id", "external_id"),
        Index("ix_orders_board", "stage", "ship_by", "id", "total", "currency"),
        Index(
            "ix_orders_column", "stage", desc("priority"), "ship_by", "id", sqlite_where=_HERE, postgresql_where=_HERE
        ),
        Index("ix_orders_channel", "channel_id", "id"),
        Index("ix_orders_customer", "customer_id", "id"),
        Index("ix_orders_stage", "stage", "id"),
        Index("ix_orders_total", "total", "id"),
        Index("ix_orders_delivered", "stage", "stage_at"),
        Index("ix_orders_updated", "updated_at"),
        Index("ix_orders_ship_by", "ship_by"),
        Index("ix_orders_shipped", "shipped_at"),
        Index("ix_orders_arrived", "delivered_at"),
    )
    id: int = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=False))
    number: str = Field(unique=True)
    channel_id: int = ref("channel.id")
    external_id: str | None = None
    stage: str
    stage_at: datetime = instant()
    version: int = 1
    placed_at: datetime = instant()
    updated_at: datetime = instant()
    ship_by: datetime | None = instant(null=True)
    shipped_at: datetime | None = instant(null=True)
    delivered_at: datetime | None = instant(null=True)
    priority: int = 0
    priority_why: str = text()
    service: str = Field(default="standard", sa_column_kwargs={"server_default": "standard"})
    boost: int = Field(
        default=0,
        sa_column=Column(Integer, nullable=False, server_default="0"),
        description="points somebody, or a rule, adds to the priority",
    )
    boost_reason: str = Field(default="", sa_column=Column(String, nullable=False, server_default=""))
    customer_id: int | None = ref("customer.id", null=True)
    customer_name: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    gstin: str = ""
    ship_to_id: int | None = ref("address.id", null=True)
    bill_to_id: int | None = ref("address.id", null=True)
    location_id: int | None = ref("location.id", null=True)
    assignee_id: int | None = ref("user_account.id", null=True)
    currency: str
    subtotal: int = amount()
    discount: int = amount()
    shipping: int = amount()
    tax_added: int = amount()
    total: int = amount()
    authorised: int = amount()
    captured: int = amount()
    refunded: int = amount()
    refunded_excess: int = amount()
    on_account: bool = Field(
        default=False, sa_column_kwargs={"server_default": false()}, description="may go before it is paid"
    )
    payment_method: str = "prepaid"
    payment_status: str = "unpaid"
    units: int = 0
    parcels: int = Field(
        default=0, sa_column_kwargs={"server_default": "0"}, description="it ships in, once it is split; none before"
    )
    shortfall: int = Field(default=0, description="units that no location could reserve")
    holds: int = Field(default=0, description="open holds")
    cancel_reason: str = ""


class OrderLine(SQLModel, table=True):
    """One article of an order. Quantities are units; `allocated` counts open reservations.

    parts  components of a kit when it was ordered (domain/kits.py); its reservations are of these
    """

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        Index("ix_order_line_sku", "sku", "order_id"),
    )
    id: int = key()
    order_id: int = ref("orders.id")
    position: int
    product_id: int | None = ref("product.id", null=True)
    sku: str
    name: str = ""
    quantity: int
    allocated: int = 0
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    returned: int = 0
    cancelled: int = 0
    unit_price_micros: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    tax_included: bool = True
    discount: int = amount()
    total: int = amount()
    personalisation: dict[str, Any] | None = document()
    parts: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JsonOrNull, nullable=True))


class Parcel(SQLModel, table=True):
    """A box that goes to the customer. `status`: the stage it stands in, waiting (for stock), voided."""

    __tablename__ = "parcel"
    id: int = key()
    order_id: int = ref("orders.id", index=True)
    location_id: int | None = ref("location.id", null=True)
    weight_g: int
    courier: str = ""
    awb: str = Field(default="", index=True)
    status: str = "packed"
    packed_at: datetime | None = instant(null=True)
    shipped_at: datetime | None = instant(null=True)
    delivered_at: datetime | None = instant(null=True)


class ParcelLine(SQLModel, table=True):
    """Units of an order line inside a parcel."""

    __tablename__ = "parcel_line"
    parcel_id: int = ref("parcel.id", primary_key=True)
    order_line_id: int = ref("order_line.id", primary_key=True)
    quantity: int


class Payment(SQLModel, table=True):
    """A recorded fact about money. `kind`: domain/payments.py; the amount is never negative."""

    __tablename__ = "payment"
    id: int = key()
    order_id: int = ref("orders.id", index=True)
    kind: str
    method: str
    amount: int = amount()
    currency: str
    reference: str = ""
    actor: str
    at: datetime = instant()


_OPEN = text_clause("released_at IS NULL")


class Hold(SQLModel, table=True):
    """A reason to wait, open until released. `code` names the check that opened it; empty where somebody did."""

    __tablename__ = "hold"
    __table_args__ = (
        Index("ix_hold_open", "kind", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_hold_until", "until", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    id: int = key()
    order_id: int = ref("orders.id", index=True)
    kind: str
    code: str = Field(default="", sa_column=Column(String, nullable=False, server_default=""))
    reason: str = ""
    fix: str = text()
    until: datetime | None = instant(null=True)
    opened_by: str
    opened_at: datetime = instant()
    released_by: str | None = None
    released_at: datetime | None = instant(null=True)


class Note(SQLModel, table=True):
    """What somebody wrote on an order; never printed."""

    __tablename__ = "note"
    id: int = key()
    order_id: int = ref("orders.id", index=True)
    body: str = text()
    author: str
    at: datetime = instant()


class OrderTag(SQLModel, table=True):
    """A word on an order."""

    __tablename__ = "order_tag"
    __table_args__ = (Index("ix_order_tag_tag", "tag", "order_id"),)
    order_id: int = ref("orders.id", primary_key=True)
    tag: str = Field(primary_key=True)


class NumberSeries(SQLModel, table=True):
    """The next number of a series of order numbers; gaps are allowed."""

    __tablename__ = "number_series"
    name: str = Field(primary_key=True)
    next: int = Field(sa_column=Column(BigId, nullable=False))
