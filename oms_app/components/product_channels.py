"""Where a product is sold: a row for each article of a channel, and for each channel that could sell it."""

from functools import partial
from typing import Any

import reflex as rx

from oms_app.components import links
from oms_app.components.empty import loaded, skeleton
from oms_app.components.order import panel
from oms_app.components.settings import small, table

HEADS = ("Channel", "Article there", "Stock")
_DRAFT = "Made as a draft where the channel has drafts: add pictures there, look at it, publish it."


def channels(state: Any, sku: rx.Var[str], *, may: rx.Var[bool], sees: rx.Var[bool]) -> rx.Component:
    """The panel.

    may   whether the reader may have it sold somewhere
    sees  whether the reader may see how channels are connected
    """
    rows = state.rows
    again = small("Read again", state.refresh, id="channels-again")
    actions = rx.el.div(
        rx.cond(state.waits, again, rx.fragment()),
        rx.cond(rows.length() > 0, rx.link("Stock on channels", href=links.on_channels(sku)), rx.fragment()),
        class_name="row",
    )
    offered = rx.foreach(rows, partial(_row, state, may))
    hint = rx.cond(may & state.could, rx.text(_DRAFT, class_name="hint"), rx.fragment())
    found = rx.el.div(table("Channels", HEADS, offered, stacks=True), hint, class_name="stack")
    body = loaded(state.ready, rx.cond(rows.length() > 0, found, _nothing(sees)), skeleton(2))
    return panel("Channels", body, actions=actions, id="channels")


def _row(state: Any, may: rx.Var[bool], row: rx.Var) -> rx.Component:
    sign = rx.cond(row.bad, rx.icon("circle_alert", size=14, aria_hidden="true"), rx.fragment())
    said = rx.el.span(sign, row.said, class_name="row")
    sell = small("Sell there", state.sell(row.sells), aria_label=f"Sell it on {row.channel}")
    return rx.el.tr(
        rx.el.th(row.channel, scope="row", class_name="article"),
        rx.el.td(
            rx.cond(row.theirs != "", rx.fragment(rx.el.span(row.theirs), rx.el.p(row.title, class_name="hint"))),
            rx.cond(row.said != "", said, rx.fragment()),
            rx.cond(may & (row.sells != ""), sell, rx.fragment()),
            class_name="wrap",
        ),
        rx.el.td(row.level, custom_attrs={"data-head": "Stock"}),
        custom_attrs={"data-on": row.channel},
    )


def _nothing(sees: rx.Var[bool]) -> rx.Component:
    return rx.text(
        "No connected channel sells it, or takes up products. ",
        rx.cond(sees, rx.link("Channels", href="/channels", underline="always"), rx.fragment()),
        class_name="hint",
    )
