"""Settlements: what a marketplace paid out, order by order, and what differs from our orders."""

import reflex as rx

from oms_app.components import links
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.order import panel
from oms_app.components.reconciliation import tabs
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.settlements import SettlementsState as S
from oms_app.state.shell import ShellState

ROUTE = "/reconciliation/settlements"
MAY = ShellState.may.contains(str(Permission.MANAGE_CHANNELS))
EXPORTS = ShellState.may.contains(str(Permission.EXPORT))
_MONEY = ("Charged", "Given back", "Fees", "TCS", "TDS", "Other", "Paid out")


@shell.page(ROUTE, "Settlements", needs=Permission.SEE_CHANNELS, on_load=S.load)
def settlements() -> rx.Component:
    """The list and what differs; with `?s=ID` one settlement."""
    body = rx.cond(S.one.id > 0, _one(), rx.el.div(_list(), _differences(), class_name="stack"))
    return rx.fragment(
        shell.heading(
            "Settlements",
            rx.cond(MAY & S.fetches, small("Ask for settlements", S.fetch, size="2"), rx.fragment()),
        ),
        tabs(ROUTE),
        loaded(
            S.ready,
            rx.cond(
                S.failure != "",
                failed(S.failure, S.load),
                rx.cond(S.markets.length() > 0, rx.el.div(_markets(), body, class_name="stack"), _nothing()),
            ),
            skeleton(8),
        ),
    )


def _nothing() -> rx.Component:
    return empty(
        "No settlements yet.",
        "A marketplace that has them brings them by itself. Others come from a file: "
        "oms settlements import CHANNEL FILE.",
        icon="receipt",
    )


def _markets() -> rx.Component:
    return rx.el.nav(rx.foreach(S.markets, _market), aria_label="Channel", class_name="board-views")


def _market(each: rx.Var) -> rx.Component:
    here = rx.cond(S.chosen == each.name, "page", "false")
    return rx.link(
        f"{each.title}: {each.said}", href=f"{ROUTE}?channel={each.name}", custom_attrs={"aria-current": here}
    )


def _list() -> rx.Component:
    heads = ("Settlement", "Time", "Deposited", *_MONEY)
    rows = rx.fragment(
        table("Settlements", heads, rx.foreach(S.rows, _settlement)),
        rx.cond(S.more, rx.el.div(small("Show 50 more", S.read_rows, size="2")), rx.fragment()),
    )
    return panel("Paid out", rx.cond(S.rows.length() > 0, rows, rx.text("None yet.", class_name="hint")))


def _settlement(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.link(row.name, href=f"{ROUTE}?channel={S.chosen}&s={row.id}"),
            rx.cond(row.wrong != "", rx.el.div(row.wrong, class_name="hint"), rx.fragment()),
            scope="row",
            class_name="article",
        ),
        rx.el.td(row.period),
        rx.el.td(row.deposited),
        *_amounts(row),
        custom_attrs={"data-settlement": row.name},
    )


def _amounts(row: rx.Var) -> tuple[rx.Component, ...]:
    amounts = (row.charged, row.refunded, row.fees, row.tcs, row.tds, row.other, row.payout)
    return tuple(rx.el.td(amount, class_name="number") for amount in amounts)


def _one() -> rx.Component:
    back = rx.link("All settlements", href=f"{ROUTE}?channel={S.chosen}")
    heads = ("Order there", "Here", "Our total", *_MONEY)
    return panel(
        "Orders of the settlement",
        rx.el.p(f"{S.one.name}: {S.one.period}, {S.one.payout} paid out. ", S.one.wrong, class_name="hint"),
        table("Orders of the settlement", heads, rx.foreach(S.orders, _order)),
        rx.cond(S.more_orders, rx.el.div(small("Show 50 more", S.read_orders, size="2")), rx.fragment()),
        actions=rx.el.div(
            back, rx.cond(EXPORTS, small("Save as CSV", S.download, size="2"), rx.fragment()), class_name="row"
        ),
    )


def _order(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.name, scope="row", class_name="article"),
        rx.el.td(rx.cond(row.order != "", rx.link(row.order, href=links.order(row.order)), "–")),
        rx.el.td(row.ours, class_name="number"),
        *_amounts(row),
    )


def _differences() -> rx.Component:
    kinds = rx.el.nav(
        _kind(("", "All")), rx.foreach(S.kinds, _kind), aria_label="Kind of difference", class_name="board-views"
    )
    rows = rx.fragment(
        kinds,
        table(
            "Differences",
            ("Order or settlement", "Kind", "Here", "What differs"),
            rx.foreach(S.differences, _difference),
        ),
        rx.cond(S.more_differences, rx.el.div(small("Show 50 more", S.read_differences, size="2")), rx.fragment()),
    )
    agrees = empty("Nothing differs.", "Every settled order is here, at the same amount, once.", icon="circle_check")
    none = rx.text("No settlement came yet.", class_name="hint")
    found = rx.cond(S.kinds.length() > 0, rows, rx.cond(S.rows.length() > 0, agrees, none))
    return panel("Differences", found)


def _kind(each: rx.Var[tuple[str, str]] | tuple[str, str]) -> rx.Component:
    here = rx.cond(S.kind == each[0], "page", "false")
    return rx.link(each[1], href=f"{ROUTE}?channel={S.chosen}&kind={each[0]}", custom_attrs={"aria-current": here})


def _difference(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.about, scope="row", class_name="article"),
        rx.el.td(row.title),
        rx.el.td(rx.cond(row.order != "", rx.link(row.order, href=links.order(row.order)), "–")),
        rx.el.td(row.said, class_name="wrap"),
        custom_attrs={"data-settlement-difference": row.kind},
    )
