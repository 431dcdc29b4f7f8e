"""Cover: articles that run out soon, that last too long, or that nobody buys."""

import reflex as rx

from oms_app.components import links
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.inventory import tabs
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.domain.stock_cover import LOW_DAYS, OVER_DAYS, View
from oms_app.pages import shell
from oms_app.state.stock_cover import StockCoverState as S

HEADS = ("Article", "Available", "Issued in 28 days", "Days of cover", "Incoming")
CHOICES = (
    *((View.LOW, days, f"Under {days} days") for days in LOW_DAYS),
    *((View.OVER, days, f"Over {days} days") for days in OVER_DAYS),
    (View.IDLE, 0, "Not sold in 28 days"),
)


@shell.page("/inventory/cover", "Stock cover", needs=Permission.SEE_STOCK, on_load=S.load)
def stock_cover() -> rx.Component:
    """Cover = available × 28 ÷ units issued in the last 28 days."""
    return rx.fragment(
        shell.heading("Stock cover", lead=rx.text(S.said, class_name="hint", role="status")),
        tabs("/inventory/cover"),
        rx.el.nav(*(_choice(*each) for each in CHOICES), aria_label="Which articles", class_name="row cover-views"),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.rows.length() > 0, _rows(), _nothing())),
            skeleton(10),
        ),
    )


def _choice(view: View, days: int, words: str) -> rx.Component:
    here = (S.view == str(view)) & ((S.days == days) if days else True)
    address = f"/inventory/cover?view={view}" + (f"&days={days}" if days else "")
    return rx.link(
        words, href=address, class_name="chip", custom_attrs={"aria-current": rx.cond(here, "page", "false")}
    )


def _nothing() -> rx.Component:
    return empty(
        "No article of this kind.", "Cover is available × 28 ÷ units issued in the last 28 days.", icon="scale"
    )


def _rows() -> rx.Component:
    return rx.el.div(
        table("Articles", HEADS, rx.foreach(S.rows, _row)),
        rx.cond(S.more, small("Show 50 more", S.show_more, size="2"), rx.fragment()),
        class_name="stack",
    )


def _row(row: rx.Var) -> rx.Component:
    out = rx.badge(
        rx.icon("circle_alert", size=12, aria_hidden="true"),
        f"{row.available} · none",
        color_scheme="red",
        variant="soft",
        high_contrast=True,
    )
    return rx.el.tr(
        rx.el.th(
            rx.link(row.sku, href=links.product(row.sku)),
            rx.el.div(row.name, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        rx.el.td(rx.cond(row.short, out, row.available)),
        rx.el.td(row.issued),
        rx.el.td(row.days),
        rx.el.td(row.incoming),
        custom_attrs={"data-cover": row.sku},
    )
