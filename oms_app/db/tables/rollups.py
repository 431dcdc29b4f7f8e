"""Counted cells behind the charts (docs/decisions/rollups.md): kept in the transaction of every order write."""

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import key, ref
from oms_app.db.types import BigId


def _count() -> Column[int]:
    return Column(BigId, nullable=False, server_default="0")


class OrderDwell(SQLModel, table=True):
    """Whole seconds an order has spent in each open stage over its finished visits; null: it never left that stage."""

    __tablename__ = "order_dwell"
    order_id: int = ref("orders.id", primary_key=True)
    placed: int | None = None
    processing: int | None = None
    ready: int | None = None
    picking: int | None = None
    packed: int | None = None


class Rollup(SQLModel, table=True):
    """Folded cells. `kind`, `slot` and the three counts are those of domain/rollups.py.

    level  which days and places a row sums up: db/queries/rollup_fold.py
    day    number of the day, or of the block of days
    """

    __tablename__ = "rollup"
    __table_args__ = ({"sqlite_with_rowid": False},)
    kind: int = Field(primary_key=True)
    level: int = Field(primary_key=True)
    channel_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    location_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    day: int = Field(primary_key=True)
    slot: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    currency: str = Field(primary_key=True)
    orders: int = Field(default=0, sa_column=_count())
    units: int = Field(default=0, sa_column=_count())
    amount: int = Field(default=0, sa_column=_count())


class RollupDelta(SQLModel, table=True):
    """Changes to cells that are not folded yet. Writers only append here, so no two of them wait for one row."""

    __tablename__ = "rollup_delta"
    id: int = key()
    kind: int
    channel_id: int = Field(sa_column=Column(BigId, nullable=False))
    location_id: int = Field(sa_column=Column(BigId, nullable=False))
    day: int
    slot: int = Field(sa_column=Column(BigId, nullable=False))
    currency: str
    orders: int = Field(sa_column=_count())
    units: int = Field(sa_column=_count())
    amount: int = Field(sa_column=_count())
