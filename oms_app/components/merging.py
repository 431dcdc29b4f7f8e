"""What says that other orders go to the same address, and offers to make them one."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from oms_app.components import change_preview, links
from oms_app.components.dialogs import form_dialog
from oms_app.components.settings import small


def same_address(others: rx.Var[list[str]], may: rx.Var[bool], merge: Callable[[rx.Var[str]], Any]) -> rx.Component:
    """The numbers of the others; who may takes each into this order. `merge(number)` shows what that brings about."""

    def other(number: rx.Var[str]) -> rx.Component:
        take_in = small("Merge", merge(number), aria_label=f"Merge order {number} into this one")
        number_link = rx.link(number, href=links.order(number), underline="always")
        return rx.el.span(number_link, rx.cond(may, take_in, rx.fragment()), class_name="mark")

    words = rx.cond(others.length() == 1, "Another open order goes", f"{others.length()} other open orders go")
    return rx.el.div(
        rx.icon("package_plus", size=16, aria_hidden="true"),
        rx.el.div(words, " to this address: ", rx.foreach(others, other), class_name="row"),
        class_name="banner",
        custom_attrs={"data-same-address": ""},
    )


def preview(state: Any) -> rx.Component:
    """What the merged order will be, before it is."""
    return form_dialog(
        change_preview.brings_about(state.preview, rx.el.h2),
        title=f"Merge order {state.other} into this one?",
        description="What it holds comes into this order, and it is cancelled. So this order will be:",
        open=state.other != "",
        on_open_change=state.never_mind,
        on_submit=state.merge,
        action="Merge them",
    )
