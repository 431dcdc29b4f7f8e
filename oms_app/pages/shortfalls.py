"""The shortfall queue: order lines that no location could keep units for, most urgent first."""

import reflex as rx

from oms_app.components import links
from oms_app.components.badges import severity_badge
from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import choice, field, problem, search_form
from oms_app.components.settings import small
from oms_app.domain.permissions import Permission
from oms_app.domain.shortfalls import TITLES, Waiting
from oms_app.pages import shell
from oms_app.state.places import PlacesState
from oms_app.state.shell import ShellState
from oms_app.state.shortfalls import ShortfallsState

S = ShortfallsState
WAITS = (Waiting.BACKORDER, Waiting.PREORDER, Waiting.OPEN)


@shell.page("/shortfalls", "Shortfalls", needs=Permission.SEE_ORDERS, on_load=[S.load, PlacesState.load_locations])
def page() -> rx.Component:
    """Filters above, the queue below; each line with what can be done about it."""
    return rx.fragment(
        shell.heading(
            "Shortfalls", _search(), lead=rx.text("Served when stock comes, from the top.", class_name="hint")
        ),
        rx.el.div(
            *(_filter(state, title) for state, title in TITLES.items()),
            class_name="row below-head",
            role="group",
            aria_label="How they wait",
        ),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.rows.length() > 0, _queue(), _nothing())),
            skeleton(8),
        ),
        _location_dialog(),
        _substitute_dialog(),
        _cancel_dialog(),
    )


def _search() -> rx.Component:
    return search_form(S.words, S.search, label="Look for an article or an order", placeholder="SKU or order number")


def _filter(state: Waiting, title: str) -> rx.Component:
    return rx.el.button(
        title,
        rx.cond(S.counts.contains(str(state)), rx.el.span(" ", S.counts[str(state)]), rx.fragment()),
        type="button",
        class_name="chip",
        aria_pressed=S.shown == str(state),
        on_click=S.show_only(str(state)),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        (S.words != "") | (S.shown != ""),
        empty("No line fits.", rx.link("Show all", href="/shortfalls"), icon="search_x"),
        empty(
            "Nothing is short.",
            "A line stands here when an order arrives for more units than are available.",
            icon="package_check",
        ),
    )


def _queue() -> rx.Component:
    heads = ("Order", "Article", "Missing", "Available", "Ship by", "Waits", "")
    return rx.el.div(
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(*(_head(head) for head in heads))),
                rx.el.tbody(rx.foreach(S.rows, _line)),
                class_name="table",
            ),
            class_name="table-box",
            tab_index=0,
            role="region",
            aria_label="Lines that wait for stock",
        ),
        rx.cond(S.cursor != "", small("Show 50 more", S.show_more, size="2"), rx.fragment()),
        class_name="stack",
    )


def _head(head: str) -> rx.Component:
    words = head or rx.el.span("Actions", class_name="visually-hidden")
    return rx.el.th(words, scope="col", class_name="number" if head in ("Missing", "Available") else "")


def _line(row: rx.Var) -> rx.Component:
    article = rx.cond(row.known, rx.link(row.sku, href=links.product(row.sku)), rx.el.span(row.sku))
    return rx.el.tr(
        rx.el.th(
            rx.link(row.number, href=links.order(row.number)),
            rx.el.div(row.buyer, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        rx.el.td(
            article,
            rx.el.div(row.name, class_name="hint"),
            rx.cond(row.lacks != "", _lacks(row), rx.fragment()),
            rx.cond(row.known, rx.fragment(), severity_badge("late", "Unknown article")),
        ),
        rx.el.td(row.missing, class_name="number"),
        rx.el.td(row.available, class_name="number"),
        rx.el.td(rx.cond(row.late, severity_badge("late", row.due), row.due)),
        rx.el.td(rx.badge(row.state_title, variant="soft", color_scheme="gray", high_contrast=True)),
        rx.el.td(_actions(row)),
        custom_attrs={"data-line": row.line_id, "data-short": row.number},
    )


def _lacks(row: rx.Var) -> rx.Component:
    return rx.el.div("Kit, lacks ", rx.link(row.lacks, href=links.product(row.lacks)), class_name="hint")


def _actions(row: rx.Var) -> rx.Component:
    may = ShellState.may.contains(str(Permission.ALLOCATE_STOCK))
    edits = ShellState.may.contains(str(Permission.CREATE_ORDERS))
    cancels = ShellState.may.contains(str(Permission.CANCEL_ORDERS))
    return rx.el.div(
        rx.cond(
            may & (row.available > 0),
            small("Allocate now", S.allocate(row.line_id), color_scheme="indigo"),
            rx.fragment(),
        ),
        rx.cond(
            may | cancels,
            rx.menu.root(
                rx.menu.trigger(
                    rx.icon_button(
                        rx.icon("ellipsis_vertical", size=16),
                        variant="soft",
                        color_scheme="gray",
                        high_contrast=True,
                        size="1",
                        aria_label=f"What to do about {row.sku} of order {row.number}",
                        custom_attrs={"data-menu": ""},
                    )
                ),
                rx.menu.content(
                    _item(may & row.known, "From another location…", S.open_dialog("location", row.line_id)),
                    *(
                        _item(
                            may & (row.state != str(state)),
                            f"Waits as: {TITLES[state].lower()}",
                            S.wait(row.line_id, str(state)),
                        )
                        for state in WAITS
                    ),
                    _item(edits, "Send another article…", S.open_dialog("substitute", row.line_id)),
                    _item(cancels, "Cancel what is missing…", S.open_dialog("cancel", row.line_id)),
                ),
                modal=False,
            ),
            rx.fragment(),
        ),
        class_name="row",
    )


def _item(shown: object, words: str, act: object) -> rx.Component:
    return rx.cond(shown, rx.menu.item(words, on_select=act), rx.fragment())


def _location_dialog() -> rx.Component:
    return form_dialog(
        choice("Location", PlacesState.choices, name="location"),
        field("Reason", name="reason", required=True, max_length=200),
        problem(S.problem),
        title=f"Keep {S.line.sku} for order {S.line.number}",
        description=f"{S.line.missing} are missing. What the location has is kept; the rest goes on waiting.",
        open=S.dialog == "location",
        on_open_change=S.close_dialog,
        on_submit=S.answer_location,
        action="Keep units there",
    )


def _substitute_dialog() -> rx.Component:
    return form_dialog(
        field("SKU", name="sku", required=True, max_length=80, auto_focus=True),
        problem(S.problem),
        title=f"Another article instead of {S.line.sku}",
        description="The customer pays the price agreed. It is kept at once if it is there.",
        open=S.dialog == "substitute",
        on_open_change=S.close_dialog,
        on_submit=S.answer_substitute,
        action="Replace",
    )


def _cancel_dialog() -> rx.Component:
    return form_dialog(
        field("Reason", name="reason", required=True, max_length=200, auto_focus=True),
        problem(S.problem),
        title=f"Cancel what is missing of {S.line.sku}",
        description=f"{S.line.missing} of order {S.line.number}. The order costs less by their share.",
        open=S.dialog == "cancel",
        on_open_change=S.close_dialog,
        on_submit=S.answer_cancel,
        action="Cancel them",
    )
