"""Lines of an order in boxes: the rows that a browser edits, and what somebody typed into them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oms_app.domain import money
from oms_app.domain.errors import Malformed
from oms_app.state.session import typed


@dataclass(frozen=True, slots=True)
class EditorLine:
    """A row of boxes (components/order_lines_editor.py). `key` names its boxes; the texts are in major units."""

    key: str
    sku: str
    name: str
    quantity: str = "1"
    price: str = ""
    discount: str = ""
    removed: bool = False


@dataclass(frozen=True, slots=True)
class TypedLine:
    """What stands in the boxes of a row: units, micros of one unit, minor units off the line (None: left empty)."""

    key: str
    sku: str
    quantity: int
    unit_price_micros: int | None
    discount: int | None


def toggled(rows: Sequence[EditorLine], key: str) -> list[EditorLine]:
    """The rows with one of them taken off, or back."""
    return [replace(row, removed=not row.removed) if row.key == key else row for row in rows]


def read(rows: Sequence[EditorLine], form: Mapping[str, Any], currency: str) -> list[TypedLine]:
    """What somebody typed. A line taken off has no units. Raises Malformed with a sentence that names the line."""
    return [_read(row, dict(form), currency) for row in rows]


def _read(row: EditorLine, form: dict[str, Any], currency: str) -> TypedLine:
    if row.removed:
        return TypedLine(row.key, row.sku, 0, None, None)
    quantity = typed(form, f"quantity-{row.key}").replace(",", "")
    if not (quantity.isascii() and quantity.isdecimal()):
        raise Malformed(f"{row.sku}: write the quantity as a whole number.")
    try:
        price, discount = (typed(form, f"{name}-{row.key}").replace(",", "") for name in ("price", "discount"))
        return TypedLine(
            row.key,
            row.sku,
            int(quantity),
            money.to_micros(price) if price else None,
            money.to_minor(discount, currency) if discount else None,
        )
    except Malformed as error:
        raise Malformed(f"{row.sku}: {error.message}") from None
