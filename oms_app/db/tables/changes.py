"""Changes of an order after it was placed: one record each, numbered within the order."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import amount, document, instant, key, ref


class OrderChange(SQLModel, table=True):
    """What was changed on an order, by whom, when and why.

    kind     edit, cancel_lines, cancel, split, combine
    before, after  what changed, by field, as texts        refunded  minor units that went back with it
    """

    __tablename__ = "order_change"
    __table_args__ = (UniqueConstraint("order_id", "number"),)
    id: int = key()
    order_id: int = ref("orders.id")
    number: int
    kind: str
    actor: str
    source: str
    before: dict[str, Any] | None = document()
    after: dict[str, Any] | None = document()
    total: int = amount()
    refunded: int = amount()
    reason: str = Field(default="")
    at: datetime = instant()


class OrderLink(SQLModel, table=True):
    """An order made from another one. `kind`: clone, resend."""

    __tablename__ = "order_link"
    order_id: int = ref("orders.id", primary_key=True)
    original_id: int = ref("orders.id", index=True)
    kind: str
