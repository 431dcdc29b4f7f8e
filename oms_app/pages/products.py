"""Products: the list of what is sold, searched while typing, with the forms that add to it."""

import reflex as rx

from oms_app.components import goods_forms, links, picking
from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import area, field, problem, search_form
from oms_app.components.list_files import list_file
from oms_app.components.products import sale_fields, tabs, thumbnail
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.domain.product_actions import TITLES
from oms_app.pages import shell
from oms_app.state.list_files import ProductFilesState as F
from oms_app.state.products import NewProductState as N
from oms_app.state.products import ProductsState as S
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.EDIT_PRODUCTS))
MAY_IMPORT = ShellState.may.contains(str(Permission.IMPORT))
MAY_EXPORT = ShellState.may.contains(str(Permission.EXPORT))
NO_PICTURE = rx.el.span(class_name="thumbnail")
NO_BOX = rx.el.td()
ACTS = [(f"{title} …", S.act(str(action), "")) for action, title in TITLES.items()]
OPTIONS = "A line each: an option, a colon, its values. Up to three."


@shell.page("/products", "Products", needs=Permission.SEE_STOCK, on_load=[S.load, N.close_dialog(False)])
def products() -> rx.Component:
    """Everything that is sold, by SKU."""
    exports = (small(f"Download {kind.upper()}", S.download(kind), size="2") for kind in ("csv", "xlsx"))
    add = rx.fragment(
        small("Add a family", N.open_dialog("family"), size="2"),
        rx.button("Add a product", on_click=N.open_dialog("product")),
    )
    return rx.fragment(
        shell.heading(
            "Products",
            _search(),
            rx.cond(MAY_EXPORT, rx.fragment(*exports), rx.fragment()),
            rx.cond(MAY_IMPORT, small("Import a file", F.show(True), size="2"), rx.fragment()),
            rx.cond(MAY, add, rx.fragment()),
        ),
        tabs("/products"),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.rows.length() > 0, _list(), _nothing())),
            skeleton(10),
        ),
        picking.selection_bar(
            S.selected.length(),
            rx.cond(S.everything, "All that fit", ""),
            picking.everything(
                S.more & ~S.everything & (S.selected.length() >= S.rows.length()),
                "Select all that fit",
                S.pick_everything,
            ),
            picking.menu("Do …", ACTS),
            clear=S.let_go,
            label="Selected products",
        ),
        goods_forms.dialog(S),
        _product_dialog(),
        _family_dialog(),
        _import_dialog(),
    )


def _search() -> rx.Component:
    return search_form(
        S.given,
        S.search,
        label="Look for products",
        placeholder="SKU, name or barcode",
        on_change=S.typed.debounce(120),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        S.words != "",
        empty(f"No product has “{S.words}” in its SKU, name or barcode.", rx.link("Show all", href="/products")),
        empty("No products yet.", "Add one, or import a list.", icon="tag"),
    )


def _list() -> rx.Component:
    heads = ("Product", "Price", "Tax", "HSN", "Barcode")
    every = picking.pick_all(S.selected, S.rows, "Select every product shown", S.pick_all)
    return rx.el.div(
        table("Products", heads, rx.foreach(S.rows, _row), first=rx.cond(MAY, every, NO_BOX)),
        rx.cond(S.more, rx.el.div(small("Show 50 more", S.show_more, size="2")), rx.fragment()),
        class_name="stack",
    )


def _row(row: rx.Var) -> rx.Component:
    off = rx.badge("Not offered", color_scheme="gray", variant="outline", high_contrast=True)
    kind = rx.badge(row.kind.to(str).capitalize(), color_scheme="gray", variant="soft", high_contrast=True)
    box = picking.pick(S.selected, row.sku, f"Select {row.sku}", S.pick)
    return rx.el.tr(
        rx.cond(MAY, box, NO_BOX),
        rx.el.th(
            rx.el.div(
                rx.cond(S.pictured, rx.cond(row.picture != "", thumbnail(row.picture), NO_PICTURE), rx.fragment()),
                rx.el.div(
                    rx.link(row.sku, href=links.catalogue(row.sku)),
                    rx.el.div(row.name, class_name="hint"),
                ),
                rx.cond(row.active, rx.fragment(), off),
                rx.cond(row.kind != "goods", kind, rx.fragment()),
                class_name="with-thumbnail",
            ),
            scope="row",
            class_name="article",
        ),
        rx.el.td(row.price),
        rx.el.td(row.tax),
        rx.el.td(rx.cond(row.hsn != "", row.hsn, "–")),
        rx.el.td(rx.cond(row.barcode != "", row.barcode, "–")),
        custom_attrs={"data-product": row.sku},
    )


def _product_dialog() -> rx.Component:
    return form_dialog(
        field("SKU", name="sku", required=True, max_length=80),
        field("Name", name="name", required=True, max_length=200),
        sale_fields(),
        field("Barcode", name="barcode", max_length=40),
        problem(N.problem),
        title="Add a product",
        description="Its stock begins at zero: adjust it on its stock page.",
        open=N.dialog == "product",
        on_open_change=N.close_dialog,
        on_submit=N.add,
        action="Add",
    )


def _import_dialog() -> rx.Component:
    words = "Choose a list, or drop it here: columns sku, name, price, hsn, gst_rate, barcode, weight_g …"
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Import products"),
            rx.dialog.description(
                "A downloaded list, corrected in a spreadsheet, or one of your own. Empty cells change nothing.",
                class_name="hint",
            ),
            rx.el.div(list_file(F, words, id="product-file", label="List of products"), class_name="stack"),
            rx.flex(rx.dialog.close(small("Close", size="2")), justify="end", margin_top="16px"),
            max_width="34rem",
        ),
        open=F.shown,
        on_open_change=F.show,
    )


def _family_dialog() -> rx.Component:
    return form_dialog(
        field("Code", name="code", required=True, max_length=60, hint="Its SKUs begin with it: KAF-M-BLUE."),
        field("Name", name="name", required=True, max_length=200),
        area("Options", name="options", hint=OPTIONS, rows="3", placeholder="Size: S, M, L\nColour: Blue, Red"),
        sale_fields(),
        problem(N.problem),
        title="Add a family",
        description="A product of each combination, with a price and stock of its own. Those that are there stay.",
        open=N.dialog == "family",
        on_open_change=N.close_dialog,
        on_submit=N.generate,
        action="Make the variants",
    )
