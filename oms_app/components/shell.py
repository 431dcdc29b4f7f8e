"""The frame round every page: rail, top bar, menus and the list of shortcuts. It is given values and knows no state."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.style import set_color_mode

from oms_app.components.connection import connection_pill
from oms_app.components.empty import failed
from oms_app.components.forms import NativeForm


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page in the rail: its address, word, icon and the key after `g`."""

    route: str
    title: str
    icon: str
    key: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the page, as vars of the state that knows."""

    name: rx.Var[str]
    email: rx.Var[str]
    initials: rx.Var[str]
    role: rx.Var[str]
    shortcuts: rx.Var[bool]


ON_A_PHONE = 4
"""Items of the bar at the bottom of a phone; the rest is behind More."""

SHORTCUTS = (
    ("/", "Search"),
    ("Ctrl K  or  ⌘ K", "Command palette"),
    ("?", "This list"),
    ("Esc", "Close, or cancel a drag"),
    ("← ↑ → ↓", "Board: walk over the cards"),
    ("<  and  >", "Board: move the order a stage back or on"),
    ("m", "Board: Move menu of the order"),
    ("x", "Board: select the order"),
    ("Enter", "Board: open the order"),
    ("Ctrl Z  or  ⌘ Z", "Board: undo the last move"),
    ("Ctrl Enter  and  Ctrl S", "New order: place it, or save it as a draft"),
)


def frame(
    *children: Any,
    items: list[NavItem],
    current: str,
    viewer: Viewer,
    search: rx.Component,
    tools: list[Any],
    overlays: list[Any],
) -> rx.Component:
    """Rail, top bar and the page in the middle. `current` is the route of the rail's marked item."""
    return rx.el.div(
        rx.el.a("Skip to the page", href="#main", class_name="skip-link"),
        _rail(items, current),
        rx.el.div(
            _top_bar(viewer, search, tools),
            rx.el.main(*children, _broken(), id="main", tab_index=-1, class_name="page"),
            class_name="beside-rail",
        ),
        _bottom_bar(items, current),
        NativeForm.create(id="sign-out", action="/auth/sign-out", method="post"),
        *overlays,
        _help(items),
        class_name="shell",
        custom_attrs={"data-shortcuts": rx.cond(viewer.shortcuts, "on", "off")},
    )


def _broken() -> rx.Component:
    """Shown by the stylesheet in place of a skeleton, once a handler failed before the page was read."""
    return rx.el.div(failed("This page could not be read.", rx.call_script("location.reload()")), class_name="broken")


def heading(title: Any, *actions: Any, lead: Any = None) -> rx.Component:
    """The page's one h1, what stands beside it, and its actions on the right."""
    return rx.el.header(
        rx.el.div(rx.el.h1(title), *([lead] if lead is not None else []), class_name="page-title"),
        rx.el.div(*actions, class_name="page-actions"),
        class_name="page-head",
    )


def _rail(items: list[NavItem], current: str) -> rx.Component:
    return rx.el.nav(
        rx.el.a(
            rx.el.img(src="/logo.svg", alt="", class_name="logo"),
            rx.el.span("OMS", class_name="rail-word brand"),
            href="/",
            aria_label="OMS, to Today",
            class_name="rail-brand",
        ),
        rx.el.ul(*(rx.el.li(_rail_link(item, current)) for item in items)),
        rx.el.button(
            rx.icon("panel_left", size=18, aria_hidden="true"),
            rx.el.span("Collapse", class_name="rail-word"),
            type="button",
            class_name="rail-link rail-toggle",
            aria_label="Collapse or widen the navigation",
            custom_attrs={"data-rail-toggle": ""},
        ),
        aria_label="Main",
        class_name="rail",
    )


def _rail_link(item: NavItem, current: str) -> rx.Component:
    return rx.link(
        rx.icon(item.icon, size=18, aria_hidden="true"),
        rx.el.span(item.title, class_name="rail-word"),
        href=item.route,
        title=item.title,
        class_name="rail-link",
        custom_attrs={"data-nav": item.key} | ({"aria-current": "page"} if item.route == current else {}),
    )


