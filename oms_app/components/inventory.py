"""The tabs above every page about stock."""

import reflex as rx

TABS = (
    ("/inventory", "Stock"),
    ("/inventory/sheet", "Sheet"),
    ("/inventory/kits", "Kits"),
    ("/inventory/lots", "Lots"),
    ("/inventory/cover", "Cover"),
    ("/inventory/transfers", "Transfers"),
    ("/inventory/bins", "Bins"),
    ("/inventory/counts", "Counts"),
    ("/inventory/truth", "Stock truth"),
)


def tabs(current: str) -> rx.Component:
    """One tab a page; `current` is the route of the page they stand on."""
    return rx.el.nav(
        *(
            rx.link(title, href=route, custom_attrs={"aria-current": "page" if route == current else "false"})
            for route, title in TABS
        ),
        aria_label="Inventory",
        class_name="board-views",
    )
