"""Orders that staff write down before they are placed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import amount, instant, key
from oms_app.db.types import Json


class OrderDraftRow(SQLModel, table=True):
    """A draft. `content`: domain/drafts.py; what the list shows stands beside it. `number`: the order it became."""

    __tablename__ = "order_draft"
    __table_args__ = (Index("ix_order_draft_state", "state", "id"),)
    id: int = key()
    kind: str
    state: str = "open"
    content: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    customer_name: str = ""
    units: int = 0
    total: int = amount()
    currency: str
    number: str = ""
    version: int = 1
    created_by: str
    created_at: datetime = instant()
    updated_at: datetime = instant()
