"""Channels: how each connected one stands, what waits for somebody, and the log of its calls."""

import reflex as rx

from oms_app.components.badges import severity_badge
from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import empty, loaded, skeleton
from oms_app.components.forms import field, problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.channels import ChannelsState as S
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.MANAGE_CHANNELS))
_SEVERITY = (("fine", "ok"), ("paused", "info"), ("resting", "breached"), ("attention", "due"))


@shell.page("/channels", "Channels", needs=Permission.SEE_CHANNELS, on_load=S.load)
def channels() -> rx.Component:
    """The cards; under them what belongs to the chosen one."""
    return rx.fragment(
        shell.heading("Channels", small("Read again", S.load, size="2"), rx.cond(MAY, _connect_menu(), rx.fragment())),
        loaded(S.ready, rx.el.div(_cards(), _log(), class_name="stack"), skeleton(3, "8rem")),
        _form(),
    )


def _connect_menu() -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(rx.button("Connect a channel", rx.icon("chevron_down", size=14))),
        rx.menu.content(
            rx.foreach(S.kinds, _kind),
        ),
    )


def _kind(kind: rx.Var) -> rx.Component:
    return rx.menu.item(kind.title, on_select=S.open_connect(kind.name))


def _cards() -> rx.Component:
    return rx.cond(
        S.cards.length() > 0,
        rx.el.ul(rx.foreach(S.cards, _card), class_name="channel-cards"),
        empty(
            "No channel is connected.",
            "Connect one, and what is sold there comes in by itself. Orders come from files and by hand without it.",
            icon="plug",
        ),
    )


def _card(card: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h2(card.title),
            severity_badge(rx.match(card.health, *_SEVERITY, "info"), card.word),
            class_name="panel-head",
        ),
        rx.el.p(card.kind, " · ", card.read, class_name="hint"),
        rx.el.ul(rx.foreach(card.facts, rx.el.li), class_name="plain"),
        rx.cond(card.problem != "", rx.callout(card.problem, icon="circle_alert", color_scheme="red"), rx.fragment()),
        rx.el.div(
            small(
                rx.cond(card.troubles > 0, f"{card.troubles} wait for somebody", "Calls"),
                S.choose(card.name),
                size="2",
                aria_expanded=S.chosen == card.name,
            ),
            rx.cond(MAY, _acts(card), rx.fragment()),
            class_name="row",
        ),
        class_name="panel",
        key=card.name,
        custom_attrs={"data-channel": card.name, "data-health": card.health},
    )


def _acts(card: rx.Var) -> rx.Component:
    return rx.fragment(
        small("Test", S.test(card.name), size="2"),
        small("Settings", S.open_change(card.name), size="2"),
        small("Tell the stock again", S.tell_again(card.name), size="2"),
        rx.cond(
            card.paused,
            small("Go on", S.pause(card.name, False), size="2"),
            small("Pause", S.pause(card.name, True), size="2"),
        ),
    )


def _log() -> rx.Component:
    return rx.cond(S.chosen != "", rx.el.div(_troubles(), _calls(), class_name="stack"), rx.fragment())


def _troubles() -> rx.Component:
    rows = rx.el.ul(rx.foreach(S.troubles, _trouble), class_name="holds")
    all_again = rx.cond(MAY, small("Run all again", S.replay(""), size="2"), rx.fragment())
    return rx.cond(
        S.troubles.length() > 0, panel("Waits for somebody", rows, actions=all_again, id="troubles"), rx.fragment()
    )


def _trouble(row: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.div(rx.el.strong(row.about), rx.el.p(row.problem), rx.el.p(row.told, class_name="hint")),
        rx.cond(
            MAY, small("Run again", S.replay(row.key), size="2", aria_label=f"Run again: {row.about}"), rx.fragment()
        ),
        class_name="hold",
        key=row.key,
        custom_attrs={"data-trouble": row.key},
    )


def _calls() -> rx.Component:
    heads = ("When", "Call", "Status", "ms", "What was said")
    only = rx.el.label(
        rx.checkbox(checked=S.only_failed, on_change=S.show_failed), "Only those that failed", class_name="row"
    )
    return panel(
        "Calls",
        rx.cond(
            S.calls.length() > 0,
            table("Calls", heads, rx.foreach(S.calls, _call)),
            rx.text("None yet.", class_name="hint"),
        ),
        rx.cond(S.more, rx.el.div(small("Show 50 more", S.show_more, size="2")), rx.fragment()),
        actions=only,
    )


def _call(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.at),
        rx.el.th(row.what, scope="row", class_name="article"),
        rx.el.td(row.status),
        rx.el.td(row.ms),
        rx.el.td(
            rx.cond(row.problem != "", rx.text(row.problem), rx.fragment()),
            rx.el.details(
                rx.el.summary("Show"), rx.el.pre(row.request), rx.el.pre(row.answer), class_name="call-details"
            ),
        ),
    )


def _form() -> rx.Component:
    named = rx.fragment(
        field("Name", name="channel-name", hint="What scripts and searches say; the kind's own where it is empty."),
        field("Title", name="channel-title", hint="What people read."),
    )
    return form_dialog(
        rx.cond(S.dialog == "connect", named, rx.fragment()),
        rx.foreach(S.fields, _field),
        problem(S.problem),
        title=rx.cond(S.dialog == "connect", "Connect a channel", "Settings of the channel"),
        description="Secrets are sealed and never shown again; one that is left empty stays as it is.",
        open=S.dialog != "",
        on_open_change=S.close_dialog,
        on_submit=S.connect,
        action=rx.cond(S.dialog == "connect", "Connect", "Save"),
    )


def _field(row: rx.Var) -> rx.Component:
    return rx.el.div(
        rx.el.label(row.title, html_for=row.name, class_name="field-label"),
        rx.input(
            id=row.name,
            name=row.name,
            type=rx.cond(row.secret, "password", "text"),
            default_value=row.value,
            required=row.required,
            auto_complete=rx.cond(row.secret, "new-password", "off"),
            width="100%",
        ),
        rx.cond(row.help != "", rx.el.p(row.help, class_name="hint"), rx.fragment()),
        class_name="field",
        key=row.name,
    )
