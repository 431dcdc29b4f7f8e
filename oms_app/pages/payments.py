"""Settings, Payments: how long unpaid orders keep their stock, and how much a role may refund."""

import reflex as rx

from oms_app.components.empty import loaded
from oms_app.components.forms import field, labelled, problem
from oms_app.components.order import panel
from oms_app.components.settings import table
from oms_app.domain.expiry import MOST_HOURS
from oms_app.domain.permissions import Permission
from oms_app.pages import settings, shell
from oms_app.state.expiry import ExpiryState
from oms_app.state.payments import PaymentsState


@shell.page(
    "/settings/payments",
    "Payments",
    needs=Permission.MANAGE_SETTINGS,
    on_load=(ExpiryState.load, PaymentsState.load),
)
def page() -> rx.Component:
    """The hours of unpaid orders, and a limit for each role that may refund."""
    return settings.section(
        "/settings/payments", loaded(ExpiryState.ready, _hours()), loaded(PaymentsState.ready, _limits())
    )


def _hours() -> rx.Component:
    hint = "Hours. Empty: never. Orders that wait when you save get this time from then on."
    return rx.el.form(
        problem(ExpiryState.problem),
        panel(
            "Unpaid orders expire",
            rx.text(
                "A prepaid order that nobody has paid is cancelled when its time is over, and its stock is free again. "
                "Never one that is paid at the door, paid in part, promised, trusted, or ready to pick.",
                class_name="hint",
            ),
            rx.el.div(
                field(
                    "After",
                    name="hours",
                    hint=hint,
                    default_value=ExpiryState.hours,
                    input_mode="numeric",
                    max_length=5,
                ),
                class_name="fields",
            ),
            table("Channels", ("Channel", "Its own hours"), rx.foreach(ExpiryState.channels, _channel)),
            rx.text(f"Empty: as above. 0: never. At most {MOST_HOURS}.", class_name="hint"),
        ),
        rx.el.div(rx.button("Save hours", type="submit")),
        on_submit=ExpiryState.save,
        class_name="form",
    )


def _channel(row: rx.Var) -> rx.Component:
    box = rx.input(
        name=f"hours-{row.name}",
        default_value=row.hours,
        input_mode="numeric",
        max_length=5,
        aria_label=f"Hours of {row.title}",
        width="6rem",
    )
    return rx.el.tr(rx.el.th(row.title, scope="row", class_name="article"), rx.el.td(box), key=row.name)


def _limits() -> rx.Component:
    return rx.el.form(
        problem(PaymentsState.problem),
        panel(
            "Refunds of one order, at most",
            rx.text("Empty: no limit. Admins have none.", class_name="hint"),
            rx.el.div(rx.foreach(PaymentsState.rows, _limit), class_name="fields"),
        ),
        rx.el.div(rx.button("Save limits", type="submit")),
        on_submit=PaymentsState.save,
        class_name="form",
    )


def _limit(row: rx.Var) -> rx.Component:
    box = rx.input(
        id=row.field, name=row.field, default_value=row.limit, input_mode="decimal", max_length=14, width="100%"
    )
    return labelled(row.title, box, row.field)
