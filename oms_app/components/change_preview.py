"""What a change of an order brings about: lines and bill before and after, stock, documents, money that is due."""

from typing import Any

import reflex as rx

from oms_app.components.settings import table


def brings_about(seen: Any, head: Any = rx.el.h3) -> rx.Component:
    """All of a preview (state/changes.py); `head` is the heading one below what it stands under."""
    return rx.fragment(
        rx.cond(seen.lines.length() > 0, _sides("Lines that differ", seen.lines), rx.fragment()),
        _sides("Bill", seen.bill),
        _list(head("Stock"), seen.stock, "No unit is reserved or freed."),
        _list(head("Also"), seen.notes, ""),
        rx.cond(seen.refund_due != "", rx.text(f"Refund {seen.refund_due} due.", weight="medium"), rx.fragment()),
        rx.cond(
            seen.balance_due != "", rx.text(f"Still to be paid: {seen.balance_due}.", weight="medium"), rx.fragment()
        ),
    )


def _sides(title: str, rows: rx.Var) -> rx.Component:
    return table(title, (title, "Before", "After"), rx.foreach(rows, _side))


def _side(row: rx.Var) -> rx.Component:
    after = rx.cond(row.before == row.after, row.after, rx.el.strong(row.after))
    return rx.el.tr(rx.el.th(row.name, scope="row", class_name="article"), rx.el.td(row.before), rx.el.td(after))


def _list(title: rx.Component, rows: rx.Var, nothing: str) -> rx.Component:
    return rx.el.div(
        title,
        rx.cond(
            rows.length() > 0,
            rx.el.ul(rx.foreach(rows, rx.el.li)),
            rx.text(nothing, class_name="hint"),
        ),
    )
