"""A number at the head of a page: its change in arrow, sign and word, its small line, and the way to its orders."""

import reflex as rx


def kpi(tile: rx.Var) -> rx.Component:
    """One tile."""
    return rx.el.article(
        rx.el.h2(tile.title, title=tile.definition),
        rx.el.div(tile.value, class_name="kpi-value"),
        rx.el.div(
            rx.cond(
                tile.change != "",
                rx.el.span(
                    rx.el.span(tile.arrow, aria_hidden="true", class_name="kpi-arrow"),
                    tile.change,
                    class_name="kpi-delta",
                    custom_attrs={"data-judged": tile.judged},
                ),
                rx.fragment(),
            ),
            rx.cond(tile.upper != "", rx.el.span(tile.upper, class_name="hint"), rx.fragment()),
            class_name="kpi-notes",
        ),
        rx.el.svg(
            rx.el.svg.polyline(points=tile.line),
            view_box="0 0 100 24",
            custom_attrs={"preserveAspectRatio": "none"},
            aria_hidden="true",
            class_name="sparkline",
        ),
        rx.link(tile.link_text, href=tile.link, class_name="kpi-link", custom_attrs={"data-drill": tile.orders}),
        class_name="panel kpi",
        custom_attrs={"data-metric": tile.name},
    )
