"""Reconciliations: runs over a channel's orders and stock, what they found, what was accepted of it, and have seen."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import document, instant, key, ref, text
from oms_app.db.types import BigId


class ReconciliationRun(SQLModel, table=True):
    """A walk over a channel, page by page; what it found is stored with the place it went on to.

    part, position  where it is (domain/reconciliation.py, Part); position is the part's own
    steps           counts the pages: who stores a page says which one, so that two workers never store one twice
    orders, levels  what was compared       under_way  what differs and is being told or taken over just now
    background      the worker goes on with it at once; else only where whoever began has left it alone
    """

    __tablename__ = "reconciliation_run"
    __table_args__ = (Index("ix_reconciliation_run_channel", "channel_id", "state", "id"),)
    id: int = key()
    channel_id: int = ref("channel.id")
    actor: str
    since: datetime = instant()
    state: str = "running"
    part: str = "new"
    position: dict[str, Any] = document()
    steps: int = 0
    orders: int = 0
    levels: int = 0
    expected: int | None = None
    under_way: int = 0
    differences: int = 0
    background: bool = True
    problem: str = text()
    started_at: datetime = instant()
    worked_at: datetime = instant()
    finished_at: datetime | None = instant(null=True)


class ReconciliationDifference(SQLModel, table=True):
    """Something a run found. `external_id` is the channel's id of the order, or its SKU where `kind` is stock.

    problem  why mending it did not work the last time
    """

    __tablename__ = "reconciliation_difference"
    __table_args__ = (
        UniqueConstraint("run_id", "kind", "external_id"),
        Index("ix_reconciliation_difference_open", "run_id", "fixed_at", "kind", "id"),
    )
    id: int = key()
    run_id: int = ref("reconciliation_run.id")
    kind: str
    external_id: str
    number: str = ""
    order_number: str = ""
    order_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    said: str = text()
    fix: str
    problem: str = text()
    found_at: datetime = instant()
    fixed_at: datetime | None = instant(null=True)
    fixed_by: str = ""


class ReconciliationAccepted(SQLModel, table=True):
    """A difference that somebody leaves as it is, and why: the same sentence is not held against a channel again."""

    __tablename__ = "reconciliation_accepted"
    __table_args__ = (UniqueConstraint("channel_id", "kind", "external_id"),)
    id: int = key()
    channel_id: int = ref("channel.id")
    kind: str
    external_id: str
    number: str = ""
    order_number: str = ""
    said: str = text()
    reason: str = text()
    accepted_by: str
    accepted_at: datetime = instant()


class ReconciliationSeen(SQLModel, table=True):
    """An order the channel showed in a run that is under way; gone when the run ends."""

    __tablename__ = "reconciliation_seen"
    run_id: int = ref("reconciliation_run.id", primary_key=True)
    external_id: str = Field(primary_key=True)
