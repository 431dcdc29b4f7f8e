"""One product: what it is, where it is sold, its pictures, its tax rates, its family, and what happened to it."""

from typing import Any

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import confirm, form_dialog
from oms_app.components.empty import empty, loaded, skeleton
from oms_app.components.forms import area, field, problem
from oms_app.components.list_files import drop_zone
from oms_app.components.order import panel
from oms_app.components.product_channels import channels
from oms_app.components.products import sale_fields
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.domain.products import MOST_PICTURES, PICTURE_BYTES
from oms_app.pages import shell
from oms_app.state.product import ProductEditState as P
from oms_app.state.product_channels import ProductChannelsState as C
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.EDIT_PRODUCTS))
SEES_CHANNELS = ShellState.may.contains(str(Permission.SEE_CHANNELS))
SKU = rx.cond(P.shown.sku, P.shown.sku, "Product")
RATE_WORDS = {"past": "Before", "now": "In force", "later": "Not yet"}
RATE_COLOURS = {"past": "gray", "now": "green", "later": "blue"}


@shell.page("/products/[product_sku]", "Product", needs=Permission.SEE_STOCK, on_load=[P.load, C.load], tab=SKU)
def product() -> rx.Component:
    """A product and its forms."""
    return rx.fragment(
        loaded(
            P.ready,
            rx.cond(P.failure != "", _missing(), _found()),
            rx.fragment(shell.heading("Product"), skeleton(8)),
        ),
        _product_dialog(),
        _rate_dialog(),
        _family_dialog(),
    )


def _missing() -> rx.Component:
    return rx.fragment(
        shell.heading("Product"), empty(P.failure, rx.link("All products", href="/products"), icon="search_x")
    )


def _found() -> rx.Component:
    off = rx.badge("Not offered", color_scheme="gray", variant="outline", high_contrast=True)
    lead = rx.fragment(rx.text(P.shown.name, class_name="hint"), rx.cond(P.shown.active, rx.fragment(), off))
    return rx.fragment(
        shell.heading(
            P.shown.sku,
            rx.cond(P.shown.kind != "charge", rx.link("Stock", href=links.product(P.shown.sku)), rx.fragment()),
            rx.link("Orders with it", href=links.orders("sku", P.shown.sku)),
            rx.cond(MAY, rx.button("Change", on_click=P.open_dialog("product")), rx.fragment()),
            lead=lead,
        ),
        rx.el.div(
            rx.el.div(
                _about(),
                channels(C, P.shown.sku, may=MAY, sees=SEES_CHANNELS),
                _rates(),
                rx.cond(P.shown.family != "", _family(), rx.fragment()),
                _history(),
                class_name="stack",
            ),
            _pictures(),
            class_name="two-columns",
        ),
    )


def _about() -> rx.Component:
    rows = (
        ("Price", P.shown.price),
        ("Tax", P.shown.tax),
        ("HSN", P.shown.hsn),
        ("Barcode", P.shown.barcode),
        ("Weight", rx.cond(P.shown.weight != "", f"{P.shown.weight} g", "")),
    )
    return panel(
        "About it",
        rx.el.dl(
            *(rx.fragment(rx.el.dt(word), rx.el.dd(rx.cond(value != "", value, "–"))) for word, value in rows),
            rx.foreach(P.shown.attributes, _attribute),
            class_name="facts",
        ),
    )


def _attribute(pair: rx.Var) -> rx.Component:
    return rx.fragment(rx.el.dt(pair[0]), rx.el.dd(pair[1]))


def _rates() -> rx.Component:
    return panel(
        "Tax rates",
        rx.cond(
            P.shown.rates.length() > 0,
            table("Tax rates", ("From", "Rate", "State", ""), rx.foreach(P.shown.rates, _rate)),
            rx.text("No day was ever set: the rate above holds.", class_name="hint"),
        ),
        actions=rx.cond(MAY, small("Set a rate", P.open_dialog("rate")), rx.fragment()),
    )


def _rate(row: rx.Var) -> rx.Component:
    badge = rx.badge(
        rx.match(row.state, *RATE_WORDS.items(), ""),
        color_scheme=rx.match(row.state, *RATE_COLOURS.items(), "gray"),
        variant="soft",
        high_contrast=True,
    )
    drop = small("Drop", P.drop_rate(row.day), aria_label=f"Drop the rate from {row.shown}")
    return rx.el.tr(
        rx.el.th(row.shown, scope="row", class_name="article"),
        rx.el.td(row.rate),
        rx.el.td(badge),
        rx.el.td(rx.cond(MAY & (row.state == "later"), drop, rx.fragment())),
        custom_attrs={"data-rate": row.day},
    )


def _family() -> rx.Component:
    return panel(
        f"Family {P.shown.family}",
        table(f"Variants of {P.shown.family_name}", ("Variant", "Options"), rx.foreach(P.shown.variants, _variant)),
        actions=rx.cond(MAY, small("Add variants", P.open_dialog("family")), rx.fragment()),
    )


