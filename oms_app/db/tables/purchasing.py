"""Suppliers, their price lists, purchase orders, and what should be ordered again."""

from datetime import date, datetime

from sqlalchemy import Column, Index, Numeric
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import amount, instant, key, ref, text
from oms_app.db.types import BigId


class Supplier(SQLModel, table=True):
    """Somebody who sells to us."""

    __tablename__ = "supplier"
    id: int = key()
    name: str = Field(unique=True)
    contact: str = ""
    email: str = ""
    phone: str = ""
    gstin: str = ""
    address: str = text()
    currency: str
    payment_terms: str = ""
    lead_time_days: int
    active: bool = True
    demo: bool = False
    created_at: datetime = instant()


class SupplierProduct(SQLModel, table=True):
    """On what terms a supplier sells a product. `lead_time_days` empty: the supplier's own."""

    __tablename__ = "supplier_product"
    __table_args__ = (Index("ix_supplier_product_product", "product_id"),)
    supplier_id: int = ref("supplier.id", primary_key=True)
    product_id: int = ref("product.id", primary_key=True)
    supplier_sku: str = ""
    cost_micros: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    pack_size: int = 1
    moq: int = 1
    lead_time_days: int | None = Field(default=None)
    preferred: bool = False


class PurchaseOrder(SQLModel, table=True):
    """Goods ordered from a supplier for a location. `state`: domain/purchasing.py. Money is without tax, then the tax.

    expected_on  by the lead time, when it was sent        promised_on  what the supplier said
    """

    __tablename__ = "purchase_order"
    __table_args__ = (
        Index("ix_purchase_order_state", "state", "id"),
        Index("ix_purchase_order_supplier", "supplier_id", "id"),
    )
    id: int = key()
    supplier_id: int = ref("supplier.id")
    location_id: int = ref("location.id")
    state: str
    currency: str
    total: int = amount()
    tax: int = amount()
    note: str = text()
    supplier_reference: str = ""
    expected_on: date | None = Field(default=None)
    promised_on: date | None = Field(default=None)
    version: int = 1
    created_by: str
    created_at: datetime = instant()
    sent_at: datetime | None = instant(null=True)
    done_at: datetime | None = instant(null=True)


class PurchaseOrderLine(SQLModel, table=True):
    """Units of one product, on the terms they were ordered on."""

    __tablename__ = "purchase_order_line"
    __table_args__ = (Index("ix_purchase_order_line_product", "product_id"),)
    purchase_order_id: int = ref("purchase_order.id", primary_key=True)
    product_id: int = ref("product.id", primary_key=True)
    supplier_sku: str = ""
    quantity: int
    received: int = 0
    pack_size: int = 1
    cost_micros: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    gst_rate: float | None = Field(default=None, sa_column=Column(Numeric(6, 3), nullable=True))


class ReorderSuggestion(SQLModel, table=True):
    """An article to order again, as last worked out; the numbers behind it are read when it is shown."""

    __tablename__ = "reorder_suggestion"
    __table_args__ = (
        Index("ix_reorder_suggestion_days", "days_left", "product_id"),
        Index("ix_reorder_suggestion_supplier", "supplier_id", "days_left", "product_id"),
    )
    product_id: int = ref("product.id", primary_key=True)
    supplier_id: int = ref("supplier.id")
    days_left: int = Field(sa_column=Column(BigId, nullable=False))
    quantity: int
