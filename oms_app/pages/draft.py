"""Taking an order by phone or over the counter, by keyboard from the buyer to the last line."""

import reflex as rx

from oms_app.components import order, order_lines_editor
from oms_app.components.combobox import combobox
from oms_app.components.empty import empty, loaded, skeleton
from oms_app.components.forms import area, choice, labelled, problem
from oms_app.components.order import panel
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.draft import DraftState as S
from oms_app.state.places import PlacesState

PHONE = S.kind == "phone"
PAYS = [
    ("later", "Later"),
    ("cod", "Cash on delivery"),
    ("upi", "Now, by UPI"),
    ("bank", "Now, by bank transfer"),
    ("card", "Now, by card"),
    ("cash", "Now, in cash"),
]
AT_ONCE = [("cash", "Cash"), ("upi", "UPI"), ("card", "Card"), ("bank", "Bank transfer")]


@shell.page(
    "/orders/new",
    "New order",
    needs=Permission.CREATE_ORDERS,
    on_load=[PlacesState.load_locations, S.arrive],
    tab=rx.cond(PHONE, "New order", "Counter sale"),
)
def page() -> rx.Component:
    """The buyer and the address, the lines, the money."""
    return rx.fragment(
        shell.heading(
            rx.cond(PHONE, "New order", "Counter sale"),
            rx.link("Drafts", href="/orders/drafts", size="2"),
            rx.cond(
                PHONE,
                rx.link("Counter sale", href="/orders/new?kind=counter", size="2"),
                rx.link("Phone order", href="/orders/new", size="2"),
            ),
        ),
        loaded(
            S.ready,
            rx.cond(
                S.failure != "",
                empty(S.failure, rx.link("All drafts", href="/orders/drafts"), icon="search_x"),
                _form(),
            ),
            skeleton(8),
        ),
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="act", default_value="place"),
        rx.el.div(
            rx.el.div(_articles(), _money(), class_name="stack"),
            rx.el.div(_buyer(), rx.cond(PHONE, _address(), _counter()), _note(), class_name="stack"),
            class_name="two-columns",
        ),
        rx.el.div(problem(S.problem), id="problem", tab_index=-1),
        rx.el.div(
            rx.button(
                rx.cond(PHONE, "Place the order", "Paid and handed over"),
                type="submit",
                custom_attrs={"data-act": "place"},
            ),
            rx.button(
                "Save as draft",
                type="submit",
                variant="soft",
                color_scheme="gray",
                high_contrast=True,
                custom_attrs={"data-act": "save"},
            ),
            rx.text("Ctrl Enter places it, Ctrl S saves it.", class_name="hint"),
            class_name="row act-bar",
        ),
        on_submit=S.submit,
        key=f"draft-{S.stamp}",
        class_name="stack",
        custom_attrs={"data-entry": "place", "data-draft": S.draft_id},
    )


def _buyer() -> rx.Component:
    return panel(
        "Customer",
        combobox(
            "Find a customer",
            name="find-buyer",
            rows=S.buyers,
            answered=S.buyers_for,
            on_type=S.find_buyer,
            on_choose=S.choose_buyer,
            placeholder="Phone, e-mail or name",
        ),
        rx.el.div(
            _box("Name", "buyer", required=PHONE),
            _box("Phone", "phone", type="tel"),
            _box("E-mail", "email", input_mode="email"),
            _box("GSTIN", "gstin", max_length=15),
            class_name="halves",
        ),
    )


def _address() -> rx.Component:
    return panel(
        "Where it goes",
        rx.el.div(
            _box("Address line 1", "line1"),
            _box("Address line 2", "line2"),
            _part("postal_code", on_blur=S.set_place("postal_code"), max_length=12),
            _part("city"),
            _part("state", on_blur=S.set_place("state"), list="areas"),
            choice("Country", S.countries, name="country", value=S.given["country"], on_change=S.set_country),
            rx.el.datalist(rx.foreach(S.areas, _area), id="areas"),
            class_name="halves",
        ),
        rx.text(S.place_hint, class_name="hint", role="status"),
    )


def _part(name: str, **props: object) -> rx.Component:
    """A part of the address that not every country has."""
    label = S.labels[name]
    return rx.cond(label != "", _box(label, name, **props), rx.fragment())


def _area(name: rx.Var[str]) -> rx.Component:
    return rx.el.option(value=name)


def _box(label: object, name: str, **props: object) -> rx.Component:
    given = {"default_value": S.given[name], "auto_complete": "off", "max_length": 200} | props
    box = rx.el.input(id=name, name=name, class_name="text-box", **given)
    return labelled(label, box, name)


def _counter() -> rx.Component:
    return panel(
        "Handed over at",
        choice("Location", PlacesState.choices, name="location", value=S.location, on_change=S.set_location),
    )


def _articles() -> rx.Component:
    rows = order_lines_editor.lines(
        S.rows,
        currency=S.currency,
        toggle=S.toggle,
        left=S.set_box,
        more={"Personalisation": _wishes, "Stock": _stock, "Total": _total},
    )
    return panel(
        "Lines",
        combobox(
            "Add an article",
            name="find-article",
            rows=S.articles,
            answered=S.articles_for,
            on_type=S.find_article,
            on_choose=S.choose_article,
            hint="Type or scan, Enter takes the first. A discount may be an amount or per cent: 10%.",
            placeholder="SKU, barcode or name",
        ),
        rx.cond(S.rows.length() > 0, rows, rx.text("No article yet.", class_name="hint")),
    )


def _wishes(row: rx.Var) -> rx.Component:
    name = f"personalisation-{row.key}"
    return rx.el.input(
        id=name,
        key=name,
        name=name,
        default_value=row.personalisation,
        placeholder="Engraving: For Asha",
        auto_complete="off",
        max_length=500,
        aria_label=f"Personalisation of {row.sku}",
        class_name="text-box",
        custom_attrs={"data-next": "find-article"},
    )


def _stock(row: rx.Var) -> rx.Component:
    return rx.el.span(row.stock, class_name=rx.cond(row.lacks, "lacks", "hint"))


def _total(row: rx.Var) -> rx.Component:
    return rx.el.span(row.total, class_name="number")


def _money() -> rx.Component:
    return panel(
        "Payment",
        rx.el.div(
            rx.el.div(
                _box("Discount on the order", "discount", on_blur=S.set_money("discount"), input_mode="decimal"),
                rx.cond(
                    PHONE,
                    _box("Shipping", "shipping", on_blur=S.set_money("shipping"), input_mode="decimal"),
                    rx.fragment(),
                ),
                rx.cond(PHONE, _pays(PAYS), _pays(AT_ONCE)),
                _box("Reference", "reference", max_length=100),
                class_name="stack",
            ),
            rx.el.div(order.sums(S.bill), custom_attrs={"data-bill": ""}, role="status"),
            class_name="halves",
        ),
    )


def _pays(options: list[tuple[str, str]]) -> rx.Component:
    return choice("Pays", options, name="pays", default_value=S.given["pays"])


def _note() -> rx.Component:
    return panel("Note", area("Note", name="note", default_value=S.given["note"], hint="For the team; never printed."))
