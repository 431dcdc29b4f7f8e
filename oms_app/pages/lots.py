"""Lots by the day they expire; one of them with where its units went."""

import reflex as rx

from oms_app.components import links, lots
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import search_form
from oms_app.components.inventory import tabs
from oms_app.components.order import panel
from oms_app.components.settings import small
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.lots import WITHIN
from oms_app.state.lots import LotsState as S


@shell.page("/inventory/lots", "Lots", needs=Permission.SEE_STOCK, on_load=S.load)
def expiry() -> rx.Component:
    """What expires first stands first."""
    return rx.fragment(
        shell.heading("Lots", _search()),
        tabs("/inventory/lots"),
        rx.el.nav(
            _choice("", "All"),
            *(_choice(name, words) for name, words, _ in WITHIN),
            aria_label="Which lots",
            class_name="row cover-views",
        ),
        loaded(
            S.ready,
            rx.cond(
                S.failure != "",
                failed(S.failure, S.load),
                rx.cond(S.lot.id > 0, _one(), rx.cond(S.rows.length() > 0, _rows(), _nothing())),
            ),
            skeleton(8),
        ),
    )


def _search() -> rx.Component:
    return search_form(S.words, S.search, label="Look for a lot", placeholder="Whole SKU or lot")


def _choice(name: str, words: str) -> rx.Component:
    here = (S.within == name) & (S.lot.id == 0)
    address = f"/inventory/lots?within={name}" if name else "/inventory/lots"
    return rx.link(
        words, href=address, class_name="chip", custom_attrs={"aria-current": rx.cond(here, "page", "false")}
    )


def _nothing() -> rx.Component:
    return empty(
        "No lot expires here.",
        "An article has lots once they are switched on, on its page under Lots.",
        icon="calendar_check",
    )


def _rows() -> rx.Component:
    return rx.el.div(
        lots.expiring(S.rows),
        rx.cond(S.more, small("Show 50 more", S.show_more, size="2"), rx.fragment()),
        class_name="stack",
    )


def _one() -> rx.Component:
    return panel(
        f"Lot {S.lot.code}",
        rx.el.p(
            rx.link(S.lot.sku, href=links.product(S.lot.sku), underline="always"),
            f" at {S.lot.location}, {S.lot.units} on hand, last day {S.lot.expires} ",
            lots.standing(S.lot),
            class_name="hint",
        ),
        lots.history(S.entries),
    )
