"""Lots: units that came together and expire together, and a ledger of each that adds up to what it holds."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import instant, key, ref
from oms_app.db.types import BigId

_HOLDS = text("on_hand > 0")


class StockLot(SQLModel, table=True):
    """Units of a lot at a location. `expires_on`: the last day they are good, as a number (domain/days.py).

    The code is empty for units whose lot nobody named. The lots of a level add up to its on hand.
    """

    __tablename__ = "stock_lot"
    __table_args__ = (
        UniqueConstraint("product_id", "location_id", "code"),
        CheckConstraint("on_hand >= 0", name="stock_lot_on_hand_not_negative"),
        Index("ix_stock_lot_expires", "expires_on", "id", sqlite_where=_HOLDS, postgresql_where=_HOLDS),
    )
    id: int = key()
    product_id: int = ref("product.id")
    location_id: int = ref("location.id")
    code: str = ""
    expires_on: int | None = Field(default=None)
    on_hand: int = 0


class LotChoice(SQLModel, table=True):
    """The lot that somebody chose for a reservation; without one, what expires first goes first."""

    __tablename__ = "lot_choice"
    reservation_id: int = ref("reservation.id", primary_key=True)
    lot_id: int = ref("stock_lot.id", index=True)


class LotEntry(SQLModel, table=True):
    """Units that came into a lot or left it, with the movement that took them; with none, they were named anew."""

    __tablename__ = "lot_entry"
    id: int = key()
    lot_id: int = ref("stock_lot.id", index=True)
    movement_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True, index=True))
    units: int
    at: datetime = instant()
