"""The stock sheet: one location's levels in boxes, a column pasted at once, saved together and taken back."""

import reflex as rx

from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import choice, field, problem
from oms_app.components.inventory import tabs
from oms_app.components.list_files import list_file
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.domain.stock_sheet import STEPS_BACK
from oms_app.pages import shell
from oms_app.state.list_files import StockFilesState as F
from oms_app.state.places import PlacesState
from oms_app.state.shell import ShellState
from oms_app.state.stock_sheet import StockSheetState as S

MAY = ShellState.may.contains(str(Permission.ADJUST_STOCK))
MAY_EXPORT = ShellState.may.contains(str(Permission.EXPORT))


@shell.page("/inventory/sheet", "Stock sheet", needs=Permission.SEE_STOCK, on_load=[PlacesState.load_locations, S.load])
def stock_sheet() -> rx.Component:
    """Type or paste what lies there."""
    return rx.fragment(
        shell.heading("Stock sheet", rx.cond(MAY_EXPORT, _exports(), rx.fragment())),
        tabs("/inventory/sheet"),
        _choose(),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.rows.length() > 0, _sheet(), _nothing())),
            skeleton(10),
        ),
        rx.cond(MAY, _import(), rx.fragment()),
        rx.el.script(src="/sheet.js"),
    )


def _exports() -> rx.Component:
    return rx.fragment(
        *(small(f"Download {kind.upper()}", S.download(kind), size="2") for kind in ("csv", "xlsx")),
    )


def _choose() -> rx.Component:
    return rx.el.form(
        choice("Location", PlacesState.choices, name="location", key=S.location, default_value=S.location),
        field("SKU begins with", name="q", key=S.prefix, default_value=S.prefix, max_length=80),
        rx.button("Show", type="submit", variant="soft", high_contrast=True),
        on_submit=S.choose,
        class_name="row sheet-choice",
    )


def _nothing() -> rx.Component:
    hint = "What lies at this location comes as a sheet: type or paste a column, save it, take it back."
    return empty("No stock here.", hint, icon="table")


def _sheet() -> rx.Component:
    heads = ("Article", "Reserved", "On hand", "Counted")
    undo = small("Undo", S.undo, size="2", type="button", disabled=S.undoable == 0)
    save = rx.fragment(
        rx.el.div(
            field("Reason", name="reason", max_length=200, placeholder="Counted"),
            rx.button("Save what changed", type="submit"),
            undo,
            rx.text(f"The last {STEPS_BACK} saved sheets can be taken back.", class_name="hint"),
            class_name="row sheet-choice",
        ),
        problem(S.problem),
    )
    return rx.el.form(
        rx.cond(MAY, save, rx.fragment()),
        table("Stock sheet", heads, rx.foreach(S.rows, _row)),
        rx.cond(S.more, small("Show 50 more", S.show_more, size="2", type="button"), rx.fragment()),
        on_submit=S.save,
        class_name="stack",
        custom_attrs={"data-sheet": ""},
    )


def _import() -> rx.Component:
    words = "Choose a stock list, or drop it here: columns sku, location, on_hand."
    return panel("Import a file", list_file(F, words, id="stock-file", label="Stock list"), margin_top="16px")


def _row(row: rx.Var) -> rx.Component:
    box = rx.el.input(
        id=row.field,
        name=row.field,
        key=row.key,
        default_value=f"{row.on_hand}",
        input_mode="numeric",
        auto_complete="off",
        aria_label=f"Counted, {row.sku}",
        disabled=~MAY,
        class_name="sheet-box",
        custom_attrs={"data-cell": ""},
    )
    return rx.el.tr(
        rx.el.th(row.sku, rx.el.div(row.name, class_name="hint"), scope="row", class_name="article"),
        rx.el.td(row.reserved),
        rx.el.td(row.on_hand),
        rx.el.td(box),
        custom_attrs={"data-row": row.sku},
    )
