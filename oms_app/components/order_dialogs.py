"""The forms of the order page: hold, payment, refund, cancel. Each is open while the state says so."""

from typing import Any

import reflex as rx

from oms_app.components.board_dialogs import METHODS, payment_fields, refund_fields
from oms_app.components.dialogs import form_dialog
from oms_app.components.forms import choice, field, problem

HOLDS = [
    ("address", "Address"),
    ("payment", "Payment"),
    ("fraud", "Fraud review"),
    ("stock", "Stock"),
    ("customer", "Customer request"),
    ("manual", "Other"),
]
KINDS = [
    ("capture", "Money came in"),
    ("authorise", "It is promised (authorised)"),
    ("void", "Void: it did not come"),
]
_WHY = "It stays in the order's timeline."


def dialogs(state: Any, refunds: rx.Var[bool]) -> rx.Component:
    """All of them; `refunds`: whether the reader may record one."""
    return rx.fragment(
        _hold(state), _payment(state), _refund(state), _cancel(state, refunds), _split(state), _resend(state)
    )


def _amount(currency: rx.Var[str], due: rx.Var[str]) -> rx.Component:
    return field(f"Amount in {currency}", name="amount", required=True, input_mode="decimal", default_value=due)


def _hold(state: Any) -> rx.Component:
    return form_dialog(
        choice("Why", HOLDS, name="kind"),
        field("Reason", name="reason", required=True, max_length=200, hint=_WHY),
        field("Until (if there is a day)", name="until", type="date"),
        problem(state.problem),
        title="Put the order on hold",
        description="It keeps its stock and goes no further than Processing until the hold is released.",
        open=state.dialog == "hold",
        on_open_change=state.close_dialog,
        on_submit=state.hold,
        action="Put on hold",
    )


def _payment(state: Any) -> rx.Component:
    return form_dialog(
        choice("Kind", KINDS, name="kind"),
        field(
            f"Amount in {state.order.currency}",
            name="amount",
            required=True,
            input_mode="decimal",
            default_value=state.order.owed_amount,
        ),
        payment_fields(),
        problem(state.problem),
        title="Record a payment",
        description="A recorded fact: it changes what is owed, and stays in the timeline.",
        open=state.dialog == "payment",
        on_open_change=state.close_dialog,
        on_submit=state.record_payment,
        action="Record",
    )


def _refund(state: Any) -> rx.Component:
    return form_dialog(
        field(
            f"Amount in {state.order.currency}",
            name="amount",
            required=True,
            input_mode="decimal",
            default_value=state.order.over_amount,
        ),
        choice("How", METHODS, name="method"),
        field(
            "Reference",
            name="reference",
            max_length=100,
            hint="Of money you sent yourself. Left empty, a connected channel is asked to send it; in cash, it is not.",
        ),
        field("Reason", name="reason", required=True, max_length=200, hint=_WHY),
        problem(state.problem),
        title="Record a refund",
        description="Money that went back: what was paid too much, for a cancelled order, or goodwill.",
        open=state.dialog == "refund",
        on_open_change=state.close_dialog,
        on_submit=state.record_refund,
        action="Record the refund",
    )


def _cancel(state: Any, refunds: rx.Var[bool]) -> rx.Component:
    order = state.order
    return form_dialog(
        field("Reason", name="reason", required=True, max_length=200, auto_focus=True, hint=_WHY),
        rx.cond(
            order.refundable != "",
            rx.cond(
                refunds,
                refund_fields(order.refundable),
                rx.text(f"{order.refundable} was paid and stays due.", class_name="hint"),
            ),
            rx.fragment(),
        ),
        problem(state.problem),
        title=f"Cancel order {order.shown}",
        description="Frees the stock of the order, with the refund in the same step. This is final.",
        open=state.dialog == "cancel",
        on_open_change=state.close_dialog,
        on_submit=state.cancel,
        action="Cancel the order",
    )


def _split(state: Any) -> rx.Component:
    order = state.order
    return form_dialog(
        rx.cond(
            order.open_parcels.length() > 1,
            choice("Out of", order.open_parcels, name="parcel"),
            rx.fragment(),
        ),
        rx.foreach(order.divisible, _units),
        problem(state.problem),
        title="Split into parcels",
        description="How many units of each line go into a parcel of their own. The rest stays where it is.",
        open=state.dialog == "split",
        on_open_change=state.close_dialog,
        on_submit=state.split,
        action="Split",
    )


def _resend(state: Any) -> rx.Component:
    return form_dialog(
        rx.foreach(state.order.shipped, _units),
        field("Reason", name="reason", required=True, max_length=200, hint=_WHY),
        problem(state.problem),
        title="Send units again",
        description="They go out once more as an order of their own that costs nothing and is linked to this one.",
        open=state.dialog == "resend",
        on_open_change=state.close_dialog,
        on_submit=state.resend,
        action="Send again",
    )


def _units(line: rx.Var[Any]) -> rx.Component:
    name = f"units-{line.id}"
    box = rx.input(id=name, name=name, default_value="0", input_mode="numeric", max_length=7)
    return rx.el.div(
        rx.el.label(f"{line.sku}: units out of {line.units}", html_for=name, class_name="field-label"),
        box,
        class_name="field",
    )
