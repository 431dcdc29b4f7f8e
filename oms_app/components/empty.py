"""What stands where rows would be: nothing yet, still loading, or an error with a way on."""

from typing import Any

import reflex as rx


def empty(title: str | rx.Var[str], *hint: Any, icon: str = "inbox") -> rx.Component:
    """Says what belongs here and how to get it."""
    return rx.el.div(
        rx.icon(icon, size=28, aria_hidden="true"),
        rx.text(title, weight="medium"),
        *(rx.text(each, class_name="hint") if isinstance(each, str) else each for each in hint),
        class_name="empty",
    )


def failed(message: str | rx.Var[str], retry: Any) -> rx.Component:
    """What went wrong, and a button that tries again."""
    return rx.el.div(
        rx.icon("circle_alert", size=28, aria_hidden="true"),
        rx.text(message, weight="medium"),
        rx.button("Try again", on_click=retry, variant="soft", high_contrast=True),
        class_name="empty",
        role="alert",
    )


def skeleton(rows: int = 6, height: str = "2.25rem") -> rx.Component:
    """Grey bars of the rows' own height, so that nothing jumps when they arrive."""
    return rx.el.div(
        *(rx.el.div(class_name="skeleton", style={"height": height}) for _ in range(rows)),
        rx.el.span("Loading", class_name="visually-hidden"),
        class_name="skeletons",
        role="status",
    )


def loaded(ready: rx.Var[bool], body: rx.Component, placeholder: rx.Component | None = None) -> rx.Component:
    """The placeholder until the first answer, then the body."""
    return rx.cond(ready, body, placeholder or skeleton())
