"""Settings, Company."""

import reflex as rx

from oms_app.components.dialogs import confirm
from oms_app.components.empty import loaded
from oms_app.components.forms import field, problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import settings, shell
from oms_app.state.company import CompanyState

C = CompanyState.company


@shell.page("/settings/company", "Company", needs=Permission.MANAGE_SETTINGS, on_load=CompanyState.load)
def page() -> rx.Component:
    """What stands on every document, and the tax registrations."""
    return settings.section(
        "/settings/company",
        loaded(CompanyState.ready, rx.el.div(_profile(), _gstins(), _pictures(), class_name="stack")),
    )


def _profile() -> rx.Component:
    return panel(
        "Profile",
        rx.el.form(
            problem(CompanyState.problem),
            _fields(
                field(
                    "Legal name", name="legal_name", default_value=C.legal_name, required=True, hint="As registered."
                ),
                field("Trade name", name="trade_name", default_value=C.trade_name),
                field("PAN", name="pan", default_value=C.pan, max_length=12),
                field("E-mail", name="email", type="email", default_value=C.email),
                field("Phone", name="phone", type="tel", default_value=C.phone),
            ),
            rx.el.h3("Registered address"),
            _fields(
                field("Address line 1", name="line1", default_value=C.address.line1),
                field("Address line 2", name="line2", default_value=C.address.line2),
                field("City", name="city", default_value=C.address.city),
                field("State", name="state", default_value=C.address.state),
                field("PIN", name="postal_code", default_value=C.address.postal_code, input_mode="numeric"),
            ),
            rx.el.h3("Bank, as printed on invoices"),
            _fields(
                field("Account name", name="account_name", default_value=C.bank.account_name),
                field("Account number", name="account_number", default_value=C.bank.account_number),
                field("IFSC", name="ifsc", default_value=C.bank.ifsc, max_length=11),
                field("Bank", name="bank", default_value=C.bank.bank),
                field("UPI id", name="upi", default_value=C.bank.upi),
            ),
            rx.el.div(rx.button("Save", type="submit")),
            on_submit=CompanyState.save,
            class_name="form",
        ),
    )


def _fields(*fields: rx.Component) -> rx.Component:
    return rx.el.div(*fields, class_name="fields")


def _gstins() -> rx.Component:
    return panel(
        "Tax registrations (GSTIN)",
        rx.cond(
            CompanyState.registrations.length() > 0,
            table("GSTINs", ("GSTIN", "State", ""), rx.foreach(CompanyState.registrations, _gstin)),
            rx.text("None yet. Each State you ship from has its own.", class_name="hint"),
        ),
        rx.el.form(
            field(
                "Add a GSTIN",
                name="gstin",
                required=True,
                max_length=20,
                hint="The State follows from its first digits.",
            ),
            rx.el.div(rx.button("Add", type="submit", variant="soft", high_contrast=True)),
            on_submit=CompanyState.add_gstin,
            reset_on_submit=True,
            class_name="form narrow",
        ),
    )


def _gstin(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.gstin),
        rx.el.td(row.state),
        rx.el.td(
            confirm(
                small("Remove"),
                title=f"Remove {row.gstin}?",
                consequence="New documents cannot be numbered under it. Documents already issued stay as they are.",
                action="Remove",
                on_confirm=CompanyState.remove_gstin(row.gstin),
            ),
            class_name="number",
        ),
    )


def _pictures() -> rx.Component:
    return panel(
        "Pictures on documents",
        rx.el.div(
            _picture("logo", "Logo", C.logo), _picture("signature", "Signature", C.signature), class_name="fields"
        ),
        rx.text("PNG or JPEG, at most 256 KB.", class_name="hint"),
    )


def _picture(which: str, title: str, data: rx.Var[str]) -> rx.Component:
    read = rx.call_script(f"window.omsPicture('{which}')", callback=CompanyState.set_picture(which))
    return rx.el.div(
        rx.el.label(title, html_for=which, class_name="field-label"),
        rx.cond(
            data != "",
            rx.el.div(
                rx.el.img(src=data, alt=title, class_name="picture"),
                small("Remove", CompanyState.remove_picture(which)),
                class_name="row",
            ),
            rx.fragment(),
        ),
        rx.el.input(id=which, type="file", accept="image/png,image/jpeg", on_change=read),
        class_name="field",
    )
