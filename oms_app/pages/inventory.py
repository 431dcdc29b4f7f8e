"""Inventory: the list of goods, and one product with its levels and its ledger."""

from typing import Any

import reflex as rx

from oms_app.components import goods_forms, kits, links, lots, picking, purchasing, stock_limits
from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import choice, field, problem, search_form
from oms_app.components.inventory import tabs
from oms_app.components.order import panel
from oms_app.components.products import thumbnail
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.domain.stock import BY_HAND
from oms_app.domain.stock_actions import TITLES
from oms_app.pages import shell, transfers
from oms_app.state.inventory import InventoryState, ProductState
from oms_app.state.kits import KitState
from oms_app.state.lots import ProductLotsState
from oms_app.state.places import PlacesState
from oms_app.state.product_purchasing import ProductPurchasingState
from oms_app.state.shell import ShellState
from oms_app.state.stock_limits import StockLimitsState
from oms_app.state.transfers import TransfersState

SKU = rx.cond(ProductState.stock.sku, ProductState.stock.sku, "Product")
IS_KIT = ProductState.stock.kind == "kit"
MAY = ShellState.may.contains(str(Permission.ADJUST_STOCK))
PICKS = MAY | ShellState.may.contains(str(Permission.COUNT_STOCK))
ACTS = [(f"{title} …", InventoryState.act(str(action), "")) for action, title in TITLES.items()]
_ALL_SHOWN = InventoryState.selected.length() >= InventoryState.rows.length()
EDITS = ShellState.may.contains(str(Permission.EDIT_PRODUCTS))
LOADS = [
    ProductState.load,
    PlacesState.load_locations,
    StockLimitsState.load,
    ProductPurchasingState.load,
    KitState.load,
    ProductLotsState.load,
]
KINDS = [(str(kind), kind.replace("_", " ").capitalize()) for kind in BY_HAND]
REASONS = ["Counted", "Received", "Damaged", "Lost", "Found", "Sample", "Correction"]


@shell.page(
    "/inventory", "Inventory", needs=Permission.SEE_STOCK, on_load=[InventoryState.load, TransfersState.load_coming]
)
def inventory() -> rx.Component:
    """Goods by SKU, with what is available."""
    return rx.fragment(
        shell.heading("Inventory", _search(), rx.cond(PICKS, rx.link("Runs", href="/runs"), rx.fragment())),
        tabs("/inventory"),
        transfers.coming(),
        loaded(
            InventoryState.ready,
            rx.cond(
                InventoryState.failure != "",
                failed(InventoryState.failure, InventoryState.load),
                rx.cond(InventoryState.rows.length() > 0, _goods(), _nothing()),
            ),
            skeleton(10),
        ),
        picking.selection_bar(
            InventoryState.selected.length(),
            rx.cond(InventoryState.everything, "All that fit", ""),
            picking.everything(
                InventoryState.more & ~InventoryState.everything & _ALL_SHOWN,
                "Select all that fit",
                InventoryState.pick_everything,
            ),
            rx.cond(MAY, picking.menu("Do …", ACTS), picking.menu("Do …", ACTS[-1:])),
            clear=InventoryState.let_go,
            label="Selected articles",
        ),
        goods_forms.dialog(InventoryState),
    )


def _search() -> rx.Component:
    return rx.el.div(
        search_form(InventoryState.words, InventoryState.search, label="Look for goods", placeholder="SKU or name"),
        rx.el.button(
            "Nothing available",
            type="button",
            class_name="chip",
            aria_pressed=InventoryState.only_out,
            on_click=InventoryState.toggle_out,
        ),
        class_name="row",
    )


def _nothing() -> rx.Component:
    filtered = (InventoryState.words != "") | InventoryState.only_out
    return rx.cond(
        filtered,
        empty("No goods fit.", rx.link("Show all", href="/inventory"), icon="search_x"),
        empty(
            "No goods yet.",
            "They come with the orders you import, or from a file: oms import products FILE",
            rx.link("Add a product", href="/products"),
            icon="warehouse",
        ),
    )


