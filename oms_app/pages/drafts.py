"""Orders that staff wrote down: what waits to be placed."""

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import confirm
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.drafts import DraftsState as S


@shell.page("/orders/drafts", "Drafts", needs=Permission.CREATE_ORDERS, on_load=S.load)
def page() -> rx.Component:
    """The newest first."""
    return rx.fragment(
        shell.heading(
            "Drafts",
            rx.cond(
                S.all,
                rx.link("Only those that wait", href="/orders/drafts", size="2"),
                rx.link("All drafts", href="/orders/drafts?show=all", size="2"),
            ),
            rx.link("Counter sale", href="/orders/new?kind=counter", size="2"),
            rx.button("New order", on_click=rx.redirect("/orders/new")),
        ),
        loaded(S.ready, rx.cond(S.failure != "", failed(S.failure, S.load), _list()), skeleton(8)),
    )


def _list() -> rx.Component:
    heads = ("Draft", "Customer", "Units", "Total", "Taken by", "Last written", "")
    return rx.cond(
        S.rows.length() > 0,
        rx.el.div(
            table("Drafts", heads, rx.foreach(S.rows, _row)),
            rx.cond(S.more, small("Show 50 more", S.read_more, size="2"), rx.fragment()),
            class_name="stack",
        ),
        empty("No draft waits.", "An order that is saved before it is placed stands here. It reserves nothing."),
    )


def _row(row: rx.Var) -> rx.Component:
    opened = rx.link(row.title, href=f"/orders/new?draft={row.id}")
    became = rx.cond(
        row.number != "",
        rx.link(f"Order {row.number}", href=links.order(row.number)),
        rx.text(row.state.to(str).capitalize(), class_name="hint"),
    )
    discard = confirm(
        small("Discard", aria_label=f"Discard {row.title}"),
        title=f"Discard {row.title}?",
        consequence="It reserved nothing. It stays in the list of all drafts.",
        action="Discard",
        on_confirm=S.discard(row.id, row.version),
    )
    return rx.el.tr(
        rx.el.th(
            rx.cond(row.state == "open", opened, row.title),
            rx.el.div(row.kind, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        rx.el.td(row.customer),
        rx.el.td(row.units),
        rx.el.td(row.total),
        rx.el.td(row.by),
        rx.el.td(row.at),
        rx.el.td(rx.cond(row.state == "open", discard, became)),
        custom_attrs={"data-draft-row": row.id},
    )
