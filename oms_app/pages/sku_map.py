"""The SKU map: what channels call our products, below the queue of SKUs that nobody knows."""

from typing import Any

import reflex as rx

from oms_app.components import goods_forms, links, picking
from oms_app.components.combobox import combobox
from oms_app.components.dialogs import confirm
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import field, problem, search_form
from oms_app.components.order import panel
from oms_app.components.products import sale_fields, tabs
from oms_app.components.settings import small, table
from oms_app.components.sku_queue import suggested
from oms_app.components.sku_rules import sku_rules
from oms_app.domain.permissions import Permission
from oms_app.domain.sku_actions import TITLES, SkuAction
from oms_app.domain.sku_queue import Show
from oms_app.pages import shell
from oms_app.state.shell import ShellState
from oms_app.state.sku_map import SkuMapState as S
from oms_app.state.sku_rules import SkuRulesState as R

MAY = ShellState.may.contains(str(Permission.EDIT_PRODUCTS))
MAY_EXPORT = ShellState.may.contains(str(Permission.EXPORT))
PARTS = ((Show.OPEN, "All"), (Show.WAITING, "Orders wait"), (Show.SURE, "Sure"), (Show.IGNORED, "Ignored"))
NOTHING = {
    "": "None: every SKU of the orders on hold and of the channels is a product of ours.",
    str(Show.WAITING): "No order waits for a SKU.",
    str(Show.SURE): "Nothing is sure: look at all of them.",
    str(Show.IGNORED): "Nothing is ignored.",
}
ACTS = [
    (TITLES[action], S.act_on_selected(str(action)))
    for action in (SkuAction.CONFIRM, SkuAction.IGNORE, SkuAction.RESTORE)
]
_ALL_SHOWN = S.selected.length() >= S.rows.length()


@shell.page("/products/sku-map", "SKU map", needs=Permission.SEE_STOCK, on_load=[S.load, R.load])
def sku_map() -> rx.Component:
    """What waits for a name, then every name, then the rules."""
    body = rx.el.div(_queue(), _map(), sku_rules(R, MAY), class_name="stack")
    return rx.el.div(
        shell.heading(
            "SKU map",
            search_form(S.words, S.search, label="Look for unknown SKUs", placeholder="SKU or name"),
            rx.cond(MAY_EXPORT, small("Download CSV", S.download, size="2"), rx.fragment()),
            rx.link("Orders on hold for it", href="/holds?kind=sku"),
            rx.link("Stock on channels", href="/channels/stock?show=problems"),
        ),
        tabs("/products/sku-map"),
        loaded(S.ready, rx.cond(S.failure != "", failed(S.failure, S.load), body), skeleton(6, "4rem")),
        picking.selection_bar(
            S.selected.length(),
            rx.cond(S.everything, "All that fit", ""),
            picking.everything(S.more & ~S.everything & _ALL_SHOWN, "Select all that fit", S.pick_everything),
            picking.menu("Do …", ACTS),
            clear=S.let_go,
            label="Selected SKUs",
        ),
        goods_forms.dialog(S, _pairs()),
        on_unmount=S.depart,
    )


def _pairs() -> rx.Component:
    return rx.cond(
        S.pairs.length() > 0,
        rx.el.div(
            rx.el.ul(rx.foreach(S.pairs, rx.el.li)),
            class_name="pairs",
            tab_index=0,
            role="region",
            aria_label="What is confirmed",
        ),
        rx.fragment(),
    )


def _queue() -> rx.Component:
    rows = rx.el.ul(rx.foreach(S.rows, _waiting), class_name="holds")
    every = rx.el.label(
        rx.el.input(type="checkbox", checked=_ALL_SHOWN & (S.rows.length() > 0), on_change=_pick_all),
        "Select every one shown",
        class_name="row",
    )
    sure = rx.button(f"Confirm all that are sure: {S.sure}", on_click=S.confirm_sure)
    return rx.el.section(
        rx.el.h2("Unknown SKUs", id="unknown", tab_index=-1),
        rx.el.div(
            rx.el.nav(*(_part(*each) for each in PARTS), aria_label="Part of the queue", class_name="chips"),
            rx.cond(MAY & (S.sure > 0) & (S.show != str(Show.IGNORED)), sure, rx.fragment()),
            class_name="row",
        ),
        rx.cond(
            S.rows.length() > 0,
            rx.fragment(rx.cond(MAY, every, rx.fragment()), rows),
            rx.text(rx.match(S.show, *NOTHING.items(), NOTHING[""]), class_name="hint"),
        ),
        rx.cond(S.more, rx.el.div(small("Show 50 more", S.show_more, size="2")), rx.fragment()),
        class_name="stack",
    )


def _pick_all(_value: rx.Var) -> Any:
    return S.pick_all()


