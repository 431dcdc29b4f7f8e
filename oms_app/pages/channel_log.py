"""What of a channel waits for somebody, and the log of its calls."""

import reflex as rx

from oms_app.components.badges import severity_badge
from oms_app.components.empty import empty, loaded, skeleton
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.channel_log import ChannelLogState as S
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.MANAGE_CHANNELS))


@shell.page("/channels/log", "Calls of a channel", needs=Permission.SEE_CHANNELS, on_load=S.load, within="/channels")
def channel_log() -> rx.Component:
    """Troubles first, then every call."""
    return rx.fragment(
        shell.heading(
            rx.cond(S.title != "", f"{S.title}: calls", "Calls of a channel"),
            small("Read again", S.load, size="2"),
            lead=rx.link("All channels", href="/channels"),
        ),
        loaded(
            S.ready,
            rx.cond(
                S.failure != "",
                empty(S.failure, rx.link("All channels", href="/channels"), icon="plug"),
                rx.el.div(_troubles(), _calls(), class_name="stack"),
            ),
            skeleton(8),
        ),
    )


def _troubles() -> rx.Component:
    rows = rx.el.ul(rx.foreach(S.troubles, _trouble), class_name="holds")
    all_again = rx.cond(MAY, small("Run all again", S.run_again(""), size="2"), rx.fragment())
    return rx.cond(
        S.troubles.length() > 0, panel("Waits for somebody", rows, actions=all_again, id="troubles"), rx.fragment()
    )


def _trouble(row: rx.Var) -> rx.Component:
    again = small("Run again", S.run_again(row.key), size="2", aria_label=f"Run again: {row.about}")
    return rx.el.li(
        rx.el.div(rx.el.strong(row.about), rx.el.p(row.problem), rx.el.p(row.told, class_name="hint")),
        rx.cond(MAY, again, rx.fragment()),
        class_name="hold",
        key=row.key,
        custom_attrs={"data-trouble": row.key},
    )


def _calls() -> rx.Component:
    heads = ("When", "For", "Status", "What was said", "Call", "ms")
    only = rx.el.label(
        rx.checkbox(checked=S.only_failed, on_change=S.show_failed, aria_label="Only those that failed"),
        "Only those that failed",
        class_name="row",
    )
    return panel(
        "Calls",
        rx.text("Secrets and what names a person are not kept.", class_name="hint"),
        rx.cond(
            S.calls.length() > 0,
            table("Calls", heads, rx.foreach(S.calls, _call), stacks=True),
            rx.text("None.", class_name="hint"),
        ),
        rx.cond(S.more, rx.el.div(small("Show 50 more", S.show_more, size="2")), rx.fragment()),
        actions=only,
    )


def _call(row: rx.Var) -> rx.Component:
    again = small("Try again", S.replay(row.id), size="2", aria_label=f"Try again: {row.purpose}, {row.at}")
    return rx.el.tr(
        rx.el.td(row.at),
        rx.el.td(row.purpose),
        rx.el.td(rx.cond(row.failed, severity_badge("breached", row.status), row.status)),
        rx.el.td(
            rx.cond(row.problem != "", rx.text(row.problem), rx.fragment()),
            rx.el.details(
                rx.el.summary("Show", rx.el.span(" what was said, ", row.at, class_name="visually-hidden")),
                rx.el.pre(row.request),
                rx.el.pre(row.answer),
                class_name="call-details",
            ),
            rx.cond(row.again & MAY, again, rx.fragment()),
        ),
        rx.el.th(rx.el.div(row.what, class_name="call-address", title=row.what), scope="row"),
        rx.el.td(row.ms, class_name="number", custom_attrs={"data-unit": "ms"}),
        custom_attrs={"data-call": row.id, "data-failed": row.failed},
    )
