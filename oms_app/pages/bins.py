"""The bins of a location: which there are, and what is found in each."""

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import field, problem
from oms_app.components.inventory import tabs
from oms_app.components.settings import small, table
from oms_app.domain.bins import LONGEST
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.bins import BinsState as S
from oms_app.state.places import PlacesState
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.ADJUST_STOCK))


@shell.page("/inventory/bins", "Bins", needs=Permission.SEE_STOCK, on_load=[PlacesState.load_locations, S.load])
def bins() -> rx.Component:
    """A bin says where to look; units are kept by location."""
    put = rx.cond(MAY, rx.button("Put an article in a bin", on_click=S.open_dialog), rx.fragment())
    return rx.fragment(
        shell.heading("Bins", _location(), put),
        tabs("/inventory/bins"),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.rows.length() > 0, _rows(), _nothing())),
            skeleton(8),
        ),
        _dialog(),
    )


def _location() -> rx.Component:
    return rx.el.select(
        rx.foreach(PlacesState.choices, _choice),
        value=S.location,
        on_change=S.choose,
        aria_label="Location",
        class_name="select",
        width="14rem",
    )


def _choice(each: rx.Var[tuple[str, str]]) -> rx.Component:
    return rx.el.option(each[1], value=each[0])


def _nothing() -> rx.Component:
    return empty(
        "No bins here.",
        "A bin is a shelf by the code on its label: say what is found in it, and it is there.",
        icon="grid_3x3",
    )


def _rows() -> rx.Component:
    return rx.el.div(
        table("Bins", ("Bin", "Products", "What is found there"), rx.foreach(S.rows, _row)),
        rx.cond(S.more, small("Show 50 more", S.show_more, size="2"), rx.fragment()),
        class_name="stack",
    )


def _row(row: rx.Var) -> rx.Component:
    more = rx.cond(row.more > 0, rx.el.span(f"and {row.more} more", class_name="hint"), rx.fragment())
    return rx.el.tr(
        rx.el.th(row.code, scope="row", class_name="article"),
        rx.el.td(row.products),
        rx.el.td(rx.el.div(rx.foreach(row.skus, _sku), more, class_name="row")),
        custom_attrs={"data-bin": row.code},
    )


def _sku(sku: rx.Var[str]) -> rx.Component:
    return rx.link(sku, href=links.product(sku))


def _dialog() -> rx.Component:
    return form_dialog(
        field("SKU", name="sku", required=True, max_length=80, auto_focus=True),
        field("Bin", name="bin", required=True, max_length=LONGEST, hint="The code on its label; a new one is made."),
        problem(S.problem),
        title=f"Put an article in a bin at {S.location}",
        description="It says where to look. How many units there are does not change.",
        open=S.dialog,
        on_open_change=S.close_dialog,
        on_submit=S.put,
        action="Put it there",
    )
