"""Settings, Payments: how much a role may refund."""

import reflex as rx

from oms_app.components.empty import loaded
from oms_app.components.forms import labelled, problem
from oms_app.components.order import panel
from oms_app.domain.permissions import Permission
from oms_app.pages import settings, shell
from oms_app.state.payments import PaymentsState


@shell.page("/settings/payments", "Payments", needs=Permission.MANAGE_SETTINGS, on_load=PaymentsState.load)
def page() -> rx.Component:
    """A limit for each role that may refund."""
    return settings.section("/settings/payments", loaded(PaymentsState.ready, _form()))


def _form() -> rx.Component:
    return rx.el.form(
        problem(PaymentsState.problem),
        panel(
            "Refunds of one order, at most",
            rx.text("Empty: no limit. Admins have none.", class_name="hint"),
            rx.el.div(rx.foreach(PaymentsState.rows, _limit), class_name="fields"),
        ),
        rx.el.div(rx.button("Save", type="submit")),
        on_submit=PaymentsState.save,
        class_name="form",
    )


def _limit(row: rx.Var) -> rx.Component:
    box = rx.input(
        id=row.field, name=row.field, default_value=row.limit, input_mode="decimal", max_length=14, width="100%"
    )
    return labelled(row.title, box, row.field)
