"""Transfers between locations: the list, and one transfer with what may be done to it."""

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import confirm, form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import area, choice, field, problem
from oms_app.components.inventory import tabs
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.places import PlacesState
from oms_app.state.shell import ShellState
from oms_app.state.transfers import TransfersState

MAY = ShellState.may.contains(str(Permission.ADJUST_STOCK))
MAY_RECEIVE = ShellState.may.contains(str(Permission.RECEIVE_GOODS))
COLOURS = {"draft": "gray", "sent": "blue", "part_received": "amber", "received": "green", "cancelled": "gray"}
S = TransfersState


@shell.page(
    "/inventory/transfers",
    "Transfers",
    needs=Permission.SEE_STOCK,
    on_load=[TransfersState.load, PlacesState.load_locations],
)
def transfers() -> rx.Component:
    """The list; with `?t=ID` one of them."""
    return rx.fragment(
        rx.cond(S.chosen.id > 0, _head_of_one(), _head_of_list()),
        tabs("/inventory/transfers"),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.chosen.id > 0, _one(), _list())),
            skeleton(8),
        ),
        _draft_dialog(),
        _receive_dialog(),
        _missing_dialog(),
    )


def _head_of_list() -> rx.Component:
    only_open = rx.el.button(
        "Not done", type="button", class_name="chip", aria_pressed=S.only_open, on_click=S.toggle_open
    )
    new = rx.cond(MAY, rx.button("New transfer", on_click=S.open_dialog("draft")), rx.fragment())
    return shell.heading("Transfers", only_open, new)


def _head_of_one() -> rx.Component:
    def may(*actions: rx.Component) -> rx.Component:
        return rx.cond(MAY, rx.fragment(*actions), rx.fragment())

    draft = may(
        confirm(
            small("Cancel it", size="2"),
            title=f"Cancel {S.chosen.number}?",
            consequence="Nothing has moved yet. The draft stays in the list as cancelled.",
            action="Cancel the transfer",
            on_confirm=S.cancel,
        ),
        rx.button("Send", on_click=S.send),
    )
    coming = rx.fragment(
        may(small("The rest is missing", S.open_dialog("missing"), size="2")),
        rx.cond(MAY_RECEIVE, rx.button("Receive", on_click=S.open_dialog("receive")), rx.fragment()),
    )
    steps = rx.match(S.chosen.state, ("draft", draft), ("sent", coming), ("part_received", coming), rx.fragment())
    return shell.heading(S.chosen.number, steps, lead=rx.fragment(_state(S.chosen), _supply(S.chosen)))


def coming() -> rx.Component:
    """What is on its way to where the reader works, each with a way to take it in."""
    return rx.cond(
        MAY_RECEIVE & (S.coming.length() > 0),
        rx.el.ul(rx.foreach(S.coming, _coming), aria_label="On its way here", class_name="plain-list coming"),
        rx.fragment(),
    )


def _coming(row: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.icon("truck", size=18, aria_hidden="true"),
        rx.el.div(rx.el.strong(row.number), " is on its way, ", row.route, ": ", row.units, "."),
        rx.link("Receive", href=f"/inventory/transfers?t={row.id}&do=receive"),
        class_name="banner",
        custom_attrs={"data-coming": row.number},
    )


def _state(row: rx.Var) -> rx.Component:
    colour = rx.match(row.state, *COLOURS.items(), "gray")
    return rx.badge(
        row.title, color_scheme=colour, variant="soft", high_contrast=True, custom_attrs={"data-state": row.state}
    )


def _supply(row: rx.Var) -> rx.Component:
    mark = rx.badge("Taxed supply", color_scheme="plum", variant="soft", high_contrast=True)
    return rx.cond(row.taxed, mark, rx.fragment())


