"""Kits: what each is made of, and how many can be made."""

import reflex as rx

from oms_app.components import links
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.inventory import tabs
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.kits import KitsState


@shell.page("/inventory/kits", "Kits", needs=Permission.SEE_STOCK, on_load=KitsState.load)
def kits() -> rx.Component:
    """Every kit by SKU."""
    return rx.fragment(
        shell.heading("Kits"),
        tabs("/inventory/kits"),
        loaded(
            KitsState.ready,
            rx.cond(
                KitsState.failure != "",
                failed(KitsState.failure, KitsState.load),
                rx.cond(KitsState.rows.length() > 0, _kits(), _nothing()),
            ),
            skeleton(6),
        ),
    )


def _nothing() -> rx.Component:
    return empty(
        "No kits yet.",
        "A product becomes one when components are put in on its page, under Kit.",
        icon="package_open",
    )


def _kits() -> rx.Component:
    heads = ("Kit", "Can be made", "Where", "Components")
    return rx.el.div(
        table("Kits", heads, rx.foreach(KitsState.rows, _row)),
        rx.cond(KitsState.more, small("Show 50 more", KitsState.show_more, size="2"), rx.fragment()),
        class_name="stack",
    )


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.link(row.sku, href=links.product(row.sku)),
            rx.el.div(row.name, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        rx.el.td(row.available),
        rx.el.td(rx.cond(row.places != "", row.places, "–")),
        rx.el.td(row.parts),
        custom_attrs={"data-sku": row.sku},
    )
