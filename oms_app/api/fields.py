"""Kinds of fields that several requests and answers share: text without surprises, money, moments, pages."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema
from typing_extensions import TypedDict

from oms_app.domain import clock, money
from oms_app.domain.errors import Malformed

Item = TypeVar("Item")

NO_NUL = r"^[^\x00]*$"  # PostgreSQL keeps no NUL in text
COUNTRY = "^[A-Z]{2}$"


def _moment(given: datetime) -> datetime:
    if not 1970 <= given.year <= 2199:
        raise ValueError("expected a moment between 1970 and 2199")
    return given.astimezone(UTC)


Word = Annotated[str, StringConstraints(max_length=100, pattern=NO_NUL, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=500, pattern=NO_NUL, strip_whitespace=True)]
LongText = Annotated[str, StringConstraints(max_length=5_000, pattern=NO_NUL, strip_whitespace=True)]
Search = Annotated[str, StringConstraints(max_length=2_000, pattern=NO_NUL)]
Required = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_NUL, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]
"""A name in an address: an order's number, a SKU."""

Id = Annotated[int, Field(ge=1, lt=2**63)]
AmountIn = Annotated[
    Decimal,
    Field(ge=0, lt=10**10, max_digits=16, decimal_places=6, allow_inf_nan=False),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\d{1,10}(\.\d{1,6})?$"},
                {"type": "number", "minimum": 0, "exclusiveMaximum": 10**10},
            ],
            "examples": ["1234.50"],
        }
    ),
]
"""Money on its way in: major units, as a string or a number."""

Amount = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", examples=["1234.50"])]
"""Money on its way out: major units, always a string."""

MomentIn = Annotated[AwareDatetime, AfterValidator(_moment), Field(examples=["2026-11-23T08:35:00Z"])]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-23T08:35:00Z"])]


class Body(BaseModel):
    """A request body: unknown fields are mistakes, numbers are not read out of strings."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """Query parameters: unknown ones are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Limit = Annotated[int, Field(50, ge=1, le=200, description="How many at most.")]
Cursor = Annotated[Text, Field("", description="`next_cursor` of the page before.")]


class Page(TypedDict, Generic[Item]):
    """Some of a list; `next_cursor` continues it and is null at its end."""

    items: list[Item]
    next_cursor: str | None


class ListQuery(Query):
    """What every list takes."""

    q: Annotated[Search, Field("", description="What to find.")]
    limit: Limit
    cursor: Cursor
    sort: Annotated[Word, Field("", description="Which comes first.")]


def at(moment: datetime | None) -> Any:
    """A moment as machines read it, null where there is none."""
    return None if moment is None else clock.rfc3339(moment)


def minor(amount: Decimal, currency: str, field: str) -> int:
    """Minor units of an amount. Raises Malformed where it is finer than the currency."""
    places = money.digits(currency)
    if amount != amount.quantize(Decimal(1).scaleb(-places)):
        raise Malformed(
            f"“{field}”: {amount} is finer than {currency} goes ({places} decimals).", details={"field": field}
        )
    return money.to_minor(amount, currency)
