"""Changing an order: the editor, what the change brings about, and the button that makes it."""

import reflex as rx

from oms_app.components import change_preview, links, order_lines_editor
from oms_app.components.empty import empty, loaded, skeleton
from oms_app.components.forms import choice, field, problem
from oms_app.components.order import panel
from oms_app.components.settings import small
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.changes import OrderChangeState as S
from oms_app.state.shell import ShellState

P = S.preview
ADDRESS = (
    ("name", "Name"),
    ("phone", "Phone"),
    ("line1", "Address line 1"),
    ("line2", "Address line 2"),
    ("city", "City"),
    ("state", "State"),
    ("postal_code", "PIN"),
)
METHODS = [
    ("", "Later: it stays due"),
    ("upi", "Now, by UPI"),
    ("card", "Now, to the card"),
    ("bank", "Now, by bank transfer"),
    ("cash", "Now, in cash"),
    ("wallet", "Now, to a wallet"),
    ("other", "Now, another way"),
]


@shell.page(
    "/orders/[order_number]/change",
    "Change an order",
    needs=Permission.CREATE_ORDERS,
    on_load=[S.load_services, S.arrive],
)
def page() -> rx.Component:
    """Boxes first; the preview takes their place in the reading order until somebody goes on typing."""
    return rx.fragment(
        shell.heading(
            rx.cond(S.shown != "", f"Change order {S.shown}", "Change an order"),
            rx.cond(S.shown != "", rx.link("Back to the order", href=links.order(S.shown), size="2"), rx.fragment()),
        ),
        loaded(
            S.ready,
            rx.cond(
                S.failure != "",
                empty(S.failure, rx.link("All orders", href="/orders"), icon="search_x"),
                rx.el.div(_editor(), rx.cond(P.bill.length() > 0, _preview(), rx.fragment()), class_name="stack"),
            ),
            skeleton(8),
        ),
    )


def _editor() -> rx.Component:
    previewed = P.bill.length() > 0
    return rx.el.div(
        rx.cond(previewed, rx.fragment(), panel("Add an article", _add())),
        rx.el.form(
            rx.el.fieldset(
                panel("Lines", order_lines_editor.lines(S.rows, currency=S.currency, toggle=S.toggle)),
                panel("Charges and service", _charges()),
                panel("Where it goes", _address()),
                disabled=previewed,
                class_name="plain-fieldset stack",
            ),
            problem(S.problem),
            rx.cond(previewed, rx.fragment(), rx.el.div(rx.button("Preview", type="submit"))),
            on_submit=S.look,
            class_name="stack",
            custom_attrs={"data-editor": S.version},
        ),
        class_name="stack",
    )


def _add() -> rx.Component:
    return rx.fragment(order_lines_editor.add_line(S.add), problem(S.adding))


def _charges() -> rx.Component:
    return rx.el.div(
        field(
            f"Discount on the order ({S.currency})",
            name="discount",
            key=f"discount-{S.shown}-{S.version}",
            default_value=S.discount,
            input_mode="decimal",
            hint="Spread over the lines, so that their tax stays true.",
        ),
        field(
            f"Shipping ({S.currency})",
            name="shipping",
            key=f"shipping-{S.shown}-{S.version}",
            default_value=S.shipping,
            input_mode="decimal",
        ),
        choice(
            "Service",
            S.services,
            name="service",
            key=f"service-{S.shown}-{S.version}",
            default_value=S.service,
            hint="Its ship-by follows, from when the order was placed.",
        ),
        class_name="halves",
    )


def _address() -> rx.Component:
    return rx.el.div(
        *(
            field(words, name=name, key=f"{name}-{S.shown}-{S.version}", default_value=S.address[name], max_length=200)
            for name, words in ADDRESS
        ),
        class_name="halves",
    )


def _preview() -> rx.Component:
    may_refund = ShellState.may.contains(str(Permission.REFUND_ORDERS)) & (P.refund_due != "")
    refund = rx.el.div(
        choice(f"Refund of {P.refund_due}", METHODS, name="refund"),
        field("Reference of the refund", name="reference", max_length=100),
        class_name="halves",
    )
    return panel(
        "What the change brings about",
        rx.el.div(
            change_preview.brings_about(P),
            rx.el.form(
                rx.cond(may_refund, refund, rx.fragment()),
                field("Reason", name="reason", max_length=200, hint="It stays in the order's timeline."),
                problem(S.problem),
                rx.el.div(
                    small("Change something", S.go_on, size="2", type="button"),
                    rx.button("Make the change", type="submit", id="commit-change"),
                    class_name="row",
                ),
                on_submit=S.commit,
                class_name="stack",
            ),
            class_name="stack",
        ),
        role="status",
        custom_attrs={"data-preview": ""},
    )
