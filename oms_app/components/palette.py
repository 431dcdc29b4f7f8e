"""The command palette: a combobox over a list of hits, and the button in the top bar that opens it."""

from typing import Any

import reflex as rx

from oms_app.components.order_list import marked


def opener(on_open: Any) -> rx.Component:
    """Looks like the search field it opens."""
    return rx.el.button(
        rx.icon("search", size=16, aria_hidden="true"),
        rx.el.span("Search orders, customers, SKUs", class_name="opener-word"),
        rx.el.kbd("Ctrl K"),
        type="button",
        class_name="search-opener",
        aria_label="Search orders, customers, SKUs and pages",
        on_click=on_open,
        custom_attrs={"data-palette": "", "aria-haspopup": "dialog"},
    )


def palette(
    shown: rx.Var[bool],
    rows: rx.Var[list[Any]],
    said: rx.Var[str],
    text: rx.Var[str],
    recents: rx.Var[list[str]],
    *,
    on_change: Any,
    on_type: Any,
    on_submit: Any,
    on_choose: Any,
    on_again: Any,
) -> rx.Component:
    """The dialog. Arrow keys walk through the hits (assets/combobox.js), Enter opens the marked one."""

    def option(row: rx.Var, index: rx.Var[int]) -> rx.Component:
        return rx.fragment(
            rx.cond(row.heading != "", rx.el.div(row.heading, class_name="palette-group", role="presentation")),
            rx.el.div(
                rx.el.div(marked(row.title_parts)),
                rx.el.div(row.detail, class_name="hint"),
                id=f"palette-{index}",
                role="option",
                class_name="palette-option",
                on_click=on_choose(row.href),
                custom_attrs={"data-result": row.key, "aria-selected": "false"},
            ),
        )

    def recent(words: rx.Var[str]) -> rx.Component:
        return rx.el.li(rx.el.button(words, type="button", class_name="chip", on_click=on_again(words)))

    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Search", class_name="visually-hidden"),
            rx.dialog.description("Type a number, name, phone, SKU or page.", class_name="visually-hidden"),
            rx.el.form(
                rx.el.input(
                    name="q",
                    id="palette-input",
                    type="text",
                    auto_focus=True,
                    auto_complete="off",
                    spell_check=False,
                    placeholder="Number, name, phone, SKU, page …",
                    on_change=on_type.debounce(80),
                    class_name="palette-input",
                    role="combobox",
                    custom_attrs={
                        "aria-label": "Search everything",
                        "aria-expanded": "true",
                        "aria-controls": "palette-list",
                        "aria-autocomplete": "list",
                    },
                ),
                on_submit=on_submit,
            ),
            rx.el.div(
                rx.foreach(rows, option),
                id="palette-list",
                role="listbox",
                aria_label="Results",
                class_name="palette-list",
            ),
            rx.cond(
                (text != "") & (said == "0 results"),
                rx.text("Nothing found. Enter searches the orders.", class_name="hint"),
                rx.fragment(),
            ),
            rx.cond(
                (text == "") & (recents.length() > 0),
                rx.el.div(
                    rx.el.div("Recent", class_name="palette-group"),
                    rx.el.ul(rx.foreach(recents, recent), class_name="chips"),
                ),
                rx.fragment(),
            ),
            rx.el.div(said, role="status", class_name="hint"),
            class_name="palette",
            custom_attrs={"align": "start"},
        ),
        open=shown,
        on_open_change=on_change,
    )
