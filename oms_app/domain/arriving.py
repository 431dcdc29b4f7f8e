"""What an order must say to be taken at all; what may be wrong with it besides is domain/validation.py."""

from oms_app.domain.errors import Malformed
from oms_app.domain.orders import MAX_LINES, MAX_QUANTITY, LineDraft, OrderDraft, tag

MAX_WISHES = 20
"""Names in a line's personalisation."""


def check_draft(draft: OrderDraft) -> None:
    """Raise Malformed with a sentence for an order that cannot be taken as it stands."""
    if not draft.customer.name.strip():
        raise Malformed("The order has no customer name.", details={"field": "customer.name"})
    if not draft.lines:
        raise Malformed("The order has no lines.", details={"field": "lines"})
    if len(draft.lines) > MAX_LINES:
        raise Malformed(f"An order has at most {MAX_LINES} lines; this one has {len(draft.lines)}.")
    for word in draft.tags:
        tag(word)
    if draft.shipping < 0 or draft.discount < 0:
        raise Malformed("Shipping and discount cannot be negative.")
    for index, line in enumerate(draft.lines):
        if not line.sku.strip():
            raise Malformed(f"Line {index + 1} has no SKU.", details={"field": f"lines.{index}.sku"})
        if not 1 <= line.quantity <= MAX_QUANTITY:
            raise Malformed(
                f"Line {index + 1} ({line.sku}): the quantity must be between 1 and {MAX_QUANTITY:,}.",
                details={"field": f"lines.{index}.quantity"},
            )
        check_personalisation(line, index)
        if line.discount < 0 or (line.unit_price_micros or 0) < 0:
            raise Malformed(f"Line {index + 1} ({line.sku}): price and discount cannot be negative.")


def check_personalisation(line: LineDraft, index: int) -> None:
    """Raise Malformed for more than fits on a card or a packing slip."""
    said = line.personalisation
    if len(said) > MAX_WISHES or any(not 0 < len(name) <= 60 or len(text) > 500 for name, text in said):
        raise Malformed(
            f"Line {index + 1} ({line.sku}): a personalisation has up to {MAX_WISHES} names of 60 characters, "
            "each with a text of up to 500.",
            details={"field": f"lines.{index}.personalisation"},
        )
