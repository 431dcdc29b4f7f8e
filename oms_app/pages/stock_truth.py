"""Stock truth: every level beside what it adds up to, and a repair where they differ."""

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import field, problem
from oms_app.components.inventory import tabs
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.shell import ShellState
from oms_app.state.stock_truth import StockTruthState

HEADS = ("Article", "Location", "On hand", "Σ ledger", "Reserved", "Σ reservations", "Free", "Adds up")
MAY = ShellState.may.contains(str(Permission.ADJUST_STOCK))


@shell.page("/inventory/truth", "Stock truth", needs=Permission.SEE_STOCK, on_load=StockTruthState.load)
def stock_truth() -> rx.Component:
    """On hand against the ledger, reserved against open reservations."""
    return rx.fragment(
        shell.heading(
            "Stock truth",
            rx.cond(MAY, rx.button("Check now", on_click=StockTruthState.check), rx.fragment()),
            lead=rx.text(StockTruthState.said, class_name="hint", role="status", custom_attrs={"data-checked": ""}),
        ),
        tabs("/inventory/truth"),
        loaded(
            StockTruthState.ready,
            rx.cond(
                StockTruthState.failure != "",
                failed(StockTruthState.failure, StockTruthState.load),
                rx.cond((StockTruthState.rows.length() > 0) | (StockTruthState.differences > 0), _levels(), _nothing()),
            ),
            skeleton(10),
        ),
        _dialog(),
        _line_dialog(),
    )


def _nothing() -> rx.Component:
    return empty("No stock yet.", "What lies on a shelf is added up here.", icon="scale")


def _levels() -> rx.Component:
    return rx.el.div(
        rx.cond(StockTruthState.differences > 0, _differing(), rx.fragment()),
        panel(
            "All levels",
            table("All levels", HEADS, rx.foreach(StockTruthState.rows, _level)),
            rx.cond(StockTruthState.more, small("Show 50 more", StockTruthState.show_more, size="2"), rx.fragment()),
        ),
        class_name="stack",
    )


def _differing() -> rx.Component:
    return panel(
        "What does not add up",
        table(
            "What does not add up",
            ("Article", "Location or order", "What differs", ""),
            rx.foreach(StockTruthState.differing, _difference),
            rx.foreach(StockTruthState.lines, _order_line),
        ),
    )


def _article(row: rx.Var) -> rx.Component:
    return rx.el.th(
        rx.link(row.sku, href=links.product(row.sku)),
        rx.el.div(row.name, class_name="hint"),
        scope="row",
        class_name="article",
    )


def _difference(row: rx.Var) -> rx.Component:
    repair = small("Repair", StockTruthState.open_dialog(row.sku, row.location), aria_label=f"Repair {row.sku}")
    return rx.el.tr(
        _article(row),
        rx.el.td(row.location),
        rx.el.td(row.wrong, class_name="wrap"),
        rx.el.td(rx.cond(MAY, repair, rx.fragment())),
        custom_attrs={"data-differs": row.sku},
    )


def _order_line(line: rx.Var) -> rx.Component:
    repair = small("Repair", StockTruthState.open_line_dialog(line.id), aria_label=f"Repair order {line.order}")
    return rx.el.tr(
        rx.el.th(rx.link(line.sku, href=links.product(line.sku)), scope="row", class_name="article"),
        rx.el.td(rx.link(line.order, href=links.order(line.order))),
        rx.el.td(line.wrong, class_name="wrap"),
        rx.el.td(rx.cond(MAY, repair, rx.fragment())),
        custom_attrs={"data-differs": line.order},
    )


def _level(row: rx.Var) -> rx.Component:
    numbers = (row.on_hand, row.ledger, row.reserved, row.kept, row.available)
    return rx.el.tr(
        _article(row),
        rx.el.td(row.location),
        *(rx.el.td(number, class_name="number") for number in numbers),
        rx.el.td(rx.cond(row.wrong == "", _badge("yes", "check", "green"), _badge("no", "circle_alert", "red"))),
    )


def _badge(word: str, icon: str, colour: str) -> rx.Component:
    return rx.badge(
        rx.icon(icon, size=12, aria_hidden="true"), word, color_scheme=colour, variant="soft", high_contrast=True
    )


def _dialog() -> rx.Component:
    chosen = StockTruthState.chosen
    return form_dialog(
        rx.text(chosen.wrong, "."),
        field("Reason", name="reason", required=True, max_length=200, auto_focus=True),
        problem(StockTruthState.problem),
        title=f"Repair {chosen.sku} at {chosen.location}",
        description="The level is set to what its ledger and its open reservations add up to, its lots to what is on"
        " hand: units they lack are of no lot. The ledger stays as it is: where the shelf says otherwise, adjust the"
        " product. The numbers stay in the audit trail.",
        open=StockTruthState.dialog,
        on_open_change=StockTruthState.close_dialog,
        on_submit=StockTruthState.repair,
        action="Repair",
    )


def _line_dialog() -> rx.Component:
    chosen = StockTruthState.chosen_line
    return form_dialog(
        rx.text(chosen.wrong, "."),
        field("Reason", name="reason", required=True, max_length=200, auto_focus=True),
        problem(StockTruthState.problem),
        title=f"Repair {chosen.sku} of order {chosen.order}",
        description="The line is set to the units that its reservations keep or have issued. Both numbers stay in the"
        " order's timeline.",
        open=StockTruthState.line_dialog,
        on_open_change=StockTruthState.close_line_dialog,
        on_submit=StockTruthState.repair_line,
        action="Repair",
    )
