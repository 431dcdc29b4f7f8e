"""Parts of the pages about products: tabs, thumbnails, and the fields every form of a product shares."""

from typing import Any

import reflex as rx

from oms_app.components.forms import choice, field

TABS = (("/products", "Products"), ("/products/sku-map", "SKU map"))
TAX = [("yes", "in the price"), ("no", "on top of it")]


def tabs(current: str) -> rx.Component:
    """One tab a page; `current` is the route of the page they stand on."""
    return rx.el.nav(
        *(
            rx.link(title, href=route, custom_attrs={"aria-current": "page" if route == current else "false"})
            for route, title in TABS
        ),
        aria_label="Products",
        class_name="board-views",
    )


def thumbnail(source: rx.Var[str]) -> rx.Component:
    """A small picture beside the name, which says what it shows."""
    return rx.el.img(src=source, alt="", width="36", height="36", loading="lazy", class_name="thumbnail")


def sale_fields(**given: Any) -> rx.Component:
    """Price and what belongs to it; `given` are values by the fields' names."""

    def text(label: str, name: str, **props: Any) -> rx.Component:
        return field(label, name=name, **({"default_value": given[name]} if name in given else {}), **props)

    old = {"default_value": given["tax_included"]} if "tax_included" in given else {}
    return rx.el.div(
        text("Price", "price", required=True, input_mode="decimal"),
        choice("Tax", TAX, name="tax_included", **old),
        *(() if given else (text("GST rate in %", "gst_rate", input_mode="decimal"),)),
        text("HSN", "hsn", max_length=8, input_mode="numeric"),
        text("Weight in grams", "weight_g", input_mode="numeric"),
        class_name="fields",
    )
