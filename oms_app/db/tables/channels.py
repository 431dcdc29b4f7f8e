"""Connected channels: how each is reached, what came in as it came, what is owed to them, what they were told."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import document, instant, key, ref, text
from oms_app.db.types import BigId

_PROBLEM = sql("problem <> ''")


class ChannelLink(SQLModel, table=True):
    """How a channel is reached. `secrets` is sealed (services/sealing.py); `path` is the secret part of its webhooks.

    failures  calls in a row that found nobody; while `retry_at` lies ahead nothing is asked of the channel
    problem   why it stands still or what failed last, as a sentence; empty: all is well
    """

    __tablename__ = "channel_link"
    channel_id: int = ref("channel.id", primary_key=True)
    settings: dict[str, str] = document()
    secrets: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    path: str = Field(unique=True)
    paused: bool = False
    failures: int = 0
    retry_at: datetime | None = instant(null=True)
    problem: str = text()
    problem_at: datetime | None = instant(null=True)
    worked_at: datetime | None = instant(null=True)
    changed_by: str
    changed_at: datetime = instant()


class ChannelPosition(SQLModel, table=True):
    """How far a stream of a channel is read (domain/channels.py, Position). Moves in the transaction that stored it."""

    __tablename__ = "channel_position"
    channel_id: int = ref("channel.id", primary_key=True)
    stream: str = Field(primary_key=True)
    position: dict[str, Any] = document()
    at: datetime = instant()


class ChannelMessage(SQLModel, table=True):
    """A resource as the channel sent it, before anybody read it. `state`: domain/intake.py.

    delivery_id  the vendor's id of a webhook, once per channel; NULL for what was fetched
    """

    __tablename__ = "channel_message"
    __table_args__ = (
        UniqueConstraint("channel_id", "delivery_id"),
        Index("ix_channel_message_state", "state", "due", "id"),
        Index("ix_channel_message_channel", "channel_id", "state", "due", "id"),
        Index("ix_channel_message_resource", "channel_id", "external_id", "id"),
    )
    id: int = key()
    channel_id: int = ref("channel.id")
    source: str
    topic: str
    external_id: str
    delivery_id: str | None = None
    updated_at: datetime = instant()
    body: str = text()
    state: str = "waiting"
    tries: int = 0
    due: datetime = instant()
    problem: str = text()
    received_at: datetime = instant()
    done_at: datetime | None = instant(null=True)


class ChannelOrder(SQLModel, table=True):
    """An order as its channel had it when it was last read, and which of ours it became.

    seen  what was taken over already, by the channel's own ids: {"lines": {theirs: ours}, "payments": […], …}
    """

    __tablename__ = "channel_order"
    channel_id: int = ref("channel.id", primary_key=True)
    external_id: str = Field(primary_key=True)
    order_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True, index=True))
    number: str = ""
    status: str
    total: int = Field(sa_column=Column(BigId, nullable=False))
    refunded: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))
    updated_at: datetime = instant()
    seen: dict[str, Any] = document()


class ChannelTask(SQLModel, table=True):
    """Something owed to a channel: written by the reader of the spine, done by the worker, again until it is done.

    name  what makes it one and the same for ever ("fulfil:4711"); it is the key the channel is given
    """

    __tablename__ = "channel_task"
    __table_args__ = (
        UniqueConstraint("channel_id", "name"),
        Index("ix_channel_task_state", "channel_id", "state", "due", "id"),
        Index("ix_channel_task_order", "order_id", "id"),
    )
    id: int = key()
    channel_id: int = ref("channel.id")
    order_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    name: str
    kind: str
    given: dict[str, Any] = document()
    state: str = "waiting"
    tries: int = 0
    due: datetime = instant()
    problem: str = text()
    answer: str = ""
    created_at: datetime = instant()
    done_at: datetime | None = instant(null=True)


class ChannelLevel(SQLModel, table=True):
    """What a channel is to believe of an article of its own, what it was told, and why it does not believe it.

    wanted, sent  units; sent is NULL until the channel took a level
    changed       when `wanted` became what it is; a level waits while sent differs from wanted
    """

    __tablename__ = "channel_level"
    __table_args__ = (
        Index("ix_channel_level_due", "channel_id", "waits", "due"),
        Index("ix_channel_level_product", "product_id"),
    )
    channel_id: int = ref("channel.id", primary_key=True)
    sku: str = Field(primary_key=True)
    product_id: int = ref("product.id")
    quantity: int = 1
    wanted: int
    sent: int | None = None
    waits: bool = True
    changed: datetime = instant()
    sent_at: datetime | None = instant(null=True)
    tries: int = 0
    due: datetime = instant()
    problem: str = text()


class ChannelArticle(SQLModel, table=True):
    """Something a channel sells, as the channel last listed it. `problem`: domain/channel_articles.py."""

    __tablename__ = "channel_article"
    __table_args__ = (
        Index("ix_channel_article_sku", "sku", "channel_id"),
        Index(
            "ix_channel_article_problem",
            *("channel_id", "sku", "external_id"),
            sqlite_where=_PROBLEM,
            postgresql_where=_PROBLEM,
        ),
    )
    channel_id: int = ref("channel.id", primary_key=True)
    external_id: str = Field(primary_key=True)
    sku: str
    title: str = text()
    barcode: str = ""
    problem: str = ""
    listed_at: datetime = instant()


class ChannelCall(SQLModel, table=True):
    """A call to or from a channel, with what is secret or personal masked: for people who look for what went wrong.

    about  what it was made for: "orders", "stock", "task:17" …; empty: it cannot be made again
    """

    __tablename__ = "channel_call"
    __table_args__ = (Index("ix_channel_call_channel", "channel_id", "id"),)
    id: int = key()
    channel_id: int = ref("channel.id")
    incoming: bool = False
    about: str = ""
    method: str
    address: str = text()
    request: str = text()
    status: int
    answer: str = text()
    ms: int
    problem: str = text()
    at: datetime = instant()