def _variant(row: rx.Var) -> rx.Component:
    off = rx.badge("Not offered", color_scheme="gray", variant="outline", high_contrast=True)
    here = rx.el.span(row.sku, aria_current="true", class_name="here")
    return rx.el.tr(
        rx.el.th(
            rx.el.div(
                rx.cond(row.sku == P.shown.sku, here, rx.link(row.sku, href=links.catalogue(row.sku))),
                rx.cond(row.active, rx.fragment(), off),
                class_name="row",
            ),
            scope="row",
            class_name="article",
        ),
        rx.el.td(row.choices),
        custom_attrs={"data-variant": row.sku},
    )


def _history() -> rx.Component:
    return panel(
        "What happened",
        rx.cond(
            P.steps.length() > 0,
            table("History", ("When", "What", "Who"), rx.foreach(P.steps, _step), stacks=True),
            rx.text("Nothing since it came.", class_name="hint"),
        ),
    )


def _step(step: rx.Var) -> rx.Component:
    return rx.el.tr(rx.el.td(step.at), rx.el.td(step.what, class_name="wrap"), rx.el.td(step.who))


def _pictures() -> rx.Component:
    choose = drop_zone(
        "Choose pictures, or drop them here: JPEG, PNG or WebP.",
        id="product-pictures",
        label="Pictures",
        on_drop=P.upload,
        multiple=True,
        max_files=MOST_PICTURES,
        max_size=PICTURE_BYTES,
    )
    return panel(
        "Pictures",
        rx.el.div(
            rx.cond(
                P.shown.pictures.length() > 0,
                rx.el.ul(rx.foreach(P.shown.pictures, _picture), class_name="pictures"),
                rx.cond(MAY, rx.fragment(), rx.text("None yet.", class_name="hint")),
            ),
            rx.cond(MAY, choose, rx.fragment()),
            problem(P.picture_problem),
            class_name="stack",
        ),
    )


def _picture(row: rx.Var, place: rx.Var[int]) -> rx.Component:
    first = _act("star", f"Make {row.title} the first", on_click=P.put_picture_first(row.id))
    off = confirm(
        _act("trash_2", f"Take {row.title} off"),
        title="Take this picture off?",
        consequence="It goes from every page that shows it.",
        action="Take it off",
        on_confirm=P.remove_picture(row.id),
    )
    return rx.el.li(
        rx.el.a(
            rx.el.img(src=row.large, alt=f"{P.shown.name}, {row.title}", loading="lazy"),
            href=row.large,
            target="_blank",
            rel="noopener",
        ),
        rx.cond(
            MAY, rx.el.div(rx.cond(place > 0, first, rx.fragment()), off, class_name="picture-acts"), rx.fragment()
        ),
        custom_attrs={"data-picture": row.id},
    )


def _act(icon: str, label: rx.Var[str] | str, **props: Any) -> rx.Component:
    quiet = {"variant": "surface", "color_scheme": "gray", "high_contrast": True, "size": "1"}
    return rx.icon_button(rx.icon(icon, size=14), aria_label=label, title=label, **quiet, **props)


def _product_dialog() -> rx.Component:
    given = P.shown
    return form_dialog(
        field("Name", name="name", required=True, max_length=200, default_value=given.name),
        sale_fields(price=given.amount, tax_included=given.tax_included, hsn=given.hsn, weight_g=given.weight),
        field("Barcode", name="barcode", max_length=40, default_value=given.barcode),
        area(
            "Attributes",
            name="attributes",
            hint="A line each, like Material: Cotton.",
            rows="4",
            default_value=given.attribute_lines,
        ),
        rx.el.label(
            rx.el.input(type="checkbox", name="off", default_checked=~given.active),
            " Not offered to who takes an order",
            class_name="row",
        ),
        problem(P.problem),
        title=f"Change {given.sku}",
        description="Orders that came keep their prices. The tax rate is set by its day.",
        open=P.dialog == "product",
        on_open_change=P.close_dialog,
        on_submit=P.save,
        action="Save",
    )


def _rate_dialog() -> rx.Component:
    return form_dialog(
        rx.el.div(
            field("Rate in %", name="rate", required=True, input_mode="decimal"),
            field("From", name="valid_from", type="date", required=True),
            class_name="fields",
        ),
        problem(P.problem),
        title=f"Tax rate of {P.shown.sku}",
        description="It holds from its day on. What held before stays on record.",
        open=P.dialog == "rate",
        on_open_change=P.close_dialog,
        on_submit=P.set_rate,
        action="Set it",
    )


def _family_dialog() -> rx.Component:
    return form_dialog(
        area(
            "Options",
            name="options",
            rows="4",
            hint="Add values behind the commas: the missing variants are made.",
            default_value=P.shown.option_lines,
        ),
        problem(P.problem),
        title=f"Variants of {P.shown.family_name}",
        description=f"New ones cost and weigh what {P.shown.sku} does.",
        open=P.dialog == "family",
        on_open_change=P.close_dialog,
        on_submit=P.grow,
        action="Make the missing ones",
    )
