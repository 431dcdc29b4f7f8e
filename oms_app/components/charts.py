"""A chart in its frame: what it says as its title, its table twin, a menu, and what to do with a clicked point."""

from typing import Any

import reflex as rx

from oms_app.components.plot import plot

PNG = "document.querySelector('figure[data-chart={name}] .modebar-btn')?.click()"


def chart(
    name: str,
    shown: Any,
    *,
    picked: Any,
    as_table: rx.Var[bool],
    defined: rx.Var[bool],
    indian: rx.Var[bool],
    on_turn: Any,
    on_define: Any,
    on_csv: Any,
    on_click: Any,
    on_unpick: Any,
    on_selected: Any = None,
) -> rx.Component:
    """A figure with its twin; `shown` is a Chart, `picked` the point that was clicked, in whichever chart."""
    return rx.el.figure(
        rx.el.div(
            rx.el.h2(shown.title, id=f"{name}-title"),
            rx.el.div(_turn(name, as_table, on_turn), _menu(name, on_define, on_csv), class_name="chart-tools"),
            class_name="chart-head",
        ),
        rx.cond(
            as_table,
            _table(name, shown),
            rx.cond(
                shown.drawn,
                rx.el.div(
                    plot(name, shown.figure, indian=indian, on_click=on_click, on_selected=on_selected),
                    role="img",
                    aria_labelledby=f"{name}-title",
                    class_name="chart-body",
                ),
                rx.el.div("Nothing to draw for these filters.", class_name="chart-body chart-empty"),
            ),
        ),
        rx.el.div(
            rx.cond(picked.chart == name, _offer(picked, on_unpick), rx.fragment()),
            class_name="chart-offer",
            aria_live="polite",
        ),
        rx.el.figcaption(
            rx.cond(
                defined,
                rx.el.p(shown.definition),
                rx.el.span(
                    "Click a point for its orders, or draw a box round days; the table holds the same numbers."
                    if on_selected is not None
                    else "Click a point for its orders; the table holds the same numbers."
                ),
            ),
            class_name="hint",
        ),
        class_name="panel chart",
        custom_attrs={"data-chart": name},
    )


def _turn(name: str, as_table: rx.Var[bool], on_turn: Any) -> rx.Component:
    return rx.el.button(
        "Table",
        type="button",
        on_click=on_turn,
        aria_pressed=rx.cond(as_table, "true", "false"),
        aria_describedby=f"{name}-title",
        class_name="chart-button",
    )


def _menu(name: str, on_define: Any, on_csv: Any) -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(
            rx.icon_button(
                rx.icon("ellipsis", size=16, aria_hidden="true"),
                variant="ghost",
                color_scheme="gray",
                high_contrast=True,
                aria_label="More about this chart",
                class_name="tool",
            )
        ),
        rx.menu.content(
            rx.menu.item("Download CSV", on_select=on_csv),
            rx.menu.item("Download PNG", on_select=rx.call_script(PNG.format(name=name))),
            rx.menu.item("Definition", on_select=on_define),
        ),
    )


def _table(name: str, shown: Any) -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(rx.foreach(shown.heads, _head), rx.el.th("Orders", scope="col", class_name="number"))),
            rx.el.tbody(rx.foreach(shown.rows, _row)),
            aria_labelledby=f"{name}-title",
            class_name="table",
        ),
        class_name="chart-body table-box",
        tab_index=0,
        role="region",
        aria_labelledby=f"{name}-title",
    )


def _head(text: rx.Var[str], index: rx.Var[int]) -> rx.Component:
    return rx.el.th(text, scope="col", class_name=rx.cond(index > 0, "number", ""))


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.foreach(row.cells, _cell),
        rx.el.td(rx.link(row.shown, href=row.link, custom_attrs={"data-drill": row.orders}), class_name="number"),
    )


def _cell(text: rx.Var[str], index: rx.Var[int]) -> rx.Component:
    return rx.cond(index > 0, rx.el.td(text, class_name="number"), rx.el.th(text, scope="row"))


def _offer(picked: Any, on_unpick: Any) -> rx.Component:
    return rx.el.div(
        rx.el.strong(picked.label),
        rx.link(picked.shown, href=picked.link, custom_attrs={"data-drill": picked.orders}),
        rx.cond(picked.filter != "", rx.link("Filter", href=picked.filter), rx.fragment()),
        rx.cond(picked.exclude != "", rx.link("Exclude", href=picked.exclude), rx.fragment()),
        rx.el.button(
            rx.icon("x", size=14, aria_hidden="true"),
            type="button",
            aria_label="Put this away",
            on_click=on_unpick,
            class_name="chart-button",
        ),
        class_name="row",
    )
