"""The list of orders: its rows and its chips."""

from typing import Any

import reflex as rx

from oms_app.components import links, picking
from oms_app.components.badges import demo_badge, severity_badge, stage_badge
from oms_app.domain.marks import Part

HEADS = ("Order", "Customer", "Stage", "Ship by", "Total", "Units", "Payment", "Channel", "Placed")
NUMBERS = ("Total", "Units")


def marked(parts: rx.Var[list[Part]]) -> rx.Component:
    """A text with the searched words marked."""
    return rx.foreach(parts, _part)


def _part(part: rx.Var[Part]) -> rx.Component:
    return rx.cond(part[1], rx.el.mark(part[0]), rx.el.span(part[0]))


def chips(items: rx.Var[list[str]], drop: Any) -> rx.Component:
    """What the query asks for, each with a button that takes it out."""

    def chip(item: rx.Var[str], position: rx.Var[int]) -> rx.Component:
        return rx.el.li(
            rx.el.span(item),
            rx.el.button(
                rx.icon("x", size=12, aria_hidden="true"),
                type="button",
                aria_label=f"Remove {item}",
                on_click=drop(position),
            ),
            class_name="chip filter-chip",
        )

    return rx.el.ul(rx.foreach(items, chip), class_name="chips", aria_label="Filters")


def order_table(
    rows: rx.Var[list[Any]], selected: rx.Var[list[str]], *, pick: Any, pick_all: Any, q: rx.Var[str]
) -> rx.Component:
    """Rows with a checkbox each; the number opens the order, which remembers the search `q` that found it."""

    def row(each: rx.Var) -> rx.Component:
        return rx.el.tr(
            picking.pick(selected, each.number, f"Select order {each.number}", pick),
            rx.el.th(
                rx.link(marked(each.number_parts), href=links.order(each.number, q)),
                scope="row",
                class_name="article",
            ),
            rx.el.td(marked(each.customer_parts), rx.el.div(marked(each.place_parts), class_name="hint")),
            rx.el.td(
                stage_badge(each.stage, each.stage_title),
                rx.foreach(each.flags, _flag),
                rx.cond(each.demo, demo_badge(margin_left="4px"), rx.fragment()),
            ),
            rx.el.td(rx.cond(each.sla != "", severity_badge(each.sla, each.ship_by), rx.el.span(each.ship_by))),
            rx.el.td(each.total, class_name="number"),
            rx.el.td(each.units, class_name="number"),
            rx.el.td(each.payment),
            rx.el.td(each.channel),
            rx.el.td(each.placed),
            custom_attrs={"data-result": f"order:{each.number}"},
        )

    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    picking.pick_all(selected, rows, "Select every order shown", pick_all),
                    *(rx.el.th(head, scope="col", class_name="number" if head in NUMBERS else "") for head in HEADS),
                )
            ),
            rx.el.tbody(rx.foreach(rows, row)),
            class_name="table orders",
        ),
        class_name="table-box",
        tab_index=0,
        role="region",
        aria_label="Orders",
    )


def _flag(word: rx.Var[str]) -> rx.Component:
    return rx.badge(word, color_scheme="gray", variant="soft", high_contrast=True, margin_left="4px")
