"""Cycle counts: the list, and one count, walked with a phone, a keyboard or a scanner."""

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import confirm, form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import choice, field, problem
from oms_app.components.inventory import tabs
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.counts import CountsState
from oms_app.state.places import PlacesState
from oms_app.state.shell import ShellState

MAY_COUNT = ShellState.may.contains(str(Permission.COUNT_STOCK))
MAY_POST = ShellState.may.contains(str(Permission.ADJUST_STOCK))
COLOURS = {"requested": "blue", "recount": "amber", "counted": "violet", "reviewed": "cyan", "posted": "green"}
S = CountsState


@shell.page(
    "/inventory/counts", "Counts", needs=Permission.SEE_STOCK, on_load=[CountsState.load, PlacesState.load_locations]
)
def counts() -> rx.Component:
    """The list; with `?c=ID` one of them."""
    return rx.fragment(
        rx.cond(S.chosen.id > 0, _head_of_one(), _head_of_list()),
        tabs("/inventory/counts"),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.chosen.id > 0, _one(), _list())),
            skeleton(8),
        ),
        _dialog(),
    )


def _head_of_list() -> rx.Component:
    only_open = rx.el.button(
        "Not done", type="button", class_name="chip", aria_pressed=S.only_open, on_click=S.toggle_open
    )
    new = rx.cond(MAY_COUNT, rx.button("New count", on_click=S.open_dialog), rx.fragment())
    return shell.heading("Counts", only_open, new)


def _head_of_one() -> rx.Component:
    walking = rx.cond(MAY_COUNT, rx.fragment(_drop(), rx.button("Everything is counted", on_click=S.finish)))
    done = rx.cond(
        MAY_POST,
        rx.fragment(_drop(), small("Count again", S.recount, size="2"), rx.button("Approve", on_click=S.review)),
    )
    reviewed = rx.cond(MAY_POST, rx.button("Post the differences", on_click=S.post))
    steps = rx.match(
        S.chosen.state,
        ("requested", walking),
        ("recount", walking),
        ("counted", done),
        ("reviewed", reviewed),
        rx.fragment(),
    )
    return shell.heading(S.chosen.number, steps, lead=_state(S.chosen))


def _drop() -> rx.Component:
    return confirm(
        small("Drop it", size="2"),
        title=f"Drop {S.chosen.number}?",
        consequence="What was entered stays in the list, and nothing is posted.",
        action="Drop the count",
        on_confirm=S.cancel,
    )


def _state(row: rx.Var) -> rx.Component:
    colour = rx.match(row.state, *COLOURS.items(), "gray")
    return rx.badge(
        row.title, color_scheme=colour, variant="soft", high_contrast=True, custom_attrs={"data-state": row.state}
    )


def _list() -> rx.Component:
    heads = ("Count", "Location", "What", "State", "Progress", "By", "Requested")
    return rx.cond(
        S.rows.length() > 0,
        rx.el.div(
            table("Counts", heads, rx.foreach(S.rows, _row)),
            rx.cond(S.more, small("Show 50 more", S.read_list, size="2"), rx.fragment()),
            class_name="stack",
        ),
        empty("No counts.", "Ask for one: a location, a bin, or the SKUs that begin alike.", icon="clipboard_list"),
    )


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(rx.link(row.number, href=f"/inventory/counts?c={row.id}"), scope="row", class_name="article"),
        rx.el.td(row.location),
        rx.el.td(row.scope),
        rx.el.td(_state(row)),
        rx.el.td(row.progress),
        rx.el.td(row.by),
        rx.el.td(row.at),
        custom_attrs={"data-count": row.id},
    )


def _one() -> rx.Component:
    heads = ("Article", "Counted", "Again", "Books", "Difference")
    return rx.el.div(
        rx.text(S.chosen.location, ", ", S.chosen.scope, ": ", S.chosen.progress, role="status"),
        rx.cond(S.entering & MAY_COUNT, _entry(), problem(S.problem)),
        panel(
            rx.cond(S.chosen.state == "recount", "To count again", "Articles"),
            table("Articles", heads, rx.foreach(S.lines, _line)),
            rx.cond(S.hidden > 0, rx.text(f"{S.hidden} more are not shown.", class_name="hint"), rx.fragment()),
        ),
        rx.link("All counts", href="/inventory/counts"),
        class_name="stack",
    )


def _entry() -> rx.Component:
    """Scan or type a code, Enter; type the units, Enter. The books stay hidden."""
    return rx.el.form(
        field("SKU or barcode", name="code", auto_complete="off", auto_focus=True, size="3"),
        rx.el.div(
            field("Units", name="units", auto_complete="off", input_mode="numeric", size="3"),
            rx.button("Enter", type="submit", size="3"),
            class_name="count-units",
        ),
        rx.el.div(rx.text(S.article, weight="medium"), rx.text(S.said, class_name="hint"), role="status"),
        problem(S.problem),
        on_submit=S.enter,
        class_name="panel count-entry",
    )


def _line(line: rx.Var) -> rx.Component:
    numbers = (line.counted, line.recounted, line.book, line.difference)
    return rx.el.tr(
        rx.el.th(
            rx.link(line.sku, href=links.product(line.sku)),
            rx.el.div(line.name, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        *(rx.el.td(number, class_name="number") for number in numbers),
        custom_attrs={"data-line": line.sku},
    )


def _dialog() -> rx.Component:
    return form_dialog(
        choice("Location", PlacesState.choices, name="location"),
        field("Bin", name="bin", max_length=40, hint="Empty: the whole location."),
        field("SKU begins with", name="prefix", max_length=80),
        problem(S.problem),
        title="New count",
        description="Up to 2,000 products. The books are not shown to whoever counts.",
        open=S.dialog,
        on_open_change=S.close_dialog,
        on_submit=S.request,
        action="Request it",
    )
