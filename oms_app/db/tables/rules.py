"""Rules that act by themselves, the log of what they did, and notices to people."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import document, instant, key, ref, text
from oms_app.db.types import BigId


class Rule(SQLModel, table=True):
    """When an event of this kind happens, if the order fits `q`, do `then`. `since`: the last event before it began."""

    __tablename__ = "rule"
    id: int = key()
    name: str
    kind: str
    q: str = text()
    then: list[Any] = document()
    position: int
    active: bool = False
    deleted: bool = False
    since: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))
    actor: str
    changed_at: datetime = instant()


class RuleFiring(SQLModel, table=True):
    """One time a rule fitted. Written with its effect, so that a rule acts once on an event."""

    __tablename__ = "rule_firing"
    __table_args__ = (UniqueConstraint("rule_id", "event_id"), Index("ix_rule_firing_rule", "rule_id", "id"))
    id: int = key()
    rule_id: int = ref("rule.id")
    event_id: int = Field(sa_column=Column(BigId, nullable=False))
    order_id: int = Field(sa_column=Column(BigId, nullable=False, index=True))
    outcome: str
    steps: list[Any] | None = document()
    at: datetime = instant()


class Notice(SQLModel, table=True):
    """A sentence for one person, about the order `number` or about none."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_user", "user_id", "id"),)
    id: int = key()
    user_id: int = ref("user_account.id")
    number: str = ""
    body: str = text()
    sender: str
    at: datetime = instant()
    read_at: datetime | None = instant(null=True)