def _list() -> rx.Component:
    heads = ("Transfer", "From → to", "State", "Units", "By", "Drafted")
    nothing = empty(
        "No transfers.", "Stock that goes from one location to another is sent and received here.", icon="truck"
    )
    return rx.cond(
        S.rows.length() > 0,
        rx.el.div(
            table("Transfers", heads, rx.foreach(S.rows, _row)),
            rx.cond(S.more, small("Show 50 more", S.read_list, size="2"), rx.fragment()),
            class_name="stack",
        ),
        nothing,
    )


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(rx.link(row.number, href=f"/inventory/transfers?t={row.id}"), scope="row", class_name="article"),
        rx.el.td(row.route),
        rx.el.td(rx.el.div(_state(row), _supply(row), class_name="row")),
        rx.el.td(row.units),
        rx.el.td(row.by),
        rx.el.td(row.at),
        custom_attrs={"data-transfer": row.id},
    )


def _one() -> rx.Component:
    heads = ("Article", "Sent", "Received", "Missing", "On the way")
    supply = rx.text(
        "The two locations stand under different GSTINs (",
        S.supply,
        "): this is a taxed supply and needs a tax invoice and, above the limit, an e-way bill.",
        class_name="hint",
    )
    return rx.el.div(
        rx.el.div(
            rx.text(S.chosen.route, weight="medium"),
            rx.text("Drafted by ", S.chosen.by, ", ", S.chosen.at, rx.cond(S.moments != "", "; ", ""), S.moments),
            rx.cond(S.note != "", rx.text(S.note), rx.fragment()),
            rx.cond(S.supply != "", supply, rx.fragment()),
        ),
        panel("Lines", table("Lines", heads, rx.foreach(S.lines, _line))),
        rx.link("All transfers", href="/inventory/transfers"),
        class_name="stack",
    )


def _line(line: rx.Var) -> rx.Component:
    numbers = (line.quantity, line.received, line.missing, line.expected)
    return rx.el.tr(
        rx.el.th(
            rx.link(line.sku, href=links.product(line.sku)),
            rx.el.div(line.name, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        *(rx.el.td(number) for number in numbers),
        custom_attrs={"data-line": line.sku},
    )


def _draft_dialog() -> rx.Component:
    return form_dialog(
        choice("From", PlacesState.choices, name="origin"),
        choice("To", PlacesState.choices, name="destination"),
        area("Articles", name="lines", hint="A line each: SKU and units, as KUR-1 12. Paste from a sheet.", rows="6"),
        field("Note", name="note", max_length=500),
        problem(S.problem),
        title="New transfer",
        description="Nothing moves before it is sent.",
        open=S.dialog == "draft",
        on_open_change=S.close_dialog,
        on_submit=S.draft,
        action="Draft it",
    )


def _receive_dialog() -> rx.Component:
    return form_dialog(
        rx.el.div(rx.foreach(S.lines, _came), class_name="fields"),
        problem(S.problem),
        title=f"Receive {S.chosen.number}",
        description="What came, by article. The rest stays on the way.",
        open=S.dialog == "receive",
        on_open_change=S.close_dialog,
        on_submit=S.receive,
        action="Receive",
    )


def _came(line: rx.Var) -> rx.Component:
    box = rx.input(
        id=line.field, name=line.field, default_value=line.expected.to(str), input_mode="numeric", width="100%"
    )
    return rx.cond(
        line.expected > 0,
        rx.el.div(rx.el.label(line.sku, html_for=line.field, class_name="field-label"), box, class_name="field"),
        rx.fragment(),
    )


def _missing_dialog() -> rx.Component:
    return form_dialog(
        field("Reason", name="reason", required=True, max_length=200, auto_focus=True),
        problem(S.problem),
        title=f"The rest of {S.chosen.number} is missing",
        description="The units left and never came. They are recorded as missing, and the transfer is done.",
        open=S.dialog == "missing",
        on_open_change=S.close_dialog,
        on_submit=S.give_up,
        action="Record as missing",
    )
