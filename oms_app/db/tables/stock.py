"""Stock as a ledger: movements and reservations are the truth, levels are a cache that a check recomputes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import instant, key, ref
from oms_app.db.types import BigId

_RETURNED = text("kind = 'returned'")
_DIFFERS = text("differs")
_IDLE = text("days IS NULL")
_ISSUED = text("kind = 'issued'")


class StockLevel(SQLModel, table=True):
    """Units of one product at one location: on hand = sum of movements, reserved = sum of open reservations."""

    __tablename__ = "stock_level"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="stock_level_reserved_not_negative"),
        Index("ix_stock_level_location", "location_id", "product_id"),
    )
    product_id: int = ref("product.id", primary_key=True)
    location_id: int = ref("location.id", primary_key=True)
    on_hand: int = 0
    reserved: int = 0
    safety: int = 0
    blocked: int = Field(default=0, sa_column_kwargs={"server_default": "0"}, description="set aside: not for sale")
    lots: bool = Field(
        default=False, sa_column_kwargs={"server_default": false()}, description="its units are those of its lots"
    )
    expired: int = Field(
        default=0, sa_column_kwargs={"server_default": "0"}, description="in lots that are not sold any more"
    )


class StockMovement(SQLModel, table=True):
    """Units that came or went, append-only.

    `kind`: domain/stock.py. (cause, product, location, kind) is unique: the same cause moves the same stock once.
    A restock's cause is the line of a document: it comes back once, to whatever location.
    """

    __tablename__ = "stock_movement"
    __table_args__ = (
        UniqueConstraint("cause", "product_id", "location_id", "kind"),
        Index("ix_stock_movement_product", "product_id", "location_id", "id", "quantity"),
        Index(
            "ix_stock_movement_issued", "at", "product_id", "quantity", sqlite_where=_ISSUED, postgresql_where=_ISSUED
        ),
        Index("ix_stock_movement_returned", "cause", unique=True, sqlite_where=_RETURNED, postgresql_where=_RETURNED),
    )
    id: int = key()
    product_id: int = ref("product.id")
    location_id: int = ref("location.id")
    kind: str
    quantity: int
    cause: str
    reason: str = ""
    actor: str
    at: datetime = instant()


class Reservation(SQLModel, table=True):
    """Units kept for an order line. `state`: open, released, issued."""

    __tablename__ = "reservation"
    __table_args__ = (Index("ix_reservation_product", "product_id", "location_id", "state"),)
    id: int = key()
    order_id: int = ref("orders.id", index=True)
    order_line_id: int = ref("order_line.id")
    product_id: int = ref("product.id")
    location_id: int = ref("location.id")
    quantity: int
    state: str = "open"
    why: str = Field(default="", sa_column_kwargs={"server_default": ""}, description="what chose this location")
    at: datetime = instant()


class ChannelBuffer(SQLModel, table=True):
    """Units of a product that a channel is never told of: it hears available less these."""

    __tablename__ = "channel_buffer"
    channel_id: int = ref("channel.id", primary_key=True)
    product_id: int = ref("product.id", primary_key=True)
    units: int


class Shortfall(SQLModel, table=True):
    """Units of an order line that no location could keep, until they are kept, cancelled or shipped without.

    `state`: open (somebody decides), backorder, preorder (both wait by themselves). The queue is read upwards by
    (rank, due, line): `rank` is the order's priority with its sign turned, `due` its promise, else when it was placed.
    """

    __tablename__ = "shortfall"
    __table_args__ = (
        Index("ix_shortfall_queue", "rank", "due", "order_line_id"),
        Index("ix_shortfall_state", "state"),
        Index("ix_shortfall_product", "product_id", "rank", "due", "order_line_id"),
    )
    order_line_id: int = ref("order_line.id", primary_key=True)
    order_id: int = ref("orders.id", index=True)
    product_id: int | None = ref("product.id", null=True)
    units: int
    state: str = "open"
    rank: int = 0
    due: datetime = instant()
    at: datetime = instant()


class LedgerBalance(SQLModel, table=True):
    """What the ledger of a product at a location added up to when all of it was last checked, up to a movement."""

    __tablename__ = "ledger_balance"
    __table_args__ = (
        Index("ix_ledger_balance_differs", "product_id", sqlite_where=_DIFFERS, postgresql_where=_DIFFERS),
    )
    product_id: int = ref("product.id", primary_key=True)
    location_id: int = ref("location.id", primary_key=True)
    movement_id: int = Field(sa_column=Column(BigId, nullable=False))
    units: int = 0
    differs: bool = False


class StockCover(SQLModel, table=True):
    """How long the units of a product last, as last worked out. `days` is empty where none was issued in 28 days."""

    __tablename__ = "stock_cover"
    __table_args__ = (
        Index("ix_stock_cover_days", "days", "product_id"),
        Index("ix_stock_cover_idle", "available", "product_id", sqlite_where=_IDLE, postgresql_where=_IDLE),
    )
    product_id: int = ref("product.id", primary_key=True)
    issued: int
    available: int
    days: int | None = Field(default=None)
