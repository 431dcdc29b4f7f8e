"""The tabs above every page about purchasing, the badge of an order's state, and a product's suppliers."""

import reflex as rx

from oms_app.components.order import panel
from oms_app.components.settings import table

TABS = (
    ("/purchasing", "Purchase orders"),
    ("/purchasing/reorder", "Reorder"),
    ("/purchasing/suppliers", "Suppliers"),
)
COLOURS = {
    "draft": "gray",
    "sent": "blue",
    "acknowledged": "cyan",
    "part_received": "amber",
    "received": "green",
    "closed": "gray",
    "cancelled": "gray",
}


def tabs(current: str) -> rx.Component:
    """One tab a page; `current` is the route of the page they stand on."""
    return rx.el.nav(
        *(
            rx.link(title, href=route, custom_attrs={"aria-current": "page" if route == current else "false"})
            for route, title in TABS
        ),
        aria_label="Purchasing",
        class_name="board-views",
    )


def state_badge(state: rx.Var[str], title: rx.Var[str]) -> rx.Component:
    """The state's word in its colour."""
    return rx.badge(
        title,
        color_scheme=rx.match(state, *COLOURS.items(), "gray"),
        variant=rx.match(state, ("cancelled", "outline"), ("closed", "outline"), "soft"),
        high_contrast=True,
        custom_attrs={"data-state": state},
    )


def late_badge(late: rx.Var[bool]) -> rx.Component:
    """Says that goods did not come on their day."""
    words = rx.badge(
        rx.icon("clock_alert", size=12, aria_hidden="true"),
        "Late",
        color_scheme="red",
        variant="soft",
        high_contrast=True,
    )
    return rx.cond(late, words, rx.fragment())


def of_product(offers: rx.Var, coming: rx.Var) -> rx.Component:
    """Who sells a product, and what of it is on its way; nothing where nobody sells it."""
    sold = table("Suppliers", ("Supplier", "Cost of a unit", "Sold in", "Lead time"), rx.foreach(offers, _offer))
    heads = ("Purchase order", "Supplier", "For", "To come", "Due")
    on_way = table("Purchase orders", heads, rx.foreach(coming, _coming))
    return rx.fragment(
        rx.cond(coming.length() > 0, panel("On its way", on_way), rx.fragment()),
        rx.cond(offers.length() > 0, panel("Suppliers", sold), rx.fragment()),
    )


def _offer(row: rx.Var) -> rx.Component:
    name = rx.link(row.supplier, href=f"/purchasing/suppliers?s={row.supplier_id}")
    return rx.el.tr(
        rx.el.th(name, scope="row", class_name="article"), *(rx.el.td(each) for each in (row.cost, row.pack, row.days))
    )


def _coming(row: rx.Var) -> rx.Component:
    number = rx.link(row.number, href=f"/purchasing/{row.number}")
    return rx.el.tr(
        rx.el.th(number, scope="row", class_name="article"),
        *(rx.el.td(each) for each in (row.supplier, row.location, row.units, row.due)),
        custom_attrs={"data-coming": row.number},
    )
