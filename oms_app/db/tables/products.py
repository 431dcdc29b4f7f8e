"""What a product is besides what an order line needs: attributes, its family, pictures, rates that begin on a day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, Numeric, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import document, instant, key, ref
from oms_app.db.types import Json


class ProductFamily(SQLModel, table=True):
    """Products that differ in their options only. `options`: [[name, [value, …]], …]."""

    __tablename__ = "product_family"
    id: int = key()
    code: str = Field(unique=True)
    name: str
    options: Any = Field(sa_column=Column(Json, nullable=False))
    created_at: datetime = instant()


class ProductDetail(SQLModel, table=True):
    """Beside the product's row, which every order line reads. `choices`: what the variant has of each option."""

    __tablename__ = "product_detail"
    product_id: int = ref("product.id", primary_key=True)
    family_id: int | None = ref("product_family.id", null=True, index=True)
    choices: Any = document()
    attributes: Any = document()


class ProductPicture(SQLModel, table=True):
    """A picture; its files are named by the digest of what was uploaded.

    Those of a product stand in the order of `created_at`; one that is put first is taken for older than the others.
    """

    __tablename__ = "product_picture"
    __table_args__ = (UniqueConstraint("product_id", "digest"),)
    id: int = key()
    product_id: int = ref("product.id")
    digest: str = Field(index=True)
    width: int
    height: int
    created_at: datetime = instant()


class ProductRate(SQLModel, table=True):
    """Per cent of tax from a day on. The product's own row holds the one that is in force (`in_force` once it was)."""

    __tablename__ = "product_rate"
    __table_args__ = (Index("ix_product_rate_waiting", "in_force", "valid_from"),)
    product_id: int = ref("product.id", primary_key=True)
    valid_from: date = Field(sa_column=Column(Date, primary_key=True))
    rate: float = Field(sa_column=Column(Numeric(6, 3), nullable=False))
    in_force: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    created_by: str
    created_at: datetime = instant()
