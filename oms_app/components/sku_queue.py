"""An unknown SKU and what it may be: the likeliest product with its reason, others behind it."""

from typing import Any

import reflex as rx

from oms_app.components import links
from oms_app.components.settings import small


def suggested(row: rx.Var, may: rx.Var[bool], confirm: Any) -> rx.Component:
    """What a SKU may be; `confirm` takes the row's key, our SKU and how many of ours make one of theirs."""

    def guess(each: rx.Var, *, first: bool) -> rx.Component:
        look = {
            "id": f"act {row.key}",
            "variant": rx.cond(each.sure, "solid", "soft"),
            "color_scheme": rx.cond(each.sure, "indigo", "gray"),
            "high_contrast": ~each.sure,
        }
        button = small(
            rx.fragment("It is ", each.sku),
            confirm(row.key, each.sku, each.quantity),
            size="2",
            aria_label=f"It is {each.sku}: {row.sku}",
            **(look if first else {}),
        )
        return rx.el.div(
            rx.el.div(
                rx.el.div(
                    rx.link(each.sku, href=links.catalogue(each.sku), underline="always"),
                    rx.el.span(each.name),
                    rx.cond(
                        each.what != "",
                        rx.badge(each.what, color_scheme="blue", variant="soft", high_contrast=True),
                        rx.fragment(),
                    ),
                    class_name="row",
                ),
                rx.el.p(each.said, class_name="hint"),
            ),
            rx.cond(may, button, rx.fragment()),
            class_name="guess",
            custom_attrs={"data-guess": each.sku, "data-sure": rx.cond(each.sure, "yes", "no")},
        )

    def best(each: rx.Var) -> rx.Component:
        return guess(each, first=True)

    def other(each: rx.Var) -> rx.Component:
        return guess(each, first=False)

    others = rx.el.details(
        rx.el.summary(rx.cond(row.others.length() == 1, "1 other", f"{row.others.length()} others")),
        rx.foreach(row.others, other),
    )
    nothing = rx.el.p(
        rx.cond(row.looked, "No product of ours is like it.", "What it may be is looked for: a few seconds."),
        class_name="hint",
        role="status",
    )
    return rx.el.div(
        rx.cond(row.best.length() > 0, rx.foreach(row.best, best), nothing),
        rx.cond(row.others.length() > 0, others, rx.fragment()),
        class_name="guesses",
    )
