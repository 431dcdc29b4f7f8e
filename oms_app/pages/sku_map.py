"""The SKU map: what channels call our products, below the queue of SKUs that nobody knows."""

import reflex as rx

from oms_app.components import links
from oms_app.components.combobox import combobox
from oms_app.components.dialogs import confirm
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import field, problem
from oms_app.components.order import panel
from oms_app.components.products import sale_fields, tabs
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.shell import ShellState
from oms_app.state.sku_map import SkuMapState as S

MAY = ShellState.may.contains(str(Permission.EDIT_PRODUCTS))


@shell.page("/products/sku-map", "SKU map", needs=Permission.SEE_STOCK, on_load=S.load)
def sku_map() -> rx.Component:
    """What waits for a name, then every name."""
    return rx.fragment(
        shell.heading("SKU map", rx.link("Orders on hold for it", href="/holds?kind=sku")),
        tabs("/products/sku-map"),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.el.div(_queue(), _map(), class_name="stack")),
            skeleton(6, "4rem"),
        ),
    )


def _queue() -> rx.Component:
    rows = rx.el.ul(rx.foreach(S.rows, _waiting), class_name="holds")
    return rx.el.section(
        rx.el.h2("Unknown SKUs", id="unknown", tab_index=-1),
        rx.cond(
            S.rows.length() > 0,
            rows,
            rx.text("None: every SKU of the orders on hold is a product of ours.", class_name="hint"),
        ),
        rx.cond(S.more, rx.el.div(small("Show 50 more", S.show_more, size="2")), rx.fragment()),
        class_name="stack",
    )


def _waiting(row: rx.Var) -> rx.Component:
    ways = (("map", "It is a product of ours"), ("new", "Make a product"))
    actions = (
        small(words, S.open_form(row.key, way), size="2", aria_label=f"{words}: {row.sku}") for way, words in ways
    )
    form = rx.cond(S.form == "new", _new_form(row), _map_form(row))
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.strong(row.sku),
                rx.badge(row.channel_title, color_scheme="gray", variant="soft", high_contrast=True),
                rx.el.span(row.name),
                class_name="row",
            ),
            rx.el.p(
                row.told,
                "; first ",
                rx.link(row.example, href=links.order(row.example), underline="always"),
                class_name="hint",
            ),
        ),
        rx.el.div(rx.cond(MAY, rx.fragment(*actions), rx.fragment()), class_name="row"),
        rx.cond(S.opened == row.key, form, rx.fragment()),
        class_name="panel hold",
        key=row.key,
        custom_attrs={"data-unknown": row.sku},
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
            table("SKU map", heads, rx.foreach(S.names, _name)),
            empty("Every channel calls our products what we do.", icon="link"),
        ),
        rx.cond(S.more_names, rx.el.div(small("Show 50 more", S.read_names, size="2"), class_name="row"), ""),
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
        rx.el.td(row.units),
        rx.el.td(row.who),
        rx.el.td(rx.cond(MAY, off, rx.fragment())),
        custom_attrs={"data-name": row.theirs},
    )
