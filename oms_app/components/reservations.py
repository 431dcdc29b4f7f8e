"""What is kept for an order, where and why, and the forms that change it by hand."""

from functools import partial
from typing import Any

import reflex as rx

from oms_app.components.dialogs import form_dialog
from oms_app.components.forms import choice, field, labelled, problem
from oms_app.components.settings import small, table


def kept(rows: rx.Var[list[Any]], changes: rx.Var[bool], act: Any, choose: Any) -> rx.Component:
    """Units by article and location, each with why it was chosen; `act` and `choose` open a dialog for one of them."""
    heads = ("Article", "Units", "Kept at", "Why there", "")
    return rx.cond(
        rows.length() > 0,
        table("Kept units", heads, rx.foreach(rows, partial(_row, changes, act, choose))),
        rx.text("Nothing is kept for this order.", class_name="hint"),
    )


def _row(changes: rx.Var[bool], act: Any, choose: Any, row: rx.Var[Any]) -> rx.Component:
    about = f"{row.units} of {row.sku} at {row.location}"
    lot = small("Lot…", choose(row.id, about), aria_label=f"Choose the lot of {about}")
    buttons = rx.el.div(
        rx.cond(row.lots != "", lot, rx.fragment()),
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


def lot_dialog(state: Any) -> rx.Component:
    """Of which lot the units are taken, and why."""
    first = rx.el.option("What expires first", value="")
    rows = rx.foreach(state.lots, _lot)
    return form_dialog(
        labelled("Lot", rx.el.select(first, rows, id="lot", name="lot", class_name="select"), "lot", ""),
        field("Reason", name="reason", required=True, max_length=200),
        problem(state.problem),
        title=f"Choose the lot of {state.about}",
        description="Lots that expire too soon to be sold are not offered.",
        open=state.dialog == "lot",
        on_open_change=state.close_dialog,
        on_submit=state.choose_lot,
        action="Choose",
    )


def _lot(each: rx.Var[tuple[str, str]]) -> rx.Component:
    return rx.el.option(each[1], value=each[0])
