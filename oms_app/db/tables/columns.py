"""Columns that several tables share, written once."""

from typing import Any

from sqlalchemy import Column, ForeignKey, Text
from sqlmodel import Field

from oms_app.db.types import BigId, Instant, Json


def key() -> Any:
    """A primary key that the database numbers."""
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def instant(*, null: bool = False, index: bool = False) -> Any:
    """A moment."""
    return Field(default=None, sa_column=Column(Instant, nullable=null, index=index))


def ref(target: str, *, null: bool = False, index: bool = False, primary_key: bool = False) -> Any:
    """A reference to another table's key."""
    return Field(
        default=None,
        sa_column=Column(BigId, ForeignKey(target), nullable=null, index=index, primary_key=primary_key),
    )


def amount() -> Any:
    """Money in minor units."""
    return Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))


def text(*, null: bool = False) -> Any:
    """Text of any length."""
    return Field(
        default=None if null else "", sa_column=Column(Text, nullable=null, server_default=None if null else "")
    )


def document() -> Any:
    """A JSON value."""
    return Field(default=None, sa_column=Column(Json, nullable=True))
