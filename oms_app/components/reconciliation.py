"""The tabs above what is held against channels."""

import reflex as rx

TABS = (("/reconciliation", "Orders and stock"), ("/reconciliation/settlements", "Settlements"))


def tabs(current: str) -> rx.Component:
    """One tab a page; `current` is the route of the page they stand on."""
    return rx.el.nav(
        *(
            rx.link(title, href=route, custom_attrs={"aria-current": "page" if route == current else "false"})
            for route, title in TABS
        ),
        aria_label="Reconciliation",
        class_name="board-views",
    )
