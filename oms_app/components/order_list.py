"""The list of orders: its rows, its chips, and the bar of what is selected."""

from typing import Any

import reflex as rx

from oms_app.components import links
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
            rx.el.td(
                rx.el.input(
                    type="checkbox",
                    checked=selected.contains(each.number),
                    on_change=pick(each.number),
                    aria_label=f"Select order {each.number}",
                ),
                class_name="pick",
            ),
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
                    rx.el.th(
                        rx.el.input(
                            type="checkbox",
                            checked=(selected.length() > 0) & (selected.length() >= rows.length()),
                            on_change=lambda _value: pick_all(),
                            aria_label="Select every order shown",
                        ),
                        scope="col",
                        class_name="pick",
                    ),
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


def selection_bar(
    count: rx.Var[int],
    whole: rx.Var[str],
    *more: rx.Component,
    act: Any,
    actions: list[tuple[str, str]],
    stages: list[tuple[str, str]],
    clear: Any,
) -> rx.Component:
    """How many are selected, what to do to them, and how to let them go.

    whole  what the search finds in words, once all of it is selected      more  what selects all of it
    """
    return rx.cond(
        count > 0,
        rx.el.div(
            rx.text(rx.cond(whole != "", f"All {whole} selected", f"{count} selected"), weight="medium", role="status"),
            *more,
            _menu("Move to …", [(title, act("move", stage)) for stage, title in stages]),
            _menu("Do …", [(f"{title} …", act(action, "")) for action, title in actions]),
            rx.button("Clear", variant="ghost", color_scheme="gray", high_contrast=True, on_click=clear),
            class_name="selection-bar",
            role="region",
            aria_label="Selected orders",
        ),
        rx.fragment(),
    )


def _menu(words: str, items: list[tuple[str, Any]]) -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(rx.button(words, variant="soft", high_contrast=True)),
        rx.menu.content(*(rx.menu.item(title, on_select=chosen) for title, chosen in items)),
    )
