"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from oms_app.domain.clock import from_ms, to_ms

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit key; SQLite numbers rows itself only where the type is written INTEGER."""

Json = JSON().with_variant(JSONB(), "postgresql")
JsonOrNull = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""As Json, where no value is NULL and not the JSON value null."""


class Instant(TypeDecorator[datetime]):
    """A moment: UTC-aware datetime in Python, milliseconds since 1970 in the database.

    Integers compare, subtract and bucket alike on both databases, and a naive time cannot slip in.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> int | None:
        return None if value is None else to_ms(value)

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        return None if value is None else from_ms(value)
