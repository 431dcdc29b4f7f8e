"""What is not for sale of a product: the form that sets units aside, and what each channel is told."""

from typing import Any

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import form_dialog
from oms_app.components.forms import choice, field, problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table


def told(state: Any, sku: rx.Var[str], may: rx.Var[bool]) -> rx.Component:
    """A row for each channel: its buffer, and available less that; what a connected one took is a page of its own."""

    def row(each: rx.Var[Any]) -> rx.Component:
        return rx.el.tr(
            rx.el.th(each.title, scope="row", class_name="article"),
            rx.el.td(rx.cond(may, _buffer(state, each), each.buffer)),
            rx.el.td(each.available),
            key=each.channel,
        )

    return panel(
        "What channels are told",
        rx.text(
            "Available at all open locations, less a buffer. Left empty, it is the channel's for every article.",
            class_name="hint",
        ),
        table("Channels", ("Channel", "Buffer", "Is told"), rx.foreach(state.told, row)),
        actions=rx.link("What each took", href=links.on_channels(sku)),
    )


def _buffer(state: Any, each: rx.Var[Any]) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="channel", value=each.channel),
        rx.input(
            name="units",
            default_value=rx.cond(each.own, each.buffer.to_string(), ""),
            placeholder=each.buffer.to_string(),
            input_mode="numeric",
            max_length=7,
            aria_label=f"Buffer of {each.title}",
            width="5rem",
        ),
        small("Save", type="submit"),
        on_submit=state.set_buffer,
        class_name="one-line",
    )


def limits_dialog(state: Any, locations: rx.Var[list[Any]]) -> rx.Component:
    """Safety and blocked units at a location, and why."""
    return form_dialog(
        choice("Location", locations, name="limits_location"),
        rx.el.div(
            field("Safety", name="safety", required=True, input_mode="numeric", default_value="0"),
            field("Blocked", name="blocked", required=True, input_mode="numeric", default_value="0"),
            class_name="fields",
        ),
        field("Reason", name="limits_reason", required=True, max_length=200),
        problem(state.problem),
        title="Set units aside",
        description="They stay on hand and are not sold. What is written here replaces what was set before.",
        open=state.dialog,
        on_open_change=state.close_dialog,
        on_submit=state.set_limits,
        action="Set aside",
    )
