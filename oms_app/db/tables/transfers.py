"""Transfers of stock between two locations."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import SQLModel

from oms_app.db.tables.columns import instant, key, ref, text


class Transfer(SQLModel, table=True):
    """Goods on their way from one location to another. `state`: domain/transfers.py.

    taxed  the two locations are under different GSTINs: a supply that wants a tax invoice
    """

    __tablename__ = "transfer"
    __table_args__ = (Index("ix_transfer_state", "state", "id"),)
    id: int = key()
    origin_id: int = ref("location.id")
    destination_id: int = ref("location.id")
    state: str
    taxed: bool = False
    origin_gstin: str = ""
    destination_gstin: str = ""
    note: str = text()
    version: int = 1
    created_by: str
    created_at: datetime = instant()
    sent_at: datetime | None = instant(null=True)
    done_at: datetime | None = instant(null=True)


class TransferLine(SQLModel, table=True):
    """Units of one product. `missing` were given up: they left and never came."""

    __tablename__ = "transfer_line"
    __table_args__ = (Index("ix_transfer_line_product", "product_id"),)
    transfer_id: int = ref("transfer.id", primary_key=True)
    product_id: int = ref("product.id", primary_key=True)
    quantity: int
    received: int = 0
    missing: int = 0
