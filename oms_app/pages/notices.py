"""Notices: what somebody was told, and the bell that says there is something new."""

import reflex as rx

from oms_app.components import links
from oms_app.components.empty import empty, loaded, skeleton
from oms_app.components.settings import small, table
from oms_app.pages import shell
from oms_app.state.notices import NoticesState

S = NoticesState


@shell.page("/notices", "Notices", on_load=NoticesState.load)
def page() -> rx.Component:
    """One's own notices, newest first."""
    nothing = empty("Nobody told you anything yet.", "Rules tell people of orders that need them.", icon="bell")
    listed = rx.el.div(
        table("Notices", ("What", "Order", "By", "When"), rx.foreach(S.rows, _row)),
        rx.cond(S.more, small("Show 50 more", S.read_more, size="2"), rx.fragment()),
        class_name="stack",
    )
    return rx.fragment(
        shell.heading("Notices", rx.cond(S.unread > 0, small("Mark all read", S.mark_read, size="2"), rx.fragment())),
        loaded(S.ready, rx.cond(S.rows.length() > 0, listed, nothing), skeleton(6)),
    )


def _row(row: rx.Var) -> rx.Component:
    new = rx.badge("New", color_scheme="indigo", variant="soft", high_contrast=True, margin_right="6px")
    return rx.el.tr(
        rx.el.th(rx.cond(row.read, rx.fragment(), new), row.body, scope="row", class_name="article"),
        rx.el.td(rx.cond(row.number != "", rx.link(row.number, href=links.order(row.number)), rx.fragment())),
        rx.el.td(row.sender),
        rx.el.td(row.at),
        custom_attrs={"data-notice": row.number},
    )


@shell.tool
def bell() -> rx.Component:
    """How much is unread, on every page."""
    count = rx.el.span(S.unread, class_name="bell-count", aria_hidden="true")
    return rx.link(
        rx.icon("bell", size=18, aria_hidden="true"),
        rx.cond(S.unread > 0, count, rx.fragment()),
        href="/notices",
        class_name="tool bell",
        aria_label=rx.cond(S.unread > 0, f"Notices, {S.unread} unread", "Notices"),
        on_mount=S.count,
    )
