"""Orders: the list, with live search."""

import reflex as rx

from oms_app.components import board_dialogs, order_list, picking
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.domain.actions import TITLES, Action
from oms_app.domain.lifecycle import LIFECYCLE
from oms_app.domain.permissions import Permission
from oms_app.domain.search import Sort
from oms_app.pages import shell, views
from oms_app.state.orders import OrdersState
from oms_app.state.shell import ShellState

SORTS = (
    (Sort.NEWEST, "Newest first"),
    (Sort.OLDEST, "Oldest first"),
    (Sort.SHIP_FIRST, "Ship by, soonest first"),
    (Sort.DEAREST, "Total, highest first"),
    (Sort.CHEAPEST, "Total, lowest first"),
    (Sort.CHANGED_LAST, "Changed last"),
)
VIEWS = (
    ("All", ""),
    ("To process", "status:placed,processing"),
    ("Late", "is:late"),
    ("On hold", "is:held"),
    ("Unpaid", "payment:unpaid"),
    ("Today", "placed:today"),
)
ACTIONS = [(str(action), title) for action, title in TITLES.items() if action not in (Action.MOVE, Action.NOTIFY)]
STAGES = [(str(stage), rule.title) for stage, rule in LIFECYCLE.items()]


@shell.page("/orders", "Orders", on_load=[OrdersState.load, views.load("orders")])
def orders() -> rx.Component:
    """Search above, the list below."""
    return rx.fragment(
        shell.heading("Orders", _new(), rx.link("Runs", href="/runs"), _sort(), _exports()),
        rx.el.div(
            _search(),
            views.tabs("orders", VIEWS, OrdersState.q),
            order_list.chips(OrdersState.chips, OrdersState.drop),
            rx.foreach(OrdersState.hints, _hint),
            rx.el.p(
                OrdersState.count_text,
                role="status",
                class_name="hint result-count",
                custom_attrs={"data-count": OrdersState.count},
            ),
            loaded(OrdersState.ready, _results(), skeleton(12)),
            class_name="stack orders-page",
        ),
        picking.selection_bar(
            OrdersState.selected.length(),
            rx.cond(OrdersState.everything, f"All {OrdersState.count_text}", ""),
            _everything(),
            picking.menu("Move to …", [(title, OrdersState.act("move", stage)) for stage, title in STAGES]),
            picking.menu("Do …", [(f"{title} …", OrdersState.act(action, "")) for action, title in ACTIONS]),
            clear=OrdersState.let_go,
            label="Selected orders",
        ),
        board_dialogs.question(OrdersState.asking, OrdersState.never_mind, OrdersState.answer, OrdersState.choices),
    )


def _everything() -> rx.Component:
    offered = OrdersState.more & ~OrdersState.everything & (OrdersState.selected.length() >= OrdersState.rows.length())
    return picking.everything(offered, f"Select all {OrdersState.count_text} that match", OrdersState.pick_everything)


def _search() -> rx.Component:
    return rx.el.form(
        rx.input(
            rx.input.slot(rx.icon("search", size=16)),
            id="order-search",
            name="q",
            key=OrdersState.given,
            default_value=OrdersState.given,
            on_change=OrdersState.typed.debounce(80),
            placeholder="Number, name, phone, SKU … or status:placed total:>5k city:Pune",
            aria_label="Search orders",
            type="search",
            size="3",
            auto_complete="off",
            spell_check=False,
            width="100%",
        ),
        on_submit=OrdersState.search,
        role="search",
    )


def _sort() -> rx.Component:
    return rx.el.select(
        *(rx.el.option(title, value=str(sort)) for sort, title in SORTS),
        value=OrdersState.sort,
        on_change=OrdersState.sort_by,
        aria_label="Order of the list",
        class_name="select sort",
    )


def _exports() -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(
            rx.button(rx.icon("download", size=14), "Export", variant="soft", high_contrast=True, color_scheme="gray")
        ),
        rx.menu.content(
            rx.menu.item("CSV", on_select=OrdersState.download("csv")),
            rx.menu.item("Excel (XLSX)", on_select=OrdersState.download("xlsx")),
            rx.menu.item("JSON", on_select=OrdersState.download("json")),
        ),
    )


def _hint(sentence: rx.Var[str]) -> rx.Component:
    return rx.text(rx.icon("info", size=12, aria_hidden="true"), " ", sentence, class_name="hint")


def _results() -> rx.Component:
    listed = rx.fragment(
        order_list.order_table(
            OrdersState.rows,
            OrdersState.selected,
            pick=OrdersState.pick,
            pick_all=OrdersState.pick_all,
            q=OrdersState.q,
        ),
        rx.cond(
            OrdersState.more,
            rx.button("Show 50 more", on_click=OrdersState.show_more, variant="soft", high_contrast=True),
            rx.fragment(),
        ),
    )
    return rx.cond(
        OrdersState.failure != "",
        failed(OrdersState.failure, OrdersState.load),
        rx.cond(OrdersState.rows.length() > 0, listed, _nothing()),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        OrdersState.q != "",
        empty(
            "No order fits.",
            rx.foreach(OrdersState.hidden, _hidden),
            rx.link("Show all orders", href="/orders"),
            icon="search_x",
        ),
        empty(
            "No orders yet.",
            "They arrive from channels and the API, or from a file: oms import orders FILE",
            icon="package_open",
        ),
    )


def _hidden(row: rx.Var[tuple[str, str]]) -> rx.Component:
    return rx.text(row[0], ". ", rx.link("Search without it", href=row[1]), class_name="hint")


def _new() -> rx.Component:
    drafts = rx.link("Drafts", href="/orders/drafts")
    return rx.cond(
        ShellState.may.contains(str(Permission.CREATE_ORDERS)),
        rx.fragment(rx.link("New order", href="/orders/new"), drafts),
        rx.fragment(),
    )
