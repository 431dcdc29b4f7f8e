"""A field that offers what may be meant while somebody types; keys in assets/combobox.js."""

from typing import Any

import reflex as rx

from oms_app.components.forms import labelled


def combobox(
    label: str,
    *,
    name: str,
    rows: rx.Var[list[Any]],
    answered: rx.Var[str],
    on_type: Any,
    on_choose: Any,
    hint: str = "",
    placeholder: str = "",
) -> rx.Component:
    """The field, its list below it, and how many there are, read out. Enter takes the marked option, else the first.

    rows      values with `key`, `title` and `detail`      answered  the text they are the answer to
    """

    def option(row: rx.Var, index: rx.Var[int]) -> rx.Component:
        return rx.el.div(
            rx.el.div(row.title),
            rx.el.div(row.detail, class_name="hint"),
            id=f"{name}-option-{index}",
            role="option",
            class_name="palette-option",
            on_click=on_choose(row.key),
            custom_attrs={"data-option": row.key, "aria-selected": "false"},
        )

    count = rows.length()
    field = rx.el.input(
        id=name,
        type="text",
        auto_complete="off",
        spell_check=False,
        placeholder=placeholder,
        on_change=on_type.debounce(120),
        class_name="combobox-input",
        role="combobox",
        custom_attrs={
            "data-first": "",
            "aria-expanded": rx.cond(count > 0, "true", "false"),
            "aria-controls": f"{name}-list",
            "aria-autocomplete": "list",
        }
        | ({"aria-describedby": f"{name}-hint"} if hint else {}),
    )
    listed = rx.el.div(
        rx.foreach(rows, option),
        id=f"{name}-list",
        role="listbox",
        aria_label="Suggestions",
        class_name=rx.cond(count > 0, "combobox-list", "combobox-list none"),
        custom_attrs={"data-for": answered},
    )
    said = rx.el.div(
        rx.cond(
            answered != "",
            rx.match(count, (0, "Nothing found."), (1, "1 found."), f"{count} found."),
            "",
        ),
        role="status",
        class_name="visually-hidden",
    )
    return rx.el.div(labelled(label, field, name, hint), listed, said, class_name="combobox")
