"""Bins, and counts of what lies in them."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import instant, key, ref


class Bin(SQLModel, table=True):
    """A shelf of a location, by the code on its label."""

    __tablename__ = "bin"
    __table_args__ = (UniqueConstraint("location_id", "code"),)
    id: int = key()
    location_id: int = ref("location.id")
    code: str


class ProductBin(SQLModel, table=True):
    """Where a product is found. Units are kept by location, not by bin."""

    __tablename__ = "product_bin"
    __table_args__ = (Index("ix_product_bin_bin", "bin_id", "product_id"),)
    product_id: int = ref("product.id", primary_key=True)
    bin_id: int = ref("bin.id", primary_key=True)


class StockCount(SQLModel, table=True):
    """A count of a location, or of those of its products in a bin, chosen by hand, or whose SKU begins alike."""

    __tablename__ = "stock_count"
    __table_args__ = (Index("ix_stock_count_state", "state", "id"),)
    id: int = key()
    location_id: int = ref("location.id")
    bin: str = ""
    sku_prefix: str = ""
    chosen: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    state: str
    version: int = 1
    created_by: str
    created_at: datetime = instant()
    done_at: datetime | None = instant(null=True)


class StockCountLine(SQLModel, table=True):
    """Units of a product that somebody counted, beside what the books said then."""

    __tablename__ = "stock_count_line"
    __table_args__ = (Index("ix_stock_count_line_product", "product_id"),)
    count_id: int = ref("stock_count.id", primary_key=True)
    product_id: int = ref("product.id", primary_key=True)
    book: int | None = Field(default=None)
    counted: int | None = Field(default=None)
    recount_book: int | None = Field(default=None)
    recounted: int | None = Field(default=None)
    posted: bool = False
