"""The seller: legal profile and tax registrations."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import document, instant, key, text


class Company(SQLModel, table=True):
    """The seller's profile, one row. Addresses and bank are JSON: {line1, line2, city, state, postal_code, country},
    {account_name, account_number, ifsc, bank, upi}."""

    __tablename__ = "company"
    id: int = key()
    legal_name: str
    trade_name: str = ""
    pan: str = ""
    email: str = ""
    phone: str = ""
    address: dict[str, Any] | None = document()
    bank: dict[str, Any] | None = document()
    logo: str = text()
    signature: str = text()
    updated_at: datetime = instant()


class GstRegistration(SQLModel, table=True):
    """A GSTIN of the seller in one State."""

    __tablename__ = "gst_registration"
    gstin: str = Field(primary_key=True)
    state: str
    address: dict[str, Any] | None = document()


class Setting(SQLModel, table=True):
    """A named choice of the shop, as JSON."""

    __tablename__ = "setting"
    name: str = Field(primary_key=True)
    value: Any = document()
