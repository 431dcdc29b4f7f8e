"""Runs of one action over many orders, articles or products, and what became of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, text
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import document, instant, key, ref
from oms_app.db.types import BigId

_OPEN = text("state IN ('gathering', 'running')")
_WAITING = text("state = 'waiting'")


class BulkRun(SQLModel, table=True):
    """One action over many, with the rights it was started with.

    subject         what it takes many of: order, stock or product
    user_id         as it was then: a run stays when its starter's account goes
    q, gathered_to  a search whose matches become rows; orders with ids above `gathered_to` have become rows already
    """

    __tablename__ = "bulk_run"
    __table_args__ = (Index("ix_bulk_run_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),)
    id: int = key()
    subject: str = Field(default="order", sa_column_kwargs={"server_default": "order"})
    action: str
    given: dict[str, Any] = document()
    actor: str
    role: str
    source: str
    user_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    location_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    granted: list[str] | None = document()
    q: str | None = None
    until: datetime | None = instant(null=True)
    gathered_to: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    state: str
    background: bool
    undoes: int | None = Field(default=None, sa_column=Column(BigId, nullable=True, unique=True))
    total: int = 0
    done: int = 0
    refused: int = 0
    why: str = ""
    started_at: datetime = instant()
    worked_at: datetime = instant()
    finished_at: datetime | None = instant(null=True)


class BulkRow(SQLModel, table=True):
    """One order, article or product of a run, by number or SKU. `kept` is what an undo needs to know."""

    __tablename__ = "bulk_row"
    __table_args__ = (
        Index("ix_bulk_row_waiting", "run_id", "position", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )
    run_id: int = ref("bulk_run.id", primary_key=True)
    position: int = Field(primary_key=True)
    number: str
    version: int | None = None
    state: str
    message: str = ""
    kept: dict[str, Any] | None = document()
    at: datetime | None = instant(null=True)