def _part(show: Show, title: str) -> rx.Component:
    address = "/products/sku-map" + (f"?show={show}" if show else "")
    here = rx.cond(S.show == str(show), "page", "false")
    return rx.link(title, href=address, class_name="chip", custom_attrs={"aria-current": here})


def _waiting(row: rx.Var) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        checked=S.selected.contains(row.key),
        on_change=S.pick(row.key),
        aria_label=f"Select {row.sku}",
    )
    first = rx.fragment("; first ", rx.link(row.example, href=links.order(row.example), underline="always"))
    form = rx.cond(S.form == "new", _new_form(row), _map_form(row))
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.cond(MAY, box, rx.fragment()),
                rx.el.strong(row.sku),
                rx.badge(row.channel_title, color_scheme="gray", variant="soft", high_contrast=True),
                rx.el.span(row.name),
                class_name="row",
            ),
            rx.el.p(row.told, rx.cond(row.example != "", first, rx.fragment()), class_name="hint"),
        ),
        rx.el.div(rx.cond(MAY, _actions(row), rx.fragment()), class_name="row"),
        suggested(row, MAY, S.confirm),
        rx.cond(S.opened == row.key, form, rx.fragment()),
        class_name="panel hold",
        key=row.key,
        custom_attrs={"data-unknown": row.sku},
    )


def _actions(row: rx.Var) -> rx.Component:
    ways = (("map", "It is a product of ours"), ("new", "Make a product"))
    aside = small("Ignore", S.set_aside(row.key, str(SkuAction.IGNORE)), size="2", aria_label=f"Ignore {row.sku}")
    again = small(
        "Ignore no more", S.set_aside(row.key, str(SkuAction.RESTORE)), size="2", aria_label=f"Ask for {row.sku} again"
    )

    def way(form: str, words: str) -> rx.Component:
        return small(words, S.open_form(row.key, form), size="2", aria_label=f"{words}: {row.sku}")

    return rx.fragment(
        *(way(*each) for each in ways), rx.cond(row.ignored, again, rx.cond(row.waits, rx.fragment(), aside))
    )


def _map_form(row: rx.Var) -> rx.Component:
    chosen = rx.cond(S.chosen != "", rx.text(f"{row.sku} → {S.chosen}", custom_attrs={"data-chosen": ""}), "")
    return rx.el.form(
        problem(S.problem),
        rx.el.div(
            combobox(
                f"{row.sku} is",
                name="find-product",
                rows=S.hits,
                answered=S.hits_for,
                on_type=S.find,
                on_choose=S.choose,
                placeholder="SKU, name or barcode",
            ),
            field(
                "Our units in one of theirs", name="quantity", default_value="1", input_mode="numeric", required=True
            ),
            class_name="fields",
        ),
        chosen,
        _buttons("Map it"),
        on_submit=S.put,
        class_name="form",
    )


def _new_form(row: rx.Var) -> rx.Component:
    return rx.el.form(
        problem(S.problem),
        rx.el.div(
            field("SKU", name="sku", default_value=row.sku, required=True, max_length=80),
            field("Name", name="name", default_value=row.name, required=True, max_length=200),
            field("Barcode", name="barcode", default_value=row.barcode, max_length=40),
            class_name="fields",
        ),
        sale_fields(),
        _buttons("Make it"),
        on_submit=S.make,
        class_name="form",
    )


def _buttons(action: str) -> rx.Component:
    return rx.el.div(
        rx.button(action, type="submit"), small("Close", S.close_form, size="2", type="button"), class_name="row"
    )


def _map() -> rx.Component:
    heads = ("Their SKU", "Channel", "Our product", "Units of ours", "By", "")
    return panel(
        "What channels call our products",
        rx.cond(
            S.names.length() > 0,
            table("SKU map", heads, rx.foreach(S.names, _name), stacks=True),
            empty("Every channel calls our products what we do.", icon="link"),
        ),
        rx.cond(S.more_names, rx.el.div(small("Show 50 more", S.read_names(False), size="2"), class_name="row"), ""),
    )


def _name(row: rx.Var) -> rx.Component:
    off = confirm(
        small("Forget", aria_label=f"Forget {row.theirs}"),
        title=f"Forget what {row.theirs} is?",
        consequence="Orders that came stay as they are; the next one with it waits in the queue.",
        action="Forget it",
        on_confirm=S.remove(row.channel, row.theirs),
    )
    return rx.el.tr(
        rx.el.th(row.theirs, scope="row", class_name="article"),
        rx.el.td(row.channel_title),
        rx.el.td(rx.link(row.sku, href=links.catalogue(row.sku)), rx.el.div(row.product, class_name="hint")),
        rx.el.td(row.units, custom_attrs={"data-head": "Units of ours"}),
        rx.el.td(row.who),
        rx.el.td(rx.cond(MAY, off, rx.fragment())),
        custom_attrs={"data-name": row.theirs},
    )