def _goods() -> rx.Component:
    heads = ("Article", "Available", "On hand", "Reserved", "Incoming")
    every = picking.pick_all(
        InventoryState.selected, InventoryState.rows, "Select every article shown", InventoryState.pick_all
    )
    named = (rx.el.th(head, scope="col", class_name="" if head == "Article" else "number") for head in heads)
    return rx.el.div(
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(rx.cond(PICKS, every, rx.fragment()), *named)),
                rx.el.tbody(rx.foreach(InventoryState.rows, _goods_row)),
                class_name="table",
            ),
            class_name="table-box",
            tab_index=0,
            role="region",
            aria_label="Goods",
        ),
        rx.cond(InventoryState.more, small("Show 50 more", InventoryState.show_more, size="2"), rx.fragment()),
        class_name="stack",
    )


def _goods_row(row: rx.Var) -> rx.Component:
    box = picking.pick(InventoryState.selected, row.sku, f"Select {row.sku}", InventoryState.pick)
    return rx.el.tr(
        rx.cond(PICKS, box, rx.fragment()),
        rx.el.th(
            rx.el.div(
                rx.cond(row.picture != "", thumbnail(f"/pictures/{row.picture}/small"), rx.fragment()),
                rx.el.div(rx.link(row.sku, href=links.product(row.sku)), rx.el.div(row.name, class_name="hint")),
                class_name="with-thumbnail",
            ),
            scope="row",
            class_name="article",
        ),
        rx.el.td(rx.cond(row.available <= 0, _out(row.available), row.available), class_name="number"),
        rx.el.td(row.on_hand, class_name="number"),
        rx.el.td(row.reserved, class_name="number"),
        rx.el.td(row.incoming, class_name="number"),
        custom_attrs={"data-sku": row.sku},
    )


def _out(count: rx.Var[int]) -> rx.Component:
    return rx.badge(
        rx.icon("circle_alert", size=12, aria_hidden="true"),
        f"{count} · none",
        color_scheme="red",
        variant="soft",
        high_contrast=True,
    )


@shell.page("/inventory/[stock_sku]", "Product", needs=Permission.SEE_STOCK, on_load=LOADS, tab=SKU)
def product() -> rx.Component:
    """Where the units of one product lie, and how they came and went."""
    return rx.fragment(
        loaded(
            ProductState.ready,
            rx.cond(ProductState.failure != "", _missing(), _found()),
            rx.fragment(shell.heading("Product"), skeleton(8)),
        ),
        _dialog(),
        _bins_dialog(),
    )


def _missing() -> rx.Component:
    return rx.fragment(
        shell.heading("Product"),
        empty(ProductState.failure, rx.link("All goods", href="/inventory"), icon="search_x"),
    )


def _found() -> rx.Component:
    return rx.fragment(
        shell.heading(
            ProductState.stock.sku,
            rx.link("Product", href=links.catalogue(ProductState.stock.sku)),
            rx.link("Orders with it", href=links.orders("sku", ProductState.stock.sku)),
            rx.cond(
                MAY & ~IS_KIT,
                rx.button("Set aside", on_click=StockLimitsState.open_dialog, variant="soft", high_contrast=True),
                rx.fragment(),
            ),
            rx.cond(MAY & ~IS_KIT, rx.button("Adjust", on_click=ProductState.open_dialog), rx.fragment()),
            lead=rx.text(ProductState.stock.name, class_name="hint"),
        ),
        rx.el.div(
            _tiles(),
            _levels(),
            lots.of_product(ProductLotsState, EDITS & ~IS_KIT, MAY),
            kits.of_product(KitState, EDITS & (IS_KIT | (ProductState.ledger.length() == 0))),
            _bought(),
            stock_limits.told(StockLimitsState, ProductState.stock.sku, MAY),
            _ledger(),
            class_name="stack",
        ),
        stock_limits.limits_dialog(StockLimitsState, PlacesState.choices),
        lots.terms_dialog(ProductLotsState),
        lots.naming_dialog(ProductLotsState),
    )


def _bought() -> rx.Component:
    return purchasing.of_product(ProductPurchasingState.offers, ProductPurchasingState.coming)


