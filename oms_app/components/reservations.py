"""What is kept for an order, where and why, and the forms that change it by hand."""

from functools import partial
from typing import Any

import reflex as rx

from oms_app.components.dialogs import form_dialog
from oms_app.components.forms import choice, field, problem
from oms_app.components.settings import small, table


def kept(rows: rx.Var[list[Any]], changes: rx.Var[bool], act: Any) -> rx.Component:
    """Units by article and location, each with why it was chosen; `act` opens a dialog for one of them."""
    heads = ("Article", "Units", "Kept at", "Why there", "")
    return rx.cond(
        rows.length() > 0,
        table("Kept units", heads, rx.foreach(rows, partial(_row, changes, act))),
        rx.text("Nothing is kept for this order.", class_name="hint"),
    )


def _row(changes: rx.Var[bool], act: Any, row: rx.Var[Any]) -> rx.Component:
    about = f"{row.units} of {row.sku} at {row.location}"
    buttons = rx.el.div(
        small("Move…", act("move", row.id, about), aria_label=f"Move {about}"),
        small("Release…", act("release", row.id, about), aria_label=f"Release {about}"),
        class_name="row",
    )
    return rx.el.tr(
        rx.el.th(row.sku, scope="row", class_name="article"),
        rx.el.td(row.units),
        rx.el.td(
            row.location, rx.cond(row.lots != "", rx.el.div(f"Lots: {row.lots}", class_name="hint"), rx.fragment())
        ),
        rx.el.td(row.why),
        rx.el.td(rx.cond(changes, buttons, rx.fragment())),
        custom_attrs={"data-kept": row.id},
    )


def release_dialog(state: Any) -> rx.Component:
    """Why units are let go."""
    return form_dialog(
        field("Reason", name="reason", required=True, max_length=200, auto_focus=True),
        problem(state.problem),
        title=f"Release {state.about}",
        description="They are free for other orders. The line waits until somebody keeps units for it by hand.",
        open=state.dialog == "release",
        on_open_change=state.close_dialog,
        on_submit=state.release,
        action="Release",
    )


def move_dialog(state: Any, locations: rx.Var[list[Any]]) -> rx.Component:
    """Where units are kept instead, and why."""
    return form_dialog(
        choice("Location", locations, name="location"),
        field("Reason", name="reason", required=True, max_length=200),
        problem(state.problem),
        title=f"Move {state.about}",
        description="All of them, where the other location has as many available.",
        open=state.dialog == "move",
        on_open_change=state.close_dialog,
        on_submit=state.move,
        action="Move",
    )
