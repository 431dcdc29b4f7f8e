"""Who buys, and the addresses they gave."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import instant, key, ref


class Customer(SQLModel, table=True):
    """A buyer. `external_id` is the channel's own number for them; guests of a channel have none."""

    __tablename__ = "customer"
    __table_args__ = (Index("ix_customer_external_id", "channel_id", "external_id", unique=True),)
    id: int = key()
    channel_id: int | None = ref("channel.id", null=True)
    external_id: str | None = None
    name: str
    email: str = Field(default="", index=True)
    phone: str = Field(default="", index=True, description="E.164 where it could be read, else as given")
    gstin: str = ""
    demo: bool = False
    created_at: datetime = instant()


class Address(SQLModel, table=True):
    """An address as it stood on an order; rows are never changed, a new address is a new row."""

    __tablename__ = "address"
    id: int = key()
    customer_id: int | None = ref("customer.id", null=True, index=True)
    name: str = ""
    phone: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
