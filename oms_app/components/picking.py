"""Selecting rows of a list: a checkbox each, one for all, and the bar of what is selected."""

from typing import Any

import reflex as rx


def pick(selected: rx.Var[list[str]], key: rx.Var[str], label: Any, on_pick: Any) -> rx.Component:
    """The cell with the checkbox of a row."""
    return rx.el.td(
        rx.el.input(type="checkbox", checked=selected.contains(key), on_change=on_pick(key), aria_label=label),
        class_name="pick",
    )


def pick_all(selected: rx.Var[list[str]], rows: rx.Var[list[Any]], label: str, on_pick: Any) -> rx.Component:
    """The head of that column: selects every row that is shown, or none."""
    return rx.el.th(
        rx.el.input(
            type="checkbox",
            checked=(selected.length() > 0) & (selected.length() >= rows.length()),
            on_change=lambda _value: on_pick(),
            aria_label=label,
        ),
        scope="col",
        class_name="pick",
    )


def selection_bar(count: rx.Var[int], whole: rx.Var[str], *acts: rx.Component, clear: Any, label: str) -> rx.Component:
    """How many are selected, what to do to them, and how to let them go.

    whole  what is selected in words, once it is all that the search finds
    """
    return rx.cond(
        count > 0,
        rx.el.div(
            rx.text(rx.cond(whole != "", f"{whole} selected", f"{count} selected"), weight="medium", role="status"),
            *acts,
            rx.button("Clear", variant="ghost", color_scheme="gray", high_contrast=True, on_click=clear),
            class_name="selection-bar",
            role="region",
            aria_label=label,
        ),
        rx.fragment(),
    )


def everything(offered: rx.Var[bool], words: Any, on_pick: Any) -> rx.Component:
    """The button that selects what the search finds beyond the rows shown."""
    return rx.cond(offered, rx.button(words, variant="ghost", high_contrast=True, on_click=on_pick), rx.fragment())


def menu(words: str, items: list[tuple[str, Any]]) -> rx.Component:
    """What can be done to the selected rows, as (title, event)."""
    return rx.menu.root(
        rx.menu.trigger(rx.button(words, variant="soft", high_contrast=True)),
        rx.menu.content(*(rx.menu.item(title, on_select=chosen) for title, chosen in items)),
    )
