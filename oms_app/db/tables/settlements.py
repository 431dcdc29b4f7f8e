"""Settlements of marketplaces, what each is made of, and what of them differs from our orders."""

from datetime import datetime

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import amount, instant, key, ref, text
from oms_app.db.types import BigId


class Settlement(SQLModel, table=True):
    """A payout. Minor units of `currency`; `unexplained` is what its entries do not add up to."""

    __tablename__ = "settlement"
    __table_args__ = (UniqueConstraint("channel_id", "external_id"),)
    id: int = key()
    channel_id: int = ref("channel.id")
    external_id: str
    currency: str
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    deposited_at: datetime | None = instant(null=True)
    total: int = amount()
    unexplained: int = amount()
    entries: int
    imported_by: str
    imported_at: datetime = instant()


class SettlementEntry(SQLModel, table=True):
    """An amount of a settlement: above zero it comes to us. `kind`: domain/settlements.py."""

    __tablename__ = "settlement_entry"
    __table_args__ = (
        Index("ix_settlement_entry_settlement", "settlement_id", "external_id"),
        Index("ix_settlement_entry_order", "external_id", "settlement_id"),
    )
    id: int = key()
    settlement_id: int = ref("settlement.id")
    kind: str
    amount: int = amount()
    posted_at: datetime = instant()
    external_id: str
    line_id: str
    sku: str
    quantity: int
    words: str = text()


class SettlementDifference(SQLModel, table=True):
    """What of a channel's settlements differs from our orders, as it was last checked. `kind`: domain/settlement_check.

    external_id  the channel's id of the order, or of the settlement where that does not add up
    """

    __tablename__ = "settlement_difference"
    __table_args__ = (UniqueConstraint("channel_id", "kind", "external_id"),)
    id: int = key()
    channel_id: int = ref("channel.id")
    kind: str
    external_id: str
    order_number: str = ""
    order_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    said: str = text()
    found_at: datetime = instant()
