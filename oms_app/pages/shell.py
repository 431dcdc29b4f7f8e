"""The frame bound to its state, and the list of pages.

A page is a function in a module of this package:

    @page("/orders", "Orders", needs=Permission.SEE_ORDERS, on_load=OrdersState.load)
    def orders() -> rx.Component:
        return shell.heading("Orders"), rx.text("…")
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import reflex as rx

from oms_app.components import shell
from oms_app.components.empty import empty
from oms_app.components.shell import NavItem, Viewer
from oms_app.domain.permissions import Permission
from oms_app.state.palette import Place, places
from oms_app.state.shell import ShellState

heading = shell.heading

NAVIGATION = (
    NavItem("/", "Today", "house", "t"),
    NavItem("/board", "Board", "kanban", "b"),
    NavItem("/orders", "Orders", "package", "o"),
    NavItem("/holds", "Holds", "hand", "h"),
    NavItem("/shortfalls", "Shortfalls", "package_x", "f"),
    NavItem("/inventory", "Inventory", "warehouse", "i"),
    NavItem("/products", "Products", "tag", "d"),
    NavItem("/purchasing", "Purchasing", "shopping_cart", "p"),
    NavItem("/analytics", "Analytics", "chart_line", "a"),
    NavItem("/channels", "Channels", "plug", "c"),
    NavItem("/reconciliation", "Reconciliation", "scale", "r"),
    NavItem("/settings", "Settings", "settings", "s"),
)
"""Every page of the rail in its order; it shows those that are built."""

Body = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A registered page. `needs` is the permission without which its body is not shown (its services refuse anyway).

    tab     a var for the browser's tab where the title alone does not say which page it is
    within  the item of the rail it belongs to, where its own address does not say so
    """

    route: str
    title: str
    body: Body
    needs: Permission | None
    on_load: tuple[Any, ...]
    framed: bool
    tab: Any = None
    within: str = ""


@dataclass(slots=True)
class _Slots:
    search: Body | None = None
    overlays: list[Body] = field(default_factory=list)
    tools: list[Body] = field(default_factory=list)


pages: list[Page] = []
_slots = _Slots()


def page(
    route: str,
    title: str,
    *,
    needs: Permission | None = Permission.SEE_ORDERS,
    on_load: Any = (),
    framed: bool = True,
    tab: Any = None,
    within: str = "",
) -> Callable[[Body], Body]:
    """Register a page. `framed=False` leaves rail and top bar away, and anybody may open it (sign-in)."""

    def register(body: Body) -> Body:
        loads = tuple(on_load) if isinstance(on_load, Sequence) else (on_load,)
        pages.append(Page(route, title, body, needs, loads, framed, tab, within))
        if framed and "[" not in route:
            places.append(Place(title, route, needs or ""))
        return body

    return register


def search(body: Body) -> Body:
    """Put a component into the search slot of the top bar."""
    _slots.search = body
    return body


def tool(body: Body) -> Body:
    """Put a small component beside the menus of the top bar."""
    _slots.tools.append(body)
    return body


def overlay(body: Body) -> Body:
    """Mount a component (a palette, a dialog) on every framed page."""
    _slots.overlays.append(body)
    return body


def add_pages(app: rx.App) -> None:
    """Give every registered page to the app."""
    for each in pages:
        arrive = [ShellState.arrive(each.needs or "")] if each.framed else []
        title = f"{each.title} · OMS" if each.tab is None else each.tab + " · OMS"
        app.add_page(_component(each), route=each.route, title=title, on_load=[*arrive, *each.on_load])


def _component(each: Page) -> Callable[[], rx.Component]:
    def build() -> rx.Component:
        return framed(each) if each.framed else _fragment(each.body())

    build.__module__, build.__name__ = each.body.__module__, each.body.__name__
    return build


def framed(each: Page) -> rx.Component:
    """A page inside the frame; without the permission, a sentence instead of its body."""
    built = {known.route for known in pages}
    items = [item for item in NAVIGATION if item.route in built]
    return shell.frame(
        rx.cond(ShellState.denied, _denied(each), _fragment(each.body())),
        items=items,
        current=_current(each.within or each.route, items),
        viewer=Viewer(
            name=ShellState.name,
            email=ShellState.email,
            initials=ShellState.initials,
            role=ShellState.role,
            shortcuts=ShellState.shortcuts,
        ),
        search=_slots.search() if _slots.search else rx.fragment(),
        tools=[body() for body in _slots.tools],
        overlays=[body() for body in _slots.overlays],
    )


def _current(route: str, items: list[NavItem]) -> str:
    inside = [item.route for item in items if route == item.route or route.startswith(item.route.rstrip("/") + "/")]
    return max((each for each in inside if each != "/" or route == "/"), key=len, default="")


def _denied(each: Page) -> rx.Component:
    return rx.fragment(
        heading(each.title),
        empty(
            "Your role does not include this page.",
            f"It needs the permission “{(each.needs or '').replace('_', ' ')}”. An admin can grant it in the settings.",
            icon="lock",
        ),
    )


def _fragment(body: Any) -> rx.Component:
    return rx.fragment(*body) if isinstance(body, tuple) else body
