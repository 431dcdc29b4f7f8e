"""The dialog before something is done to orders: what it asks for, how many it takes, why not others."""

from typing import Any

import reflex as rx

from oms_app.components import action_forms
from oms_app.components.dialogs import form_dialog
from oms_app.components.forms import choice, field

METHODS = [
    ("upi", "UPI"),
    ("card", "Card"),
    ("cash", "Cash"),
    ("bank", "Bank transfer"),
    ("wallet", "Wallet"),
    ("other", "Other"),
]
"""How money comes and goes, as people say it."""
REFUNDS = [("", "Later: it stays due"), *((method, f"Now: {words}") for method, words in METHODS)]


def question(
    asking: rx.Var[dict[str, Any]],
    on_close: Any,
    on_answer: Any,
    choices: rx.Var[list[tuple[str, str]]] | None = None,
    *,
    refunds: rx.Var[bool] | bool = False,
) -> rx.Component:
    """Open while the question has a title; closing it takes the act back.

    choices  people or locations, where every action is offered and not only moves
    refunds  whether the reader may give money back
    """
    return form_dialog(
        rx.fragment() if choices is None else action_forms.fields(asking["form"].to(str), choices),
        rx.cond(asking["weight"], _weight(), rx.fragment()),
        rx.cond(asking["courier"], _courier(), rx.fragment()),
        rx.cond(asking["reason"], _reason(), rx.fragment()),
        rx.cond(asking["payment"], payment_fields(), rx.fragment()),
        rx.cond(asking["refund"] & refunds, refund_fields(), rx.fragment()),
        rx.cond(asking["refused"].to(list[str]).length() > 0, refused(asking["refused"].to(list[str])), rx.fragment()),
        rx.cond(
            asking["problem"] != "", rx.callout(asking["problem"], color_scheme="red", role="alert"), rx.fragment()
        ),
        title=asking["title"],
        description=asking["lead"],
        open=asking["title"] != "",
        on_open_change=on_close,
        on_submit=on_answer,
        action=asking["action"],
    )


def _weight() -> rx.Component:
    return field("Weight of the parcel in grams", name="weight_g", input_mode="numeric", required=True, auto_focus=True)


def _courier() -> rx.Component:
    return rx.fragment(
        field("Courier", name="courier", required=True, auto_focus=True),
        field("Tracking number (AWB)", name="awb", required=True),
    )


def _reason() -> rx.Component:
    return field("Reason", name="reason", required=True, auto_focus=True, hint="It stays in the order's timeline.")


def payment_fields() -> rx.Component:
    """How money came, and the number it can be found by."""
    return rx.fragment(
        choice("How", METHODS, name="method"),
        field("Reference", name="reference", max_length=100, hint="UPI or bank reference, if there is one."),
    )


def refund_fields(what: Any = "what was paid") -> rx.Component:
    """How what was paid goes back, now or later."""
    return rx.fragment(
        choice(f"Refund of {what}", REFUNDS, name="refund"),
        field("Reference of the refund", name="reference", max_length=100),
    )


def refused(reasons: rx.Var[list[str]]) -> rx.Component:
    """What would be refused, and why."""
    return rx.el.div(rx.text("These stay where they are:", weight="medium"), rx.el.ul(rx.foreach(reasons, rx.el.li)))
