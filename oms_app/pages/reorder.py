"""Reorder: what falls below its reorder point, with every number behind the suggestion, and drafts of it."""

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import choice, field, problem
from oms_app.components.purchasing import tabs
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.places import PlacesState
from oms_app.state.reorder import ReorderState as S
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.PURCHASE))
HEADS = (
    *("Article", "Order", "Supplier", "A day", "Lead time", "Safety", "Reorder point"),
    *("On hand", "Reserved", "Waiting", "Incoming", "On drafts"),
)
LOADS = [S.load, PlacesState.load_locations]


@shell.page("/purchasing/reorder", "Reorder", needs=Permission.SEE_STOCK, on_load=LOADS)
def reorder() -> rx.Component:
    """What to order again, what runs out first at the top."""
    acts = rx.fragment(small("Work it out now", S.work_out, size="2"), small("Days", S.open_dialog, size="2"))
    words = rx.text(
        rx.el.span(S.count, custom_attrs={"data-count": S.count}),
        f" articles to order, {S.said}; an order is for the lead time and {S.cover_days} days.",
        class_name="hint",
        role="status",
    )
    return rx.fragment(
        shell.heading("Reorder", _suppliers(), rx.cond(MAY, acts, rx.fragment()), lead=words),
        tabs("/purchasing/reorder"),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.rows.length() > 0, _form(), _nothing())),
            skeleton(10),
        ),
        _dialog(),
    )


def _suppliers() -> rx.Component:
    return rx.el.select(
        rx.el.option("All suppliers", value=""),
        rx.foreach(S.suppliers, _supplier),
        value=S.supplier,
        on_change=S.choose_supplier,
        aria_label="Supplier",
        class_name="select reorder-supplier",
    )


def _supplier(row: rx.Var) -> rx.Component:
    return rx.el.option(row[1], value=row[0])


def _nothing() -> rx.Component:
    return empty(
        "Nothing to order.",
        "Articles on a supplier's price list come here when they fall below demand a day × lead time + safety stock.",
        icon="package_check",
    )


def _form() -> rx.Component:
    return rx.el.form(
        table("Articles to order", HEADS, rx.foreach(S.rows, _row)),
        rx.cond(S.more, small("Show 50 more", S.show_more, size="2", type="button"), rx.fragment()),
        problem(S.problem),
        rx.cond(MAY, _drafting(), rx.fragment()),
        on_submit=S.draft,
        class_name="stack",
    )


def _drafting() -> rx.Component:
    everything = rx.el.label(
        rx.el.input(type="checkbox", name="all"),
        " Everything that is suggested, the most urgent 1,000 at once",
        class_name="row",
    )
    return rx.el.div(
        choice("Deliver to", PlacesState.choices, name="location"),
        rx.cond(S.more, everything, rx.fragment()),
        rx.button("Draft purchase orders", type="submit"),
        class_name="row sheet-choice",
    )


def _row(row: rx.Var) -> rx.Component:
    box = rx.el.input(
        id=row.field,
        name=row.field,
        key=row.field,
        default_value=row.quantity.to(str),
        input_mode="numeric",
        aria_label=f"Units of {row.sku}",
        class_name="sheet-box",
    )
    numbers = (
        *(row.per_day, row.days, row.safety, row.point),
        *(row.on_hand, row.reserved, row.waiting, row.incoming, row.drafted),
    )
    return rx.el.tr(
        rx.el.th(
            rx.link(row.sku, href=links.product(row.sku)),
            rx.el.div(row.name, class_name="hint"),
            rx.el.div(row.why, class_name="hint", custom_attrs={"data-why": row.sku}),
            scope="row",
            class_name="article",
        ),
        rx.el.td(rx.cond(MAY, box, row.quantity), rx.el.div(row.cost, class_name="hint")),
        rx.el.td(row.supplier, rx.el.div(row.pack, class_name="hint")),
        *(rx.el.td(number) for number in numbers),
        class_name="reorder-row",
        custom_attrs={"data-reorder": row.sku},
    )


def _dialog() -> rx.Component:
    return form_dialog(
        field(
            "Days beyond the lead time",
            name="days",
            required=True,
            input_mode="numeric",
            auto_focus=True,
            default_value=f"{S.cover_days}",
        ),
        problem(S.problem),
        title="How long an order lasts",
        description="An order is for what is sold during the lead time and these days, and the safety stock.",
        open=S.dialog,
        on_open_change=S.close_dialog,
        on_submit=S.set_days,
        action="Save",
    )
