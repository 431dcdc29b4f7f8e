"""Dialogs: one that asks before something that cannot be undone, and a frame for forms."""

from typing import Any

import reflex as rx


def confirm(
    trigger: rx.Component, *, title: str, consequence: Any, action: str, on_confirm: Any, danger: bool = True
) -> rx.Component:
    """Ask before an act: what will happen, a button named after it, and a way back that has the focus."""
    return rx.alert_dialog.root(
        rx.alert_dialog.trigger(trigger),
        rx.alert_dialog.content(
            rx.alert_dialog.title(title),
            rx.alert_dialog.description(consequence),
            rx.flex(
                rx.alert_dialog.cancel(rx.button("Keep", variant="soft", color_scheme="gray", high_contrast=True)),
                rx.alert_dialog.action(
                    rx.button(
                        action, on_click=on_confirm, color_scheme="red" if danger else "indigo", high_contrast=danger
                    )
                ),
                spacing="3",
                justify="end",
                margin_top="1rem",
            ),
            max_width="28rem",
        ),
    )


def form_dialog(
    *body: Any, title: Any, description: Any, open: rx.Var[bool], on_open_change: Any, on_submit: Any, action: Any
) -> rx.Component:
    """A form in a dialog that a state opens and closes."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(title),
            rx.dialog.description(description, class_name="hint"),
            rx.el.form(
                *body,
                rx.flex(
                    rx.dialog.close(
                        rx.button("Cancel", type="button", variant="soft", color_scheme="gray", high_contrast=True)
                    ),
                    rx.button(action, type="submit"),
                    spacing="3",
                    justify="end",
                ),
                on_submit=on_submit,
                class_name="form",
            ),
            max_width="30rem",
        ),
        open=open,
        on_open_change=on_open_change,
    )