def _tiles() -> rx.Component:
    seen = ProductState.stock
    tiles = (
        ("Available", seen.available),
        ("On hand", seen.on_hand),
        ("Reserved", seen.reserved),
        ("Incoming", seen.incoming),
        ("Issued in 28 days", seen.issued),
        ("Days of cover", rx.cond(seen.issued > 0, f"{seen.cover}", "–")),
    )
    return rx.el.dl(*(_tile(name, count) for name, count in tiles), class_name="tiles")


def _tile(name: str, count: rx.Var[Any]) -> rx.Component:
    return rx.el.div(rx.el.dt(name, class_name="hint"), rx.el.dd(count), class_name="panel tile")


def _levels() -> rx.Component:
    heads = ("Location", "On hand", "Reserved", "Safety", "Blocked", "Expired", "Available", "Incoming", "Bins")
    return panel(
        "By location",
        rx.cond(
            ProductState.levels.length() > 0,
            table("Levels", heads, rx.foreach(ProductState.levels, _level)),
            rx.text(
                rx.cond(
                    IS_KIT,
                    "No location has all it takes.",
                    "It lies nowhere yet: the first adjustment puts it on a shelf.",
                ),
                class_name="hint",
            ),
        ),
    )


def _level(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.location, rx.el.div(row.name, class_name="hint"), scope="row", class_name="article"),
        rx.el.td(row.on_hand),
        rx.el.td(row.reserved),
        rx.el.td(row.safety),
        rx.el.td(row.blocked),
        rx.el.td(row.expired),
        rx.el.td(row.available),
        rx.el.td(row.incoming),
        rx.el.td(
            rx.cond(row.bins != "", row.bins, "–"),
            rx.cond(MAY, small("Bins", ProductState.open_bins(row.location), aria_label=f"Bins at {row.location}"), ""),
        ),
    )


def _ledger() -> rx.Component:
    heads = ("When", "Location", "Kind", "Units", "Reason", "Who")
    last = ProductState.ledger[ProductState.ledger.length() - 1]
    return panel(
        "Ledger",
        rx.cond(
            ProductState.ledger.length() > 0,
            table("Ledger", heads, rx.foreach(ProductState.ledger, _movement)),
            rx.text("Nothing came or went yet.", class_name="hint"),
        ),
        rx.cond(ProductState.more, small("Show 50 more", ProductState.read_ledger(last.id)), rx.fragment()),
    )


def _movement(row: rx.Var) -> rx.Component:
    cells = (row.at, row.location, row.kind, row.quantity, row.reason, row.actor)
    return rx.el.tr(*(rx.el.td(cell) for cell in cells), custom_attrs={"data-movement": row.id})


def _dialog() -> rx.Component:
    return form_dialog(
        choice("Location", PlacesState.choices, name="location"),
        choice("What happened", KINDS, name="kind"),
        field("Units, more or fewer", name="quantity", required=True, hint="12 adds, -3 takes away.", auto_focus=True),
        lots.came(ProductLotsState.tracked),
        field("Reason", name="reason", required=True, max_length=200, list="reasons"),
        rx.el.datalist(*(rx.el.option(value=reason) for reason in REASONS), id="reasons"),
        problem(ProductState.problem),
        title=f"Adjust {ProductState.stock.sku}",
        description="The ledger keeps who, when and why.",
        open=ProductState.dialog,
        on_open_change=ProductState.close_dialog,
        on_submit=[ProductState.adjust, ProductLotsState.read_lots],
        action="Adjust",
    )


def _bins_dialog() -> rx.Component:
    return form_dialog(
        field(
            "Bins",
            name="bins",
            max_length=400,
            hint="Codes with commas between. Empty: in none.",
            default_value=ProductState.bins,
            auto_focus=True,
        ),
        problem(ProductState.problem),
        title=f"Bins of {ProductState.stock.sku} at {ProductState.bins_at}",
        description="Where it is found. Units are kept by location.",
        open=ProductState.bins_at != "",
        on_open_change=ProductState.close_bins,
        on_submit=ProductState.put_in_bins,
        action="Save",
    )
