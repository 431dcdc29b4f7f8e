"""Parts of the order page: what stands in each panel, given the order as values."""

from functools import partial
from typing import Any

import reflex as rx

from oms_app.components import links
from oms_app.components.empty import empty
from oms_app.components.products import thumbnail


def panel(title: str, *children: Any, actions: Any = None, **props: Any) -> rx.Component:
    """A titled box; its actions stand beside the title."""
    head = rx.el.div(rx.el.h2(title), *([actions] if actions is not None else []), class_name="panel-head")
    return rx.el.section(head, *children, class_name="panel", **props)


def facts(rows: rx.Var[list[Any]]) -> rx.Component:
    """Words and what they stand for."""
    return rx.el.dl(rx.foreach(rows, _fact), class_name="facts")


def _fact(row: rx.Var[Any]) -> rx.Component:
    return rx.fragment(rx.el.dt(row.name), rx.el.dd(row.value))


def taking(mine: rx.Var[bool], me: rx.Var[str], assign: Any) -> rx.Component:
    """A button that gives the order to the reader, or back."""
    look = {"variant": "soft", "high_contrast": True, "size": "1", "class_name": "no-print"}
    take, back = (
        rx.button("Take it", on_click=assign(me), **look),
        rx.button("Give it back", on_click=assign(""), **look),
    )
    return rx.cond(mine, back, take)


def lines(rows: rx.Var[list[Any]], pictures: rx.Var[dict[str, str]]) -> rx.Component:
    """Articles with what became of their units; `pictures` are addresses by SKU."""
    heads = ("Article", "Price", "Ordered", "Allocated", "Picked", "Packed", "Shipped", "Total")
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    *(rx.el.th(head, scope="col", class_name="number" if head != "Article" else "") for head in heads)
                )
            ),
            rx.el.tbody(rx.foreach(rows, partial(_line, pictures))),
            class_name="table",
        ),
        class_name="table-box",
        tab_index=0,
        role="region",
        aria_label="Lines of the order",
    )


def _line(pictures: rx.Var[dict[str, str]], row: rx.Var[Any]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.el.div(
                rx.cond(pictures.contains(row.sku), thumbnail(pictures[row.sku]), rx.fragment()),
                rx.el.div(
                    rx.link(row.sku, href=links.product(row.sku)),
                    rx.el.div(row.name, class_name="hint"),
                    rx.cond(row.wishes != "", rx.el.div(row.wishes, custom_attrs={"data-wishes": ""}), rx.fragment()),
                    rx.cond(row.parts != "", rx.el.div(f"Kit of {row.parts}", class_name="hint"), rx.fragment()),
                    rx.cond(row.cancelled > 0, rx.el.div(f"{row.cancelled} cancelled", class_name="hint"), ""),
                ),
                class_name="with-thumbnail",
            ),
            scope="row",
            class_name="article",
        ),
        rx.el.td(row.price, class_name="number"),
        rx.el.td(row.ordered, class_name="number"),
        _units(row.allocated, row),
        _units(row.picked, row),
        _units(row.packed, row),
        _units(row.shipped, row),
        rx.el.td(row.total, class_name="number"),
    )


def _units(count: rx.Var[int], row: rx.Var[Any]) -> rx.Component:
    return rx.el.td(
        count, class_name=rx.cond(count >= row.ordered, "number full", rx.cond(count > 0, "number", "number none"))
    )


def versions(rows: rx.Var[list[Any]]) -> rx.Component:
    """What was changed after the order was placed, newest first."""
    return rx.el.ol(rx.foreach(rows, _version), class_name="plain-list")


def _version(row: rx.Var[Any]) -> rx.Component:
    return rx.el.li(
        rx.el.strong(row.title),
        rx.el.div(row.by, rx.cond(row.reason != "", f" · {row.reason}", ""), class_name="hint"),
        rx.el.ul(rx.foreach(row.changes, _change), class_name="changes"),
        custom_attrs={"data-change": row.number},
    )


def sums(rows: rx.Var[list[Any]]) -> rx.Component:
    """The bill from lines to what was paid."""
    return rx.el.dl(rx.foreach(rows, _sum), class_name="sums")


def _sum(row: rx.Var[Any]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(row.name), rx.el.dd(row.value), class_name=rx.cond(row.name == "Total", "sum total", "sum")
    )


def address(rows: rx.Var[list[str]]) -> rx.Component:
    """An address, a line each."""
    return rx.el.address(rx.foreach(rows, rx.el.div))


def payment(row: rx.Var[Any]) -> rx.Component:
    """A recorded payment."""
    return rx.el.li(
        rx.el.div(rx.el.span(row.kind), rx.el.span(row.amount, class_name="number"), class_name="spread"),
        rx.el.div(row.text, class_name="hint"),
    )


def parcel(row: rx.Var[Any], *actions: Any) -> rx.Component:
    """A box, what is in it and who carries it; `actions` stand below."""
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.title),
            rx.badge(row.status, variant="soft", color_scheme="gray", high_contrast=True),
            class_name="spread",
        ),
        rx.cond(row.holds != "", rx.el.div(row.holds), rx.fragment()),
        rx.el.div(row.text, class_name="hint"),
        *actions,
        custom_attrs={"data-parcel": row.id},
    )


def note(row: rx.Var[Any]) -> rx.Component:
    """What somebody wrote."""
    return rx.el.li(rx.el.p(row.body, class_name="note"), rx.el.div(row.text, class_name="hint"))


def timeline(days: rx.Var[list[Any]]) -> rx.Component:
    """What happened, by day, newest first."""
    return rx.cond(
        days.length() > 0,
        rx.el.div(rx.foreach(days, _day), class_name="timeline"),
        empty("Nothing of this kind has happened yet.", icon="history"),
    )


def _day(day: rx.Var[Any]) -> rx.Component:
    return rx.fragment(rx.el.h3(day.title), rx.el.ol(rx.foreach(day.lines, _happening)))


def _happening(line: rx.Var[Any]) -> rx.Component:
    return rx.el.li(
        rx.el.span(line.time, class_name="when"),
        rx.el.div(
            rx.el.div(
                rx.el.strong(line.title),
                rx.el.span(line.by, class_name="hint"),
                rx.cond(line.audience == "customer", _mark("Customer", "user"), rx.fragment()),
                class_name="row",
            ),
            rx.cond(line.reason != "", rx.el.div("“", line.reason, "”"), rx.fragment()),
            rx.el.ul(rx.foreach(line.changes, _change), class_name="changes"),
        ),
        custom_attrs={"data-event": line.id},
    )


def _mark(word: str, icon: str) -> rx.Component:
    return rx.el.span(rx.icon(icon, size=12, aria_hidden="true"), word, class_name="mark hint")


def _change(change: rx.Var[Any]) -> rx.Component:
    return rx.el.li(
        rx.el.span(change.name, ": ", class_name="hint"),
        rx.cond(change.old != "", rx.el.del_(change.old), rx.fragment()),
        rx.cond((change.old != "") & (change.new != ""), " → ", ""),
        rx.cond(change.new != "", rx.el.ins(change.new), rx.fragment()),
    )