def _bottom_bar(items: list[NavItem], current: str) -> rx.Component:
    first, rest = items[:ON_A_PHONE], items[ON_A_PHONE:]
    more = rx.menu.root(
        rx.menu.trigger(
            rx.el.button(
                rx.icon("ellipsis", size=20, aria_hidden="true"),
                rx.el.span("More"),
                class_name="bar-link",
                type="button",
                custom_attrs={"aria-current": "page"} if current in [item.route for item in rest] else {},
            )
        ),
        rx.menu.content(*(rx.menu.item(item.title, on_select=rx.redirect(item.route)) for item in rest)),
        modal=False,
    )
    return rx.el.nav(
        *(_bar_link(item, current) for item in first),
        *([more] if rest else []),
        aria_label="Main, short",
        class_name="bottom-bar",
    )


def _bar_link(item: NavItem, current: str) -> rx.Component:
    return rx.link(
        rx.icon(item.icon, size=20, aria_hidden="true"),
        rx.el.span(item.title),
        href=item.route,
        class_name="bar-link",
        custom_attrs={"aria-current": "page"} if item.route == current else {},
    )


def _top_bar(viewer: Viewer, search: rx.Component, tools: list[Any]) -> rx.Component:
    return rx.el.header(
        rx.el.div(search, class_name="top-search"),
        rx.el.div(connection_pill(), *tools, _theme_menu(), _user_menu(viewer), class_name="top-tools"),
        class_name="top-bar",
    )


def _theme_menu() -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(
            rx.icon_button(
                rx.color_mode_cond(rx.icon("sun", size=18), rx.icon("moon", size=18)),
                variant="ghost",
                color_scheme="gray",
                high_contrast=True,
                aria_label="Colours of the screen",
                class_name="tool",
            )
        ),
        rx.menu.content(
            *(
                rx.menu.item(rx.icon(icon, size=14, aria_hidden="true"), word, on_select=set_color_mode(mode))
                for mode, word, icon in (
                    ("light", "Light", "sun"),
                    ("dark", "Dark", "moon"),
                    ("system", "As this device", "monitor"),
                )
            )
        ),
        modal=False,
    )


def _user_menu(viewer: Viewer) -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(
            rx.el.button(
                rx.cond(viewer.initials == "", "·", viewer.initials),
                type="button",
                class_name="avatar",
                aria_label="Your account",
                custom_attrs={"data-user": viewer.email},
            )
        ),
        rx.menu.content(
            rx.el.div(
                rx.text(viewer.name, weight="medium"),
                rx.text(viewer.email, class_name="hint"),
                rx.text("Role: ", viewer.role, class_name="hint"),
                class_name="menu-head",
            ),
            rx.menu.separator(),
            rx.menu.item("Your account", on_select=rx.redirect("/settings/account")),
            rx.menu.item("Keyboard shortcuts", on_select=rx.call_script("window.omsHelp()")),
            rx.menu.separator(),
            rx.menu.item("Sign out", on_select=rx.call_script("document.getElementById('sign-out').submit()")),
        ),
        modal=False,
    )


def _help(items: list[NavItem]) -> rx.Component:
    keys = [*((f"g  then  {item.key}", item.title) for item in items), *SHORTCUTS]
    return rx.dialog.root(
        rx.dialog.trigger(
            rx.el.button("Keyboard shortcuts", type="button", class_name="help-trigger", custom_attrs={"data-help": ""})
        ),
        rx.dialog.content(
            rx.dialog.title("Keyboard shortcuts"),
            rx.dialog.description(
                "Single keys work while no field has the focus. They can be switched off under Settings, Your account.",
                class_name="hint",
            ),
            rx.el.dl(
                *(part for key, meaning in keys for part in (rx.el.dt(rx.el.kbd(key)), rx.el.dd(meaning))),
                class_name="keys",
            ),
            rx.dialog.close(rx.button("Close", variant="soft", high_contrast=True)),
            max_width="28rem",
        ),
    )
