"""Today: how much waits for this role, with a way to each of it."""

import reflex as rx

from oms_app.components import links
from oms_app.components.badges import demo_badge, stage_badge
from oms_app.components.dialogs import confirm
from oms_app.components.empty import empty, loaded, skeleton
from oms_app.components.order import panel
from oms_app.components.settings import small
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.demo import DemoState
from oms_app.state.shell import ShellState
from oms_app.state.today import TodayState

ICONS = {
    "late": "clock_alert",
    "due": "clock",
    "will_miss": "truck",
    "held": "hand",
    "shortfall": "package_x",
    "placed": "inbox",
    "processing": "clipboard_check",
    "ready": "list_checks",
    "picking": "shopping_basket",
    "packed": "package_check",
}


@shell.page("/", "Today", on_load=TodayState.arrive)
def page() -> rx.Component:
    """Queues first, then what one did last; a new shop begins with its first steps."""
    return rx.el.div(
        shell.heading("Today", _demo(), lead=rx.text(TodayState.day, class_name="hint")),
        loaded(
            TodayState.ready,
            rx.el.div(
                rx.cond(TodayState.steps.length() > 0, _steps(), rx.fragment()),
                rx.el.ul(rx.foreach(TodayState.tiles, _tile), class_name="queues"),
                rx.cond(TodayState.nothing_open, _quiet(), rx.fragment()),
                _touched(),
                class_name="stack",
            ),
            skeleton(4, "5rem"),
        ),
        on_unmount=TodayState.depart,
    )


def _demo() -> rx.Component:
    """Marks a shop that holds demo data, with one click (and a question) that takes it out."""
    remove = confirm(
        small("Remove the demo shop"),
        title="Remove the demo shop?",
        consequence="Its orders, products, customers and accounts go. Real data stays as it is.",
        action="Remove it",
        on_confirm=DemoState.remove,
    )
    may = ShellState.may.contains(str(Permission.MANAGE_SETTINGS))
    badge = rx.el.div(demo_badge(size="2"), rx.cond(may, remove, rx.fragment()), class_name="row")
    return rx.cond(TodayState.demo, badge, rx.fragment())


def _tile(tile: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.link(
            rx.el.span(
                rx.match(tile.name, *((name, rx.icon(icon, size=16)) for name, icon in ICONS.items()), rx.fragment()),
                tile.title,
                class_name="queue-title",
            ),
            rx.el.strong(tile.shown),
            rx.el.span(tile.hint, class_name="hint"),
            href=tile.link,
            class_name="panel queue",
            custom_attrs={"data-drill": tile.count, "data-queue": tile.name, "data-severity": tile.severity},
        )
    )


def _steps() -> rx.Component:
    return panel(
        "First steps",
        rx.text(f"{TodayState.steps_done} of 5 done", class_name="hint"),
        rx.el.ol(rx.foreach(TodayState.steps, _step), class_name="steps"),
        actions=small("Put away", TodayState.put_steps_away),
    )


def _step(step: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.cond(
            step.done,
            rx.icon("circle_check", size=18, aria_label="Done", class_name="step-done"),
            rx.icon("circle", size=18, aria_label="To do"),
        ),
        rx.el.div(
            rx.cond(step.done, rx.el.span(step.title), rx.link(step.title, href=step.link)),
            rx.el.div(step.hint, class_name="hint"),
        ),
    )


def _quiet() -> rx.Component:
    return empty(
        "No order waits.",
        "New orders arrive by a channel, the API or a file: oms import orders FILE",
        icon="party_popper",
    )


def _touched() -> rx.Component:
    return rx.cond(
        TodayState.touched.length() > 0,
        panel("Where you left off", rx.el.ul(rx.foreach(TodayState.touched, _order), class_name="plain-list")),
        rx.fragment(),
    )


def _order(row: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.link(row.number, href=links.order(row.number)),
        stage_badge(row.stage, row.stage_title),
        rx.el.span(row.customer, rx.cond(row.city != "", f" · {row.city}", ""), class_name="hint"),
        class_name="row",
    )
