"""What a product is made of: its components with the form that changes them, and the kits that it is part of."""

from functools import partial
from typing import Any

import reflex as rx

from oms_app.components import links
from oms_app.components.forms import field, problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table


def of_product(state: Any, may: rx.Var[bool]) -> rx.Component:
    """The panel of one product; nothing where it is no kit, in none, and nobody may make it one."""
    shown = may | (state.parts.length() > 0) | (state.used_in.length() > 0)
    return rx.cond(shown, _panel(state, may), rx.fragment())


def _panel(state: Any, may: rx.Var[bool]) -> rx.Component:
    parts = rx.el.div(
        rx.text(state.made, custom_attrs={"data-made": ""}),
        table("Components", ("Component", "Units of one kit", ""), rx.foreach(state.parts, partial(_part, state, may))),
        class_name="stack",
    )
    none = rx.text("It is no kit. A kit has no stock of its own: it takes that of its components.", class_name="hint")
    return panel(
        "Kit",
        rx.cond(state.parts.length() > 0, parts, none),
        rx.cond(may, _form(state), rx.fragment()),
        problem(state.problem),
        rx.cond(state.used_in.length() > 0, rx.el.p("Component of ", rx.foreach(state.used_in, _kit)), rx.fragment()),
    )


def _part(state: Any, may: rx.Var[bool], row: rx.Var[Any]) -> rx.Component:
    remove = small("Take out", state.remove(row.sku), aria_label=f"Take {row.sku} out of the kit")
    return rx.el.tr(
        rx.el.th(
            rx.link(row.sku, href=links.product(row.sku)),
            rx.el.div(row.name, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        rx.el.td(row.units),
        rx.el.td(rx.cond(may, remove, rx.fragment())),
        custom_attrs={"data-part": row.sku},
    )


def _form(state: Any) -> rx.Component:
    return rx.el.form(
        field("Component", name="part_sku", required=True, max_length=80, placeholder="SKU"),
        field("Units of one kit", name="part_units", required=True, input_mode="numeric", default_value="1"),
        rx.button("Put in", type="submit", variant="soft", high_contrast=True, align_self="end"),
        on_submit=state.put,
        reset_on_submit=True,
        class_name="row",
    )


def _kit(row: rx.Var[Any]) -> rx.Component:
    return rx.el.span(rx.link(row.sku, href=links.product(row.sku)), f" ({row.units} in one) ")
