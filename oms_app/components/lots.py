"""Lots: rows of them with how old they are, the panel of one product, and its forms."""

from functools import partial
from typing import Any

import reflex as rx

from oms_app.components import links
from oms_app.components.badges import severity_badge
from oms_app.components.dialogs import form_dialog
from oms_app.components.forms import choice, field, problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table


def standing(row: rx.Var[Any]) -> rx.Component:
    """Whether orders may still take of a lot."""
    return rx.match(
        row.standing,
        ("expired", severity_badge("late", row.said)),
        ("soon", severity_badge("due", row.said)),
        rx.text("Is sold", class_name="hint"),
    )


def expiring(rows: rx.Var[list[Any]]) -> rx.Component:
    """Lots of all products, the first to expire first."""

    def row(each: rx.Var[Any]) -> rx.Component:
        return rx.el.tr(
            rx.el.th(
                rx.link(each.sku, href=links.product(each.sku)),
                rx.el.div(each.name, class_name="hint"),
                scope="row",
                class_name="article",
            ),
            rx.el.td(_link(each)),
            rx.el.td(each.location),
            rx.el.td(each.expires),
            rx.el.td(standing(each)),
            rx.el.td(each.units),
            custom_attrs={"data-lot": each.code},
        )

    return table("Lots", ("Article", "Lot", "Location", "Last day", "", "Units"), rx.foreach(rows, row))


def history(rows: rx.Var[list[Any]]) -> rx.Component:
    """What came into a lot and left it."""

    def row(each: rx.Var[Any]) -> rx.Component:
        return rx.el.tr(*(rx.el.td(cell) for cell in (each.at, each.units, each.kind, each.reason, each.actor)))

    return table("History of the lot", ("When", "Units", "Kind", "Reason", "Who"), rx.foreach(rows, row))


def of_product(state: Any, edits: rx.Var[bool], adjusts: rx.Var[bool]) -> rx.Component:
    """The lots of one product; for who may not switch them on, nothing where it has none."""
    heads = ("Lot", "Location", "Last day", "", "Units", "")
    switch = small("Lots and expiry…", state.open_terms)
    return rx.cond(
        state.tracked | edits,
        panel(
            "Lots",
            rx.cond(
                state.tracked,
                rx.cond(
                    state.rows.length() > 0,
                    table("Lots", heads, rx.foreach(state.rows, partial(_row, state, adjusts))),
                    rx.text("Nothing is on hand. What comes says of which lot it is.", class_name="hint"),
                ),
                rx.text("Its units have no lots: they do not expire.", class_name="hint"),
            ),
            rx.cond(edits, rx.el.div(switch, class_name="row"), rx.fragment()),
        ),
        rx.fragment(),
    )


def _row(state: Any, adjusts: rx.Var[bool], row: rx.Var[Any]) -> rx.Component:
    rename = small(
        "Another lot…", state.open_naming(row.id), aria_label=f"Another lot for {row.code} at {row.location}"
    )
    return rx.el.tr(
        rx.el.th(_link(row), scope="row", class_name="article"),
        rx.el.td(row.location),
        rx.el.td(row.expires),
        rx.el.td(standing(row)),
        rx.el.td(row.units),
        rx.el.td(rx.cond(adjusts, rename, rx.fragment())),
        custom_attrs={"data-lot": row.code},
    )


def _link(row: rx.Var[Any]) -> rx.Component:
    return rx.link(row.code, href=f"/inventory/lots?lot={row.id}")


def came(shown: rx.Var[bool]) -> rx.Component:
    """Fields of a form: of which lot units are, and its last day."""
    return rx.cond(
        shown,
        rx.el.div(
            field("Lot", name="lot", max_length=60, auto_complete="off"),
            field("Last day it is good", name="expires", type="date"),
            class_name="fields",
        ),
        rx.fragment(),
    )


def terms_dialog(state: Any) -> rx.Component:
    """The switch, and how many days before it expires a lot is not sold any more."""
    return form_dialog(
        choice(
            "Units are kept by lot",
            [("yes", "Yes: each lot has its last day"), ("no", "No: they do not expire")],
            name="tracked",
            default_value=rx.cond(state.tracked, "yes", "no"),
        ),
        field(
            "Not sold any more, days before",
            name="unsold_days",
            input_mode="numeric",
            max_length=4,
            default_value=state.unsold_days.to_string(),
            hint="0: it is sold on its last day too.",
        ),
        problem(state.problem),
        title="Lots and expiry",
        description="What is on hand when lots are switched on is of no lot until somebody names it.",
        open=state.dialog,
        on_open_change=state.close_terms,
        on_submit=state.set_terms,
        action="Save",
    )


def naming_dialog(state: Any) -> rx.Component:
    """Of which lot units are."""
    return form_dialog(
        field("Lot", name="lot_code", required=True, max_length=60, auto_focus=True, auto_complete="off"),
        field("Last day it is good", name="lot_expires", type="date"),
        field(
            "Units", name="lot_units", required=True, input_mode="numeric", default_value=state.naming.units.to_string()
        ),
        problem(state.problem),
        title=f"Another lot for units of {state.naming.code}",
        description=f"At {state.naming.location}. Units and ledger stay as they are.",
        open=state.naming.id > 0,
        on_open_change=state.close_naming,
        on_submit=state.name_units,
        action="Save",
    )
