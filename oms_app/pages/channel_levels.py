"""Stock on channels: what each channel is to believe of an article, what it took, and why not."""

from typing import Any

import reflex as rx

from oms_app.components import links, picking
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import search_form
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.channel_levels import ChannelLevelsState as S
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.MANAGE_CHANNELS))
MAY_EXPORT = ShellState.may.contains(str(Permission.EXPORT))
HEADS = ("Their SKU", "Channel", "Our product", "Wanted", "Sent", "Taken", "Waits", "Why not", "")


@shell.page("/channels/stock", "Stock on channels", needs=Permission.SEE_STOCK, on_load=S.load)
def channel_levels() -> rx.Component:
    """Article by article, by channel and its SKU."""
    return rx.fragment(
        shell.heading(
            "Stock on channels",
            search_form(S.words, S.search, label="Look for articles", placeholder="SKU or name"),
            rx.cond(MAY_EXPORT, small("Download CSV", S.download, size="2"), rx.fragment()),
            rx.cond(MAY, small("Tell all of them again", S.tell_all, size="2"), rx.fragment()),
            small("Read again", S.load, size="2", id="read-again"),
        ),
        _filters(),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.rows.length() > 0, _rows(), _nothing())),
            skeleton(10),
        ),
        picking.selection_bar(
            S.selected.length(),
            "",
            rx.button("Tell them again", variant="soft", high_contrast=True, on_click=S.tell("")),
            clear=S.let_go,
            label="Selected articles",
        ),
    )


def _filters() -> rx.Component:
    channel = rx.el.select(
        rx.el.option("Every channel", value=""),
        rx.foreach(S.channels, _channel),
        value=S.channel,
        on_change=S.choose_channel,
        class_name="select",
        style={"width": "auto"},
        aria_label="Channel",
    )
    problems = rx.el.label(
        rx.el.input(type="checkbox", checked=S.problems, on_change=_only_problems),
        "Only those with a problem",
        class_name="row",
    )
    of = rx.fragment(
        "Of ", rx.link(S.sku, href=links.product(S.sku)), " only. ", rx.link("All", href="/channels/stock")
    )
    return rx.el.div(
        channel, problems, rx.cond(S.sku != "", rx.text(of), rx.fragment()), class_name="row level-filters"
    )


def _only_problems(_value: rx.Var) -> Any:
    return S.only_problems(~S.problems)


def _channel(option: rx.Var[tuple[str, str]]) -> rx.Component:
    return rx.el.option(option[1], value=option[0])


def _nothing() -> rx.Component:
    return rx.cond(
        S.problems,
        empty("No article has a problem.", "Every level was taken by its channel.", icon="check"),
        empty(
            "No connected channel lists such an article.",
            rx.link("Channels", href="/channels"),
            icon="plug",
        ),
    )


def _rows() -> rx.Component:
    every = picking.pick_all(S.selected, S.rows, "Select every article shown", S.pick_all)
    return rx.el.div(
        table("Stock on channels", HEADS, rx.foreach(S.rows, _row), first=every, stacks=True),
        rx.cond(S.more, small("Show 50 more", S.show_more, size="2"), rx.fragment()),
        class_name="stack",
    )


def _row(row: rx.Var) -> rx.Component:
    again = small("Tell again", S.tell(row.key), aria_label=f"Tell again: {row.theirs}")
    to_map = rx.link("Say what it is", href=links.view("/products/sku-map", row.theirs), underline="always")
    ours = rx.fragment(rx.link(row.sku, href=links.product(row.sku)), rx.el.div(row.product, class_name="hint"))
    why = rx.el.span(
        rx.cond(row.bad, rx.icon("circle_alert", size=14, aria_hidden="true"), rx.fragment()), row.why, class_name="row"
    )
    return rx.el.tr(
        rx.cond(
            (row.key != "") & MAY,
            picking.pick(S.selected, row.key, f"Select {row.theirs}", S.pick),
            rx.el.td(class_name="pick"),
        ),
        rx.el.th(row.theirs, rx.el.div(row.title, class_name="hint"), scope="row", class_name="article"),
        rx.el.td(row.channel_title),
        rx.el.td(rx.cond(row.sku != "", ours, "–"), rx.el.div(row.units, class_name="hint")),
        *(_of(head, value) for head, value in zip(HEADS[3:7], (row.wanted, row.sent, row.at, row.waits), strict=True)),
        _of("Why not", rx.cond(row.why != "", why, "–")),
        rx.el.td(rx.cond(MAY, rx.cond(row.key != "", again, rx.fragment()), rx.fragment()), _mapped(row, to_map)),
        custom_attrs={"data-level": row.theirs},
    )


def _of(head: str, value: Any) -> rx.Component:
    return rx.el.td(value, custom_attrs={"data-head": head})


def _mapped(row: rx.Var, to_map: rx.Component) -> rx.Component:
    return rx.cond((row.key == "") & (row.theirs != "No SKU"), to_map, rx.fragment())
