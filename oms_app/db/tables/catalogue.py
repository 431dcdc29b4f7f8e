"""Where orders come from, what is sold, and where it lies."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Numeric, false, true
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import document, instant, key, ref
from oms_app.db.types import BigId


class Channel(SQLModel, table=True):
    """A source of orders. `name` is what scripts and searches say; `kind` the adapter. Do its prices hold their tax?"""

    __tablename__ = "channel"
    id: int = key()
    name: str = Field(unique=True)
    title: str
    kind: str
    currency: str
    tax_included: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    active: bool = True
    demo: bool = False


class Product(SQLModel, table=True):
    """Something an order line can name. A charge (postage, bank fee) has no stock, a kit its components'."""

    __tablename__ = "product"
    id: int = key()
    sku: str = Field(unique=True)
    name: str
    kind: str = "goods"
    price_micros: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    currency: str
    tax_included: bool = True
    hsn: str = ""
    gst_rate: float | None = Field(default=None, sa_column=Column(Numeric(6, 3), nullable=True))
    barcode: str = Field(default="", index=True)
    weight_g: int = 0
    active: bool = True
    demo: bool = False
    lots: bool = Field(
        default=False, sa_column_kwargs={"server_default": false()}, description="its units are kept by lot"
    )
    unsold_days: int = Field(
        default=0, sa_column_kwargs={"server_default": "0"}, description="before a lot expires it is not sold any more"
    )
    created_at: datetime = instant()


class KitPart(SQLModel, table=True):
    """A component of a kit: `units` of it make one. A product with components is of the kind `kit`."""

    __tablename__ = "kit_part"
    kit_id: int = ref("product.id", primary_key=True)
    part_id: int = ref("product.id", primary_key=True, index=True)
    units: int


class SkuMap(SQLModel, table=True):
    """What a channel calls one of our products: `quantity` units of it make one of the channel's."""

    __tablename__ = "sku_map"
    channel_id: int = ref("channel.id", primary_key=True)
    channel_sku: str = Field(primary_key=True)
    product_id: int = ref("product.id", index=True)
    quantity: int = 1
    created_by: str
    created_at: datetime = instant()


class SkuIgnored(SQLModel, table=True):
    """A channel's SKU that is none of ours and is not to be one: the queue of unknown SKUs leaves it out."""

    __tablename__ = "sku_ignored"
    channel_id: int = ref("channel.id", primary_key=True)
    channel_sku: str = Field(primary_key=True)
    by: str
    at: datetime = instant()


class SkuSuggestion(SQLModel, table=True):
    """What an unknown SKU of a channel may be, the likeliest first (domain/sku_match.py, Suggestion)."""

    __tablename__ = "sku_suggestion"
    channel_id: int = ref("channel.id", primary_key=True)
    channel_sku: str = Field(primary_key=True)
    sure: bool = False
    found: list[dict[str, Any]] = document()
    at: datetime = instant()


class Location(SQLModel, table=True):
    """A place that holds stock."""

    __tablename__ = "location"
    id: int = key()
    code: str = Field(unique=True)
    name: str
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = "IN"
    active: bool = True
    demo: bool = False
