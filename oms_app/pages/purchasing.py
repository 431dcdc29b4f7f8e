"""Purchasing: the list of purchase orders, and the form for a new one."""

import reflex as rx

from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import area, choice, field, problem
from oms_app.components.purchasing import late_badge, state_badge, tabs
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.places import PlacesState
from oms_app.state.purchasing import PurchasesState as S
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.PURCHASE))
HEADS = ("Order", "Supplier", "State", "Received", "Due", "Total", "For", "By")


@shell.page("/purchasing", "Purchasing", needs=Permission.SEE_STOCK, on_load=[S.load, PlacesState.load_locations])
def purchasing() -> rx.Component:
    """Purchase orders, newest first, by state."""
    return rx.fragment(
        shell.heading("Purchasing", rx.cond(MAY, rx.button("New purchase order", on_click=S.open_dialog))),
        tabs("/purchasing"),
        rx.el.nav(rx.foreach(S.tabs, _tab), aria_label="State", class_name="row cover-views"),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.rows.length() > 0, _rows(), _nothing())),
            skeleton(10),
        ),
        _dialog(),
    )


def _tab(tab: rx.Var) -> rx.Component:
    here = rx.cond(tab.here, "page", "false")
    return rx.link(tab.words, href=tab.href, class_name="chip", custom_attrs={"aria-current": here})


def _nothing() -> rx.Component:
    return empty(
        "No purchase orders here.",
        "Draft one, or let the reorder list draft them: one for each supplier.",
        icon="shopping_cart",
    )


def _rows() -> rx.Component:
    return rx.el.div(
        table("Purchase orders", HEADS, rx.foreach(S.rows, _row)),
        rx.cond(S.more, small("Show 50 more", S.show_more, size="2"), rx.fragment()),
        class_name="stack",
    )


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(rx.link(row.number, href=f"/purchasing/{row.number}"), scope="row", class_name="article"),
        rx.el.td(row.supplier),
        rx.el.td(rx.el.div(state_badge(row.state, row.title), late_badge(row.late), class_name="row")),
        rx.el.td(row.units),
        rx.el.td(row.due),
        rx.el.td(row.total),
        rx.el.td(row.location),
        rx.el.td(row.by),
        custom_attrs={"data-purchase": row.number},
    )


def _dialog() -> rx.Component:
    hint = "A line each: SKU and units, as KUR-1 24; a cost that is not the list's after @, as KUR-1 24 @ 310.50."
    return form_dialog(
        choice("Supplier", S.choices, name="supplier"),
        choice("Deliver to", PlacesState.choices, name="location"),
        area("Articles", name="lines", hint=hint, rows="6"),
        field("Note to the supplier", name="note", max_length=500),
        problem(S.problem),
        title="New purchase order",
        description="A draft: nobody is told before it is sent.",
        open=S.dialog,
        on_open_change=S.close_dialog,
        on_submit=S.draft,
        action="Draft it",
    )
