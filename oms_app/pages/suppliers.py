"""Suppliers: the list, and one with its price list."""

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import confirm, form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import area, field, problem, search_form
from oms_app.components.order import panel
from oms_app.components.purchasing import tabs
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.shell import ShellState
from oms_app.state.suppliers import SuppliersState as S

MAY = ShellState.may.contains(str(Permission.PURCHASE))


@shell.page("/purchasing/suppliers", "Suppliers", needs=Permission.SEE_STOCK, on_load=S.load)
def suppliers() -> rx.Component:
    """The list; with `?s=ID` one of them."""
    return rx.fragment(
        rx.cond(S.chosen.id > 0, _head_of_one(), _head_of_list()),
        tabs("/purchasing/suppliers"),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.chosen.id > 0, _one(), _list())),
            skeleton(8),
        ),
        _supplier_dialog(),
        _prices_dialog(),
    )


def _head_of_list() -> rx.Component:
    search = search_form(S.words, S.search, label="Look for a supplier", placeholder="Name", width="14rem")
    new = rx.cond(MAY, rx.button("Add a supplier", on_click=S.open_dialog("supplier")), rx.fragment())
    return shell.heading("Suppliers", search, new)


def _head_of_one() -> rx.Component:
    acts = rx.fragment(
        small("Change", S.open_dialog("supplier"), size="2"),
        rx.button("Paste a price list", on_click=S.open_dialog("prices")),
    )
    off = rx.badge("Switched off", color_scheme="gray", variant="outline", high_contrast=True)
    lead = rx.cond(S.chosen.active, rx.fragment(), off)
    return shell.heading(S.chosen.name, rx.cond(MAY, acts, rx.fragment()), lead=lead)


def _list() -> rx.Component:
    heads = ("Supplier", "Contact", "E-mail", "Lead time", "Currency", "Products")
    return rx.cond(
        S.rows.length() > 0,
        rx.el.div(
            table("Suppliers", heads, rx.foreach(S.rows, _row)),
            rx.cond(S.more, small("Show 50 more", S.read_list, size="2"), rx.fragment()),
            class_name="stack",
        ),
        empty("No suppliers.", "Add whom you buy from, then paste their price list.", icon="factory"),
    )


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(rx.link(row.name, href=f"/purchasing/suppliers?s={row.id}"), scope="row", class_name="article"),
        rx.el.td(row.contact),
        rx.el.td(row.email),
        rx.el.td(f"{row.lead_time_days} days"),
        rx.el.td(row.currency),
        rx.el.td(row.products),
        custom_attrs={"data-supplier": row.id},
    )


def _one() -> rx.Component:
    heads = ("Article", "Their SKU", "Cost of a unit", "Pack", "Smallest order", "Days", "")
    nothing = rx.text("Nothing yet: paste what they sell from a sheet.", class_name="hint")
    return rx.el.div(
        _facts(),
        panel(
            "Price list",
            rx.cond(
                S.prices.length() > 0,
                rx.el.div(
                    table("Price list", heads, rx.foreach(S.prices, _price)),
                    rx.cond(S.more_prices, small("Show 50 more", S.read_prices, size="2"), rx.fragment()),
                    class_name="stack",
                ),
                nothing,
            ),
        ),
        rx.link("Purchase orders to this supplier", href=f"/purchasing?supplier={S.chosen.id}"),
        rx.link("All suppliers", href="/purchasing/suppliers"),
        class_name="stack",
    )


def _facts() -> rx.Component:
    rows = (
        ("Contact", S.chosen.contact),
        ("E-mail", S.chosen.email),
        ("Phone", S.chosen.phone),
        ("GSTIN", S.chosen.gstin),
        ("Address", S.chosen.address),
        ("Terms of payment", S.chosen.payment_terms),
        ("Lead time", f"{S.chosen.lead_time_days} days"),
        ("Currency", S.chosen.currency),
    )
    return rx.el.dl(
        *(
            rx.cond(value != "", rx.fragment(rx.el.dt(word), rx.el.dd(value)), rx.fragment())
            if isinstance(value, rx.Var)
            else rx.fragment(rx.el.dt(word), rx.el.dd(value))
            for word, value in rows
        ),
        class_name="facts",
    )


def _price(row: rx.Var) -> rx.Component:
    preferred = rx.badge("Reordered here", color_scheme="green", variant="soft", high_contrast=True)
    acts = rx.el.div(
        rx.cond(
            row.preferred,
            preferred,
            small("Reorder here", S.prefer(row.sku), aria_label=f"Reorder {row.sku} here"),
        ),
        confirm(
            small("Take off", aria_label=f"Take {row.sku} off the list"),
            title=f"Take {row.sku} off the list?",
            consequence="Purchase orders keep their lines. Nothing is reordered here any more.",
            action="Take it off",
            on_confirm=S.drop(row.sku),
        ),
        class_name="row",
    )
    return rx.el.tr(
        rx.el.th(
            rx.link(row.sku, href=links.product(row.sku)),
            rx.el.div(row.name, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        *(rx.el.td(cell) for cell in (row.theirs, row.cost, row.pack, row.moq, row.days)),
        rx.el.td(rx.cond(MAY, acts, rx.cond(row.preferred, preferred, rx.fragment()))),
        custom_attrs={"data-terms": row.sku},
    )


def _supplier_dialog() -> rx.Component:
    given = S.chosen
    return form_dialog(
        field("Name", name="name", required=True, max_length=120, default_value=given.name),
        rx.el.div(
            field("Contact", name="contact", max_length=120, default_value=given.contact),
            field("E-mail", name="email", type="email", default_value=given.email),
            field("Phone", name="phone", default_value=given.phone),
            field("GSTIN", name="gstin", default_value=given.gstin),
            field("Lead time in days", name="lead_time_days", required=True, default_value=f"{given.lead_time_days}"),
            field("Currency", name="currency", max_length=3, default_value=given.currency),
            class_name="fields",
        ),
        field("Terms of payment", name="payment_terms", max_length=200, default_value=given.payment_terms),
        area("Address", name="address", rows="3", default_value=given.address),
        rx.cond(
            given.id > 0,
            rx.el.label(
                rx.el.input(type="checkbox", name="off", default_checked=~given.active),
                " Switched off: nothing is ordered here",
                class_name="row",
            ),
            rx.fragment(),
        ),
        problem(S.problem),
        title=rx.cond(given.id > 0, f"Change {given.name}", "Add a supplier"),
        description="Purchase orders keep the terms they were made on.",
        open=S.dialog == "supplier",
        on_open_change=S.close_dialog,
        on_submit=S.save,
        action="Save",
    )


def _prices_dialog() -> rx.Component:
    hint = "A line each, as pasted from a sheet: SKU, cost, their SKU, units in a pack, smallest order, days."
    return form_dialog(
        area("Price list", name="prices", hint=hint, rows="8"),
        problem(S.problem),
        title=f"Price list of {S.chosen.name}",
        description="What it names is written anew, the rest stays.",
        open=S.dialog == "prices",
        on_open_change=S.close_dialog,
        on_submit=S.set_prices,
        action="Save",
    )
