"""What says that other orders go to the same address, and offers to make them one."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import confirm
from oms_app.components.settings import small


def same_address(others: rx.Var[list[str]], may: rx.Var[bool], merge: Callable[[rx.Var[str]], Any]) -> rx.Component:
    """The numbers of the others; who may takes each into this order after one question. `merge(number)` does it."""

    def other(number: rx.Var[str]) -> rx.Component:
        take_in = confirm(
            small("Merge", aria_label=f"Merge order {number} into this one"),
            title=f"Merge order {number} into this one?",
            consequence="Its lines, discount, shipping and what was paid for it come into this order. It is cancelled.",
            action="Merge them",
            on_confirm=merge(number),
        )
        number_link = rx.link(number, href=links.order(number), underline="always")
        return rx.el.span(number_link, rx.cond(may, take_in, rx.fragment()), class_name="mark")

    words = rx.cond(others.length() == 1, "Another open order goes", f"{others.length()} other open orders go")
    return rx.el.div(
        rx.icon("package_plus", size=16, aria_hidden="true"),
        rx.el.div(words, " to this address: ", rx.foreach(others, other), class_name="row"),
        class_name="banner",
        custom_attrs={"data-same-address": ""},
    )
