"""Fields with a visible label, and forms that the browser itself sends."""

from typing import Any

import reflex as rx


class NativeForm(rx.el.Div):
    """A form that the browser posts by itself, so that the answer may set an HttpOnly cookie."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


def field(label: str, *, name: str, hint: str = "", **props: Any) -> rx.Component:
    """A text field under its label; `hint` says what belongs there."""
    return labelled(label, rx.input(id=name, name=name, width="100%", **_described(name, hint), **props), name, hint)


def area(label: str, *, name: str, hint: str = "", **props: Any) -> rx.Component:
    """A text of several lines under its label."""
    return labelled(
        label, rx.text_area(id=name, name=name, width="100%", **_described(name, hint), **props), name, hint
    )


def choice(
    label: str,
    options: list[tuple[str, str]] | rx.Var[list[tuple[str, str]]],
    *,
    name: str,
    hint: str = "",
    **props: Any,
) -> rx.Component:
    """The browser's own list under its label; options are (value, text)."""
    rows = (
        rx.foreach(options, _option)
        if isinstance(options, rx.Var)
        else rx.fragment(*(rx.el.option(text, value=value) for value, text in options))
    )
    return labelled(
        label,
        rx.el.select(rows, id=name, name=name, class_name="select", **_described(name, hint), **props),
        name,
        hint,
    )


def search_form(words: rx.Var[str], on_submit: Any, *, label: str, placeholder: str, **props: Any) -> rx.Component:
    """What a list is searched with; `words` are those its address holds."""
    box = rx.input(
        rx.input.slot(rx.icon("search", size=14)),
        name="q",
        key=words,
        default_value=words,
        placeholder=placeholder,
        aria_label=label,
        type="search",
        **({"width": "16rem"} | props),
    )
    return rx.el.form(box, on_submit=on_submit)


def labelled(label: str, control: rx.Component, name: str, hint: str = "") -> rx.Component:
    """A label, the control with the id `name`, and the hint that describes it."""
    parts = [rx.el.label(label, html_for=name, class_name="field-label"), control]
    if hint:
        parts.append(rx.text(hint, id=f"{name}-hint", class_name="hint"))
    return rx.el.div(*parts, class_name="field")


def problem(message: rx.Var[str]) -> rx.Component:
    """What is wrong with the form, read out when it appears."""
    return rx.el.div(
        rx.cond(message != "", rx.callout(message, icon="triangle_alert", color_scheme="red", high_contrast=True)),
        role="alert",
    )


def _option(option: rx.Var[tuple[str, str]]) -> rx.Component:
    return rx.el.option(option[1], value=option[0])


def _described(name: str, hint: str) -> dict[str, Any]:
    return {"custom_attrs": {"aria-describedby": f"{name}-hint"}} if hint else {}
