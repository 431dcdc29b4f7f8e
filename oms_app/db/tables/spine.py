"""The spine: append-only events, the cursors of their readers, and the state of long imports."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, text
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import document, instant, key
from oms_app.db.types import BigId

_NO_ORDER = text("order_id IS NULL")


class Event(SQLModel, table=True):
    """Something that happened. `order_id` is set where it belongs to an order's timeline.

    before, after  small JSON objects: what changed, by field
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_order", "order_id", "id"),
        Index("ix_event_subject", "subject", "subject_id", "id", sqlite_where=_NO_ORDER, postgresql_where=_NO_ORDER),
    )
    id: int = key()
    subject: str
    subject_id: int = Field(sa_column=Column(BigId, nullable=False))
    order_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    kind: str
    actor: str
    source: str
    before: dict[str, Any] | None = document()
    after: dict[str, Any] | None = document()
    reason: str = ""
    at: datetime = instant()


class ReaderCursor(SQLModel, table=True):
    """How far a reader of the spine has come."""

    __tablename__ = "reader_cursor"
    name: str = Field(primary_key=True)
    event_id: int = Field(sa_column=Column(BigId, nullable=False))
