"""The lines of an order as boxes: quantity, price and discount of each, lines taken off, articles added by SKU.

Rows are values with `key`, `sku`, `name`, `quantity`, `price`, `discount` (texts) and `removed`; the boxes are named
`quantity-KEY`, `price-KEY` and `discount-KEY`, and belong to the form around them.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import reflex as rx

from oms_app.components.settings import small, table

_BOXES = (("quantity", "numeric"), ("price", "decimal"), ("discount", "decimal"))


def lines(
    rows: rx.Var[list[Any]], *, currency: Any, toggle: Any, left: Any = None, more: Mapping[str, Any] | None = None
) -> rx.Component:
    """The boxes, for a form. `toggle(key)` takes a line off the order, or back.

    left  what hears that a box was left: `left(key, name, text)`      more  further columns: head → cell of a row
    """
    heads = (
        "Article",
        "Quantity",
        f"Price of one ({currency})",
        f"Discount on the line ({currency})",
        *(more or {}),
        "",
    )
    return table("Lines of the order", heads, rx.foreach(rows, partial(_row, toggle, left, more or {})))


def add_line(act: Any, *, problem: Any = None) -> rx.Component:
    """A form of its own, beside the one of `lines`: names an article to add. Its field is called `sku`."""
    return rx.el.form(
        rx.input(name="sku", placeholder="SKU", aria_label="SKU of an article to add", required=True, max_length=100),
        rx.button("Add article", type="submit", variant="soft", high_contrast=True),
        *([problem] if problem is not None else []),
        on_submit=act,
        reset_on_submit=True,
        class_name="one-line",
    )


def _row(toggle: Any, left: Any, more: Mapping[str, Any], row: rx.Var[Any]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            row.sku,
            rx.el.div(row.name, class_name="hint"),
            rx.cond(row.removed, rx.el.div("Taken off", class_name="hint"), rx.fragment()),
            scope="row",
            class_name="article",
        ),
        *(rx.el.td(_box(row, name, kind, left)) for name, kind in _BOXES),
        *(rx.el.td(cell(row)) for cell in more.values()),
        rx.el.td(
            small(
                rx.cond(row.removed, "Keep it", "Remove"),
                toggle(row.key),
                type="button",
                aria_label=rx.cond(row.removed, f"Keep {row.sku}", f"Remove {row.sku}"),
            )
        ),
        custom_attrs={"data-edit-line": row.sku},
    )


def _box(row: rx.Var[Any], name: str, kind: str, left: Any) -> rx.Component:
    heard = {"on_blur": left(row.key, name)} if left is not None else {}
    field = f"{name}-{row.key}"
    return rx.el.input(
        id=field,
        key=field,
        name=field,
        default_value=getattr(row, name),
        input_mode=kind,
        auto_complete="off",
        required=name != "discount",
        disabled=row.removed,
        aria_label=f"{name.capitalize()} of {row.sku}",
        class_name="sheet-box",
        **heard,
    )
