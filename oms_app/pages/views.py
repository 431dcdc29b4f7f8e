"""Tabs above a page that shows a search: the views every shop begins with, and those somebody saved."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from oms_app.components import links
from oms_app.components.dialogs import form_dialog
from oms_app.components.forms import field, problem
from oms_app.domain.search import SavedSearch
from oms_app.state.views import ViewsState


def tabs(page: str, views: Sequence[tuple[str, str]], q: rx.Var[str], rest: rx.Var[str] | str = "") -> rx.Component:
    """A tab for each (name, search) and each saved search; one of them is `q`. `rest` goes on in every address."""

    def tab(name: str | rx.Var[str], query: str | rx.Var[str]) -> rx.Component:
        here = rx.cond(q == query, "page", "false")
        return rx.link(name, href=links.view(f"/{page}", query, rest), custom_attrs={"aria-current": here})

    def saved(each: rx.Var[SavedSearch]) -> rx.Component:
        forget = rx.el.button(
            rx.icon("x", size=12, aria_hidden="true"),
            type="button",
            aria_label=f"Forget the search {each.name}",
            on_click=ViewsState.forget(each.id),
        )
        return rx.el.span(tab(each.name, each.query), forget, class_name="saved-search")

    return rx.fragment(
        rx.el.nav(
            *(tab(name, query) for name, query in views),
            rx.cond(ViewsState.page == page, rx.foreach(ViewsState.saved, saved), rx.fragment()),
            rx.cond(q != "", _keep(q), rx.fragment()),
            aria_label="Views",
            class_name="board-views",
        ),
        _naming(),
    )


def load(page: str) -> Any:
    """What a page with tabs does when it is opened."""
    return ViewsState.load(page)


def _keep(q: rx.Var[str]) -> rx.Component:
    return rx.el.button(
        rx.icon("bookmark_plus", size=14, aria_hidden="true"),
        "Save search",
        type="button",
        class_name="chip",
        on_click=ViewsState.open_naming(q),
    )


def _naming() -> rx.Component:
    return form_dialog(
        field("Name", name="name", required=True, max_length=60, auto_focus=True),
        problem(ViewsState.problem),
        title="Save this search",
        description=ViewsState.naming,
        open=ViewsState.naming != "",
        on_open_change=ViewsState.close_naming,
        on_submit=ViewsState.save,
        action="Save",
    )
