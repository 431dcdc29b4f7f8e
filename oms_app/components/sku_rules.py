"""What channels put before and behind our SKUs: a table, and the form of one channel."""

from typing import Any

import reflex as rx

from oms_app.components.dialogs import form_dialog
from oms_app.components.forms import choice, field, problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table

_SURE = [("no", "waits for somebody"), ("yes", "is mapped by itself")]


def sku_rules(state: Any, may: rx.Var[bool]) -> rx.Component:
    """The rules of every channel; who may change them gets a button in each row."""

    def row(each: rx.Var) -> rx.Component:
        change = small("Change", state.open(each.channel), aria_label=f"Change the rules of {each.title}")
        return rx.el.tr(
            rx.el.th(each.title, scope="row", class_name="article"),
            rx.el.td(rx.cond(each.prefixes != "", each.prefixes, "–")),
            rx.el.td(rx.cond(each.suffixes != "", each.suffixes, "–")),
            rx.el.td(rx.cond(each.by_itself, "is mapped by itself", "waits for somebody")),
            rx.el.td(rx.cond(may, change, rx.fragment())),
            custom_attrs={"data-rules": each.channel},
        )

    heads = ("Channel", "Before our SKU", "Behind it", "What is sure", "")
    return rx.fragment(
        panel("Rules of the channels", table("Rules of the channels", heads, rx.foreach(state.rules, row))),
        form_dialog(
            field("Before our SKU", name="prefixes", default_value=state.prefixes, hint="Apart by spaces: AMZ- IN_"),
            field("Behind it", name="suffixes", default_value=state.suffixes, hint="Apart by spaces: -FBA"),
            choice(
                "What is sure",
                _SURE,
                name="by_itself",
                default_value=rx.cond(state.by_itself, "yes", "no"),
                hint="What somebody takes out of the map is not put back by itself.",
            ),
            problem(state.problem),
            title="What the channel puts around our SKUs",
            description="A SKU that is ours once this is left off is a sure suggestion.",
            open=state.opened != "",
            on_open_change=state.close,
            on_submit=state.save,
            action="Keep them",
        ),
    )
